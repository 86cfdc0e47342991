/* How runs end: status and report. */
#include "tasks_end.h"

#include "check.h"
#include "running.h"
#include <core/worker.h>
#include <stdint.h>

/* The run must end with `status` and its report must start with `text`; on one worker
 * and on four. */
static void ends(void (*main_function)(void *), void *argument, int status,
                 const char *text)
{
    for (unsigned workers = 1; workers <= 4; workers += 3) {
        int got = -1;
        const char *report = running_report(workers, main_function, argument, &got);
        if (strncmp(report, text, strlen(text)) != 0)
            CHECK_STR(report, text);
        CHECK_EQ(got, status);
        CHECK(status != 0 || report[0] == 0);
    }
}

static void main_returns(void)
{
    ends(end_main_returns, NULL, 0, "");
    ends(end_timer_suppresses, NULL, 0, "");
}

#define ASLEEP "fatal error: all goroutines are asleep - deadlock!\n\n"

static void deadlocks_are_found(void)
{
    ends(end_deadlock_receive, NULL, 2, ASLEEP "goroutine 1 [chan receive]:\n");
    ends(end_deadlock_nil, NULL, 2, ASLEEP "goroutine 1 [chan send (nil chan)]:\n");
    ends(end_deadlock_select, NULL, 2, ASLEEP "goroutine 1 [select (no cases)]:\n");
    ends(end_deadlock_waitgroup, NULL, 2, ASLEEP "goroutine 1 [semacquire]:\n");
    ends(end_deadlock_mutex, NULL, 2, ASLEEP "goroutine 1 [semacquire]:\n");
    ends(end_deadlock_many, NULL, 2, ASLEEP "goroutine 1 [select]:\n");
    ends(end_goexit, NULL, 2,
         "fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n");
}

static void long_reports_say_what_they_leave_out(void)
{
    int status = 0;
    const char *report = running_report(2, end_deadlock_many, NULL, &status);
    CHECK(strstr(report, "\n\n... and 51 more goroutines\n") != NULL);
}

static void panics_end_with_2(void)
{
    ends(end_panic, NULL, 2, "panic: boom\n\ngoroutine 1 [running]:\n");
    ends(end_panic_child, NULL, 2, "panic: boom\n\ngoroutine 2 [running]:\n");
    ends(end_close_nil, NULL, 2, "panic: close of nil channel\n");
    ends(end_close_twice, NULL, 2, "panic: close of closed channel\n");
    ends(end_send_closed, NULL, 2, "panic: send on closed channel\n");
    ends(end_select_send_closed, NULL, 2, "panic: send on closed channel\n");
    ends(end_blocked_sender, NULL, 2, "panic: send on closed channel\n");
    ends(end_blocked_select, NULL, 2, "panic: send on closed channel\n");
    ends(end_makechan, NULL, 2, "panic: makechan: size out of range\n");
    ends(end_makechan_huge, NULL, 2, "panic: makechan: size out of range\n");
    ends(end_waitgroup_negative, NULL, 2, "panic: sync: negative WaitGroup counter\n");
}

static void fatal_errors_end_with_2(void)
{
    ends(end_unlock, NULL, 2, "fatal error: sync: unlock of unlocked mutex\n");
    ends(end_go_nil, NULL, 2, "fatal error: go of nil func value\n");
}

/* One worker: the receiver waits when main wakes up again. */
static void a_channel_in_use_is_not_freed(void)
{
    int status = 0;
    const char *report = running_report(1, end_free_used, NULL, &status);
    const char *text = "fatal error: csp: free of a channel in use\n\n"
                       "goroutine 1 [running]:\n";
    CHECK(strncmp(report, text, strlen(text)) == 0);
    CHECK_EQ(status, 2);
}

#if !CORE_SANITIZED
static void faults_are_panics(void)
{
    int numbers[] = {1, 0};
    ends(end_null_pointer, NULL, 2,
         "panic: runtime error: invalid memory address or nil pointer dereference\n"
         "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x");
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    ends(end_wild_pointer, (void *)(uintptr_t)0x123456, 2,
         "unexpected fault address 0x123456\nfatal error: fault\n[signal SIG");
#if defined(__x86_64__)
    ends(end_divide, numbers, 2,
         "panic: runtime error: integer divide by zero\n[signal SIGFPE:");
#endif
    (void)numbers;
}

static void overflows_are_fatal(void)
{
    int sink = 0;
    const char *text = "runtime: goroutine stack exceeds 65536-byte limit\n"
                       "fatal error: stack overflow\n\ngoroutine 1 [running]:\n";
    ends(end_overflow, &sink, 2, text);
    ends(end_overflow_in_entry, &sink, 2, text);
}
#endif

static void loops_do_not_keep_a_run(void)
{
    int stop = 0;
    /* Only a worker knows whether preemption can be planted here. */
    CHECK_EQ(running(1, end_timer_suppresses, NULL), 0);
    if (!core_preempt_plants()) {
        printf("  skipped: no planted preemption here\n");
        return;
    }
    ends(end_hogs_left, &stop, 0, "");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(main_returns),
        CHECK_CASE(deadlocks_are_found),
        CHECK_CASE(long_reports_say_what_they_leave_out),
        CHECK_CASE(panics_end_with_2),
        CHECK_CASE(fatal_errors_end_with_2),
        CHECK_CASE(a_channel_in_use_is_not_freed),
#if !CORE_SANITIZED
        /* A sanitizer turns these mistakes into its own reports. */
        CHECK_CASE(faults_are_panics),
        CHECK_CASE(overflows_are_fatal),
#endif
        CHECK_CASE(loops_do_not_keep_a_run),
    };
#if CORE_SANITIZED
    printf("skipped: faults_are_panics, overflows_are_fatal (sanitizer)\n");
#endif
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
