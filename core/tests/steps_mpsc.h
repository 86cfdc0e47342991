/* steps_mpsc.h - included before mpsc.c and its header by the compiler's command line.
 * The broken variants prove that the histories can tell: each takes one promise away from
 * one operation. */
#ifndef CORE_TESTS_STEPS_MPSC_H
#define CORE_TESTS_STEPS_MPSC_H

#include "steps.h"

#include <core/atomic.h>
#include <stdbool.h>

#define CORE_STEP() sim_step()

#if defined(STEPS_MARK_WITHOUT_COMPARE)
/* mark_idle's only use of this: the mark overwrites what came in meanwhile */
#undef core_cas_release
#define core_cas_release(p, expected, desired) \
    (atomic_store_explicit((p), (desired), memory_order_release), *(expected) != 0)
#elif defined(STEPS_PUSH_IN_TWO)
/* push's only use of this: two producers may find the same predecessor */
#undef core_exchange_acq_rel
#define core_exchange_acq_rel(p, v) exchange_in_two((p), (v))
static inline uintptr_t exchange_in_two(_Atomic uintptr_t *p, uintptr_t v)
{
    uintptr_t found = core_load_acquire(p); /* broken on purpose: no order mends it */
    sim_step();
    core_store_release(p, v); /* as above */
    return found;
}
#elif defined(STEPS_CLAIM_WITHOUT_COMPARE)
/* claim's only use of this: two may take the same mark */
#undef core_cas_acquire
#define core_cas_acquire(p, expected, desired) \
    (atomic_store_explicit((p), (desired), memory_order_release), *(expected) != 0)
#endif

#endif
