/* Starting and stopping a runtime, and what its owner's thread may ask of it. */
#include "internal.h"
#include "native.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if CORE_SANITIZED
#define DEFAULT_STACK_BYTES (256 * 1024)
#else
#define DEFAULT_STACK_BYTES (64 * 1024)
#endif
#define STACK_SMALLEST (16 * 1024)
#define STACK_LARGEST (16 * 1024 * 1024) /* the largest class: 64 times as much */
#define PROCESS_LIMIT_LARGEST (UINT32_C(1) << 27)

static_assert(64 * (uint64_t)STACK_LARGEST <= 1 << 30, "what core_stacks_open takes");
static_assert(ACTORS_MAX_SCHEDULERS % 64 == 0, "the words of sleepers hold all");
static_assert(offsetof(struct scheduler, worker) == 0, "hooks cast the worker back");

static const struct core_worker_hooks hooks = {
    .tick = scheduler_tick,
    .yield = scheduler_preempt,
    .fault = process_fault,
};

static void fill_defaults(struct actors_config *config)
{
    if (config->schedulers == 0)
        config->schedulers = 1;
    if (config->process_limit == 0)
        config->process_limit = 262144;
    if (config->reductions == 0)
        config->reductions = 4000;
    if (config->stack_bytes == 0)
        config->stack_bytes = DEFAULT_STACK_BYTES;
    if (config->tick_ns == 0)
        config->tick_ns = CORE_NS_PER_MS;
    if (config->compact_after_ns == 0)
        config->compact_after_ns = CORE_NS_PER_S;
    if (config->compact_above == 0)
        config->compact_above = 8192;
    if (config->compact_permille == 0)
        config->compact_permille = 4;
    if (config->dirty_cpu == 0)
        config->dirty_cpu = config->schedulers;
    if (config->dirty_io == 0)
        config->dirty_io = 10;
}

static bool acceptable(const struct actors_config *config)
{
    uint32_t trace = config->trace_events;
    bool seeded = config->seams != NULL && config->seams->seeded;
    return config->schedulers <= ACTORS_MAX_SCHEDULERS &&
           (!seeded || config->schedulers == 1) &&
           config->process_limit <= PROCESS_LIMIT_LARGEST &&
           config->compact_permille <= 1000 && config->reductions <= INT32_MAX &&
           config->stack_bytes >= STACK_SMALLEST &&
           config->stack_bytes <= STACK_LARGEST && (trace & (trace - 1)) == 0 &&
           config->dirty_cpu <= ACTORS_MAX_SCHEDULERS &&
           config->dirty_io <= ACTORS_MAX_SCHEDULERS;
}

static int prepare_scheduler(struct actors *runtime, unsigned index)
{
    struct scheduler *scheduler = &runtime->schedulers[index];
    scheduler->runtime = runtime;
    scheduler->worker.hooks = &hooks;
    scheduler->worker.runtime = runtime;
    scheduler->worker.index = index;
    scheduler->worker.seams = runtime->config.seams;
    scheduler->lists = runtime->seeded;
    scheduler->reductions = runtime->seeded ? 0 : (int)runtime->config.reductions;
    core_pool_open(&scheduler->pool, &runtime->depot);
    core_timers_init(&scheduler->timers);
    core_store_relaxed(&scheduler->next_deadline_ns,
                       CORE_TIMER_NEVER); /* not yet shared */
    core_rng_seed(&scheduler->rng, index + 1);
    scheduler->parker.poller = &runtime->sockets.seat.poller;
    return core_trace_open(&scheduler->trace, runtime->config.trace_events, index);
}

static int start_threads(struct actors *runtime)
{
    for (unsigned i = 0; i < runtime->config.schedulers; i++) {
        struct scheduler *scheduler = &runtime->schedulers[i];
        if (core_fails(runtime->config.seams, CORE_FAIL_THREAD) ||
            pthread_create(&scheduler->thread, NULL, scheduler_main, scheduler) != 0)
            return -EAGAIN;
        runtime->started++;
    }
    return 0;
}

/* Waits until each thread has come up or said why not. */
static int await_threads(struct actors *runtime)
{
    /* acquire: pairs with the release in scheduler_main, for start_error */
    while (core_load_acquire(&runtime->ready) < runtime->started)
        core_park(&runtime->caller, CORE_PARK_FOREVER);
    for (unsigned i = 0; i < runtime->started; i++)
        if (runtime->schedulers[i].start_error != 0)
            return runtime->schedulers[i].start_error;
    return 0;
}

void actors_halt(struct actors *runtime)
{
    core_store_release(&runtime->stopping, true); /* pairs with the loops' acquire */
    for (unsigned i = 0; i < runtime->started; i++)
        core_unpark(&runtime->schedulers[i].parker);
    for (unsigned i = 0; i < runtime->started; i++)
        pthread_join(runtime->schedulers[i].thread, NULL);
    runtime->started = 0;
    dirty_halt(runtime);
}

static void free_runtime(struct actors *runtime)
{
    assert(runtime->started == 0 && "threads still use it");
    if (runtime->chunks != NULL)
        table_close(runtime);
    if (runtime->schedulers != NULL) {
        registry_free(&runtime->schedulers[0], &runtime->registry);
        sockets_close(runtime);
    }
    dirty_close(runtime);
    /* After the table: the processes' relations have been freed without cancelling. */
    for (unsigned i = 0; runtime->schedulers != NULL && i < runtime->config.schedulers;
         i++) {
        alarms_close(&runtime->schedulers[i]);
        native_close(&runtime->schedulers[i]);
        core_timers_close(&runtime->schedulers[i].timers);
        core_trace_close(&runtime->schedulers[i].trace);
    }
    for (unsigned i = 0; i < STACK_CLASSES; i++)
        core_stacks_close(&runtime->stacks[i]);
    core_depot_close(&runtime->depot);
    free(runtime->schedulers);
    free(runtime);
}

static int open_parts(struct actors *runtime)
{
    struct actors_config *config = &runtime->config;
    size_t bytes = config->schedulers * sizeof(struct scheduler);
    core_depot_open(&runtime->depot, config->seams);
    core_seat_init(&runtime->sockets.seat, config->seams);
    int rc = 0;
    size_t stack_bytes = config->stack_bytes;
    for (unsigned i = 0; i < STACK_CLASSES && rc == 0; i++, stack_bytes *= 8)
        rc = core_stacks_open(&runtime->stacks[i], stack_bytes, config->seams);
    if (rc != 0)
        return rc;
    if (!core_fails(config->seams, CORE_FAIL_MEMORY))
        runtime->schedulers = aligned_alloc(CORE_CACHE_LINE, bytes);
    if (runtime->schedulers == NULL)
        return -ENOMEM;
    memset(runtime->schedulers, 0, bytes);
    for (unsigned i = 0; i < config->schedulers && rc == 0; i++)
        rc = prepare_scheduler(runtime, i);
    if (rc == 0)
        rc = dirty_open(runtime);
    return rc != 0 ? rc : table_open(runtime);
}

int actors_start(const struct actors_config *config, struct actors **out)
{
    if (out == NULL)
        return -EINVAL;
    *out = NULL;
    if (config == NULL)
        return -EINVAL;
    struct actors_config filled = *config;
    fill_defaults(&filled);
    if (!acceptable(&filled))
        return -EINVAL;
    struct actors *runtime = aligned_alloc(CORE_CACHE_LINE, sizeof *runtime);
    if (runtime == NULL)
        return -ENOMEM;
    memset(runtime, 0, sizeof *runtime);
    runtime->config = filled;
    runtime->seeded = filled.seams != NULL && filled.seams->seeded;
    int rc = open_parts(runtime);
    if (rc == 0)
        rc = start_threads(runtime);
    int come_up = await_threads(runtime);
    if (rc == 0)
        rc = come_up;
    if (rc != 0) {
        actors_halt(runtime);
        free_runtime(runtime);
        return rc;
    }
    *out = runtime;
    return 0;
}

int actors_run(struct actors *runtime, void (*main)(void *), void *argument)
{
    bool idle = false;
    int error;
    if (main == NULL)
        return -EINVAL;
    /* relaxed: set by the owner, who calls */
    if (core_load_relaxed(&runtime->stopping))
        return -ESHUTDOWN;
    if (!core_cas_acq_rel(&runtime->main_busy, &idle, true)) /* one run at a time */
        return -EBUSY;
    struct process *process = process_new(runtime, NULL, main, argument, &error);
    if (process == NULL) {
        core_store_release(&runtime->main_busy,
                           false); /* pairs with the exchange above */
        return error;
    }
    /* release: pairs with the acquire in process_end. The pid is ours until it is queued.
     */
    core_store_release(&runtime->main_pid, core_load_relaxed(&process->pid));
    core_add_relaxed(&runtime->outside_spawns, 1); /* a count by itself */
    run_queue_append(&runtime->schedulers[0].queue, process);
    core_unpark(&runtime->schedulers[0].parker);
    /* acquire: pairs with the release in process_end, for main_status */
    while (core_load_acquire(&runtime->main_pid) != 0)
        core_park(&runtime->caller, CORE_PARK_FOREVER);
    int status = runtime->main_status;
    core_store_release(&runtime->main_busy, false); /* pairs with the exchange above */
    return status;
}

void actors_stop(struct actors *runtime)
{
    if (runtime == NULL)
        return;
    actors_halt(runtime);
    free_runtime(runtime);
}

static uint64_t total(const struct actors *runtime, enum counter counter)
{
    return core_counters_sum(&runtime->schedulers[0].counters, runtime->config.schedulers,
                             sizeof(struct scheduler), counter) +
           dirty_total(runtime, counter);
}

void actors_counters(const struct actors *runtime,
                     void (*visit)(void *, const char *, uint64_t), void *context)
{
    static const char *const names[COUNTERS] = {
        [COUNT_SPAWNED] = "spawned",
        [COUNT_ENDED] = "ended",
        [COUNT_CRASHED] = "crashed",
        [COUNT_SENT] = "sent",
        [COUNT_RECEIVED] = "received",
        [COUNT_TOLD] = "told",
        [COUNT_DROPPED] = "dropped",
        [COUNT_YIELDS] = "yields",
        [COUNT_PREEMPTED] = "preempted",
        [COUNT_STOLEN] = "stolen",
        [COUNT_PARKS] = "parks",
        [COUNT_WAKES] = "wakes",
        [COUNT_TIMEOUTS] = "timeouts",
        [COUNT_LOOKS] = "looks",
        [COUNT_READY] = "ready",
        [COUNT_REDUCTIONS] = "reductions",
        [COUNT_SHARED_BYTES] = "shared_bytes",
        [COUNT_PACKED] = "packed",
        [COUNT_UNPACKED] = "unpacked",
        [COUNT_UNSHARED_BYTES] = "unshared_bytes",
    };
    static_assert(COUNTERS <= CORE_COUNTERS_MAX, "a shard has no room for the counters");
    for (unsigned i = 0; i < COUNTERS; i++)
        visit(context, names[i], total(runtime, i));
    uint64_t turns = 0;
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        turns +=
            core_load_relaxed(&runtime->schedulers[i].turns); /* whole, may be late */
    visit(context, "switches", turns);
    dirty_visit(runtime, visit, context);
}

uint32_t actors_processes(const struct actors *runtime)
{
    /* relaxed: a count by itself. Ended first: a count that is late must not go below
     * zero. */
    uint64_t ended = total(runtime, COUNT_ENDED);
    uint64_t born =
        total(runtime, COUNT_SPAWNED) + core_load_relaxed(&runtime->outside_spawns);
    return (uint32_t)(born - ended);
}

const struct core_trace *actors_trace(const struct actors *runtime, unsigned scheduler)
{
    assert(scheduler < runtime->config.schedulers);
    return &runtime->schedulers[scheduler].trace;
}
