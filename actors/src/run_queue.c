#include "internal.h"

/* Under the lock. The length has one writer at a time, hence no read-modify-write. */
static void change_length(struct run_queue *queue, uint32_t length)
{
    core_store_relaxed(&queue->length, length); /* a hint for readers without the lock */
}

static uint32_t length_of(const struct run_queue *queue)
{
    return core_load_relaxed(&queue->length); /* exact under the lock, else a hint */
}

static void append(struct run_queue *queue, struct process *process)
{
    process->next = NULL;
    if (queue->first == NULL)
        queue->first = process;
    else
        queue->last->next = process;
    queue->last = process;
}

static struct process *shift(struct run_queue *queue)
{
    struct process *process = queue->first;
    if (process != NULL)
        queue->first = process->next;
    return process;
}

uint32_t run_queue_append(struct run_queue *queue, struct process *process)
{
    assert(process->state == PROCESS_RUNNABLE);
    core_lock_take(&queue->lock);
    append(queue, process);
    uint32_t length = length_of(queue) + 1;
    change_length(queue, length);
    core_lock_give(&queue->lock);
    return length;
}

struct process *run_queue_shift(struct run_queue *queue)
{
    if (length_of(queue) == 0)
        return NULL; /* what is appended after this look wakes us or is seen next time */
    core_lock_take(&queue->lock);
    struct process *process = shift(queue);
    if (process != NULL)
        change_length(queue, length_of(queue) - 1);
    core_lock_give(&queue->lock);
    return process;
}

/* The process at a drawn place of a seeded schedule; one thread, so no lock is contended.
 */
struct process *run_queue_pick(struct run_queue *queue, struct core_seams *seams)
{
    uint32_t length = length_of(queue);
    if (length == 0)
        return NULL;
    for (uint32_t skip = core_choose(seams, length, 0); skip > 0; skip--)
        run_queue_append(queue, run_queue_shift(queue));
    return run_queue_shift(queue);
}

struct process *run_queue_steal(struct run_queue *from, struct run_queue *to,
                                unsigned *stolen)
{
    core_lock_take(&from->lock);
    uint32_t length = length_of(from), taken = (length + 1) / 2;
    struct process *first = shift(from), *rest = NULL, *last = NULL;
    for (uint32_t i = 1; i < taken; i++) {
        struct process *process = shift(from);
        process->next = NULL;
        if (rest == NULL)
            rest = process;
        else
            last->next = process;
        last = process;
    }
    change_length(from, length - taken);
    core_lock_give(&from->lock);
    *stolen = taken;
    while (rest != NULL) {
        struct process *process = rest;
        rest = process->next;
        run_queue_append(to, process);
    }
    return first;
}
