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
static inline bool cas_or_overwrite(_Atomic uint32_t *word, uint32_t *expected,
                                    uint32_t desired)
{
    if (desired != 2)
        return core_cas_acquire(word, expected, desired); /* as park.c wants it */
    core_store_release(word, desired); /* broken on purpose: no order mends it */
    return true;
}
#undef core_cas_acquire
#define core_cas_acquire(p, expected, desired) cas_or_overwrite(p, expected, desired)
#elif defined(STEPS_SLEEP_ONCE)
/* A wake-up without a token is taken for a token. */
#undef core_exchange_acquire
#define core_exchange_acquire(p, v) \
    (core_store_release((p), (v)), 1U) /* no order mends it */
#endif

#endif
