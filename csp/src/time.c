/* Time: one heap of alarms a worker, and the timers that stand on them (Go's sleep.go and
 * tick.go, semantics of 1.23).
 *
 * A goroutine's own alarm (sleep, time-out of a select) acts under the lock of its heap,
 * so that after csp_alarm_stop it has acted, or never will; so does a timer that starts a
 * goroutine. A channel's timer sends after that lock has been given back (a channel's lock
 * comes before it), counted in `firing` meanwhile; who stops it waits until nobody fires
 * it.
 *
 * Nothing stale. A channel's timer keeps a value that nobody waited for in the one place
 * of its channel. Stopping takes the alarm out of its heap, waits for those who fire, and
 * takes the value back: in this order, nothing can come after. The timer counts as stopped
 * in time if there was an alarm or a value to take.
 *
 * Lock order: a timer's `control`, a channel's, a heap's.
 */
#include "chan.h"
#include "compaction.h"

#include <sched.h>

enum { RETRY_NS = 1000000 };

/* A Timer or Ticker; a csp_ticker is one whose period is not 0. For a channel's timer it
 * lies within the channel's memory. */
struct csp_timer {
    struct csp_alarm alarm;
    struct core_lock control; /* held by who stops or starts it */
    _Atomic uint32_t firing;
    /* set when it is made */
    struct csp_chan *chan;
    void (*function)(void *); /* if chan is NULL */
    void *argument;
    /* written under `control` and the heap's lock */
    uint64_t period_ns;
};

uint64_t csp_clock(const struct csp *csp)
{
    return csp->seeded ? csp->virtual_ns : core_now_ns();
}

/* --- Alarms -------------------------------------------------------------------- */

/* The earliest deadline, for those that look without the lock, which is held. */
static void publish_next(struct csp_worker *home)
{
    /* relaxed: the owner looks at each turn; others take it as a hint */
    core_store_relaxed(&home->next_deadline_ns, core_timers_next(&home->timers));
}

bool csp_alarm_start(struct csp_worker *worker, struct csp_alarm *alarm,
                     uint64_t delay_ns)
{
    assert(!core_timer_pending(&alarm->core) && "an alarm is started once");
    uint64_t now_ns = csp_clock(worker->csp);
    uint64_t longest_ns = CORE_TIMER_NEVER - 1 - now_ns;
    uint64_t deadline_ns = now_ns + (delay_ns < longest_ns ? delay_ns : longest_ns);
    alarm->home = worker;
    core_lock_take(&worker->timers_lock);
    bool ok = !core_fails(worker->csp->seams, CORE_FAIL_MEMORY) &&
              core_timers_insert(&worker->timers, &alarm->core, deadline_ns) == 0;
    if (ok)
        publish_next(worker);
    else
        core_lock_give(&worker->timers_lock);
    return ok;
}

bool csp_alarm_stop(struct csp_alarm *alarm)
{
    struct csp_worker *home = alarm->home;
    assert(home != NULL && "it was started");
    core_lock_take(&home->timers_lock);
    bool pending = core_timers_remove(&home->timers, &alarm->core);
    publish_next(home);
    core_lock_give(&home->timers_lock);
    return pending;
}

/* Puts an alarm back that was just taken out. Under the heap's lock. */
static void rearm(struct csp_worker *home, struct csp_alarm *alarm, uint64_t deadline_ns)
{
    int error = core_timers_insert(&home->timers, &alarm->core, deadline_ns);
    assert(error == 0 && "its place in the heap is still there");
    (void)error;
}

/* Starts the goroutine of a timer, later if there is no memory. Under the heap's lock. */
static void start_function(struct csp_worker *worker, struct csp_worker *home,
                           struct csp_timer *timer)
{
    assert(timer->function != NULL && timer->period_ns == 0 && "it runs once");
    static const struct csp_site site = {"(a timer's function)", "time.goFunc", __FILE__,
                                         __LINE__};
    struct csp_goroutine *goroutine =
        csp_goroutine_new(worker, timer->function, timer->argument, &site);
    if (goroutine == NULL) {
        rearm(home, &timer->alarm, csp_clock(worker->csp) + RETRY_NS);
        return;
    }
    csp_count(worker, CSP_SPAWNED);
    core_trace(&worker->trace, CORE_TRACE_SPAWN, goroutine->id, 0);
    csp_ready(worker, goroutine);
}

/* Sends the time, and prepares the next tick. Gives the heap's lock back for the time of
 * the send. */
static void send_time(struct csp_worker *worker, struct csp_worker *home,
                      struct csp_timer *timer, uint64_t now_ns)
{
    struct csp_alarm *alarm = &timer->alarm;
    assert(alarm->core.deadline_ns <= now_ns && "nothing is early");
    if (timer->period_ns > 0) { /* the first tick that is not over yet */
        uint64_t missed = (now_ns - alarm->core.deadline_ns) / timer->period_ns;
        rearm(home, alarm, alarm->core.deadline_ns + (missed + 1) * timer->period_ns);
    }
    core_add_relaxed(&timer->firing, 1); /* published by the lock */
    core_lock_give(&home->timers_lock);
    csp_chan_fire(worker, timer->chan, csp_clock(worker->csp));
    /* release: nothing of the timer is touched after this */
    core_sub_acq_rel(&timer->firing, 1);
    core_lock_take(&home->timers_lock);
}

/* Under the heap's lock. */
static void wake(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    if (csp_claim(goroutine))
        csp_ready(worker, goroutine);
}

/* Without the heap's lock: sweeping takes a while, and ends with an alarm anew. */
static void sweep(struct csp_worker *worker, struct csp_worker *home)
{
    publish_next(home);
    core_lock_give(&home->timers_lock);
    csp_compaction_step(worker);
    core_lock_take(&home->timers_lock);
}

void csp_alarms_run(struct csp_worker *worker, struct csp_worker *home)
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
    while ((due = core_timers_pop_due(&home->timers, now_ns)) != NULL) {
        struct csp_alarm *alarm = CORE_CONTAINER_OF(due, struct csp_alarm, core);
        assert(alarm->home == home && !core_timer_pending(due));
        if (alarm == &worker->csp->compaction.alarm) {
            sweep(worker, home);
            continue;
        }
        csp_count(worker, CSP_TIMERS_FIRED);
        if (alarm->timer != NULL && alarm->timer->chan != NULL)
            send_time(worker, home, alarm->timer, now_ns);
        else if (alarm->timer != NULL)
            start_function(worker, home, alarm->timer);
        else
            wake(worker, CORE_CONTAINER_OF(alarm, struct csp_goroutine, alarm));
    }
    publish_next(home);
    core_lock_give(&home->timers_lock);
}

/* --- Sleeping ------------------------------------------------------------------ */

uint64_t csp_now_ns(void)
{
    return csp_clock(csp_enter()->csp);
}

void csp_sleep(int64_t duration_ns)
{
    struct csp_worker *worker = csp_enter();
    struct csp_goroutine *goroutine = csp_running(worker);
    if (duration_ns <= 0)
        return;
    core_store_relaxed(&goroutine->fired, false); /* published by the timers' lock */
    if (!csp_alarm_start(worker, &goroutine->alarm, (uint64_t)duration_ns))
        csp_fail_fatal(worker, "runtime: out of memory");
    goroutine->held = &worker->timers_lock;
    csp_park(worker, WAIT_SLEEP, csp_release_held);
}

/* --- Timers -------------------------------------------------------------------- */

/* Under `control`, or while nobody else knows the timer. False without memory. */
static bool start(struct csp_worker *worker, struct csp_timer *timer, int64_t delay_ns,
                  uint64_t period_ns)
{
    timer->period_ns = period_ns;
    if (!csp_alarm_start(worker, &timer->alarm, delay_ns > 0 ? (uint64_t)delay_ns : 0))
        return false;
    core_lock_give(&worker->timers_lock);
    return true;
}

/* Under `control`. True: stopped in time. See Nothing stale. */
static bool stop(struct csp_timer *timer)
{
    assert(timer->alarm.timer == timer && "it was made here, and has not been moved");
    bool pending = csp_alarm_stop(&timer->alarm);
    /* acquire: pairs with the release at the end of firing */
    while (core_load_acquire(&timer->firing) > 0)
        sched_yield();
    if (timer->chan != NULL)
        pending = csp_chan_drain(timer->chan) || pending;
    return pending;
}

void csp_timer_halt(struct csp_timer *timer)
{
    core_lock_take(&timer->control);
    stop(timer);
    core_lock_give(&timer->control);
}

static struct csp_timer *new_timer(struct csp_worker *worker, int64_t delay_ns,
                                   uint64_t period_ns)
{
    struct csp_chan *chan =
        csp_chan_new(worker, sizeof(uint64_t), 1, sizeof(struct csp_timer));
    struct csp_timer *timer = (struct csp_timer *)(void *)(chan + 1);
    *timer = (struct csp_timer){.chan = chan, .alarm.timer = timer};
    chan->timer = timer;
    if (!start(worker, timer, delay_ns, period_ns))
        csp_fail_fatal(worker, "runtime: out of memory");
    return timer;
}

struct csp_chan *csp_after(int64_t delay_ns)
{
    return new_timer(csp_enter(), delay_ns, 0)->chan;
}

struct csp_timer *csp_timer_new(int64_t delay_ns)
{
    return new_timer(csp_enter(), delay_ns, 0);
}

struct csp_timer *csp_timer_after_func(int64_t delay_ns, void (*function)(void *),
                                       void *argument)
{
    struct csp_worker *worker = csp_enter();
    if (function == NULL)
        csp_fail_fatal(worker, "go of nil func value");
    struct csp_timer *timer = csp_memory_take(worker, sizeof *timer);
    if (timer == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    *timer = (struct csp_timer){
        .alarm.timer = timer, .function = function, .argument = argument};
    if (!start(worker, timer, delay_ns, 0))
        csp_fail_fatal(worker, "runtime: out of memory");
    return timer;
}

struct csp_recv_chan csp_timer_chan(struct csp_timer *timer)
{
    return csp_recv_only(timer->chan);
}

bool csp_timer_stop(struct csp_timer *timer)
{
    struct csp_worker *worker = csp_enter();
    if (timer == NULL)
        csp_fail_panic(worker, "time: Stop called on uninitialized Timer");
    core_lock_take(&timer->control);
    bool pending = stop(timer);
    core_lock_give(&timer->control);
    return pending;
}

static bool restart(struct csp_worker *worker, struct csp_timer *timer, int64_t delay_ns,
                    uint64_t period_ns)
{
    core_lock_take(&timer->control);
    bool pending = stop(timer);
    bool started = start(worker, timer, delay_ns, period_ns);
    core_lock_give(&timer->control);
    if (!started)
        csp_fail_fatal(worker, "runtime: out of memory");
    return pending;
}

bool csp_timer_reset(struct csp_timer *timer, int64_t delay_ns)
{
    struct csp_worker *worker = csp_enter();
    if (timer == NULL)
        csp_fail_panic(worker, "time: Reset called on uninitialized Timer");
    return restart(worker, timer, delay_ns, 0);
}

void csp_timer_free(struct csp_timer *timer)
{
    struct csp_worker *worker = csp_enter();
    if (timer == NULL)
        return;
    if (timer->chan != NULL) { /* the timer lies in it */
        csp_chan_free(timer->chan);
        return;
    }
    csp_timer_halt(timer);
    csp_memory_give(worker, timer);
}

/* --- Tickers ------------------------------------------------------------------- */

struct csp_ticker {
    struct csp_timer timer;
};

struct csp_ticker *csp_ticker_new(int64_t period_ns)
{
    struct csp_worker *worker = csp_enter();
    if (period_ns <= 0)
        csp_fail_error(worker, "non-positive interval for NewTicker");
    struct csp_timer *timer = new_timer(worker, period_ns, (uint64_t)period_ns);
    return CORE_CONTAINER_OF(timer, struct csp_ticker, timer);
}

struct csp_recv_chan csp_ticker_chan(struct csp_ticker *ticker)
{
    return csp_timer_chan(&ticker->timer);
}

void csp_ticker_stop(struct csp_ticker *ticker)
{
    csp_enter();
    if (ticker != NULL)
        csp_timer_halt(&ticker->timer);
}

void csp_ticker_reset(struct csp_ticker *ticker, int64_t period_ns)
{
    struct csp_worker *worker = csp_enter();
    if (period_ns <= 0)
        csp_fail_panic(worker, "non-positive interval for Ticker.Reset");
    if (ticker == NULL)
        csp_fail_panic(worker, "time: Reset called on uninitialized Ticker");
    restart(worker, &ticker->timer, period_ns, (uint64_t)period_ns);
}

void csp_ticker_free(struct csp_ticker *ticker)
{
    csp_timer_free(ticker == NULL ? NULL : &ticker->timer);
}
