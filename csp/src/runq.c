#include "runq.h"

bool csp_runq_put(struct csp_runq *queue, struct csp_goroutine *goroutine)
{
    /* acquire: pairs with the release in takers; the slot is free to be written */
    uint32_t head = core_load_acquire(&queue->head);
    uint32_t tail = core_load_relaxed(&queue->tail); /* the owner's own writes */
    assert(tail - head <= RUNQ_SLOTS && "invariant 1");
    if (tail - head == RUNQ_SLOTS)
        return false;
    core_store_relaxed(&queue->slots[tail % RUNQ_SLOTS], goroutine); /* published below */
    CORE_STEP();
    /* release: pairs with thieves' acquire of the tail */
    core_store_release(&queue->tail, tail + 1);
    return true;
}

bool csp_runq_take_half(struct csp_runq *queue, struct csp_goroutine **batch)
{
    uint32_t head = core_load_acquire(&queue->head); /* as in put */
    uint32_t tail = core_load_relaxed(&queue->tail);
    if (tail - head != RUNQ_SLOTS)
        return false;
    /* relaxed: the owner's own writes; still valid if the swap below succeeds */
    for (uint32_t i = 0; i < RUNQ_HALF; i++)
        batch[i] = core_load_relaxed(&queue->slots[(head + i) % RUNQ_SLOTS]);
    CORE_STEP();
    return core_cas_acq_rel(&queue->head, &head, head + RUNQ_HALF); /* as in take */
}

/* Copies half of `from` behind the tail of `into`, not yet published. */
static uint32_t grab(struct csp_runq *into, struct csp_runq *from)
{
    uint32_t at = core_load_relaxed(&into->tail); /* the owner's own writes */
    for (;;) {
        /* acquire: the tail read next is not older; pairs with takers' release */
        uint32_t head = core_load_acquire(&from->head);
        /* acquire: pairs with the release in put; the slots below it are filled */
        uint32_t tail = core_load_acquire(&from->tail);
        uint32_t count = tail - head;
        count -= count / 2;
        if (count == 0)
            return 0;
        if (count > RUNQ_HALF) /* head and tail did not belong together */
            continue;
        CORE_STEP();
        for (uint32_t i = 0; i < count; i++) {
            /* relaxed, both: ordered by the acquire of the tail; published later */
            struct csp_goroutine *goroutine =
                core_load_relaxed(&from->slots[(head + i) % RUNQ_SLOTS]);
            core_store_relaxed(&into->slots[(at + i) % RUNQ_SLOTS], goroutine);
        }
        CORE_STEP();
        /* acq_rel: our reads of the slots come before their reuse; what the goroutines'
         * last worker wrote is visible to us */
        if (core_cas_acq_rel(&from->head, &head, head + count))
            return count;
    }
}

struct csp_goroutine *csp_runq_steal(struct csp_runq *into, struct csp_runq *from,
                                     uint32_t *taken)
{
    assert(csp_runq_count(into) == 0 && "a thief has nothing of its own");
    *taken = grab(into, from);
    if (*taken == 0)
        return NULL;
    uint32_t tail = core_load_relaxed(&into->tail) + *taken - 1;
    struct csp_goroutine *last = core_load_relaxed(&into->slots[tail % RUNQ_SLOTS]);
    core_store_release(&into->tail, tail); /* as in put */
    return last;
}
