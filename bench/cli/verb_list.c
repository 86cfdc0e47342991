/* verb_list.c - what is built in: one line an entry, or JSON. */
#include "cell.h"
#include "verbs.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

struct listing {
    bool json, help;
    const char *offender; /* the first thing not understood */
};

static error_t read_flag(int key, char *value, struct argp_state *state)
{
    struct listing *listing = state->input;
    switch (key) {
    case 'j':
        listing->json = true;
        return 0;
    case 'h':
        listing->help = true;
        return 0;
    case ARGP_KEY_ARG:
        listing->offender = value;
        return 0;
    case ARGP_KEY_ERROR:
        listing->offender = state->argv[state->next > 0 ? state->next - 1 : 0];
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int print_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < workload_entry_count; i++) {
        const struct workload_entry *entry = workload_entries[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "workload",
                                        entry->workload, "model", entry->model, "variant",
                                        entry->variant, "class", entry->entry_class,
                                        "workers_max", (json_int_t)entry->workers_max,
                                        "quantum", (json_int_t)entry->quantum));
    }
    int error = json_dumpf(list, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    json_decref(list);
    putchar('\n');
    return error == 0 && fflush(stdout) == 0 ? EXIT_GOOD : EXIT_IO;
}

static void print_lines(void)
{
    char label[CELL_NAME_SIZE], limit[32];
    for (size_t i = 0; i < workload_entry_count; i++) {
        const struct workload_entry *entry = workload_entries[i];
        struct cell cell = {.model = entry->model, .variant = entry->variant};
        cell_label(label, &cell);
        snprintf(limit, sizeof limit, "at most %u", entry->workers_max);
        printf("%-16s %-20s %-10s workers %s\n", entry->workload, label,
               entry->entry_class, entry->workers_max > 0 ? limit : "any");
    }
}

int verb_list(int argc, char **argv)
{
    static const struct argp_option flags[] = {
        {"json", 'j', NULL, 0, "Print JSON", 0},
        {"help", 'h', NULL, 0, "Print this", 0},
        {0},
    };
    static const struct argp argp = {.options = flags,
                                     .parser = read_flag,
                                     .doc = "Lists the workloads and models built in."};
    struct listing listing = {0};
    error_t error =
        argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &listing);
    if (error != 0 || listing.offender != NULL) {
        fprintf(stderr,
                "quartet-bench: list does not know '%s': its only flag is --json\n",
                listing.offender != NULL ? listing.offender : "that");
        return EXIT_USAGE;
    }
    if (listing.help) {
        char name[] = "quartet-bench list";
        argp_help(&argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, name);
        return EXIT_GOOD;
    }
    if (listing.json)
        return print_json();
    print_lines();
    return EXIT_GOOD;
}
