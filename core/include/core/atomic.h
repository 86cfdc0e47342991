/* atomic.h - C11 atomics whose memory order is part of the operation's name.
 *
 * Each use in this project says beside it what it pairs with. seq_cst appears only where
 * a store must be ordered before a later load of another location (Dekker); the place
 * says so.
 */
#ifndef CORE_ATOMIC_H
#define CORE_ATOMIC_H

#include <stdatomic.h>

/* What two writers must not share. */
#define CORE_CACHE_LINE 64

#define core_load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define core_load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define core_load_seq_cst(p) atomic_load_explicit((p), memory_order_seq_cst)
#define core_store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define core_store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define core_store_seq_cst(p, v) atomic_store_explicit((p), (v), memory_order_seq_cst)
#define core_exchange_acquire(p, v) \
    atomic_exchange_explicit((p), (v), memory_order_acquire)
#define core_exchange_release(p, v) \
    atomic_exchange_explicit((p), (v), memory_order_release)
#define core_exchange_acq_rel(p, v) \
    atomic_exchange_explicit((p), (v), memory_order_acq_rel)
#define core_exchange_seq_cst(p, v) \
    atomic_exchange_explicit((p), (v), memory_order_seq_cst)
#define core_add_relaxed(p, v) atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define core_add_acq_rel(p, v) atomic_fetch_add_explicit((p), (v), memory_order_acq_rel)
#define core_add_seq_cst(p, v) atomic_fetch_add_explicit((p), (v), memory_order_seq_cst)
#define core_sub_relaxed(p, v) atomic_fetch_sub_explicit((p), (v), memory_order_relaxed)
#define core_sub_acq_rel(p, v) atomic_fetch_sub_explicit((p), (v), memory_order_acq_rel)
#define core_sub_seq_cst(p, v) atomic_fetch_sub_explicit((p), (v), memory_order_seq_cst)
#define core_or_acq_rel(p, v) atomic_fetch_or_explicit((p), (v), memory_order_acq_rel)
#define core_and_acq_rel(p, v) atomic_fetch_and_explicit((p), (v), memory_order_acq_rel)

/* Compare and swap: true when *p was *expected and is now desired; on failure *expected
 * is what was found, read relaxed (acquire in the acquire and acq_rel forms). */
#define core_cas_acquire(p, expected, desired)                          \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), \
                                            memory_order_acquire, memory_order_acquire)
#define core_cas_release(p, expected, desired)                          \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), \
                                            memory_order_release, memory_order_relaxed)
#define core_cas_acq_rel(p, expected, desired)                          \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), \
                                            memory_order_acq_rel, memory_order_acquire)
#define core_cas_seq_cst(p, expected, desired)                          \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), \
                                            memory_order_seq_cst, memory_order_seq_cst)

/* For a plain field that one party at a time owns, and at which anybody may glance: its
 * owner stores to it by core_publish and reads it plainly; others read it by core_glance,
 * and what they see is a hint that may be late. Release and acquire (both plain moves on
 * x86): what a published pointer leads to is there, and a look at whose field it is (a
 * pid), made after a glance, finds no owner before the one who stored. GNU's builtins,
 * because C11's operations need a type of their own, whose plain use would be seq_cst. */
#define core_publish(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define core_glance(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)

/* Tells the core that this is a spin loop; it may lend its pipeline to a sibling. */
static inline void core_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

#endif
