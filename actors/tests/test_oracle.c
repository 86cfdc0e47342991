/* The oracle's statements, on 1, 2 and 16 schedulers. `actors_oracle --list` prints each
 * name with its verdict on one scheduler, to be compared with a real BEAM's. */
#include "oracle.h"

static const struct oracle_case *const groups[] = {
    oracle_failure, oracle_names, oracle_time,   oracle_process, oracle_otp,
    otp_process,    otp_sleep,    otp_relations, otp_timers,     otp_shares};
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

static int list(void)
{
    for (int g = 0; g < GROUPS; g++)
        for (const struct oracle_case *at = groups[g]; at->name != NULL; at++)
            printf("%s %s\n", at->name, verdict(at, 1) ? "true" : "false");
    return 0;
}

int main(int argc, char **argv)
{
    static const unsigned counts[] = {1, 2, 16};
    unsigned passed = 0, failed = 0;
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list();
    for (int g = 0; g < GROUPS; g++)
        for (const struct oracle_case *at = groups[g]; at->name != NULL; at++) {
            if (!check_wanted(at->name, argc, argv))
                continue;
            for (int i = 0; i < 3; i++) {
                bool held = verdict(at, counts[i]);
                if (!held)
                    printf("FALSE %s on %u schedulers\n", at->name, counts[i]);
                fflush(stdout);
                passed += held;
                failed += !held;
            }
        }
    printf("%u held, %u did not\n", passed, failed);
    return failed > 0 || passed == 0;
}
