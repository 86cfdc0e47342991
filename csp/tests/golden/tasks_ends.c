/* Goexit, ends of programs and threads: the second half of ends.go, in its order. */
#include "golden.h"

#include <stdio.h>

static void goexits(void *unused)
{
    (void)unused;
    csp_goexit();
}

static void closes(void *chan)
{
    csp_close(chan);
}

static void receives(void *chan)
{
    csp_recv(chan, NULL);
}

static void sends(void *chan)
{
    csp_send(chan, &(int){1});
}

/* --- Goexit -------------------------------------------------------------------- */

static void catches_and_closes(void *chan)
{
    golden_catcher(NULL);
    csp_close(chan);
}

static void goexits_below(void *unused)
{
    (void)unused;
    golden_defer_say("inner");
    csp_goexit();
}

static void goexit_defer_child(void *chan)
{
    csp_defer(catches_and_closes, chan);
    golden_defer_say("deferred");
    csp_call(goexits_below, NULL);
    puts("not reached");
}

static void goexit_defer(void *unused)
{
    struct csp_chan *chan = golden_ints(0);
    (void)unused;
    csp_go(goexit_defer_child, chan);
    csp_recv(chan, NULL);
}

static void goexits_in_panic(void *chan)
{
    csp_defer(closes, chan);
    csp_defer(goexits, NULL);
    csp_panic("hello");
}

static void goexit_in_panic(void *unused)
{
    struct csp_chan *chan = golden_ints(0);
    (void)unused;
    csp_go(goexits_in_panic, chan);
    csp_recv(chan, NULL);
    puts("swallowed");
    csp_goexit();
}

static void panic_after_goexit(void *unused)
{
    (void)unused;
    csp_defer(golden_throws, "hello");
    csp_goexit();
}

static void panics_caught(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_panic("hello");
}

static void recovered_panic_after_goexit(void *unused)
{
    (void)unused;
    csp_defer(panics_caught, NULL);
    csp_goexit();
}

static void recover_before_panic_after_goexit(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_throws, "hello");
    csp_goexit();
}

static void goexits_outer(void *unused)
{
    (void)unused;
    golden_defer_say("outer");
    csp_defer(golden_catcher, NULL);
    csp_call(panic_after_goexit, NULL);
    puts("not reached");
}

static void recover_before_panic_after_goexit_2(void *unused)
{
    (void)unused;
    golden_defer_say("outermost");
    csp_call(goexits_outer, NULL);
    puts("not reached either");
}

static void goexit_deadlock(void *unused)
{
    (void)unused;
    csp_go(golden_say, "one");
    csp_goexit();
}

/* --- Ends of a program --------------------------------------------------------- */

static void never_says(void *unused)
{
    golden_defer_say("never said");
    golden_blocks(unused);
}

static void sleeps_long(void *unused)
{
    (void)unused;
    csp_sleep(3600 * 1000 * MS);
}

static void main_returns(void *unused)
{
    (void)unused;
    csp_go(never_says, NULL);
    csp_go(sleeps_long, NULL);
    csp_gosched();
    puts("main");
}

static void go_nil(void *unused)
{
    (void)unused;
    csp_defer(golden_quiet, NULL);
    csp_go(NULL, NULL);
    golden_blocks(NULL);
}

static void selects(void *chan)
{
    struct csp_case cases[] = {
        {.op = CSP_RECV, .chan = chan},
        {.op = CSP_SEND, .chan = chan, .element = &(int){1}},
    };
    csp_select(cases, 2);
}

static void locks_twice(void *unused)
{
    struct csp_mutex mutex = {0};
    (void)unused;
    csp_mutex_lock(&mutex);
    csp_mutex_lock(&mutex);
}

static void deadlock_states(void *unused)
{
    struct csp_chan *chan = golden_ints(0);
    struct csp_waitgroup group = {0};
    (void)unused;
    csp_go(sends, golden_ints(0));
    csp_sleep(50 * MS);
    csp_go(receives, chan);
    csp_go(sends, NULL);
    csp_go(receives, NULL);
    csp_go(golden_blocks, NULL);
    csp_go(selects, chan);
    csp_go(locks_twice, NULL);
    csp_waitgroup_add(&group, 1);
    csp_waitgroup_wait(&group);
}

static int overflows(int depth)
{
    volatile int frame[64];
    frame[depth % 64] = depth;
    return depth < 0 ? 0 : overflows(depth + 1) + frame[depth % 64];
}

static void stack_overflow(void *unused)
{
    (void)unused;
    csp_defer(golden_quiet, NULL);
    printf("%d\n", overflows(0));
}

static void unlock_of_unlocked(void *unused)
{
    struct csp_mutex mutex = {0};
    (void)unused;
    csp_defer(golden_quiet, NULL);
    csp_mutex_unlock(&mutex);
}

static void deadlock_in_deferred(void *unused)
{
    (void)unused;
    csp_defer(golden_blocks, NULL);
    csp_panic("not reported");
}

static void num_goroutine(void *unused)
{
    struct csp_chan *chan = golden_ints(0);
    (void)unused;
    printf("%zu\n", csp_num_goroutine());
    for (int i = 0; i < 10; i++)
        csp_go(receives, chan);
    printf("%zu\n", csp_num_goroutine());
    csp_close(chan);
    while (csp_num_goroutine() > 1)
        csp_gosched();
    puts("alone");
}

/* --- Threads ------------------------------------------------------------------- */

static void crash_end(void *unused)
{
    (void)unused;
    if (csp_recover(NULL))
        printf(" recovered");
    puts(" done");
}

static void crash_test(void *name)
{
    csp_defer(crash_end, NULL);
    printf("%s:", (const char *)name);
    golden_dereference(NULL);
}

struct crash {
    const char *name;
    struct csp_chan *done;
};

static void crash_child(void *argument)
{
    struct crash *crash = argument;
    csp_lock_os_thread();
    csp_call(crash_test, (void *)(uintptr_t)crash->name);
    csp_send(crash->done, &(int){1});
}

static void crash_thread(const char *name)
{
    struct crash crash = {name, golden_ints(0)};
    csp_go(crash_child, &crash);
    csp_recv(crash.done, NULL);
}

static void crash(void *unused)
{
    (void)unused;
    csp_lock_os_thread();
    csp_call(crash_test, "main");
    crash_thread("new-thread");
    crash_thread("second-new-thread");
    csp_call(crash_test, "main-again");
}

static void locked_blocks(void *unused)
{
    csp_lock_os_thread();
    golden_blocks(unused);
}

static void locked_deadlock_2(void *unused)
{
    csp_go(locked_blocks, NULL);
    csp_sleep(50 * MS);
    golden_blocks(unused);
}

static void locked_panic(void *unused)
{
    (void)unused;
    csp_lock_os_thread();
    csp_lock_os_thread();
    csp_unlock_os_thread();
    csp_panic("locked");
}

const struct golden_case golden_ends[] = {
    {"GoexitDefer", goexit_defer},
    {"GoexitInPanic", goexit_in_panic},
    {"PanicAfterGoexit", panic_after_goexit},
    {"RecoveredPanicAfterGoexit", recovered_panic_after_goexit},
    {"RecoverBeforePanicAfterGoexit", recover_before_panic_after_goexit},
    {"RecoverBeforePanicAfterGoexit2", recover_before_panic_after_goexit_2},
    {"GoexitDeadlock", goexit_deadlock},
    {"main_returns", main_returns},
    {"GoNil", go_nil},
    {"SimpleDeadlock", golden_blocks},
    {"deadlock_states", deadlock_states},
    {"StackOverflow", stack_overflow},
    {"unlock_of_unlocked", unlock_of_unlocked},
    {"PanicDeadlockGosched", deadlock_in_deferred},
    {"TestNumGoroutine", num_goroutine},
    {"Crash", crash},
    {"LockedDeadlock", locked_blocks},
    {"LockedDeadlock2", locked_deadlock_2},
    {"locked_panic", locked_panic},
    {"", NULL},
};
