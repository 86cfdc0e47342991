/* WaitGroup, Once and Cond (Go's waitgroup.go, once.go, cond.go and its notifyList in
 * sema.go). */
#include "sema.h"

/* --- WaitGroup ----------------------------------------------------------------- */

enum { COUNTER = 32 }; /* in the upper half; the number of waiters in the lower */

struct waitgroup {
    _Atomic uint64_t state;
    struct csp_sema sema;
};

static_assert(sizeof(struct waitgroup) == sizeof(struct csp_waitgroup), "its storage");
static_assert(alignof(struct waitgroup) <= alignof(struct csp_waitgroup), "its storage");

static struct waitgroup *waitgroup_of(struct csp_waitgroup *group)
{
    return (struct waitgroup *)(void *)group->fields;
}

/* The counter is zero and somebody waits. After the last of them is awake the group may
 * be gone. */
static void wake_all(struct csp_worker *worker, struct waitgroup *group, uint64_t state)
{
    /* relaxed: a check of what must not change; the semaphore orders */
    if (core_load_relaxed(&group->state) != state)
        csp_fail_panic(worker,
                       "sync: WaitGroup misuse: Add called concurrently with Wait");
    assert(state >> COUNTER == 0 && "the counter is zero");
    core_store_relaxed(&group->state, 0); /* as above */
    for (uint32_t waiters = (uint32_t)state; waiters > 0; waiters--)
        csp_sema_release(worker, &group->sema);
}

void csp_waitgroup_add(struct csp_waitgroup *group, int64_t delta)
{
    struct csp_worker *worker = csp_enter();
    struct waitgroup *inner = waitgroup_of(group);
    uint64_t change = (uint64_t)delta << COUNTER;
    /* acq_rel: who brings it to zero passes on what all have written */
    uint64_t state = core_add_acq_rel(&inner->state, change) + change;
    int32_t counter = (int32_t)(state >> COUNTER);
    uint32_t waiters = (uint32_t)state;
    if (counter < 0)
        csp_fail_panic(worker, "sync: negative WaitGroup counter");
    if (waiters != 0 && delta > 0 && counter == (int32_t)delta)
        csp_fail_panic(worker,
                       "sync: WaitGroup misuse: Add called concurrently with Wait");
    if (counter == 0 && waiters > 0)
        wake_all(worker, inner, state);
}

void csp_waitgroup_done(struct csp_waitgroup *group)
{
    csp_waitgroup_add(group, -1);
}

void csp_waitgroup_wait(struct csp_waitgroup *group)
{
    struct csp_worker *worker = csp_enter();
    struct waitgroup *inner = waitgroup_of(group);
    /* acquire: pairs with the release of who brought it to zero */
    uint64_t state = core_load_acquire(&inner->state);
    while (state >> COUNTER != 0) {
        assert((int32_t)(state >> COUNTER) > 0 && "add panics below 0");
        /* acquire: as above, for the next round */
        if (!core_cas_acquire(&inner->state, &state, state + 1))
            continue;
        csp_sema_acquire(worker, &inner->sema, false);
        if (core_load_relaxed(&inner->state) != 0) /* the semaphore orders */
            csp_fail_panic(csp_here(),
                           "sync: WaitGroup is reused before previous Wait has returned");
        return;
    }
}

/* --- Once ---------------------------------------------------------------------- */

static _Atomic uintptr_t *done_of(struct csp_once *once)
{
    return (_Atomic uintptr_t *)&once->done;
}

struct once_call {
    struct csp_once *once;
    void (*function)(void *);
    void *argument;
};

/* However the function ended, it counts as done. */
static void end_once(void *argument)
{
    struct csp_once *once = argument;
    /* release: pairs with the acquire of those that come later */
    core_store_release(done_of(once), 1);
    csp_mutex_unlock(&once->mutex);
}

static void run_once(void *argument)
{
    const struct once_call *call = argument;
    csp_defer(end_once, call->once);
    call->function(call->argument);
}

void csp_once_do(struct csp_once *once, void (*function)(void *), void *argument)
{
    csp_enter();
    /* acquire: pairs with the release after the function has ended */
    if (core_load_acquire(done_of(once)) != 0)
        return;
    csp_mutex_lock(&once->mutex);
    if (core_load_relaxed(done_of(once)) == 0) /* the mutex orders */
        csp_call(run_once, &(struct once_call){once, function, argument});
    else
        csp_mutex_unlock(&once->mutex);
}

struct value_call {
    struct csp_once_value *once;
    void *(*function)(void *);
    void *argument;
};

static void call_for_value(void *argument)
{
    struct value_call *call = argument;
    call->once->value = call->function(call->argument);
}

void *csp_once_value(struct csp_once_value *once, void *(*function)(void *),
                     void *argument)
{
    struct value_call call = {once, function, argument};
    csp_once_do(&once->once, call_for_value, &call);
    return once->value;
}

/* --- Cond ---------------------------------------------------------------------- */

/* Who waits draws a ticket, while it holds the mutex, before it is in the list. A signal
 * is for the lowest ticket not yet notified, whether in the list already or not; so one
 * that comes later cannot take it away. */
struct cond {
    struct core_lock lock;
    _Atomic uint32_t next_ticket; /* without the lock, but under the user's mutex */
    _Atomic uint32_t notified;    /* all tickets below this; written under the lock */
    struct csp_waiter *first;     /* nearly in the order of the tickets */
    struct csp_waiter *last;
    _Atomic uintptr_t self;
};

static_assert(sizeof(struct cond) == sizeof((struct csp_cond){0}.fields), "its storage");
static_assert(alignof(struct cond) <= alignof(struct csp_cond), "its storage");

static struct cond *cond_of(struct csp_worker *worker, struct csp_cond *cond)
{
    struct cond *inner = (struct cond *)(void *)cond->fields;
    uintptr_t self = core_load_relaxed(&inner->self); /* set once, and to one value */
    if (CSP_UNLIKELY(self != (uintptr_t)inner)) {
        /* acquire: not needed, but there is no weaker form */
        if (self != 0 || (!core_cas_acquire(&inner->self, &self, (uintptr_t)inner) &&
                          self != (uintptr_t)inner))
            csp_fail_panic(worker, "sync.Cond is copied");
    }
    return inner;
}

void csp_cond_wait(struct csp_cond *cond)
{
    struct csp_worker *worker = csp_enter();
    struct cond *inner = cond_of(worker, cond);
    /* relaxed: the user's mutex orders it before the signal that is meant for it */
    uint32_t ticket = core_add_relaxed(&inner->next_ticket, 1);
    csp_mutex_unlock(cond->mutex);
    worker = csp_here();
    core_lock_take(&inner->lock);
    /* relaxed: under the lock; tickets may wrap around */
    if ((int32_t)(ticket - core_load_relaxed(&inner->notified)) < 0) {
        core_lock_give(&inner->lock);
    } else {
        struct csp_waiter *waiter = csp_sema_waiter(csp_running(worker));
        waiter->index = ticket;
        if (inner->first == NULL)
            inner->first = waiter;
        else
            inner->last->next = waiter;
        inner->last = waiter;
        csp_sema_park(worker, &inner->lock, WAIT_COND);
    }
    csp_mutex_lock(cond->mutex);
}

/* Under the lock: the waiter with this ticket, taken out, or NULL: on its way still. */
static struct csp_waiter *take_ticket(struct cond *cond, uint32_t ticket)
{
    struct csp_waiter *before = NULL;
    for (struct csp_waiter *waiter = cond->first; waiter != NULL; waiter = waiter->next) {
        if (waiter->index == ticket) {
            if (before == NULL)
                cond->first = waiter->next;
            else
                before->next = waiter->next;
            if (cond->last == waiter)
                cond->last = before;
            return waiter;
        }
        before = waiter;
    }
    return NULL;
}

void csp_cond_signal(struct csp_cond *cond)
{
    struct csp_worker *worker = csp_enter();
    struct cond *inner = cond_of(worker, cond);
    struct csp_waiter *waiter = NULL;
    /* All relaxed: who must be seen has drawn its ticket under the mutex that the caller,
     * too, has held since; `notified` only changes under the lock. */
    if (core_load_relaxed(&inner->next_ticket) == core_load_relaxed(&inner->notified))
        return;
    core_lock_take(&inner->lock);
    uint32_t ticket = core_load_relaxed(&inner->notified);
    if (ticket != core_load_relaxed(&inner->next_ticket)) {
        core_store_relaxed(&inner->notified, ticket + 1);
        waiter = take_ticket(inner, ticket);
    }
    core_lock_give(&inner->lock);
    if (waiter != NULL)
        csp_ready(worker, waiter->goroutine);
}

void csp_cond_broadcast(struct csp_cond *cond)
{
    struct csp_worker *worker = csp_enter();
    struct cond *inner = cond_of(worker, cond);
    /* All relaxed: as in csp_cond_signal. */
    if (core_load_relaxed(&inner->next_ticket) == core_load_relaxed(&inner->notified))
        return;
    core_lock_take(&inner->lock);
    struct csp_waiter *waiter = inner->first;
    inner->first = inner->last = NULL;
    core_store_relaxed(&inner->notified, core_load_relaxed(&inner->next_ticket));
    core_lock_give(&inner->lock);
    while (waiter != NULL) {
        assert(waiter->goroutine->own == waiter && "one waiter of one goroutine");
        struct csp_waiter *next = waiter->next; /* before it runs and waits elsewhere */
        csp_ready(worker, waiter->goroutine);
        waiter = next;
    }
}
