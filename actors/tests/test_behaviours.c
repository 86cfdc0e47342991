/* The behaviours' statements, on 1, 2 and 16 schedulers. `actors_behaviours --list` prints
 * each name with its verdict on one scheduler, to be compared with a real BEAM's. */
#include "behaviours.h"

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
    if (!list)
        printf("%u statements, %u did not hold\n", asked, failed);
    return failed > 0 || (asked == 0 && !list);
}
