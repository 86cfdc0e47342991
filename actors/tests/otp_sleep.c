/* More cases of OTP's suites: hibernate, message queue data, register. */
#include "oracle.h"

#include <core/sanitize.h>

static void signal(actor_pid to, const char *reason)
{
    CHECK_EQ(actor_exit_signal(to, reason), 0);
}

static actor_pid watched(void (*body)(void *), actor_ref *monitor)
{
    actor_pid self = actor_self();
    return oracle_spawn_monitor(body, &self, sizeof self, monitor);
}

/* --- hibernate_SUITE --------------------------------------------------------------- */

struct sleeper {
    actor_pid parent;
    uint64_t woken;
};

static void wake_and_sleep(void *argument)
{
    struct sleeper *sleeper = argument;
    uint64_t word = oracle_word(actor_receive());
    oracle_tell(sleeper->parent, word + sleeper->woken++);
    actor_hibernate(wake_and_sleep, sleeper);
}

static void sleep_first(void *argument)
{
    actor_hibernate(wake_and_sleep, argument); /* private memory stays where it is */
}

static bool hibernate_basic(void)
{
    struct sleeper sleeper = {actor_self(), 0};
    actor_pid pid = oracle_spawn(sleep_first, &sleeper, sizeof sleeper);
    for (uint64_t i = 0; i < 200; i++) {
        oracle_tell(pid, 1000);
        if (oracle_word(actor_receive()) != 1000 + i)
            return false;
    }
    signal(pid, "kill");
    return true;
}

static bool hibernate_killed(void)
{
    struct sleeper sleeper = {actor_self(), 0};
    for (int i = 0; i < 50; i++) {
        actor_ref monitor;
        actor_pid pid =
            oracle_spawn_monitor(sleep_first, &sleeper, sizeof sleeper, &monitor);
        if (i % 2 == 0)
            oracle_sleep(1);
        signal(pid, "kill");
        if (!oracle_down(monitor, "killed"))
            return false;
    }
    return true;
}

static void end_awake(void *argument)
{
    (void)argument;
    actor_receive();
    actor_exit("awake");
}

static void sleep_to_end(void *argument)
{
    actor_hibernate(end_awake, argument);
}

static void sleep_in_catch(void *argument)
{
    struct actor_reason reason;
    actor_catch(sleep_to_end, argument, &reason);
    actor_exit("caught");
}

/* What would have been returned to is gone, a catch too. */
static bool hibernate_forgets_a_catch(void)
{
    actor_ref monitor;
    actor_pid pid = watched(sleep_in_catch, &monitor);
    oracle_tell(pid, 1);
    return oracle_down(monitor, "awake");
}

static void tell_exit(void *argument)
{
    struct sleeper *sleeper = argument;
    oracle_tell(sleeper->parent, actor_receive()->kind);
}

static void trap_and_sleep(void *argument)
{
    actor_trap_exit(true);
    struct sleeper *sleeper = argument;
    oracle_tell(sleeper->parent, 77);
    actor_hibernate(tell_exit, argument);
}

static bool hibernate_wakes_on_trapped_exit(void)
{
    struct sleeper sleeper = {actor_self(), 0};
    actor_pid pid = oracle_spawn(trap_and_sleep, &sleeper, sizeof sleeper);
    CHECK_EQ(oracle_word(actor_receive()), 77);
    signal(pid, "x");
    return oracle_word(actor_receive()) == ACTOR_EXIT;
}

static bool hibernate_suspended(void)
{
    struct sleeper sleeper = {actor_self(), 0};
    actor_pid pid = oracle_spawn(sleep_first, &sleeper, sizeof sleeper);
    for (uint64_t i = 0; i < 20; i++) {
        CHECK_EQ(actor_suspend(pid), 0);
        oracle_tell(pid, 5);
        if (actor_receive_within(MS) != NULL)
            return false;
        CHECK_EQ(actor_resume(pid), 0);
        if (oracle_word(actor_receive()) != 5 + i)
            return false;
    }
    signal(pid, "kill");
    return true;
}

static void give_back_in_order(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    for (int i = 0; i < 30; i++)
        oracle_tell(parent, oracle_word(actor_receive_within(0)));
}

static void move_then_sleep(void *argument)
{
    for (uint64_t i = 0; i < 30; i++) {
        oracle_tell(actor_self(), i);
        if (i == 10)
            CHECK_EQ(actor_mailbox_length(), 11);
        if (i == 20)
            actor_mark();
    }
    actor_hibernate(give_back_in_order, argument);
}

/* Wherever the messages lie (in the shared queue, kept by the process, or in one that
 * hibernates), they stay, in order. */
static bool message_queue_data(void)
{
    actor_pid self = actor_self();
    oracle_spawn(move_then_sleep, &self, sizeof self);
    for (uint64_t i = 0; i < 30; i++)
        if (oracle_word(actor_receive()) != i)
            return false;
    return true;
}

/* --- register_SUITE ---------------------------------------------------------------- */

static void name_self(void *argument)
{
    CHECK_EQ(actor_register("reused", actor_self()), 0);
    oracle_tell(*(const actor_pid *)argument, 1);
}

/* The end of a process and the next use of its name. */
static bool otp_8099(void)
{
    for (int i = 0; i < (CORE_SANITIZED ? 500 : 5000); i++) {
        actor_ref monitor;
        watched(name_self, &monitor);
        CHECK_EQ(oracle_word(actor_receive_match(NULL, NULL, ACTOR_FOREVER)), 1);
        while (actor_whereis("reused") != 0)
            actor_yield();
        actor_demonitor(monitor, true);
    }
    return true;
}

static bool a_name_may_be_changed(void)
{
    actor_pid pid = oracle_spawn(oracle_idle, NULL, 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(actor_register(i % 2 == 0 ? "even" : "odd", pid), 0);
        if (actor_whereis("even") != (i % 2 == 0 ? pid : 0))
            return false;
        CHECK_EQ(actor_unregister(i % 2 == 0 ? "even" : "odd"), 0);
    }
    signal(pid, "kill");
    return actor_whereis("odd") == 0;
}

const struct oracle_case otp_sleep[] = {
    ORACLE_CASE(hibernate_basic),
    ORACLE_CASE(hibernate_killed),
    ORACLE_CASE(hibernate_forgets_a_catch),
    ORACLE_CASE(hibernate_wakes_on_trapped_exit),
    ORACLE_CASE(hibernate_suspended),
    ORACLE_CASE(message_queue_data),
    ORACLE_CASE(otp_8099),
    ORACLE_CASE(a_name_may_be_changed),
    {NULL, NULL},
};
