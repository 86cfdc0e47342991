/* Names, and what a process may and may not do with others. */
#include "oracle.h"

#include <errno.h>

static actor_pid idle_one(void)
{
    return oracle_spawn(oracle_idle, NULL, 0);
}

static void end(actor_pid pid, const char *reason)
{
    CHECK_EQ(actor_exit_signal(pid, reason), 0);
}

static bool monitor_by_name_DOWN_has_name(void)
{
    actor_pid pid = idle_one();
    actor_ref monitor;
    CHECK_EQ(actor_register("orc", pid), 0);
    CHECK_EQ(actor_monitor_name("orc", &monitor), 0);
    end(pid, "x");
    const struct actor_message *message = actor_receive_within(500 * MS);
    if (message == NULL || message->kind != ACTOR_DOWN)
        return false;
    const struct actor_down *down = message->data;
    return down->monitor == monitor && down->pid == pid && down->name != NULL &&
           strcmp(down->name, "orc") == 0 && actor_reason_is(&down->reason, "x");
}

static bool monitor_of_no_name_is_noproc(void)
{
    actor_ref monitor, removed;
    CHECK_EQ(actor_monitor_name("nobody", &removed), 0);
    CHECK(actor_demonitor(removed, true) || actor_receive_within(0) == NULL);
    CHECK_EQ(actor_monitor_name("nobody", &monitor), 0);
    return oracle_down(monitor, "noproc") && actor_receive_within(0) == NULL;
}

static bool register_errors(void)
{
    actor_pid p = idle_one(), q = idle_one();
    char longest[300];
    memset(longest, 'n', sizeof longest);
    longest[255] = '\0';
    CHECK_EQ(actor_register("orc3", p), 0);
    CHECK_EQ(actor_register("orc3", q), -EEXIST);
    CHECK_EQ(actor_register("orc4", p), -EEXIST);
    CHECK_EQ(actor_register("undefined", q), -EINVAL);
    CHECK_EQ(actor_register("", q), -EINVAL);
    CHECK_EQ(actor_register("orc4", 0), -EINVAL);
    CHECK_EQ(actor_unregister("nosuch"), -ESRCH);
    CHECK_EQ(actor_register("orc5", oracle_dead()), -ESRCH);
    CHECK_EQ(actor_register(longest, q), 0);
    CHECK(actor_whereis(longest) == q && actor_whereis("orc3") == p);
    longest[255] = 'n';
    longest[256] = '\0';
    CHECK_EQ(actor_register(longest, q), -EINVAL);
    CHECK_EQ(actor_unregister("orc3"), 0);
    CHECK_EQ(actor_register("orc6", p), 0);
    end(p, "kill");
    end(q, "kill");
    return actor_whereis("orc5") == 0 && actor_whereis("orc3") == 0;
}

static bool send_unregistered_badarg_send_deadpid_ok(void)
{
    uint64_t word = 1;
    return actor_send_name("nosuchname", &word, sizeof word) == -ESRCH &&
           actor_send(oracle_dead(), &word, sizeof word) == 0;
}

static bool send_by_name_arrives(void)
{
    uint64_t word = 77;
    CHECK_EQ(actor_register("me", actor_self()), 0);
    CHECK_EQ(actor_send_name("me", &word, sizeof word), 0);
    return oracle_word(actor_receive()) == 77;
}

/* register_SUITE otp_8099: the name is free when the death is heard. */
static bool named_down(void)
{
    for (int i = 0; i < 2000; i++) {
        actor_ref monitor;
        actor_pid pid = oracle_spawn_monitor(oracle_idle, NULL, 0, &monitor);
        CHECK_EQ(actor_register("again", pid), 0);
        end(pid, "kill");
        if (i % 2 == 0 && !oracle_down(monitor, "killed"))
            return false;
        if (i % 2 == 1)
            while (actor_is_alive(pid))
                actor_yield();
        if (actor_whereis("again") != 0)
            return false;
    }
    return true;
}

static void take_name(void *argument)
{
    const uint64_t *order = argument; /* parent, number of the name */
    char name[16] = "name 0";
    name[5] = (char)('0' + order[1]);
    for (int i = 0; i < 50; i++) {
        int rc = actor_register(name, actor_self());
        CHECK(rc == 0 || rc == -EEXIST);
        if (i % 3 == 0)
            actor_unregister(name); /* perhaps another's */
    }
    oracle_tell(order[0], 1);
}

/* Many that fight for few names: each name is free when all have ended. */
static bool names_change_hands_under_fire(void)
{
    enum { FIGHTERS = 200, NAMES = 4 };
    for (uint64_t i = 0; i < FIGHTERS; i++) {
        uint64_t order[2] = {actor_self(), i % NAMES};
        oracle_spawn(take_name, order, sizeof order);
    }
    for (int i = 0; i < FIGHTERS; i++)
        oracle_word(actor_receive());
    char name[16] = "name 0";
    for (int i = 0; i < NAMES; i++) {
        name[5] = (char)('0' + i);
        while (actor_whereis(name) != 0)
            actor_yield();
        CHECK_EQ(actor_register(name, actor_self()), 0);
        CHECK_EQ(actor_unregister(name), 0);
    }
    return true;
}

const struct oracle_case oracle_names[] = {
    ORACLE_CASE(monitor_by_name_DOWN_has_name),
    ORACLE_CASE(monitor_of_no_name_is_noproc),
    ORACLE_CASE(register_errors),
    ORACLE_CASE(send_unregistered_badarg_send_deadpid_ok),
    ORACLE_CASE(send_by_name_arrives),
    ORACLE_CASE(named_down),
    ORACLE_CASE(names_change_hands_under_fire),
    {NULL, NULL},
};
