/* Exits, links and monitors. */
#include "oracle.h"

#include <errno.h>

void oracle_main(void *argument)
{
    struct oracle_call *call = argument;
    CHECK_EQ(actor_put("call", &call, sizeof call), 0);
    call->answer = call->holds();
}

unsigned oracle_schedulers(void)
{
    struct oracle_call *const *call = actor_get("call", NULL);
    CHECK(call != NULL);
    return (*call)->schedulers;
}

/* --- what the cases share ------------------------------------------------------ */

void oracle_idle(void *argument)
{
    (void)argument;
    while (*(const uint64_t *)actor_receive()->data != 0)
        ;
}

void oracle_loop(void *argument)
{
    (void)argument;
    for (;;)
        actor_bump(1);
}

void oracle_return(void *argument)
{
    (void)argument;
}

void oracle_exit_text(void *argument)
{
    actor_exit(argument);
}

actor_pid oracle_spawn(void (*body)(void *), const void *argument, size_t bytes)
{
    actor_pid pid;
    CHECK_EQ(actor_spawn(body, argument, bytes, &pid), 0);
    return pid;
}

actor_pid oracle_spawn_link(void (*body)(void *), const void *argument, size_t bytes)
{
    const struct actor_options options = {.link = true};
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(&options, body, argument, bytes, &pid), 0);
    return pid;
}

actor_pid oracle_spawn_monitor(void (*body)(void *), const void *argument, size_t bytes,
                               actor_ref *monitor)
{
    const struct actor_options options = {.monitor = monitor};
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(&options, body, argument, bytes, &pid), 0);
    CHECK(*monitor != 0);
    return pid;
}

static bool is_down(const struct actor_message *message, void *context)
{
    const struct actor_down *down = message->data;
    return message->kind == ACTOR_DOWN && down->monitor == *(const actor_ref *)context;
}

static const struct actor_down *await_down(actor_ref monitor, int64_t timeout_ns)
{
    const struct actor_message *message =
        actor_receive_match(is_down, &monitor, timeout_ns);
    return message == NULL ? NULL : message->data;
}

bool oracle_down(actor_ref monitor, const char *reason)
{
    const struct actor_down *down = await_down(monitor, 8000 * MS);
    return down != NULL && actor_reason_is(&down->reason, reason);
}

actor_pid oracle_dead(void)
{
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(oracle_return, NULL, 0, &monitor);
    CHECK(oracle_down(monitor, "normal"));
    return pid;
}

static bool is_exit(const struct actor_message *message, void *context)
{
    return message->kind == ACTOR_EXIT && message->from == *(const actor_pid *)context;
}

bool oracle_exit(actor_pid from, const char *reason, int64_t timeout_ns)
{
    const struct actor_message *message = actor_receive_match(is_exit, &from, timeout_ns);
    if (message == NULL)
        return false;
    const struct actor_reason got = {message->data, message->size};
    return reason == NULL || actor_reason_is(&got, reason);
}

void oracle_sleep(int64_t ms)
{
    actor_ref nothing = actor_make_ref(); /* leaves the mailbox as it is */
    CHECK(await_down(nothing, ms * MS) == NULL);
}

static void signal(actor_pid to, const char *reason)
{
    CHECK_EQ(actor_exit_signal(to, reason), 0);
}

static actor_pid idle_one(void)
{
    return oracle_spawn(oracle_idle, NULL, 0);
}

/* --- exit signals -------------------------------------------------------------- */

static bool exit_normal_ignored(void)
{
    actor_pid pid = idle_one();
    signal(pid, "normal");
    oracle_sleep(20);
    bool alive = actor_is_alive(pid);
    signal(pid, "kill");
    return alive;
}

static void exit_self_normal(void *argument)
{
    (void)argument;
    signal(actor_self(), "normal");
    oracle_sleep(500);
    actor_exit("bad");
}

static bool self_exit_normal_dies(void)
{
    actor_ref monitor;
    oracle_spawn_monitor(exit_self_normal, NULL, 0, &monitor);
    return oracle_down(monitor, "normal");
}

static bool self_exit_trapped(void)
{
    actor_trap_exit(true);
    signal(actor_self(), "foo");
    return oracle_exit(actor_self(), "foo", 500 * MS);
}

static void trap_and_idle(void *argument)
{
    actor_trap_exit(true);
    oracle_idle(argument);
}

static bool kill_untrappable_becomes_killed(void)
{
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(trap_and_idle, NULL, 0, &monitor);
    oracle_sleep(10);
    signal(pid, "kill");
    return oracle_down(monitor, "killed");
}

static bool linked_sees_killed(void)
{
    actor_trap_exit(true);
    actor_pid pid = oracle_spawn_link(oracle_idle, NULL, 0);
    signal(pid, "kill");
    return oracle_exit(pid, "killed", ACTOR_FOREVER);
}

static bool exit1_kill_via_link_is_trappable_kill(void)
{
    actor_trap_exit(true);
    actor_pid pid = oracle_spawn_link(oracle_exit_text, "kill", 5);
    return oracle_exit(pid, "kill", ACTOR_FOREVER);
}

static void link_to_kill(void *argument)
{
    oracle_spawn_link(oracle_exit_text, "kill", 5);
    oracle_idle(argument);
}

static bool exit1_kill_via_link_kills_nontrapping_with_kill(void)
{
    actor_ref monitor;
    oracle_spawn_monitor(link_to_kill, NULL, 0, &monitor);
    return oracle_down(monitor, "kill");
}

static bool exit_twice_first_wins(void)
{
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(oracle_loop, NULL, 0, &monitor);
    signal(pid, "first");
    signal(pid, "second");
    return oracle_down(monitor, "first");
}

enum { LARGE = 20000 };

static void exit_large(void *argument)
{
    uint64_t *numbers = actor_alloc(LARGE * sizeof *numbers);
    (void)argument;
    for (uint64_t i = 0; i < LARGE; i++)
        numbers[i] = i + 1;
    actor_exit_with(numbers, LARGE * sizeof *numbers);
}

static bool large_exit_reason_intact(void)
{
    actor_ref monitor;
    oracle_spawn_monitor(exit_large, NULL, 0, &monitor);
    const struct actor_down *down = await_down(monitor, 8000 * MS);
    if (down == NULL || down->reason.size != LARGE * sizeof(uint64_t))
        return false;
    const uint64_t *numbers = down->reason.data;
    for (uint64_t i = 0; i < LARGE; i++)
        if (numbers[i] != i + 1)
            return false;
    return true;
}

/* --- links --------------------------------------------------------------------- */

static bool link_idempotent_one_EXIT(void)
{
    actor_trap_exit(true);
    actor_pid pid = idle_one();
    for (int i = 0; i < 3; i++)
        CHECK_EQ(actor_link(pid), 0);
    signal(pid, "x");
    return oracle_exit(pid, "x", ACTOR_FOREVER) && !oracle_exit(pid, NULL, 50 * MS);
}

static bool unlink_one_side_suffices(void)
{
    actor_trap_exit(true);
    actor_pid pid = oracle_spawn_link(oracle_idle, NULL, 0);
    CHECK_EQ(actor_unlink(pid), 0);
    signal(pid, "x");
    return !oracle_exit(pid, NULL, 50 * MS);
}

static bool unlink_then_no_late_EXIT(void)
{
    actor_trap_exit(true);
    for (int i = 0; i < 500; i++) {
        actor_pid pid = oracle_spawn_link(oracle_idle, NULL, 0);
        signal(pid, "bang");
        CHECK_EQ(actor_unlink(pid), 0);
        oracle_exit(pid, NULL, 0);
        if (oracle_exit(pid, NULL, 0))
            return false;
    }
    return true;
}

static bool has_link(actor_pid of, actor_pid to)
{
    struct actor_info info;
    actor_pid links[16];
    CHECK_EQ(actor_process_info(of, &info, links, 16), 0);
    for (size_t i = 0; i < info.links && i < 16; i++)
        if (links[i] == to)
            return true;
    return false;
}

static bool link_self_true_no_effect(void)
{
    CHECK_EQ(actor_link(actor_self()), 0);
    return !has_link(actor_self(), actor_self());
}

static bool links_bidirectional_info(void)
{
    actor_pid pid = oracle_spawn_link(oracle_idle, NULL, 0), self = actor_self();
    bool both = has_link(self, pid) && has_link(pid, self);
    CHECK_EQ(actor_unlink(pid), 0);
    both = both && !has_link(self, pid) && !has_link(pid, self);
    signal(pid, "kill");
    return both;
}

static void link_and_survive(void *argument)
{
    (void)argument;
    oracle_spawn_link(oracle_return, NULL, 0);
    oracle_sleep(50);
    actor_exit("survived");
}

static bool normal_exit_does_not_kill_linked(void)
{
    actor_ref monitor;
    oracle_spawn_monitor(link_and_survive, NULL, 0, &monitor);
    return oracle_down(monitor, "survived");
}

static bool spawn_link_atomic(void)
{
    actor_trap_exit(true);
    for (int i = 0; i < 2000; i++) {
        actor_pid pid = oracle_spawn_link(oracle_exit_text, "quick", 6);
        if (!oracle_exit(pid, "quick", ACTOR_FOREVER))
            return false;
    }
    return true;
}

/* --- monitors ------------------------------------------------------------------ */

static actor_ref watch(actor_pid pid)
{
    actor_ref monitor;
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    return monitor;
}

static bool monitor_stacks_n_DOWN(void)
{
    actor_pid pid = idle_one();
    actor_ref monitors[3];
    for (int i = 0; i < 3; i++)
        monitors[i] = watch(pid);
    signal(pid, "x");
    for (int i = 0; i < 3; i++)
        if (!oracle_down(monitors[i], "x"))
            return false;
    return actor_receive_within(30 * MS) == NULL;
}

static bool monitor_dead_noproc(void)
{
    return oracle_down(watch(oracle_dead()), "noproc");
}

static bool demonitor_idempotent(void)
{
    actor_ref monitor = watch(idle_one());
    return actor_demonitor(monitor, false) && !actor_demonitor(monitor, false) &&
           !actor_demonitor(actor_make_ref(), false);
}

static bool demonitor_before_exit_no_DOWN(void)
{
    actor_pid pid = idle_one();
    actor_ref monitor = watch(pid);
    actor_demonitor(monitor, false);
    signal(pid, "x");
    return await_down(monitor, 50 * MS) == NULL;
}

static bool demonitor_flush_removes_queued(void)
{
    actor_pid pid = idle_one();
    actor_ref monitor = watch(pid);
    signal(pid, "x");
    oracle_sleep(30);
    actor_demonitor(monitor, true);
    return await_down(monitor, 0) == NULL;
}

static void monitor_parent(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    oracle_tell(parent, watch(parent));
    oracle_idle(NULL);
}

/* A monitor that is another's: nothing happens, and it goes on to watch. */
static bool demonitor_foreign_ref_badarg_or_true(void)
{
    actor_pid self = actor_self();
    actor_pid pid = oracle_spawn(monitor_parent, &self, sizeof self);
    actor_ref foreign = oracle_word(actor_receive());
    struct actor_info info;
    bool removed = actor_demonitor(foreign, false);
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    CHECK_EQ(info.monitors, 1);
    signal(pid, "kill");
    return !removed;
}

static bool monitor_self_noop(void)
{
    actor_ref monitor = watch(actor_self());
    bool silent = await_down(monitor, 20 * MS) == NULL;
    actor_demonitor(monitor, false);
    return silent;
}

static bool process_info_dead_undefined(void)
{
    struct actor_info info;
    return actor_process_info(oracle_dead(), &info, NULL, 0) == -ESRCH;
}

const struct oracle_case oracle_failure[] = {
    ORACLE_CASE(exit_normal_ignored),
    ORACLE_CASE(self_exit_normal_dies),
    ORACLE_CASE(self_exit_trapped),
    ORACLE_CASE(kill_untrappable_becomes_killed),
    ORACLE_CASE(linked_sees_killed),
    ORACLE_CASE(exit1_kill_via_link_is_trappable_kill),
    ORACLE_CASE(exit1_kill_via_link_kills_nontrapping_with_kill),
    ORACLE_CASE(exit_twice_first_wins),
    ORACLE_CASE(link_idempotent_one_EXIT),
    ORACLE_CASE(unlink_one_side_suffices),
    ORACLE_CASE(unlink_then_no_late_EXIT),
    ORACLE_CASE(link_self_true_no_effect),
    ORACLE_CASE(links_bidirectional_info),
    ORACLE_CASE(normal_exit_does_not_kill_linked),
    ORACLE_CASE(monitor_stacks_n_DOWN),
    ORACLE_CASE(monitor_dead_noproc),
    ORACLE_CASE(demonitor_idempotent),
    ORACLE_CASE(demonitor_before_exit_no_DOWN),
    ORACLE_CASE(demonitor_flush_removes_queued),
    ORACLE_CASE(demonitor_foreign_ref_badarg_or_true),
    ORACLE_CASE(monitor_self_noop),
    ORACLE_CASE(large_exit_reason_intact),
    ORACLE_CASE(process_info_dead_undefined),
    ORACLE_CASE(spawn_link_atomic),
    {NULL, NULL},
};
