/* Select (Go's select.go).
 *
 *  1. Draw an order of the cases, uniformly, and lock their channels in the order of
 * their addresses, each once.
 *  2. If a case can go on now, the first such in the drawn order does.
 *  3. Else wait in all of their queues. Whoever takes one of the waiters must first win
 *     the goroutine's `fired` flag, so one and only one case happens, or the time-out.
 *  4. When woken, lock all again, and leave the queues of the cases that did not happen.
 *
 * Parking. The worker gives the locks back, one by one, once the goroutine has left its
 * stack. A waker may get at the goroutine after the first of them; it then runs, but has
 * to take all locks for step 4, so the arrays on its stack last until the worker has
 * given the last one back.
 */
#include "chan.h"
#include "compaction.h"

#include <stdint.h>
#include <string.h>

enum { ORDER_EMBEDDED = 16 };

struct select {
    struct csp_case *cases;
    struct csp_waiter *waiters;  /* one a case that has a channel */
    struct csp_waiter **drawn;   /* waiters in the drawn order … */
    struct csp_waiter **locking; /* … and by address of their channels */
    size_t count;
    void *stage; /* elements that cannot stay on a private stack; NULL: there are none */
};

/* Fisher-Yates, from the inside out: each order has the same probability. */
static void draw_order(struct csp_worker *worker, struct select *select)
{
    for (size_t i = 0; i < select->count; i++) {
        size_t j = i > 0 ? csp_random(worker, (uint32_t)i + 1) : 0;
        if (j < i)
            select->drawn[i] = select->drawn[j];
        select->drawn[j] = &select->waiters[i];
    }
}

/* Shell's sort with Ciura's gaps: no recursion, no memory, and for a few cases it is a
 * plain insertion. */
static void sort_by_address(struct select *select)
{
    static const size_t gaps[] = {29524, 9841, 3280, 1093, 364, 121, 40, 13, 4, 1};
    struct csp_waiter **order = select->locking;
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (size_t gap = gaps[g], i = gap; i < select->count; i++) {
            struct csp_waiter *moved = order[i];
            size_t j = i;
            for (; j >= gap && (uintptr_t)order[j - gap]->chan > (uintptr_t)moved->chan;
                 j -= gap)
                order[j] = order[j - gap];
            order[j] = moved;
        }
}

static void lock_all(const struct select *select)
{
    struct csp_chan *last = NULL;
    for (size_t i = 0; i < select->count; i++) {
        struct csp_chan *chan = select->locking[i]->chan;
        assert((uintptr_t)chan >= (uintptr_t)last && "the order of all lockers");
        if (chan != last)
            core_lock_take(&chan->lock);
        last = chan;
    }
}

/* Each lock is given back once the next channel is known: from then on the waiters that
 * shared it may change. `except` has been given back already. */
static void unlock_all(struct csp_waiter *const *order, size_t count,
                       const struct csp_chan *except)
{
    struct csp_chan *last = NULL;
    for (size_t i = 0; i < count; i++) {
        struct csp_chan *chan = order[i]->chan;
        if (chan != last && last != NULL && last != except)
            core_lock_give(&last->lock);
        last = chan;
    }
    if (last != NULL && last != except)
        core_lock_give(&last->lock);
}

/* On the worker's stack, after the switch; see Parking. With a time-out its timer's heap
 * is locked too, and the first to be free. */
static void release_select(struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_WAITING && "not yet to be woken by anybody");
    struct csp_waiter **order = goroutine->locked;
    size_t count = goroutine->locked_count;
    if (goroutine->held != NULL)
        core_lock_give(goroutine->held);
    unlock_all(order, count, NULL);
}

/* Prepares waiters and orders for the cases that have a channel. `own_orders` has room
 * for 2 * ORDER_EMBEDDED. */
static void open_select(struct csp_worker *worker, struct select *select, size_t count,
                        struct csp_waiter **own_orders)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    select->waiters = csp_waiters_take(worker, count);
    select->drawn = own_orders;
    if (count > ORDER_EMBEDDED) /* they lie behind the waiters */
        select->drawn = (struct csp_waiter **)(void *)(select->waiters + count);
    select->locking = select->drawn + (count > ORDER_EMBEDDED ? count : ORDER_EMBEDDED);
    for (size_t i = 0; i < count; i++) {
        if (select->cases[i].chan == NULL)
            continue;
        struct csp_waiter *waiter = &select->waiters[select->count];
        *waiter = (struct csp_waiter){
            .goroutine = goroutine,
            .chan = select->cases[i].chan,
            .element = select->cases[i].element,
            .index = (uint32_t)i,
            .select = true,
        };
        select->locking[select->count++] = waiter;
    }
}

static struct csp_queue *queue_of(const struct select *select,
                                  const struct csp_waiter *waiter)
{
    return select->cases[waiter->index].op == CSP_SEND ? &waiter->chan->senders
                                                       : &waiter->chan->receivers;
}

/* No lock is held, and no waiter is in a queue. */
_Noreturn static void panic_closed(struct csp_goroutine *goroutine)
{
    struct csp_worker *worker = csp_here();
    csp_waiters_give(worker, goroutine);
    csp_fail_error(worker, "send on closed channel");
}

/* Step 2. On success all locks have been given back. */
static int go_on_now(struct csp_worker *worker, struct select *select)
{
    for (size_t i = 0; i < select->count; i++) {
        struct csp_waiter *waiter = select->drawn[i];
        struct csp_chan *chan = waiter->chan;
        struct csp_case *one = &select->cases[waiter->index];
        if (core_load_relaxed(&chan->closed) && one->op == CSP_SEND) { /* locked */
            unlock_all(select->locking, select->count, NULL);
            panic_closed(csp_running(worker));
        }
        bool done = one->op == CSP_SEND
                        ? csp_chan_send_now(worker, chan, one->element)
                        : csp_chan_recv_now(worker, chan, one->element, &one->ok);
        if (done) {
            unlock_all(select->locking, select->count, chan);
            return (int)waiter->index;
        }
    }
    return CSP_NO_CASE;
}

/* --- Elements on a private stack, which is not there while its goroutine is parked */

static size_t staged_bytes(const struct csp_waiter *waiter)
{
    return (waiter->chan->element_bytes + 15) / 16 * 16;
}

/* The rest of staging, once it is known that some must be. */
static void stage_elements(struct csp_worker *worker, struct select *select, size_t bytes)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    char *at = select->stage = csp_memory_take(worker, bytes);
    if (at == NULL) {
        unlock_all(select->locking, select->count, NULL);
        csp_fail_fatal(worker, "runtime: out of memory");
    }
    for (size_t i = 0; i < select->count; i++) {
        struct csp_waiter *waiter = select->locking[i];
        if (!csp_must_stage(goroutine, waiter->element))
            continue;
        if (select->cases[waiter->index].op == CSP_SEND)
            memcpy(at, waiter->element, waiter->chan->element_bytes);
        waiter->element = at;
        at += staged_bytes(waiter);
    }
    assert(at == (char *)select->stage + bytes);
}

static void stage_if_private(struct csp_worker *worker, struct select *select)
{
    const struct csp_goroutine *goroutine = csp_running(worker);
    size_t bytes = 0;
    if (CSP_LIKELY(!goroutine->is_private))
        return;
    for (size_t i = 0; i < select->count; i++)
        if (csp_must_stage(goroutine, select->locking[i]->element))
            bytes += staged_bytes(select->locking[i]);
    if (bytes > 0)
        stage_elements(worker, select, bytes);
}

/* What arrived goes where it was to go; NULL: nothing did. The channels are locked. */
static void unstage(struct select *select, const struct csp_waiter *fired)
{
    if (CSP_LIKELY(select->stage == NULL))
        return;
    if (fired != NULL) {
        const struct csp_case *one = &select->cases[fired->index];
        if (one->op == CSP_RECV && one->element != fired->element)
            memcpy(one->element, fired->element, fired->chan->element_bytes);
    }
    csp_memory_give(csp_here(), select->stage);
}

/* Step 3: returns when a case, or the time-out, has happened. */
static void wait_for_any(struct csp_worker *worker, struct select *select,
                         const uint64_t *timeout_ns)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    goroutine->held = NULL;
    stage_if_private(worker, select);
    if (timeout_ns != NULL) {
        if (!csp_alarm_start(worker, &goroutine->alarm, *timeout_ns)) {
            unlock_all(select->locking, select->count, NULL);
            csp_fail_fatal(worker, "runtime: out of memory");
        }
        goroutine->held = &worker->timers_lock;
    }
    for (size_t i = 0; i < select->count; i++)
        csp_queue_append(queue_of(select, select->locking[i]), select->locking[i]);
    core_store_relaxed(&goroutine->fired, false); /* published by the locks */
    goroutine->woken_by = NULL;
    goroutine->locked = select->locking;
    goroutine->locked_count = (uint32_t)select->count;
    csp_park(worker, select->count > 0 ? WAIT_SELECT : WAIT_SELECT_NONE, release_select);
}

/* Step 4. The index of the case that happened. */
static int leave_queues(struct csp_goroutine *goroutine, struct select *select)
{
    struct csp_waiter *fired = goroutine->woken_by;
    assert(fired == NULL || (fired->goroutine == goroutine && fired->select));
    lock_all(select);
    for (size_t i = 0; i < select->count; i++)
        if (select->locking[i] != fired)
            csp_queue_remove(queue_of(select, select->locking[i]), select->locking[i]);
    unstage(select, fired);
    unlock_all(select->locking, select->count, NULL);
    if (fired == NULL)
        return CSP_NO_CASE;
    struct csp_case *one = &select->cases[fired->index];
    if (one->op == CSP_SEND && !fired->success)
        panic_closed(goroutine);
    one->ok = fired->success;
    return (int)fired->index;
}

/* timeout_ns NULL: none. */
static int select_any(struct csp_worker *worker, struct csp_case *cases, size_t count,
                      bool has_default, const uint64_t *timeout_ns)
{
    struct csp_waiter *own_orders[2 * ORDER_EMBEDDED];
    struct select select = {.cases = cases};
    struct csp_goroutine *goroutine = csp_running(worker);
    if (count > CSP_CASES_MAX)
        csp_fail_panic(worker, "csp: too many cases in a select");
    open_select(worker, &select, count, own_orders);
    draw_order(worker, &select);
    sort_by_address(&select);
    lock_all(&select);
    int chosen = go_on_now(worker, &select);
    if (chosen == CSP_NO_CASE && has_default) {
        unlock_all(select.locking, select.count, NULL);
    } else if (chosen == CSP_NO_CASE) {
        wait_for_any(worker, &select, timeout_ns);
        if (timeout_ns != NULL)
            csp_alarm_stop(&goroutine->alarm);
        chosen = leave_queues(goroutine, &select);
    }
    assert(chosen >= CSP_NO_CASE && chosen < (int)count);
    csp_waiters_give(csp_here(), goroutine);
    return chosen;
}

int csp_select(struct csp_case *cases, size_t count)
{
    return select_any(csp_enter(), cases, count, false, NULL);
}

int csp_select_default(struct csp_case *cases, size_t count)
{
    return select_any(csp_enter(), cases, count, true, NULL);
}

int csp_select_timeout(struct csp_case *cases, size_t count, uint64_t timeout_ns)
{
    return select_any(csp_enter(), cases, count, false, &timeout_ns);
}
