/* Time: one heap of timers a worker.
 *
 * A goroutine's own timer (sleep, time-out of a select) acts under the lock of its heap,
 * so that after csp_timer_stop it has acted, or never will. A channel's timer sends after
 * the lock has been given back (a channel's lock comes before it), marked `firing`
 * meanwhile; who stops it waits for that mark to go.
 */
#include "chan.h"

#include <sched.h>

uint64_t csp_clock(const struct csp *csp)
{
    return csp->seeded ? csp->virtual_ns : core_now_ns();
}

/* The earliest deadline, for those that look without the lock, which is held. */
static void publish_next(struct csp_worker *home)
{
    /* relaxed: the owner looks at each turn; others take it as a hint */
    core_store_relaxed(&home->next_deadline_ns, core_timers_next(&home->timers));
}

bool csp_timer_start(struct csp_worker *worker, struct csp_timer *timer,
                     uint64_t delay_ns)
{
    assert(!core_timer_pending(&timer->core) && "a timer is started once");
    uint64_t now_ns = csp_clock(worker->csp);
    uint64_t longest_ns = CORE_TIMER_NEVER - 1 - now_ns;
    uint64_t deadline_ns = now_ns + (delay_ns < longest_ns ? delay_ns : longest_ns);
    timer->home = worker;
    core_lock_take(&worker->timers_lock);
    bool ok = !core_fails(worker->csp->seams, CORE_FAIL_MEMORY) &&
              core_timers_insert(&worker->timers, &timer->core, deadline_ns) == 0;
    if (ok)
        publish_next(worker);
    else
        core_lock_give(&worker->timers_lock);
    return ok;
}

void csp_timer_stop(struct csp_timer *timer)
{
    struct csp_worker *home = timer->home;
    assert(home != NULL && "it was started");
    core_lock_take(&home->timers_lock);
    core_timers_remove(&home->timers, &timer->core);
    publish_next(home);
    core_lock_give(&home->timers_lock);
    /* acquire: pairs with the release at the end of firing */
    while (core_load_acquire(&timer->firing))
        sched_yield();
}

/* The heap's lock is held, but for the time in which a channel receives. */
static void fire(struct csp_worker *worker, struct csp_worker *home,
                 struct csp_timer *timer)
{
    assert(timer->home == home && !core_timer_pending(&timer->core));
    csp_count(worker, CSP_TIMERS_FIRED);
    if (timer->chan != NULL) {
        core_store_relaxed(&timer->firing, true); /* published by the lock */
        core_lock_give(&home->timers_lock);
        csp_chan_fire(worker, timer->chan, csp_clock(worker->csp));
        /* release: nothing of the channel is touched after this */
        core_store_release(&timer->firing, false);
        core_lock_take(&home->timers_lock);
    } else if (csp_claim(timer->goroutine)) {
        csp_ready(worker, timer->goroutine);
    }
}

void csp_timers_run(struct csp_worker *worker, struct csp_worker *home)
{
    /* relaxed: a hint; who put it there runs it himself */
    uint64_t deadline_ns = core_load_relaxed(&home->next_deadline_ns);
    if (deadline_ns == CORE_TIMER_NEVER)
        return;
    uint64_t now_ns = csp_clock(worker->csp);
    if (deadline_ns > now_ns)
        return;
    core_lock_take(&home->timers_lock);
    struct core_timer *due = NULL;
    while ((due = core_timers_pop_due(&home->timers, now_ns)) != NULL)
        fire(worker, home, CORE_CONTAINER_OF(due, struct csp_timer, core));
    publish_next(home);
    core_lock_give(&home->timers_lock);
}

uint64_t csp_now_ns(void)
{
    return csp_clock(csp_enter()->csp);
}

void csp_sleep(uint64_t duration_ns)
{
    struct csp_worker *worker = csp_enter();
    struct csp_goroutine *goroutine = csp_running(worker);
    if (duration_ns == 0)
        return;
    core_store_relaxed(&goroutine->fired, false); /* published by the timers' lock */
    if (!csp_timer_start(worker, &goroutine->timer, duration_ns))
        csp_fail_fatal(worker, "runtime: out of memory");
    goroutine->held = &worker->timers_lock;
    csp_park(worker, WAIT_SLEEP, csp_release_held);
}

struct csp_chan *csp_after(uint64_t delay_ns)
{
    struct csp_worker *worker = csp_enter();
    struct csp_chan *chan =
        csp_chan_new(worker, sizeof(uint64_t), 1, sizeof(struct csp_timer));
    struct csp_timer *timer = (struct csp_timer *)(void *)(chan + 1);
    *timer = (struct csp_timer){.chan = chan};
    chan->timer = timer;
    if (!csp_timer_start(worker, timer, delay_ns))
        csp_fail_fatal(worker, "runtime: out of memory");
    core_lock_give(&worker->timers_lock);
    return chan;
}
