/* enter.h - the scheduler as a running process meets it: what each call of the runtime does
 * first, and how a process gives its scheduler back. A part of internal.h.
 *
 * A thread that runs no process (an owner's, or a scheduler's in a report) must not get
 * further. Finding that out costs one test of a register: the floor of the stack, which is
 * looked at anyway, is above every address while no process runs. What is not found out is
 * a task of another model's runtime in the same program: it has a worker too.
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
__attribute__((returns_nonnull)) struct scheduler *
scheduler_turn_over(struct scheduler *scheduler);
/* The caller is no process, and its function has no error to return: says so, aborts. */
_Noreturn void scheduler_outside(void);

#define NO_STACK_FLOOR UINTPTR_MAX /* of a scheduler that runs no process */

/* Runtime entry of a process: stack check, reductions, preemption; NULL where no process
 * calls. May: yield. Returns the scheduler that the process runs on now. */
static inline struct scheduler *scheduler_try(unsigned reductions)
{
    struct scheduler *scheduler = scheduler_self();
    if (__builtin_expect(scheduler == NULL, 0))
        return NULL;
    if (__builtin_expect(core_stack_is_short(&scheduler->worker), 0)) {
        if (scheduler->worker.stack == NULL)
            return NULL;
        core_stack_exhausted(&scheduler->worker);
    }
    struct process *process = scheduler->current;
    assert(scheduler->worker.hooks->fault == process_fault && "another runtime's task");
    assert(process != NULL && process->state == PROCESS_RUNNING);
    process->reductions -= (int)reductions;
    if (__builtin_expect(
            process->reductions <= 0 || core_preempt_wanted(&scheduler->worker), 0))
        return scheduler_turn_over(scheduler);
    return scheduler;
}

/* The same for calls that have no error to return. */
static inline struct scheduler *scheduler_enter(unsigned reductions)
{
    struct scheduler *scheduler = scheduler_try(reductions);
    if (__builtin_expect(scheduler == NULL, 0))
        scheduler_outside();
    return scheduler;
}

/* For calls whose result depends on what was sent before: handles all signals that have
 * come. */
static inline struct scheduler *scheduler_handled(struct scheduler *scheduler)
{
    /* acquire: pairs with the release of control_send: that control is in the queue */
    if (core_load_acquire(&scheduler->current->controls) == 0)
        return scheduler;
    mailbox_collect(scheduler->current);
    return scheduler_self();
}

static inline struct scheduler *scheduler_try_handled(unsigned reductions)
{
    struct scheduler *scheduler = scheduler_try(reductions);
    return scheduler == NULL ? NULL : scheduler_handled(scheduler);
}

static inline struct scheduler *scheduler_enter_handled(unsigned reductions)
{
    return scheduler_handled(scheduler_enter(reductions));
}

void *scheduler_main(void *scheduler);
bool scheduler_tick(struct core_worker *worker);
void scheduler_preempt(struct core_worker *worker);

#endif
