/* compaction.h - private stacks of goroutines that wait for long give their pages back. */
#ifndef CSP_COMPACTION_H
#define CSP_COMPACTION_H

#include "runtime.h"

/* Begins its turn: from here on its stack is its own, with what was on it. */
void csp_compaction_resume(struct csp_worker *worker, struct csp_goroutine *goroutine);
/* The worker's last act for a goroutine that has parked: gives its locks back, and leaves
 * the stack to the sweeps. */
void csp_compaction_park(struct csp_worker *worker, struct csp_goroutine *goroutine);

/* One stack more, or less, that holds memory. */
void csp_compaction_grow(struct csp_worker *worker);
void csp_compaction_shrink(struct csp_worker *worker);

/* The alarm is due. On the worker's own stack, without a lock. */
void csp_compaction_step(struct csp_worker *worker);
/* Whether the next sweep is all that the worker sleeps for. All workers are idle, or the
 * worker is the caller's. */
bool csp_compaction_alone(const struct csp_worker *worker);
/* In a seeded schedule time stands while anybody may run; but if the next that is due is a
 * sweep, its time may be drawn to have come. */
void csp_compaction_draw(struct csp_worker *worker);
/* After a run: all are at rest, the goroutines discarded. */
void csp_compaction_reset(struct csp *csp);

/* Whether an element lies on the goroutine's private stack. */
static inline bool csp_must_stage(const struct csp_goroutine *goroutine,
                                  const void *element)
{
    return goroutine->is_private &&
           (uintptr_t)element - (uintptr_t)goroutine->stack->bottom <
               goroutine->stack->size;
}

#endif
