/* sema.h - the semaphore under mutexes and groups (Go's sema.go). */
#ifndef CSP_SEMA_H
#define CSP_SEMA_H

#include "runtime.h"

/* Zeroed: no permit, nobody waits. Either there are permits or there are waiters. */
struct csp_sema {
    struct core_lock lock;
    uint32_t permits;
    struct csp_waiter *first; /* next to get a permit */
    struct csp_waiter *last;
};

/* The place of the running goroutine in a queue of one of these files. */
struct csp_waiter *csp_sema_waiter(struct csp_goroutine *goroutine);

/* Parks the running goroutine; its worker then gives `lock` back. */
void csp_sema_park(struct csp_worker *worker, struct core_lock *lock, enum csp_wait wait);

/* Takes a permit, or waits for one behind the others, or before them. May: block. */
void csp_sema_acquire(struct csp_worker *worker, struct csp_sema *sema, bool before);

/* Gives a permit, to the first waiter if there is one; does not touch `sema` after that
 * one can have it. */
void csp_sema_release(struct csp_worker *worker, struct csp_sema *sema);

#endif
