#include <core/mpsc.h>
#include <core/seam.h>

#include <assert.h>
#include <stddef.h>

#define IDLE ((uintptr_t)1)

static_assert(_Alignof(struct core_mpsc_node) > IDLE, "the mark needs a free bit");
static_assert(offsetof(struct core_mpsc, tail) >= CORE_CACHE_LINE,
              "writers share a line");

void core_mpsc_init(struct core_mpsc *queue, struct core_mpsc_node *stub, bool idle)
{
    /* relaxed: the queue is published by whoever publishes its owner */
    core_store_relaxed(&stub->next, NULL);
    core_store_relaxed(&queue->head, (uintptr_t)stub | (idle ? IDLE : 0));
    queue->tail = stub;
}

bool core_mpsc_push(struct core_mpsc *queue, struct core_mpsc_node *node)
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
    struct core_mpsc_node *before = (struct core_mpsc_node *)(previous & ~IDLE);
    core_store_release(&before->next, node); /* pairs with the acquire of next in pop */
    return (previous & IDLE) != 0;
}

enum core_mpsc_pop core_mpsc_pop(struct core_mpsc *queue, struct core_mpsc_node **node,
                                 struct core_mpsc_node **retired)
{
    struct core_mpsc_node *stub = queue->tail;
    /* acquire: pairs with the release of next in push: the node's content is visible */
    struct core_mpsc_node *next = core_load_acquire(&stub->next);
    CORE_STEP();
    if (next == NULL) {
        /* relaxed: only distinguishes empty from a push between its steps */
        uintptr_t head = core_load_relaxed(&queue->head);
        return (head & ~IDLE) == (uintptr_t)stub ? CORE_MPSC_EMPTY : CORE_MPSC_BUSY;
    }
    queue->tail = next;
    *node = next;
    *retired = stub;
    return CORE_MPSC_NODE;
}

bool core_mpsc_mark_idle(struct core_mpsc *queue)
{
    uintptr_t expected = (uintptr_t)queue->tail;
    CORE_STEP();
    /* release: pairs with the acquire of the push that finds the mark, so that the woken
     * consumer's state is complete. The compare makes the check for emptiness and the
     * mark one step: no push can fall between them. */
    return core_cas_release(&queue->head, &expected, expected | IDLE);
}

bool core_mpsc_claim(struct core_mpsc *queue)
{
    /* relaxed: the compare decides */
    uintptr_t found = core_load_relaxed(&queue->head);
    CORE_STEP();
    /* acquire: pairs with the release in mark_idle */
    return (found & IDLE) != 0 && core_cas_acquire(&queue->head, &found, found & ~IDLE);
}

bool core_mpsc_empty(const struct core_mpsc *queue)
{
    /* relaxed: a hint; who acts on it synchronises through push or mark_idle */
    return (core_load_relaxed(&queue->head) & ~IDLE) == (uintptr_t)queue->tail;
}
