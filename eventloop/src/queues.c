/* queues.c - what runs after every callback, and what happens when one fails.
 *
 * Node's rule (process/task_queues.js, api/callback.cc): all ticks, those queued
 * meanwhile included; then all microtasks, those queued meanwhile included; and again
 * while there are ticks. So from inside the microtasks a tick waits until no microtask is
 * left.
 *
 * An error ends this. That of a tick or of a callback leaves the queues as they are,
 * until the next callback's end drains them (there will be one: an immediate is set for
 * it); that of a microtask is reported on the spot, and the next microtask runs.
 */
#include "loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { RING_FIRST_CAPACITY = 64 };

/* Doubles a full ring. The second half of its places gets what had wrapped around. */
static int ring_grow(struct loop_ring *ring)
{
    size_t capacity = ring->capacity ? ring->capacity * 2 : RING_FIRST_CAPACITY;
    struct loop_job *jobs = reallocarray(NULL, capacity, sizeof *jobs);
    if (!jobs)
        return -ENOMEM;
    for (size_t i = ring->head; i != ring->tail; i++)
        jobs[i & (capacity - 1)] = ring->jobs[i & (ring->capacity - 1)];
    free(ring->jobs);
    ring->jobs = jobs;
    ring->capacity = capacity;
    return 0;
}

static inline int ring_push(struct loop_ring *ring, loop_callback *callback,
                            void *context)
{
    assert(callback && "a job without a callback");
    if (ring->tail - ring->head == ring->capacity) {
        int error = ring_grow(ring);
        if (error)
            return error;
    }
    ring->jobs[ring->tail++ & (ring->capacity - 1)] =
        (struct loop_job){callback, context};
    return 0;
}

static inline bool ring_empty(const struct loop_ring *ring)
{
    return ring->head == ring->tail;
}

static inline struct loop_job ring_shift(struct loop_ring *ring)
{
    assert(!ring_empty(ring));
    return ring->jobs[ring->head++ & (ring->capacity - 1)];
}

void loop_ring_close(struct loop_ring *ring)
{
    free(ring->jobs);
    *ring = (struct loop_ring){0};
}

int loop_next_tick(struct loop *loop, loop_callback *callback, void *context)
{
    return ring_push(&loop->ticks, callback, context);
}

int loop_microtask(struct loop *loop, loop_callback *callback, void *context)
{
    return ring_push(&loop->microtasks, callback, context);
}

static void end(struct loop *loop, int status, const char *error)
{
    loop->ended = true;
    loop->disturbed = true;
    loop->status = status;
    loop->error = error;
}

static void do_nothing(struct loop *loop, void *context)
{
    (void)loop;
    (void)context;
}

/* Deals with an error that nobody caught, if that is what disturbed the loop. */
void loop_report(struct loop *loop)
{
    const char *message = loop->thrown;
    loop->thrown = NULL;
    loop->disturbed = loop->ended;
    if (!message || loop->ended)
        return;
    if (!loop->on_uncaught) {
        end(loop, 1, message);
        return;
    }
    loop->on_uncaught(loop, loop->on_uncaught_context, message);
    if (loop->thrown) { /* as in Node: no exit event, status 7 */
        end(loop, 7, loop->thrown);
        loop->thrown = NULL;
        loop->silent = true;
    } else if (!loop_is_active(&loop->after_error.handle)) {
        loop_set_immediate(loop, &loop->after_error, do_nothing, NULL);
    }
}

/* False when an error or the end cut it short. */
static bool run_ticks(struct loop *loop)
{
    size_t before = loop->ticks.head;
    while (!ring_empty(&loop->ticks) && !loop->disturbed) {
        struct loop_job job = ring_shift(&loop->ticks);
        job.callback(loop, job.context);
    }
    core_count(&loop->counters, COUNT_TICKS, loop->ticks.head - before);
    if (!loop->disturbed)
        return true;
    loop_report(loop);
    return false;
}

/* False when the end cut it short. */
static bool run_microtasks(struct loop *loop)
{
    size_t before = loop->microtasks.head;
    while (!ring_empty(&loop->microtasks) && !loop->ended) {
        struct loop_job job = ring_shift(&loop->microtasks);
        job.callback(loop, job.context);
        if (__builtin_expect(loop->disturbed, 0))
            loop_report(loop);
    }
    core_count(&loop->counters, COUNT_MICROTASKS, loop->microtasks.head - before);
    return !loop->ended;
}

static void drain(struct loop *loop)
{
    do {
        if (!run_ticks(loop) || !run_microtasks(loop))
            return;
    } while (!ring_empty(&loop->ticks));
}

void loop_begin_call(struct loop *loop, enum loop_source source)
{
    assert(!loop->ended && !loop->thrown &&
           "a callback after the end or inside an error");
    loop->callbacks++;
    core_count(&loop->counters, COUNT_CALLBACKS, 1);
    core_trace(&loop->trace, CORE_TRACE_RUN, loop->callbacks, source);
}

void loop_settle(struct loop *loop)
{
    assert(loop->disturbed == (loop->thrown || loop->ended));
    if (__builtin_expect(loop->disturbed, 0))
        loop_report(loop);
    else if (!ring_empty(&loop->ticks) || !ring_empty(&loop->microtasks))
        drain(loop);
}

void loop_end_call(struct loop *loop)
{
    core_trace(&loop->trace, CORE_TRACE_END_EXIT, loop->callbacks, loop->thrown != NULL);
    loop_settle(loop);
}

void loop_call(struct loop *loop, enum loop_source source, loop_callback *callback,
               void *context)
{
    loop_begin_call(loop, source);
    callback(loop, context);
    loop_end_call(loop);
}

void loop_throw(struct loop *loop, const char *message)
{
    assert(message && "an error without a message");
    if (loop->thrown)
        return;
    loop->thrown = message;
    loop->disturbed = true;
}

void loop_exit(struct loop *loop, int status)
{
    end(loop, status, NULL);
}

void loop_on_uncaught(struct loop *loop, loop_uncaught_callback *callback, void *context)
{
    loop->on_uncaught = callback;
    loop->on_uncaught_context = context;
}

const char *loop_error(const struct loop *loop)
{
    return loop->error;
}
