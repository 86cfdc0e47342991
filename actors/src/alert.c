/* Judging turns for a watcher (erlang:system_monitor/2).
 *
 *  1. Everything is looked at when a turn ends, on the scheduler's stack, while the
 *     process is still the scheduler's: no send and no receive pays for it.
 *  2. A turn began when the one before ended, or when its scheduler last found work; so no
 *     clock is read at its beginning.
 *  3. Heap and mailbox are told once each time they go over their limit; the bits of
 *     process->alerted remember it, beside the number of the setting.
 */
#include "internal.h"

#include <errno.h>

enum { ALERTED_HEAP = 1, ALERTED_QUEUE = 2 };

/* An alert without memory is lost. */
static void tell(struct scheduler *scheduler, actor_pid watcher, enum actor_alarm what,
                 actor_pid about, uint64_t amount)
{
    struct process *receiver = table_find(scheduler->runtime, watcher);
    struct actor_alert *alert;
    struct signal *signal =
        core_pool_take(&scheduler->pool, sizeof *signal + sizeof *alert);
    assert(receiver != NULL && "a watcher was a pid");
    if (signal == NULL)
        return;
    alert = (void *)(signal + 1);
    *alert = (struct actor_alert){.what = what, .pid = about, .amount = amount};
    *signal = (struct signal){
        .to = watcher,
        .kind = SIGNAL_MESSAGE,
        .message = {.from = about,
                    .size = sizeof *alert,
                    .kind = ACTOR_ALERT,
                    .data = alert},
    };
    signal_push(scheduler, receiver, signal);
}

/* How much there is in the mailbox, counted up to `most`. */
static uint64_t queue_length(const struct process *process, uint64_t most)
{
    uint64_t length = process->kept;
    const struct core_mpsc_node *node = process->queue.tail;
    while (length < most) {
        node = core_load_acquire(&node->next); /* pairs with the release in push */
        if (node == NULL)
            break;
        length++;
    }
    return length;
}

static void judge_heap(struct scheduler *scheduler, struct process *process,
                       actor_pid watcher, uint64_t limit_bytes)
{
    bool over = limit_bytes > 0 && process->heap_bytes >= limit_bytes;
    bool told = (process->alerted & ALERTED_HEAP) != 0;
    if (over == told)
        return;
    process->alerted = (uint8_t)(process->alerted ^ ALERTED_HEAP);
    if (over)
        tell(scheduler, watcher, ACTOR_LARGE_HEAP, pid_now(process), process->heap_bytes);
}

static void judge_queue(struct scheduler *scheduler, struct process *process,
                        actor_pid watcher, uint64_t limit, uint64_t end)
{
    bool told = (process->alerted & ALERTED_QUEUE) != 0;
    uint64_t length = queue_length(process, limit);
    assert(end < limit);
    if (told ? length > end : length < limit)
        return;
    process->alerted = (uint8_t)(process->alerted ^ ALERTED_QUEUE);
    tell(scheduler, watcher, told ? ACTOR_LONG_QUEUE_END : ACTOR_LONG_QUEUE,
         pid_now(process), length);
}

/* Rule 2. */
static uint64_t turn_ns(struct scheduler *scheduler, uint64_t set_ns)
{
    uint64_t now_ns = core_now_ns(), began_ns = scheduler->settled_ns;
    uint64_t found_ns = (uint64_t)scheduler->activity.since_ns;
    if (began_ns < found_ns)
        began_ns = found_ns;
    if (began_ns < set_ns)
        began_ns = set_ns;
    assert(scheduler->settled_ns <= now_ns && found_ns <= now_ns);
    scheduler->settled_ns = now_ns;
    return began_ns < now_ns ? now_ns - began_ns : 0;
}

void alert_turn(struct scheduler *scheduler, struct process *process)
{
    struct alerts *alerts = &scheduler->runtime->alerts;
    /* acquire: pairs with the release in actor_system_monitor, for what was set before.
     * All below are relaxed: what a later setting changes may count a turn later. */
    actor_pid watcher = core_load_acquire(&alerts->watcher), self = pid_now(process);
    const struct process *receiver = table_find(scheduler->runtime, watcher);
    if (receiver == NULL)
        return;
    if (core_load_relaxed(&receiver->pid) != watcher) { /* it has ended */
        core_cas_release(&alerts->watcher, &watcher, 0);
        return;
    }
    uint64_t took_ns = turn_ns(scheduler, core_load_relaxed(&alerts->set_ns));
    uint64_t limit_ns = core_load_relaxed(&alerts->turn_ns);
    if (self == watcher)
        return;
    if (limit_ns > 0 && took_ns >= limit_ns)
        tell(scheduler, watcher, ACTOR_LONG_TURN, self, took_ns);
    uint8_t setting = (uint8_t)(core_load_relaxed(&alerts->setting) << 2);
    if ((process->alerted & ~3) != setting)
        process->alerted = setting; /* nothing told yet */
    judge_heap(scheduler, process, watcher, core_load_relaxed(&alerts->heap_bytes));
    uint64_t limit = core_load_relaxed(&alerts->queue);
    uint64_t end = core_load_relaxed(&alerts->queue_end);
    if (end < limit) /* else they are of two settings, or off */
        judge_queue(scheduler, process, watcher, limit, end);
}

int actor_system_monitor(actor_pid watcher, const struct actor_limits *limits)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct alerts *alerts = &scheduler->runtime->alerts;
    if (watcher == 0) {
        core_store_relaxed(&alerts->watcher, 0); /* a turn later is soon enough */
        return 0;
    }
    if (table_find(scheduler->runtime, watcher) == NULL ||
        (limits->queue > 0 && limits->queue_end >= limits->queue))
        return -EINVAL;
    if (!actor_is_alive(watcher))
        return -ESRCH;
    /* All below are relaxed but the last, which pairs with the acquire in alert_turn. */
    core_store_relaxed(&alerts->set_ns, core_now_ns());
    core_add_relaxed(&alerts->setting, 1);
    core_store_relaxed(&alerts->turn_ns, limits->turn_ns);
    core_store_relaxed(&alerts->heap_bytes, limits->heap_bytes);
    core_store_relaxed(&alerts->queue, limits->queue);
    core_store_relaxed(&alerts->queue_end, limits->queue_end);
    core_store_release(&alerts->watcher, watcher);
    return 0;
}
