/* lock.c - waiting without the global lock; threading.Lock and threading.Condition.
 *
 * A lock is a semaphore, as in CPython's thread_pthread.h: who waits for it gets it
 * without the global lock and then waits for that, so a lock may be taken while `locked`
 * still says otherwise. A condition keeps its waiters in order; each sleeps on its
 * thread's own semaphore.
 */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* ---- Waiting ---- */

static bool wait_until(sem_t *semaphore, uint64_t deadline_ns)
{
    struct timespec until = gil_timespec(deadline_ns);
    for (;;) {
        int failed = deadline_ns == GIL_FOREVER
                         ? sem_wait(semaphore)
                         : sem_clockwait(semaphore, CLOCK_MONOTONIC, &until);
        if (failed == 0)
            return true;
        if (errno != EINTR)
            break;
    }
    assert(errno == ETIMEDOUT);
    return false;
}

/* Waits without the global lock, which is given up in any case. */
GIL_HELD static bool block_on(sem_t *semaphore, uint64_t timeout_ns, enum gil_wait what)
{
    struct gil_thread *me = gil_me();
    uint64_t deadline_ns = gil_deadline(timeout_ns);
    me->blocked_on = semaphore;
    gil_drop(me, GIL_RELEASE_VOLUNTARY, what);
    bool got = wait_until(semaphore, deadline_ns);
    gil_take(me);
    me->blocked_on = NULL;
    if (!got && me->gil->shutting_down && me->daemon)
        sem_trywait(semaphore); /* the post that shutdown meant for this thread */
    gil_end_if_shut_down(me);
    return got;
}

int gil_wait_semaphore(sem_t *semaphore, uint64_t timeout_ns, enum gil_wait what)
{
    if (sem_trywait(semaphore) == 0)
        return 0;
    if (timeout_ns == 0)
        return -ETIMEDOUT;
    return block_on(semaphore, timeout_ns, what) ? 0 : -ETIMEDOUT;
}

void gil_sleep(uint64_t duration_ns)
{
    /* Only shutdown posts it, and does not let this thread come here. */
    bool woken = block_on(&gil_me()->nap, duration_ns, GIL_WAIT_SLEEP);
    assert(!woken);
    (void)woken;
}

/* ---- Lock ---- */

GIL_UNCHECKED void gil_lock_init(struct gil_lock *lock, bool locked)
{
    sem_init(&lock->free, 0, locked ? 0 : 1);
    lock->locked = locked;
}

void gil_lock_destroy(struct gil_lock *lock)
{
    sem_destroy(&lock->free);
}

struct gil_lock *gil_lock_new(void)
{
    struct gil_lock *lock = malloc(sizeof *lock);
    if (lock != NULL)
        gil_lock_init(lock, false);
    return lock;
}

void gil_lock_free(struct gil_lock *lock)
{
    gil_lock_destroy(lock);
    free(lock);
}

int gil_lock_acquire(struct gil_lock *lock, uint64_t timeout_ns)
{
    int error = gil_wait_semaphore(&lock->free, timeout_ns, GIL_WAIT_LOCK);
    if (error == 0) {
        assert(!lock->locked);
        lock->locked = true;
    }
    return error;
}

int gil_lock_release(struct gil_lock *lock)
{
    if (!lock->locked)
        return -EPERM;
    lock->locked = false;
    sem_post(&lock->free);
    return 0;
}

bool gil_lock_locked(const struct gil_lock *lock)
{
    return lock->locked;
}

/* ---- Condition ---- */

struct gil_condition {
    struct gil_lock *lock;
    struct core_list waiters GIL_GUARDED; /* gil_thread.waits, in order of arrival */
};

GIL_UNCHECKED struct gil_condition *gil_condition_new(struct gil_lock *lock)
{
    struct gil_condition *condition = malloc(sizeof *condition);
    if (condition == NULL)
        return NULL;
    condition->lock = lock;
    core_list_init(&condition->waiters);
    return condition;
}

GIL_UNCHECKED void gil_condition_free(struct gil_condition *condition)
{
    assert(core_list_empty(&condition->waiters));
    free(condition);
}

/* How the wait of `me` ended: still among the waiters, nobody has notified it. */
GIL_HELD static int leave_waiters(struct gil_thread *me, int error)
{
    if (error == 0)
        return 0;
    if (!core_list_empty(&me->waits)) {
        core_list_remove(&me->waits);
        return error;
    }
    int late = sem_trywait(&me->nap); /* notified between the timeout and now */
    assert(late == 0);
    return late;
}

int gil_condition_wait(struct gil_condition *condition, uint64_t timeout_ns)
{
    struct gil_thread *me = gil_me();
    gil_checkpoint(); /* in Python this is Python code, which starts with a look at the
                         breaker */
    assert(core_list_empty(&me->waits));
    if (!condition->lock->locked)
        return -EPERM;
    core_list_append(&condition->waiters, &me->waits);
    gil_lock_release(condition->lock);
    int error = gil_wait_semaphore(&me->nap, timeout_ns, GIL_WAIT_CONDITION);
    error = leave_waiters(me, error);
    gil_lock_acquire(condition->lock, GIL_FOREVER);
    return error;
}

int gil_condition_notify(struct gil_condition *condition, size_t count)
{
    gil_checkpoint();
    if (!condition->lock->locked)
        return -EPERM;
    for (size_t i = 0; i < count && !core_list_empty(&condition->waiters); i++) {
        struct core_list *node = core_list_shift(&condition->waiters);
        struct gil_thread *waiter = CORE_CONTAINER_OF(node, struct gil_thread, waits);
        assert(waiter->blocked_on == &waiter->nap);
        sem_post(&waiter->nap);
    }
    return 0;
}
