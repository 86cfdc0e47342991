#include "internal.h"

/* Under the lock. The length has one writer at a time, hence no read-modify-write. */
static void change_length(struct run_queue *queue, uint32_t length)
{
    assert(is_held(&queue->lock));
    assert(queue->urgent + queue->low <= length && "more of a kind than of all");
    core_store_relaxed(&queue->length, length); /* a hint for readers without the lock */
}

static uint32_t length_of(const struct run_queue *queue)
{
    return core_load_relaxed(&queue->length); /* exact under the lock, else a hint */
}

enum { RESCHEDULE_LOW = 8 }; /* as erl_process.h */

static void append(struct process_list *list, struct process *process)
{
    assert(list->first == NULL || list->last->next == NULL);
    process->next = NULL;
    if (list->first == NULL)
        list->first = process;
    else
        list->last->next = process;
    list->last = process;
}

/* Brings what a turn needs of the next one nearer, and of the one after it what that
 * takes: with more processes than the first cache holds, their lines come too late. */
static inline void prefetch(const struct process *next)
{
    if (next == NULL)
        return;
    __builtin_prefetch(next->context.sp);
    __builtin_prefetch((const char *)next->context.sp + CORE_CACHE_LINE);
    __builtin_prefetch((const char *)next->context.sp + 2 * CORE_CACHE_LINE);
    __builtin_prefetch(next->queue.tail);
    __builtin_prefetch(next->next);
    __builtin_prefetch((const char *)next->next + CORE_CACHE_LINE);
}

static struct process *shift_list(struct process_list *list)
{
    struct process *process = list->first;
    if (process != NULL) {
        list->first = process->next;
        prefetch(process->next);
    }
    return process;
}

static void enter(struct run_queue *queue, struct process *process)
{
    assert(process->priority <= ACTOR_MAX);
    if (__builtin_expect(process->priority == ACTOR_NORMAL, 1)) {
        append(process->leave == LEAVE_PREEMPT ? &queue->computing : &queue->normal,
               process);
        return;
    }
    if (process->priority == ACTOR_LOW) {
        process->skips = RESCHEDULE_LOW;
        core_publish(&queue->low, queue->low + 1);
        append(&queue->normal, process);
        return;
    }
    core_publish(&queue->urgent, queue->urgent + 1);
    if (process->priority == ACTOR_MAX)
        core_publish(&queue->most, queue->most + 1);
    append(process->priority == ACTOR_MAX ? &queue->max : &queue->high, process);
}

static struct process *shift_urgent(struct run_queue *queue)
{
    struct process *process = shift_list(&queue->max);
    core_publish(&queue->urgent, queue->urgent - 1);
    if (process != NULL)
        core_publish(&queue->most, queue->most - 1);
    else
        process = shift_list(&queue->high);
    assert(process != NULL && process->priority >= ACTOR_HIGH);
    return process;
}

/* Low ones go to the end eight times, unless there is nothing but them. */
static struct process *shift_among_low(struct run_queue *queue)
{
    for (;;) {
        struct process *process = shift_list(&queue->normal);
        if (process == NULL || process->priority != ACTOR_LOW)
            return process;
        if (process->skips == 0 || queue->low == length_of(queue) - queue->urgent) {
            assert(queue->low > 0);
            core_publish(&queue->low, queue->low - 1);
            return process;
        }
        process->skips--;
        append(&queue->normal, process);
    }
}

/* Among low ones the order of arrival counts, or a low one would run before who computes.
 */
static void join_computing(struct run_queue *queue)
{
    while (queue->computing.first != NULL)
        append(&queue->normal, shift_list(&queue->computing));
}

static struct process *shift(struct run_queue *queue)
{
    if (__builtin_expect(queue->urgent > 0, 0))
        return shift_urgent(queue);
    if (__builtin_expect(queue->low > 0, 0)) {
        join_computing(queue);
        return shift_among_low(queue);
    }
    if (__builtin_expect(queue->computing.first != NULL, 0) &&
        (queue->normal.first == NULL || core_glance(&queue->due))) {
        core_publish(&queue->due, false);
        return shift_list(&queue->computing);
    }
    return shift_list(&queue->normal);
}

uint32_t run_queue_append(struct run_queue *queue, struct process *process)
{
    assert(process->state == PROCESS_RUNNABLE);
    assert(pid_now(process) != 0);
    core_lock_take(&queue->lock);
    enter(queue, process);
    uint32_t length = length_of(queue) + 1;
    change_length(queue, length);
    core_lock_give(&queue->lock);
    return length;
}

struct process *run_queue_shift_list(struct run_queue *queue)
{
    core_lock_take(&queue->lock);
    /* The lone one is the oldest of the normal; only more urgent ones come before it. */
    struct process *process = queue->urgent == 0 ? run_queue_take_lone(queue) : NULL;
    if (process == NULL) {
        process = shift(queue);
        assert((process != NULL) == (length_of(queue) > 0) && "exact under the lock");
        if (process != NULL)
            change_length(queue, length_of(queue) - 1);
    }
    core_lock_give(&queue->lock);
    return process; /* NULL where thieves were faster: the caller looks again */
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
    struct process_list rest = {NULL, NULL};
    assert(from != to && "robs itself");
    core_lock_take(&from->lock);
    uint32_t length = length_of(from), taken = (length + 1) / 2;
    if (length == 0) { /* the caller has seen that it is stale */
        core_lock_give(&from->lock);
        *stolen = 1;
        return run_queue_take_lone(from);
    }
    struct process *first = shift(from);
    assert(first != NULL && "exact under the lock");
    for (uint32_t i = 1; i < taken; i++) {
        change_length(from, length - i); /* shift compares it with its counts */
        append(&rest, shift(from));
    }
    change_length(from, length - taken);
    core_lock_give(&from->lock);
    *stolen = taken;
    while (rest.first != NULL)
        run_queue_append(to, shift_list(&rest));
    return first;
}
