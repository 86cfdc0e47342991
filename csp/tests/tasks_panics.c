/* Panics, threads and dumps that Go's own output is not compared with. */
#include "tasks_panics.h"

#include "check.h"
#include <csp.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

static void nothing(void *argument)
{
    (void)argument;
}

static void recovers(void *argument)
{
    struct csp_value value;
    if (csp_recover(&value))
        ++*(int *)argument;
}

static void receives(void *chan)
{
    csp_recv(chan, NULL);
}

/* --- Panics -------------------------------------------------------------------- */

/* As since Go 1.21. */
void panics_nil(void *argument)
{
    (void)argument;
    csp_panic(NULL);
}

void panics_pointer(void *argument)
{
    csp_panic_with(
        (struct csp_value){.kind = CSP_POINTER, .text = "*thing", .pointer = argument});
}

static void defers_many(void *argument)
{
    for (int i = 0; i < 1000; i++)
        csp_defer(recovers, argument);
    csp_panic("boom");
}

void panics_with_many_deferred(void *argument)
{
    (void)argument;
    int recovered = 0;
    for (int i = 0; i < 10; i++)
        csp_call(defers_many, &recovered);
    CHECK_EQ(recovered, 10);
}

struct crowd {
    struct csp_waitgroup group;
    _Atomic int recovered;
};

static void joins_crowd(void *argument)
{
    struct crowd *crowd = argument;
    if (csp_recover(NULL))
        crowd->recovered++;
    csp_waitgroup_done(&crowd->group);
}

static void panics_below(void *argument)
{
    csp_gosched();
    (void)argument;
    csp_panic("one of many");
}

/* Panics, and comes back, perhaps on another worker. */
static void panics_twice(void *argument)
{
    int recovered = 0;
    csp_defer(joins_crowd, argument);
    csp_call(defers_many, &recovered);
    csp_gosched();
    CHECK_EQ(recovered, 1);
    csp_call(panics_below, NULL);
}

void panics_on_all_workers(void *argument)
{
    struct crowd crowd = {0};
    (void)argument;
    csp_waitgroup_add(&crowd.group, 50);
    for (int i = 0; i < 50; i++)
        csp_go(panics_twice, &crowd);
    csp_waitgroup_wait(&crowd.group);
    CHECK_EQ(crowd.recovered, 50);
}

/* --- Threads ------------------------------------------------------------------- */

static void must_stay(pid_t thread)
{
    for (int i = 0; i < 20; i++) {
        csp_gosched();
        CHECK_EQ(gettid(), thread);
    }
    csp_sleep(MS);
    CHECK_EQ(gettid(), thread);
}

void thread_nesting(void *argument)
{
    (void)argument;
    csp_unlock_os_thread(); /* without a lock: nothing */
    csp_lock_os_thread();
    csp_lock_os_thread();
    pid_t thread = gettid();
    csp_unlock_os_thread();
    must_stay(thread);
    csp_unlock_os_thread();
    CHECK(gettid() != thread);
    csp_lock_os_thread();
    CHECK_EQ(gettid(), thread); /* the one that was kept */
}

struct own {
    struct csp_chan *done;
    pid_t thread;
};

static void is_elsewhere(void *argument)
{
    struct own *own = argument;
    for (int i = 0; i < 20; i++) {
        CHECK(gettid() != own->thread);
        csp_gosched();
    }
    csp_send(own->done, &(int){1});
}

/* TestYieldLocked: others never run on the thread, and it is no other goroutine's. */
void thread_is_its_own(void *argument)
{
    struct own own = {.done = csp_chan_make(sizeof(int), 0)};
    (void)argument;
    csp_lock_os_thread();
    own.thread = gettid();
    for (int i = 0; i < 8; i++)
        csp_go(is_elsewhere, &own);
    must_stay(own.thread);
    for (int i = 0; i < 8; i++)
        csp_recv(own.done, NULL);
    CHECK_EQ(gettid(), own.thread);
}

static void echoes(void *argument)
{
    struct csp_chan *chan = argument;
    int value = 0;
    csp_lock_os_thread();
    pid_t thread = gettid();
    while (csp_recv(chan, &value)) {
        CHECK_EQ(gettid(), thread);
        csp_send(chan, &(int){value + 1});
    }
}

/* TestBlockLocked: locked goroutines wait for each other and for the rest. */
void thread_waits(void *argument)
{
    struct csp_chan *chan = csp_chan_make(sizeof(int), 0);
    int value = 0;
    (void)argument;
    csp_go(echoes, chan);
    for (int i = 0; i < 100; i++) {
        if (i == 50)
            csp_lock_os_thread();
        csp_send(chan, &i);
        csp_recv(chan, &value);
        CHECK_EQ(value, i + 1);
    }
    csp_close(chan);
    struct csp_case never = {.op = CSP_RECV};
    CHECK_EQ(csp_select_timeout(&never, 1, MS), CSP_NO_CASE);
}

static void locks_and_ends(void *argument)
{
    csp_lock_os_thread();
    csp_waitgroup_done(argument);
}

void thread_exit(void *argument)
{
    struct csp_waitgroup group = {0};
    (void)argument;
    for (int i = 0; i < 50; i++) {
        csp_waitgroup_add(&group, 4);
        for (int j = 0; j < 4; j++)
            csp_go(locks_and_ends, &group);
        csp_waitgroup_wait(&group);
    }
}

static void locks_and_waits(void *argument)
{
    csp_lock_os_thread();
    csp_recv(argument, NULL);
}

void thread_exhaustion(void *argument)
{
    struct csp_chan *chan = csp_chan_make(0, 0);
    (void)argument;
    for (int i = 0; i < 300; i++)
        csp_go(locks_and_waits, chan);
    csp_recv(chan, NULL);
}

/* --- Dumps --------------------------------------------------------------------- */

void dump_inside(void *argument)
{
    struct dump_case *dump = argument;
    struct csp_chan *chan = csp_chan_make(sizeof(int), 0);
    csp_go(receives, chan);
    csp_gosched();
    csp_sleep(MS);
    csp_go(nothing, NULL);
    csp_dump(NULL, dump->into);
}

void dump_minutes(void *argument)
{
    struct dump_case *dump = argument;
    csp_go(receives, csp_chan_make(sizeof(int), 0));
    csp_sleep(330 * 1000 * MS);
    csp_dump(NULL, dump->into);
}

/* Comes and goes until it is told to stop. */
void dump_outside(void *argument)
{
    struct dump_case *dump = argument;
    struct csp_chan *chan = csp_chan_make(sizeof(int), 0);
    for (int i = 0; i < 20; i++)
        csp_go(receives, NULL);
    core_store_relaxed(&dump->ready, true); /* hints, as the next */
    while (!core_load_relaxed(&dump->stop)) {
        csp_go(receives, chan);
        csp_send(chan, &(int){1});
    }
}
