/* What Go's packages offer: each case on one worker and on many, under seeds, without
 * memory; and how misuse ends. `--answers` prints one line a case for answers.sh. */
#include "check.h"
#include "running.h"
#include "said.h"
#include "tasks_package_context.h"
#include "tasks_package_misuse.h"
#include "tasks_package_sync.h"
#include "tasks_package_time.h"
#include <core/sanitize.h>
#include <errno.h>

struct package_case {
    const char *name;
    void (*run)(void *said);
    bool allocates; /* much of it is calls that need memory */
    const char *answer;
};

/* Contexts, and whether they are done. */
#define OPEN "[0 nil]"
#define ENDED "[1 context canceled]"
#define LATE "[1 context deadline exceeded]"

static const struct package_case cases[] = {
    {"Mutex", sync_mutex, false, "locked 0 unlocked 1 all 1"},
    {"MutexFairness", sync_mutex_fairness, false, "acquired 1"},
    {"ParallelReaders", sync_parallel_readers, false, "1 readers 3 readers 4 readers "},
    {"RWMutex", sync_rwmutex, false, "locked 0 0 free 1 free 1 read 1 0"},
    {"RLocker", sync_rlocker, false, "too early 0"},
    {"WriterPreference", sync_writer_preference, false, "wrrr"},
    {"Once", sync_once, false, "times 1"},
    {"OncePanic", sync_once_panic, true, "recovered 1 times 1"},
    {"OnceGoexit", sync_once_goexit, true, "times 1"},
    {"OnceValue", sync_once_value, false, "calls 1 same 1"},
    {"WaitGroup", sync_waitgroup, false, "too soon 0"},
    {"WaitGroupRace", sync_waitgroup_race, false, "wrong 0"},
    {"WaitGroupAlign", sync_waitgroup_align, false, "x 1"},
    {"CondSignal", sync_cond_signal, false, "too many 0"},
    {"CondSignalGenerations", sync_cond_generations, false, "out of order 0"},
    {"CondBroadcast", sync_cond_broadcast, false, "wrong 0"},
    {"Race", sync_cond_race, false, "x 3"},
    {"CondSignalStealing", sync_cond_stealing, false, "lost 0"},
    {"CondBuffer", sync_cond_buffer, false, "kept 1"},
    {"Sleep", time_sleep, false, "long enough 1"},
    {"AfterFunc", time_after_func, true, "left -1"},
    {"AfterFuncMany", time_after_func_many, true, "called 200"},
    {"AfterStress", time_after_stress, false, "ticks 100"},
    {"After", time_after, true, "late 1 1"},
    {"AfterTick", time_after_tick, true, "late 1"},
    {"AfterStop", time_after_stop, true, "stopped 1 1 silent 1 1 again 0"},
    {"AfterQueuing", time_after_queuing, true, "early 0 sum 58"},
    {"TimerStopStress", time_timer_stop_stress, false, "stopped 100"},
    {"SleepZero", time_sleep_zero, false, "passes 100"},
    {"Reset", time_reset, true,
     "pending 1 early 0 pending 1 expired 0 stopped 1 after stop 0"},
    {"OverflowSleep", time_overflow_sleep, true, "small 1 negative 1"},
    {"OverflowPeriod", time_overflow_period, true, "silent 1"},
    {"ZeroTimer", time_zero_timer, false, "all 1"},
    {"TimerModifiedEarlier", time_timer_modified_earlier, false, "received 200"},
    {"AdjustTimers", time_adjust_timers, false, "left 0"},
    {"StoppedHasNoValue", time_stopped_has_no_value, true,
     "stop 1 empty 1 reset 1 empty 1"},
    {"TimerChannelLooksUnbuffered", time_timer_channel_looks_unbuffered, false,
     "len 0 cap 0"},
    {"Ticker", time_ticker, true, "early 0 early 0 stopped 1"},
    {"TickerStopNothing", time_ticker_stop_nothing, false, "stopped"},
    {"Teardown", time_teardown, true, "0 1 2 "},
    {"TickerDrops", time_ticker_drops, false, "stale 0 forward 1"},
    {"TickerResetHasNoValue", time_ticker_reset_has_no_value, false, "stopped empty 1"},
    {"StopResetStress", time_stop_reset_stress, false, "kept 1"},
    {"Background", context_background, false, OPEN " nil 1 deadline 0"},
    {"WithCancel", context_with_cancel, true, OPEN OPEN ENDED ENDED},
    {"ParentFinishesChild", context_parent_finishes_child, true,
     OPEN OPEN OPEN OPEN ENDED ENDED ENDED ENDED ENDED},
    {"ChildFinishesFirst", context_child_finishes_first, true,
     OPEN ENDED OPEN OPEN ENDED OPEN},
    {"Deadline", context_deadline, true, LATE LATE LATE LATE " has 1 early 0"},
    {"Timeout", context_timeout, true, LATE LATE LATE LATE},
    {"CanceledTimeout", context_canceled_timeout, true, ENDED OPEN},
    {"Values", context_values, true,
     ",,, c1k1,,, c1k1,c2k2,, c1k1,c2k2,c3k3, ,c2k2,c3k3, "},
    {"SimultaneousCancels", context_simultaneous_cancels, false, "done 101"},
    {"InterlockedCancels", context_interlocked_cancels, true, ENDED},
    {"LayersCancel", context_layers_cancel, true, OPEN " values 1 " ENDED " values 1"},
    {"LayersTimeout", context_layers_timeout, true, LATE " values 1"},
    {"CancelRemoves", context_cancel_removes, true, "early early late"},
    {"WithCancelCanceledParent", context_canceled_parent, true, ENDED ENDED},
    {"DeadlineExceededSupportsTimeout", context_deadline_is_a_timeout, false, "1 0"},
    {"Cause", context_cause, true,
     "nil parentCause context canceled childCause context deadline exceeded"},
    {"ContextAfterFunc", context_after_func, true, "stop 1 again 0 late 0 others 0"},
    {"WithoutCancel", context_without_cancel, true, OPEN " value deadline 0"},
    {"ContextDeep", context_deep, false, ENDED},
    {"ContextReleaseStress", context_release_stress, false, ENDED},
    {"ErrgroupZero", errgroup_zero, true,
     "nil, nil, nil, errgroup_test: 1, errgroup_test: 1, errgroup_test: 1, "
     "errgroup_test: 1, errgroup_test: 1, errgroup_test: 1, "},
    {"ErrgroupWithContext", errgroup_with_context, true,
     "[nil, context canceled, context canceled][errgroup_test: 1, context canceled, "
     "errgroup_test: 1]"},
    {"ErrgroupTryGo", errgroup_try_go, true, "11100 then 1 none 0 any 1 nil"},
    {"ErrgroupGoexit", errgroup_goexit, true, "nil"},
    {"ErrgroupLimit", errgroup_limit, false, "all 1 too many 0"},
    {"ErrgroupPipeline", errgroup_pipeline, true, "errgroup_test: 1 squares 50"},
    {"MonitorOwns", monitor_owns, true, "101 balance 7"},
    {"MonitorOfWorkers", monitor_of_workers, false, "kept 1"},
};

enum { CASES = sizeof cases / sizeof *cases };

static void expect(const struct package_case *one, const char *text)
{
    if (strcmp(text, one->answer) != 0)
        fprintf(stderr, "case %s\n", one->name);
    CHECK_STR(text, one->answer);
}

static void run_case(struct csp *csp, const struct package_case *one)
{
    struct said said = {.used = 0};
    int status = csp_run(csp, one->run, &said);
    if (status != 0)
        fprintf(stderr, "case %s\n", one->name);
    CHECK_EQ(status, 0);
    expect(one, said.text);
}

static void every_case_on_any_number_of_workers(void)
{
    static const unsigned workers[] = {1, 2, 16, 64};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        struct csp *csp = NULL;
        int rc = csp_start(&(struct csp_config){.workers = workers[i]}, &csp);
        if (rc == -EAGAIN && workers[i] > 16) {
            printf("  skipped: no timers for %u workers here\n", workers[i]);
            continue;
        }
        CHECK_EQ(rc, 0);
        for (int at = 0; at < CASES; at++)
            run_case(csp, &cases[at]);
        csp_stop(csp);
    }
}

/* Any interleaving, and hours in no time: the same answers. */
static void every_case_under_seeds(void)
{
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 2 : 12); seed++) {
        struct core_seams seams = {0};
        struct csp *csp = running_start_seeded(&seams, seed);
        for (int at = 0; at < CASES; at++)
            run_case(csp, &cases[at]);
        csp_stop(csp);
    }
}

/* Who waits gets the mutex within the 10 holds of 1 ms, and a few. */
static void starvation_is_bounded(void)
{
    int worst = 0;
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 10 : 100); seed++) {
        struct core_seams seams = {0};
        struct csp *csp = running_start_seeded(&seams, seed);
        int most = 0;
        CHECK_EQ(csp_run(csp, sync_starvation_is_bounded, &most), 0);
        csp_stop(csp);
        worst = most > worst ? most : worst;
    }
    printf("  at most %d holds\n", worst);
    CHECK(worst >= 2 && worst <= 13);
}

/* Without its nth piece of memory a case ends as Go does, or does not need it. */
static bool survives(const struct package_case *one, int nth)
{
    struct core_seams seams = {0};
    struct said said = {.used = 0};
    struct csp *csp = NULL;
    core_seams_seed(&seams, 1);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .seams = &seams}, &csp), 0);
    core_fail_nth(&seams, CORE_FAIL_MEMORY, nth);
    int status = 0;
    const char *report = running_captured(csp, one->run, &said, &status);
    bool used = seams.fail_after[CORE_FAIL_MEMORY] <= 0;
    csp_stop(csp);
    if (status == 0)
        expect(one, said.text);
    else if (status == 2)
        CHECK(strncmp(report, "fatal error: runtime: ", 22) == 0);
    else
        CHECK_EQ(status, -ENOMEM);
    return used;
}

static void every_allocation_may_fail(void)
{
    int failures = 0;
    for (int at = 0; at < CASES; at++) {
        int nth = 1;
        while (cases[at].allocates && nth < 100 && survives(&cases[at], nth))
            nth++;
        failures += nth - 1;
    }
    printf("  %d pieces of memory failed\n", failures);
    CHECK(failures > 100);
}

static void misuse_ends_the_run(void)
{
    for (size_t i = 0; i < misuses_count; i++) {
        int status = 0;
        const char *report = running_report(1, misuses[i].run, NULL, &status);
        size_t length = strlen(misuses[i].report);
        if (strncmp(report, misuses[i].report, length) != 0 || report[length] != '\n')
            CHECK_STR(report, misuses[i].report);
        CHECK_EQ(status, 2);
    }
}

static int print_answers(void)
{
    struct csp *csp = running_start(2);
    for (int at = 0; at < CASES; at++) {
        struct said said = {.used = 0};
        int status = csp_run(csp, cases[at].run, &said);
        printf("%s: %d %s\n", cases[at].name, status, said.text);
    }
    csp_stop(csp);
    for (size_t i = 0; i < misuses_count; i++) {
        int status = 0;
        const char *report = running_report(1, misuses[i].run, NULL, &status);
        printf("%s: %d %.*s\n", misuses[i].name, status, (int)strcspn(report, "\n"),
               report);
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct check_case all[] = {
        CHECK_CASE(every_case_on_any_number_of_workers),
        CHECK_CASE(every_case_under_seeds),
        CHECK_CASE(starvation_is_bounded),
        CHECK_CASE(every_allocation_may_fail),
        CHECK_CASE(misuse_ends_the_run),
    };
    if (argc == 2 && strcmp(argv[1], "--answers") == 0)
        return print_answers();
    return check_main(all, sizeof all / sizeof *all, argc, argv);
}
