/* The global lock of CPython 3.2 and later, after Antoine Pitrou's "new GIL":
 * Python/ceval_gil.h of 3.11 (take_gil, drop_gil) with the last release of 3.13.
 *
 *   take: while locked: sleep on `cond`, a fresh whole interval each time. When the
 *         interval passed, the lock is still held and nobody switched meanwhile, ask
 *         the holder to let go. Then lock, count a switch if the holder before was
 *         another thread, and wake whoever waits for that.
 *   drop: unlock, wake one waiter. If somebody had asked, sleep on `switch_cond` until
 *         another thread has taken the lock: without this "forced switching" the
 *         dropper, which is on a core already, would take it back before the waiter
 *         has woken up.
 *
 * Invariants
 *  1. `locked` and `switch_number` are written under `mutex`, `last_holder` under
 *     `mutex` and `switch_mutex` both; hence either suffices to read it. switch_mutex
 *     is the inner one.
 *  2. While locked, last_holder is the holder.
 *  3. GIL_BREAK_DROP is set only under `mutex` with the lock held by another, by a
 *     thread that then takes the lock; it is cleared by whoever takes the lock, or by
 *     the dropper before anyone does. So at a checkpoint that sees it the holder knows
 *     that the asker waits, and its sleep on switch_cond ends.
 *  4. A thread sleeps on switch_cond only as last_holder of a free lock; the taker
 *     cannot be missed, for it changes last_holder and signals under switch_mutex.
 *  5. No order among waiters, no priorities: whoever wakes first has it, and a thread
 *     that releases voluntarily may take the lock again before the waiter it woke.
 */
#include "internal.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* Stand for state->mutex and state->switch_mutex in the analysis; never defined. */
extern struct gil_capability cpython_mutex;
extern struct gil_capability
    cpython_switch_mutex GIL_ATTRIBUTE(acquired_after(cpython_mutex));

struct cpython {
    /* Touched by takers, and by a dropper for a moment. */
    alignas(CORE_CACHE_LINE) pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool locked GIL_GUARDED_BY(cpython_mutex);
    uint64_t switch_number GIL_GUARDED_BY(cpython_mutex);

    /* Touched at each take, and by a dropper that was asked to let go. */
    alignas(CORE_CACHE_LINE) pthread_mutex_t switch_mutex;
    pthread_cond_t switch_cond;
    struct gil_thread *last_holder GIL_GUARDED_BY(cpython_switch_mutex);
};

GIL_UNCHECKED static void lock_mutex(struct cpython *state) GIL_ACQUIRES(cpython_mutex);
GIL_UNCHECKED static void unlock_mutex(struct cpython *state) GIL_RELEASES(cpython_mutex);
GIL_UNCHECKED static void lock_switch(struct cpython *state)
    GIL_ACQUIRES(cpython_switch_mutex);
GIL_UNCHECKED static void unlock_switch(struct cpython *state)
    GIL_RELEASES(cpython_switch_mutex);

static void lock_mutex(struct cpython *state)
{
    pthread_mutex_lock(&state->mutex);
}

static void unlock_mutex(struct cpython *state)
{
    pthread_mutex_unlock(&state->mutex);
}

static void lock_switch(struct cpython *state)
{
    pthread_mutex_lock(&state->switch_mutex);
}

static void unlock_switch(struct cpython *state)
{
    pthread_mutex_unlock(&state->switch_mutex);
}

/* Sleeps one interval for the lock; true when it passed without a wake-up. */
GIL_REQUIRES(cpython_mutex)
static bool interval_passed(struct cpython *state, uint64_t interval_ns)
{
    struct timespec until = gil_timespec(gil_deadline(interval_ns));
    int error = pthread_cond_timedwait(&state->cond, &state->mutex, &until);
    assert(error == 0 || error == ETIMEDOUT);
    return error == ETIMEDOUT;
}

/* Waits until the lock is free, asking the holder to let go once an interval. */
GIL_REQUIRES(cpython_mutex)
static void wait_for_lock(struct gil *gil, struct cpython *state, struct gil_taken *taken)
{
    if (!state->locked)
        return;
    taken->wait_began_ns = core_now_ns();
    while (state->locked) {
        uint64_t saved_switch_number = state->switch_number;
        bool passed = interval_passed(state, gil->config.interval_ns);
        if (passed && state->locked && state->switch_number == saved_switch_number) {
            /* Read relaxed at checkpoints: it orders nothing, the lock does. */
            core_or_acq_rel(&gil->breaker, GIL_BREAK_DROP);
            taken->drop_requests++;
        }
    }
}

static void cpython_take(struct gil *gil, struct gil_thread *me, struct gil_taken *taken)
{
    struct cpython *state = gil->policy_state;
    lock_mutex(state);
    wait_for_lock(gil, state, taken);
    lock_switch(state);
    assert(!state->locked);
    state->locked = true;
    if (state->last_holder != me) {
        state->last_holder = me;
        state->switch_number++;
        taken->handed_over = true;
    }
    pthread_cond_signal(&state->switch_cond);
    unlock_switch(state);
    /* Whatever was asked was asked of another holder. */
    core_and_acq_rel(&gil->breaker, ~(unsigned)GIL_BREAK_DROP);
    unlock_mutex(state);
}

/* Forced switching: sleeps until another thread has taken the lock that `me` dropped. */
static bool wait_for_switch(struct gil *gil, struct cpython *state, struct gil_thread *me)
{
    lock_switch(state);
    bool must_wait = state->last_holder == me;
    if (must_wait) /* answered; nothing else rides on the order */
        core_and_acq_rel(&gil->breaker, ~(unsigned)GIL_BREAK_DROP);
    /* CPython waits once; a spurious wake-up is no switch. */
    while (state->last_holder == me)
        pthread_cond_wait(&state->switch_cond, &state->switch_mutex);
    unlock_switch(state);
    return must_wait;
}

/* Invariant 2. Unchecked: `mutex` is held, which suffices to read last_holder; the
 * attribute knows one lock only. */
GIL_UNCHECKED static void assert_held_by(const struct cpython *state,
                                         const struct gil_thread *me)
{
    assert(state->locked && state->last_holder == me);
    (void)state;
    (void)me;
}

static bool cpython_drop(struct gil *gil, struct gil_thread *me, enum gil_release why)
{
    struct cpython *state = gil->policy_state;
    lock_mutex(state);
    assert_held_by(state, me);
    state->locked = false;
    pthread_cond_signal(&state->cond);
    unlock_mutex(state);
    /* Relaxed: a request made of a later holder may be seen; last_holder tells. */
    bool asked = (core_load_relaxed(&gil->breaker) & GIL_BREAK_DROP) != 0;
    return asked && why != GIL_RELEASE_LAST && wait_for_switch(gil, state, me);
}

static int cpython_open(struct gil *gil)
{
    struct cpython *state = aligned_alloc(alignof(struct cpython), sizeof *state);
    if (state == NULL)
        return -ENOMEM;
    *state = (struct cpython){.locked = false};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&state->mutex, NULL);
    pthread_cond_init(&state->cond, &monotonic);
    pthread_mutex_init(&state->switch_mutex, NULL);
    pthread_cond_init(&state->switch_cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
    gil->policy_state = state;
    return 0;
}

GIL_UNCHECKED static void cpython_close(struct gil *gil)
{
    struct cpython *state = gil->policy_state;
    assert(!state->locked);
    pthread_cond_destroy(&state->switch_cond);
    pthread_mutex_destroy(&state->switch_mutex);
    pthread_cond_destroy(&state->cond);
    pthread_mutex_destroy(&state->mutex);
    free(state);
}

const struct gil_policy gil_policy_cpython = {
    .name = "cpython",
    .open = cpython_open,
    .close = cpython_close,
    .take = cpython_take,
    .drop = cpython_drop,
};
