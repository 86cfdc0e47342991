/* The scheduler: order, numbers, preemption, hand-off, starts and stops. */
#include <stdbool.h>

#include "tasks_sched.h"

#include "check.h"
#include "running.h"
#include <core/clock.h>
#include <core/trace.h>
#include <core/worker.h>
#include <errno.h>
#include <sched.h>
#include <unistd.h>

static void spawn_order_is_4_0_1_2_3(void)
{
    int order[5] = {0};
    CHECK_EQ(running(1, spawn_order, order), 0);
    CHECK(order[0] == 4 && order[1] == 0 && order[2] == 1 && order[3] == 2 &&
          order[4] == 3);
}

#define EVERYWHERE(name)                \
    static void test_##name(void)       \
    {                                   \
        running_everywhere(name, NULL); \
    }

EVERYWHERE(daisy_chain)
EVERYWHERE(ring_overflows)
EVERYWHERE(yields)
EVERYWHERE(writes_into_parent)
EVERYWHERE(sleeps)

static void a_hundred_thousand_block(void)
{
    CHECK_EQ(running(1, many_blocked, NULL), 0);
    CHECK_EQ(running(2, many_blocked, NULL), 0);
}

/* --- Preemption ---------------------------------------------------------------- */

static unsigned cores(void)
{
    cpu_set_t set;
    CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    unsigned count = (unsigned)CPU_COUNT(&set);
    return count < 8 ? count : 8;
}

static bool preemption_is_planted(void)
{
    /* Only a worker knows: one must have been there. */
    CHECK_EQ(running(1, yields, NULL), 0);
    if (!core_preempt_plants())
        printf("  skipped: no planted preemption here\n");
    return core_preempt_plants();
}

static void beside_hogs(unsigned workers, unsigned count, bool timers)
{
    struct hogs hogs = {.count = (int)count, .turns = 5, .timers = timers};
    struct csp *csp = running_start(workers);
    CHECK_EQ(csp_run(csp, light_beside_hogs, &hogs), 0);
    CHECK(csp_counter(csp, CSP_PREEMPTED_PLANTED, -1) >= 1);
    csp_stop(csp);
}

static void loops_give_way(void)
{
    if (!preemption_is_planted())
        return;
    unsigned workers = cores();
    beside_hogs(1, 1, false);
    beside_hogs(1, 2, false);
    beside_hogs(workers, workers, false);
    beside_hogs(workers, 2 * workers, false);
    beside_hogs(16, 32, false);
}

enum { ROOM = 1 << 13, WORKERS_MOST = 8, MAIN = 1 };

struct traces {
    struct core_trace_event events[WORKERS_MOST][ROOM];
    size_t counts[WORKERS_MOST];
    unsigned workers;
};

/* The turns of others on the worker that first ran main again after time_ns. */
static unsigned turns_until_main(const struct traces *traces, uint64_t time_ns)
{
    uint64_t first_ns = UINT64_MAX;
    unsigned turns = 0;
    for (unsigned w = 0; w < traces->workers; w++) {
        unsigned others = 0;
        for (size_t i = 0; i < traces->counts[w]; i++) {
            const struct core_trace_event *event = &traces->events[w][i];
            if (event->kind != CORE_TRACE_RUN || event->time_ns < time_ns)
                continue;
            others += event->id != MAIN;
            if (event->id == MAIN && event->time_ns < first_ns) {
                first_ns = event->time_ns;
                turns = others;
            }
            if (event->id == MAIN)
                break;
        }
    }
    return turns;
}

/* The most turns that main waited after one of its yields, as the traces tell. */
static unsigned turns_waited(struct csp *csp, unsigned workers)
{
    static struct traces traces;
    unsigned worst = 0;
    traces.workers = workers;
    for (unsigned w = 0; w < workers; w++) {
        traces.counts[w] = csp_trace(csp, w, traces.events[w], ROOM);
        CHECK(traces.counts[w] < ROOM); /* nothing was overwritten */
    }
    for (unsigned w = 0; w < workers; w++)
        for (size_t i = 0; i < traces.counts[w]; i++) {
            const struct core_trace_event *event = &traces.events[w][i];
            if (event->id != MAIN || event->kind != CORE_TRACE_END_YIELD)
                continue;
            unsigned turns = turns_until_main(&traces, event->time_ns);
            worst = turns > worst ? turns : worst;
        }
    return worst;
}

static void waits_beside_hogs(unsigned workers, unsigned count)
{
    struct hogs hogs = {.count = (int)count, .turns = 20};
    struct csp *csp = NULL;
    CHECK_EQ(
        csp_start(&(struct csp_config){.workers = workers, .trace_events = ROOM}, &csp),
        0);
    CHECK_EQ(csp_run(csp, light_beside_hogs, &hogs), 0);
    unsigned worst = turns_waited(csp, workers);
    printf("  %u workers, %u hogs: at most %u turns of others\n", workers, count, worst);
    /* The global queue is one round: at the very most each hog once on this worker. */
    CHECK(worst <= (count > 3 ? count : 3));
    csp_stop(csp);
}

static void a_goroutine_waits_three_slices_at_most(void)
{
    if (!preemption_is_planted())
        return;
    unsigned workers = cores();
    waits_beside_hogs(1, 1);
    waits_beside_hogs(1, 2);
    waits_beside_hogs(workers, workers);
    waits_beside_hogs(workers, 2 * workers);
}

static void a_pair_that_hands_off_gives_way(void)
{
    CHECK_EQ(running(1, light_beside_pair, NULL), 0);
    CHECK_EQ(running(2, light_beside_pair, NULL), 0);
}

static void timers_fire_beside_loops(void)
{
    if (!preemption_is_planted())
        return;
    unsigned workers = cores();
    beside_hogs(1, 2, true);
    beside_hogs(workers, workers, true);
    beside_hogs(workers, 2 * workers, true);
}

/* --- Hand-offs ----------------------------------------------------------------- */

static uint64_t time_pipeline(struct csp *csp, struct pipeline *work)
{
    uint64_t begin_ns = core_now_ns();
    CHECK_EQ(csp_run(csp, pipeline, work), 0);
    return core_now_ns() - begin_ns;
}

/* Both workers get their share of a pipeline whose two stages compute. The speed-up is
 * printed, not judged: a busy machine has no second core to give. */
static void stages_that_compute_use_two_workers(void)
{
    struct pipeline work = {.items = 40, .work = 2000000};
    struct csp *csp = running_start(1);
    uint64_t alone_ns = time_pipeline(csp, &work);
    csp_stop(csp);
    csp = running_start(2);
    uint64_t both_ns = time_pipeline(csp, &work);
    CHECK(csp_counter(csp, CSP_SWITCHES, 0) >= 4);
    CHECK(csp_counter(csp, CSP_SWITCHES, 1) >= 4);
    printf("  two stages of %.1f ms, 40 items: speed-up %.2f\n", (double)alone_ns / 80e6,
           (double)alone_ns / (double)both_ns);
    CHECK(csp_counter(csp, CSP_WAKES, -1) >= 4);
    printf("  switches %llu and %llu, wakes %llu\n",
           (unsigned long long)csp_counter(csp, CSP_SWITCHES, 0),
           (unsigned long long)csp_counter(csp, CSP_SWITCHES, 1),
           (unsigned long long)csp_counter(csp, CSP_WAKES, -1));
    csp_stop(csp);
}

/* A pair that only hands off stays on one worker. */
static void a_pair_wakes_nobody(void)
{
    struct bounces game = {.rounds = 20000};
    struct csp *csp = running_start(2);
    CHECK_EQ(csp_run(csp, bounces, &game), 0);
    CHECK(csp_counter(csp, CSP_WAKES, -1) < 2000);
    CHECK(csp_counter(csp, CSP_STEALS, -1) < 2000);
    csp_stop(csp);
}

/* --- Starts, stops, runs ------------------------------------------------------- */

static void starts_and_stops_200_times(void)
{
    for (unsigned i = 0; i < 200; i++)
        CHECK_EQ(running(1 + i % 4, i % 2 ? yields : leave_all_behind, NULL), 0);
}

static void one_runtime_runs_many_times(void)
{
    struct csp *csp = running_start(3);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(csp_run(csp, i % 3 ? leave_all_behind : yields, NULL), 0);
    csp_stop(csp);
}

static void workers_are_bound(void)
{
    cpu_set_t set;
    int cpus[2] = {-1, -1}, cpu = 0;
    struct csp *csp = NULL;
    CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    while (!CPU_ISSET((unsigned)cpu, &set))
        cpu++;
    cpus[1] = cpu;
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 2, .cpus = cpus}, &csp), 0);
    CHECK_EQ(csp_run(csp, ring_overflows, NULL), 0);
    csp_stop(csp);
    cpus[1] = CPU_SETSIZE - 1;
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 2, .cpus = cpus}, &csp), -EINVAL);
}

static void bad_configurations_are_refused(void)
{
    struct csp *csp = NULL;
    struct core_seams seams = {0};
    core_seams_seed(&seams, 1);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 0}, &csp), -EINVAL);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = CSP_WORKERS_MAX + 1}, &csp),
             -EINVAL);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 2, .seams = &seams}, &csp),
             -EINVAL);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .stack_bytes = 100}, &csp),
             -EINVAL);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 2, .trace_events = 3}, &csp),
             -EINVAL);
}

static void failures_to_start_are_answers(void)
{
    for (enum core_fail_site site = 0; site < CORE_FAIL_POLLER; site++)
        for (int nth = 1; nth <= 4; nth++) {
            struct core_seams seams = {0};
            struct csp *csp = NULL;
            core_fail_nth(&seams, site, nth);
            int rc = csp_start(&(struct csp_config){.workers = 3, .seams = &seams}, &csp);
            CHECK(rc == 0 || rc == -ENOMEM || rc == -EAGAIN);
            CHECK(rc != 0 || site != CORE_FAIL_THREAD || nth > 3);
            if (rc == 0)
                csp_stop(csp);
        }
}

/* Whatever allocation fails: the run ends with a report or not at all. */
static void failures_of_memory_end_the_run(void)
{
    for (enum core_fail_site site = CORE_FAIL_MEMORY; site <= CORE_FAIL_STACK; site++)
        for (int nth = 1; nth <= 12; nth++) {
            struct core_seams seams = {0};
            struct csp *csp = NULL;
            CHECK_EQ(csp_start(&(struct csp_config){.workers = 2, .seams = &seams}, &csp),
                     0);
            core_fail_nth(&seams, site, nth);
            int status = csp_run(csp, leave_all_behind, NULL);
            CHECK(status == 0 || status == 2 || status == -ENOMEM);
            CHECK(nth > 1 || status != 0);
            core_fail_nth(&seams, site, 0);
            CHECK_EQ(csp_run(csp, leave_all_behind, NULL), 0);
            csp_stop(csp);
        }
}

static void the_trace_tells_what_happened(void)
{
    static struct core_trace_event events[64];
    struct csp *csp = NULL;
    bool seen[CORE_TRACE_UNPARK + 1] = {false};
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .trace_events = 64}, &csp), 0);
    CHECK_EQ(csp_run(csp, writes_into_parent, NULL), 0);
    size_t count = csp_trace(csp, 0, events, 64);
    CHECK(count > 8 && count <= 64);
    for (size_t i = 0; i < count; i++) {
        seen[events[i].kind] = true;
        CHECK(i == 0 || events[i].time_ns >= events[i - 1].time_ns);
    }
    CHECK(seen[CORE_TRACE_SPAWN] && seen[CORE_TRACE_RUN] && seen[CORE_TRACE_WAKE]);
    CHECK(seen[CORE_TRACE_END_BLOCK] && seen[CORE_TRACE_END_EXIT]);
    CHECK(seen[CORE_TRACE_PARK]);
    CHECK_STR(csp_counter_name(CSP_STEALS), "steals");
    CHECK_EQ(csp_counter(csp, CSP_SPAWNED, -1), 1);
    csp_stop(csp);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(spawn_order_is_4_0_1_2_3),
        CHECK_CASE(test_daisy_chain),
        CHECK_CASE(test_ring_overflows),
        CHECK_CASE(test_yields),
        CHECK_CASE(test_writes_into_parent),
        CHECK_CASE(test_sleeps),
        CHECK_CASE(a_hundred_thousand_block),
        CHECK_CASE(loops_give_way),
        CHECK_CASE(a_goroutine_waits_three_slices_at_most),
        CHECK_CASE(a_pair_that_hands_off_gives_way),
        CHECK_CASE(timers_fire_beside_loops),
        CHECK_CASE(stages_that_compute_use_two_workers),
        CHECK_CASE(a_pair_wakes_nobody),
        CHECK_CASE(starts_and_stops_200_times),
        CHECK_CASE(one_runtime_runs_many_times),
        CHECK_CASE(workers_are_bound),
        CHECK_CASE(bad_configurations_are_refused),
        CHECK_CASE(failures_to_start_are_answers),
        CHECK_CASE(failures_of_memory_end_the_run),
        CHECK_CASE(the_trace_tells_what_happened),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
