/* Mutex and RWMutex (Go's mutex.go and rwmutex.go).
 *
 * Mutex. One word: LOCKED, WOKEN, STARVING and the number of waiters. Unlocked and
 * nothing else is 0; the semaphore holds those who wait.
 *
 *  1. Normal mode. An unlock wakes one waiter, unless one is awake already (WOKEN) or
 *     somebody has the mutex; the woken one competes with newcomers, and when it loses it
 *     waits again, before the others.
 *  2. A waiter that wakes up after more than STARVING_NS sets STARVING if it loses.
 *  3. Starving mode. Newcomers do not take the mutex, even when it is not LOCKED: an
 *     unlock hands it to the first waiter, who sets LOCKED itself. The first one that has
 *     waited for less, or is the last, goes back to normal mode.
 *
 * RWMutex. `readers` counts those who read or want to; a writer subtracts READERS_MOST,
 * which makes it negative: newcomers then wait for the `reader` semaphore. The writer
 * waits until the readers of that moment, counted in `leaving`, have left.
 */
#include "sema.h"

enum {
    LOCKED = 1,
    WOKEN = 2,
    STARVING = 4,
    WAITER = 8, /* one in the number of waiters */
    STARVING_NS = 1000000,
    SPINS = 4, /* Go's active_spin */
    PAUSES = 30,
    READERS_MOST = 1 << 30,
};

struct mutex {
    _Atomic uint32_t state;
    struct csp_sema sema;
};

static_assert(sizeof(struct mutex) == sizeof(struct csp_mutex), "its storage");
static_assert(alignof(struct mutex) <= alignof(struct csp_mutex), "its storage");

static struct mutex *mutex_of(struct csp_mutex *mutex)
{
    return (struct mutex *)(void *)mutex->fields;
}

/* --- Mutex --------------------------------------------------------------------- */

/* Whether its holder may soon unlock it elsewhere, and nothing else is to be done here
 * (Go's sync_runtime_canSpin). */
static bool may_spin(struct csp_worker *worker, uint32_t state, int spins)
{
    struct csp *csp = worker->csp;
    if (spins == SPINS || (state & (LOCKED | STARVING)) != LOCKED)
        return false;
    /* relaxed: hints */
    unsigned not_busy =
        core_load_relaxed(&csp->idle_count) + (unsigned)core_load_relaxed(&csp->spinning);
    return csp->workers_count > not_busy + 1 && csp_runq_count(&worker->queue) == 0;
}

/* A short wait; tells the unlock that somebody is awake, if there are waiters. */
static void spin(struct mutex *mutex, uint32_t state, bool *awake)
{
    /* acquire: not needed, but there is no weaker form */
    if (!*awake && (state & WOKEN) == 0 && state >= WAITER &&
        core_cas_acquire(&mutex->state, &state, state | WOKEN))
        *awake = true;
    for (int i = 0; i < PAUSES; i++)
        core_pause();
}

/* What one that wants the mutex makes of the state. */
static uint32_t wanted(uint32_t old, bool starves, bool awake)
{
    uint32_t new = old;
    if ((old & STARVING) == 0)
        new |= LOCKED;
    if ((old & (LOCKED | STARVING)) != 0)
        new += WAITER;
    if (starves && (old & LOCKED) != 0)
        new |= STARVING;
    if (awake) {
        assert((old & WOKEN) != 0 && "only the one that is awake takes it away");
        new &= ~(uint32_t)WOKEN;
    }
    return new;
}

/* The mutex was handed over (3). */
static void take_over(struct mutex *mutex, uint32_t old, bool starves)
{
    assert((old & (LOCKED | WOKEN)) == 0 && old >= WAITER && "nobody else may take it");
    uint32_t delta = WAITER - LOCKED;
    if (!starves || old / WAITER == 1)
        delta += STARVING;
    core_sub_acq_rel(&mutex->state, delta); /* acquire: the former holder's writes */
}

static void lock_slowly(struct csp_worker *worker, struct mutex *mutex)
{
    uint64_t since_ns = 0;
    bool waited = false, starves = false, awake = false;
    int spins = 0;
    uint32_t old = core_load_relaxed(&mutex->state); /* a hint: the exchange checks */
    for (;;) {
        if (may_spin(worker, old, spins)) {
            spin(mutex, old, &awake);
            spins++;
            old = core_load_relaxed(&mutex->state); /* as above */
            continue;
        }
        /* acquire: pairs with the release of the unlock */
        if (!core_cas_acquire(&mutex->state, &old, wanted(old, starves, awake)))
            continue;
        if ((old & (LOCKED | STARVING)) == 0)
            return;
        if (!waited)
            since_ns = csp_clock(worker->csp);
        csp_sema_acquire(worker, &mutex->sema, waited);
        worker = csp_here();
        waited = true;
        starves = starves || csp_clock(worker->csp) - since_ns > STARVING_NS;
        old = core_load_relaxed(&mutex->state); /* the semaphore orders */
        if ((old & STARVING) != 0) {
            take_over(mutex, old, starves);
            return;
        }
        awake = true;
        spins = 0;
    }
}

static void lock(struct csp_worker *worker, struct mutex *mutex)
{
    uint32_t unlocked = 0;
    /* acquire: pairs with the release of the unlock */
    if (CSP_UNLIKELY(!core_cas_acquire(&mutex->state, &unlocked, LOCKED)))
        lock_slowly(worker, mutex);
}

static bool try_lock(struct mutex *mutex)
{
    uint32_t old = core_load_relaxed(&mutex->state); /* checked by the exchange */
    /* acquire: as in lock */
    return (old & (LOCKED | STARVING)) == 0 &&
           core_cas_acquire(&mutex->state, &old, old | LOCKED);
}

static void unlock_slowly(struct csp_worker *worker, struct mutex *mutex, uint32_t old)
{
    if ((old & STARVING) != 0) {
        csp_sema_release(worker, &mutex->sema);
        csp_switch(csp_here(), END_YIELD); /* whom it was handed to runs at once */
        return;
    }
    while (old >= WAITER && (old & (LOCKED | WOKEN | STARVING)) == 0) {
        /* acq_rel: nothing but the order of the word's own changes is needed */
        if (core_cas_acq_rel(&mutex->state, &old, (old - WAITER) | WOKEN)) {
            csp_sema_release(worker, &mutex->sema);
            return;
        }
    }
}

static void unlock(struct csp_worker *worker, struct mutex *mutex)
{
    /* release: pairs with who locks next */
    uint32_t old = core_sub_acq_rel(&mutex->state, LOCKED);
    if (CSP_UNLIKELY((old & LOCKED) == 0))
        csp_fail_fatal(worker, "sync: unlock of unlocked mutex");
    if (CSP_UNLIKELY(old != LOCKED))
        unlock_slowly(worker, mutex, old - LOCKED);
}

void csp_mutex_lock(struct csp_mutex *mutex)
{
    lock(csp_enter(), mutex_of(mutex));
}

bool csp_mutex_try_lock(struct csp_mutex *mutex)
{
    csp_enter();
    return try_lock(mutex_of(mutex));
}

void csp_mutex_unlock(struct csp_mutex *mutex)
{
    unlock(csp_enter(), mutex_of(mutex));
}

/* --- RWMutex ------------------------------------------------------------------- */

struct rwmutex {
    _Atomic int32_t readers;
    _Atomic int32_t leaving;
    struct csp_sema writer;
    struct csp_sema reader;
};

static_assert(sizeof(struct rwmutex) == sizeof((struct csp_rwmutex){0}.fields), "fits");
static_assert(alignof(struct rwmutex) <= alignof(struct csp_rwmutex), "its storage");

static struct rwmutex *rwmutex_of(struct csp_rwmutex *rwmutex)
{
    return (struct rwmutex *)(void *)rwmutex->fields;
}

void csp_rwmutex_rlock(struct csp_rwmutex *rwmutex)
{
    struct csp_worker *worker = csp_enter();
    struct rwmutex *both = rwmutex_of(rwmutex);
    /* acquire: pairs with the release of a writer's unlock */
    int32_t before = core_add_acq_rel(&both->readers, 1);
    assert(before < READERS_MOST - 1 && "so many readers fit");
    if (before < 0)
        csp_sema_acquire(worker, &both->reader, false);
}

bool csp_rwmutex_try_rlock(struct csp_rwmutex *rwmutex)
{
    csp_enter();
    struct rwmutex *both = rwmutex_of(rwmutex);
    int32_t readers = core_load_relaxed(&both->readers); /* checked by the exchange */
    while (readers >= 0)
        /* acquire: as in csp_rwmutex_rlock */
        if (core_cas_acquire(&both->readers, &readers, readers + 1))
            return true;
    return false;
}

void csp_rwmutex_runlock(struct csp_rwmutex *rwmutex)
{
    struct csp_worker *worker = csp_enter();
    struct rwmutex *both = rwmutex_of(rwmutex);
    /* release: pairs with the writer's look at the readers */
    int32_t before = core_sub_acq_rel(&both->readers, 1);
    if (CSP_LIKELY(before > 0))
        return;
    if (before == 0 || before == -READERS_MOST)
        csp_fail_fatal(worker, "sync: RUnlock of unlocked RWMutex");
    /* acq_rel: the last that leaves passes on what all of them wrote */
    if (core_sub_acq_rel(&both->leaving, 1) == 1)
        csp_sema_release(worker, &both->writer);
}

void csp_rwmutex_lock(struct csp_rwmutex *rwmutex)
{
    struct csp_worker *worker = csp_enter();
    struct rwmutex *both = rwmutex_of(rwmutex);
    lock(worker, mutex_of(&rwmutex->writers));
    /* acq_rel: pairs with the readers that came and left */
    int32_t readers = core_sub_acq_rel(&both->readers, READERS_MOST);
    assert(readers >= 0 && "one writer at a time");
    /* As above. Some may have left since, so `leaving` may be negative for a moment. */
    if (readers != 0 && core_add_acq_rel(&both->leaving, readers) + readers != 0)
        csp_sema_acquire(csp_here(), &both->writer, false);
}

bool csp_rwmutex_try_lock(struct csp_rwmutex *rwmutex)
{
    struct csp_worker *worker = csp_enter();
    struct rwmutex *both = rwmutex_of(rwmutex);
    int32_t nobody = 0;
    if (!try_lock(mutex_of(&rwmutex->writers)))
        return false;
    /* acq_rel: as in csp_rwmutex_lock */
    if (core_cas_acq_rel(&both->readers, &nobody, -READERS_MOST))
        return true;
    unlock(worker, mutex_of(&rwmutex->writers));
    return false;
}

void csp_rwmutex_unlock(struct csp_rwmutex *rwmutex)
{
    struct csp_worker *worker = csp_enter();
    struct rwmutex *both = rwmutex_of(rwmutex);
    /* release: pairs with readers that come by */
    int32_t before = core_add_acq_rel(&both->readers, READERS_MOST);
    if (before >= 0)
        csp_fail_fatal(worker, "sync: Unlock of unlocked RWMutex");
    for (int32_t waiting = before + READERS_MOST; waiting > 0; waiting--)
        csp_sema_release(worker, &both->reader);
    unlock(csp_here(), mutex_of(&rwmutex->writers));
}
