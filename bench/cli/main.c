/* main.c - quartet-bench: verbs, or an ordinary Google Benchmark program. */
#include "build.h"
#include "child.h"
#include "gbench.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} verbs[] = {
    {"run", verb_run, "measure: a campaign with its table, charts and report"},
    {"list", verb_list, "the workloads and models built in"},
    {"plan", verb_plan, "what `run` with the same flags would do, and how long"},
    {"topo", verb_topo, "this machine, and where workers go"},
    {"doctor", verb_doctor, "what on this machine disturbs a measurement"},
    {"report", verb_report, "a campaign's tables, charts and page again"},
    {"plot", verb_plot, "a campaign's charts again"},
    {"help", verb_help, "this"},
};

#define VERB_COUNT (sizeof verbs / sizeof *verbs)

enum exit_code verbs_check_build(void)
{
    const char *unfit = build_unfit(), *allowed = getenv("QUARTET_ALLOW_DEBUG");
    if (unfit == NULL || (allowed != NULL && strcmp(allowed, "1") == 0))
        return EXIT_GOOD;
    fprintf(
        stderr,
        "quartet-bench: not fit to measure: %s in this build; build the release preset\n",
        unfit);
    return EXIT_MACHINE;
}

int verb_help(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs(
            "quartet-bench: help takes no argument: `quartet-bench VERB --help` tells a "
            "verb's flags\n",
            stderr);
        return EXIT_USAGE;
    }
    puts("usage: quartet-bench VERB [FLAGS]     (VERB --help tells its flags)\n"
         "       quartet-bench [--benchmark_*]  as an ordinary Google Benchmark "
         "program\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-8s %s\n", verbs[i].name, verbs[i].about);
    puts("\nexit codes: 0 good, 2 usage, 3 a result failed verification or crashed, 4 "
         "nothing\n"
         "matched, 6 machine or build lacks something, 7 input or output failed, 130\n"
         "interrupted. Data goes to stdout, progress to stderr.");
    return EXIT_GOOD;
}

static int unknown(const char *name)
{
    fprintf(stderr, "quartet-bench: unknown verb '%s': one of", name);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(stderr, " %s", verbs[i].name);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

/* A verb whose data did not reach stdout did not do its work. */
static int told(int code)
{
    if (code != EXIT_GOOD || (fflush(stdout) == 0 && !ferror(stdout)))
        return code;
    fputs("quartet-bench: cannot write to stdout\n", stderr);
    return EXIT_IO;
}

int main(int argc, char **argv)
{
    /* Where /sys is missing hwloc would complain on stderr, at each load, about what the
     * placement then warns of. Set by the user, it stands. */
    setenv("HWLOC_HIDE_ERRORS", "2", 0);
    if (argc < 2 || strncmp(argv[1], "--benchmark_", 12) == 0)
        return gbench_main(argc, argv);
    if (strcmp(argv[1], CHILD_VERB) == 0 && argc == 3)
        return child_main(argv[2]);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return verb_help(1, argv + 1);
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return told(verbs[i].run(argc - 1, argv + 1));
    return unknown(argv[1]);
}
