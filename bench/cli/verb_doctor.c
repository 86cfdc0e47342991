/* verb_doctor.c - one line for each thing that disturbs a measurement, and the command
 * that mends it. Changes nothing. */
#include "machine.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GOOD = 0, USAGE = 2, MACHINE_IS_LACKING = 6, IO_FAILED = 7 };

int verb_doctor(int argc, char **argv);

struct doctor_options {
    unsigned workers; /* 0: one a core */
    const char *results;
    bool json;
};

/* Where the checks go while they are made. */
struct ward {
    json_t *list; /* NULL: print lines */
    bool colour;
    unsigned counts[MACHINE_LACKS + 1];
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct doctor_options *options = state->input;
    struct machine_error error;
    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = NULL; /* getopt's line is enough: no second one */
        return 0;
    case 'w':
        if (machine_workers_parse(argument, &options->workers, &error) != 0)
            argp_failure(NULL, USAGE, 0, "--workers: %s", error.text);
        return 0;
    case 'o':
        options->results = argument;
        return 0;
    case 'j':
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_failure(NULL, USAGE, 0, "doctor takes no argument \"%s\"", argument);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_line(const struct machine_check *check, bool colour)
{
    static const char *const colours[] = {
        [MACHINE_OK] = "\033[32m",
        [MACHINE_WARN] = "\033[33m",
        [MACHINE_UNSHOWN] = "\033[2m",
        [MACHINE_LACKS] = "\033[31m",
    };
    printf("%s%-7s%s  %-20s  %s", colour ? colours[check->verdict] : "",
           machine_verdict_name(check->verdict), colour ? "\033[0m" : "", check->name,
           check->text);
    if (*check->mend)
        printf("  ->  %s", check->mend);
    putchar('\n');
}

static void visit(void *context, const struct machine_check *check)
{
    struct ward *ward = context;
    ward->counts[check->verdict]++;
    if (ward->list)
        json_array_append_new(ward->list,
                              json_pack("{ss ss ss ss}", "name", check->name, "verdict",
                                        machine_verdict_name(check->verdict), "text",
                                        check->text, "mend", check->mend));
    else
        print_line(check, ward->colour);
}

static int print_json(const struct machine *machine, json_t *list)
{
    char slug[MACHINE_SLUG_SIZE];
    machine_slug(machine, slug);
    json_t *all = json_pack("{ss ss so}", "schema", "quartet-doctor/1", "machine", slug,
                            "checks", list);
    int status = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;
    json_decref(all);
    putchar('\n');
    return status;
}

static int examine(const struct machine *machine, const struct doctor_options *options)
{
    struct ward ward = {
        .list = options->json ? json_array() : NULL,
        .colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
    };
    unsigned lacking =
        machine_doctor(machine, options->results, options->workers, visit, &ward);
    int status = ward.list ? print_json(machine, ward.list) : 0;
    if (status != 0 || fflush(stdout) != 0 || ferror(stdout)) {
        fputs("quartet-bench: cannot write the output\n", stderr);
        return IO_FAILED;
    }
    fprintf(stderr, "%u good, %u to mend, %u not shown by this machine, %u lacking\n",
            ward.counts[MACHINE_OK], ward.counts[MACHINE_WARN],
            ward.counts[MACHINE_UNSHOWN], ward.counts[MACHINE_LACKS]);
    return lacking > 0 ? MACHINE_IS_LACKING : GOOD;
}

int verb_doctor(int argc, char **argv)
{
    char name[] = "quartet-bench doctor";
    static const struct argp_option options[] = {
        {"workers", 'w', "N", 0, "Workers meant to run (default: one a core)", 0},
        {"out", 'o', "DIR", 0, "Folder of the results (default: results)", 0},
        {"json", 'j', NULL, 0, "Print JSON", 0},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Looks for what disturbs a measurement; changes nothing.",
    };
    struct doctor_options wanted = {.results = "results"};
    struct machine *machine;
    struct machine_error error;
    argp_err_exit_status = USAGE;
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &wanted) != 0)
        return USAGE;
    if (machine_open("", &machine, &error) != 0) {
        fprintf(stderr, "quartet-bench: %s\n", error.text);
        return MACHINE_IS_LACKING;
    }
    int code = examine(machine, &wanted);
    machine_close(machine);
    return code;
}
