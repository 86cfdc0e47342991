/* loop.c - the life of a loop, and its turn.
 *
 * Invariants, true between callbacks:
 *  1. the next-tick and microtask queues are empty, unless an error or the end cut their
 *     draining short; after an error an immediate is set that makes good for it;
 *  2. a loop that has ended calls nothing but its exit callback, once.
 */
#include "loop.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As libuv: deferred callbacks that defer more get this many rounds after poll. */
enum { DEFERRED_ROUNDS = 8 };

enum { LISTS = 9 + HOOK_PHASES };

/* Every list that holds handles. */
static void all_lists(struct loop *loop, struct core_list *lists[LISTS])
{
    struct core_list *all[LISTS] = {
        &loop->immediates,
        &loop->outstanding,
        &loop->deferred,
        &loop->deferred_now,
        &loop->hooks_now,
        &loop->watchers,
        &loop->asyncs,
        &loop->closing,
        &loop->closing_now,
        &loop->hooks[LOOP_IDLE],
        &loop->hooks[LOOP_PREPARE],
        &loop->hooks[LOOP_CHECK],
    };
    memcpy(lists, all, sizeof all);
}

int loop_new(const struct loop_options *options, struct loop **result)
{
    static const struct loop_options defaults;
    if (!options)
        options = &defaults;
    struct loop *loop = aligned_alloc(alignof(struct loop), sizeof *loop);
    if (!loop)
        return -ENOMEM;
    memset(loop, 0, sizeof *loop);
    int error =
        core_trace_open(&loop->trace, options->trace_events, options->trace_worker);
    if (error)
        goto no_trace;
    error = core_poller_open(&loop->poller);
    if (error)
        goto no_poller;
    struct core_list *lists[LISTS];
    all_lists(loop, lists);
    for (size_t i = 0; i < LISTS; i++)
        core_list_init(lists[i]);
    loop_timers_init(&loop->timers);
    loop->arrived_end = &loop->arrived;
    loop->base_ns = core_now_ns();
    loop_update_time(loop);
    *result = loop;
    return 0;

no_poller:
    core_trace_close(&loop->trace);
no_trace:
    free(loop);
    return error;
}

int loop_free(struct loop *loop)
{
    if (loop->running)
        return -EBUSY;
    struct core_list *lists[LISTS];
    all_lists(loop, lists);
    for (size_t i = 0; i < LISTS; i++)
        loop_forget_all(lists[i]);
    loop_timers_close(&loop->timers);
    loop_arrivals_close(loop);
    loop_ring_close(&loop->ticks);
    loop_ring_close(&loop->microtasks);
    core_poller_close(&loop->poller);
    core_trace_close(&loop->trace);
    free(loop);
    return 0;
}

void loop_update_time(struct loop *loop)
{
    loop->now_ns = core_now_ns();
    loop->now_ms = (loop->now_ns - loop->base_ns) / CORE_NS_PER_MS;
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

/* Relaxed: a post that is on its way is seen by poll, which looks again before it sleeps.
 */
static bool has_arrivals(const struct loop *loop)
{
    return loop->arrived || core_load_relaxed(&loop->posted);
}

bool loop_alive(const struct loop *loop)
{
    return loop->refs > 0 || !core_list_empty(&loop->deferred) ||
           !core_list_empty(&loop->closing) || has_arrivals(loop);
}

int64_t loop_poll_timeout_ms(const struct loop *loop)
{
    if (loop->stopped || loop->ended || !loop_alive(loop) || loop->refd_immediates > 0 ||
        !core_list_empty(&loop->hooks[LOOP_IDLE]) || !core_list_empty(&loop->deferred) ||
        !core_list_empty(&loop->closing) || has_arrivals(loop))
        return 0;
    uint64_t due_ns = core_timers_next(&loop->timers.due);
    if (due_ns == CORE_TIMER_NEVER)
        return -1;
    uint64_t due_ms = due_ns / CORE_NS_PER_MS;
    return due_ms > loop->now_ms ? (int64_t)(due_ms - loop->now_ms) : 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

static bool goes_on(const struct loop *loop)
{
    return !loop->stopped && !loop->ended && loop->failure == 0 && loop_alive(loop);
}

/* One turn, phase by phase: the picture in README.md. (Before the first turn, and at each
 * one's end: timers.) */
static void turn(struct loop *loop, enum loop_mode mode)
{
    bool may_block =
        mode == LOOP_DEFAULT || (mode == LOOP_ONCE && core_list_empty(&loop->deferred) &&
                                 core_list_empty(&loop->hooks[LOOP_IDLE]));
    core_count(&loop->counters, COUNT_TURNS, 1);
    assert(core_list_empty(&loop->outstanding) && core_list_empty(&loop->hooks_now));
    assert(core_list_empty(&loop->deferred_now) && core_list_empty(&loop->closing_now));

    loop_run_deferred(loop);
    loop_run_hooks(loop, LOOP_IDLE, LOOP_FROM_IDLE);
    loop_run_hooks(loop, LOOP_PREPARE, LOOP_FROM_PREPARE);

    loop_poll(loop, may_block);
    for (int i = 0; i < DEFERRED_ROUNDS && !core_list_empty(&loop->deferred); i++)
        loop_run_deferred(loop);

    loop_run_hooks(loop, LOOP_CHECK, LOOP_FROM_CHECK);
    loop_run_immediates(loop);
    loop_run_closing(loop);

    loop_update_time(loop);
    loop_run_timers(loop);
}

static void take_turns(struct loop *loop, enum loop_mode mode)
{
    loop_update_time(loop);
    if (mode == LOOP_DEFAULT && goes_on(loop))
        loop_run_timers(loop);
    while (goes_on(loop)) {
        turn(loop, mode);
        if (mode != LOOP_DEFAULT)
            break;
    }
}

/* Nothing is left to do: whether the beforeExit callback changed that. */
static bool revived_before_exit(struct loop *loop)
{
    if (!loop->on_before_exit || loop->stopped || loop->ended || loop->failure != 0)
        return false;
    loop_call(loop, LOOP_FROM_EXIT_EVENTS, loop->on_before_exit,
              loop->on_before_exit_context);
    return goes_on(loop);
}

/* The run is over: tells the exit callback, who has the last word about the status. */
static int finish(struct loop *loop)
{
    bool ended = loop->ended;
    if (!ended)
        loop->status = loop->exit_code;
    if (loop->on_exit && !loop->silent) {
        loop->exit_code = loop->status;
        loop->ended = loop->disturbed = false; /* its errors are errors still */
        loop->on_exit(loop, loop->on_exit_context, loop->status);
        loop_report(loop);
        loop_clear_immediate(&loop->after_error);
        if (!loop->ended)
            loop->status = loop->exit_code;
        ended = ended || loop->ended;
    }
    assert(!loop->over && "the exit callback is told once");
    loop->exit_code = 0;
    loop->ended = loop->disturbed = loop->over = ended;
    return loop->status;
}

static int leave(struct loop *loop, enum loop_mode mode)
{
    bool out_of_work = mode == LOOP_DEFAULT && !loop->stopped && !loop_alive(loop);
    int failure = loop->failure;
    loop->failure = 0;
    if (loop->ended || (out_of_work && failure == 0))
        return finish(loop);
    return failure;
}

int loop_run(struct loop *loop, enum loop_mode mode)
{
    if (loop->running)
        return -EBUSY;
    if (loop->over)
        return loop->status;
    loop->running = true;
    loop_settle(loop);
    do
        take_turns(loop, mode);
    while (mode == LOOP_DEFAULT && revived_before_exit(loop));
    int status = leave(loop, mode);
    assert(!loop->thrown && "an error that nobody was told of");
    loop->stopped = false;
    loop->running = false;
    return status;
}

void loop_on_before_exit(struct loop *loop, loop_callback *callback, void *context)
{
    loop->on_before_exit = callback;
    loop->on_before_exit_context = context;
}

void loop_on_exit(struct loop *loop, loop_exit_callback *callback, void *context)
{
    loop->on_exit = callback;
    loop->on_exit_context = context;
}

void loop_set_exit_code(struct loop *loop, int status)
{
    loop->exit_code = status;
}

void loop_counters(const struct loop *loop, loop_visit *visit, void *context)
{
    static const char *const names[COUNTERS] = {
        [COUNT_TURNS] = "turns",     [COUNT_CALLBACKS] = "callbacks",
        [COUNT_TICKS] = "ticks",     [COUNT_MICROTASKS] = "microtasks",
        [COUNT_POLLS] = "polls",     [COUNT_EVENTS] = "events",
        [COUNT_WAKES] = "wakes",     [COUNT_ARRIVALS] = "arrivals",
        [COUNT_IDLE_NS] = "idle_ns",
    };
    for (unsigned i = 0; i < COUNTERS; i++)
        visit(context, names[i], core_counters_sum(&loop->counters, 1, 0, i));
}

const struct core_trace *loop_trace(const struct loop *loop)
{
    return &loop->trace;
}
