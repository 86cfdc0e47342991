/* Threads: starting and joining, names, stacks and CPUs, errors, sleep. */
#include "runtime.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

GIL_HELD static void do_nothing(void *argument)
{
    (void)argument;
}

GIL_HELD static void set_true(void *argument)
{
    bool *flag = argument;
    *flag = true;
}

/* ---- Joining and starting ---- */

GIL_HELD static void misuse_threads(void *argument)
{
    (void)argument;
    CHECK_EQ(gil_thread_join(gil_thread_current(), GIL_FOREVER), -EDEADLK);
    bool ran = false;
    struct gil_thread *thread;
    CHECK_EQ(gil_thread_new(set_true, &ran, NULL, &thread), 0);
    CHECK(!gil_thread_alive(thread));
    CHECK_EQ(gil_thread_join(thread, GIL_FOREVER), -EINVAL);
    CHECK_EQ(gil_thread_start(thread), 0);
    CHECK_EQ(gil_thread_start(thread), -EALREADY);
    CHECK_EQ(gil_thread_join(thread, GIL_FOREVER), 0);
    CHECK(ran);
    CHECK_EQ(gil_thread_join(thread, GIL_FOREVER), 0); /* joining the dead is no error */
    CHECK_EQ(gil_thread_start(thread), -EALREADY);
    gil_thread_free(thread);
    CHECK_EQ(gil_thread_new(do_nothing, NULL, NULL, &thread), 0);
    gil_thread_free(thread); /* never started */
}

static void misuse_is_an_error(void)
{
    CHECK(gil_thread_current() == NULL);
    run_alone(misuse_threads, NULL);
    CHECK(gil_thread_current() == NULL);
}

GIL_HELD static void wait_for_lock(void *argument)
{
    struct gil_lock *lock = argument;
    CHECK_EQ(gil_lock_acquire(lock, GIL_FOREVER), 0);
    CHECK_EQ(gil_lock_release(lock), 0);
}

GIL_HELD static void join_in_time(void *argument)
{
    struct gil_lock *lock = argument;
    CHECK_EQ(gil_lock_acquire(lock, 0), 0);
    struct gil_thread *thread = spawn(wait_for_lock, lock);
    CHECK_EQ(gil_thread_join(thread, 0), -ETIMEDOUT);
    uint64_t began = core_now_ns();
    CHECK_EQ(gil_thread_join(thread, 3 * CORE_NS_PER_MS), -ETIMEDOUT);
    CHECK(core_now_ns() - began >= 3 * CORE_NS_PER_MS);
    CHECK(gil_thread_alive(thread));
    CHECK_EQ(gil_lock_release(lock), 0);
    join(thread);
}

static void a_join_may_time_out(void)
{
    struct gil_lock *lock = gil_lock_new();
    run_alone(join_in_time, lock);
    gil_lock_free(lock);
}

GIL_HELD static void join_other(void *argument)
{
    CHECK_EQ(gil_thread_join(argument, GIL_FOREVER), 0);
}

GIL_HELD static void join_by_many(void *argument)
{
    struct gil_lock *lock = argument;
    CHECK_EQ(gil_lock_acquire(lock, 0), 0);
    struct gil_thread *one = spawn(wait_for_lock, lock), *joiners[3];
    for (int i = 0; i < 3; i++)
        joiners[i] = spawn(join_other, one);
    gil_sleep(CORE_NS_PER_MS); /* most likely all three wait by now */
    gil_lock_release(lock);
    for (int i = 0; i < 3; i++)
        join(joiners[i]);
    join(one);
}

static void many_may_join_one(void)
{
    struct gil_lock *lock = gil_lock_new();
    run_alone(join_by_many, lock);
    gil_lock_free(lock);
}

GIL_HELD static void outlive_main(void *argument)
{
    gil_sleep(5 * CORE_NS_PER_MS);
    set_true(argument);
}

GIL_HELD static void leave_a_thread(void *argument)
{
    gil_thread_free(spawn(outlive_main, argument));
}

static void a_run_waits_for_its_threads(void)
{
    bool ended = false;
    run_alone(leave_a_thread, &ended);
    CHECK(ended);
}

GIL_HELD static void join_main(void *argument)
{
    struct gil_thread *main = argument;
    CHECK_EQ(gil_thread_join(main, GIL_FOREVER), 0);
    CHECK(!gil_thread_alive(main));
}

GIL_HELD static void be_joined(void *argument)
{
    (void)argument;
    gil_thread_free(spawn(join_main, gil_thread_current()));
}

static void the_main_thread_can_be_joined(void)
{
    run_alone(be_joined, NULL);
}

/* ---- Names, stacks, CPUs ---- */

GIL_HELD static void check_name(void *argument)
{
    char of_os_thread[16];
    CHECK_STR(gil_thread_name(gil_thread_current()), argument);
    CHECK_EQ(pthread_getname_np(pthread_self(), of_os_thread, sizeof of_os_thread), 0);
    CHECK_STR(of_os_thread, "a rather long n");
}

GIL_HELD static void name_threads(void *argument)
{
    char name[] = "a rather long name";
    CHECK_STR(gil_thread_name(gil_thread_current()), "MainThread");
    struct gil_thread_options options = {.name = name};
    struct gil_thread *thread;
    CHECK_EQ(gil_thread_new(check_name, "a rather long name", &options, &thread), 0);
    name[0] = '?'; /* the thread has its own copy */
    CHECK_EQ(gil_thread_start(thread), 0);
    join(thread);
    thread = spawn(do_nothing, argument);
    CHECK(strncmp(gil_thread_name(thread), "Thread-", 7) == 0);
    join(thread);
}

static void threads_have_names(void)
{
    run_alone(name_threads, NULL);
}

GIL_HELD static void measure_stack(void *argument)
{
    pthread_attr_t attributes;
    CHECK_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
    CHECK_EQ(pthread_attr_getstacksize(&attributes, argument), 0);
    pthread_attr_destroy(&attributes);
}

GIL_HELD static void start_with_stacks(void *argument)
{
    (void)argument;
    size_t bytes = 0;
    join(spawn(measure_stack, &bytes));
    CHECK_EQ(bytes, 256 * 1024); /* from the config */
    struct gil_thread_options options = {.stack_bytes = 1024 * 1024};
    struct gil_thread *thread;
    CHECK_EQ(gil_thread_new(measure_stack, &bytes, &options, &thread), 0);
    CHECK_EQ(gil_thread_start(thread), 0);
    join(thread);
    CHECK_EQ(bytes, 1024 * 1024);
    options.stack_bytes = 1;
    CHECK_EQ(gil_thread_new(measure_stack, &bytes, &options, &thread), 0);
    CHECK_EQ(gil_thread_start(thread), -EINVAL);
    CHECK(!gil_thread_alive(thread));
    gil_thread_free(thread);
}

static void stacks_have_the_size_asked_for(void)
{
    struct gil_config config = gil_config_default();
    config.stack_bytes = 256 * 1024;
    struct gil *gil = start(&config);
    CHECK_EQ(gil_run(gil, start_with_stacks, NULL), 0);
    gil_stop(gil);
}

/* The CPUs that this process may use, at most `room`. */
static size_t usable_cpus(int *cpus, size_t room)
{
    cpu_set_t set;
    CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    size_t count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < room; cpu++)
        if (CPU_ISSET((unsigned)cpu, &set))
            cpus[count++] = cpu;
    return count;
}

/* The one CPU that the calling thread is bound to, or -1. */
static int bound_to(void)
{
    int cpus[2];
    return usable_cpus(cpus, 2) == 1 ? cpus[0] : -1;
}

GIL_HELD static void tell_cpu(void *argument)
{
    *(int *)argument = bound_to();
}

GIL_HELD static void check_binding(void *argument)
{
    const struct gil_config *config = argument;
    CHECK_EQ(bound_to(), config->cpus[0]);
    for (size_t i = 1; i <= 2 * config->cpu_count; i++) {
        int cpu = -2;
        join(spawn(tell_cpu, &cpu));
        CHECK_EQ(cpu, config->cpus[i % config->cpu_count]);
    }
}

static void threads_are_bound_in_turn(void)
{
    int cpus[4];
    struct gil_config config = gil_config_default();
    config.cpus = cpus;
    config.cpu_count = usable_cpus(cpus, 4);
    int before = bound_to();
    struct gil *gil = start(&config);
    CHECK_EQ(gil_run(gil, check_binding, &config), 0);
    CHECK_EQ(bound_to(), before);
    CHECK_EQ(gil_run(gil, check_binding, &config),
             0); /* each run begins with the first CPU */
    gil_stop(gil);
}

GIL_HELD static void start_on_no_cpu(void *argument)
{
    (void)argument;
    struct gil_thread *thread;
    CHECK_EQ(gil_thread_new(do_nothing, NULL, NULL, &thread), 0);
    CHECK_EQ(gil_thread_start(thread), -EINVAL);
    gil_thread_free(thread);
}

static void a_cpu_that_is_not_there_is_refused(void)
{
    const int beyond[] = {-1, CPU_SETSIZE + 5}, last[] = {CPU_SETSIZE - 1};
    struct gil_config config = gil_config_default();
    config.cpus = beyond;
    config.cpu_count = 2;
    struct gil *gil = start(&config);
    CHECK_EQ(gil_run(gil, start_on_no_cpu, NULL),
             0); /* main: not bound; the next: refused */
    gil_stop(gil);
    config.cpus = last;
    config.cpu_count = 1;
    gil = start(&config);
    CHECK_EQ(gil_run(gil, do_nothing, NULL), -EINVAL);
    gil_stop(gil);
}

/* ---- Errors ---- */

struct report {
    unsigned count;
    char thread[32];
    char message[64];
};

static void take_report(void *context, const char *thread_name, const char *message)
{
    struct report *report = context;
    report->count++;
    snprintf(report->thread, sizeof report->thread, "%s", thread_name);
    snprintf(report->message, sizeof report->message, "%s", message);
}

static struct gil *start_reporting(struct report *report)
{
    struct gil_config config = gil_config_default();
    config.excepthook = take_report;
    config.excepthook_context = report;
    return start(&config);
}

GIL_HELD static int divide(int dividend, int divisor)
{
    if (divisor == 0)
        gil_raise("division of %d by %d", dividend, divisor);
    return dividend / divisor;
}

GIL_HELD static void fail(void *argument)
{
    int quotient = divide(7, 0);
    *(bool *)argument = quotient != 0; /* never comes here */
}

GIL_HELD static void have_a_thread_fail(void *argument)
{
    const struct report *report = argument;
    bool survived = false, lived = false;
    struct gil_thread_options options = {.name = "worker"};
    struct gil_thread *thread;
    CHECK_EQ(gil_thread_new(fail, &survived, &options, &thread), 0);
    CHECK_EQ(gil_thread_start(thread), 0);
    join(thread);
    CHECK(!survived);
    CHECK_EQ(report->count, 1);
    CHECK_STR(report->thread, "worker");
    CHECK_STR(report->message, "division of 7 by 0");
    join(spawn(set_true, &lived));
    CHECK(lived);
}

static void an_error_ends_its_thread_alone(void)
{
    struct report report = {0};
    struct gil *gil = start_reporting(&report);
    CHECK_EQ(gil_run(gil, have_a_thread_fail, &report), 0);
    gil_stop(gil);
}

GIL_HELD static void fail_by_name(void *argument)
{
    struct gil_thread_options options = {.name = "loader"};
    struct gil_thread *thread;
    CHECK_EQ(gil_thread_new(fail, argument, &options, &thread), 0);
    CHECK_EQ(gil_thread_start(thread), 0);
    join(thread);
}

static void without_a_hook_one_line_is_printed(void)
{
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    CHECK(file != NULL && kept >= 0);
    CHECK(dup2(fileno(file), STDERR_FILENO) >= 0);
    run_alone(fail_by_name, NULL);
    dup2(kept, STDERR_FILENO);
    close(kept);
    char line[128] = "";
    rewind(file);
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK_STR(line, "Exception in thread loader: division of 7 by 0\n");
    CHECK(fgets(line, sizeof line, file) == NULL);
    fclose(file);
}

GIL_HELD static void fail_in_main(void *argument)
{
    gil_thread_free(spawn(outlive_main, argument));
    fail(NULL);
}

static void an_error_in_main_ends_the_run(void)
{
    struct report report = {0};
    bool ended = false;
    struct gil *gil = start_reporting(&report);
    CHECK_EQ(gil_run(gil, fail_in_main, &ended), 1);
    CHECK_STR(report.thread, "MainThread");
    CHECK(ended); /* the other thread was joined all the same */
    CHECK_EQ(gil_run(gil, do_nothing, NULL), 0);
    gil_stop(gil);
}

/* ---- Sleep and native calls ---- */

GIL_HELD static void let_others_run(void *argument)
{
    (void)argument;
    bool ran = false;
    struct gil_thread *thread = spawn(outlive_main, &ran);
    CHECK(!ran);
    uint64_t began = core_now_ns();
    gil_sleep(2 * CORE_NS_PER_MS);
    CHECK(core_now_ns() - began >= 2 * CORE_NS_PER_MS);
    gil_sleep(0);
    gil_release_begin();
    errno = ENOTTY; /* what a native call leaves must survive taking the lock again */
    gil_release_end();
    CHECK_EQ(errno, ENOTTY);
    join(thread);
    CHECK(ran);
}

static void blocking_lets_others_run(void)
{
    run_alone(let_others_run, NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(misuse_is_an_error),
        CHECK_CASE(a_join_may_time_out),
        CHECK_CASE(many_may_join_one),
        CHECK_CASE(a_run_waits_for_its_threads),
        CHECK_CASE(the_main_thread_can_be_joined),
        CHECK_CASE(threads_have_names),
        CHECK_CASE(stacks_have_the_size_asked_for),
        CHECK_CASE(threads_are_bound_in_turn),
        CHECK_CASE(a_cpu_that_is_not_there_is_refused),
        CHECK_CASE(an_error_ends_its_thread_alone),
        CHECK_CASE(without_a_hook_one_line_is_printed),
        CHECK_CASE(an_error_in_main_ends_the_run),
        CHECK_CASE(blocking_lets_others_run),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
