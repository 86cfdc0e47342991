/* Compaction: the stacks of processes that wait give their pages back, and whatever wakes
 * such a process finds it as it was. */
#include "bodies_parked.h"
#include "timers_here.h"

#include <core/clock.h>
#include <core/sanitize.h>
#include <core/seam.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

/* Who waits is compacted at once. */
static const struct actors_config eager = {
    .compact_after_ns = 1,
    .compact_above = 1,
    .compact_permille = 1000,
};

static struct actors *start(unsigned schedulers, struct core_seams *seams)
{
    struct actors_config config = eager;
    struct actors *runtime;
    config.schedulers = schedulers;
    config.seams = seams;
    CHECK_EQ(actors_start(&config, &runtime), 0);
    return runtime;
}

static size_t resident_bytes(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file != NULL && fscanf(file, "%*u %zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void parked_processes_are_packed_and_come_back(void)
{
    for (unsigned schedulers = 1; schedulers <= 2; schedulers++) {
        struct parked parked = {.processes = 2000, .rounds = 3};
        parked.runtime = start(schedulers, NULL);
        CHECK_EQ(actors_run(parked.runtime, parked_wake_all, &parked), 0);
        CHECK_EQ(parked.answers, 3 * 2000);
        CHECK_EQ(parked.sum, (1 + 2 + 3) * 2000 + 3 * (1999 * 2000 / 2));
        CHECK(parked_count(parked.runtime, "unpacked") >= 3 * 2000);
        if (!CORE_SANITIZED) /* their frames are larger */
            CHECK(parked.largest < 2048);
        actors_stop(parked.runtime);
    }
}

/* And then nobody wakes any more. */
static void an_idle_runtime_gives_memory_back_and_sleeps(void)
{
    struct parked parked = {.processes = 5000};
    parked.runtime = start(2, NULL);
    CHECK_EQ(actors_run(parked.runtime, parked_spawn_only, &parked), 0);
    while (parked_count(parked.runtime, "packed") < 5000 - 1) /* compact_above */
        pause_ms(1);
    if (!CORE_SANITIZED && !QUARTET_EMULATED) { /* an emulator keeps the pages */
        size_t all = resident_bytes();
        printf("  %zu bytes resident\n", all);
        CHECK(all < 5000 * (size_t)sysconf(_SC_PAGESIZE));
    }
    uint64_t parks, before = 0;
    while ((parks = parked_count(parked.runtime, "parks")) != before) {
        before = parks;
        pause_ms(50);
    }
    CHECK_EQ(actors_processes(parked.runtime), 5000);
    actors_stop(parked.runtime); /* and packed stacks end with the runtime */
}

/* What is on its way to a process while it is being packed is not lost. */
static void nothing_is_lost_in_a_storm(void)
{
    static const unsigned counts[] = {1, 2, 16, 64};
    int count = timers_here(64) ? 4 : 3;
    for (int i = 0; i < count; i++) {
        struct parked parked = {
            .processes = 300, .rounds = 3000, .seed = 1 + (uint32_t)i};
        parked.runtime = start(counts[i], NULL);
        CHECK_EQ(actors_run(parked.runtime, parked_disturb, &parked), 0);
        CHECK_EQ(parked.deaths, 300);
        CHECK(parked.answers > 3000);
        CHECK(parked_count(parked.runtime, "packed") > 100);
        printf("  %u schedulers: %llu packed\n", counts[i],
               (unsigned long long)parked_count(parked.runtime, "packed"));
        actors_stop(parked.runtime);
    }
}

static uint64_t storm_seeded(uint32_t seed)
{
    struct core_seams seams = {.seeded = false};
    struct parked parked = {.processes = 30, .rounds = 200, .seed = seed};
    core_seams_seed(&seams, seed);
    parked.runtime = start(1, &seams);
    CHECK_EQ(actors_run(parked.runtime, parked_disturb, &parked), 0);
    CHECK_EQ(parked.deaths, 30);
    CHECK(parked_count(parked.runtime, "packed") > 0);
    actors_stop(parked.runtime);
    return seams.signature;
}

static void nothing_is_lost_in_seeded_storms(void)
{
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 30 : 100); seed++)
        storm_seeded(seed);
    CHECK_EQ(storm_seeded(5), storm_seeded(5)); /* one seed, one interleaving */
}

/* Twenty waits of pause_ns each, in virtual time; returns how often a stack was packed. */
static uint64_t packed_in_pauses(int64_t pause_ns, uint64_t after_ns)
{
    struct core_seams seams = {.seeded = false};
    struct parked parked = {.processes = 50, .rounds = 20, .pause_ns = pause_ns};
    core_seams_seed(&seams, 1);
    CHECK_EQ(actors_start(&(struct actors_config){.seams = &seams,
                                                  .compact_after_ns = after_ns,
                                                  .compact_above = 1},
                          &parked.runtime),
             0);
    CHECK_EQ(actors_run(parked.runtime, parked_pauses, &parked), 0);
    CHECK_EQ(parked.deaths, 50);
    uint64_t packed = parked_count(parked.runtime, "packed");
    actors_stop(parked.runtime);
    return packed;
}

/* The driver waits all the time and is packed at most once for each of its wake-ups. */
static void who_wakes_often_is_left_alone(void)
{
    int64_t second = (int64_t)CORE_NS_PER_S;
    CHECK(packed_in_pauses(9 * second / 10, CORE_NS_PER_S) <= 51);
    CHECK(packed_in_pauses(3 * second, CORE_NS_PER_S) >= 20 * 50);
    CHECK_EQ(packed_in_pauses(3 * second, ACTORS_NEVER), 0);
}

static void small_programs_never_pay(void)
{
    struct parked parked = {.processes = 1000};
    struct actors_config config = {.compact_after_ns = 1, .compact_permille = 1000};
    CHECK_EQ(actors_start(&config, &parked.runtime), 0);
    CHECK_EQ(actors_run(parked.runtime, parked_spawn_only, &parked), 0);
    pause_ms(20);
    CHECK_EQ(parked_count(parked.runtime, "packed"), 0);
    actors_stop(parked.runtime);
}

static void a_share_of_more_than_all_is_refused(void)
{
    struct actors *runtime;
    CHECK_EQ(actors_start(&(struct actors_config){.compact_permille = 1001}, &runtime),
             -EINVAL);
    CHECK(runtime == NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(parked_processes_are_packed_and_come_back),
        CHECK_CASE(an_idle_runtime_gives_memory_back_and_sleeps),
        CHECK_CASE(nothing_is_lost_in_a_storm),
        CHECK_CASE(nothing_is_lost_in_seeded_storms),
        CHECK_CASE(who_wakes_often_is_left_alone),
        CHECK_CASE(small_programs_never_pay),
        CHECK_CASE(a_share_of_more_than_all_is_refused),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
