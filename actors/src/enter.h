/* enter.h - the scheduler as a running process meets it: what each call of the runtime does
 * first, and how a process gives its scheduler back. A part of internal.h.
 */
#ifndef ACTORS_ENTER_H
#define ACTORS_ENTER_H

/* --- scheduler.c */
static inline struct scheduler *scheduler_self(void)
{
    return (struct scheduler *)(void *)core_worker_self();
}

/* Makes a process runnable on this scheduler and wakes another if there is work for it.
 */
void scheduler_ready(struct scheduler *scheduler, struct process *process);
/* Called by a running process: gives its scheduler back; returns when it runs again. */
void scheduler_leave(enum leave leave);
/* scheduler_leave(LEAVE_WAIT) without a call: a return is predicted to go to the context
 * just left, so each frame between a switch and its caller costs a miss. */
CORE_INLINE struct scheduler *scheduler_wait(struct scheduler *scheduler,
                                             struct process *process)
{
    assert(scheduler == scheduler_self() && scheduler->current == process);
    process->leave = LEAVE_WAIT;
    core_context_switch(&process->context, &scheduler->context);
    return scheduler_self(); /* perhaps another one now */
}
/* A turn may be over: gives it away unless a seeded schedule chose otherwise. */
struct scheduler *scheduler_turn_over(struct scheduler *scheduler);

/* Runtime entry of a process: stack check, reductions, preemption. May: yield. Returns
 * the scheduler that the process runs on now. */
static inline struct scheduler *scheduler_enter(unsigned reductions)
{
    struct scheduler *scheduler = scheduler_self();
    assert(scheduler != NULL && scheduler->current != NULL && "called outside a process");
    core_stack_check(&scheduler->worker);
    struct process *process = scheduler->current;
    process->reductions -= (int)reductions;
    if (__builtin_expect(
            process->reductions <= 0 || core_preempt_wanted(&scheduler->worker), 0))
        return scheduler_turn_over(scheduler);
    return scheduler;
}

/* As scheduler_enter, for calls whose result depends on what was sent before: handles all
 * signals that have come. */
static inline struct scheduler *scheduler_enter_handled(unsigned reductions)
{
    struct process *process = scheduler_enter(reductions)->current;
    /* acquire: pairs with the release of control_send: that control is in the queue */
    if (core_load_acquire(&process->controls) != 0)
        mailbox_collect(process);
    return scheduler_self();
}
void *scheduler_main(void *scheduler);
bool scheduler_tick(struct core_worker *worker);
void scheduler_preempt(struct core_worker *worker);

#endif
