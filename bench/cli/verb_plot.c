/* verb_plot.c - draws the charts of a campaign again, in chosen formats and theme. */
#include "report.h"
#include "report_dir.h"
#include "verbs.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

enum { KEY_FORMAT = 0x100, KEY_THEME };

struct wanted {
    const char *dir;
    struct report_options options;
};

/* A comma list of svg, pdf and png as a set; 0: something else is in it. */
static unsigned formats_of(const char *list)
{
    static const struct {
        const char *name;
        unsigned format;
    } known[] = {{"svg", REPORT_SVG}, {"pdf", REPORT_PDF}, {"png", REPORT_PNG}};
    unsigned formats = 0;
    for (;;) {
        size_t length = strcspn(list, ","), i = 0;
        while (i < 3 && (length != 3 || strncmp(list, known[i].name, 3) != 0))
            i++;
        if (i == 3)
            return 0;
        formats |= known[i].format;
        if (list[length] == '\0')
            return formats;
        list += length + 1;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct wanted *wanted = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = NULL; /* getopt's line is enough: no second one */
        return 0;
    case KEY_FORMAT:
        wanted->options.formats = formats_of(argument);
        if (wanted->options.formats == 0)
            argp_failure(NULL, EXIT_USAGE, 0,
                         "--format %s: a comma list of svg, pdf and png", argument);
        return 0;
    case KEY_THEME:
        wanted->options.dark = strcmp(argument, "dark") == 0;
        if (!wanted->options.dark && strcmp(argument, "light") != 0)
            argp_failure(NULL, EXIT_USAGE, 0, "--theme %s: light or dark", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (wanted->dir != NULL)
            argp_failure(NULL, EXIT_USAGE, 0, "one folder, not also \"%s\"", argument);
        wanted->dir = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int verb_plot(int argc, char **argv)
{
    char name[] = "quartet-bench plot";
    static const struct argp_option options[] = {
        {"format", KEY_FORMAT, "LIST", 0, "svg, pdf, png (default: all three)", 0},
        {"theme", KEY_THEME, "NAME", 0,
         "light (default) or dark, which draws <chart>-dark.<format>", 0},
        {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "[DIR]",
        .doc =
            "Draw the charts of the campaign in DIR, and write the data files they are "
            "drawn from.\v"
            "Without DIR: the newest campaign under results/. Prints the folder of the "
            "charts. Exits 6 when gnuplot is missing, 7 when a file cannot be read or "
            "written."};
    struct wanted wanted = {0};
    char dir[REPORT_DIR_SIZE];
    argp_err_exit_status = EXIT_USAGE;
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &wanted) != 0)
        return EXIT_USAGE;
    int status = (int)report_dir(wanted.dir, dir);
    if (status != EXIT_GOOD)
        return status;
    int error = report_plot(dir, &wanted.options);
    if (error == 0)
        printf("%s/plots\n", dir);
    return report_exit_status(error);
}
