/* The scheduler: more of Go's runtime/proc_test.go. */
#include <stdbool.h>

#include "tasks_language.h"

#include "check.h"
#include "said.h"
#include <core/atomic.h>
#include <csp.h>

#define MS INT64_C(1000000)

static struct csp_chan *ints(ptrdiff_t capacity)
{
    return csp_chan_make(sizeof(int), capacity);
}

static void put(struct csp_chan *chan, int value)
{
    csp_send(chan, &value);
}

static int get(struct csp_chan *chan)
{
    int value = -1;
    CHECK(csp_recv(chan, &value));
    return value;
}

/* --- TestYieldProgress, TestYieldLockedProgress ------------------------------------ */

struct yields {
    struct csp_chan *stop, *stopped;
    bool locked;
};

static void yield_until_told(void *argument)
{
    struct yields *yields = argument;
    if (yields->locked)
        csp_lock_os_thread();
    while (csp_try_recv(yields->stop, NULL) == CSP_NOT_READY)
        csp_gosched();
    put(yields->stopped, 1);
}

static void yield_progress(void *said, bool locked)
{
    struct yields yields = {ints(0), ints(0), locked};
    csp_go(yield_until_told, &yields);
    csp_sleep(10 * MS);
    put(yields.stop, 1);
    say(said, "stopped %d", get(yields.stopped));
}

void language_yield_progress(void *said)
{
    yield_progress(said, false);
}

void language_yield_locked_progress(void *said)
{
    yield_progress(said, true);
}

/* --- TestGoroutineParallelism: four that wait for each other in loops -------------- */

enum { SPINNERS = 4, ROUNDS = 3 };

struct spin {
    _Atomic uint32_t turn; /* only numbers pass by it: relaxed */
    struct csp_chan *done;
};

struct spinner {
    struct spin *spin;
    uint32_t number;
};

static void spin(void *argument)
{
    struct spinner *spinner = argument;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t mine = SPINNERS * i + spinner->number;
        /* relaxed, as the next: only the number passes */
        while (core_load_relaxed(&spinner->spin->turn) != mine)
            core_pause();
        core_store_relaxed(&spinner->spin->turn, mine + 1);
    }
    put(spinner->spin->done, 1);
}

void language_parallelism(void *said)
{
    struct spin shared = {.done = ints(0)};
    struct spinner spinners[SPINNERS];
    int tries = 0;
    for (; tries < 5; tries++) {
        core_store_relaxed(&shared.turn, 0U); /* nobody spins now */
        for (uint32_t p = 0; p < SPINNERS; p++) {
            spinners[p] = (struct spinner){&shared, p};
            csp_go(spin, &spinners[p]);
        }
        for (int p = 0; p < SPINNERS; p++)
            get(shared.done);
    }
    say(said, "tries %d", tries);
}

/* --- TestTimerFairness, TestTimerFairness2 ------------------------------------------ */

struct fair {
    struct csp_chan *chan, *done;
};

static void send_until_done(void *argument)
{
    const struct fair fair = *(struct fair *)argument; /* may end before we do */
    for (;;) {
        int one = 1;
        struct csp_case cases[] = {{CSP_SEND, fair.chan, &one, false},
                                   {CSP_RECV, fair.done, NULL, false}};
        if (csp_select(cases, 2) == 1)
            return;
    }
}

void language_timer_fairness(void *said)
{
    struct fair fair = {ints(0), ints(0)};
    struct csp_chan *timer = csp_after(20 * MS);
    csp_go(send_until_done, &fair);
    csp_go(send_until_done, &fair);
    for (;;) {
        struct csp_case cases[] = {{CSP_RECV, fair.chan, NULL, false},
                                   {CSP_RECV, timer, NULL, false}};
        if (csp_select(cases, 2) == 1)
            break;
    }
    csp_close(fair.done);
    say(said, "fired");
}

static void pass_until_due(void *argument)
{
    struct fair *fair = argument;
    struct csp_chan *timer = csp_after(20 * MS);
    for (;;) {
        int ball = 1;
        struct csp_case cases[] = {{CSP_RECV, fair->chan, &ball, false},
                                   {CSP_SEND, fair->chan, &ball, false},
                                   {CSP_RECV, timer, NULL, false}};
        if (csp_select(cases, 3) == 2)
            break;
    }
    put(fair->done, 1);
}

void language_timer_fairness2(void *said)
{
    struct fair fair = {ints(1), ints(0)};
    csp_go(pass_until_due, &fair);
    csp_go(pass_until_due, &fair);
    say(said, "fired %d", get(fair.done) + get(fair.done));
}

/* --- TestPreemption: two loops that call nothing wait for each other --------------- */

static void take_turns(void *argument)
{
    struct spinner *spinner = argument;
    for (int i = 0; i < 5; i++) {
        /* relaxed, as the next: only the number passes */
        while (core_load_relaxed(&spinner->spin->turn) != spinner->number)
            core_pause();
        core_store_relaxed(&spinner->spin->turn, 1 - spinner->number);
    }
    put(spinner->spin->done, 1);
}

void language_preemption(void *said)
{
    struct spin shared = {.done = ints(0)};
    struct spinner spinners[] = {{&shared, 0}, {&shared, 1}};
    csp_go(take_turns, &spinners[0]);
    csp_go(take_turns, &spinners[1]);
    say(said, "done %d", get(shared.done) + get(shared.done));
}

/* --- TestPingPongHog: a pair with little to do beside one with much ----------------- */

struct pair {
    struct csp_chan *wake, *done;
    struct csp_waitgroup *group;
    long limit, count;
};

static void play(void *argument)
{
    struct pair *pair = argument;
    for (;;) {
        struct csp_case cases[] = {{CSP_RECV, pair->done, NULL, false},
                                   {CSP_RECV, pair->wake, NULL, false}};
        if (csp_select(cases, 2) == 0)
            break;
        for (volatile long i = 0; i < pair->limit; i++)
            pair->count++;
        int one = 1;
        struct csp_case back[] = {{CSP_RECV, pair->done, NULL, false},
                                  {CSP_SEND, pair->wake, &one, false}};
        if (csp_select(back, 2) == 0)
            break;
    }
    csp_waitgroup_done(pair->group);
}

/* Go's bound: within a factor of twenty of each other. */
void language_ping_pong_hog(void *said)
{
    struct csp_chan *done = ints(0);
    struct csp_waitgroup group = {0};
    struct pair hog = {ints(0), done, &group, 1000000, 0};
    struct pair light = {ints(0), done, &group, 1000, 0};
    csp_waitgroup_add(&group, 4);
    for (int i = 0; i < 2; i++) {
        csp_go(play, &hog);
        csp_go(play, &light);
    }
    put(hog.wake, 1);
    put(light.wake, 1);
    csp_sleep(300 * MS);
    csp_close(done);
    csp_waitgroup_wait(&group);
    CHECK(hog.count > 0 && light.count > 0);
    say(said, "within %d", hog.count / light.count < 20 && light.count / hog.count < 20);
}
