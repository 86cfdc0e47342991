/* verb_report.c - writes the tables, charts and the page of a campaign again. */
#include "report.h"
#include "report_dir.h"
#include "verbs.h"

#include <argp.h>
#include <stdio.h>

static error_t parse(int key, char *argument, struct argp_state *state)
{
    const char **dir = state->input;
    if (key == ARGP_KEY_INIT)
        state->err_stream = NULL; /* getopt's line is enough: no second one */
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*dir != NULL)
        argp_failure(NULL, EXIT_USAGE, 0, "one folder, not also \"%s\"", argument);
    *dir = argument;
    return 0;
}

int verb_report(int argc, char **argv)
{
    char name[] = "quartet-bench report";
    static const struct argp argp = {
        .parser = parse,
        .args_doc = "[DIR]",
        .doc = "Write summary.csv, summary.md, the charts and report.html of the "
               "campaign in "
               "DIR again, from its summary.json, manifest.json and samples.jsonl.\v"
               "Without DIR: the newest campaign under results/. Prints the path of the "
               "page. Exits 6 when gnuplot is missing (everything but the charts is then "
               "written), 7 when a file cannot be read or written."};
    const char *asked = NULL;
    char dir[REPORT_DIR_SIZE];
    argp_err_exit_status = EXIT_USAGE;
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &asked) != 0)
        return EXIT_USAGE;
    int status = (int)report_dir(asked, dir);
    if (status != EXIT_GOOD)
        return status;
    int error = report_write(dir, NULL);
    if (error == 0)
        printf("%s/report.html\n", dir);
    return report_exit_status(error);
}
