/* Channels (Go's chan.go).
 *
 * A channel is a ring of elements and two queues of waiters, under one lock.
 *
 * Invariants, whenever the lock is free
 *  1. At least one of the two queues is empty, but for a single goroutine that waits with
 *     both a send and a receive of one select.
 *  2. If the ring holds elements, no receiver waits; if it has room, no sender waits.
 *  3. A closed channel has no waiters.
 *
 * Hand-off. Who finds a waiter of the other side copies the element straight from or to
 * that waiter's place (often on its stack, which must be there while it is parked; a
 * private one need not be, so its waiters have their elements staged beside it) and makes
 * it ready; the woken one does not take the lock again.
 *
 * Lock-free failing. A try that cannot go on looks at the fields without the lock. The
 * order of the two looks matters when the channel is closed in between; see each.
 */
#include "chan.h"
#include "compaction.h"

#include <string.h>

static void copy_element(const struct csp_chan *chan, void *to, const void *from)
{
    if (CSP_LIKELY(chan->element_bytes == sizeof(uint64_t)))
        memcpy(to, from, sizeof(uint64_t));
    else if (chan->element_bytes > 0)
        memcpy(to, from, chan->element_bytes);
}

static void zero_element(const struct csp_chan *chan, void *element)
{
    if (element != NULL && chan->element_bytes > 0)
        memset(element, 0, chan->element_bytes);
}

/* --- Queues of waiters --------------------------------------------------------- */

/* All accesses to `first` in here are relaxed: the lock is held; readers without it take
 * it as a hint about a moment. */

void csp_queue_append(struct csp_queue *queue, struct csp_waiter *waiter)
{
    assert(csp_state(waiter->goroutine) == G_RUNNING &&
           "only itself puts a goroutine in");
    waiter->next = NULL;
    if (core_load_relaxed(&queue->first) == NULL) {
        waiter->prev = NULL;
        core_store_relaxed(&queue->first, waiter);
    } else {
        waiter->prev = queue->last;
        queue->last->next = waiter;
    }
    queue->last = waiter;
}

static void unlink_waiter(struct csp_queue *queue, struct csp_waiter *waiter)
{
    assert(waiter->prev != NULL || core_load_relaxed(&queue->first) == waiter);
    assert(waiter->next != NULL || queue->last == waiter);
    if (waiter->prev != NULL)
        waiter->prev->next = waiter->next;
    else
        core_store_relaxed(&queue->first, waiter->next);
    if (waiter->next != NULL)
        waiter->next->prev = waiter->prev;
    else
        queue->last = waiter->prev;
    waiter->next = waiter->prev = NULL;
}

struct csp_waiter *csp_queue_take(struct csp_queue *queue)
{
    for (;;) {
        struct csp_waiter *waiter = core_load_relaxed(&queue->first);
        if (waiter == NULL)
            return NULL;
        unlink_waiter(queue, waiter);
        /* Another channel, or the time-out, may have fired a select already. */
        if (!waiter->select || csp_claim(waiter->goroutine))
            return waiter;
    }
}

void csp_queue_remove(struct csp_queue *queue, struct csp_waiter *waiter)
{
    if (waiter->prev != NULL || core_load_relaxed(&queue->first) == waiter)
        unlink_waiter(queue, waiter);
}

/* Makes the goroutine of a waiter that was taken out go on. */
static void wake(struct csp_worker *worker, struct csp_waiter *waiter, bool success)
{
    struct csp_goroutine *goroutine = waiter->goroutine;
    assert(waiter->next == NULL && waiter->prev == NULL && "it was taken out");
    waiter->success = success;
    goroutine->woken_by = waiter;
    csp_ready(worker, goroutine);
}

/* --- The ring ------------------------------------------------------------------ */

static char *slot(struct csp_chan *chan, size_t at)
{
    return chan->slots + at * chan->element_bytes;
}

static size_t after(const struct csp_chan *chan, size_t at)
{
    return at + 1 == chan->capacity ? 0 : at + 1;
}

static void add_to_ring(struct csp_chan *chan, const void *element)
{
    size_t count = core_load_relaxed(&chan->count); /* under the lock */
    assert(count < chan->capacity && chan->send_at < chan->capacity);
    copy_element(chan, slot(chan, chan->send_at), element);
    chan->send_at = after(chan, chan->send_at);
    /* release: a reader without the lock that sees the count may look at `closed` next */
    core_store_release(&chan->count, count + 1);
}

static void take_from_ring(struct csp_chan *chan, void *element)
{
    size_t count = core_load_relaxed(&chan->count); /* under the lock */
    assert(count > 0 && count <= chan->capacity && chan->receive_at < chan->capacity);
    if (element != NULL)
        copy_element(chan, element, slot(chan, chan->receive_at));
    chan->receive_at = after(chan, chan->receive_at);
    core_store_release(&chan->count, count - 1); /* as above */
}

/* --- Sending and receiving ----------------------------------------------------- */

bool csp_chan_send_now(struct csp_worker *worker, struct csp_chan *chan,
                       const void *element)
{
    if (CSP_UNLIKELY(core_load_relaxed(&chan->closed))) { /* under the lock */
        core_lock_give(&chan->lock);
        csp_fail_error(worker, "send on closed channel");
    }
    struct csp_waiter *receiver = csp_queue_take(&chan->receivers);
    if (receiver != NULL) {
        /* relaxed: under the lock */
        assert(core_load_relaxed(&chan->count) == 0 && "invariant 2");
        core_lock_give(&chan->lock);
        if (receiver->element != NULL)
            copy_element(chan, receiver->element, element);
        wake(worker, receiver, true);
        return true;
    }
    if (core_load_relaxed(&chan->count) == chan->capacity) /* under the lock */
        return false;
    add_to_ring(chan, element);
    core_lock_give(&chan->lock);
    return true;
}

/* A receive that found a waiting sender: from its place, or, if there is a full ring,
 * from the ring's head, and the sender's element takes the slot that became free. */
static void receive_from(struct csp_worker *worker, struct csp_chan *chan,
                         struct csp_waiter *sender, void *element)
{
    if (chan->capacity == 0) {
        core_lock_give(&chan->lock);
        if (element != NULL)
            copy_element(chan, element, sender->element);
    } else {
        /* relaxed: under the lock */
        assert(core_load_relaxed(&chan->count) == chan->capacity && "invariant 2");
        take_from_ring(chan, element);
        add_to_ring(chan, sender->element);
        core_lock_give(&chan->lock);
    }
    wake(worker, sender, true);
}

bool csp_chan_recv_now(struct csp_worker *worker, struct csp_chan *chan, void *element,
                       bool *ok)
{
    struct csp_waiter *sender = csp_queue_take(&chan->senders);
    *ok = true;
    if (sender != NULL) {
        receive_from(worker, chan, sender, element);
        return true;
    }
    /* relaxed: under the lock */
    if (core_load_relaxed(&chan->count) > 0) {
        take_from_ring(chan, element);
    } else if (core_load_relaxed(&chan->closed)) {
        zero_element(chan, element);
        *ok = false;
    } else {
        return false;
    }
    core_lock_give(&chan->lock);
    return true;
}

/* Parks in `queue`, whose channel is locked, until somebody takes the waiter out. */
static bool park_in(struct csp_worker *worker, struct csp_chan *chan,
                    struct csp_queue *queue, enum csp_wait wait)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    csp_queue_append(queue, &goroutine->own[0]);
    goroutine->held = &chan->lock;
    csp_park(worker, wait, csp_release_held);
    return goroutine->own[0].success;
}

/* The same for an element on a stack that may be packed meanwhile: it is kept in the
 * waiters that only a select uses, or in memory of its own. The channel may be gone when
 * this returns from parking. */
static bool park_staged(struct csp_worker *worker, struct csp_chan *chan,
                        struct csp_queue *queue, void *element, enum csp_wait wait)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    size_t bytes = chan->element_bytes;
    bool fits = bytes <= sizeof goroutine->own - sizeof goroutine->own[0];
    void *stage = fits ? &goroutine->own[1] : csp_memory_take(worker, bytes);
    assert(goroutine->waiters == goroutine->own && "no select is under way");
    if (stage == NULL) {
        core_lock_give(&chan->lock);
        csp_fail_fatal(worker, "runtime: out of memory");
    }
    if (wait == WAIT_SEND)
        memcpy(stage, element, bytes);
    goroutine->own[0].element = stage;
    bool success = park_in(worker, chan, queue, wait);
    if (wait == WAIT_RECEIVE)
        memcpy(element, stage, bytes);
    if (!fits)
        csp_memory_give(csp_here(), stage);
    return success;
}

/* Waits in `queue`, whose channel is locked, until the other side has come or the channel
 * is closed (false). */
static bool wait_in(struct csp_worker *worker, struct csp_chan *chan,
                    struct csp_queue *queue, void *element, enum csp_wait wait)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    struct csp_waiter *waiter = &goroutine->own[0];
    assert(!core_load_relaxed(&chan->closed) && "invariant 3"); /* under the lock */
    waiter->goroutine = goroutine;
    waiter->element = element;
    waiter->select = false;
    if (CSP_UNLIKELY(csp_must_stage(goroutine, element)))
        return park_staged(worker, chan, queue, element, wait);
    return park_in(worker, chan, queue, wait);
}

void csp_send(struct csp_chan *chan, const void *element)
{
    struct csp_worker *worker = csp_enter();
    if (CSP_UNLIKELY(chan == NULL))
        csp_park_for_ever(worker, WAIT_SEND_NIL);
    core_lock_take(&chan->lock);
    if (csp_chan_send_now(worker, chan, element))
        return;
    /* The cast is safe: nobody writes to the element of a sender. */
    if (!wait_in(worker, chan, &chan->senders, (void *)(uintptr_t)element, WAIT_SEND))
        csp_fail_error(csp_here(), "send on closed channel");
}

bool csp_recv(struct csp_chan *chan, void *element)
{
    struct csp_worker *worker = csp_enter();
    bool ok = false;
    if (CSP_UNLIKELY(chan == NULL))
        csp_park_for_ever(worker, WAIT_RECEIVE_NIL);
    core_lock_take(&chan->lock);
    if (csp_chan_recv_now(worker, chan, element, &ok))
        return ok;
    return wait_in(worker, chan, &chan->receivers, element, WAIT_RECEIVE);
}

bool csp_try_send(struct csp_chan *chan, const void *element)
{
    struct csp_worker *worker = csp_enter();
    if (chan == NULL)
        return false;
    /* Not closed, then full: if it is closed in between, the send failed before that.
     * acquire: keeps the two looks in this order (chan.go, chansend). */
    if (!core_load_acquire(&chan->closed) &&
        (chan->capacity == 0 ? core_load_acquire(&chan->receivers.first) == NULL
                             : core_load_acquire(&chan->count) == chan->capacity))
        return false;
    core_lock_take(&chan->lock);
    if (csp_chan_send_now(worker, chan, element))
        return true;
    core_lock_give(&chan->lock);
    return false;
}

enum csp_try csp_try_recv(struct csp_chan *chan, void *element)
{
    struct csp_worker *worker = csp_enter();
    bool ok = false;
    if (chan == NULL)
        return CSP_NOT_READY;
    /* Empty, then not closed: a channel cannot be opened again, so it was open, too, when
     * it was empty. acquire: keeps the two looks in this order (chan.go, chanrecv). */
    if ((chan->capacity == 0 ? core_load_acquire(&chan->senders.first) == NULL
                             : core_load_acquire(&chan->count) == 0) &&
        !core_load_acquire(&chan->closed))
        return CSP_NOT_READY;
    core_lock_take(&chan->lock);
    if (csp_chan_recv_now(worker, chan, element, &ok))
        return ok ? CSP_RECEIVED : CSP_CLOSED;
    core_lock_give(&chan->lock);
    return CSP_NOT_READY;
}

/* --- Making, closing, asking --------------------------------------------------- */

struct csp_chan *csp_chan_new(struct csp_worker *worker, size_t element_bytes,
                              ptrdiff_t capacity, size_t extra)
{
    size_t ring = 0, bytes = 0;
    if (capacity < 0 || __builtin_mul_overflow((size_t)capacity, element_bytes, &ring) ||
        __builtin_add_overflow(ring, sizeof(struct csp_chan) + extra, &bytes) ||
        bytes > PTRDIFF_MAX)
        csp_fail_error(worker, "makechan: size out of range");
    struct csp_chan *chan = csp_memory_take(worker, bytes);
    if (chan == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    *chan = (struct csp_chan){
        .element_bytes = element_bytes,
        .capacity = (size_t)capacity,
    };
    chan->slots = (char *)(chan + 1) + extra;
    return chan;
}

struct csp_chan *csp_chan_make(size_t element_bytes, ptrdiff_t capacity)
{
    return csp_chan_new(csp_enter(), element_bytes, capacity, 0);
}

void csp_chan_free(struct csp_chan *chan)
{
    struct csp_worker *worker = csp_enter();
    if (chan == NULL)
        return;
    if (chan->timer != NULL)
        csp_timer_halt(chan->timer);
    core_lock_take(&chan->lock); /* after it the last user has left the channel's code */
    bool used = core_load_relaxed(&chan->receivers.first) != NULL ||
                core_load_relaxed(&chan->senders.first) != NULL;
    core_lock_give(&chan->lock);
    if (used)
        csp_fail_fatal(worker, "csp: free of a channel in use");
    csp_memory_give(worker, chan);
}

void csp_close(struct csp_chan *chan)
{
    struct csp_worker *worker = csp_enter();
    struct csp_waiter *woken = NULL, **end = &woken, *waiter = NULL;
    if (chan == NULL)
        csp_fail_error(worker, "close of nil channel");
    core_lock_take(&chan->lock);
    if (core_load_relaxed(&chan->closed)) { /* under the lock */
        core_lock_give(&chan->lock);
        csp_fail_error(worker, "close of closed channel");
    }
    /* release: pairs with the acquire in the tries */
    core_store_release(&chan->closed, true);
    while ((waiter = csp_queue_take(&chan->receivers)) != NULL) {
        zero_element(chan, waiter->element);
        *end = waiter;
        end = &waiter->next;
    }
    while ((waiter = csp_queue_take(&chan->senders)) != NULL) {
        *end = waiter;
        end = &waiter->next;
    }
    assert(core_load_relaxed(&chan->receivers.first) == NULL &&
           "invariant 3"); /* locked */
    core_lock_give(&chan->lock);
    while (woken != NULL) {
        waiter = woken;
        woken = waiter->next;
        waiter->next = NULL;
        wake(worker, waiter, false);
    }
}

size_t csp_len(const struct csp_chan *chan)
{
    if (chan == NULL || chan->timer != NULL) /* a timer's looks unbuffered */
        return 0;
    return core_load_relaxed(&chan->count); /* about a moment */
}

size_t csp_cap(const struct csp_chan *chan)
{
    return chan == NULL || chan->timer != NULL ? 0 : chan->capacity;
}

void csp_chan_fire(struct csp_worker *worker, struct csp_chan *chan, uint64_t now_ns)
{
    assert(chan->timer != NULL && chan->capacity == 1);
    core_lock_take(&chan->lock);
    /* A channel that somebody closed, or whose last time is still there, gets none. */
    if (core_load_relaxed(&chan->closed) || !csp_chan_send_now(worker, chan, &now_ns))
        core_lock_give(&chan->lock);
}

bool csp_chan_drain(struct csp_chan *chan)
{
    assert(chan->timer != NULL && chan->capacity == 1);
    core_lock_take(&chan->lock);
    bool full = core_load_relaxed(&chan->count) > 0; /* under the lock */
    if (full)
        take_from_ring(chan, NULL);
    core_lock_give(&chan->lock);
    return full;
}
