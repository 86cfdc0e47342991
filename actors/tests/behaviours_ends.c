/* Servers: stopping, crashing, and who hears of it. Names after gen_server_SUITE. */
#include "behaviours.h"

#include <core/worker.h>
#include <errno.h>

struct stopping {
    actor_pid server;
    const char *reason;
    int64_t timeout_ns;
};

static void stop_it(void *argument)
{
    const struct stopping *stopping = argument;
    actor_server_stop(stopping->server, stopping->reason, stopping->timeout_ns);
}

static bool stop_fails(struct stopping stopping, const char *reason)
{
    struct actor_reason why;
    return !actor_catch(stop_it, &stopping, &why) && actor_reason_is(&why, reason);
}

/* A server whose terminate tells us its reason. */
static actor_pid mourned(bool link, bool traps)
{
    const struct told_start told = {.mourner = actor_self(), .traps = traps};
    const struct actor_start how = {.argument = &told, .size = sizeof told};
    actor_pid pid;
    CHECK_EQ(link ? actor_server_start_link(&told_server, &how, &pid)
                  : actor_server_start(&told_server, &how, &pid),
             0);
    return pid;
}

static bool stop1(void)
{
    actor_pid pid = mourned(false, false);
    actor_server_stop(pid, "normal", ACTOR_FOREVER);
    return told_text("normal") && !actor_is_alive(pid);
}

static bool stop_other_reason(void)
{
    actor_ref monitor;
    actor_pid pid = mourned(false, false);
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    actor_server_stop(pid, "other", ACTOR_FOREVER);
    return told_text("other") && oracle_down(monitor, "other");
}

static bool stop_noproc(void)
{
    return stop_fails((struct stopping){oracle_dead(), "normal", 1000 * MS}, "noproc");
}

static bool stop_timeout(void)
{
    actor_pid pid = told_new();
    const struct order_form busy = {ORDER_SLEEP, 300};
    return told_fails(pid, busy, 0, "timeout") &&
           stop_fails((struct stopping){pid, "normal", 5 * MS}, "timeout");
}

static bool stop_heard_other_reason(void)
{
    actor_pid pid = told_new();
    const struct order_form busy = {ORDER_SLEEP, 300};
    const struct order_form end = {ORDER_STOP_SILENTLY, 0};
    return told_fails(pid, busy, 0, "timeout") && told_fails(pid, end, 0, "timeout") &&
           stop_fails((struct stopping){pid, "normal", 5000 * MS}, "stopped");
}

static bool stop_by_return(void)
{
    actor_pid answering = mourned(false, false);
    if (told_order(answering, ORDER_STOP, 0) != 0 || !told_text("stopped"))
        return false;
    return told_fails(mourned(false, false), (struct order_form){ORDER_STOP_SILENTLY, 0},
                      5000 * MS, "stopped") &&
           told_text("stopped");
}

static bool crash_in_call(void)
{
    return told_fails(mourned(false, false), (struct order_form){ORDER_EXIT, 0},
                      5000 * MS, "bad") &&
           told_text("bad");
}

/* A fault of the server is its caller's exit, and terminate is called all the same. */
static bool a_fault_in_a_call(void)
{
    struct actor_answer answer;
    const struct order_form form = {ORDER_FAULT, 0};
    actor_pid pid = mourned(false, false);
    int rc = actor_server_try_call(pid, &form, sizeof form, 5000 * MS, &answer);
    return rc == -ESRCH && answer.size > 0 && !actor_is_alive(pid);
}

static bool a_loop_in_a_call_is_stopped(void)
{
    struct actor_answer answer;
    const struct order_form form = {ORDER_LOOP, 0};
    actor_ref monitor;
    if (!core_preempt_plants())
        return true;
    actor_pid pid = told_new();
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    int rc = actor_server_try_call(pid, &form, sizeof form, 10 * MS, &answer);
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    return rc == -ETIMEDOUT && oracle_down(monitor, "killed");
}

static void kill_soon(void *argument)
{
    oracle_sleep(10);
    CHECK_EQ(actor_exit_signal(*(const actor_pid *)argument, "kill"), 0);
}

static bool killed_during_call(void)
{
    actor_pid pid = told_new();
    oracle_spawn(kill_soon, &pid, sizeof pid);
    return told_fails(pid, (struct order_form){ORDER_SILENCE, 0}, 8000 * MS, "killed");
}

static void parent(void *argument)
{
    const struct told_start *told = argument;
    const struct actor_start how = {.argument = told, .size = sizeof *told};
    actor_pid pid;
    CHECK_EQ(actor_server_start_link(&told_server, &how, &pid), 0);
    actor_exit("over");
}

static bool parents_end_is_a_stop(void)
{
    const struct told_start told = {.mourner = actor_self(), .traps = true};
    oracle_spawn(parent, &told, sizeof told);
    return told_text("over");
}

static bool other_exits_are_messages(void)
{
    actor_pid pid = mourned(false, true);
    CHECK_EQ(actor_exit_signal(pid, "ignored"), 0);
    return told_order(pid, ORDER_ADD, 4) == 4;
}

static bool exit_signal_untrapped(void)
{
    actor_ref monitor;
    actor_pid pid = told_new();
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    CHECK_EQ(actor_exit_signal(pid, "away"), 0);
    return oracle_down(monitor, "away");
}

static bool undef_handle_call(void)
{
    static const struct actor_server empty = {.state_bytes = 8};
    actor_pid pid;
    CHECK_EQ(actor_server_start(&empty, NULL, &pid), 0);
    oracle_tell(pid, 1); /* other messages are dropped */
    return told_fails(pid, (struct order_form){ORDER_ADD, 1}, 5000 * MS, "undef");
}

static bool undef_handle_cast(void)
{
    static const struct actor_server empty = {.state_bytes = 0};
    actor_ref monitor;
    actor_pid pid;
    CHECK_EQ(actor_server_start(&empty, NULL, &pid), 0);
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    CHECK_EQ(actor_server_cast(pid, "x", 1), 0);
    return oracle_down(monitor, "undef");
}

static void fail_at_the_end(void *state, const struct actor_reason *reason)
{
    CHECK(state != NULL && actor_reason_is(reason, "normal"));
    actor_exit("terminate failed");
}

static bool undef_in_terminate(void)
{
    static const struct actor_server bad = {.terminate = fail_at_the_end};
    actor_pid pid;
    CHECK_EQ(actor_server_start(&bad, NULL, &pid), 0);
    return stop_fails((struct stopping){pid, "normal", 5000 * MS}, "terminate failed");
}

const struct oracle_case behaviours_ends[] = {
    ORACLE_CASE(stop1),
    ORACLE_CASE(stop_other_reason),
    ORACLE_CASE(stop_noproc),
    ORACLE_CASE(stop_timeout),
    ORACLE_CASE(stop_heard_other_reason),
    ORACLE_CASE(stop_by_return),
    ORACLE_CASE(crash_in_call),
    ORACLE_CASE(a_fault_in_a_call),
    ORACLE_CASE(a_loop_in_a_call_is_stopped),
    ORACLE_CASE(killed_during_call),
    ORACLE_CASE(parents_end_is_a_stop),
    ORACLE_CASE(other_exits_are_messages),
    ORACLE_CASE(exit_signal_untrapped),
    ORACLE_CASE(undef_handle_call),
    ORACLE_CASE(undef_handle_cast),
    ORACLE_CASE(undef_in_terminate),
    {NULL, NULL},
};
