/* The promises of actors.h, by black-box programs (bodies.c) on 1, 2, 16 and 64
 * schedulers. */
#include "bodies.h"
#include "check.h"
#include "timers_here.h"

#include <core/sanitize.h>
#include <core/seam.h>
#include <core/trace.h>
#include <core/worker.h>
#include <errno.h>
#include <unistd.h>

static const unsigned scheduler_counts[] = {1, 2, 16, 64};
enum { COUNTS = sizeof scheduler_counts / sizeof *scheduler_counts };

static struct actors *start(const struct actors_config *config)
{
    struct actors *runtime;
    CHECK_EQ(actors_start(config, &runtime), 0);
    return runtime;
}

/* How many of the counts this machine has timers for. */
static int counts_here(void)
{
    return timers_here(scheduler_counts[COUNTS - 1]) ? COUNTS : COUNTS - 1;
}

/* Runs one body in a runtime of its own; `expected` is what it leaves in value[0]. */
static void play(unsigned schedulers, void (*body)(void *), uint64_t expected)
{
    struct result result = {.schedulers = schedulers};
    struct actors *runtime = start(&(struct actors_config){.schedulers = schedulers});
    CHECK_EQ(actors_run(runtime, body, &result), 0);
    actors_stop(runtime);
    CHECK_EQ(result.value[0], expected);
}

static void play_all(void (*body)(void *), uint64_t expected)
{
    for (int i = 0, count = counts_here(); i < count; i++)
        play(scheduler_counts[i], body, expected);
}

static void start_run_stop_many_times(void)
{
    for (int i = 0; i < 100; i++) {
        struct result result = {.stop = false};
        struct actors *runtime =
            start(&(struct actors_config){.schedulers = 1 + (unsigned)i % 3});
        for (int run = 0; run < 3; run++)
            CHECK_EQ(actors_run(runtime, body_returns, &result), 0);
        CHECK_EQ(result.value[0], 3);
        actors_stop(runtime);
    }
}

static void fifty_thousand_pids(void)
{
    play(1, body_many_pids, 49999);
    play(2, body_many_pids, 49999);
}

static void stale_pids_reach_nobody(void)
{
    for (int i = 0, count = counts_here(); i < count; i++) {
        struct result result = {.stop = false};
        struct actors *runtime =
            start(&(struct actors_config){.schedulers = scheduler_counts[i]});
        CHECK_EQ(actors_run(runtime, body_stale_pid, &result), 0);
        CHECK_EQ(result.value[0], 0);
        CHECK_EQ(result.value[1], EINVAL);
        actors_stop(runtime);
    }
}

static void arguments_and_messages_are_copies(void)
{
    struct result result = {.stop = false};
    struct actors *runtime = start(&(struct actors_config){.schedulers = 1});
    CHECK_EQ(actors_run(runtime, body_private_copy, &result), 0);
    CHECK_EQ(result.value[0], 7);
    CHECK_EQ(result.value[1], 99);
    CHECK_EQ(result.value[2], 5);
    actors_stop(runtime);
}

static void order_is_kept_between_each_pair(void)
{
    play_all(body_order, 20000);
}

static void selective_receive_keeps_the_rest_in_place(void)
{
    play(1, body_selective, 5);
}

static void messages_of_any_size(void)
{
    play(1, body_large_messages, 12);
}

static void time_limits(void)
{
    play_all(body_timeouts, 1);
    play_all(body_timeout_order, 360);
}

static void late_time_limits_end_no_other_wait(void)
{
    play_all(body_late_timeout, 2000);
}

static char reported[96];
static int reports;

static void note_report(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0);
    snprintf(reported, sizeof reported, "%s", reason);
    reports++;
}

/* Ends abnormally with `reason`; says so, and the runtime goes on. */
static void play_crash(void (*body)(void *), const char *reason)
{
    struct result result = {.stop = false};
    struct actors *runtime = start(&(struct actors_config){.report = note_report});
    CHECK_EQ(actors_run(runtime, body, &result), 1);
    CHECK_STR(reported, reason);
    CHECK_EQ(actors_run(runtime, body_returns, &result), 0);
    CHECK_EQ(actors_processes(runtime), 0);
    actors_stop(runtime);
}

static void abnormal_ends_have_reasons(void)
{
    play_crash(body_bad_timeout, "timeout_value");
    play_crash(body_failed_check, "check failed: argument == NULL");
#if !CORE_SANITIZED
    play_crash(body_null_write, "segmentation fault at (nil)");
    play_crash(body_overflow, "stack overflow");
#endif
}

#if !CORE_SANITIZED
/* A sanitizer turns these mistakes into reports of its own. */
static void faults_end_one_process(void)
{
    for (int i = 0; i < 2; i++) {
        struct result result = {.stop = false};
        struct actors *runtime = start(&(struct actors_config){
            .schedulers = scheduler_counts[i], .report = note_report});
        reports = 0;
        CHECK_EQ(actors_run(runtime, body_faults, &result), 0);
        CHECK_EQ(result.value[0], 50);
#if defined(__x86_64__)
        if (scheduler_counts[i] == 1)
            CHECK_EQ(reports, 300);
#endif
        CHECK_EQ(actors_processes(runtime), 0);
        actors_stop(runtime);
    }
}
#endif

/* As many loops that call nothing as twice the schedulers: a process that wants to run
 * does. */
static void hogs_do_not_stop_others(void)
{
    if (!core_preempt_plants()) {
        printf("  skipped: no planted preemption here\n");
        return;
    }
    play(1, body_hogs, 20);
    play(2, body_hogs, 20);
    play(4, body_hogs, 20);
    play(1, body_spin_with_timer, 1);
    play(2, body_spin_with_timer, 1);
}

static void private_memory_goes_with_the_process(void)
{
    play(1, body_memory, 17);
}

static void the_process_limit_is_an_answer(void)
{
    struct result result = {.stop = false};
    struct actors *runtime = start(&(struct actors_config){.process_limit = 1000});
    CHECK_EQ(actors_run(runtime, body_limit, &result), 0);
    CHECK_EQ(result.value[0], 999); /* and the one that spawned them */
    CHECK_EQ(result.value[1], EAGAIN);
    actors_stop(runtime);
}

struct found {
    const char *name;
    uint64_t value;
};

static void find_counter(void *context, const char *name, uint64_t value)
{
    struct found *found = context;
    if (strcmp(found->name, name) == 0)
        found->value = value;
}

static uint64_t counter(const struct actors *runtime, const char *name)
{
    struct found found = {name, UINT64_MAX};
    actors_counters(runtime, find_counter, &found);
    CHECK(found.value != UINT64_MAX);
    return found.value;
}

/* Two stages that compute: the hand-off rule must not keep the second from the other
 * core. */
static void a_hand_off_is_delayed_not_cancelled(void)
{
    struct result result = {.stop = false};
    struct actors *runtime = start(&(struct actors_config){.schedulers = 2});
    CHECK_EQ(actors_run(runtime, body_pipeline, &result), 0);
    CHECK_EQ(result.value[0], 20);
    CHECK(counter(runtime, "stolen") > 0);
    actors_stop(runtime);
}

static void nothing_is_lost_or_doubled(void)
{
    for (int i = 0, count = counts_here(); i < count; i++) {
        struct result result = {.stop = false};
        struct actors *runtime =
            start(&(struct actors_config){.schedulers = scheduler_counts[i]});
        CHECK_EQ(actors_run(runtime, body_storm, &result), 0);
        CHECK_EQ(result.value[0], 40 * 500);
        CHECK_EQ(result.value[1], 40 * (500 * 501 / 2));
        CHECK_EQ(counter(runtime, "sent"),
                 counter(runtime, "received") + counter(runtime, "dropped"));
        actors_stop(runtime);
    }
}

static void slots_change_hands_under_fire(void)
{
    uint64_t expected = 0;
    for (uint64_t round = 0; round < 200; round++)
        expected += 1 + round % 7;
    play_all(body_stale_storm, expected);
}

static void many_processes_wait_at_once(void)
{
    play(1, body_many_waiting, UINT64_C(20000) * 20001 / 2);
    play(2, body_many_waiting, UINT64_C(20000) * 20001 / 2);
}

static void processes_left_behind_are_ended(void)
{
    for (int i = 0, count = counts_here(); i < count; i++) {
        struct result result = {.stop = false};
        struct actors *runtime =
            start(&(struct actors_config){.schedulers = scheduler_counts[i]});
        CHECK_EQ(actors_run(runtime, body_leaves_many_behind, &result), 0);
        CHECK(actors_processes(runtime) > 0);
        actors_stop(runtime); /* ASan would find what is not freed */
    }
}

static void play_seeded(uint32_t seed, struct result *result, struct core_seams *seams)
{
    *result = (struct result){.stop = false};
    *seams = (struct core_seams){.seeded = false};
    core_seams_seed(seams, seed);
    struct actors *runtime = start(&(struct actors_config){.seams = seams});
    CHECK_EQ(actors_run(runtime, body_seeded, result), 0);
    actors_stop(runtime);
    CHECK_EQ(result->value[0], 40);
    CHECK_EQ(result->value[2], 3600000);
}

static void one_seed_is_one_interleaving(void)
{
    struct result first, second;
    struct core_seams a, b;
    unsigned different = 0;
    uint64_t previous = 0;
    for (uint32_t seed = 1; seed <= 100; seed++) {
        play_seeded(seed, &first, &a);
        play_seeded(seed, &second, &b);
        CHECK_EQ(a.signature, b.signature);
        CHECK_EQ(a.choices, b.choices);
        CHECK_EQ(first.value[1], second.value[1]);
        different += first.value[1] != previous;
        previous = first.value[1];
    }
    CHECK(different > 90);
}

static void bad_configurations_are_refused(void)
{
    struct core_seams seams = {.seeded = true};
    static const int no_such_cpu[] = {1 << 20};
    const struct actors_config bad[] = {
        {.schedulers = ACTORS_MAX_SCHEDULERS + 1},
        {.stack_bytes = 100},
        {.trace_events = 1000},
        {.process_limit = UINT32_MAX},
        {.schedulers = 2, .seams = &seams},
        {.cpus = no_such_cpu},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct actors *runtime;
        CHECK_EQ(actors_start(&bad[i], &runtime), -EINVAL);
        CHECK(runtime == NULL);
    }
}

static void failures_to_start_are_answers(void)
{
    static const enum core_fail_site sites[] = {CORE_FAIL_MEMORY, CORE_FAIL_THREAD,
                                                CORE_FAIL_TIMER};
    for (size_t s = 0; s < sizeof sites / sizeof *sites; s++) {
        for (int nth = 1;; nth++) {
            struct core_seams seams = {.seeded = false};
            struct actors *runtime;
            core_fail_nth(&seams, sites[s], nth);
            int rc = actors_start(
                &(struct actors_config){.schedulers = 3, .seams = &seams}, &runtime);
            if (rc == 0) {
                CHECK(nth > 1);
                core_fail_nth(&seams, sites[s], 0);
                actors_stop(runtime);
                break;
            }
            CHECK(rc == -ENOMEM || rc == -EAGAIN);
        }
    }
}

static void failures_while_running_are_answers(void)
{
    struct core_seams seams = {.seeded = false};
    struct result result = {.stop = false};
    struct actors *runtime =
        start(&(struct actors_config){.seams = &seams, .report = note_report});
    CHECK_EQ(actors_run(runtime, body_returns, &result), 0);
    core_fail_nth(&seams, CORE_FAIL_MEMORY, 2);
    CHECK_EQ(actors_run(runtime, body_no_memory, &result), 0);
    actors_stop(runtime);
    /* A stack that cannot be had ends the process that would have run on it. */
    seams = (struct core_seams){.seeded = false};
    core_fail_nth(&seams, CORE_FAIL_STACK, 1);
    runtime = start(&(struct actors_config){.seams = &seams, .report = note_report});
    CHECK_EQ(actors_run(runtime, body_returns, &result), 1);
    CHECK_STR(reported, "system_limit: no stack");
    CHECK_EQ(actors_run(runtime, body_returns, &result), 0);
    actors_stop(runtime);
}

static void the_trace_tells_what_happened(void)
{
    struct core_trace_event events[4096];
    struct result result = {.stop = false};
    struct actors *runtime = start(&(struct actors_config){.trace_events = 4096});
    CHECK_EQ(actors_run(runtime, body_private_copy, &result), 0);
    actors_halt(runtime);
    size_t count = core_trace_read(actors_trace(runtime, 0), events, 4096);
    unsigned seen[16] = {0};
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || events[i].time_ns >= events[i - 1].time_ns);
        seen[events[i].kind]++;
    }
    CHECK_EQ(seen[CORE_TRACE_SPAWN], 1);
    CHECK_EQ(seen[CORE_TRACE_END_EXIT], 2);
    CHECK_EQ(seen[CORE_TRACE_SEND], 2);
    CHECK(seen[CORE_TRACE_RUN] >= 2);
    actors_stop(runtime);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(start_run_stop_many_times),
        CHECK_CASE(fifty_thousand_pids),
        CHECK_CASE(stale_pids_reach_nobody),
        CHECK_CASE(arguments_and_messages_are_copies),
        CHECK_CASE(order_is_kept_between_each_pair),
        CHECK_CASE(selective_receive_keeps_the_rest_in_place),
        CHECK_CASE(messages_of_any_size),
        CHECK_CASE(time_limits),
        CHECK_CASE(late_time_limits_end_no_other_wait),
        CHECK_CASE(abnormal_ends_have_reasons),
#if !CORE_SANITIZED
        CHECK_CASE(faults_end_one_process),
#endif
        CHECK_CASE(hogs_do_not_stop_others),
        CHECK_CASE(private_memory_goes_with_the_process),
        CHECK_CASE(the_process_limit_is_an_answer),
        CHECK_CASE(a_hand_off_is_delayed_not_cancelled),
        CHECK_CASE(nothing_is_lost_or_doubled),
        CHECK_CASE(slots_change_hands_under_fire),
        CHECK_CASE(many_processes_wait_at_once),
        CHECK_CASE(processes_left_behind_are_ended),
        CHECK_CASE(one_seed_is_one_interleaving),
        CHECK_CASE(bad_configurations_are_refused),
        CHECK_CASE(failures_to_start_are_answers),
        CHECK_CASE(failures_while_running_are_answers),
        CHECK_CASE(the_trace_tells_what_happened),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
