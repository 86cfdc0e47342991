/* The behaviours' statements, on 1, 2 and 16 schedulers. `actors_behaviours --list` prints
 * each name with its verdict on one scheduler, to be compared with a real BEAM's. */
#include "behaviours.h"

#include <core/seam.h>
#include <errno.h>

static const struct oracle_case *const groups[] = {
    behaviours_server,   behaviours_ends,  behaviours_supervisor, behaviours_families,
    behaviours_shutdown, behaviours_agent, behaviours_task,
};
enum { GROUPS = sizeof groups / sizeof *groups };

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0 && reason != NULL);
}

static bool verdict(const struct oracle_case *wanted, unsigned schedulers)
{
    struct oracle_call call = {wanted->holds, false, schedulers};
    struct actors *runtime;
    CHECK_EQ(
        actors_start(&(struct actors_config){.schedulers = schedulers, .report = ignore},
                     &runtime),
        0);
    int status = actors_run(runtime, oracle_main, &call);
    actors_stop(runtime);
    return status == 0 && call.answer;
}

/* Runs one case on each number of schedulers; how many did not hold. */
static unsigned judge(const struct oracle_case *wanted)
{
    static const unsigned counts[] = {1, 2, 16};
    unsigned failed = 0;
    for (int i = 0; i < 3; i++) {
        if (verdict(wanted, counts[i]))
            continue;
        printf("FALSE %s on %u schedulers\n", wanted->name, counts[i]);
        fflush(stdout);
        failed++;
    }
    return failed;
}

/* The nth allocation from the start of the run fails, for each n that there is: the run
 * ends all the same, and everything can be given back. */
static void play_without_memory(void)
{
    int64_t nth = 1;
    for (bool reached = true; reached; nth++) {
        struct core_seams seams = {.seeded = false};
        bool heard = false;
        struct actors *runtime;
        CHECK_EQ(actors_start(&(struct actors_config){.seams = &seams, .report = ignore},
                              &runtime),
                 0);
        core_fail_nth(&seams, CORE_FAIL_MEMORY, nth);
        int rc = actors_run(runtime, behaviours_all_calls, &heard);
        CHECK(rc == -ENOMEM || heard == (rc == 0));
        /* relaxed: the process that asked has ended */
        reached = core_load_relaxed(&seams.fail_after[CORE_FAIL_MEMORY]) <= 0;
        core_fail_nth(&seams, CORE_FAIL_MEMORY, 0);
        CHECK(reached || heard);
        actors_stop(runtime);
    }
    printf("%lld allocations failed, one at a time\n", (long long)nth - 2);
}

int main(int argc, char **argv)
{
    const bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
    unsigned asked = 0, failed = 0;
    for (int g = 0; g < GROUPS; g++)
        for (const struct oracle_case *at = groups[g]; at->name != NULL; at++) {
            if (list) {
                printf("%s %s\n", at->name, verdict(at, 1) ? "true" : "false");
            } else if (check_wanted(at->name, argc, argv)) {
                asked++;
                failed += judge(at);
            }
        }
    if (argc < 2)
        play_without_memory();
    if (!list)
        printf("%u statements, %u did not hold\n", asked, failed);
    return failed > 0 || (asked == 0 && !list);
}
