/* Compaction: processes that have waited for long give the pages of their stacks back.
 *
 * A sweep goes over the process table, in steps that a timer of one scheduler calls: so it
 * wakes a sleeper, and on a busy scheduler it waits for a tick. Of each process that waits
 * it notes that it does (PARKED); if the next pass finds the note still there, it has not
 * run in between, and its stack is packed. It is unpacked before it next runs.
 *
 *   NONE: no timer --more stacks hold memory than compact_above--> ON: pass, pause, pass …
 *      ^                                                               |
 *      '------- a pass that has seen no more than that many -----------'
 *
 *  1. A waiting process is touched only by who has claimed its queue, as a sender that
 *     finds the idle mark would. Whoever pushes meanwhile finds no mark and leaves it to
 *     us: marking it idle again fails, and then we make it runnable. No wake-up is lost.
 *  2. A process is claimed for one step at most. The claimed are packed in the order of
 *     their stacks, so that the pages of neighbours go back in one system call.
 *  3. The note is the state itself, which whoever wakes the process overwrites anyway; so
 *     running, sending and receiving cost nothing more.
 *  4. Passes are compact_after_ns apart, so that is the least a process has waited.
 *  5. A step's CPU time is measured, and the pause after it is so long that compaction keeps to
 *     its share of a core, the wake-up included.
 *  6. When all is packed no timer is left: who sleeps, sleeps. A stack that is taken or
 *     unpacked while a pass is under way, perhaps behind it, makes it AGAIN: then one more
 *     pass follows, whatever this one has seen. A hot stack is taken unseen; so a pass in
 *     which anybody ran is the last one only if there are not many stacks at all.
 */
#include "internal.h"

#include <stdlib.h>

enum { LOOKS_A_STEP = 1024, PACKS_A_STEP = 128, WAKE_UP_NS = 20000 };

struct batch {
    struct process *processes[PACKS_A_STEP];
    size_t count;
};

/* No memory for the timer: the next stack that is taken begins anew. */
static void give_up(struct compaction *compaction)
{
    compaction->cursor = compaction->holders = 0;
    /* release: pairs with the exchange in compaction_consider */
    core_store_release(&compaction->sweep, SWEEP_NONE);
}

static void arm(struct scheduler *scheduler, uint64_t deadline_ns)
{
    struct compaction *compaction = &scheduler->runtime->compaction;
    /* relaxed: our own store */
    assert(core_load_relaxed(&compaction->sweep) != SWEEP_NONE);
    core_lock_take(&scheduler->timers_lock);
    int rc = core_timers_insert(&scheduler->timers, &compaction->timer, deadline_ns);
    timeouts_publish(scheduler);
    core_lock_give(&scheduler->timers_lock);
    if (rc != 0)
        give_up(compaction);
}

/* Whether more stacks hold memory than need be, the hot ones of the schedulers included.
 */
static bool has_many(const struct actors *runtime)
{
    size_t taken = 0;
    for (unsigned i = 0; i < STACK_CLASSES; i++)
        taken += core_stacks_taken(&runtime->stacks[i]);
    /* relaxed: a count by itself */
    return taken > core_load_relaxed(&runtime->compaction.packed) +
                       (size_t)runtime->config.compact_above;
}

static uint64_t turns_of_all(const struct actors *runtime)
{
    uint64_t turns = 0;
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        turns += core_load_relaxed(&runtime->schedulers[i].turns); /* may be late */
    return turns;
}

void compaction_consider(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    struct compaction *compaction = &runtime->compaction;
    uint32_t sweep = core_load_relaxed(&compaction->sweep); /* the exchange decides */
    if (!has_many(runtime) || runtime->config.compact_after_ns == ACTORS_NEVER ||
        sweep == SWEEP_AGAIN)
        return;
    /* acq_rel: pairs with the release of who swept last, for its fields; and with the end
     * of a pass, which meets either AGAIN or us */
    while (!core_cas_acq_rel(&compaction->sweep, &sweep, sweep + 1))
        if (sweep == SWEEP_AGAIN)
            return;
    if (sweep == SWEEP_ON)
        return; /* it is AGAIN now */
    assert(compaction->cursor == 0 && compaction->holders == 0);
    arm(scheduler, runtime_now_ns(runtime) + runtime->config.compact_after_ns);
}

/* Gives up a claim (rule 1). */
static void let_go(struct scheduler *scheduler, struct process *process)
{
    actor_pid pid = pid_now(process);
    assert(is_waiting(process));
    if (core_mpsc_mark_idle(&process->queue)) /* true: not ours any more */
        return;
    core_trace(&scheduler->trace, CORE_TRACE_WAKE, 0, pid);
    scheduler_ready(scheduler, process);
}

static void look(struct scheduler *scheduler, struct process *process,
                 struct batch *batch)
{
    struct compaction *compaction = &scheduler->runtime->compaction;
    if (pid_now(process) == 0) /* a hint: it may be born or die meanwhile */
        return;
    if (!core_mpsc_claim(&process->queue)) { /* it runs, or will */
        compaction->holders++;
        return;
    }
    if (pid_now(process) == 0) { /* it has ended; claimed, it is as in signal_push */
        mailbox_close(scheduler, process);
        return;
    }
    assert(is_waiting(process) && (process->stack != NULL || process->stack_floor == 0));
    bool holds = process->stack_floor != 0;
    bool used = process->dirty != NULL; /* by its native function, on another thread */
    if (holds && !used && process->state == PROCESS_PARKED) {
        batch->processes[batch->count++] = process; /* and stays claimed */
        return;
    }
    compaction->holders += holds;
    process->state = PROCESS_PARKED;
    let_go(scheduler, process);
}

static int by_address(const void *left, const void *right)
{
    const struct process *const *l = left, *const *r = right;
    const char *a = (*l)->stack->bottom, *b = (*r)->stack->bottom;
    return (a > b) - (a < b);
}

static void pack(struct scheduler *scheduler, struct batch *batch)
{
    struct compaction *compaction = &scheduler->runtime->compaction;
    struct core_stack *stacks[PACKS_A_STEP];
    void *sps[PACKS_A_STEP];
    assert(batch->count <= PACKS_A_STEP);
    qsort(batch->processes, batch->count, sizeof batch->processes[0], by_address);
    for (size_t i = 0; i < batch->count; i++) {
        stacks[i] = batch->processes[i]->stack;
        sps[i] = batch->processes[i]->context.sp;
    }
    size_t packed = core_stack_pack_many(stacks, sps, batch->count);
    core_add_relaxed(&compaction->packed, (uint32_t)packed); /* a count by itself */
    core_count(&scheduler->counters, COUNT_PACKED, packed);
    for (size_t i = 0; i < batch->count; i++) {
        struct process *process = batch->processes[i];
        if (stacks[i]->packed_bytes > 0)
            process->stack_floor = 0;
        else /* no memory: perhaps the next time */
            compaction->holders++;
        let_go(scheduler, process);
    }
}

/* The part of a pass that fits into a step; true: the pass is over. */
static bool sweep(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    struct compaction *compaction = &runtime->compaction;
    struct batch batch = {.count = 0};
    struct process *process = NULL;
    for (unsigned looks = 0; looks < LOOKS_A_STEP && batch.count < PACKS_A_STEP;
         looks++) {
        process = table_find(runtime, (actor_pid)compaction->cursor + 1);
        if (process == NULL)
            break;
        compaction->cursor++;
        look(scheduler, process, &batch);
    }
    if (batch.count > 0)
        pack(scheduler, &batch);
    return process == NULL;
}

/* Rule 5. */
static uint64_t pause_ns(const struct actors *runtime, uint64_t took_ns)
{
    uint32_t share = runtime->config.compact_permille;
    assert(share > 0 && share <= 1000);
    return (took_ns + WAKE_UP_NS) * (1000 - share) / share + 1;
}

void compaction_step(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    struct compaction *compaction = &runtime->compaction;
    uint64_t began_ns = runtime->seeded ? 0 : core_thread_cpu_ns();
    if (compaction->cursor == 0)
        compaction->turns = turns_of_all(runtime);
    bool over = sweep(scheduler);
    uint64_t took_ns = runtime->seeded ? 0 : core_thread_cpu_ns() - began_ns;
    uint64_t next_ns = runtime_now_ns(runtime) + pause_ns(runtime, took_ns);
    if (!over) {
        arm(scheduler, next_ns);
        return;
    }
    bool done = compaction->holders <= runtime->config.compact_above &&
                (!has_many(runtime) || turns_of_all(runtime) == compaction->turns);
    uint32_t on = SWEEP_ON;
    compaction->cursor = compaction->holders = 0;
    /* acq_rel: pairs with the exchange in compaction_consider */
    if (done && core_cas_acq_rel(&compaction->sweep, &on, SWEEP_NONE))
        return;
    /* release: as above. What was taken before it is seen by the pass that begins. */
    core_store_release(&compaction->sweep, SWEEP_ON);
    arm(scheduler, next_ns + runtime->config.compact_after_ns);
}

bool compaction_chosen(const struct scheduler *scheduler)
{
    const struct actors *runtime = scheduler->runtime;
    assert(runtime->seeded);
    return core_timers_first(&scheduler->timers) == &runtime->compaction.timer &&
           core_choose(runtime->config.seams, 4, 1) == 0;
}

/* The stack is the process's again. */
static void take_back(struct scheduler *scheduler, struct process *process)
{
    assert(process->stack_floor == 0 && process->stack->packed_bytes == 0);
    process->stack_floor = core_stack_floor(process->stack);
    /* relaxed: a count by itself */
    uint32_t before = core_sub_relaxed(&scheduler->runtime->compaction.packed, 1);
    assert(before > 0);
    (void)before;
    core_count(&scheduler->counters, COUNT_UNPACKED, 1);
}

void compaction_undo(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_RUNNING && !process->hibernates);
    core_stack_unpack(process->stack);
    take_back(scheduler, process);
    compaction_consider(scheduler);
}

void compaction_drop(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_RUNNING);
    core_stack_discard(process->stack);
    take_back(scheduler, process);
}
