/* What libuv promises and Node stands on: phases, run modes, stop, alive, hooks,
 * watchers, closing. Names in comments are libuv's own tests. */
#include "script.h"

#include <errno.h>
#include <sys/epoll.h>

/* The linker puts this in the place of glibc's call: errors the kernel may give. */
int __wrap_epoll_wait(int fd, struct epoll_event *events, int room, int timeout);
int __real_epoll_wait(int fd, struct epoll_event *events, int room, int timeout);
static int wait_errors[4]; /* given in turn, until a 0 */
static int wait_calls;

int __wrap_epoll_wait(int fd, struct epoll_event *events, int room, int timeout)
{
    int error = wait_calls < 4 ? wait_errors[wait_calls] : 0;
    wait_calls++;
    if (error == 0)
        return __real_epoll_wait(fd, events, room, timeout);
    errno = error;
    return -1;
}

static void set_wait_errors(int first, int second)
{
    memset(wait_errors, 0, sizeof wait_errors);
    wait_errors[0] = first;
    wait_errors[1] = second;
    wait_calls = 0;
}

static void stop_loop(struct loop *loop, void *word)
{
    script_say(word);
    loop_stop(loop);
}

/* Idle 2,1,0: the last started goes first, in every turn. */
static void hooks_run_last_started_first(void)
{
    static char *const words[3][3] = {
        {"i0", "i1", "i2"}, {"p0", "p1", "p2"}, {"c0", "c1", "c2"}};
    struct loop *loop = script_begin();
    struct loop_hook hooks[3][3] = {0};
    for (int phase = LOOP_IDLE; phase <= LOOP_CHECK; phase++)
        for (int i = 0; i < 3; i++)
            CHECK_EQ(loop_hook(loop, &hooks[phase][i], (enum loop_phase)phase, say,
                               words[phase][i]),
                     0);
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    CHECK_EQ(loop_run(loop, LOOP_ONCE), 0);
    for (int phase = LOOP_IDLE; phase <= LOOP_CHECK; phase++)
        for (int i = 0; i < 3; i++)
            CHECK(loop_unhook(&hooks[phase][i]));
    script_end(loop, "i2 i1 i0 p2 p1 p0 c2 c1 c0 i2 i1 i0 p2 p1 p0 c2 c1 c0");
}

static struct loop_hook late_hook;

static void unhook_and_hook(struct loop *loop, void *other)
{
    script_say("first");
    CHECK(loop_unhook(other));
    CHECK_EQ(loop_hook(loop, &late_hook, LOOP_PREPARE, stop_loop, "late"), 0);
}

static void a_hook_stopped_by_another_is_silent_and_a_new_one_waits(void)
{
    struct loop *loop = script_begin();
    struct loop_hook a = {0}, b = {0};
    CHECK_EQ(loop_hook(loop, &b, LOOP_PREPARE, say, "never"), 0);
    CHECK_EQ(loop_hook(loop, &a, LOOP_PREPARE, unhook_and_hook, &b), 0);
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    CHECK(loop_unhook(&a));
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    CHECK_EQ(loop_free(loop), 0);
    CHECK_STR(script_said, "first late");
}

static void count_call(struct loop *loop, void *count)
{
    CHECK(loop != NULL);
    ++*(long *)count;
}

/* idle_starvation: an idle hook keeps poll from blocking, and lets timers run. */
static void idle_lets_timers_run(void)
{
    struct loop *loop = script_begin();
    struct loop_hook idle = {0}, check = {0};
    struct loop_timer timer = {0};
    long idles = 0, checks = 0;
    CHECK_EQ(loop_hook(loop, &idle, LOOP_IDLE, count_call, &idles), 0);
    CHECK_EQ(loop_hook(loop, &check, LOOP_CHECK, count_call, &checks), 0);
    CHECK_EQ(loop_timeout(loop, &timer, 5, stop_loop, "timer"), 0);
    script_end(loop, "timer");
    CHECK_EQ(idles, checks);
    CHECK(!loop_is_active(&idle.handle));
}

static void unref_it(struct loop *loop, void *hook)
{
    CHECK(loop != NULL);
    script_say("prepare");
    loop_unref(hook);
}

/* unref_in_prepare_cb: the run ends although the hook is active. */
static void unref_in_prepare(void)
{
    struct loop *loop = script_begin();
    struct loop_hook hook = {0}, idle = {0};
    CHECK_EQ(loop_hook(loop, &idle, LOOP_IDLE, say, "idle"), 0);
    loop_unref(&idle.handle);
    CHECK_EQ(loop_hook(loop, &hook, LOOP_PREPARE, unref_it, &hook.handle), 0);
    CHECK(loop_alive(loop));
    script_end(loop, "idle prepare");
}

/* close_order: check, then close callbacks, the last closed first. */
struct three {
    struct loop_timer a, b, c;
};

static void close_three(struct loop *loop, void *context)
{
    struct three *three = context;
    script_say("check");
    CHECK_EQ(loop_timeout(loop, &three->a, 1000, say, "never"), 0);
    CHECK_EQ(loop_timeout(loop, &three->b, 1000, say, "never"), 0);
    CHECK_EQ(loop_timeout(loop, &three->c, 1000, say, "never"), 0);
    CHECK_EQ(loop_close(&three->a.handle, say, "close0"), 0);
    CHECK_EQ(loop_close(&three->b.handle, say, "close1"), 0);
    CHECK_EQ(loop_close(&three->c.handle, say, "close2"), 0);
    CHECK(loop_alive(loop));
}

static void close_callbacks_run_last_first(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate immediate = {0};
    struct three three = {0};
    loop_set_immediate(loop, &immediate, close_three, &three);
    script_end(loop, "check close2 close1 close0");
}

static void run_once_and_nowait(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timer = {0};
    CHECK_EQ(loop_timeout(loop, &timer, 100, say, "timer"), 0);
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0); /* does not wait for it */
    CHECK_STR(script_said, "");
    CHECK(loop_alive(loop));
    CHECK_EQ(loop_run(loop, LOOP_ONCE), 0); /* does */
    CHECK_STR(script_said, "timer");
    CHECK(!loop_alive(loop));
    CHECK_EQ(loop_run(loop, LOOP_ONCE), 0); /* nothing to wait for */
    script_end(loop, "timer");
}

/* loop_stop: the turn is finished, what is left comes with the next run. */
static void stop_ends_after_the_turn(void)
{
    struct loop *loop = script_begin();
    struct loop_hook prepare = {0};
    struct loop_immediate i1 = {0}, i2 = {0};
    loop_on_before_exit(loop, say, "never");
    CHECK_EQ(loop_hook(loop, &prepare, LOOP_PREPARE, stop_loop, "prepare"), 0);
    loop_set_immediate(loop, &i1, say, "i1");
    loop_set_immediate(loop, &i2, say, "i2");
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_STR(script_said, "prepare i1 i2");
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    script_end(loop, "prepare i1 i2 prepare prepare");
}

/* loop_stop_before_run: that run takes no turn. */
static void stop_before_run(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate immediate = {0};
    loop_set_immediate(loop, &immediate, say, "immediate");
    loop_stop(loop);
    CHECK_EQ(loop_poll_timeout_ms(loop), 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_STR(script_said, "");
    script_end(loop, "immediate");
}

/* loop_backend_timeout. */
static void the_poll_timeout_follows_what_there_is(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timer = {0};
    struct loop_immediate immediate = {0};
    struct loop_hook idle = {0}, prepare = {0};
    CHECK_EQ(loop_poll_timeout_ms(loop), 0); /* nothing alive */
    CHECK_EQ(loop_hook(loop, &prepare, LOOP_PREPARE, say, "p"), 0);
    CHECK_EQ(loop_poll_timeout_ms(loop), -1);
    CHECK_EQ(loop_timeout(loop, &timer, 1000, say, "t"), 0);
    CHECK_EQ(loop_poll_timeout_ms(loop), 1000);
    loop_set_immediate(loop, &immediate, say, "i");
    CHECK_EQ(loop_poll_timeout_ms(loop), 0);
    loop_unref(&immediate.handle);
    CHECK_EQ(loop_poll_timeout_ms(loop), 1000);
    CHECK_EQ(loop_hook(loop, &idle, LOOP_IDLE, say, "i"), 0);
    CHECK_EQ(loop_poll_timeout_ms(loop), 0);
    CHECK(loop_unhook(&idle));
    CHECK_EQ(loop_close(&prepare.handle, NULL, NULL), 0);
    CHECK_EQ(loop_poll_timeout_ms(loop), 0);
    CHECK_EQ(loop_free(loop), 0);
}

struct deferring {
    struct loop_immediate deferred;
    long left;
};

static void defer_again(struct loop *loop, void *context)
{
    struct deferring *deferring = context;
    if (--deferring->left > 0)
        loop_defer(loop, &deferring->deferred, defer_again, deferring);
}

/* One round before poll, up to eight after it. */
static void deferred_callbacks_get_nine_rounds_a_turn(void)
{
    struct loop *loop = script_begin();
    struct deferring deferring = {.left = 20};
    loop_defer(loop, &deferring.deferred, defer_again, &deferring);
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    CHECK_EQ(deferring.left, 20 - 9);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(deferring.left, 0);
    CHECK_EQ(counter(loop, "turns"), 3);
    CHECK_EQ(loop_free(loop), 0);
}

/* loop_alive, has_ref, active: said of a handle before, while and after it is active. */
static void refs_count_while_a_handle_is_active(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate a = {0}, b = {0};
    loop_unref(&a.handle);
    loop_set_immediate(loop, &a, say, "a");
    CHECK(loop_is_active(&a.handle));
    CHECK(!loop_alive(loop));
    loop_ref(&a.handle);
    loop_ref(&a.handle);
    CHECK(loop_alive(loop));
    loop_unref(&a.handle);
    loop_unref(&a.handle);
    CHECK(!loop_alive(loop));
    loop_set_immediate(loop, &b, say, "b");
    loop_set_immediate(loop, &a, say, "a"); /* again: behind b */
    script_end(loop, "b a");
    loop_ref(&a.handle);
    CHECK(loop_has_ref(&a.handle));
}

/* A signal that interrupts the wait does not end it. */
static void an_interrupted_wait_goes_on(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timer = {0};
    CHECK_EQ(loop_timeout(loop, &timer, 100, say, "timer"), 0);
    set_wait_errors(EINTR, EINTR);
    CHECK_EQ(loop_run(loop, LOOP_ONCE), 0);
    CHECK_EQ(wait_calls, 3);
    script_end(loop, "timer");
}

/* The poller fails: the run ends with the error, nothing is lost, and it can be run
 * again. */
static void a_failing_poller_ends_the_run(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timer = {0};
    CHECK_EQ(loop_timeout(loop, &timer, 100, say, "timer"), 0);
    set_wait_errors(EBADF, 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), -EBADF);
    CHECK_STR(script_said, "");
    CHECK(loop_alive(loop));
    script_end(loop, "timer");
}

struct chain {
    struct loop_immediate immediate;
    long left;
};

static void chain_on(struct loop *loop, void *context)
{
    struct chain *chain = context;
    if (--chain->left > 0)
        loop_set_immediate(loop, &chain->immediate, chain_on, chain);
}

/* A loop without descriptors that has work makes no system call to find more. */
static void a_busy_loop_does_not_poll(void)
{
    struct loop *loop = script_begin();
    struct chain chain = {.left = 1000};
    loop_set_immediate(loop, &chain.immediate, chain_on, &chain);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(counter(loop, "turns"), 1000);
    CHECK_EQ(counter(loop, "callbacks"), 1000);
    CHECK_EQ(counter(loop, "polls"), 0);
    CHECK_EQ(loop_free(loop), 0);
}

static void tick_and_micro(struct loop *loop, void *unused)
{
    (void)unused;
    tick(loop, "tick");
    micro(loop, "micro");
}

static void counters_and_trace_tell_what_happened(void)
{
    struct loop *loop = NULL;
    struct loop_immediate immediate = {0};
    struct loop_timer timer = {0};
    struct core_trace_event events[16];
    CHECK_EQ(
        loop_new(&(struct loop_options){.trace_events = 16, .trace_worker = 5}, &loop),
        0);
    script_said[0] = '\0';
    loop_set_immediate(loop, &immediate, tick_and_micro, NULL);
    CHECK_EQ(loop_timeout(loop, &timer, 100, say, "timer"), 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(counter(loop, "callbacks"), 2);
    CHECK_EQ(counter(loop, "ticks"), 1);
    CHECK_EQ(counter(loop, "microtasks"), 1);
    CHECK(counter(loop, "polls") >= 1);
    CHECK(counter(loop, "idle_ns") > 0);
    CHECK_EQ(core_trace_read(loop_trace(loop), events, 16), 6);
    static const struct {
        unsigned kind, arg;
    } expected[] = {{CORE_TRACE_RUN, LOOP_FROM_IMMEDIATES},
                    {CORE_TRACE_END_EXIT, 0},
                    {CORE_TRACE_PARK, 0},
                    {CORE_TRACE_UNPARK, 0},
                    {CORE_TRACE_RUN, LOOP_FROM_TIMERS},
                    {CORE_TRACE_END_EXIT, 0}};
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(events[i].kind, expected[i].kind);
        CHECK_EQ(events[i].worker, 5);
        if (events[i].kind != CORE_TRACE_PARK)
            CHECK_EQ(events[i].arg, expected[i].arg);
    }
    CHECK_EQ(loop_free(loop), 0);
}

static void a_loop_runs_many_times(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate immediate = {0};
    for (int i = 0; i < 100; i++) {
        loop_set_immediate(loop, &immediate, say, "x");
        CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    }
    CHECK_EQ(strlen(script_said), 199);
    CHECK_EQ(loop_free(loop), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(hooks_run_last_started_first),
        CHECK_CASE(a_hook_stopped_by_another_is_silent_and_a_new_one_waits),
        CHECK_CASE(idle_lets_timers_run),
        CHECK_CASE(unref_in_prepare),
        CHECK_CASE(close_callbacks_run_last_first),
        CHECK_CASE(run_once_and_nowait),
        CHECK_CASE(stop_ends_after_the_turn),
        CHECK_CASE(stop_before_run),
        CHECK_CASE(the_poll_timeout_follows_what_there_is),
        CHECK_CASE(deferred_callbacks_get_nine_rounds_a_turn),
        CHECK_CASE(refs_count_while_a_handle_is_active),
        CHECK_CASE(an_interrupted_wait_goes_on),
        CHECK_CASE(a_failing_poller_ends_the_run),
        CHECK_CASE(a_busy_loop_does_not_poll),
        CHECK_CASE(counters_and_trace_tell_what_happened),
        CHECK_CASE(a_loop_runs_many_times),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
