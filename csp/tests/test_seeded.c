/* Seeded schedules: one seed, one interleaving; any seed, the right answer. */
#include "tasks_seeded.h"

#include "check.h"
#include "running.h"
#include <core/clock.h>

enum { SEEDS = 200 };

struct replay {
    struct mix mix;
    uint64_t signature, choices;
};

static void run_mix(uint32_t seed, struct replay *replay)
{
    struct core_seams seams = {0};
    struct csp *csp = running_start_seeded(&seams, seed);
    *replay = (struct replay){.signature = 0};
    CHECK_EQ(csp_run(csp, mix, &replay->mix), 0);
    csp_stop(csp);
    replay->signature = seams.signature;
    replay->choices = seams.choices;
    /* Two feeders send 0 .. MIX_EVENTS / 2 - 1 each. */
    CHECK_EQ(replay->mix.sum, MIX_EVENTS / 2 * (MIX_EVENTS / 2 - 1));
    CHECK_EQ(replay->mix.count, MIX_EVENTS);
}

static void one_seed_is_one_interleaving(void)
{
    for (uint32_t seed = 1; seed <= SEEDS / 4; seed++) {
        struct replay first, second;
        run_mix(seed, &first);
        run_mix(seed, &second);
        CHECK(first.choices > MIX_EVENTS);
        CHECK_EQ(first.choices, second.choices);
        CHECK(first.signature == second.signature);
        CHECK(memcmp(first.mix.events, second.mix.events, sizeof first.mix.events) == 0);
    }
}

static void seeds_differ_in_what_happens(void)
{
    static struct replay replays[SEEDS];
    int same = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        run_mix(seed + 1, &replays[seed]);
        for (uint32_t other = 0; other < seed; other++)
            same += memcmp(replays[seed].mix.events, replays[other].mix.events,
                           sizeof replays[seed].mix.events) == 0;
    }
    CHECK(same < SEEDS / 20);
}

static void time_jumps(void)
{
    uint64_t before_ns = core_now_ns();
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct core_seams seams = {0};
        struct wakes wakes = {.count = 0};
        struct csp *csp = running_start_seeded(&seams, seed);
        CHECK_EQ(csp_run(csp, wakes_in_time, &wakes), 0);
        csp_stop(csp);
        CHECK_EQ(wakes.count, 5);
        for (int i = 0; i < 5; i++)
            CHECK_EQ(wakes.order[i], i + 1);
    }
    CHECK(core_now_ns() - before_ns < 3600 * CORE_NS_PER_S);
}

static void a_seeded_deadlock_is_found_after_the_timers(void)
{
    struct core_seams seams = {0};
    struct wakes wakes = {.count = 0};
    struct csp *csp = running_start_seeded(&seams, 7);
    CHECK_EQ(csp_run(csp, seeded_deadlock, &wakes), 2);
    csp_stop(csp);
    CHECK_EQ(wakes.count, 5);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(one_seed_is_one_interleaving),
        CHECK_CASE(seeds_differ_in_what_happens),
        CHECK_CASE(time_jumps),
        CHECK_CASE(a_seeded_deadlock_is_found_after_the_timers),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
