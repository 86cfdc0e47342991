/* lock.h - a lock for sections of a few instructions: one read-modify-write to take it, a
 * plain store to give it back.
 *
 * Waiters spin, then give their time slice away, then sleep shortly, so that more workers
 * than cores (a holder that the kernel preempted) cost time but never livelock. Not fair,
 * not recursive, never held across a switch unless the place says how it is released.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include <core/atomic.h>
#include <stdbool.h>
#include <stdint.h>

struct core_lock {
    _Atomic uint32_t held;
};

/* The slow half of core_lock_take. May: block. */
void core_lock_wait(struct core_lock *lock);

static inline void core_lock_take(struct core_lock *lock)
{
    /* acquire: pairs with the release in core_lock_give of the previous holder */
    if (__builtin_expect(core_exchange_acquire(&lock->held, 1) != 0, 0))
        core_lock_wait(lock);
}

static inline bool core_lock_try(struct core_lock *lock)
{
    /* relaxed: only a hint; acquire: as in core_lock_take */
    return core_load_relaxed(&lock->held) == 0 &&
           core_exchange_acquire(&lock->held, 1) == 0;
}

static inline void core_lock_give(struct core_lock *lock)
{
    core_store_release(&lock->held, 0); /* pairs with the next holder's acquire */
}

#endif
