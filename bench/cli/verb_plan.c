/* verb_plan.c - what `run` with the same flags would do, without doing it. */
#include "options.h"
#include "verbs.h"

#include <stdio.h>

int verb_plan(int argc, char **argv)
{
    struct options options;
    struct setup setup;
    enum exit_code code = options_read(
        argc, argv, "Shows the cells, rounds and time that `run` would take.", &options);
    if (code == EXIT_GOOD && options.resume != NULL) {
        fputs("quartet-bench: plan shows new campaigns: it takes no --resume\n", stderr);
        code = EXIT_USAGE;
    }
    if (code == EXIT_GOOD)
        code = setup_open(&setup, &options.plan);
    if (code != EXIT_GOOD)
        return (int)code;
    const struct plan *plan = &setup.plan;
    for (size_t i = 0; i < plan->cell_count; i++)
        printf("%s%s%s\n", plan->cells[i].name,
               *plan->cells[i].absent != '\0' ? "  # " : "", plan->cells[i].absent);
    printf("# %s: %zu cells, %u rounds of %.0f ms, placement %s, about %.1f minutes\n",
           plan_mode_name(plan->mode), plan->cell_count, plan->rounds,
           (double)plan->target_ns / 1e6, plan->placement,
           (double)plan_estimate_ns(plan) / 60e9);
    setup_close(&setup);
    return EXIT_GOOD;
}
