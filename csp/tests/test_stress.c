/* Conservation under stress, with up to 64 workers, whatever the number of cores. */
#include "tasks_stress.h"

#include "check.h"
#include "running.h"
#include <core/sanitize.h>

static void tokens_are_conserved(void)
{
    for (uint32_t seed = 1; seed <= 3; seed++) {
        struct tokens plan = {.seed = seed, .hops = CORE_SANITIZED ? 100 : 1000};
        running_everywhere(tokens, &plan);
    }
}

static void trees_grow_and_answer(void)
{
    for (int i = 0; i < 3; i++)
        running_everywhere(churn, NULL);
}

static void seeded_tokens_are_conserved(void)
{
    for (uint32_t seed = 1; seed <= 30; seed++) {
        struct tokens plan = {.seed = seed, .hops = 30};
        struct core_seams seams = {0};
        struct csp *csp = running_start_seeded(&seams, seed);
        CHECK_EQ(csp_run(csp, tokens, &plan), 0);
        csp_stop(csp);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(tokens_are_conserved),
        CHECK_CASE(trees_grow_and_answer),
        CHECK_CASE(seeded_tokens_are_conserved),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
