/* WaitGroup and Mutex (Go's package sync): a few fields and a queue under a lock of a few
 * instructions. */
#include "runtime.h"

enum { STARVING_NS = 1000000 }; /* Go's starvationThresholdNs */

static void append(struct csp_waiter **first, struct csp_waiter **last,
                   struct csp_waiter *waiter)
{
    waiter->next = NULL;
    if (*first == NULL)
        *first = waiter;
    else
        (*last)->next = waiter;
    *last = waiter;
}

static struct csp_waiter *own_waiter(struct csp_goroutine *goroutine)
{
    struct csp_waiter *waiter = &goroutine->own[0];
    waiter->goroutine = goroutine;
    waiter->success = false;
    return waiter;
}

static void park_under(struct csp_worker *worker, struct core_lock *lock)
{
    csp_running(worker)->held = lock;
    csp_park(worker, WAIT_SEMAPHORE, csp_release_held);
}

/* --- WaitGroup ----------------------------------------------------------------- */

void csp_waitgroup_add(struct csp_waitgroup *group, int64_t delta)
{
    struct csp_worker *worker = csp_enter();
    struct csp_waiter *waiter = NULL;
    core_lock_take(&group->lock);
    group->counter += delta;
    bool negative = group->counter < 0;
    if (group->counter == 0) {
        waiter = group->first;
        group->first = group->last = NULL;
    }
    core_lock_give(&group->lock); /* from here on the group may be gone */
    if (negative)
        csp_fail_panic(worker, "sync: negative WaitGroup counter");
    while (waiter != NULL) {
        struct csp_waiter *next = waiter->next;
        csp_ready(worker, waiter->goroutine);
        waiter = next;
    }
}

void csp_waitgroup_done(struct csp_waitgroup *group)
{
    csp_waitgroup_add(group, -1);
}

void csp_waitgroup_wait(struct csp_waitgroup *group)
{
    struct csp_worker *worker = csp_enter();
    core_lock_take(&group->lock);
    if (group->counter == 0) {
        core_lock_give(&group->lock);
        return;
    }
    assert(group->counter > 0 && "add panics below 0");
    append(&group->first, &group->last, own_waiter(csp_running(worker)));
    park_under(worker, &group->lock);
}

/* --- Mutex --------------------------------------------------------------------- */

void csp_mutex_lock(struct csp_mutex *mutex)
{
    struct csp_worker *worker = csp_enter();
    uint64_t since_ns = 0;
    bool waited = false;
    core_lock_take(&mutex->lock);
    while (mutex->held) {
        struct csp_waiter *waiter = own_waiter(csp_running(worker));
        uint64_t now_ns = csp_clock(worker->csp);
        if (!waited) {
            waited = true;
            since_ns = now_ns;
            append(&mutex->first, &mutex->last, waiter);
        } else { /* it was the first, and somebody came in between */
            waiter->next = mutex->first;
            mutex->first = waiter;
            if (waiter->next == NULL)
                mutex->last = waiter;
        }
        waiter->index = since_ns + STARVING_NS < now_ns;
        park_under(worker, &mutex->lock);
        if (waiter->success) /* handed over locked */
            return;
        worker = csp_here();
        core_lock_take(&mutex->lock);
    }
    mutex->held = true;
    core_lock_give(&mutex->lock);
}

bool csp_mutex_try_lock(struct csp_mutex *mutex)
{
    csp_enter();
    core_lock_take(&mutex->lock);
    bool free = !mutex->held;
    mutex->held = true;
    core_lock_give(&mutex->lock);
    return free;
}

void csp_mutex_unlock(struct csp_mutex *mutex)
{
    struct csp_worker *worker = csp_enter();
    core_lock_take(&mutex->lock);
    bool was_held = mutex->held;
    struct csp_waiter *waiter = mutex->first;
    if (waiter != NULL) {
        mutex->first = waiter->next;
        waiter->success = waiter->index != 0; /* it starves: hand the lock over */
    }
    mutex->held = waiter != NULL && waiter->success;
    core_lock_give(&mutex->lock);
    if (!was_held)
        csp_fail_fatal(worker, "sync: unlock of unlocked mutex");
    if (waiter != NULL)
        csp_ready(worker, waiter->goroutine);
}
