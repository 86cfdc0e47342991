/* Time limits of receives. A timeout is in the heap of the scheduler on which the process
 * waited; when it is due that scheduler pushes it into the process's queue like any
 * signal. A process that wakes earlier takes it out again, under the lock of that heap;
 * if it was too late for that, the signal arrives with the number of a wait that is over,
 * and is dropped.
 */
#include "internal.h"

#include <errno.h>

uint64_t runtime_now_ns(const struct actors *runtime)
{
    return runtime->seeded ? runtime->virtual_ns : core_now_ns();
}

/* Under the heap's lock. */
void timeouts_publish(struct scheduler *scheduler)
{
    assert(is_held(&scheduler->timers_lock));
    /* relaxed: a hint for the tick handler and the loop; the heap itself is under the
     * lock */
    core_store_relaxed(&scheduler->next_deadline_ns,
                       core_timers_next(&scheduler->timers));
    core_publish(&scheduler->timers_pending, scheduler->timers.count);
}

int timeout_start(struct scheduler *scheduler, struct process *process,
                  uint64_t deadline_ns)
{
    assert(process->timeout == NULL && !process->limited);
    assert(process == scheduler->current);
    struct timeout *timeout = core_pool_take(&scheduler->pool, sizeof *timeout);
    if (timeout == NULL)
        return -ENOMEM;
    *timeout = (struct timeout){
        .signal = {.to = core_load_relaxed(&process->pid), /* our own pid */
                   .kind = SIGNAL_TIMEOUT,
                   .wait = ++process->wait},
        .scheduler = scheduler,
    };
    core_lock_take(&scheduler->timers_lock);
    int rc = core_timers_insert(&scheduler->timers, &timeout->timer, deadline_ns);
    timeouts_publish(scheduler);
    core_lock_give(&scheduler->timers_lock);
    if (rc != 0) {
        core_pool_give(&scheduler->pool, timeout, sizeof *timeout);
        return rc;
    }
    process->timeout = timeout;
    process->limited = true;
    return 0;
}

void timeout_cancel(struct scheduler *scheduler, struct process *process)
{
    struct timeout *timeout = process->timeout;
    assert(timeout != NULL);
    assert(timeout->signal.wait == process->wait && "the limit of another wait");
    /* Once it has fired the heap's owner may have pushed it, and we may have freed it:
     * only process->timeout == NULL says so, set when the signal is taken from the queue.
     * Until then the memory is there, and its scheduler is constant. */
    struct scheduler *owner = timeout->scheduler;
    core_lock_take(&owner->timers_lock);
    bool ours = core_timers_remove(&owner->timers, &timeout->timer);
    if (ours)
        timeouts_publish(owner);
    core_lock_give(&owner->timers_lock);
    process->timeout = NULL;
    process->limited = false;
    process->wait++; /* a signal that is on its way belongs to no wait */
    if (ours)
        core_pool_give(&scheduler->pool, timeout, sizeof *timeout);
}

void timeouts_fire(struct scheduler *scheduler, uint64_t now_ns)
{
    for (;;) {
        core_lock_take(&scheduler->timers_lock);
        struct core_timer *timer = core_timers_pop_due(&scheduler->timers, now_ns);
        bool sweep = timer == &scheduler->runtime->compaction.timer;
        struct timeout *timeout = timer == NULL || sweep
                                      ? NULL
                                      : CORE_CONTAINER_OF(timer, struct timeout, timer);
        assert(timer == NULL || timer->deadline_ns <= now_ns);
        assert(timeout == NULL || timeout->scheduler == scheduler);
        if (timeout != NULL && timeout->signal.kind == SIGNAL_ALARM)
            alarm_due(scheduler, timeout);
        timeouts_publish(scheduler);
        core_lock_give(&scheduler->timers_lock);
        if (timer == NULL)
            return;
        if (sweep) {
            compaction_step(scheduler);
            continue;
        }
        struct process *process = table_find(scheduler->runtime, timeout->signal.to);
        assert(process != NULL);
        core_count(&scheduler->counters, COUNT_TIMEOUTS, 1);
        if (timeout->signal.kind == SIGNAL_ALARM)
            core_count(&scheduler->counters, COUNT_SENT, 1);
        signal_push(scheduler, process, &timeout->signal);
    }
}
