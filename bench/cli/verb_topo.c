/* verb_topo.c - shows the machine and where the workers of a placement would go. */
#include "machine.h"

#include <argp.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GOOD = 0, USAGE = 2, MACHINE_IS_LACKING = 6, IO_FAILED = 7 };

int verb_topo(int argc, char **argv);

extern char **environ;

struct topo_options {
    unsigned workers; /* 0: one a core */
    struct machine_place place;
    const char *format;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const formats[] = {"text", "xml", "svg", "json"};
    struct topo_options *options = state->input;
    struct machine_error error;
    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = NULL; /* getopt's line is enough: no second one */
        return 0;
    case 'w':
        if (machine_workers_parse(argument, &options->workers, &error) != 0)
            argp_failure(NULL, USAGE, 0, "--workers: %s", error.text);
        return 0;
    case 'p':
        if (machine_place_parse(argument, &options->place, &error) != 0)
            argp_failure(NULL, USAGE, 0, "--place: %s", error.text);
        return 0;
    case 'f':
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
            if (strcmp(argument, formats[i]) == 0) {
                options->format = formats[i];
                return 0;
            }
        argp_failure(NULL, USAGE, 0, "--format %s: text, xml, svg or json", argument);
        return EINVAL;
    case ARGP_KEY_ARG:
        argp_failure(NULL, USAGE, 0, "topo takes no argument \"%s\"", argument);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int complain(int code, const char *text)
{
    fprintf(stderr, "quartet-bench: %s\n", text);
    return code;
}

static int finish_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return complain(IO_FAILED, "cannot write the output");
    return GOOD;
}

static int print_text(const struct machine *machine, const struct topo_options *options)
{
    struct machine_placement placement;
    struct machine_error error;
    char slug[MACHINE_SLUG_SIZE], place[8 * MACHINE_WORKERS_MAX];
    unsigned workers = options->workers ? options->workers : machine_cores(machine);
    if (machine_assign(machine, &options->place, workers, &placement, &error) != 0)
        return complain(USAGE, error.text);
    machine_slug(machine, slug);
    machine_place_format(&options->place, place, sizeof place);
    printf("machine    %s\n", slug);
    printf("usable     %u core(s), %u CPU(s): %s\n", machine_cores(machine),
           machine_pus(machine), machine_allowed(machine));
    printf("placement  %u worker(s), %s%s\n\n", workers, place,
           placement.bound ? "" : ", not bound");
    machine_topology_print(machine, &placement, stdout);
    if (*placement.warning)
        fprintf(stderr, "topo: warning: %s\n", placement.warning);
    return finish_output();
}

static int print_json(const struct machine *machine)
{
    json_t *all = machine_fingerprint(machine);
    int status = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;
    json_decref(all);
    if (status != 0)
        return complain(IO_FAILED, "cannot write the output");
    putchar('\n');
    return finish_output();
}

static int print_xml(const struct machine *machine)
{
    struct machine_error error;
    if (machine_topology_xml(machine, "-", &error) != 0)
        return complain(IO_FAILED, error.text);
    return GOOD;
}

/* Runs lstopo on an XML file; its SVG goes to our stdout. */
static int draw(char *xml)
{
    char *arguments[] = {
        "lstopo-no-graphics", "--if", "xml", "-i", xml, "--of", "svg", "-", NULL};
    pid_t child;
    int status = posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ);
    if (status == ENOENT)
        return complain(MACHINE_IS_LACKING,
                        "svg needs lstopo-no-graphics: sudo apt-get install hwloc-nox");
    if (status != 0)
        return complain(IO_FAILED, strerror(status));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return complain(IO_FAILED, strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return complain(IO_FAILED, "lstopo-no-graphics could not draw the topology");
    return GOOD;
}

static int print_svg(const struct machine *machine)
{
    char path[] = "/tmp/quartet-topo-XXXXXX";
    struct machine_error error;
    int file = mkstemp(path);
    if (file < 0)
        return complain(IO_FAILED, "cannot make a temporary file in /tmp");
    close(file);
    int code = machine_topology_xml(machine, path, &error) == 0
                   ? draw(path)
                   : complain(IO_FAILED, error.text);
    unlink(path);
    return code;
}

static int print(const struct machine *machine, const struct topo_options *options)
{
    if (strcmp(options->format, "xml") == 0)
        return print_xml(machine);
    if (strcmp(options->format, "svg") == 0)
        return print_svg(machine);
    if (strcmp(options->format, "json") == 0)
        return print_json(machine);
    return print_text(machine, options);
}

int verb_topo(int argc, char **argv)
{
    char name[] = "quartet-bench topo";
    static const struct argp_option options[] = {
        {"workers", 'w', "N", 0, "Workers to place (default: one a core)", 0},
        {"place", 'p', "POLICY", 0,
         "one-per-core (default), compact, scatter, none or explicit:LIST", 0},
        {"format", 'f', "FORMAT", 0,
         "text (default), xml and svg (hwloc's), or json (the machine's fingerprint)", 0},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Shows the machine and where each worker would go.",
    };
    struct topo_options wanted = {.format = "text"};
    struct machine *machine;
    struct machine_error error;
    argp_err_exit_status = USAGE;
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &wanted) != 0)
        return USAGE;
    if (machine_open("", &machine, &error) != 0)
        return complain(MACHINE_IS_LACKING, error.text);
    int code = print(machine, &wanted);
    machine_close(machine);
    return code;
}
