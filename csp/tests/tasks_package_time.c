/* Package time: the cases of src/time/sleep_test.go, and what 1.23 promises.
 *
 * Delays are short and the machine may be busy: a case says what may not be early, or in
 * the wrong order, and never that something was fast.
 */
#include "tasks_package_time.h"

#include "check.h"
#include "said.h"
#include <core/sanitize.h>
#include <csp.h>
#include <stdatomic.h>

#define MS INT64_C(1000000)
#define HOUR (INT64_C(3600) * 1000 * MS)

static bool empty(struct csp_recv_chan chan)
{
    return csp_try_recv_from(chan, NULL) == CSP_NOT_READY;
}

static bool passed(uint64_t since_ns, int64_t at_least_ns)
{
    return csp_now_ns() - since_ns >= (uint64_t)at_least_ns;
}

static void sleep_half(void *argument)
{
    csp_sleep(*(int64_t *)argument / 2);
}

void time_sleep(void *said)
{
    int64_t delay_ns = 10 * MS;
    uint64_t start_ns = csp_now_ns();
    csp_go(sleep_half, &delay_ns);
    csp_sleep(delay_ns);
    say(said, "long enough %d", passed(start_ns, delay_ns));
}

struct countdown {
    int left;
    struct csp_chan *done;
};

static void count_down(void *argument)
{
    struct countdown *countdown = argument;
    if (--countdown->left >= 0)
        csp_timer_after_func(0, count_down, countdown);
    else
        csp_send(countdown->done, NULL);
}

void time_after_func(void *said)
{
    struct countdown countdown = {10, csp_chan_make(0, 0)};
    csp_timer_after_func(0, count_down, &countdown);
    csp_recv(countdown.done, NULL);
    say(said, "left %d", countdown.left);
}

static void send_nothing(void *argument)
{
    csp_send(argument, NULL);
}

/* More than there are descriptors in stock: some need memory when they fire. */
void time_after_func_many(void *said)
{
    struct csp_chan *called = csp_chan_make(0, 0);
    int count = 0;
    for (int i = 0; i < 200; i++)
        csp_timer_after_func(i % 3 * MS, send_nothing, called);
    while (count < 200)
        count += csp_recv(called, NULL);
    say(said, "called %d", count);
}

struct stress {
    atomic_bool stop;
    struct csp_chan *gone;
};

static void sleep_again(void *argument)
{
    struct stress *stress = argument;
    while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) /* a flag */
        csp_sleep(1);
    csp_send(stress->gone, NULL);
}

void time_after_stress(void *said)
{
    struct stress stress = {.gone = csp_chan_make(0, 0)};
    csp_go(sleep_again, &stress);
    struct csp_ticker *ticker = csp_ticker_new(1);
    int ticks = 0;
    while (ticks < 100)
        ticks += csp_recv_from(csp_ticker_chan(ticker), NULL);
    csp_ticker_stop(ticker);
    atomic_store_explicit(&stress.stop, true, memory_order_relaxed); /* a flag */
    csp_recv(stress.gone, NULL);
    csp_ticker_free(ticker);
    say(said, "ticks %d", ticks);
}

void time_after(void *said)
{
    uint64_t start_ns = csp_now_ns(), end_ns = 0;
    csp_recv(csp_after(10 * MS), &end_ns);
    say(said, "late %d %d", passed(start_ns, 10 * MS), end_ns - start_ns >= 10 * MS);
}

void time_after_tick(void *said)
{
    uint64_t start_ns = csp_now_ns();
    for (int i = 0; i < 10; i++)
        csp_recv(csp_after(2 * MS), NULL);
    say(said, "late %d", passed(start_ns, 20 * MS));
}

/* The delays are so far apart that no machine is too busy: hours that nobody waits for. */
void time_after_stop(void *said)
{
    struct csp_chan *called = csp_chan_make(0, 1);
    struct csp_timer *t0 = csp_timer_new(HOUR);
    struct csp_timer *t1 = csp_timer_after_func(2 * HOUR, send_nothing, called);
    struct csp_chan *later = csp_after(5 * MS);
    bool first = csp_timer_stop(t0), second = csp_timer_stop(t1);
    csp_recv(later, NULL);
    say(said, "stopped %d %d", first, second);
    say(said, " silent %d %d", empty(csp_timer_chan(t0)), empty(csp_recv_only(called)));
    say(said, " again %d", csp_timer_stop(t1));
    csp_timer_free(t0);
    csp_timer_free(t1);
}

struct queued {
    int slot;
    struct csp_chan *after, *result;
};

struct arrival {
    int slot;
    uint64_t time_ns;
};

static void await_slot(void *argument)
{
    struct queued *queued = argument;
    struct arrival arrival = {.slot = queued->slot};
    csp_recv(queued->after, &arrival.time_ns);
    csp_send(queued->result, &arrival);
}

/* The times that were sent are in order of the delays, but for those that were late. */
void time_after_queuing(void *said)
{
    static const int slots[] = {5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0};
    enum { SLOTS = sizeof slots / sizeof *slots };
    struct queued queued[SLOTS];
    struct csp_chan *result = csp_chan_make(sizeof(struct arrival), SLOTS);
    uint64_t start_ns = csp_now_ns();
    int early = 0, sum = 0;
    for (int i = 0; i < SLOTS; i++) {
        queued[i] = (struct queued){slots[i], csp_after(slots[i] * 3 * MS), result};
        csp_go(await_slot, &queued[i]);
    }
    for (int i = 0; i < SLOTS; i++) {
        struct arrival arrival;
        csp_recv(result, &arrival);
        early += arrival.time_ns - start_ns < (uint64_t)(arrival.slot * 3 * MS);
        sum += arrival.slot;
    }
    say(said, "early %d sum %d", early, sum);
}

static void fail(void *argument)
{
    (void)argument;
    CHECK_EQ(0, 1); /* a timer that was stopped */
    ;
}

static void stop_soon(void *argument)
{
    struct csp_timer *timer = csp_timer_after_func(HOUR, fail, NULL);
    csp_sleep(2 * MS);
    bool stopped = csp_timer_stop(timer);
    csp_timer_free(timer);
    csp_send(argument, &stopped);
}

void time_timer_stop_stress(void *said)
{
    struct csp_chan *stopped = csp_chan_make(sizeof(bool), 0);
    int count = 0;
    for (int i = 0; i < 100; i++)
        csp_go(stop_soon, stopped);
    for (int i = 0; i < 100; i++) {
        bool one = false;
        csp_recv(stopped, &one);
        count += one;
    }
    say(said, "stopped %d", count);
}

void time_sleep_zero(void *said)
{
    int passes = 0;
    for (int i = 0; i < 100; i++) {
        csp_sleep(0);
        struct csp_chan *chan = csp_chan_make(1, 1);
        csp_send(chan, "");
        passes += csp_recv(chan, NULL);
        csp_chan_free(chan);
    }
    csp_sleep(-1);
    say(said, "passes %d", passes);
}

void time_reset(void *said)
{
    struct csp_timer *timer = csp_timer_new(HOUR);
    say(said, "pending %d", csp_timer_reset(timer, 2 * HOUR));
    csp_sleep(2 * MS);
    say(said, " early %d", !empty(csp_timer_chan(timer)));
    say(said, " pending %d", csp_timer_reset(timer, MS));
    csp_recv_from(csp_timer_chan(timer), NULL);
    say(said, " expired %d", csp_timer_reset(timer, HOUR));
    say(said, " stopped %d", csp_timer_stop(timer));
    say(said, " after stop %d", csp_timer_reset(timer, MS));
    csp_recv_from(csp_timer_chan(timer), NULL);
    csp_timer_free(timer);
}

static void sleep_for_ever(void *argument)
{
    (void)argument;
    csp_sleep(INT64_MAX);
    CHECK_EQ(0, 1); /* a big sleep returned */
    ;
}

void time_overflow_sleep(void *said)
{
    csp_go(sleep_for_ever, NULL);
    struct csp_case cases[] = {{CSP_RECV, csp_after(INT64_MAX), NULL, false},
                               {CSP_RECV, csp_after(5 * MS), NULL, false}};
    say(said, "small %d", csp_select(cases, 2) == 1);
    csp_sleep(INT64_MIN);
    cases[0].chan = csp_after(INT64_MIN);
    cases[1].chan = csp_after(HOUR);
    say(said, " negative %d", csp_select(cases, 2) == 0);
}

void time_overflow_period(void *said)
{
    struct csp_ticker *ticker = csp_ticker_new(INT64_MAX);
    csp_ticker_reset(ticker, INT64_MAX - 1);
    csp_sleep(MS);
    say(said, "silent %d", empty(csp_ticker_chan(ticker)));
    csp_ticker_free(ticker);
}

void time_zero_timer(void *said)
{
    int received = 0;
    for (int i = 0; i < (CORE_SANITIZED ? 200 : 2000); i++) {
        struct csp_timer *timer = csp_timer_new(i % 2 == 0 ? 0 : -1);
        received += csp_recv_from(csp_timer_chan(timer), NULL);
        csp_timer_free(timer);
    }
    say(said, "all %d", received == (CORE_SANITIZED ? 200 : 2000));
}

/* No receive after a Stop that returned false: since 1.23 it would wait for ever. */
void time_timer_modified_earlier(void *said)
{
    int received = 0;
    for (int i = 0; i < 200; i++) {
        struct csp_timer *timer = csp_timer_new(HOUR);
        for (int j = 0; j < 10; j++) {
            csp_timer_stop(timer);
            csp_timer_reset(timer, -HOUR);
        }
        received += csp_recv_from(csp_timer_chan(timer), NULL);
        csp_timer_free(timer);
    }
    say(said, "received %d", received);
}

enum { ADJUSTED = 20, ADJUST_STATES = 10 };

/* One step in the life of a timer; the answers are those that they must be. */
static void adjust(struct csp_timer **timer, int state)
{
    switch (state) {
    case 0:
        *timer = csp_timer_new(0);
        break;
    case 1:
    case 9: /* it is idle now */
        CHECK(csp_recv_from(csp_timer_chan(*timer), NULL));
        break;
    case 2:
    case 4:
    case 6:
        CHECK(!csp_timer_reset(*timer, HOUR + state));
        break;
    case 8:
        CHECK(!csp_timer_reset(*timer, 0));
        break;
    default:
        CHECK(csp_timer_stop(*timer));
        break;
    }
}

void time_adjust_timers(void *said)
{
    struct csp_timer *timers[ADJUSTED] = {NULL};
    int states[ADJUSTED] = {0}, left = ADJUSTED * ADJUST_STATES;
    for (uint32_t random = 1; left > 0;) {
        random = random * 1664525 + 1013904223;
        uint32_t at = (random >> 16) % ADJUSTED;
        if (states[at] == ADJUST_STATES)
            continue;
        adjust(&timers[at], states[at]++);
        left--;
    }
    for (int i = 0; i < ADJUSTED; i++)
        csp_timer_free(timers[i]);
    say(said, "left %d", left);
}

/* Expired, but nobody has received: Stop takes the value back and says it was in time
 * (1.23; before, it said false and left the value). */
void time_stopped_has_no_value(void *said)
{
    struct csp_timer *timer = csp_timer_new(0);
    csp_sleep(2 * MS);
    say(said, "stop %d", csp_timer_stop(timer));
    say(said, " empty %d", empty(csp_timer_chan(timer)));
    csp_timer_reset(timer, 0);
    csp_sleep(2 * MS);
    say(said, " reset %d", csp_timer_reset(timer, HOUR));
    say(said, " empty %d", empty(csp_timer_chan(timer)));
    csp_timer_free(timer);
}

void time_timer_channel_looks_unbuffered(void *said)
{
    struct csp_timer *timer = csp_timer_new(0);
    struct csp_chan *chan = csp_timer_chan(timer).chan;
    csp_sleep(2 * MS);
    say(said, "len %zu cap %zu", csp_len(chan), csp_cap(chan));
    csp_timer_free(timer);
}
