/* Random programs (chaos.c), in seeded schedules and on 1 to 64 schedulers. The seed of a
 * failure is the last one printed; `actors_chaos SEED` plays that one alone. */
#include "chaos.h"
#include "timers_here.h"

#include <core/sanitize.h>
#include <core/seam.h>

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0 && reason != NULL);
}

/* compact: who waits is compacted at once, again and again. */
static uint64_t play(uint32_t seed, unsigned schedulers, struct core_seams *seams,
                     bool compact)
{
    struct chaos chaos = {.seed = seed, .seams = seams};
    struct actors *runtime;
    printf("seed %u on %u schedulers%s\n", (unsigned)seed, schedulers,
           compact ? ", compacted" : "");
    fflush(stdout);
    CHECK_EQ(actors_start(
                 &(struct actors_config){.schedulers = schedulers,
                                         .seams = seams,
                                         .compact_after_ns = compact ? 1 : ACTORS_NEVER,
                                         .compact_above = 1,
                                         .compact_permille = 1000,
                                         .report = ignore},
                 &runtime),
             0);
    CHECK_EQ(actors_run(runtime, chaos_body, &chaos), 0);
    CHECK(chaos.done);
    actors_stop(runtime);
    /* relaxed: all threads have been joined */
    CHECK(core_load_relaxed(&chaos.received) <= core_load_relaxed(&chaos.sent));
    CHECK(core_load_relaxed(&chaos.settled) >= 1 && core_load_relaxed(&chaos.born) >= 8);
    return chaos.signature;
}

static uint64_t play_seeded(uint32_t seed, bool compact)
{
    struct core_seams seams = {.seeded = false};
    core_seams_seed(&seams, seed);
    return play(seed, 1, &seams, compact);
}

int main(int argc, char **argv)
{
    static const unsigned counts[] = {1, 2, 16, 64};
    if (argc == 2) {
        for (int compact = 0; compact < 2; compact++)
            play_seeded((uint32_t)strtoul(argv[1], NULL, 10), compact);
        return 0;
    }
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 100 : 400); seed++)
        play_seeded(seed, seed % 2);
    for (int compact = 0; compact < 2; compact++)
        CHECK_EQ(play_seeded(7, compact),
                 play_seeded(7, compact)); /* one seed, one interleaving */
    int count = timers_here(64) ? 4 : 3;
    for (uint32_t seed = 1; seed <= 10; seed++)
        for (int i = 0; i < count; i++)
            play(seed, counts[i], NULL, seed % 2);
    return 0;
}
