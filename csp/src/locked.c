/* Goroutines that are locked to a thread (Go's LockOSThread).
 *
 * A goroutine that locks itself moves to a thread that runs nothing else, an extra worker
 * beside those of csp_start, and stays there until it unlocks. So the workers go on with
 * all others, also while it blocks. The extra worker has no run queue: what its goroutine
 * makes ready goes into the global queue. It keeps the timers that its goroutine started,
 * sleeps as other workers do, and counts as they do when a deadlock is looked for.
 *
 * Extra workers are made when one is wanted and none is free, and stay until csp_stop.
 * All that is said here about them is written under the scheduler's lock.
 */
#include "defer.h"

#include <stdlib.h>
#include <string.h>

static struct csp_worker *take_free(struct csp *csp, struct csp_goroutine *goroutine)
{
    core_lock_take(&csp->lock);
    struct csp_worker *extra = csp->extra_free;
    if (extra != NULL) {
        assert(extra->bound == NULL && extra->bound_ready == NULL);
        csp->extra_free = extra->next_free;
        extra->bound = goroutine;
    }
    core_lock_give(&csp->lock);
    return extra;
}

/* Puts an extra worker into the list; false: it is full. */
static bool enlist(struct csp *csp, struct csp_worker *extra)
{
    core_lock_take(&csp->lock);
    bool room = csp->extra_count < csp->extra_max;
    if (room) {
        extra->index = csp->workers_count + csp->extra_count;
        csp->extra[csp->extra_count++] = extra;
    }
    core_lock_give(&csp->lock);
    return room;
}

static void delist(struct csp *csp, const struct csp_worker *extra)
{
    unsigned at = 0;
    core_lock_take(&csp->lock);
    while (csp->extra[at] != extra)
        at++;
    assert(at < csp->extra_count);
    csp->extra[at] = csp->extra[--csp->extra_count];
    core_lock_give(&csp->lock);
}

/* Makes an extra worker and starts its thread; else ends the run. */
static struct csp_worker *add_worker(struct csp_worker *worker,
                                     struct csp_goroutine *goroutine)
{
    struct csp *csp = worker->csp;
    bool fails = core_fails(csp->seams, CORE_FAIL_MEMORY);
    struct csp_worker *extra =
        fails ? NULL : aligned_alloc(CORE_CACHE_LINE, sizeof *extra);
    if (extra == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    memset(extra, 0, sizeof *extra);
    extra->is_extra = true;
    extra->bound = goroutine;
    if (!enlist(csp, extra)) {
        free(extra);
        csp_fail_fatal(worker, "thread exhaustion");
    }
    if (csp_worker_start(csp, extra) != 0) {
        delist(csp, extra);
        free(extra);
        csp_fail_fatal(worker, "runtime: failed to create new OS thread");
    }
    return extra;
}

struct csp_worker *csp_bound_begin(struct csp_worker *worker,
                                   struct csp_goroutine *goroutine)
{
    assert(!worker->is_extra && "who runs on an extra worker has it");
    struct csp_worker *extra = take_free(worker->csp, goroutine);
    return extra != NULL ? extra : add_worker(worker, goroutine);
}

struct csp_goroutine *csp_bound_take(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    assert(worker->is_extra);
    core_lock_take(&csp->lock);
    struct csp_goroutine *goroutine = worker->bound_ready;
    worker->bound_ready = NULL;
    core_lock_give(&csp->lock);
    return goroutine;
}

void csp_bound_give(struct csp *csp, struct csp_goroutine *goroutine)
{
    struct csp_worker *extra = goroutine->extra->thread;
    core_lock_take(&csp->lock);
    assert(extra->bound == goroutine && extra->bound_ready == NULL);
    extra->bound_ready = goroutine;
    bool woken = csp_leave_idle(extra);
    core_lock_give(&csp->lock);
    if (woken)
        core_unpark(&extra->parker);
}

/* Frees the extra worker of a goroutine that unlocks or ends, or whose call is over. */
void csp_bound_end(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    struct csp *csp = worker->csp;
    core_lock_take(&csp->lock);
    assert(worker->bound == goroutine && worker->bound_ready == NULL);
    worker->bound = NULL;
    worker->next_free = csp->extra_free;
    csp->extra_free = worker;
    core_lock_give(&csp->lock);
    core_store_relaxed(&goroutine->on_thread, false); /* as csp_lock_os_thread */
}

/* --- What goroutines call ------------------------------------------------------ */

void csp_lock_os_thread(void)
{
    struct csp_worker *worker = csp_enter();
    struct csp_goroutine *goroutine = csp_running(worker);
    struct csp_extra *own = csp_need_extra(worker);
    if (own->locks++ > 0 ||
        worker->csp->seeded) /* a seeded run has one thread, for all */
        return;
    own->thread = csp_bound_begin(worker, goroutine);
    core_store_relaxed(&goroutine->on_thread, true); /* published with the goroutine */
    csp_switch(worker, END_LOCK);
    assert(csp_here() == own->thread);
}

void csp_unlock_os_thread(void)
{
    struct csp_worker *worker = csp_enter();
    struct csp_goroutine *goroutine = csp_running(worker);
    if (goroutine->extra == NULL || goroutine->extra->locks == 0 ||
        --goroutine->extra->locks > 0 || worker->csp->seeded)
        return;
    assert(worker == goroutine->extra->thread && "it stayed there");
    csp_bound_end(worker, goroutine);
    csp_switch(worker, END_YIELD);
}

unsigned csp_gomaxprocs(void)
{
    return csp_enter()->csp->workers_count;
}
