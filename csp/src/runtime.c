/* Starting, running, stopping; counters and traces. */
#include "compaction.h"

#include <core/thread.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#if CORE_SANITIZED
#define STACK_BYTES ((size_t)256 * 1024)
#else
#define STACK_BYTES ((size_t)64 * 1024)
#endif

enum { COMPACT_NS = 1000000000, COMPACT_ABOVE = 8192, COMPACT_PERMILLE = 4 };

/* --- Workers ------------------------------------------------------------------- */

static void note_start_error(struct csp *csp, int error)
{
    core_lock_take(&csp->lock);
    if (csp->start_error == 0)
        csp->start_error = error;
    core_lock_give(&csp->lock);
}

static int enter_worker(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    char name[16];
    snprintf(name, sizeof name, "csp %u", worker->index);
    core_thread_name(name);
    prctl(PR_SET_TIMERSLACK,
          1UL); /* sleepers are late enough without the default 50 us */
    int error = csp->cpus == NULL || worker->is_extra
                    ? 0
                    : core_thread_bind(csp->cpus[worker->index]);
    if (error == 0)
        error = core_worker_enter(&worker->core, csp->seeded ? 0 : CSP_TICK_NS);
    if (error == 0)
        core_context_adopt(&worker->main);
    return error;
}

static void *run_thread(void *argument)
{
    struct csp_worker *worker = argument;
    int error = enter_worker(worker);
    if (error != 0) {
        note_start_error(worker->csp, error);
        core_unpark(&worker->csp->caller);
        return NULL;
    }
    csp_work(worker);
    core_worker_exit(&worker->core);
    return NULL;
}

static void *run_extra_thread(void *argument)
{
    struct csp_worker *worker = argument;
    int error = enter_worker(worker);
    /* release: pairs with the acquire of who started the thread */
    core_store_release(&worker->started, error == 0 ? 1 : error);
    if (error == 0) {
        csp_work_extra(worker);
        core_worker_exit(&worker->core);
    }
    return NULL;
}

static int open_worker(struct csp *csp, struct csp_worker *worker, unsigned index,
                       uint32_t trace_events)
{
    worker->core.hooks = &csp_hooks;
    worker->core.runtime = csp;
    worker->core.index = index;
    worker->core.seams = csp->seams;
    worker->csp = csp;
    worker->index = index;
    /* A worker's seed only has to differ from the others'. */
    core_rng_seed(&worker->rng, (uint32_t)core_now_ns() + index);
    core_pool_open(&worker->pool, &csp->depot);
    core_timers_init(&worker->timers);
    core_store_relaxed(&worker->next_deadline_ns, CORE_TIMER_NEVER); /* no thread yet */
    core_list_init(&worker->idle_link);
    worker->parker.poller = &csp->net.seat.poller;
    core_store_relaxed(&worker->now_s, (uint32_t)(csp_clock(csp) / CORE_NS_PER_S));
    return core_trace_open(&worker->trace, trace_events, index);
}

int csp_worker_start(struct csp *csp, struct csp_worker *extra)
{
    assert(extra->is_extra && extra->index >= csp->workers_count);
    int error = open_worker(csp, extra, extra->index, 0);
    if (error == 0)
        error = core_fails(csp->seams, CORE_FAIL_THREAD)
                    ? -EAGAIN
                    : -pthread_create(&extra->thread, NULL, run_extra_thread, extra);
    if (error != 0)
        return error;
    int started = 0;
    /* acquire: pairs with the release of the thread */
    while ((started = core_load_acquire(&extra->started)) == 0)
        sched_yield();
    if (started < 0)
        pthread_join(extra->thread, NULL);
    return started < 0 ? started : 0;
}

/* Waits until all workers are idle, or one could not start. */
static int await_start(struct csp *csp)
{
    for (;;) {
        core_lock_take(&csp->lock);
        int error = csp->start_error;
        /* relaxed: written under the lock */
        bool all = core_load_relaxed(&csp->idle_count) == csp->workers_count;
        core_lock_give(&csp->lock);
        if (error != 0 || all)
            return error;
        core_park(&csp->caller, CORE_PARK_FOREVER);
    }
}

/* --- Starting and stopping ----------------------------------------------------- */

static unsigned gcd(unsigned a, unsigned b)
{
    while (b != 0) {
        unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void find_coprimes(struct csp *csp)
{
    for (unsigned i = 1; i <= csp->workers_count; i++)
        if (gcd(i, csp->workers_count) == 1)
            csp->coprimes[csp->coprimes_count++] = i;
}

static int open_memory(struct csp *csp, const struct csp_config *config)
{
    size_t bytes = config->workers * sizeof *csp->workers;
    bool fails = core_fails(config->seams, CORE_FAIL_MEMORY);
    csp->workers = fails ? NULL : aligned_alloc(CORE_CACHE_LINE, bytes);
    csp->coprimes = calloc(config->workers, sizeof *csp->coprimes);
    csp->extra = calloc(csp->extra_max, sizeof *csp->extra);
    if (csp->workers == NULL || csp->coprimes == NULL || csp->extra == NULL)
        return -ENOMEM;
    memset(csp->workers, 0, bytes);
    core_depot_open(&csp->depot, config->seams);
    int error = core_stacks_open(&csp->stacks,
                                 config->stack_bytes ? config->stack_bytes : STACK_BYTES,
                                 config->seams);
    for (unsigned i = 0; i < config->workers && error == 0; i++)
        error = open_worker(csp, &csp->workers[i], i, csp->trace_events);
    return error;
}

static void close_memory(struct csp *csp)
{
    csp_goroutines_close(csp);
    if (csp->workers != NULL) {
        for (unsigned i = 0; i < csp_workers_all(csp); i++) {
            core_timers_close(&csp_worker_at(csp, i)->timers);
            core_trace_close(&csp_worker_at(csp, i)->trace);
        }
        for (unsigned i = 0; i < csp->extra_count; i++)
            free(csp->extra[i]);
        csp_net_shut(csp);
        core_stacks_close(&csp->stacks);
        core_depot_close(&csp->depot);
    }
    free(csp->extra);
    free(csp->coprimes);
    free(csp->workers);
    free(csp);
}

static int start_threads(struct csp *csp, unsigned *started)
{
    int error = 0;
    for (; *started < csp->workers_count && error == 0; *started += error == 0) {
        struct csp_worker *worker = &csp->workers[*started];
        error = core_fails(csp->seams, CORE_FAIL_THREAD)
                    ? -EAGAIN
                    : -pthread_create(&worker->thread, NULL, run_thread, worker);
    }
    return error;
}

static void join_threads(struct csp *csp, unsigned count)
{
    core_lock_take(&csp->lock);
    csp->state = CSP_QUIT;
    core_lock_give(&csp->lock);
    for (unsigned i = 0; i < count; i++)
        core_unpark(&csp_worker_at(csp, i)->parker);
    for (unsigned i = 0; i < count; i++)
        pthread_join(csp_worker_at(csp, i)->thread, NULL);
}

static bool sound(const struct csp_config *config)
{
    bool seeded = config->seams != NULL && config->seams->seeded;
    return config->workers >= 1 && config->workers <= CSP_WORKERS_MAX &&
           config->threads <= CSP_THREADS_MAX && (!seeded || config->workers == 1) &&
           config->compact_permille <= 1000;
}

static void configure_compaction(struct csp_compaction *compaction,
                                 const struct csp_config *config)
{
    compaction->after_ns =
        config->compact_after_ns ? config->compact_after_ns : COMPACT_NS;
    compaction->above = config->compact_above ? config->compact_above : COMPACT_ABOVE;
    compaction->permille =
        config->compact_permille ? config->compact_permille : COMPACT_PERMILLE;
}

int csp_start(const struct csp_config *config, struct csp **into)
{
    if (!sound(config))
        return -EINVAL;
    struct csp *csp = aligned_alloc(CORE_CACHE_LINE, sizeof *csp);
    if (csp == NULL)
        return -ENOMEM;
    memset(csp, 0, sizeof *csp);
    csp->workers_count = config->workers;
    csp->cpus = config->cpus;
    csp->seams = config->seams;
    csp->seeded = config->seams != NULL && config->seams->seeded;
    csp->trace_events = config->trace_events;
    configure_compaction(&csp->compaction, config);
    csp->extra_max = config->threads > 0 ? config->threads : CSP_THREADS;
    csp_net_init(csp);
    core_list_init(&csp->idle);
    core_list_init(&csp->extra_idlers);
    core_list_init(&csp->blocks);
    unsigned started = 0;
    int error = open_memory(csp, config);
    if (error == 0) {
        find_coprimes(csp);
        error = start_threads(csp, &started);
        if (error == 0)
            error = await_start(csp);
    }
    if (error != 0) {
        join_threads(csp, started);
        close_memory(csp);
        return error;
    }
    *into = csp;
    return 0;
}

void csp_stop(struct csp *csp)
{
    assert(csp->state == CSP_READY && "csp_stop ends a runtime that runs nothing");
    join_threads(csp, csp_workers_all(csp));
    close_memory(csp);
}

/* --- A run --------------------------------------------------------------------- */

static void begin_run(struct csp *csp, struct csp_goroutine *goroutine)
{
    /* First the work, then the word: else a worker that wakes up without reason in
     * between would find a deadlock. */
    csp_global_put(csp, goroutine);
    core_lock_take(&csp->lock);
    assert(csp->state == CSP_READY && "one run at a time");
    /* relaxed: under the lock */
    assert(core_load_relaxed(&csp->idle_count) == csp->workers_count);
    csp->state = CSP_RUNNING;
    csp->status = 0;
    csp->main_gone = false;
    /* relaxed: workers read it after they have taken the lock, or been unparked */
    core_store_relaxed(&csp->stopping, false);
    struct csp_worker *worker =
        CORE_CONTAINER_OF(csp->idle.next, struct csp_worker, idle_link);
    core_list_remove(&worker->idle_link);
    core_store_relaxed(&csp->idle_count, csp->workers_count - 1); /* under the lock */
    core_lock_give(&csp->lock);
    core_unpark(&worker->parker);
}

static void await_end(struct csp *csp)
{
    for (bool ended = false; !ended;) {
        core_park(&csp->caller, CORE_PARK_FOREVER);
        core_lock_take(&csp->lock);
        ended = csp->state == CSP_READY;
        core_lock_give(&csp->lock);
    }
}

static void empty_queues(struct csp *csp)
{
    csp->extra_free = NULL;
    for (unsigned i = 0; i < csp_workers_all(csp); i++) {
        struct csp_worker *worker = csp_worker_at(csp, i);
        worker->bound = worker->bound_ready = NULL;
        if (worker->is_extra) {
            worker->next_free = csp->extra_free;
            csp->extra_free = worker;
        }
        /* relaxed: all workers are idle; the scheduler's lock orders */
        core_store_relaxed(&worker->queue.next, NULL);
        core_store_relaxed(&worker->queue.head, core_load_relaxed(&worker->queue.tail));
        core_timers_close(&worker->timers);
        core_store_relaxed(&worker->next_deadline_ns, CORE_TIMER_NEVER);
    }
    csp->global_first = csp->global_last = NULL;
    core_store_relaxed(&csp->global_count, 0); /* as above */
}

int csp_run_named(struct csp *csp, void (*main_function)(void *), void *argument,
                  const char *name)
{
    assert(core_worker_self() == NULL && "a goroutine cannot run a runtime");
    csp->main_site = (struct csp_site){.function = name};
    struct csp_goroutine *goroutine =
        csp_goroutine_main(csp, main_function, argument, &csp->main_site);
    if (goroutine == NULL)
        return -ENOMEM;
    begin_run(csp, goroutine);
    await_end(csp);
    assert(csp->status == 0 || csp->status == 2);
    if (csp->program) /* somebody may be in a native call, and what is left in its use */
        return csp->status;
    /* The workers sleep until the next run; what is left is ours. */
    empty_queues(csp);
    csp_net_discard(csp);
    csp_goroutines_discard(csp);
    csp_compaction_reset(csp);
    csp_memory_discard(csp);
    return csp->status;
}

/* --- What happened ------------------------------------------------------------- */

const char *csp_counter_name(enum csp_counter counter)
{
    static const char *const names[] = {
        [CSP_SPAWNED] = "spawned",
        [CSP_SWITCHES] = "switches",
        [CSP_STEALS] = "steals",
        [CSP_STOLEN] = "stolen",
        [CSP_PARKS] = "parks",
        [CSP_WAKES] = "wakes",
        [CSP_PREEMPTED_PLANTED] = "preempted_planted",
        [CSP_PREEMPTED_FLAG] = "preempted_flag",
        [CSP_TIMERS_FIRED] = "timers_fired",
        [CSP_PACKED] = "packed",
        [CSP_UNPACKED] = "unpacked",
    };
    static_assert(sizeof names / sizeof *names == CSP_COUNTERS, "a name for each");
    assert(counter < CSP_COUNTERS);
    return names[counter];
}

uint64_t csp_counter(const struct csp *csp, enum csp_counter counter, int worker)
{
    assert(worker < (int)csp->workers_count);
    const struct csp_worker *first = &csp->workers[worker < 0 ? 0 : worker];
    uint64_t sum =
        core_counters_sum(&first->counters, worker < 0 ? csp->workers_count : 1,
                          sizeof *first, (unsigned)counter);
    for (unsigned i = 0; worker < 0 && i < csp->extra_count; i++)
        sum += core_counters_sum(&csp->extra[i]->counters, 1, 0, (unsigned)counter);
    return sum;
}

size_t csp_trace(const struct csp *csp, unsigned worker, struct core_trace_event *into,
                 size_t room)
{
    assert(worker < csp->workers_count);
    return core_trace_read(&csp->workers[worker].trace, into, room);
}
