/* Package time: the cases of src/time/tick_test.go, and many hands on one timer. */
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

/* Ticks may be late and then close together, but the n-th is never before its time. */
void time_ticker(void *said)
{
    enum { COUNT = 10 };
    uint64_t start_ns = csp_now_ns();
    struct csp_ticker *ticker = csp_ticker_new(2 * MS);
    for (int i = 0; i < COUNT / 2; i++)
        csp_recv_from(csp_ticker_chan(ticker), NULL);
    say(said, "early %d", csp_now_ns() - start_ns < COUNT / 2 * 2 * MS);
    uint64_t reset_ns = csp_now_ns();
    csp_ticker_reset(ticker, 4 * MS);
    for (int i = 0; i < COUNT / 2; i++)
        csp_recv_from(csp_ticker_chan(ticker), NULL);
    say(said, " early %d", csp_now_ns() - reset_ns < COUNT / 2 * 4 * MS);
    csp_ticker_stop(ticker);
    csp_sleep(8 * MS);
    say(said, " stopped %d", empty(csp_ticker_chan(ticker)));
    csp_ticker_free(ticker);
}

void time_ticker_stop_nothing(void *said)
{
    csp_ticker_stop(NULL);
    csp_ticker_free(NULL);
    csp_timer_free(NULL);
    say(said, "stopped");
}

void time_teardown(void *said)
{
    for (int i = 0; i < 3; i++) {
        struct csp_ticker *ticker = csp_ticker_new(2 * MS);
        csp_recv_from(csp_ticker_chan(ticker), NULL);
        csp_ticker_stop(ticker);
        csp_ticker_free(ticker);
        say(said, "%d ", i);
    }
}

/* Who comes late finds one tick, not all that he missed. */
void time_ticker_drops(void *said)
{
    struct csp_ticker *ticker = csp_ticker_new(MS);
    csp_sleep(20 * MS);
    int found = 0;
    uint64_t first_ns = 0, second_ns = 0;
    csp_ticker_reset(ticker, HOUR); /* from here on nothing is added */
    found += !empty(csp_ticker_chan(ticker));
    csp_ticker_reset(ticker, MS);
    csp_sleep(20 * MS);
    csp_recv_from(csp_ticker_chan(ticker), &first_ns);
    csp_recv_from(csp_ticker_chan(ticker), &second_ns);
    say(said, "stale %d forward %d", found, second_ns > first_ns);
    csp_ticker_free(ticker);
}

void time_ticker_reset_has_no_value(void *said)
{
    struct csp_ticker *ticker = csp_ticker_new(MS);
    csp_sleep(5 * MS);
    csp_ticker_stop(ticker);
    say(said, "stopped empty %d", empty(csp_ticker_chan(ticker)));
    csp_ticker_free(ticker);
}

enum { HANDS = 4, STEPS = CORE_SANITIZED ? 100 : 500 };

struct hands {
    struct csp_timer *timer;
    struct csp_chan *done;
    _Atomic int started, in_time;
};

static void reset_and_stop(void *argument)
{
    struct hands *hands = argument;
    for (int i = 0; i < STEPS; i++) {
        bool in_time = i % 3 == 0 ? csp_timer_stop(hands->timer)
                                  : csp_timer_reset(hands->timer, i % 5 * 1000);
        /* relaxed: counts, read after all have ended */
        atomic_fetch_add_explicit(&hands->in_time, in_time, memory_order_relaxed);
        atomic_fetch_add_explicit(&hands->started, i % 3 != 0, memory_order_relaxed);
    }
    csp_send(hands->done, NULL);
}

static int drain_until(struct hands *hands, int done)
{
    int received = 0;
    while (done > 0) {
        struct csp_case cases[] = {csp_case_recv(csp_timer_chan(hands->timer), NULL),
                                   {CSP_RECV, hands->done, NULL, false}};
        if (csp_select(cases, 2) == 0)
            received++;
        else
            done--;
    }
    return received;
}

/* Conservation: each start ends in one receive, or in one Stop or Reset in time. */
void time_stop_reset_stress(void *said)
{
    struct hands hands = {.timer = csp_timer_new(HOUR), .done = csp_chan_make(0, 0)};
    for (int i = 0; i < HANDS; i++)
        csp_go(reset_and_stop, &hands);
    int received = drain_until(&hands, HANDS);
    received += csp_timer_stop(hands.timer);
    /* relaxed: all have ended */
    int started = 1 + atomic_load_explicit(&hands.started, memory_order_relaxed);
    int ended = received + atomic_load_explicit(&hands.in_time, memory_order_relaxed);
    if (started != ended)
        say(said, "started %d ended %d ", started, ended);
    say(said, "kept %d", started == ended);
    csp_timer_free(hands.timer);
}
