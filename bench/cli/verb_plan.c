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
    char time[PLAN_TIME_SIZE];
    printf("# %s: %zu cell%s, %u round%s of %.0f ms, placement %s, about %s\n",
           plan_mode_name(plan->mode), plan->cell_count, plan->cell_count == 1 ? "" : "s",
           plan->rounds, plan->rounds == 1 ? "" : "s", (double)plan->target_ns / 1e6,
           plan->placement, plan_estimate(plan, time));
    setup_close(&setup);
    return EXIT_GOOD;
}
