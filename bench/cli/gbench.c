#include "gbench.h"

#include "options.h"
#include "registry.h"
#include "repetition.h"
#include "verbs.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct client {
    struct setup setup;
    struct bench bench;
    struct repetition latest;
};

static void measure(void *context, size_t index, struct registry_result *result)
{
    struct client *client = context;
    struct repetition *latest = &client->latest;
    assert(index < client->setup.plan.cell_count);
    repetition_free(latest);
    repetition_run(&client->bench, &client->setup.plan.cells[index], latest);
    *result = repetition_result(latest);
}

static int run(struct client *client, int argc, char **argv)
{
    const struct plan *plan = &client->setup.plan;
    const struct registry_client registered = {.context = client, .measure = measure};
    const char **names = calloc(plan->cell_count, sizeof *names);
    size_t failures = 0;
    if (names == NULL) {
        fputs("quartet-bench: no memory for the registry\n", stderr);
        return EXIT_MACHINE;
    }
    for (size_t i = 0; i < plan->cell_count; i++)
        names[i] = plan->cells[i].name;
    registry_fill(names, plan->cell_count, &registered);
    long matched = registry_main(argc, argv, &failures);
    repetition_free(&client->latest);
    free(names);
    if (matched < 0)
        return EXIT_USAGE;
    if (matched == 0)
        return EXIT_NOTHING;
    return failures > 0 ? EXIT_RESULT : EXIT_GOOD;
}

int gbench_main(int argc, char **argv)
{
    struct client client = {0};
    struct plan_options options = {.mode = PLAN_QUICK, .knobs = {-1, -1, -1, -1, -1}};
    enum exit_code code = verbs_check_build();
    if (code == EXIT_GOOD)
        code = setup_open(&client.setup, &options);
    if (code != EXIT_GOOD)
        return (int)code;
    client.bench = (struct bench){
        .plan = &client.setup.plan, .machine = client.setup.machine, .stop_fd = -1};
    code = (enum exit_code)run(&client, argc, argv);
    setup_close(&client.setup);
    return (int)code;
}
