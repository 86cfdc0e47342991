/* Turns: how many of them a process waits beside hogs that call nothing, told by the
 * trace; and two computing stages on two schedulers, whose speed-up is printed, not
 * judged (a busy machine has no second core to give). */
#include "bodies.h"

#include <core/trace.h>
#include <core/worker.h>
#include <errno.h>

enum { ROOM = 1 << 16, SLICES = 3 };

/* Where a scheduler's ring holds the first event of a kind and process, from `at` on. */
static size_t find(const struct core_trace_event *events, size_t count, size_t at,
                   uint32_t kind, uint64_t id)
{
    while (at < count && !(events[at].kind == kind && events[at].id == id))
        at++;
    return at;
}

/* The turns of others on the scheduler that ran process `id` first, since time_ns;
 * without that of its parent, which runs when it spawns. */
static unsigned turns_waited(struct actors *runtime, unsigned schedulers, uint64_t id,
                             uint64_t time_ns)
{
    static struct core_trace_event events[ROOM];
    for (unsigned s = 0; s < schedulers; s++) {
        size_t count = core_trace_read(actors_trace(runtime, s), events, ROOM);
        size_t run = find(events, count, 0, CORE_TRACE_RUN, id);
        unsigned turns = 0;
        for (size_t i = run; run < count && i-- > 0 && events[i].time_ns > time_ns;)
            turns += events[i].kind == CORE_TRACE_RUN;
        if (run < count)
            return turns;
    }
    check_fail(__FILE__, __LINE__, "a process that answered has run");
}

static void beside_hogs(unsigned schedulers, unsigned hogs)
{
    static struct core_trace_event events[ROOM];
    struct result result = {.value = {[1] = hogs}};
    struct actors *runtime;
    unsigned worst = 0, answers = 0;
    CHECK_EQ(actors_start(
                 &(struct actors_config){.schedulers = schedulers, .trace_events = ROOM},
                 &runtime),
             0);
    CHECK_EQ(actors_run(runtime, body_turns, &result), 0);
    CHECK_EQ(result.value[0], 20);
    actors_halt(runtime);
    for (unsigned s = 0; s < schedulers; s++) {
        size_t count = core_trace_read(actors_trace(runtime, s), events, ROOM);
        CHECK(count < ROOM); /* nothing was overwritten */
        for (size_t i = 0; i < count; i++) {
            if (events[i].kind != CORE_TRACE_SPAWN)
                continue;
            unsigned turns =
                turns_waited(runtime, schedulers, events[i].id, events[i].time_ns);
            if (answers++ >= hogs && turns > worst)
                worst = turns;
        }
    }
    printf("  %u schedulers, %u hogs: at most %u turns of others\n", schedulers, hogs,
           worst);
    CHECK_EQ(answers, hogs + 20);
    /* Queues are rounds: at the very most every hog once, if none found a second core. */
    CHECK(worst <= (hogs > SLICES ? hogs : SLICES));
    actors_stop(runtime);
}

static void a_process_waits_three_slices_at_most(void)
{
    struct actors *runtime;
    CHECK_EQ(actors_start(&(struct actors_config){.schedulers = 1}, &runtime), 0);
    actors_stop(runtime);
    if (!core_preempt_plants()) {
        printf("  skipped: no planted preemption here\n");
        return;
    }
    beside_hogs(1, 1);
    beside_hogs(1, 2);
    beside_hogs(2, 2);
    beside_hogs(2, 4);
}

static void find_stolen(void *context, const char *name, uint64_t value)
{
    if (strcmp(name, "stolen") == 0)
        *(uint64_t *)context = value;
}

static uint64_t time_stages(unsigned schedulers, uint64_t items, uint64_t steps)
{
    static const int cpus[] = {0, 1};
    struct result result = {.value = {[1] = items, [2] = steps}};
    struct actors_config config = {.schedulers = schedulers, .cpus = cpus};
    struct actors *runtime;
    int rc = actors_start(&config, &runtime);
    config.cpus = NULL; /* where these two CPUs are not ours */
    if (rc == -EINVAL)
        rc = actors_start(&config, &runtime);
    CHECK_EQ(rc, 0);
    uint64_t begin_ns = core_now_ns();
    CHECK_EQ(actors_run(runtime, body_two_stages, &result), 0);
    uint64_t took_ns = core_now_ns() - begin_ns, stolen = 0;
    CHECK_EQ(result.value[0], items);
    actors_counters(runtime, find_stolen, &stolen);
    /* The second stage must come to the other scheduler; a tick that takes the turn away
     * in the moment in which it wakes a thief leaves the thief nothing (0 stolen). */
    if (core_preempt_plants()) /* else the tick may come only with the stage's next call
                                */
        CHECK((stolen > 0) == (schedulers > 1));
    actors_stop(runtime);
    return took_ns;
}

static void two_stages_use_two_cores(void)
{
    uint64_t steps = 1000000;
    uint64_t one_ns = time_stages(1, 1, steps) / 2;
    steps = steps * 5000000 / (one_ns + 1) + 1; /* 5 ms a stage */
    uint64_t alone_ns = time_stages(1, 40, steps), both_ns = time_stages(2, 40, steps);
    printf("  two stages of 5 ms, 40 items: 1 scheduler %.1f ms, 2 schedulers %.1f ms, "
           "speed-up %.2f\n",
           (double)alone_ns / 1e6, (double)both_ns / 1e6,
           (double)alone_ns / (double)both_ns);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_process_waits_three_slices_at_most),
        CHECK_CASE(two_stages_use_two_cores),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
