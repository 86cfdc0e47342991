/* The scheduler: what a worker does with its turns (Go's proc.go).
 *
 *        +--> next_goroutine -----> run one turn -----> after_turn --+
 *        |      own next, own ring, global (first each 61st turn),   |
 *        |      half of another's ring; nothing: sleep               |
 *        +-----------------------------------------------------------+
 *
 * Invariants
 *  1. A worker empties its own queue before it sleeps, and only it puts goroutines there.
 *     So a runnable goroutine lies with a worker that is awake, or in the global queue,
 *     which is looked at under the lock under which one becomes idle.
 *  2. Hence, when all workers are idle and no timer is pending, nothing will ever run:
 *     a deadlock (idle.c).
 *  3. Waking sleepers only adds parallelism, it never saves a goroutine. The checks
 *     before a wake-up are therefore relaxed loads; a wake-up missed by a race, or left
 *     out on purpose, is made up for by the next tick.
 *
 * Hand-off. A goroutine that makes another one runnable is mostly about to block, and the
 * other then runs here, on a warm cache; waking a second worker for it costs more than
 * its turn. So lone work in `next` wakes nobody. If a tick finds the same turn still
 * going on and work in `next`, the goroutine computes: a sleeper is woken, and its later
 * hand-offs wake one at once, until it is seen to block within a tick again.
 *
 * Rejected: switching to the receiver at each send (a buffer then saves nothing);
 * a thread that watches for long turns (it waits behind the loops it is to stop).
 */
#include "compaction.h"

enum { STEAL_PASSES = 4, STEAL_NEXT_NS = 3000 };

/* Puts a goroutine behind the ring; a full ring moves half of it to the global queue. */
static void enqueue(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    struct csp_goroutine *batch[RUNQ_HALF + 1];
    while (!csp_runq_put(&worker->queue, goroutine)) {
        if (csp_runq_take_half(&worker->queue, batch)) {
            batch[RUNQ_HALF] = goroutine;
            csp_global_put_batch(worker->csp, batch, RUNQ_HALF + 1);
            return;
        }
    }
}

/* Whether there is more to do here than the worker will come to by itself: see Hand-off.
 */
static bool wants_help(struct csp_worker *worker)
{
    struct csp_goroutine *running = csp_running(worker);
    return csp_runq_count(&worker->queue) > 0 ||
           (running != NULL && core_load_relaxed(&running->computes)); /* own field */
}

/* A locked goroutine goes to its thread; what an extra worker makes ready to the others.
 */
static void ready_apart(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    if (core_load_relaxed(&goroutine->on_thread)) { /* as csp_ready */
        csp_bound_give(worker->csp, goroutine);
        return;
    }
    assert(worker->is_extra);
    csp_global_put(worker->csp, goroutine);
    csp_wake_one(worker, true);
}

void csp_ready(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_WAITING && "only what waits is made ready");
    csp_set_state(goroutine, G_RUNNABLE);
    core_trace(&worker->trace, CORE_TRACE_WAKE,
               worker->trace.events != NULL && csp_running(worker) != NULL
                   ? csp_id(csp_running(worker))
                   : 0,
               csp_id(goroutine));
    /* relaxed: came with the goroutine */
    if (CSP_UNLIKELY(core_load_relaxed(&goroutine->on_thread) || worker->is_extra)) {
        ready_apart(worker, goroutine);
        return;
    }
    struct csp_goroutine *kicked = csp_runq_swap_next(&worker->queue, goroutine);
    if (kicked != NULL)
        enqueue(worker, kicked);
    /* relaxed: invariant 3 */
    if (core_load_relaxed(&worker->csp->idle_count) > 0 && wants_help(worker))
        csp_wake_one(worker, true);
}

void csp_switch(struct csp_worker *worker, enum csp_end end)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    assert(goroutine != NULL && goroutine->last_worker == worker->index);
    worker->end = end;
    core_context_switch(&goroutine->context, &worker->main);
}

void csp_park(struct csp_worker *worker, enum csp_wait wait,
              void (*release)(struct csp_goroutine *))
{
    struct csp_goroutine *goroutine = csp_running(worker);
    assert(csp_state(goroutine) == G_RUNNING);
    csp_set_state(goroutine, G_WAITING);
    core_store_relaxed(&goroutine->wait, (uint8_t)wait); /* for a dump, as the next */
    core_store_relaxed(&goroutine->since_s, core_load_relaxed(&worker->now_s));
    /* relaxed: own fields, shared with this thread's handler */
    if (core_load_relaxed(&goroutine->computes) &&
        worker->tick_turns != core_load_relaxed(&worker->turns))
        core_store_relaxed(&goroutine->computes, false);
    worker->release = release;
    csp_switch(worker, END_BLOCK);
}

void csp_release_held(struct csp_goroutine *goroutine)
{
    core_lock_give(goroutine->held);
}

static void release_nothing(struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_WAITING);
    (void)goroutine;
}

void csp_park_for_ever(struct csp_worker *worker, enum csp_wait wait)
{
    csp_park(worker, wait, release_nothing);
    assert(false && "a goroutine that waits for nothing was woken");
    __builtin_unreachable();
}

uint32_t csp_random(struct csp_worker *worker, uint32_t bound)
{
    if (CSP_UNLIKELY(worker->csp->seeded))
        return core_choose(worker->csp->seams, bound, 0);
    return core_rng_below(&worker->rng, bound);
}

/* --- Taking turns away --------------------------------------------------------- */

struct csp_worker *csp_enter_slow(struct csp_worker *worker)
{
    enum { SEEDED_YIELD = 3 }; /* one call of three gives the turn away */
    if (worker->csp->seeded) {
        if (core_choose(worker->csp->seams, SEEDED_YIELD, 1) == 0)
            csp_switch(worker, END_YIELD);
    } else {
        csp_count(worker, CSP_PREEMPTED_FLAG);
        csp_switch(worker, END_PREEMPT);
    }
    return csp_here();
}

static void on_yield(struct core_worker *core)
{
    struct csp_worker *worker = (struct csp_worker *)core;
    csp_count(worker, CSP_PREEMPTED_PLANTED);
    csp_switch(worker, END_PREEMPT);
}

/* Whether a sleeping worker could do something of use; see Hand-off. In the handler. */
static bool has_stale_work(struct csp_worker *worker)
{
    /* All relaxed: hints, and invariant 3; another look follows in a tick. */
    uint64_t turns = core_load_relaxed(&worker->turns);
    struct csp_goroutine *running = core_load_relaxed(&worker->running);
    bool same_turn = turns == worker->tick_turns && running != NULL;
    worker->tick_turns = turns;
    bool lone = same_turn && core_load_relaxed(&worker->queue.next) != NULL;
    if (lone)
        core_store_relaxed(&running->computes, true);
    uint64_t deadline_ns = core_load_relaxed(&worker->next_deadline_ns);
    return lone || csp_runq_count(&worker->queue) > 0 ||
           core_load_relaxed(&worker->csp->global_count) > 0 ||
           (deadline_ns != CORE_TIMER_NEVER && deadline_ns <= core_now_ns());
}

static bool on_tick(struct core_worker *core)
{
    struct csp_worker *worker = (struct csp_worker *)core;
    struct csp *csp = worker->csp;
    /* relaxed: shared with this handler's own thread only */
    unsigned ticks = core_load_relaxed(&worker->slice_ticks) + 1;
    core_store_relaxed(&worker->slice_ticks, ticks);
    core_store_relaxed(&worker->now_s, (uint32_t)(core_now_ns() / CORE_NS_PER_S));
    bool stale = has_stale_work(worker);
    if (CSP_UNLIKELY(csp_net_forgotten(&csp->net))) { /* see idle.c, Sockets */
        core_store_relaxed(&worker->look, true);      /* for this thread */
        stale = true;
    }
    if (stale && core_load_relaxed(&csp->idle_count) > 0) /* a hint */
        csp_wake_one(worker, false);
    /* relaxed: seen at this tick or at the next */
    return ticks >= CSP_SLICE_TICKS || core_load_relaxed(&csp->stopping);
}

static void on_fault(struct core_worker *core, const struct core_fault *fault)
{
    csp_fail_fault((struct csp_worker *)core, fault);
}

const struct core_worker_hooks csp_hooks = {
    .tick = on_tick, .yield = on_yield, .fault = on_fault};

/* --- Finding work -------------------------------------------------------------- */

/* The next goroutine of another worker, but only if that one stays in the same turn: a
 * goroutine that is about to block leaves it to its own worker (Go's runqgrab). */
static struct csp_goroutine *steal_next(struct csp_worker *victim)
{
    struct csp_goroutine *next = core_load_relaxed(&victim->queue.next); /* a hint */
    if (next == NULL)
        return NULL;
    uint64_t turn = core_load_relaxed(&victim->turns);
    for (uint64_t until_ns = core_now_ns() + STEAL_NEXT_NS; core_now_ns() < until_ns;)
        core_pause();
    if (core_load_relaxed(&victim->turns) != turn) /* a hint */
        return NULL;
    return csp_runq_steal_next(&victim->queue, next) ? next : NULL;
}

static struct csp_goroutine *steal_from(struct csp_worker *worker,
                                        struct csp_worker *victim, bool last_pass)
{
    uint32_t taken = 1;
    assert(victim != worker && worker->spinning);
    struct csp_goroutine *goroutine =
        csp_runq_steal(&worker->queue, &victim->queue, &taken);
    if (goroutine == NULL && last_pass) {
        csp_alarms_run(worker, victim);
        goroutine = csp_runq_take_next(&worker->queue);
        if (goroutine == NULL) /* another thief may have taken the first fired */
            goroutine = csp_runq_take(&worker->queue);
        if (goroutine != NULL)
            return goroutine;
        taken = 1;
        goroutine = steal_next(victim);
    }
    if (goroutine != NULL) {
        csp_count(worker, CSP_STEALS);
        core_count(&worker->counters, CSP_STOLEN, taken);
        core_trace(&worker->trace, CORE_TRACE_STEAL, csp_id(goroutine), taken);
    }
    return goroutine;
}

/* Whether one more worker may look for work: at most half as many as there are busy ones.
 */
static bool may_spin(struct csp *csp)
{
    /* relaxed: a bound for cost, not for correctness */
    int spinning = core_load_relaxed(&csp->spinning);
    int busy = (int)(csp->workers_count - core_load_relaxed(&csp->idle_count));
    return 2 * spinning < busy;
}

/* Visits the others in a random order: from a random start with a random stride that is
 * coprime to their number, which reaches each once. */
static struct csp_goroutine *steal_work(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    unsigned count = csp->workers_count;
    if (count == 1 || (!worker->spinning && !may_spin(csp)))
        return NULL;
    if (!worker->spinning) {
        worker->spinning = true;
        core_add_relaxed(&csp->spinning, 1); /* the end of spinning orders: idle.c */
    }
    for (int pass = 1; pass <= STEAL_PASSES; pass++) {
        unsigned at = core_rng_below(&worker->rng, count);
        unsigned stride =
            csp->coprimes[core_rng_below(&worker->rng, csp->coprimes_count)];
        for (unsigned i = 0; i < count; i++, at = (at + stride) % count) {
            struct csp_goroutine *goroutine = NULL;
            if (at != worker->index)
                goroutine = steal_from(worker, &csp->workers[at], pass == STEAL_PASSES);
            if (goroutine != NULL)
                return goroutine;
        }
    }
    return NULL;
}

/* Under a seed: everything runnable is in the ring or next, and any of it may come first.
 */
static struct csp_goroutine *draw(struct csp_worker *worker)
{
    struct csp_runq *queue = &worker->queue;
    assert(worker->csp->workers_count == 1 && "one thread, one order");
    csp_compaction_draw(worker);
    struct csp_goroutine *first = csp_global_take(worker, RUNQ_HALF);
    struct csp_goroutine *next = csp_runq_take_next(queue);
    if (first != NULL)
        enqueue(worker, first);
    if (next != NULL)
        enqueue(worker, next);
    uint32_t count = csp_runq_count(queue);
    if (count == 0)
        return NULL;
    /* One thread runs the whole of a seeded runtime: relaxed is as good as plain. */
    uint32_t head = core_load_relaxed(&queue->head);
    uint32_t at = head + core_choose(worker->csp->seams, count, 0);
    struct csp_goroutine *chosen = core_load_relaxed(&queue->slots[at % RUNQ_SLOTS]);
    /* relaxed: as above */
    core_store_relaxed(&queue->slots[at % RUNQ_SLOTS],
                       core_load_relaxed(&queue->slots[head % RUNQ_SLOTS]));
    core_store_relaxed(&queue->slots[head % RUNQ_SLOTS], chosen);
    return csp_runq_take(queue);
}

/* A goroutine to run, from the nearest place that has one, or NULL. */
static struct csp_goroutine *find_work(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    struct csp_goroutine *goroutine = NULL;
    bool may_inherit = worker->inherit;
    worker->inherit = false;
    /* relaxed: written by this worker, or it will see a change later */
    if (CSP_UNLIKELY(core_load_relaxed(&worker->next_deadline_ns) != CORE_TIMER_NEVER))
        csp_alarms_run(worker, worker);
    if (CSP_UNLIKELY(core_load_relaxed(&worker->look))) /* by its own handler */
        csp_net_look(worker);
    if (CSP_UNLIKELY(csp->seeded))
        return draw(worker);
    /* relaxed: own field */
    if (CSP_UNLIKELY(core_load_relaxed(&worker->turns) % CSP_GLOBAL_TURNS == 0))
        goroutine = csp_global_take(worker, 0);
    if (goroutine == NULL) {
        goroutine = csp_runq_take_next(&worker->queue);
        worker->inherit = goroutine != NULL && may_inherit;
    }
    if (goroutine == NULL)
        goroutine = csp_runq_take(&worker->queue);
    if (goroutine == NULL)
        goroutine = csp_global_take(worker, RUNQ_HALF - 1);
    if (goroutine == NULL && csp_net_waited(&csp->net) && csp_net_look(worker))
        goroutine = csp_runq_take_next(&worker->queue);
    if (goroutine == NULL)
        goroutine = steal_work(worker);
    return goroutine;
}

/* --- Turns --------------------------------------------------------------------- */

/* A new slice of time for the goroutine that is to run. */
static void begin_slice(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    core_store_relaxed(&worker->slice_ticks, 0); /* shared with the own handler only */
    if (CSP_LIKELY(core_preempt_wanted(&worker->core) == csp->seeded))
        return;
    /* seq_cst on both sides (Dekker): csp_stop_workers stores `stopping` and then
     * `preempt`; whoever comes second sees the other's store, so no stop is lost. */
    core_store_seq_cst(&worker->core.preempt, csp->seeded);
    if (core_load_seq_cst(&csp->stopping))
        core_store_relaxed(&worker->core.preempt, true);
}

/* Inlined wherever it is used: a call here would lie between what one goroutine's park has
 * pushed onto the predictor of returns and the next one's returns, and miss each of them. */
CORE_INLINE void run_turn(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_RUNNABLE && "what runs was runnable");
    assert(goroutine->stack != NULL && csp_running(worker) == NULL);
    csp_set_state(goroutine, G_RUNNING);
    goroutine->last_worker = (uint16_t)worker->index;
    if (!worker->inherit)
        begin_slice(worker);
    csp_count(worker, CSP_SWITCHES);
    core_trace(&worker->trace, CORE_TRACE_RUN, csp_id(goroutine), 0);
    /* relaxed: own fields; thieves and the handler take them as hints */
    core_store_relaxed(&worker->turns, core_load_relaxed(&worker->turns) + 1);
    core_store_relaxed(&worker->running, goroutine);
    if (CSP_UNLIKELY(goroutine->is_private))
        csp_compaction_resume(worker, goroutine);
    core_worker_set_stack(&worker->core, &goroutine->stack,
                          core_stack_floor(goroutine->stack));
    core_context_switch(&worker->main, &goroutine->context);
    core_worker_set_stack(&worker->core, NULL, 0);
    core_store_relaxed(&worker->running, NULL); /* as above */
}

static void fail_run(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    assert((worker->failure.panic == NULL) != (worker->failure.text == NULL));
    core_trace(&worker->trace, CORE_TRACE_END_EXIT, csp_id(goroutine), 1);
    if (csp_end_run(worker->csp, 2)) {
        csp_report_failure(worker, goroutine);
        csp_stop_workers(worker->csp);
    }
}

static void end_goroutine(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    bool is_main = csp_is_main(goroutine);
    if (CSP_UNLIKELY(worker->is_extra))
        csp_bound_end(worker, goroutine);
    core_trace(&worker->trace, CORE_TRACE_END_EXIT, csp_id(goroutine), 0);
    csp_goroutine_end(worker, goroutine);
    if (is_main && !worker->csp->main_gone && csp_end_run(worker->csp, 0))
        csp_stop_workers(worker->csp);
}

/* Does what a goroutine could not do about itself while it ran. */
static void after_turn(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    enum csp_end end = worker->end;
    worker->inherit = end == END_BLOCK || end == END_EXIT;
    switch (end) {
    case END_BLOCK:
        assert(csp_state(goroutine) == G_WAITING);
        core_trace(&worker->trace, CORE_TRACE_END_BLOCK, csp_id(goroutine),
                   core_load_relaxed(&goroutine->wait)); /* own */
        if (CSP_UNLIKELY(goroutine->is_private))
            csp_compaction_park(worker, goroutine);
        else
            worker->release(goroutine); /* from here on it may run elsewhere */
        break;
    case END_YIELD:
    case END_PREEMPT:
        assert(csp_state(goroutine) == G_RUNNING);
        csp_set_state(goroutine, G_RUNNABLE);
        core_trace(&worker->trace,
                   end == END_YIELD ? CORE_TRACE_END_YIELD : CORE_TRACE_END_PREEMPT,
                   csp_id(goroutine), 0);
        csp_global_put(worker->csp, goroutine);
        break;
    case END_EXIT:
        end_goroutine(worker, goroutine);
        break;
    case END_DUMP:
        csp_dump_asked(worker, goroutine);
        csp_set_state(goroutine, G_RUNNABLE);
        csp_global_put(worker->csp, goroutine);
        break;
    case END_LOCK:
        csp_set_state(goroutine, G_RUNNABLE);
        csp_bound_give(worker->csp, goroutine);
        break;
    case END_FAIL:
        fail_run(worker, goroutine);
        break;
    }
}

void csp_work(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    struct csp_goroutine *goroutine = NULL;
    for (;;) {
        /* relaxed: a stop is also a tick's business, and idling asks under the lock */
        if (CSP_LIKELY(!core_load_relaxed(&csp->stopping)))
            goroutine = find_work(worker);
        else
            goroutine = NULL;
        if (goroutine == NULL) {
            if (!csp_idle(worker))
                return;
            continue;
        }
        if (CSP_UNLIKELY(worker->spinning))
            csp_spin_end(worker);
        if (CSP_UNLIKELY(goroutine->stack == NULL) &&
            !csp_goroutine_start(worker, goroutine)) {
            worker->failure =
                (struct csp_failure){.text = "runtime: cannot allocate a stack"};
            fail_run(worker, goroutine);
            continue;
        }
        run_turn(worker, goroutine);
        after_turn(worker, goroutine);
    }
}

/* What an extra worker does instead of queueing a goroutine that goes on. */
static void go_on_apart(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    if (worker->end == END_DUMP)
        csp_dump_asked(worker, goroutine);
    csp_set_state(goroutine, G_RUNNABLE);
    ready_apart(worker, goroutine);
}

void csp_work_extra(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    for (;;) {
        struct csp_goroutine *goroutine = NULL;
        if (!core_load_relaxed(&csp->stopping)) { /* as csp_work */
            csp_alarms_run(worker, worker);
            goroutine = csp_bound_take(worker);
        }
        if (goroutine == NULL) {
            if (!csp_idle(worker))
                return;
            continue;
        }
        if (csp_state(goroutine) == G_WAITING) { /* see block.c */
            csp_native_run(worker, goroutine);
            csp_bound_end(worker, goroutine);
            csp_ready(worker, goroutine);
            continue;
        }
        run_turn(worker, goroutine);
        if (worker->end == END_BLOCK || worker->end == END_EXIT ||
            worker->end == END_FAIL)
            after_turn(worker, goroutine);
        else
            go_on_apart(worker, goroutine);
        assert(csp_runq_count(&worker->queue) == 0 && "an extra worker has no queue");
    }
}
