/* Random programs (chaos.c), in seeded schedules and on 1 to 64 schedulers. When all
 * processes have ended, what was sent or told has been received, or dropped with its
 * receiver. The seed of a failure is the last one printed; `actors_chaos SEED
 * [SCHEDULERS]` plays that one alone, without SCHEDULERS in a seeded schedule. */
#include "chaos.h"
#include "timers_here.h"

#include <core/sanitize.h>
#include <core/seam.h>
#include <core/trace.h>
#include <unistd.h>

enum { ROOM = 1 << 16 }; /* events of a seeded program */

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0 && reason != NULL);
}

/* FNV-1a over what happened, in order; not over when, nor over the sleeps of a scheduler
 * that waits for its owner's thread. */
static uint64_t hash_of(const struct core_trace *trace)
{
    static struct core_trace_event events[ROOM];
    size_t count = core_trace_read(trace, events, ROOM);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    CHECK(count > 100 && count < ROOM); /* nothing was overwritten */
    for (size_t i = 0; i < count; i++) {
        const struct core_trace_event *event = &events[i];
        if (event->kind == CORE_TRACE_PARK || event->kind == CORE_TRACE_UNPARK)
            continue;
        hash = (hash ^ event->kind) * UINT64_C(0x100000001b3);
        hash = (hash ^ event->id) * UINT64_C(0x100000001b3);
        hash = (hash ^ event->arg) * UINT64_C(0x100000001b3);
    }
    return hash;
}

struct books {
    uint64_t sent, told, received, dropped;
};

static void enter(void *context, const char *name, uint64_t value)
{
    struct books *books = context;
    if (strcmp(name, "sent") == 0)
        books->sent = value;
    else if (strcmp(name, "told") == 0)
        books->told = value;
    else if (strcmp(name, "received") == 0)
        books->received = value;
    else if (strcmp(name, "dropped") == 0)
        books->dropped = value;
}

/* The runtime's books, and the program's against them. Nothing takes a turn away in a
 * seeded schedule, so there a process has counted what it has received, to the last. */
static void check_books(const struct actors *runtime, const struct chaos *chaos)
{
    struct books books = {0};
    actors_counters(runtime, enter, &books);
    CHECK_EQ(books.sent + books.told, books.received + books.dropped);
    /* relaxed: all threads have been joined */
    uint64_t sent = core_load_relaxed(&chaos->sent);
    uint64_t received = core_load_relaxed(&chaos->received);
    CHECK(sent <= books.sent && received <= books.received && books.told > 0);
    if (chaos->seams != NULL)
        CHECK_EQ(received, books.received);
}

/* Returns a hash of all events of a seeded schedule; else 0. compact: who waits is
 * compacted at once, again and again. */
static uint64_t play(uint32_t seed, unsigned schedulers, struct core_seams *seams,
                     bool compact)
{
    struct chaos chaos = {.seed = seed, .seams = seams};
    struct actors *runtime;
    uint64_t hash = 0;
    printf("seed %u on %u schedulers%s\n", (unsigned)seed, schedulers,
           compact ? ", compacted" : "");
    fflush(stdout);
    CHECK_EQ(actors_start(
                 &(struct actors_config){.schedulers = schedulers,
                                         .seams = seams,
                                         .compact_after_ns = compact ? 1 : ACTORS_NEVER,
                                         .compact_above = 1,
                                         .compact_permille = 1000,
                                         .trace_events = seams == NULL ? 0 : ROOM,
                                         .report = ignore},
                 &runtime),
             0);
    CHECK_EQ(actors_run(runtime, chaos_body, &chaos), 0);
    CHECK(chaos.done);
    while (actors_processes(runtime) > 0) /* grandchildren that nobody has linked to */
        usleep(100);
    actors_halt(runtime);
    check_books(runtime, &chaos);
    if (seams != NULL)
        hash = hash_of(actors_trace(runtime, 0)) ^ chaos.signature;
    actors_stop(runtime);
    /* relaxed: all threads have been joined */
    CHECK(core_load_relaxed(&chaos.settled) >= 1 && core_load_relaxed(&chaos.born) >= 8);
    return hash;
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
    if (argc > 1) {
        uint32_t seed = (uint32_t)strtoul(argv[1], NULL, 10);
        if (argc > 2)
            play(seed, (unsigned)strtoul(argv[2], NULL, 10), NULL, seed % 2);
        else
            play_seeded(seed, seed % 2);
        return 0;
    }
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 25 : 400); seed++)
        play_seeded(seed, seed % 2);
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 5 : 20);
         seed++) /* one seed, one interleaving */
        CHECK_EQ(play_seeded(seed, seed % 2), play_seeded(seed, seed % 2));
    int count = timers_here(64) ? 4 : 3;
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 2 : 30); seed++)
        for (int i = 0; i < count; i++)
            play(seed, counts[i], NULL, seed % 2);
    return 0;
}
