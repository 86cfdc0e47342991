/* What the trace tells of each thing that happens, and that it agrees with the counters. */
#include "bodies_introspection.h"

#include <core/trace.h>
#include <core/worker.h>
#include <pthread.h>

enum { ROOM = 1 << 16, CREW = 16 };

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0);
    CHECK_STR(reason, "crash");
}

static void play(struct stage *stage, struct actors_config config, void (*body)(void *))
{
    config.report = ignore;
    CHECK_EQ(actors_start(&config, &stage->runtime), 0);
    CHECK_EQ(actors_run(stage->runtime, body, stage), 0);
    actors_halt(stage->runtime);
}

struct expected {
    uint32_t kind;
    uint64_t id, arg;
};

static void check_order(const struct core_trace_event *events, size_t count)
{
    for (size_t i = 1; i < count; i++)
        CHECK(events[i].time_ns >= events[i - 1].time_ns);
}

/* The events without those of parking, which depend on time: each park has an end, and
 * one waits for a time. */
static size_t drop_parks(struct core_trace_event *events, size_t count)
{
    size_t kept = 0;
    bool parked = false, limited = false;
    for (size_t i = 0; i < count; i++) {
        bool park = events[i].kind == CORE_TRACE_PARK;
        if (!park && events[i].kind != CORE_TRACE_UNPARK) {
            CHECK(!parked);
            events[kept++] = events[i];
            continue;
        }
        CHECK(park != parked && events[i].id == 0);
        CHECK(park || events[i].arg == 0);
        parked = park;
        limited |= park && events[i].arg > 0;
    }
    CHECK(limited && !parked);
    return kept;
}

static void each_event_is_told(void)
{
    static struct core_trace_event events[ROOM];
    struct stage stage = {.rounds = 0};
    /* No tick: nothing but the script decides. */
    struct actors_config config = {.trace_events = ROOM, .tick_ns = 3600 * 1000 * MS};
    play(&stage, config, stage_script);
    size_t count = core_trace_read(actors_trace(stage.runtime, 0), events, ROOM);
    check_order(events, count);
    count = drop_parks(events, count);
    uint64_t main = stage.value[0], child = stage.value[1], bad = stage.value[2];
    const struct expected script[] = {
        {CORE_TRACE_RUN, main, 0},       {CORE_TRACE_SPAWN, child, main},
        {CORE_TRACE_SEND, main, child},  {CORE_TRACE_END_BLOCK, main, 0},
        {CORE_TRACE_RUN, child, 0},      {CORE_TRACE_SEND, child, main},
        {CORE_TRACE_WAKE, child, main},  {CORE_TRACE_END_EXIT, child, 0},
        {CORE_TRACE_RUN, main, 0},       {CORE_TRACE_END_YIELD, main, 0},
        {CORE_TRACE_RUN, main, 0},       {CORE_TRACE_SPAWN, bad, main},
        {CORE_TRACE_END_BLOCK, main, 0}, {CORE_TRACE_RUN, bad, 0},
        {CORE_TRACE_END_EXIT, bad, 1},   {CORE_TRACE_WAKE, 0, main},
        {CORE_TRACE_RUN, main, 0},       {CORE_TRACE_SEND, main, main},
        {CORE_TRACE_END_YIELD, main, 0}, {CORE_TRACE_RUN, main, 0},
        {CORE_TRACE_END_EXIT, main, 0},
    };
    enum { SCRIPT = sizeof script / sizeof *script };
    for (size_t i = 0; i < SCRIPT && i < count; i++) {
        CHECK_EQ(events[i].kind, script[i].kind);
        CHECK_EQ(events[i].id, script[i].id);
        CHECK_EQ(events[i].arg, script[i].arg);
    }
    CHECK_EQ(count, SCRIPT);
    actors_stop(stage.runtime);
}

static void a_preemption_is_told(void)
{
    static struct core_trace_event events[ROOM];
    struct stage stage = {.rounds = 0};
    play(&stage, (struct actors_config){.trace_events = ROOM}, stage_preempt);
    size_t count = core_trace_read(actors_trace(stage.runtime, 0), events, ROOM);
    uint64_t hog = core_load_relaxed(&stage.hog); /* its runtime has been halted */
    size_t i = 0;
    while (i < count && events[i].kind != CORE_TRACE_END_PREEMPT)
        i++;
    CHECK(i > 0 && i < count);
    CHECK_EQ(events[i].id, hog);
    CHECK_EQ(events[i].arg, 0);
    CHECK(events[i - 1].kind == CORE_TRACE_RUN && events[i - 1].id == hog);
    actors_stop(stage.runtime);
}

/* --- against the counters ---------------------------------------------------------- */

struct sums {
    uint64_t kinds[16], stolen;
};

static void compare(void *context, const char *name, uint64_t value)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } same[] = {
        {"spawned", CORE_TRACE_SPAWN},
        {"ended", CORE_TRACE_END_EXIT},
        {"sent", CORE_TRACE_SEND},
        {"yields", CORE_TRACE_END_YIELD},
        {"preempted", CORE_TRACE_END_PREEMPT},
        {"parks", CORE_TRACE_PARK},
        {"parks", CORE_TRACE_UNPARK},
    };
    const struct sums *sums = context;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (strcmp(name, same[i].name) == 0)
            CHECK_EQ(sums->kinds[same[i].kind], value);
    if (strcmp(name, "stolen") == 0)
        CHECK_EQ(sums->stolen, value);
}

static void add(struct sums *sums, const struct core_trace_event *events, size_t count)
{
    check_order(events, count);
    for (size_t i = 0; i < count; i++) {
        CHECK(events[i].kind < 16);
        sums->kinds[events[i].kind]++;
        if (events[i].kind == CORE_TRACE_STEAL)
            sums->stolen += events[i].arg;
    }
}

/* Follows all rings while they are written, until the owner has halted the runtime. */
struct follower {
    struct stage *stage;
    atomic_bool halted;
    unsigned schedulers;
    struct sums sums;
    uint64_t from[CREW], read[CREW];
};

static void *follow(void *argument)
{
    static struct core_trace_event events[1024];
    struct follower *follower = argument;
    for (bool last = false; !last;) {
        last = core_load_acquire(&follower->halted); /* pairs with the owner's release */
        for (unsigned s = 0; s < follower->schedulers; s++) {
            const struct core_trace *trace = actors_trace(follower->stage->runtime, s);
            size_t count;
            while ((count = core_trace_follow(trace, &follower->from[s], events, 1024)) >
                   0) {
                add(&follower->sums, events, count);
                follower->read[s] += count;
            }
        }
    }
    return NULL;
}

static void the_trace_agrees_with_the_counters(void)
{
    static const unsigned counts[] = {1, 2, CREW};
    for (int i = 0; i < 3; i++) {
        static struct follower follower;
        struct stage stage = {.rounds = 200};
        struct actors_config config = {.schedulers = counts[i], .trace_events = ROOM};
        pthread_t thread;
        follower = (struct follower){.stage = &stage, .schedulers = counts[i]};
        CHECK_EQ(actors_start(&config, &stage.runtime), 0);
        CHECK_EQ(pthread_create(&thread, NULL, follow, &follower), 0);
        CHECK_EQ(actors_run(stage.runtime, stage_traffic, &stage), 0);
        actors_halt(stage.runtime);
        core_store_release(&follower.halted,
                           true); /* pairs with the follower's acquire */
        CHECK_EQ(pthread_join(thread, NULL), 0);
        for (unsigned s = 0; s < counts[i]; s++) {
            CHECK(follower.from[s] <= ROOM); /* nothing was overwritten */
            CHECK_EQ(follower.read[s], follower.from[s]);
        }
        actors_counters(stage.runtime, compare, &follower.sums);
        CHECK_EQ(follower.sums.kinds[CORE_TRACE_SPAWN], 16);
        actors_stop(stage.runtime);
    }
}

/* A ring of 16 holds the last 16 events. */
static void the_ring_wraps(void)
{
    static struct core_trace_event events[ROOM];
    struct stage stage = {.rounds = 200};
    play(&stage, (struct actors_config){.trace_events = 16}, stage_traffic);
    size_t count = core_trace_read(actors_trace(stage.runtime, 0), events, ROOM);
    CHECK_EQ(count, 16);
    check_order(events, count);
    while (count > 0 && events[count - 1].kind != CORE_TRACE_END_EXIT)
        count--;
    CHECK(count > 0); /* the end of the main process is among them */
    actors_stop(stage.runtime);
}

int main(int argc, char **argv)
{
    struct check_case cases[] = {
        CHECK_CASE(each_event_is_told),
        CHECK_CASE(the_trace_agrees_with_the_counters),
        CHECK_CASE(the_ring_wraps),
        CHECK_CASE(a_preemption_is_told),
    };
    size_t count = sizeof cases / sizeof *cases;
    struct actors *runtime; /* the first start finds out what the machine can do */
    CHECK_EQ(actors_start(&(struct actors_config){.schedulers = 1}, &runtime), 0);
    actors_stop(runtime);
    if (!core_preempt_plants()) {
        printf("no planted preemption here: a_preemption_is_told is left out\n");
        count--;
    }
    return check_main(cases, count, argc, argv);
}
