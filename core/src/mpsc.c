#include <core/mpsc.h>

#include <assert.h>
#include <stddef.h>

static_assert(_Alignof(struct core_mpsc_node) > CORE_MPSC_IDLE,
              "the mark needs a free bit");
static_assert(CORE_MPSC_OFFSET + offsetof(struct core_mpsc, tail) == CORE_CACHE_LINE,
              "the border lies between head and tail");

void core_mpsc_init(struct core_mpsc *queue, struct core_mpsc_node *stub, bool idle)
{
    /* relaxed: the queue is published by whoever publishes its owner */
    core_store_relaxed(&stub->next, NULL);
    core_store_relaxed(&queue->head, (uintptr_t)stub | (idle ? CORE_MPSC_IDLE : 0));
    queue->tail = stub;
}

bool core_mpsc_claim(struct core_mpsc *queue)
{
    /* relaxed: the compare decides */
    uintptr_t found = core_load_relaxed(&queue->head);
    CORE_STEP();
    /* acquire: pairs with the release in mark_idle */
    return (found & CORE_MPSC_IDLE) != 0 &&
           core_cas_acquire(&queue->head, &found, found & ~CORE_MPSC_IDLE);
}
