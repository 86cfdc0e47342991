/* Sleeping, waking, and the end of a run.
 *
 * An idle worker is in the list `idle`; entering and leaving it happens under the
 * scheduler's lock, so `idle_count` is exact there. A waker takes the worker out of the
 * list before it unparks it; a worker takes itself out when its own deadline has come or
 * when its last look around found work. While no run goes on nobody leaves.
 *
 * Looking for work. A worker in search is counted in `spinning`; who has more work than
 * it can do wakes a sleeper only when nobody searches. So the last one that stops
 * searching looks once more after it has said so, and if it found work sends another.
 *
 * Deadlock. When the last worker becomes idle, nothing is runnable (sched.c, invariant
 * 1): the others were idle before it, and only workers that are not idle make things
 * runnable. Then only timers, and sockets that somebody waits for, can make things go
 * on; if there are none, nothing ever will.
 *
 * Sockets. Workers sleep by core_seat_park (core/seat.h), so while a socket is watched
 * and all sleep, one of them waits in the poller. The others do not move up when it is
 * woken: the tick of a busy worker sends a sleeper there, and looks itself (sched.c).
 */
#include "compaction.h"

static void join_idle(struct csp *csp, struct csp_worker *worker)
{
    if (worker->is_extra) {
        core_list_prepend(&csp->extra_idlers, &worker->idle_link);
        csp->extra_idle++;
        return;
    }
    core_list_prepend(&csp->idle, &worker->idle_link);
    /* relaxed: written under the lock; readers without it take it as a hint */
    core_store_relaxed(&csp->idle_count, core_load_relaxed(&csp->idle_count) + 1);
}

static void leave_idle(struct csp *csp, struct csp_worker *worker)
{
    assert(!core_list_empty(&worker->idle_link) && "who leaves was there");
    core_list_remove(&worker->idle_link);
    if (worker->is_extra) {
        csp->extra_idle--;
        return;
    }
    /* relaxed: written under the lock; readers without it take it as a hint */
    core_store_relaxed(&csp->idle_count, core_load_relaxed(&csp->idle_count) - 1);
}

static bool is_idle(struct csp_worker *worker)
{
    return !core_list_empty(&worker->idle_link);
}

bool csp_leave_idle(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    bool leaves = is_idle(worker) && csp->state == CSP_RUNNING;
    if (leaves)
        leave_idle(csp, worker);
    return leaves;
}

/* Takes the worker out that went to sleep last: its caches are the warmest. */
static struct csp_worker *take_idle(struct csp *csp)
{
    if (csp->state != CSP_RUNNING || core_list_empty(&csp->idle))
        return NULL;
    struct csp_worker *worker =
        CORE_CONTAINER_OF(csp->idle.next, struct csp_worker, idle_link);
    leave_idle(csp, worker);
    assert(!worker->spinning && "an idle worker does not search");
    worker->spinning = true;
    return worker;
}

void csp_wake_one(struct csp_worker *worker, bool may_wait)
{
    struct csp *csp = worker->csp;
    int nobody = 0;
    /* acq_rel: pairs with the end of spinning, so that exactly one is sent */
    if (core_load_relaxed(&csp->spinning) != 0 ||
        !core_cas_acq_rel(&csp->spinning, &nobody, 1))
        return;
    struct csp_worker *target = NULL;
    if (may_wait)
        core_lock_take(&csp->lock);
    if (may_wait || core_lock_try(&csp->lock)) {
        target = take_idle(csp);
        core_lock_give(&csp->lock);
    }
    if (target != NULL)
        core_unpark(&target->parker);
    else
        core_sub_relaxed(&csp->spinning, 1); /* nobody searched in our name */
}

void csp_spin_end(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    assert(worker->spinning);
    worker->spinning = false;
    /* seq_cst: this comes before the looks at queues that follow (Dekker with a waker,
     * who fills a queue and then reads `spinning`; sched.c, invariant 3) */
    int before = core_sub_seq_cst(&csp->spinning, 1);
    assert(before > 0);
    if (before == 1 && core_load_relaxed(&csp->idle_count) > 0) /* a hint */
        csp_wake_one(worker, true);
}

static bool work_in_sight(struct csp *csp)
{
    if (core_load_relaxed(&csp->global_count) > 0) /* a hint: find_work takes the lock */
        return true;
    for (unsigned i = 0; i < csp->workers_count; i++)
        if (csp_runq_count(&csp->workers[i].queue) > 0)
            return true;
    return false;
}

static bool timer_in_sight(struct csp *csp)
{
    for (unsigned i = 0; i < csp_workers_all(csp); i++) {
        struct csp_worker *worker = csp_worker_at(csp, i);
        /* relaxed: all workers are idle, and became so under the lock that is held */
        if (core_load_relaxed(&worker->next_deadline_ns) != CORE_TIMER_NEVER &&
            !csp_compaction_alone(worker))
            return true;
    }
    return false;
}

bool csp_end_run(struct csp *csp, int status)
{
    core_lock_take(&csp->lock);
    bool first = csp->state == CSP_RUNNING;
    if (first) {
        csp->state = CSP_STOPPING;
        csp->status = status;
    }
    core_lock_give(&csp->lock);
    return first;
}

void csp_stop_workers(struct csp *csp)
{
    /* seq_cst: pairs with begin_slice (sched.c) */
    core_store_seq_cst(&csp->stopping, true);
    core_lock_take(&csp->lock); /* who adds an extra worker after this sees the stop */
    for (unsigned i = 0; i < csp_workers_all(csp); i++)
        core_store_seq_cst(&csp_worker_at(csp, i)->core.preempt, true); /* as above */
    core_lock_give(&csp->lock);
}

enum entered { ENTERED, ENTERED_LAST, DEADLOCK, NOT_ENTERED, LEAVE };

/* Becomes idle, unless there is something to do. */
static enum entered enter_idle(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    assert(!is_idle(worker) && csp_running(worker) == NULL);
    if (csp->state == CSP_QUIT)
        return LEAVE;
    /* relaxed: written under the lock that is held */
    if (csp->state == CSP_RUNNING &&
        (worker->is_extra ? worker->bound_ready != NULL
                          : core_load_relaxed(&csp->global_count) > 0))
        return NOT_ENTERED;
    assert((csp->state != CSP_RUNNING || csp_runq_count(&worker->queue) == 0) &&
           "sched.c, invariant 1");
    /* The trace is read when all are idle, so nothing is noted after this. */
    uint64_t until_ns = core_load_relaxed(&worker->next_deadline_ns); /* own thread's */
    core_trace(&worker->trace, CORE_TRACE_PARK, worker->index,
               until_ns == CORE_TIMER_NEVER ? 0 : until_ns);
    worker->spinning = false; /* from here on a waker may set it, in its own name */
    join_idle(csp, worker);
    unsigned count = core_load_relaxed(&csp->idle_count) + csp->extra_idle; /* as above */
    assert(count <= csp_workers_all(csp));
    if (csp->state != CSP_RUNNING && csp->program)
        count += csp->in_native; /* the process does not wait for them */
    if (count < csp_workers_all(csp))
        return ENTERED;
    if (csp->state != CSP_RUNNING) {
        csp->state = CSP_READY;
        return ENTERED_LAST;
    }
    if (timer_in_sight(csp) || csp_net_waited(&csp->net))
        return ENTERED;
    csp->state = CSP_STOPPING;
    csp->status = 2;
    return DEADLOCK;
}

static void end_in_deadlock(struct csp *csp)
{
    csp_report_deadlock(csp);
    core_lock_take(&csp->lock);
    assert(csp->state == CSP_STOPPING && "nobody is left to change it");
    csp->state = CSP_READY;
    core_lock_give(&csp->lock);
}

/* Whether the worker shall sleep on; if not, it is not idle any more. `due`: it found
 * sockets that are ready. */
static bool sleeps_on(struct csp_worker *worker, uint64_t *deadline_ns, bool due)
{
    struct csp *csp = worker->csp;
    core_lock_take(&csp->lock);
    bool running = csp->state == CSP_RUNNING;
    /* relaxed: filled by the worker itself; a timer that was removed meanwhile costs a
     * wake-up */
    *deadline_ns =
        running ? core_load_relaxed(&worker->next_deadline_ns) : CORE_PARK_FOREVER;
    bool idle = is_idle(worker);
    due = (due && running) ||
          (*deadline_ns != CORE_PARK_FOREVER && *deadline_ns <= core_now_ns());
    if (idle && (due || csp->state == CSP_QUIT)) {
        leave_idle(csp, worker);
        idle = false;
    }
    core_lock_give(&csp->lock);
    return idle;
}

static void sleep_until_woken(struct csp_worker *worker)
{
    struct core_poll_result results[CORE_POLL_BATCH];
    uint64_t deadline_ns = 0;
    int ready = 0;
    bool token = false;
    core_worker_disarm(&worker->core);
    csp_count(worker, CSP_PARKS);
    while (sleeps_on(worker, &deadline_ns, ready > 0))
        ready = core_seat_park(&worker->csp->net.seat, &worker->parker, deadline_ns,
                               results, CORE_POLL_BATCH, &token);
    /* relaxed: read by this worker */
    core_store_relaxed(&worker->now_s,
                       (uint32_t)(csp_clock(worker->csp) / CORE_NS_PER_S));
    core_trace(&worker->trace, CORE_TRACE_UNPARK, worker->index, 0);
    if (worker->spinning)
        csp_count(worker, CSP_WAKES);
    core_worker_arm(&worker->core);
    csp_net_deliver(worker, results, ready);
}

/* The look around after a search has been given up; true: not idle any more. */
static bool finds_late_work(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    core_sub_seq_cst(&csp->spinning, 1); /* as in csp_spin_end */
    if (!work_in_sight(csp))
        return false;
    core_lock_take(&csp->lock);
    bool found = is_idle(worker) && csp->state == CSP_RUNNING;
    if (found) {
        leave_idle(csp, worker);
        worker->spinning = true;
        core_add_relaxed(&csp->spinning, 1); /* its end orders */
    }
    core_lock_give(&csp->lock);
    return found;
}

bool csp_idle(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    bool was_spinning = worker->spinning;
    /* relaxed: own thread's */
    uint64_t deadline_ns = core_load_relaxed(&worker->next_deadline_ns);
    /* relaxed, here too: a seeded runtime is one thread, until its end */
    if (csp->seeded && csp_net_waited(&csp->net) && csp_net_look(worker))
        return true;
    if (csp->seeded && deadline_ns != CORE_TIMER_NEVER && !csp_compaction_alone(worker) &&
        !core_load_relaxed(&csp->stopping)) {
        csp->virtual_ns = deadline_ns; /* nothing else happens until then */
        core_store_relaxed(&worker->now_s, (uint32_t)(deadline_ns / CORE_NS_PER_S));
        return true;
    }
    core_lock_take(&csp->lock);
    enum entered entered = enter_idle(worker);
    core_lock_give(&csp->lock);
    if (entered == LEAVE)
        return false;
    if (entered == NOT_ENTERED)
        return true;
    if (entered == DEADLOCK)
        end_in_deadlock(csp);
    if (entered != ENTERED)
        core_unpark(&csp->caller);
    if (!was_spinning || !finds_late_work(worker))
        sleep_until_woken(worker);
    return true;
}
