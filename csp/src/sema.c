/* The semaphore under mutexes and groups.
 *
 * A released permit goes straight to the first waiter, who does not take the lock again.
 * Go lets newcomers compete for it, but its users behave the same: a mutex's permit is
 * only the right to compete (in mutex.c), the other permits are meant for who waits.
 */
#include "sema.h"

struct csp_waiter *csp_sema_waiter(struct csp_goroutine *goroutine)
{
    struct csp_waiter *waiter = &goroutine->own[0];
    assert(goroutine->state == G_RUNNING && "it waits at one place at a time");
    waiter->goroutine = goroutine;
    waiter->next = NULL;
    return waiter;
}

void csp_sema_park(struct csp_worker *worker, struct core_lock *lock, enum csp_wait wait)
{
    csp_running(worker)->held = lock;
    csp_park(worker, wait, csp_release_held);
}

static void put(struct csp_sema *sema, struct csp_waiter *waiter, bool before)
{
    assert(sema->permits == 0 && "who finds a permit does not wait");
    if (sema->first == NULL) {
        sema->first = sema->last = waiter;
    } else if (before) {
        waiter->next = sema->first;
        sema->first = waiter;
    } else {
        sema->last->next = waiter;
        sema->last = waiter;
    }
}

void csp_sema_acquire(struct csp_worker *worker, struct csp_sema *sema, bool before)
{
    core_lock_take(&sema->lock);
    if (sema->permits > 0) {
        sema->permits--;
        core_lock_give(&sema->lock);
        return;
    }
    put(sema, csp_sema_waiter(csp_running(worker)), before);
    csp_sema_park(worker, &sema->lock, WAIT_SEMAPHORE);
}

void csp_sema_release(struct csp_worker *worker, struct csp_sema *sema)
{
    core_lock_take(&sema->lock);
    struct csp_waiter *waiter = sema->first;
    assert((waiter == NULL || sema->permits == 0) && "permits or waiters");
    if (waiter != NULL)
        sema->first = waiter->next;
    else
        sema->permits++;
    core_lock_give(&sema->lock);
    if (waiter != NULL)
        csp_ready(worker, waiter->goroutine);
}
