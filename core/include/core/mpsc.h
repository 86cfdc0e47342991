/* mpsc.h - an intrusive queue of many producers and one consumer that also says who must
 * wake the consumer (after Vyukov's non-intrusive-node queue; the idle mark after Pony's
 * messageq).
 *
 * The list goes from `tail` (consumer's end, a stub that was already consumed) to `head`
 * (producers' end). The lowest bit of `head` is the idle mark.
 *
 * Invariants
 *  1. head, without its mark, is the node pushed last; following `next` from tail reaches
 * it, except while a push stands between its two steps.
 *  2. The mark is set only by the consumer, only when the queue is empty (head == tail),
 * and cleared only by a push.
 *  3. So of all pushes after the mark was set exactly one, the first, finds it: that
 * producer, and nobody else, must make the consumer runnable.
 *  4. Nodes are handed out in the order of the exchanges on head: per producer FIFO, and
 * one total order for all.
 *  5. Popping makes the popped node the new stub: a node belongs to the consumer from its
 * pop, its memory may be reused from the *next* pop on (that returns the old stub).
 */
#ifndef CORE_MPSC_H
#define CORE_MPSC_H

#include <core/atomic.h>
#include <core/seam.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core_mpsc_node {
    _Atomic(struct core_mpsc_node *) next;
};

/* Lies best across the border of two cache lines, at CORE_MPSC_OFFSET from the start of
 * the first: then the head ends a line that else belongs to producers, and the tail begins
 * one of the consumer's. */
struct core_mpsc {
    _Atomic uintptr_t head;      /* node | idle mark; written by producers */
    struct core_mpsc_node *tail; /* written by the consumer */
};

#define CORE_MPSC_OFFSET (CORE_CACHE_LINE - sizeof(uintptr_t))

#define CORE_MPSC_IDLE ((uintptr_t)1)

enum core_mpsc_pop { CORE_MPSC_EMPTY, CORE_MPSC_BUSY, CORE_MPSC_NODE };

/* Starts with `stub` as the consumed node and, if `idle`, with the mark set. */
void core_mpsc_init(struct core_mpsc *queue, struct core_mpsc_node *stub, bool idle);

/* Appends a node; true when the caller must make the consumer runnable. May: never fails
 * or blocks. Thread: any. */
static inline bool core_mpsc_push(struct core_mpsc *queue, struct core_mpsc_node *node)
{
    core_store_relaxed(&node->next, NULL); /* published by the exchange */
    CORE_STEP();
    /* acq_rel. Release: the consumer that finds this node sees its content (pairs with
     * the acquire loads in pop and mark_idle). Acquire: the producer that finds the mark
     * sees all that the consumer did before it set it, since it makes the consumer
     * runnable (pairs with the release in mark_idle); and the store to previous->next
     * below must not be seen before the previous push's own reset of that field. */
    uintptr_t previous = core_exchange_acq_rel(&queue->head, (uintptr_t)node);
    CORE_STEP();
    struct core_mpsc_node *before = (struct core_mpsc_node *)(previous & ~CORE_MPSC_IDLE);
    core_store_release(&before->next, node); /* pairs with the acquire of next in pop */
    return (previous & CORE_MPSC_IDLE) != 0;
}

/* Takes the oldest node: *node holds the data, *retired is the former stub, which is free
 * now. CORE_MPSC_BUSY: a producer stands between its two steps; try again soon. Thread:
 * consumer. */
static inline enum core_mpsc_pop core_mpsc_pop(struct core_mpsc *queue,
                                               struct core_mpsc_node **node,
                                               struct core_mpsc_node **retired)
{
    struct core_mpsc_node *stub = queue->tail;
    /* acquire: pairs with the release of next in push: the node's content is visible */
    struct core_mpsc_node *next = core_load_acquire(&stub->next);
    CORE_STEP();
    if (next == NULL) {
        /* relaxed: only distinguishes empty from a push between its steps */
        uintptr_t head = core_load_relaxed(&queue->head);
        return (head & ~CORE_MPSC_IDLE) == (uintptr_t)stub ? CORE_MPSC_EMPTY
                                                           : CORE_MPSC_BUSY;
    }
    /* relaxed: an address to prefetch, for writing, since the consumer will free it */
    __builtin_prefetch(core_load_relaxed(&next->next), 1);
    queue->tail = next;
    *node = next;
    *retired = stub;
    return CORE_MPSC_NODE;
}

/* Sets the idle mark if the queue is empty; false when something came in meanwhile. After
 * true the consumer must not touch the queue until a push found the mark. Thread:
 * consumer. */
static inline bool core_mpsc_mark_idle(struct core_mpsc *queue)
{
    uintptr_t expected = (uintptr_t)queue->tail;
    CORE_STEP();
    /* release: pairs with the acquire of the push that finds the mark, so that the woken
     * consumer's state is complete. The compare makes the check for emptiness and the
     * mark one step: no push can fall between them. */
    return core_cas_release(&queue->head, &expected, expected | CORE_MPSC_IDLE);
}

/* Takes an idle queue back for a new consumer, instead of a push; false when a push has
 * already found the mark. Thread: any that may become the consumer. */
bool core_mpsc_claim(struct core_mpsc *queue);

/* Whether nothing is queued; a hint for others, exact for a consumer that is alone. */
static inline bool core_mpsc_empty(const struct core_mpsc *queue)
{
    /* relaxed: a hint; who acts on it synchronises through push or mark_idle */
    return (core_load_relaxed(&queue->head) & ~CORE_MPSC_IDLE) == (uintptr_t)queue->tail;
}

#endif
