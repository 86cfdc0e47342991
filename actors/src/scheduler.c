/* The schedulers: one thread each, a run queue each.
 *
 *           .---------------------------------------------------------------------.
 *           v                                                                     |
 *   fire due timeouts -> own queue -> sockets -> steal -> sleep until woken or due |
 *                            |                     |             or a socket is ---'
 *                            '---------------------+--> run a process until it
 *                                                       leaves -> settle it
 *
 * Who wakes whom
 *  1. A process made runnable goes to the queue of the scheduler that made it so.
 *  2. One runnable process alone is a hand-off: its scheduler will be free for it soon, and
 *     waking another core costs more than it (72 us against 50 ns). Two wake a sleeper; so
 *     does one, if the running process computes: if its turn has outlasted a tick.
 *  3. That rule delays, it never cancels: each scheduler's tick looks whether its queue has
 *     waited a whole tick, and wakes a sleeper then. So no fence is needed between filling a
 *     queue and looking for sleepers: what a late look misses, the next tick repairs.
 *  4. At most one woken scheduler searches at a time; when it has found work it wakes the
 *     next. So a burst wakes as many as there is work for, one after the other.
 *  5. A thief takes from queues of two and more, or from one whose only process is stale. A
 *     tick that has woken a thief for the only one that waits leaves the turn where it is:
 *     two cores are better than half a core each.
 *  6. A sleeper announces itself and then looks once more; work from outside the schedulers
 *     comes with a token for a parker, which no sleep can miss.
 *  7. While sockets are watched, one of the sleepers sits in their poller (core/seat.h). If
 *     nobody sits, the tick of whoever runs makes it look, or wakes a sleeper, who will.
 *  8. Who has lost its last turn to the tick computes: it waits behind those who do not,
 *     but a tick at most, and its next turn lasts until the next tick, not the second. So
 *     who wakes up waits for the end of one such turn, however many compute. (On the BEAM
 *     4,000 reductions of an empty loop are some 20 us; here the tick is what stops one.)
 */
#include "internal.h"
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <core/thread.h>

enum { STACK_CACHE = 64, SEARCH_ROUNDS = 4 };

/* --- waking and sleeping ------------------------------------------------------- */

/* Takes a sleeper's bit, so that exactly one waker wakes it. */
static struct scheduler *claim_sleeper(struct actors *runtime)
{
    unsigned words = (runtime->config.schedulers + 63) / 64;
    for (unsigned i = 0; i < words; i++) {
        /* relaxed: the read-modify-write below decides */
        uint64_t bits = core_load_relaxed(&runtime->sleeping[i]);
        while (bits != 0) {
            uint64_t bit = bits & -bits;
            /* acq_rel: pairs with the sleeper's own, so one of the two takes the bit */
            bits = core_and_acq_rel(&runtime->sleeping[i], ~bit);
            if (bits & bit)
                return &runtime->schedulers[i * 64 + (unsigned)__builtin_ctzll(bit)];
        }
    }
    return NULL;
}

/* True when it woke one. Also runs in the tick handler: atomics and a futex call only. */
static bool wake_one(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    uint32_t none = 0;
    /* relaxed, both: hints; a wrong one is repaired by the next tick (rule 3) */
    if (core_load_relaxed(&runtime->sleepers) == 0 ||
        core_load_relaxed(&runtime->searching) != 0)
        return false;
    /* acq_rel: one waker at a time becomes the parent of a searcher (rule 4) */
    if (!core_cas_acq_rel(&runtime->searching, &none, 1))
        return false;
    struct scheduler *sleeper = claim_sleeper(runtime);
    if (sleeper == NULL) {
        core_sub_relaxed(&runtime->searching, 1); /* a count by itself */
        return false;
    }
    core_sub_relaxed(&runtime->sleepers, 1); /* a count by itself */
    /* relaxed: cleared before it announced itself */
    assert(!core_load_relaxed(&sleeper->searching));
    core_store_relaxed(&sleeper->searching, true); /* published by the token */
    core_count(&scheduler->counters, COUNT_WAKES, 1);
    core_unpark(&sleeper->parker);
    return true;
}

static uint32_t queued(const struct scheduler *scheduler)
{
    return run_queue_total(&scheduler->queue);
}

void scheduler_ready(struct scheduler *scheduler, struct process *process)
{
    assert(process->state != PROCESS_FREE && process->state != PROCESS_EXITING);
    process->state = PROCESS_RUNNABLE;
    /* A seeded schedule draws from the list alone. */
    if (!scheduler->lists && run_queue_hand_off(&scheduler->queue, process)) {
        /* relaxed: written by this thread; the flag is a hint for thieves */
        if (__builtin_expect(core_load_relaxed(&scheduler->turns) != scheduler->long_turn,
                             1))
            return;
        core_store_relaxed(&scheduler->stale, true);
        wake_one(scheduler);
        return;
    }
    if (scheduler->dirty != NULL) {
        dirty_ready(scheduler, process);
        return;
    }
    run_queue_append(&scheduler->queue, process);
    if (queued(scheduler) >= 2)
        wake_one(scheduler);
}

/* Rule 5. */
static bool may_rob(const struct scheduler *victim)
{
    uint32_t length = queued(victim);
    /* relaxed: a hint set by the victim's tick */
    return length >= 2 || (length == 1 && core_load_relaxed(&victim->stale));
}

/* A scheduler that was woken stops counting as searching, and wakes the next if there is
 * more to do than for itself. */
static void stop_searching(struct scheduler *scheduler, bool found)
{
    if (!core_load_relaxed(
            &scheduler->searching)) /* written before the token; ours since */
        return;
    core_store_relaxed(&scheduler->searching, false); /* ours */
    /* relaxed: a count by itself */
    uint32_t before = core_sub_relaxed(&scheduler->runtime->searching, 1);
    assert(before > 0 && "our waker had counted us");
    (void)before;
    if (found && queued(scheduler) > 0)
        wake_one(scheduler);
}

static struct process *steal(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    unsigned count = runtime->config.schedulers;
    if (count == 1)
        return NULL;
    unsigned start = core_rng_below(&scheduler->rng, count);
    for (unsigned i = 0; i < count; i++) {
        struct scheduler *victim = &runtime->schedulers[(start + i) % count];
        unsigned stolen;
        if (victim == scheduler || !may_rob(victim))
            continue;
        struct process *process =
            run_queue_steal(&victim->queue, &scheduler->queue, &stolen);
        if (process == NULL)
            continue;
        core_count(&scheduler->counters, COUNT_STOLEN, stolen);
        core_trace(&scheduler->trace, CORE_TRACE_STEAL, core_load_relaxed(&process->pid),
                   stolen); /* ours now */
        return process;
    }
    return NULL;
}

static bool work_in_sight(const struct scheduler *scheduler)
{
    const struct actors *runtime = scheduler->runtime;
    if (queued(scheduler) > 0 ||
        core_load_acquire(&runtime->stopping)) /* with actors_stop */
        return true;
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        if (&runtime->schedulers[i] != scheduler && may_rob(&runtime->schedulers[i]))
            return true;
    return false;
}

static void sleep_until_woken(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    unsigned index = scheduler->worker.index;
    uint64_t bit = UINT64_C(1) << (index % 64);
    struct core_poll_result results[CORE_POLL_BATCH];
    int ready = 0;
    bool token;
    uint64_t until_ns = core_load_relaxed(&scheduler->next_deadline_ns); /* only ours */
    stop_searching(scheduler, false);
    core_add_seq_cst(&runtime->sleepers, 1);
    core_or_acq_rel(&runtime->sleeping[index / 64], bit); /* pairs with claim_sleeper */
    if (!work_in_sight(scheduler)) {
        core_count(&scheduler->counters, COUNT_PARKS, 1);
        core_trace(&scheduler->trace, CORE_TRACE_PARK, 0,
                   until_ns == CORE_TIMER_NEVER ? 0 : until_ns);
        core_worker_disarm(&scheduler->worker);
        activity_change(&scheduler->activity, ACTORS_SLEEPING);
        ready = core_seat_park(&runtime->sockets.seat, &scheduler->parker, until_ns,
                               results, CORE_POLL_BATCH, &token);
        core_worker_arm(&scheduler->worker);
        core_trace(&scheduler->trace, CORE_TRACE_UNPARK, 0, 0);
    }
    /* acq_rel: pairs with claim_sleeper: either a waker took the bit, or we do. */
    if (core_and_acq_rel(&runtime->sleeping[index / 64], ~bit) & bit)
        core_sub_relaxed(&runtime->sleepers, 1); /* a count by itself */
    activity_change(&scheduler->activity, ACTORS_RUNNING);
    sockets_deliver(scheduler, results, ready);
}

/* --- the tick ------------------------------------------------------------------ */

static bool deadline_passed(const struct scheduler *scheduler)
{
    uint64_t deadline_ns = core_load_relaxed(&scheduler->next_deadline_ns); /* a hint */
    return deadline_ns != CORE_TIMER_NEVER && core_now_ns() >= deadline_ns;
}

/* Rule 7: whether sockets want somebody to look, and the running process must make room
 * for it. */
static bool must_look(struct scheduler *scheduler, bool same_turn)
{
    struct actors *runtime = scheduler->runtime;
    if (!core_seat_in_use(&runtime->sockets.seat) ||
        core_seat_taken(&runtime->sockets.seat))
        return false;
    core_store_relaxed(&scheduler->look, true); /* read by this thread */
    return same_turn && !wake_one(scheduler);
}

bool scheduler_tick(struct core_worker *worker)
{
    struct scheduler *scheduler = (struct scheduler *)(void *)worker;
    /* relaxed, all below: the handler interrupts the only other writer, its own thread;
     * other threads read them as hints */
    uint64_t turns = core_load_relaxed(&scheduler->turns);
    const struct process *current = scheduler->current;
    /* Who has lost its last turn to the tick has this one until the next, and no more. */
    bool same_turn = turns == scheduler->turns_at_tick ||
                     (current != NULL && current->leave == LEAVE_PREEMPT);
    uint32_t waiting = queued(scheduler);
    scheduler->turns_at_tick = turns;
    core_store_relaxed(&scheduler->ticks, core_load_relaxed(&scheduler->ticks) + 1);
    core_publish(&scheduler->queue.due, true);
    if (same_turn)
        scheduler->long_turn = turns;
    if (same_turn && waiting > 0)
        core_store_relaxed(&scheduler->stale, true);
    bool woken = (waiting >= 2 || (same_turn && waiting > 0)) && wake_one(scheduler);
    if (core_load_relaxed(&scheduler->runtime->stopping))
        return true;
    bool look = must_look(scheduler, same_turn);
    bool signalled = current != NULL && core_load_relaxed(&current->controls) != 0;
    /* Rule 5; once a turn, so that a thief who does not come delays by one tick only. */
    if (woken && waiting == 1 && scheduler->helped_turn != turns) {
        scheduler->helped_turn = turns;
        waiting = 0;
    }
    return same_turn && (waiting > 0 || signalled || look || deadline_passed(scheduler));
}

/* --- running a process --------------------------------------------------------- */

void scheduler_leave(enum leave leave)
{
    struct scheduler *scheduler = scheduler_self();
    struct process *process = scheduler->current;
    assert(process != NULL && process->state == PROCESS_RUNNING);
    process->leave = (uint8_t)leave;
    if (leave == LEAVE_EXIT || leave == LEAVE_HIBERNATE)
        core_context_leave(&process->context, &scheduler->context);
    core_context_switch(&process->context, &scheduler->context);
}

void scheduler_outside(void)
{
    fputs("actors: a process's call came from a thread that runs no process\n", stderr);
    abort();
}

void scheduler_preempt(struct core_worker *worker)
{
    assert(worker == &scheduler_self()->worker);
    (void)worker;
    scheduler_leave(LEAVE_PREEMPT);
}

struct scheduler *scheduler_turn_over(struct scheduler *scheduler)
{
    if (scheduler->native) /* which has no reductions */
        native_refuse();
    if (scheduler->runtime->seeded &&
        core_choose(scheduler->runtime->config.seams, 4, 1) != 0)
        return scheduler;
    scheduler_leave(LEAVE_YIELD);
    return scheduler_self(); /* perhaps another one now */
}

static struct core_stack *take_stack(struct scheduler *scheduler, unsigned class)
{
    struct core_stack *stack = scheduler->stacks;
    if (stack == NULL || class > 0) {
        stack = core_stacks_take(&scheduler->runtime->stacks[class]);
        compaction_consider(scheduler);
        return stack;
    }
    assert(scheduler->stack_count > 0);
    scheduler->stacks = stack->next;
    core_publish(&scheduler->stack_count, scheduler->stack_count - 1);
    return stack;
}

static void give_stack(struct scheduler *scheduler, struct core_stack *stack,
                       unsigned class)
{
    assert((scheduler->stacks == NULL) == (scheduler->stack_count == 0));
    if (scheduler->stack_count >= STACK_CACHE || class > 0) {
        core_stacks_give(&scheduler->runtime->stacks[class], stack);
        return;
    }
    core_san_stack_reset(stack->bottom, stack->size);
    stack->next = scheduler->stacks;
    scheduler->stacks = stack;
    core_publish(&scheduler->stack_count, scheduler->stack_count + 1);
}

/* A process gets its stack when it first runs, so that a process which ends without
 * waiting leaves a hot one for the next. */
static bool prepare_stack(struct scheduler *scheduler, struct process *process)
{
    assert(process->stack_class < STACK_CLASSES);
    assert(process->stack != NULL || process->stack_floor == 0);
    if (process->stack_floor != 0) /* lies beside what is in the cache */
        return true;
    if (process->stack != NULL) {
        compaction_undo(scheduler, process);
        return true;
    }
    core_publish(&process->stack, take_stack(scheduler, process->stack_class));
    if (process->stack == NULL) {
        process->reason = &blob_no_stack;
        process->leave = LEAVE_EXIT;
        return false;
    }
    process->stack_floor = core_stack_floor(process->stack);
    core_context_open(&process->context, process->stack->bottom, process->stack->size,
                      process_enter, process);
    return true;
}

static void wait(struct scheduler *scheduler, struct process *process, actor_pid pid)
{
    core_trace(&scheduler->trace, CORE_TRACE_END_BLOCK, pid, 0);
    process->state = PROCESS_WAITING;
    if (!core_mpsc_mark_idle(&process->queue)) /* true: not ours any more */
        scheduler_ready(scheduler, process);
}

/* Notes what the turn that is over has cost. Most turns cost little, and leave `spent`,
 * which lies apart, alone. */
static void charge(struct scheduler *scheduler, struct process *process)
{
    static_assert(ACTORS_MAX_SCHEDULERS <= UINT16_MAX, "last_scheduler holds an index");
    unsigned turn = (unsigned)(scheduler->reductions - process->reductions);
    uint64_t owed = (uint64_t)process->owed + turn;
    core_count(&scheduler->counters, COUNT_REDUCTIONS, turn);
    if (__builtin_expect(owed > UINT16_MAX, 0)) {
        core_publish(&process->spent, process->spent + owed);
        owed = 0;
    }
    core_publish(&process->owed, (uint16_t)owed);
}

static void end(struct scheduler *scheduler, struct process *process)
{
    struct core_stack *stack = process->stack;
    unsigned class = process->stack_class;
    process->state = PROCESS_EXITING;
    if (process->dirty != NULL && dirty_leave(scheduler, process))
        stack = NULL;
    process_end(scheduler, process); /* it is another's slot after this */
    if (stack != NULL)
        give_stack(scheduler, stack, class);
}

/* What becomes of a process that gave its scheduler back. */
static void settle(struct scheduler *scheduler, struct process *process)
{
    actor_pid pid =
        core_load_relaxed(&process->pid); /* ours until it is made known below */
    assert(process->state == PROCESS_RUNNING && scheduler->current == NULL);
    charge(scheduler, process);
    if (alerts_wanted(&scheduler->runtime->alerts))
        alert_turn(scheduler, process);
    switch (process->leave) {
    case LEAVE_PREEMPT:
        core_publish(&scheduler->queue.due, false); /* others first, for a tick */
        __attribute__((fallthrough));
    case LEAVE_YIELD:
        core_count(&scheduler->counters,
                   process->leave == LEAVE_YIELD ? COUNT_YIELDS : COUNT_PREEMPTED, 1);
        core_trace(&scheduler->trace,
                   process->leave == LEAVE_YIELD ? CORE_TRACE_END_YIELD
                                                 : CORE_TRACE_END_PREEMPT,
                   pid, 0);
        scheduler_ready(scheduler, process);
        break;
    case LEAVE_WAIT:
        wait(scheduler, process, pid);
        break;
    case LEAVE_HIBERNATE:
        assert(process->hibernates && process->current == NULL);
        core_context_close(&process->context);
        give_stack(scheduler, process->stack, process->stack_class);
        core_publish(&process->stack, NULL);
        process->stack_floor = 0;
        if (process->first == NULL) {
            wait(scheduler, process, pid);
            break;
        }
        core_count(&scheduler->counters, COUNT_YIELDS, 1);
        core_trace(&scheduler->trace, CORE_TRACE_END_YIELD, pid, 0);
        scheduler_ready(scheduler, process);
        break;
    case LEAVE_DIRTY:
        dirty_submit(scheduler, process);
        wait(scheduler, process, pid);
        break;
    case LEAVE_EXIT:
        end(scheduler, process);
        break;
    }
}

/* Handles what was sent to a process before it runs on; false: it does not, and `leave`
 * says why. */
static bool may_run(struct scheduler *scheduler, struct process *process)
{
    /* acquire: pairs with the addition in signal_push: that control is in the queue */
    if (__builtin_expect(
            core_load_acquire(&process->controls) == 0 && !process->hibernates, 1))
        return true;
    bool ends = mailbox_handle(scheduler, process);
    if (ends && process->stack != NULL && process->stack_floor == 0)
        compaction_drop(scheduler, process);
    bool sleeps = process->hibernates && process->first == NULL;
    process->leave = ends ? LEAVE_EXIT : LEAVE_WAIT;
    return !ends && !sleeps && process->suspended == 0 && process->dirty == NULL;
}

/* Inlined: a call here would lie between what one process's wait has pushed onto the
 * predictor of returns and the next one's returns. */
CORE_INLINE void run(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_RUNNABLE);
    assert(scheduler->current == NULL && pid_now(process) != 0);
    process->state = PROCESS_RUNNING;
    process->last_scheduler = (uint16_t)scheduler->worker.index;
    /* none in a seeded schedule: each entry is a choice there */
    process->reductions = scheduler->reductions;
    /* one writer: the scheduler; its handler and thieves only read */
    core_store_relaxed(&scheduler->turns, core_load_relaxed(&scheduler->turns) + 1);
    if (core_load_relaxed(&scheduler->stale)) /* written by our own tick */
        core_store_relaxed(&scheduler->stale, false);
    if (may_run(scheduler, process) && prepare_stack(scheduler, process)) {
        core_trace(&scheduler->trace, CORE_TRACE_RUN, core_load_relaxed(&process->pid),
                   0);
        core_publish(&scheduler->current, process);
        scheduler->self = core_load_relaxed(&process->pid); /* ours while it runs */
        core_preempt_clear(&scheduler->worker);
        core_worker_set_stack(&scheduler->worker, &process->stack, process->stack_floor);
        core_context_switch(&scheduler->context, &process->context);
        assert(scheduler->current == process && scheduler == scheduler_self());
        core_worker_set_stack(&scheduler->worker, NULL, NO_STACK_FLOOR);
        core_publish(&scheduler->current, NULL);
    }
    settle(scheduler, process);
}

/* --- the loop ------------------------------------------------------------------ */

/* Fires what is due. The clock is read only when there are timeouts and either a tick has
 * passed or there is nothing else to do. */
static void fire_due(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    uint64_t deadline_ns = core_load_relaxed(&scheduler->next_deadline_ns); /* a hint */
    uint64_t ticks =
        core_load_relaxed(&scheduler->ticks); /* written by our own handler */
    if (deadline_ns == CORE_TIMER_NEVER)
        return;
    if (ticks == scheduler->ticks_seen && queued(scheduler) > 0 &&
        !(runtime->seeded && compaction_chosen(scheduler)))
        return;
    scheduler->ticks_seen = ticks;
    if (runtime->seeded)
        runtime->virtual_ns = deadline_ns; /* nothing else can happen before */
    timeouts_fire(scheduler, runtime_now_ns(runtime));
}

static struct process *search(struct scheduler *scheduler)
{
    activity_change(&scheduler->activity, ACTORS_STEALING);
    for (int i = 0; i < SEARCH_ROUNDS; i++) {
        struct process *process = steal(scheduler);
        if (process != NULL) {
            activity_change(&scheduler->activity, ACTORS_RUNNING);
            return process;
        }
        core_pause();
    }
    return NULL;
}

static void schedule(struct scheduler *scheduler)
{
    struct actors *runtime = scheduler->runtime;
    core_worker_set_stack(&scheduler->worker, NULL, NO_STACK_FLOOR);
    core_worker_arm(&scheduler->worker);
    while (!core_load_acquire(&runtime->stopping)) { /* pairs with actors_stop */
        fire_due(scheduler);
        if (core_load_relaxed(&scheduler->look)) /* set by our own tick */
            sockets_look(scheduler);
        struct process *process =
            runtime->seeded ? run_queue_pick(&scheduler->queue, runtime->config.seams)
                            : run_queue_shift(&scheduler->queue);
        if (process == NULL && core_seat_in_use(&runtime->sockets.seat) &&
            sockets_look(scheduler))
            continue;
        if (process == NULL)
            process = search(scheduler);
        if (process == NULL) {
            sleep_until_woken(scheduler);
            continue;
        }
        stop_searching(scheduler, true);
        run(scheduler, process);
    }
    core_worker_disarm(&scheduler->worker);
    activity_close(&scheduler->activity);
}

void *scheduler_main(void *argument)
{
    struct scheduler *scheduler = argument;
    struct actors *runtime = scheduler->runtime;
    unsigned index = scheduler->worker.index;
    char name[16];
    snprintf(name, sizeof name, "actors-%u", index);
    core_thread_name(name);
    int rc =
        runtime->config.cpus != NULL ? core_thread_bind(runtime->config.cpus[index]) : 0;
    if (rc == 0) /* a seeded schedule must not depend on time */
        rc = core_worker_enter(&scheduler->worker,
                               runtime->seeded ? 0 : runtime->config.tick_ns);
    assert(rc != 0 || scheduler_self() == scheduler);
    scheduler->start_error = rc;
    core_context_adopt(&scheduler->context);
    if (rc == 0)
        activity_open(&scheduler->activity);
    core_add_acq_rel(&runtime->ready, 1); /* pairs with the acquire in actors_start */
    core_unpark(&runtime->caller);
    if (rc != 0)
        return NULL;
    schedule(scheduler);
    core_worker_exit(&scheduler->worker);
    return NULL;
}
