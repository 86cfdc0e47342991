/* Looking at a runtime from outside.
 *
 *  1. What is read here has one writer at a time, which stores it whole (counters,
 *     core_publish), so a reader finds each number as it was at some moment. Nothing is
 *     locked, so no scheduler ever waits for a reader, but for the registry's lock.
 *  2. Slots of processes are never unmapped, and change hands only by way of pid 0. A row
 *     counts only if the slot has the same pid before and after the other fields were
 *     read. Each slot is looked at once, so no process is shown twice.
 */
#include "internal.h"

#include <core/worker.h>

/* --- the runtime ----------------------------------------------------------------- */

static uint64_t count_of(const struct scheduler *scheduler, enum counter counter)
{
    return core_load_relaxed(&scheduler->counters.value[counter]); /* rule 1 */
}

static actor_pid running_of(const struct scheduler *scheduler)
{
    struct process *process = core_glance(&scheduler->current);
    return process == NULL ? 0 : core_load_relaxed(&process->pid); /* rule 1 */
}

/* The counts of kinds may be of another moment than the length. */
static uint32_t less(uint32_t from, uint32_t what)
{
    return from > what ? from - what : 0;
}

static void read_queue(const struct run_queue *queue, uint32_t runnable[4])
{
    uint32_t total = run_queue_total(queue), urgent = core_glance(&queue->urgent);
    runnable[ACTOR_MAX] = core_glance(&queue->most);
    runnable[ACTOR_HIGH] = less(urgent, runnable[ACTOR_MAX]);
    runnable[ACTOR_LOW] = core_glance(&queue->low);
    runnable[ACTOR_NORMAL] = less(total, urgent + runnable[ACTOR_LOW]);
}

static void read_scheduler(const struct scheduler *scheduler,
                           struct actors_scheduler *into)
{
    struct activity_split split = activity_read(&scheduler->activity);
    *into = (struct actors_scheduler){
        .activity = split.now,
        .running = running_of(scheduler),
        .wall_ns = split.wall_ns,
        .turns = core_load_relaxed(&scheduler->turns), /* rule 1 */
        .reductions = count_of(scheduler, COUNT_REDUCTIONS),
        .spawned = count_of(scheduler, COUNT_SPAWNED),
        .ended = count_of(scheduler, COUNT_ENDED),
        .sent = count_of(scheduler, COUNT_SENT),
        .received = count_of(scheduler, COUNT_RECEIVED),
        .yields = count_of(scheduler, COUNT_YIELDS),
        .preempted = count_of(scheduler, COUNT_PREEMPTED),
        .stolen = count_of(scheduler, COUNT_STOLEN),
        .parks = count_of(scheduler, COUNT_PARKS),
        .wakes = count_of(scheduler, COUNT_WAKES),
        .timeouts = count_of(scheduler, COUNT_TIMEOUTS),
        .timers = core_glance(&scheduler->timers_pending),
        .stacks_cached = core_glance(&scheduler->stack_count),
    };
    for (unsigned i = 0; i < ACTORS_ACTIVITIES; i++)
        into->spent_ns[i] = split.spent_ns[i];
    read_queue(&scheduler->queue, into->runnable);
}

static void read_memory(const struct actors *runtime, struct actors_snapshot *into)
{
    into->process_slots = core_glance(&runtime->slots_made);
    into->table_bytes = (uint64_t)into->process_slots * sizeof(struct process);
    into->pool_bytes = core_depot_bytes(&runtime->depot);
    for (unsigned i = 0; i < STACK_CLASSES; i++) {
        size_t made, idle;
        core_stacks_count(&runtime->stacks[i], &made, &idle);
        into->stacks += made;
        into->stacks_idle += idle;
        into->stack_bytes += made * runtime->stacks[i].stack_bytes;
    }
    /* What is freed is read first: else it could seem more than what was made. */
    uint64_t freed = 0, made = 0;
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        freed += count_of(&runtime->schedulers[i], COUNT_UNSHARED_BYTES);
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        made += count_of(&runtime->schedulers[i], COUNT_SHARED_BYTES);
    into->shared_bytes = made > freed ? made - freed : 0;
}

void actors_snapshot(const struct actors *runtime, struct actors_snapshot *snapshot,
                     struct actors_scheduler *schedulers, size_t room)
{
    *snapshot = (struct actors_snapshot){
        .time_ns = core_now_ns(),
        .schedulers = runtime->config.schedulers,
        .processes = actors_processes(runtime),
        .process_limit = runtime->config.process_limit,
        .names = core_glance(&runtime->registry.count),
    };
    read_memory(runtime, snapshot);
    for (unsigned i = 0; i < runtime->config.schedulers; i++) {
        struct actors_scheduler row;
        read_scheduler(&runtime->schedulers[i], &row);
        snapshot->pending_timers += row.timers;
        for (unsigned p = 0; p <= ACTOR_MAX; p++)
            snapshot->runnable += row.runnable[p];
        snapshot->turns += row.turns;
        snapshot->reductions += row.reductions;
        snapshot->sent += row.sent;
        snapshot->received += row.received;
        if (i < room)
            schedulers[i] = row;
    }
}

void actors_system_info(const struct actors *runtime, struct actors_system_info *info)
{
    *info = (struct actors_system_info){
        .version = ACTORS_VERSION,
        .schedulers = runtime->config.schedulers,
        .process_limit = runtime->config.process_limit,
        .reductions = runtime->config.reductions,
        .trace_events = runtime->config.trace_events,
        .tick_ns = runtime->config.tick_ns,
        .process_bytes = sizeof(struct process),
        .message_bytes = sizeof(struct signal),
        .preempts_loops = core_preempt_plants() && !runtime->seeded,
        .seeded = runtime->seeded,
    };
    static_assert(STACK_CLASSES == sizeof info->stack_bytes / sizeof *info->stack_bytes,
                  "each class is told");
    for (unsigned i = 0; i < STACK_CLASSES; i++)
        info->stack_bytes[i] = runtime->stacks[i].stack_bytes;
}

/* --- processes ------------------------------------------------------------------- */

static bool runs(const struct actors *runtime, const struct process *process)
{
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        if (core_glance(&runtime->schedulers[i].current) == process)
            return true;
    return false;
}

static enum actor_status status_of(const struct actors *runtime,
                                   const struct process *process)
{
    /* relaxed: the mark alone says that it waits; it is a hint like all others */
    bool idle = (core_load_relaxed(&process->queue.head) & CORE_MPSC_IDLE) != 0;
    if (core_glance(&process->suspended) > 0)
        return ACTOR_SUSPENDED;
    if (core_glance(&process->dirty) != NULL)
        return ACTOR_RUNNING; /* or soon, on a dirty scheduler */
    if (idle)
        return core_glance(&process->hibernates) ? ACTOR_HIBERNATING : ACTOR_WAITING;
    return runs(runtime, process) ? ACTOR_RUNNING : ACTOR_RUNNABLE;
}

static size_t stack_bytes_of(const struct actors *runtime, const struct process *process)
{
    bool has = core_glance(&process->stack) != NULL;
    unsigned class = core_glance(&process->stack_class);
    assert(class < STACK_CLASSES);
    return has ? runtime->stacks[class].stack_bytes : 0;
}

/* False: nobody lives there, or its process ended meanwhile. */
static bool read_process(struct actors *runtime, struct process *process,
                         struct actors_process *row)
{
    /* acquire: the fields of this owner, not of the one before */
    actor_pid pid = core_load_acquire(&process->pid);
    if (pid == 0)
        return false;
    assert((uint32_t)pid == process->slot + 1 && "a pid lives in its own slot");
    row->pid = pid;
    row->parent = core_glance(&process->parent);
    row->status = status_of(runtime, process);
    row->priority = (enum actor_priority)core_glance(&process->priority);
    row->initial = core_glance(&process->initial);
    row->current = core_glance(&process->body);
    row->messages = core_glance(&process->kept);
    row->reductions = core_glance(&process->spent) + core_glance(&process->owed);
    row->relations = core_glance(&process->relations.count);
    row->heap_bytes = core_glance(&process->heap_bytes);
    row->stack_bytes = stack_bytes_of(runtime, process);
    registry_name_of(&runtime->registry, process, pid, row->name);
    /* relaxed: after acquires, which have met the releases of whoever stored; so a field of
     * a later owner cannot be seen and its pid not */
    return core_load_relaxed(&process->pid) == pid;
}

size_t actors_visit_processes(struct actors *runtime,
                              void (*visit)(void *context,
                                            const struct actors_process *process),
                              void *context)
{
    struct actors_process row;
    size_t shown = 0;
    for (uint32_t slot = 1; slot <= runtime->chunk_count * SLOTS_PER_CHUNK; slot++) {
        struct process *process = table_find(runtime, slot);
        if (process == NULL)
            break; /* chunks are made in order */
        if (!read_process(runtime, process, &row))
            continue;
        visit(context, &row);
        shown++;
    }
    return shown;
}

size_t actor_processes(actor_pid *pids, size_t room)
{
    struct actors *runtime = scheduler_enter_handled(1)->runtime;
    size_t found = 0;
    for (uint32_t slot = 1; slot <= runtime->chunk_count * SLOTS_PER_CHUNK; slot++) {
        struct process *process = table_find(runtime, slot);
        if (process == NULL)
            break; /* chunks are made in order */
        /* acquire: pairs with the release in release_all: who has ended is not shown */
        actor_pid pid = core_load_acquire(&process->pid);
        if (pid != 0 && found++ < room)
            pids[found - 1] = pid;
        if (slot % SLOTS_PER_CHUNK == 0)
            scheduler_enter(SLOTS_PER_CHUNK / 8);
    }
    return found;
}
