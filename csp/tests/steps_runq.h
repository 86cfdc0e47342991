/* steps_runq.h - included before runq.c and its header by the compiler's command line.
 * The broken variants prove that the histories can tell: each takes one promise away from
 * one operation. */
#ifndef CSP_TESTS_STEPS_RUNQ_H
#define CSP_TESTS_STEPS_RUNQ_H

#include "steps.h"

#include <core/atomic.h>

#define CORE_STEP() sim_step()
#define RUNQ_SLOTS 4u

#if defined(STEPS_HEAD_WITHOUT_COMPARE)
/* take's, take_half's and grab's only use of this: two may take the same slot */
#undef core_cas_acq_rel
#define core_cas_acq_rel(p, expected, desired)                    \
    (atomic_store_explicit((p), (desired), memory_order_release), \
     *(expected) == *(expected))
#elif defined(STEPS_NEXT_OVERWRITTEN)
/* swap_next's only use of this: a thief may take the old one in between */
#undef core_exchange_acq_rel
#define core_exchange_acq_rel(p, v) exchange_in_two((p), (v))
struct csp_goroutine;
static inline struct csp_goroutine *exchange_in_two(_Atomic(struct csp_goroutine *) *p,
                                                    struct csp_goroutine *v)
{
    struct csp_goroutine *found = core_load_acquire(p); /* broken on purpose */
    sim_step();
    core_store_release(p, v); /* as above */
    return found;
}
#elif defined(STEPS_NEXT_WITHOUT_COMPARE)
/* take_next's and steal_next's only use of this: owner and thief may both get it */
#undef core_cas_acquire
#define core_cas_acquire(p, expected, desired)                                \
    (sim_step(), atomic_store_explicit((p), (desired), memory_order_release), \
     *(expected) == *(expected))
#endif

#endif
