/* seam.h - where a test can take hold of a runtime: scheduling choices and injected
 * failures.
 *
 * Seeded schedules: a runtime that is started with a seed runs on one thread and asks
 * core_choose at each scheduling choice (which runnable task is next, whether a runtime
 * call yields). One seed, one interleaving: the same seed replays it, and `signature`
 * names it.
 *
 * Injected failures: wrappers of system calls and allocations ask core_fails first; a
 * test arms the n-th call of a site.
 *
 * Finer than tasks: lock-free files mark each step between two atomic operations with
 * CORE_STEP(). It is nothing, except in the test programs that compile such a file a
 * second time with CORE_STEP defined as a switch to another simulated thread
 * (core/tests).
 */
#ifndef CORE_SEAM_H
#define CORE_SEAM_H

#include <core/rng.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef CORE_STEP
#define CORE_STEP() ((void)0)
#endif

enum core_fail_site {
    CORE_FAIL_MEMORY,
    CORE_FAIL_STACK,
    CORE_FAIL_THREAD,
    CORE_FAIL_TIMER,
    CORE_FAIL_POLLER,
    CORE_FAIL_SITES,
};

/* Zeroed means: nothing seeded, nothing fails. One per runtime; a runtime given none
 * (NULL) pays one predictable branch. */
struct core_seams {
    bool seeded;
    struct core_rng rng;
    uint64_t choices;   /* drawn so far */
    uint64_t signature; /* a hash of all choices, in order */
    _Atomic int64_t
        fail_after[CORE_FAIL_SITES]; /* 1: the next call fails; <= 0: none does */
};

/* Turns the seeded schedule on. */
void core_seams_seed(struct core_seams *seams, uint32_t seed);

/* A choice below `bound`; `usual` when nothing is seeded. Thread: the seeded runtime's
 * one. */
uint32_t core_choose(struct core_seams *seams, uint32_t bound, uint32_t usual);

/* Whether this call at `site` is the one that must fail. Thread: any. */
bool core_fails(struct core_seams *seams, enum core_fail_site site);

/* Makes the `nth` call from now at `site` fail (1: the next). */
void core_fail_nth(struct core_seams *seams, enum core_fail_site site, int64_t nth);

#endif
