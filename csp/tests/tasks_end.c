/* Ends of a run: cases of Go's runtime/crash_test.go, and what its oracle prints. */
#include "tasks_end.h"

#include "check.h"
#include <csp.h>

#define MS UINT64_C(1000000)

static struct csp_chan *ints(ptrdiff_t capacity)
{
    return csp_chan_make(sizeof(int), capacity);
}

static void receive(void *argument)
{
    csp_recv(argument, NULL);
}

static void sleep_long(void *argument)
{
    (void)argument;
    csp_sleep(3600 * 1000 * MS);
    csp_panic("slept");
}

static void never_stops(void *argument)
{
    for (struct csp_chan *chan = argument;;) {
        csp_try_send(chan, &(int){1});
        csp_try_recv(chan, NULL);
    }
}

void end_main_returns(void *argument)
{
    (void)argument;
    for (int i = 0; i < 10; i++) {
        csp_go(receive, ints(0));
        csp_go(sleep_long, NULL);
        csp_go(never_stops, ints(1));
        csp_after(1000 * MS);
        (void)csp_alloc(100), (void)csp_alloc(100000);
    }
    csp_gosched();
}

void end_deadlock_receive(void *argument)
{
    (void)argument;
    csp_recv(ints(1), NULL);
}

void end_deadlock_nil(void *argument)
{
    (void)argument;
    csp_go(receive, NULL);
    csp_send(NULL, NULL);
}

void end_deadlock_select(void *argument)
{
    (void)argument;
    csp_select(NULL, 0);
}

void end_deadlock_waitgroup(void *argument)
{
    (void)argument;
    struct csp_waitgroup group = {0};
    csp_waitgroup_add(&group, 1);
    csp_waitgroup_wait(&group);
}

void end_deadlock_mutex(void *argument)
{
    (void)argument;
    struct csp_mutex mutex = {0};
    csp_mutex_lock(&mutex);
    csp_mutex_lock(&mutex);
}

void end_deadlock_many(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    for (int i = 0; i < 150; i++)
        csp_go(receive, chan);
    struct csp_case one = {.op = CSP_RECV, .chan = ints(0)};
    csp_select(&one, 1);
}

static void send_later(void *argument)
{
    csp_sleep(20 * MS);
    csp_send(argument, &(int){9});
}

void end_timer_suppresses(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    int value = 0;
    csp_go(send_later, chan);
    csp_recv(chan, &value);
    CHECK_EQ(value, 9);
    csp_recv(csp_after(5 * MS), NULL);
}

static void sleep_short(void *argument)
{
    (void)argument;
    csp_sleep(MS);
}

void end_goexit(void *argument)
{
    (void)argument;
    csp_go(sleep_short, NULL);
    csp_goexit();
}

void end_panic(void *argument)
{
    (void)argument;
    csp_panic("boom");
}

void end_panic_child(void *argument)
{
    (void)argument;
    csp_go(end_panic, NULL);
    csp_sleep(1000 * MS);
}

void end_close_nil(void *argument)
{
    (void)argument;
    csp_close(NULL);
}

void end_close_twice(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    csp_close(chan);
    csp_close(chan);
}

void end_send_closed(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(1);
    csp_close(chan);
    csp_send(chan, &(int){1});
}

void end_select_send_closed(void *argument)
{
    (void)argument;
    struct csp_case cases[] = {
        {.op = CSP_RECV, .chan = ints(0)},
        {.op = CSP_SEND, .chan = ints(1), .element = &(int){1}},
        {.op = CSP_RECV, .chan = ints(0)},
    };
    csp_close(cases[1].chan);
    csp_select_default(cases, 3);
}

static void send_one(void *argument)
{
    csp_send(argument, &(int){1});
}

void end_blocked_sender(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    csp_go(send_one, chan);
    csp_sleep(MS);
    csp_close(chan);
    csp_sleep(1000 * MS);
}

static void select_send(void *argument)
{
    struct csp_case cases[] = {
        {.op = CSP_RECV, .chan = ints(0)},
        {.op = CSP_SEND, .chan = argument, .element = &(int){1}},
    };
    csp_select(cases, 2);
}

void end_blocked_select(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    csp_go(select_send, chan);
    csp_sleep(MS);
    csp_close(chan);
    csp_sleep(1000 * MS);
}

void end_makechan(void *argument)
{
    (void)argument;
    ints(-1);
}

void end_makechan_huge(void *argument)
{
    (void)argument;
    csp_chan_make(16, PTRDIFF_MAX / 8);
}

void end_waitgroup_negative(void *argument)
{
    (void)argument;
    struct csp_waitgroup group = {0};
    csp_waitgroup_done(&group);
}

void end_unlock(void *argument)
{
    (void)argument;
    struct csp_mutex mutex = {0};
    csp_mutex_unlock(&mutex);
}

void end_go_nil(void *argument)
{
    (void)argument;
    csp_go(NULL, NULL);
}

void end_free_used(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    csp_go(receive, chan);
    csp_sleep(MS);
    csp_chan_free(chan);
}

static void write_to(int *volatile where)
{
    *(volatile int *)where = 1; // NOLINT(clang-analyzer-core.NullDereference): on purpose
}

void end_null_pointer(void *argument)
{
    (void)argument;
    write_to(NULL);
}

void end_wild_pointer(void *argument)
{
    write_to(argument);
}

void end_divide(void *argument)
{
    volatile int *numbers = argument;
    numbers[0] = numbers[0] / numbers[1];
}

static int recurse(int depth)
{
    volatile int frame[32];
    frame[depth % 32] = depth;
    return depth < 0 ? 0 : recurse(depth + 1) + frame[depth % 32];
}

void end_overflow(void *argument)
{
    *(int *)argument = recurse(0);
}

static int recurse_calling(int depth)
{
    volatile int frame[32];
    frame[depth % 32] = (int)csp_goroutine_id();
    return depth < 0 ? 0 : recurse_calling(depth + 1) + frame[depth % 32];
}

void end_overflow_in_entry(void *argument)
{
    *(int *)argument = recurse_calling(0);
}

static void hog(void *argument)
{
    for (volatile int *stop = argument; !*stop;)
        ;
}

/* Loops that call nothing do not keep a run from ending. */
void end_hogs_left(void *argument)
{
    for (int i = 0; i < 6; i++)
        csp_go(hog, argument);
    csp_sleep(5 * MS);
}
