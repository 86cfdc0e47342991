/* runq.h - the goroutines that one worker is to run next (runtime.p's runq and runnext).
 *
 * A ring of 256 slots: the owner appends at the tail; the owner and thieves take at the
 * head by compare-and-swap; a thief takes half of what is there. Beside it one slot,
 * `next`, for the goroutine that was made runnable last: it runs before the ring.
 *
 * Invariants
 *  1. Only the owner moves `tail`, and only forward; head <= tail <= head + 256 in
 *     wrapping arithmetic.
 *  2. A slot in [head, tail) is not written. So what a thief read from it is valid if the
 *     head has not moved meanwhile, which its compare-and-swap finds out.
 *  3. Only the owner makes `next` non-null; thieves only make it null. So the owner may
 *     fill an empty one by a plain store, but must swap when it found it full.
 */
#ifndef CSP_RUNQ_H
#define CSP_RUNQ_H

#include <assert.h>
#include <core/atomic.h>
#include <core/seam.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef RUNQ_SLOTS /* the test of single steps takes fewer, to come to the borders */
#define RUNQ_SLOTS 256u
#endif
#define RUNQ_HALF (RUNQ_SLOTS / 2)

struct csp_goroutine;

struct csp_runq {
    /* moved by the owner and by thieves */
    alignas(CORE_CACHE_LINE) _Atomic uint32_t head;
    /* written by the owner; `next` is emptied by thieves too, which is rare */
    alignas(CORE_CACHE_LINE) _Atomic uint32_t tail;
    _Atomic(struct csp_goroutine *) next;
    _Atomic(struct csp_goroutine *) slots[RUNQ_SLOTS];
};

static_assert((RUNQ_SLOTS & (RUNQ_SLOTS - 1)) == 0, "indices wrap at 2^32");
static_assert(offsetof(struct csp_runq, tail) % CORE_CACHE_LINE == 0,
              "thieves' line and the owner's");

/* Makes `goroutine` the next one; returns the one that was, or NULL. Thread: owner. */
static inline struct csp_goroutine *csp_runq_swap_next(struct csp_runq *queue,
                                                       struct csp_goroutine *goroutine)
{
    /* relaxed: only a thief can change it, and only to NULL (invariant 3) */
    if (core_load_relaxed(&queue->next) == NULL) {
        /* release: pairs with the acquire of who takes it, so that it sees the task */
        core_store_release(&queue->next, goroutine);
        return NULL;
    }
    CORE_STEP();
    /* acquire: nothing was written by others, but the old one is used from here on;
     * release as above */
    return core_exchange_acq_rel(&queue->next, goroutine);
}

/* Takes the next one out of its slot, or NULL. Thread: owner. */
static inline struct csp_goroutine *csp_runq_take_next(struct csp_runq *queue)
{
    struct csp_goroutine *goroutine = core_load_relaxed(&queue->next); /* a hint */
    /* A failure means that a thief was faster. acquire: pairs with swap_next's release */
    if (goroutine != NULL && !core_cas_acquire(&queue->next, &goroutine, NULL))
        return NULL;
    return goroutine;
}

/* Takes `expected` out of another worker's next slot, if it is still there. */
static inline bool csp_runq_steal_next(struct csp_runq *queue,
                                       struct csp_goroutine *expected)
{
    /* acquire: pairs with swap_next's release */
    return core_cas_acquire(&queue->next, &expected, NULL);
}

/* Goroutines in the ring; exact for the owner as an upper bound. Thread: any. */
static inline uint32_t csp_runq_count(const struct csp_runq *queue)
{
    uint32_t head = core_load_acquire(&queue->head); /* not later than the tail below */
    uint32_t tail = core_load_acquire(&queue->tail);
    return tail - head;
}

/* Takes the oldest goroutine of the ring, or NULL. Thread: owner. */
static inline struct csp_goroutine *csp_runq_take(struct csp_runq *queue)
{
    /* acquire: pairs with the release of a thief's move of the head */
    uint32_t head = core_load_acquire(&queue->head);
    for (;;) {
        if (head == core_load_relaxed(&queue->tail)) /* the owner's own writes */
            return NULL;
        struct csp_goroutine *goroutine =
            core_load_relaxed(&queue->slots[head % RUNQ_SLOTS]); /* valid by the swap */
        CORE_STEP();
        /* release: our read of the slot comes before the owner may reuse it */
        if (core_cas_acq_rel(&queue->head, &head, head + 1))
            return goroutine;
    }
}

/* Appends a goroutine; false when the ring is full. Thread: owner. */
bool csp_runq_put(struct csp_runq *queue, struct csp_goroutine *goroutine);

/* Takes the older half of a full ring into batch[RUNQ_HALF]; false when thieves have made
 * room meanwhile. Thread: owner. */
bool csp_runq_take_half(struct csp_runq *queue, struct csp_goroutine **batch);

/* Moves half of `from`'s ring to `into`'s, which must be empty, but for one that it
 * returns (NULL: nothing there). *taken: how many in all. Thread: into's owner. */
struct csp_goroutine *csp_runq_steal(struct csp_runq *into, struct csp_runq *from,
                                     uint32_t *taken);

#endif
