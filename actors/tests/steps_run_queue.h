/* steps_run_queue.h - included before run_queue.c and its header by the compiler's
 * command line. The broken variant proves that the histories can tell. */
#ifndef ACTORS_TESTS_STEPS_RUN_QUEUE_H
#define ACTORS_TESTS_STEPS_RUN_QUEUE_H

#include "steps.h"

#include <core/atomic.h>
#include <core/lock.h>

#define CORE_STEP() sim_step()

/* A simulated thread that finds the lock taken lets the seed choose who goes on. */
static inline void sim_lock(struct core_lock *lock)
{
    while (!core_lock_try(lock))
        sim_step();
}
#define core_lock_take(lock) sim_lock(lock)

#if defined(STEPS_LONE_WITHOUT_COMPARE)
/* take_lone's only use of this: owner and thief may both get it */
#undef core_cas_acquire
#define core_cas_acquire(p, expected, desired)                                \
    (sim_step(), atomic_store_explicit((p), (desired), memory_order_release), \
     *(expected) == *(expected))
#endif

#endif
