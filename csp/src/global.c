/* The queue of all workers: what yielded, was preempted, or did not fit a ring. */
#include "runtime.h"

static void append(struct csp *csp, struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_RUNNABLE);
    goroutine->next = NULL;
    if (csp->global_first == NULL)
        csp->global_first = goroutine;
    else
        csp->global_last->next = goroutine;
    csp->global_last = goroutine;
    /* relaxed: under the lock; readers without it take it as a hint */
    core_store_relaxed(&csp->global_count, core_load_relaxed(&csp->global_count) + 1);
}

static struct csp_goroutine *shift(struct csp *csp)
{
    struct csp_goroutine *goroutine = csp->global_first;
    assert(goroutine != NULL);
    csp->global_first = goroutine->next;
    core_store_relaxed(&csp->global_count,
                       core_load_relaxed(&csp->global_count) - 1); /* as above */
    return goroutine;
}

void csp_global_put(struct csp *csp, struct csp_goroutine *goroutine)
{
    csp_global_put_batch(csp, &goroutine, 1);
}

void csp_global_put_batch(struct csp *csp, struct csp_goroutine **batch, size_t count)
{
    core_lock_take(&csp->lock);
    for (size_t i = 0; i < count; i++)
        append(csp, batch[i]);
    core_lock_give(&csp->lock);
}

/* A worker's share of the queue (Go's globrunqget), of which `more` fit its ring. */
static size_t share(const struct csp *csp, size_t more)
{
    size_t count = core_load_relaxed(&csp->global_count); /* under the lock */
    size_t fair = count / csp->workers_count + 1;
    size_t most = fair < count ? fair : count;
    return most < more + 1 ? most : more + 1;
}

struct csp_goroutine *csp_global_take(struct csp_worker *worker, size_t more)
{
    struct csp *csp = worker->csp;
    if (core_load_relaxed(&csp->global_count) == 0) /* a hint; idling asks again */
        return NULL;
    size_t room = RUNQ_SLOTS - csp_runq_count(&worker->queue);
    core_lock_take(&csp->lock);
    size_t count = share(csp, more < room ? more : room);
    struct csp_goroutine *first = count > 0 ? shift(csp) : NULL;
    for (size_t i = 1; i < count; i++) {
        bool fits = csp_runq_put(&worker->queue, shift(csp));
        assert(fits && "there was room, and others only take");
        (void)fits;
    }
    core_lock_give(&csp->lock);
    return first;
}
