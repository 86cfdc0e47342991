/* queue.c - queue.Queue, as Python's Lib/queue.py has it: one lock, three conditions on
 * it.
 *
 * In Python this is Python code, so a thread may lose the global lock in the middle of
 * it, with the queue's own lock held: hence the checkpoints, which stand where its loops
 * and calls are.
 */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct gil_queue {
    size_t maxsize; /* 0: no limit */
    struct gil_lock *mutex;
    struct gil_condition *not_empty;
    struct gil_condition *not_full;
    struct gil_condition *all_tasks_done;
    /* Under mutex, for Python's sake; the global lock alone would do for the memory. */
    void **items GIL_GUARDED;    /* a ring */
    size_t capacity GIL_GUARDED; /* a power of two, or 0 */
    size_t first GIL_GUARDED;
    size_t count GIL_GUARDED;
    size_t unfinished GIL_GUARDED;
};

GIL_UNCHECKED struct gil_queue *gil_queue_new(size_t maxsize)
{
    struct gil_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    queue->maxsize = maxsize;
    queue->mutex = gil_lock_new();
    queue->not_empty = gil_condition_new(queue->mutex);
    queue->not_full = gil_condition_new(queue->mutex);
    queue->all_tasks_done = gil_condition_new(queue->mutex);
    if (queue->mutex != NULL && queue->not_empty != NULL && queue->not_full != NULL &&
        queue->all_tasks_done != NULL)
        return queue;
    gil_queue_free(queue);
    return NULL;
}

GIL_UNCHECKED void gil_queue_free(struct gil_queue *queue)
{
    struct gil_condition *conditions[] = {queue->not_empty, queue->not_full,
                                          queue->all_tasks_done};
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i] != NULL)
            gil_condition_free(conditions[i]);
    if (queue->mutex != NULL)
        gil_lock_free(queue->mutex);
    free(queue->items);
    free(queue);
}

GIL_HELD static void enter(struct gil_queue *queue)
{
    gil_checkpoint();
    gil_lock_acquire(queue->mutex, GIL_FOREVER);
    gil_checkpoint();
}

GIL_HELD static int leave(struct gil_queue *queue, int result)
{
    int error = gil_lock_release(queue->mutex);
    assert(error == 0);
    (void)error;
    gil_checkpoint();
    return result;
}

/* ---- The ring ---- */

GIL_HELD static int grow(struct gil_queue *queue)
{
    assert(queue->count == queue->capacity);
    size_t wider = queue->capacity == 0 ? 16 : queue->capacity * 2;
    if (wider > SIZE_MAX / sizeof *queue->items)
        return -ENOMEM;
    void **items = malloc(wider * sizeof *items);
    if (items == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) & (queue->capacity - 1)];
    free(queue->items);
    queue->items = items;
    queue->capacity = wider;
    queue->first = 0;
    return 0;
}

GIL_HELD static int push(struct gil_queue *queue, void *item)
{
    if (queue->count == queue->capacity) {
        int error = grow(queue);
        if (error != 0)
            return error;
    }
    assert(queue->count < queue->capacity);
    queue->items[(queue->first + queue->count++) & (queue->capacity - 1)] = item;
    return 0;
}

GIL_HELD static void *shift(struct gil_queue *queue)
{
    assert(queue->count > 0);
    void *item = queue->items[queue->first];
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    return item;
}

/* ---- Put and get ---- */

GIL_HELD static bool has_room(const struct gil_queue *queue)
{
    return queue->maxsize == 0 || queue->count < queue->maxsize;
}

GIL_HELD static bool has_items(const struct gil_queue *queue)
{
    return queue->count > 0;
}

/* Waits until the queue is ready for the caller; a turn waits only for what is left. */
GIL_HELD static int wait_until_ready(struct gil_queue *queue,
                                     bool (*ready)(const struct gil_queue *queue),
                                     struct gil_condition *change, uint64_t timeout_ns)
{
    uint64_t deadline_ns = 0;
    while (!ready(queue)) {
        if (timeout_ns == 0)
            return -ETIMEDOUT;
        if (deadline_ns == 0)
            deadline_ns = gil_deadline(timeout_ns);
        gil_condition_wait(change, timeout_ns);
        gil_checkpoint();
        timeout_ns = gil_left(deadline_ns);
    }
    return 0;
}

int gil_queue_put(struct gil_queue *queue, void *item, uint64_t timeout_ns)
{
    enter(queue);
    int error = wait_until_ready(queue, has_room, queue->not_full, timeout_ns);
    if (error == 0)
        error = push(queue, item);
    if (error != 0)
        return leave(queue, error);
    queue->unfinished++;
    assert(queue->maxsize == 0 || queue->count <= queue->maxsize);
    gil_condition_notify(queue->not_empty, 1);
    return leave(queue, 0);
}

int gil_queue_get(struct gil_queue *queue, void **item, uint64_t timeout_ns)
{
    enter(queue);
    int error = wait_until_ready(queue, has_items, queue->not_empty, timeout_ns);
    if (error != 0)
        return leave(queue, error);
    *item = shift(queue);
    gil_condition_notify(queue->not_full, 1);
    return leave(queue, 0);
}

size_t gil_queue_size(const struct gil_queue *queue)
{
    return queue->count;
}

/* ---- Tasks ---- */

int gil_queue_task_done(struct gil_queue *queue)
{
    enter(queue);
    if (queue->unfinished == 0)
        return leave(queue, -EINVAL);
    if (--queue->unfinished == 0)
        gil_condition_notify(queue->all_tasks_done, SIZE_MAX);
    return leave(queue, 0);
}

void gil_queue_join(struct gil_queue *queue)
{
    enter(queue);
    while (queue->unfinished > 0) {
        gil_condition_wait(queue->all_tasks_done, GIL_FOREVER);
        gil_checkpoint();
    }
    leave(queue, 0);
}
