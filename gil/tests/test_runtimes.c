/* Runtimes: their beginning and end, many of them, and daemons, which end with a run. */
#include "runtime.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

GIL_HELD static void do_nothing(void *argument)
{
    (void)argument;
}

GIL_HELD static void set_true(void *argument)
{
    bool *flag = argument;
    *flag = true;
}

/* ---- Daemons ---- */

struct daemons {
    struct gil_lock *lock;
    struct gil_lock *never; /* held for ever */
    struct gil_condition *condition;
    struct gil_queue *queue;
    struct gil_thread *sleeper; /* joined by another daemon */
    unsigned begun;
    unsigned passed; /* stays 0: no daemon gets past its wait */
};

GIL_HELD static void daemon_sleeps(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    gil_sleep(GIL_FOREVER);
    d->passed++;
}

GIL_HELD static void daemon_spins(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    for (;;)
        gil_checkpoint();
}

GIL_HELD static void daemon_locks(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    gil_lock_acquire(d->never, GIL_FOREVER);
    d->passed++;
}

GIL_HELD static void daemon_waits(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    CHECK_EQ(gil_lock_acquire(d->lock, GIL_FOREVER), 0);
    gil_condition_wait(d->condition, 3600 * CORE_NS_PER_S);
    d->passed++;
}

GIL_HELD static void daemon_gets(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    void *item;
    gil_queue_get(d->queue, &item, GIL_FOREVER);
    d->passed++;
}

GIL_HELD static void daemon_joins(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    gil_thread_join(d->sleeper, GIL_FOREVER);
    d->passed++;
}

GIL_HELD static void daemon_in_native_call(void *argument)
{
    struct daemons *d = argument;
    d->begun++;
    gil_release_begin();
    struct timespec nap = {.tv_nsec = 3000000};
    nanosleep(&nap, NULL);
    gil_release_end();
    for (;;)
        gil_checkpoint();
}

GIL_HELD static void leave_daemons(void *argument)
{
    static gil_function *const kinds[] = {
        daemon_sleeps, daemon_spins, daemon_locks, daemon_waits,
        daemon_gets,   daemon_joins, daemon_locks, daemon_in_native_call};
    struct daemons *d = argument;
    unsigned count = sizeof kinds / sizeof *kinds;
    CHECK_EQ(gil_lock_acquire(d->never, 0), 0);
    for (unsigned i = 0; i < count; i++) {
        struct gil_thread *thread = launch(kinds[i], d, GIL_DAEMON_YES);
        CHECK(gil_thread_daemon(thread));
        if (kinds[i] == daemon_sleeps)
            d->sleeper = thread;
        else
            gil_thread_free(thread);
    }
    while (d->begun < count)
        gil_checkpoint();
    gil_thread_free(d->sleeper);
}

GIL_HELD static void check_after_daemons(void *argument)
{
    struct daemons *d = argument;
    CHECK_EQ(gil_lock_acquire(d->never, 0), -ETIMEDOUT); /* as the main thread left it */
    CHECK_EQ(gil_lock_release(d->never), 0);
    CHECK_EQ(gil_lock_acquire(d->never, 0), 0);
    CHECK_EQ(gil_lock_acquire(d->never, 0), -ETIMEDOUT);
    CHECK_EQ(gil_lock_release(d->never), 0);
}

static void daemons_end_with_the_run(void)
{
    struct gil_config config = config_with(CORE_NS_PER_MS);
    struct gil *gil = start(&config);
    for (int run = 0; run < 20; run++) {
        struct daemons d = {
            .lock = gil_lock_new(), .never = gil_lock_new(), .queue = gil_queue_new(0)};
        d.condition = gil_condition_new(d.lock);
        CHECK_EQ(gil_run(gil, leave_daemons, &d), 0);
        CHECK_EQ(d.passed, 0);
        CHECK_EQ(gil_run(gil, check_after_daemons, &d), 0);
        gil_condition_free(d.condition);
        gil_queue_free(d.queue);
        gil_lock_free(d.never);
        gil_lock_free(d.lock);
    }
    gil_stop(gil);
}

GIL_HELD static void check_inherited(void *argument)
{
    bool expected = *(bool *)argument;
    struct gil_thread *thread = launch(do_nothing, NULL, GIL_DAEMON_INHERIT);
    CHECK_EQ(gil_thread_daemon(thread), expected);
    join(thread);
    thread = launch(do_nothing, NULL, GIL_DAEMON_NO);
    CHECK(!gil_thread_daemon(thread));
    join(thread);
}

GIL_HELD static void start_inheriting(void *argument)
{
    (void)argument;
    bool no = false, yes = true;
    check_inherited(&no);
    join(launch(check_inherited, &yes, GIL_DAEMON_YES));
}

static void being_a_daemon_is_inherited(void)
{
    run_alone(start_inheriting, NULL);
}

/* ---- Runtimes ---- */

static void a_config_out_of_bounds_is_refused(void)
{
    struct gil *gil;
    struct gil_config config = gil_config_default();
    config.interval_ns = 0;
    CHECK_EQ(gil_start(&config, &gil), -EINVAL);
    config = gil_config_default();
    config.trace_capacity = 1000;
    CHECK_EQ(gil_start(&config, &gil), -EINVAL);
    config = gil_config_default();
    config.policy = NULL;
    CHECK_EQ(gil_start(&config, &gil), -EINVAL);
    config = gil_config_default();
    config.stack_bytes = 100;
    CHECK_EQ(gil_start(&config, &gil), -EINVAL);
    config = gil_config_default();
    config.cpu_count = 1;
    CHECK_EQ(gil_start(&config, &gil), -EINVAL);
    CHECK(gil_policy_find("cpython") == &gil_policy_cpython);
    CHECK(gil_policy_find("no such policy") == NULL);
}

static unsigned os_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

GIL_HELD static void start_and_leave(void *argument)
{
    gil_thread_free(spawn(set_true, argument));
}

static void a_thousand_starts_and_stops_leave_nothing(void)
{
    bool ran = false;
    run_alone(start_and_leave, &ran); /* a sanitizer's or emulator's own thread stays */
    unsigned before = os_threads();
    for (int i = 0; i < 1000; i++) {
        ran = false;
        run_alone(start_and_leave, &ran);
        CHECK(ran);
    }
    while (os_threads() > before) /* a joined thread may still be listed for a moment */
        sched_yield();            /* (one left behind would time the test out) */
}

GIL_HELD static void run_nested(void *argument)
{
    CHECK_EQ(gil_run(argument, do_nothing, NULL), -EDEADLK);
}

static void *run_beside(void *argument)
{
    CHECK_EQ(gil_run(argument, do_nothing, NULL), -EBUSY);
    return NULL;
}

GIL_HELD static void run_twice(void *argument)
{
    pthread_t beside;
    CHECK_EQ(pthread_create(&beside, NULL, run_beside, argument), 0);
    pthread_join(beside, NULL);
}

static void one_run_at_a_time(void)
{
    struct gil_config config = gil_config_default();
    struct gil *gil = start(&config);
    CHECK_EQ(gil_run(gil, run_nested, gil), 0);
    CHECK_EQ(gil_run(gil, run_twice, gil), 0);
    gil_stop(gil);
}

enum { RUNTIMES = 4, INCREMENTS = 20000 };

GIL_HELD static void increment(void *argument)
{
    uint64_t *count = argument;
    for (int i = 0; i < INCREMENTS; i++) {
        ++*count;
        gil_checkpoint();
    }
}

GIL_HELD static void increment_by_two_threads(void *argument)
{
    struct gil_thread *left = spawn(increment, argument),
                      *right = spawn(increment, argument);
    join(left);
    join(right);
}

static void *run_own(void *argument)
{
    (void)argument;
    uint64_t count = 0;
    struct gil_config config = config_with(100 * CORE_NS_PER_US);
    struct gil *gil = start(&config);
    CHECK_EQ(gil_run(gil, increment_by_two_threads, &count), 0);
    CHECK_EQ(count, 2 * INCREMENTS);
    gil_stop(gil);
    return NULL;
}

static void runtimes_live_side_by_side(void)
{
    pthread_t threads[RUNTIMES];
    for (int i = 0; i < RUNTIMES; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, run_own, NULL), 0);
    for (int i = 0; i < RUNTIMES; i++)
        pthread_join(threads[i], NULL);
}

static void counters_have_names(void)
{
    for (unsigned i = 0; i < GIL_COUNTERS; i++)
        for (unsigned j = 0; j < i; j++)
            CHECK(strcmp(gil_counter_name(i), gil_counter_name(j)) != 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(daemons_end_with_the_run),
        CHECK_CASE(being_a_daemon_is_inherited),
        CHECK_CASE(a_config_out_of_bounds_is_refused),
        CHECK_CASE(a_thousand_starts_and_stops_leave_nothing),
        CHECK_CASE(one_run_at_a_time),
        CHECK_CASE(runtimes_live_side_by_side),
        CHECK_CASE(counters_have_names),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
