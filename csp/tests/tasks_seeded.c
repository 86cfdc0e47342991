/* A small program with every kind of choice in it, to be replayed. */
#include "tasks_seeded.h"

#include "check.h"
#include <csp.h>

struct worker {
    struct mix *mix;
    int number;
    struct csp_chan *in[2], *out;
    struct csp_mutex *mutex;
    struct csp_waitgroup *group;
};

static void work(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < MIX_ITEMS; i++) {
        int value = 0;
        struct csp_case cases[] = {
            {.op = CSP_RECV, .chan = worker->in[0], .element = &value},
            {.op = CSP_RECV, .chan = worker->in[1], .element = &value},
        };
        csp_select(cases, 2);
        csp_mutex_lock(worker->mutex);
        worker->mix->events[worker->mix->count++] = worker->number;
        csp_mutex_unlock(worker->mutex);
        csp_send(worker->out, &value);
    }
    csp_waitgroup_done(worker->group);
}

static void feed(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < MIX_EVENTS / 2; i++)
        csp_send(worker->in[0], &i);
}

void mix(void *argument)
{
    struct mix *mix = argument;
    struct csp_chan *a = csp_chan_make(sizeof(int), 0);
    struct csp_chan *b = csp_chan_make(sizeof(int), 2);
    struct csp_chan *out = csp_chan_make(sizeof(int), 1);
    struct csp_mutex mutex = {{0}};
    struct csp_waitgroup group = {{0}};
    struct worker workers[MIX_WORKERS + 2];
    csp_waitgroup_add(&group, MIX_WORKERS);
    for (int i = 0; i < MIX_WORKERS + 2; i++) {
        workers[i] =
            (struct worker){mix, i, {i % 2 ? a : b, i % 2 ? b : a}, out, &mutex, &group};
        csp_go(i < MIX_WORKERS ? work : feed, &workers[i]);
    }
    for (int i = 0; i < MIX_EVENTS; i++) {
        int value = 0;
        csp_recv(out, &value);
        mix->sum += value;
    }
    csp_waitgroup_wait(&group);
}

struct sleeper {
    struct wakes *wakes;
    int number;
};

static void sleep_by_number(void *argument)
{
    struct sleeper *sleeper = argument;
    csp_sleep((int64_t)sleeper->number * 3600 * INT64_C(1000000000));
    sleeper->wakes->order[sleeper->wakes->count++] = sleeper->number;
}

/* Hours pass, but none of them is waited for. */
void wakes_in_time(void *argument)
{
    static const int hours[] = {4, 1, 5, 2, 3};
    struct sleeper sleepers[5];
    for (int i = 0; i < 5; i++) {
        sleepers[i] = (struct sleeper){argument, hours[i]};
        csp_go(sleep_by_number, &sleepers[i]);
    }
    csp_sleep(6 * 3600 * INT64_C(1000000000));
}

void seeded_deadlock(void *argument)
{
    csp_go(wakes_in_time, argument);
    csp_select(NULL, 0);
}
