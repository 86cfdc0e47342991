/* gil.c - a runtime's beginning and end, and the lock as the rest of gil/ sees it. */
#include "internal.h"

#include <assert.h>
#include <core/clock.h>
#include <core/thread.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* ---- Policies ---- */

static const struct gil_policy *const policies[] = {&gil_policy_cpython};

const struct gil_policy *gil_policy_find(const char *name)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (strcmp(policies[i]->name, name) == 0)
            return policies[i];
    return NULL;
}

/* ---- The calling thread ---- */

static _Thread_local struct gil_thread *current;

__attribute__((noinline)) struct gil_thread *gil_thread_current(void)
{
    return current;
}

struct gil_thread *gil_me(void)
{
    struct gil_thread *me = gil_thread_current();
    assert(me != NULL && "called from outside of a runtime");
    return me;
}

void gil_set_me(struct gil_thread *thread)
{
    current = thread;
}

/* ---- Time ---- */

uint64_t gil_deadline(uint64_t timeout_ns)
{
    uint64_t now = core_now_ns();
    return timeout_ns > GIL_FOREVER - now ? GIL_FOREVER : now + timeout_ns;
}

uint64_t gil_left(uint64_t deadline_ns)
{
    if (deadline_ns == GIL_FOREVER)
        return GIL_FOREVER;
    uint64_t now = core_now_ns();
    return deadline_ns > now ? deadline_ns - now : 0;
}

struct timespec gil_timespec(uint64_t time_ns)
{
    return (struct timespec){.tv_sec = (time_t)(time_ns / CORE_NS_PER_S),
                             .tv_nsec = (long)(time_ns % CORE_NS_PER_S)};
}

/* ---- Taking and dropping ---- */

GIL_HELD static void count(struct gil *gil, enum gil_counter counter, uint64_t n)
{
    core_count(&gil->counters, counter, n);
}

GIL_HELD static void account_take(struct gil_thread *me, const struct gil_taken *taken)
{
    struct gil *gil = me->gil;
    me->held_since_ns = core_now_ns();
    count(gil, GIL_TAKES, 1);
    count(gil, GIL_DROP_REQUESTS, taken->drop_requests);
    count(gil, GIL_SWITCH_WAITS, me->switch_waits);
    me->switch_waits = 0;
    if (taken->handed_over)
        count(gil, GIL_HAND_OVERS, 1);
    if (taken->wait_began_ns != 0) {
        assert(me->held_since_ns >= taken->wait_began_ns);
        uint64_t waited_ns = me->held_since_ns - taken->wait_began_ns;
        count(gil, GIL_WAITS, 1);
        count(gil, GIL_WAITED_NS, waited_ns);
        core_histogram_record(gil->waits, waited_ns);
    }
    core_trace(&gil->trace, CORE_TRACE_RUN, me->id, taken->handed_over);
}

/* Unchecked here and in gil_drop: a function pointer cannot say what it takes. */
GIL_UNCHECKED void gil_take(struct gil_thread *me)
{
    assert(me->state == GIL_STATE_NEW || me->state == GIL_STATE_READY ||
           me->state == GIL_STATE_BLOCKED);
    me->state = GIL_STATE_READY;
    struct gil_taken taken = {0};
    me->gil->config.policy->take(me->gil, me, &taken);
    me->state = GIL_STATE_RUNNING;
    account_take(me, &taken);
}

GIL_HELD static void account_drop(struct gil_thread *me, enum gil_release why,
                                  uint64_t trace_arg)
{
    static const enum core_trace_kind kinds[] = {
        [GIL_RELEASE_FORCED] = CORE_TRACE_END_PREEMPT,
        [GIL_RELEASE_VOLUNTARY] = CORE_TRACE_END_BLOCK,
        [GIL_RELEASE_LAST] = CORE_TRACE_END_EXIT,
    };
    struct gil *gil = me->gil;
    count(gil, GIL_HELD_NS, core_now_ns() - me->held_since_ns);
    if (why == GIL_RELEASE_FORCED)
        count(gil, GIL_FORCED_RELEASES, 1);
    if (why == GIL_RELEASE_VOLUNTARY)
        count(gil, GIL_VOLUNTARY_RELEASES, 1);
    core_trace(&gil->trace, kinds[why], me->id, trace_arg);
}

GIL_UNCHECKED void gil_drop(struct gil_thread *me, enum gil_release why,
                            uint64_t trace_arg)
{
    static const enum gil_state next[] = {
        [GIL_RELEASE_FORCED] = GIL_STATE_READY,
        [GIL_RELEASE_VOLUNTARY] = GIL_STATE_BLOCKED,
        [GIL_RELEASE_LAST] = GIL_STATE_ENDED,
    };
    assert(me->state == GIL_STATE_RUNNING);
    account_drop(me, why, trace_arg);
    me->state = next[why];
    if (me->gil->config.policy->drop(me->gil, me, why))
        me->switch_waits++;
}

void gil_end_if_shut_down(struct gil_thread *me)
{
    if (me->gil->shutting_down && me->daemon)
        gil_thread_end(me, GIL_END_SHUTDOWN);
}

GIL_HELD __attribute__((noinline)) static void heed_breaker(struct gil_thread *me)
{
    /* Only the holder, which is this thread, could have answered the request. */
    if (core_load_relaxed(&me->gil->breaker) & GIL_BREAK_DROP) {
        gil_drop(me, GIL_RELEASE_FORCED, 0);
        gil_take(me);
    }
    gil_end_if_shut_down(me);
}

void gil_checkpoint(void)
{
    struct gil_thread *me = gil_me();
    assert(me->state == GIL_STATE_RUNNING);
    /* Relaxed: seen a turn late, a request is answered a turn late, no more. */
    if (__builtin_expect(core_load_relaxed(&me->gil->breaker) != 0, 0))
        heed_breaker(me);
}

void gil_release_begin(void)
{
    gil_drop(gil_me(), GIL_RELEASE_VOLUNTARY, GIL_WAIT_NATIVE);
}

void gil_release_end(void)
{
    int saved = errno; /* it is what the native call left */
    struct gil_thread *me = gil_me();
    assert(me->state == GIL_STATE_BLOCKED);
    gil_take(me);
    gil_end_if_shut_down(me);
    errno = saved;
}

/* ---- Beginning and end ---- */

struct gil_config gil_config_default(void)
{
    return (struct gil_config){.policy = &gil_policy_cpython,
                               .interval_ns = GIL_INTERVAL_DEFAULT_NS};
}

static bool config_is_sound(const struct gil_config *config)
{
    return config->policy != NULL && config->interval_ns > 0 &&
           (config->stack_bytes == 0 ||
            config->stack_bytes >= (size_t)PTHREAD_STACK_MIN) &&
           (config->cpus != NULL || config->cpu_count == 0);
}

/* The config's list of CPUs becomes the runtime's own. */
static int copy_cpus(struct gil *gil)
{
    size_t bytes = gil->config.cpu_count * sizeof *gil->config.cpus;
    if (bytes == 0)
        return 0;
    int *cpus = malloc(bytes);
    if (cpus == NULL)
        return -ENOMEM;
    memcpy(cpus, gil->config.cpus, bytes);
    gil->config.cpus = cpus;
    return 0;
}

/* Unchecked in the next four: nobody else knows this runtime yet, or any more. */
GIL_UNCHECKED static void close_parts(struct gil *gil)
{
    core_histogram_free(gil->waits);
    core_trace_close(&gil->trace);
    if (gil->config.cpu_count > 0)
        free((void *)(uintptr_t)gil->config.cpus); /* ours since copy_cpus */
    free(gil);
}

GIL_UNCHECKED static int open_parts(struct gil *gil)
{
    core_list_init(&gil->alive);
    core_list_init(&gil->dead);
    int error = core_trace_open(&gil->trace, gil->config.trace_capacity, 0);
    if (error != 0)
        return error;
    gil->waits = core_histogram_new();
    return gil->waits == NULL ? -ENOMEM : gil->config.policy->open(gil);
}

int gil_start(const struct gil_config *config, struct gil **result)
{
    if (!config_is_sound(config))
        return -EINVAL;
    struct gil *gil = aligned_alloc(alignof(struct gil), sizeof *gil);
    if (gil == NULL)
        return -ENOMEM;
    memset(gil, 0, sizeof *gil);
    gil->config = *config;
    int error = copy_cpus(gil);
    if (error != 0) {
        free(gil);
        return error;
    }
    error = open_parts(gil);
    if (error != 0) {
        close_parts(gil);
        return error;
    }
    *result = gil;
    return 0;
}

GIL_UNCHECKED void gil_stop(struct gil *gil)
{
    assert(!core_load_acquire(&gil->running)); /* pairs with gil_run's last store */
    assert(core_list_empty(&gil->alive) && core_list_empty(&gil->dead));
    gil->config.policy->close(gil);
    close_parts(gil);
}

/* The run itself: the calling thread is inside and bound. */
static int run_inside(struct gil *gil)
{
    struct gil_thread *main = &gil->main;
    gil_set_me(main);
    gil_take(main);
    gil_thread_call(main);
    int status = main->how_ended == GIL_END_RAISED;
    gil_thread_ended(main);
    gil_thread_shutdown(gil);
    gil_drop(main, GIL_RELEASE_LAST, main->how_ended);
    gil_set_me(NULL);
    return status;
}

GIL_UNCHECKED static int make_main(struct gil *gil, gil_function *function,
                                   void *argument)
{
    gil->placed = 0;
    int error = gil_thread_init(&gil->main, gil, "MainThread");
    if (error != 0)
        return error;
    gil->main.function = function;
    gil->main.argument = argument;
    gil->main.started = true;
    return 0;
}

GIL_UNCHECKED static int main_cpu(struct gil *gil)
{
    return gil_thread_next_cpu(gil);
}

static int run_bound(struct gil *gil, gil_function *function, void *argument)
{
    cpu_set_t before;
    if (pthread_getaffinity_np(pthread_self(), sizeof before, &before) != 0)
        return -EINVAL;
    int status = make_main(gil, function, argument);
    if (status != 0)
        return status;
    status = core_thread_bind(main_cpu(gil));
    if (status == 0) {
        status = run_inside(gil);
        pthread_setaffinity_np(pthread_self(), sizeof before, &before);
    }
    gil_thread_destroy(&gil->main);
    return status;
}

int gil_run(struct gil *gil, gil_function *function, void *argument)
{
    if (gil_thread_current() != NULL)
        return -EDEADLK;
    /* acquire: the run before is over, its memory seen; pairs with the release below */
    if (core_exchange_acquire(&gil->running, true))
        return -EBUSY;
    int status = run_bound(gil, function, argument);
    core_store_release(&gil->running, false);
    return status;
}

/* ---- What happened ---- */

uint64_t gil_counter(const struct gil *gil, enum gil_counter counter)
{
    assert(counter < GIL_COUNTERS);
    return core_counters_sum(&gil->counters, 1, sizeof gil->counters, counter);
}

const char *gil_counter_name(enum gil_counter counter)
{
    static const char *const names[GIL_COUNTERS] = {
        [GIL_TAKES] = "takes",
        [GIL_HAND_OVERS] = "hand_overs",
        [GIL_WAITS] = "waits",
        [GIL_DROP_REQUESTS] = "drop_requests",
        [GIL_FORCED_RELEASES] = "forced_releases",
        [GIL_SWITCH_WAITS] = "switch_waits",
        [GIL_VOLUNTARY_RELEASES] = "voluntary_releases",
        [GIL_HELD_NS] = "held_ns",
        [GIL_WAITED_NS] = "waited_ns",
        [GIL_THREADS_STARTED] = "threads_started",
    };
    assert(counter < GIL_COUNTERS);
    return names[counter];
}

/* Unchecked: read at rest, when nobody has the lock. */
GIL_UNCHECKED const struct core_histogram *gil_wait_histogram(const struct gil *gil)
{
    return gil->waits;
}

GIL_UNCHECKED size_t gil_trace_read(const struct gil *gil, struct core_trace_event *into,
                                    size_t room)
{
    return core_trace_read(&gil->trace, into, room);
}
