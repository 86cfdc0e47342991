/* steps_park.h - included before park.c by the compiler's command line: its steps, and a
 * futex that the seed schedules. The broken variants prove that the histories can tell.
 */
#ifndef CORE_TESTS_STEPS_PARK_H
#define CORE_TESTS_STEPS_PARK_H

#include "steps.h"

#include <core/atomic.h>
#include <unistd.h>

#define CORE_STEP() sim_step()

/* test_steps_park.c */
long sim_futex(long number, _Atomic uint32_t *word, int operation, uint32_t value,
               const void *until, const void *unused, uint32_t mask);
#define syscall(...) sim_futex(__VA_ARGS__)

#if defined(STEPS_PARK_WITHOUT_COMPARE)
/* Going to sleep (2 is PARKED) overwrites a token that came in between. */
#undef core_cas_acquire
#define core_cas_acquire(p, expected, desired)                         \
    ((desired) == 2                                                    \
         ? (atomic_store_explicit((p), 2, memory_order_release), true) \
         : atomic_compare_exchange_strong_explicit(                    \
               (p), (expected), (desired), memory_order_acquire, memory_order_acquire))
#elif defined(STEPS_SLEEP_ONCE)
/* A wake-up without a token is taken for a token. */
#undef core_exchange_acquire
#define core_exchange_acquire(p, v) \
    (atomic_store_explicit((p), (v), memory_order_release), 1U)
#endif

#endif
