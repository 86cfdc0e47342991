/* fairness.h - who waits when someone hogs the CPU?
 *
 * A hundred tickers are each due every 10 ms, by a fixed schedule that begins with the
 * run: a tick that comes late does not put off the next one, and its lateness is counted
 * from when it was due, however late the ones before were. Beside them run some hogs,
 * which count and call nothing, until the last tick. A ticker that is starved of one tick
 * makes the sum wrong.
 */
#ifndef FAIRNESS_H
#define FAIRNESS_H

#include "workload.h"

#include <assert.h>
#include <core/clock.h>
#include <core/histogram.h>
#include <stdatomic.h>
#include <stdlib.h>

#define FAIRNESS_TICKERS 100u
#define FAIRNESS_QUANTUM FAIRNESS_TICKERS /* each ticker ticks equally often */
#define FAIRNESS_HOGS_MAX 8u
#define FAIRNESS_PERIOD_NS (10 * CORE_NS_PER_MS)

static const uint64_t fairness_sizes[] = {0, 1, 2, 4, FAIRNESS_HOGS_MAX};
#define FAIRNESS_SIZE_COUNT (sizeof fairness_sizes / sizeof *fairness_sizes)

static const struct workload_figure fairness_figures[] = {
    {"hog_share_jain", "", "higher"}, /* 1: all hogs got the same; 1/hogs: one got all */
    {NULL, NULL, NULL}};

/* From a ticker, when it has ticked for the last time. */
struct fairness_done {
    uint64_t value; /* its number, from 1, times its ticks */
};

_Static_assert(sizeof(struct fairness_done) == 8, "the payload is 8 bytes");

/* How far a hog has counted; each on cache lines of its own, lest they slow each other. */
struct fairness_work {
    _Alignas(128) _Atomic uint64_t loops;
};

/* What is written down in a run: shared memory, which no task reads. */
struct fairness_log {
    uint64_t ticks;        /* of each ticker */
    uint64_t hogs;         /* how many */
    uint64_t begin_ns;     /* the schedule's begin, before the first task */
    uint64_t *lateness_ns; /* ticker after ticker, tick after tick */
    struct fairness_work *work;
};

/* false without memory. Owns: the caller, fairness_log_end. */
static inline bool fairness_log_begin(struct fairness_log *log,
                                      const struct workload_shape *shape)
{
    assert(shape->size <= FAIRNESS_HOGS_MAX && shape->ops % FAIRNESS_QUANTUM == 0);
    *log = (struct fairness_log){.ticks = shape->ops / FAIRNESS_TICKERS,
                                 .hogs = shape->size};
    log->lateness_ns = calloc(shape->ops, sizeof *log->lateness_ns);
    log->work = aligned_alloc(_Alignof(struct fairness_work),
                              FAIRNESS_HOGS_MAX * sizeof *log->work);
    for (uint64_t hog = 0; log->work != NULL && hog < FAIRNESS_HOGS_MAX; hog++)
        atomic_init(&log->work[hog].loops, 0);
    return log->lateness_ns != NULL && log->work != NULL;
}

/* When a ticker is due: all at once, the first time a period after the begin. */
static inline uint64_t fairness_due_ns(const struct fairness_log *log, uint64_t tick)
{
    return log->begin_ns + (tick + 1) * FAIRNESS_PERIOD_NS;
}

static inline void fairness_note(const struct fairness_log *log, uint64_t ticker,
                                 uint64_t tick, uint64_t now_ns)
{
    assert(now_ns >= fairness_due_ns(log, tick));
    log->lateness_ns[ticker * log->ticks + tick] = now_ns - fairness_due_ns(log, tick);
}

/* One step of a hog. */
static inline void fairness_hog_step(struct fairness_work *work, uint64_t loops)
{
    /* Relaxed: a count that is read when the hog has ended. */
    atomic_store_explicit(&work->loops, loops, memory_order_relaxed);
}

/* Jain's index: the square of the sum over n times the sum of squares. Two hogs or more.
 */
static inline double fairness_jain(const struct fairness_work *work, uint64_t hogs)
{
    double sum = 0, squares = 0;
    assert(hogs > 1);
    for (uint64_t hog = 0; hog < hogs; hog++) {
        /* Relaxed: the hogs have ended, which the caller has learned from them. */
        uint64_t count = atomic_load_explicit(&work[hog].loops, memory_order_relaxed);
        double loops = (double)count;
        sum += loops;
        squares += loops * loops;
    }
    return squares > 0 ? sum * sum / ((double)hogs * squares) : 0;
}

/* Tells what was written down, if somebody asks, and frees it. */
static inline void fairness_log_end(struct fairness_log *log, struct workload_told *told)
{
    for (uint64_t i = 0; told != NULL && i < log->ticks * FAIRNESS_TICKERS; i++)
        core_histogram_record(told->histogram, log->lateness_ns[i]);
    if (told != NULL && log->hogs > 1)
        told->figures[0] = fairness_jain(log->work, log->hogs);
    free(log->lateness_ns);
    free(log->work);
}

/* What a run of shape->ops ticks beside shape->size hogs must answer in every model and
 * peer: the tickers' numbers 1 .. 100 add up to 5050. */
static inline void fairness_expect(const struct workload_shape *shape,
                                   struct workload_answer *answer)
{
    uint64_t ticks = shape->ops / FAIRNESS_TICKERS;
    *answer = (struct workload_answer){
        .ops = ticks * FAIRNESS_TICKERS,
        .units = 1 + FAIRNESS_TICKERS + shape->size,
        .messages = FAIRNESS_TICKERS,
        .bytes = sizeof(struct fairness_done) * FAIRNESS_TICKERS,
        .checksum = ticks * FAIRNESS_TICKERS * (FAIRNESS_TICKERS + 1) / 2};
}

#endif
