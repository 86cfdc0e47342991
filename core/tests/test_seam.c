#include "check.h"
#include "crew.h"

#include <core/seam.h>

enum { DRAWS = 60000, BOUND = 6, CALLS = 4000, FAILING = 9001 };

static void unseeded_takes_the_usual_way(void)
{
    struct core_seams seams = {.seeded = false};
    for (uint32_t i = 0; i < 100; i++) {
        CHECK_EQ(core_choose(&seams, 100, i), i);
        CHECK_EQ(core_choose(NULL, 100, i), i);
    }
    CHECK_EQ(seams.choices, 0);
    CHECK(!core_fails(NULL, CORE_FAIL_MEMORY) && !core_fails(&seams, CORE_FAIL_MEMORY));
}

static void choices_are_spread_evenly(void)
{
    struct core_seams seams = {.seeded = false};
    unsigned drawn[BOUND] = {0}, pairs[BOUND][BOUND] = {{0}};
    core_seams_seed(&seams, 1);
    uint32_t before = core_choose(&seams, BOUND, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t choice = core_choose(&seams, BOUND, 0);
        CHECK(choice < BOUND);
        drawn[choice]++;
        pairs[before][choice]++;
        before = choice;
    }
    CHECK_EQ(seams.choices, DRAWS + 1);
    /* Six standard deviations of a fair draw: 10,000 +- 91 each, 1,667 +- 40 a pair. The
     * seed is fixed, so this passes always or never. */
    for (int i = 0; i < BOUND; i++) {
        CHECK(drawn[i] > 10000 - 6 * 91 && drawn[i] < 10000 + 6 * 91);
        for (int j = 0; j < BOUND; j++)
            CHECK(pairs[i][j] > 1667 - 6 * 40 && pairs[i][j] < 1667 + 6 * 40);
    }
}

static void one_bound_leaves_no_choice(void)
{
    struct core_seams seams = {.seeded = false};
    core_seams_seed(&seams, 3);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(core_choose(&seams, 1, 0), 0);
}

static uint64_t play(uint32_t seed, uint32_t *choices, int count)
{
    struct core_seams seams = {.seeded = false};
    core_seams_seed(&seams, seed);
    for (int i = 0; i < count; i++)
        choices[i] = core_choose(&seams, 2 + (uint32_t)i % 5, 0);
    return seams.signature;
}

static void a_seed_replays_and_another_does_not(void)
{
    uint32_t first[200], again[200], other[200];
    uint64_t signature = play(7, first, 200);
    CHECK(signature == play(7, again, 200));
    CHECK(memcmp(first, again, sizeof first) == 0);
    CHECK(signature != play(8, other, 200));
    CHECK(memcmp(first, other, sizeof first) != 0);
    CHECK(signature != play(7, again, 199)); /* the signature is of all choices */
}

static void the_nth_call_fails_and_no_other(void)
{
    struct core_seams seams = {.seeded = false};
    for (int nth = 1; nth <= 5; nth++) {
        core_fail_nth(&seams, CORE_FAIL_STACK, nth);
        for (int call = 1; call <= 10; call++) {
            CHECK(!core_fails(&seams, CORE_FAIL_THREAD)); /* another site */
            CHECK_EQ(core_fails(&seams, CORE_FAIL_STACK), call == nth);
        }
    }
    core_fail_nth(&seams, CORE_FAIL_STACK, 2);
    core_fail_nth(&seams, CORE_FAIL_STACK, 0); /* disarmed */
    for (int call = 1; call <= 10; call++)
        CHECK(!core_fails(&seams, CORE_FAIL_STACK));
}

struct shared_seams {
    struct core_seams seams;
    unsigned failed[CREW_MOST];
};

static void call(void *shared, unsigned index)
{
    struct shared_seams *s = shared;
    for (int i = 0; i < CALLS; i++)
        s->failed[index] += core_fails(&s->seams, CORE_FAIL_POLLER);
}

static void exactly_one_thread_meets_the_failure(void)
{
    for (int round = 0; round < 20; round++) {
        struct shared_seams s = {.failed = {0}};
        core_fail_nth(&s.seams, CORE_FAIL_POLLER, FAILING);
        crew_run(4, call, &s);
        CHECK_EQ(s.failed[0] + s.failed[1] + s.failed[2] + s.failed[3], 1);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(unseeded_takes_the_usual_way),
        CHECK_CASE(choices_are_spread_evenly),
        CHECK_CASE(one_bound_leaves_no_choice),
        CHECK_CASE(a_seed_replays_and_another_does_not),
        CHECK_CASE(the_nth_call_fails_and_no_other),
        CHECK_CASE(exactly_one_thread_meets_the_failure),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
