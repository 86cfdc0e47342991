/* Agents, as Elixir's documentation of Agent describes them. */
#include "behaviours.h"

#include <errno.h>

static void begin(void **state, struct actor_from from, const void *argument, size_t size)
{
    CHECK(*state == NULL && from.pid == 0);
    *state = actor_alloc(sizeof(uint64_t));
    *(uint64_t *)*state = size > 0 ? *(const uint64_t *)argument : 0;
}

static void begin_badly(void **state, struct actor_from from, const void *argument,
                        size_t size)
{
    CHECK(*state == NULL && from.pid == 0 && argument == NULL && size == 0);
    actor_exit("no state");
}

static void look(void **state, struct actor_from from, const void *argument, size_t size)
{
    CHECK(argument == NULL && size == 0);
    actor_reply(from, *state, sizeof(uint64_t));
}

static void add(void **state, struct actor_from from, const void *argument, size_t size)
{
    CHECK_EQ(size, sizeof(uint64_t));
    *(uint64_t *)*state += *(const uint64_t *)argument;
    actor_reply(from, *state, sizeof(uint64_t));
}

static void dawdle(void **state, struct actor_from from, const void *argument,
                   size_t size)
{
    CHECK(argument == NULL && size == 0);
    oracle_sleep(300);
    actor_reply(from, *state, sizeof(uint64_t));
}

static void fail(void **state, struct actor_from from, const void *argument, size_t size)
{
    CHECK(*state != NULL && from.tag != 0 && argument == NULL && size == 0);
    actor_exit("bad function");
}

static actor_pid agent_new(uint64_t value)
{
    const struct actor_start start = {.argument = &value, .size = sizeof value};
    actor_pid pid;
    CHECK_EQ(actor_agent_start(begin, &start, &pid), 0);
    return pid;
}

static uint64_t value_of(actor_pid agent)
{
    const struct actor_answer answer = actor_agent_get(agent, look, NULL, 0);
    CHECK_EQ(answer.size, sizeof(uint64_t));
    return *(const uint64_t *)answer.data;
}

static bool agent_get(void)
{
    actor_pid empty;
    CHECK_EQ(actor_agent_start(begin, NULL, &empty), 0);
    return value_of(agent_new(42)) == 42 && value_of(empty) == 0;
}

static bool agent_update(void)
{
    const uint64_t two = 2;
    actor_pid agent = agent_new(40);
    actor_agent_update(agent, add, &two, sizeof two);
    return value_of(agent) == 42 && actor_mailbox_length() == 0;
}

static bool agent_get_and_update(void)
{
    const uint64_t two = 2;
    actor_pid agent = agent_new(40);
    const struct actor_answer answer =
        actor_agent_get_and_update(agent, add, &two, sizeof two);
    return *(const uint64_t *)answer.data == 42 && value_of(agent) == 42;
}

static bool agent_cast(void)
{
    const uint64_t one = 1;
    actor_pid agent = agent_new(0);
    for (int i = 0; i < 500; i++)
        CHECK_EQ(actor_agent_cast(agent, add, &one, sizeof one), 0);
    return value_of(agent) == 500 && actor_mailbox_length() == 0;
}

static void add_many(void *argument)
{
    const uint64_t one = 1;
    for (int i = 0; i < 100; i++)
        actor_agent_update(*(const actor_pid *)argument, add, &one, sizeof one);
}

/* Updates of many callers are made one after the other. */
static bool agent_updates_are_serial(void)
{
    actor_ref monitors[8];
    actor_pid agent = agent_new(0);
    for (int i = 0; i < 8; i++)
        oracle_spawn_monitor(add_many, &agent, sizeof agent, &monitors[i]);
    for (int i = 0; i < 8; i++)
        if (!oracle_down(monitors[i], "normal"))
            return false;
    return value_of(agent) == 800;
}

static void get_badly(void *argument)
{
    actor_agent_get(*(const actor_pid *)argument, fail, NULL, 0);
}

static bool agent_function_that_fails(void)
{
    struct actor_reason why;
    actor_pid agent = agent_new(1);
    return !actor_catch(get_badly, &agent, &why) &&
           actor_reason_is(&why, "bad function") && !actor_is_alive(agent);
}

static void get_in_a_hurry(void *argument)
{
    actor_agent_get_within(*(const actor_pid *)argument, dawdle, NULL, 0, 1 * MS);
}

static bool agent_get_timeout(void)
{
    struct actor_reason why;
    actor_pid agent = agent_new(7);
    return !actor_catch(get_in_a_hurry, &agent, &why) &&
           actor_reason_is(&why, "timeout") && value_of(agent) == 7;
}

static bool agent_start_failure(void)
{
    struct actor_reason why;
    const struct actor_start start = {.why = &why};
    actor_pid pid;
    return actor_agent_start(begin_badly, &start, &pid) == -ECANCELED && pid == 0 &&
           actor_reason_is(&why, "no state");
}

static bool agent_name_and_stop(void)
{
    const struct actor_start named = {.name = "agent"};
    actor_pid pid, other;
    CHECK_EQ(actor_agent_start_link(begin, &named, &pid), 0);
    bool held = actor_whereis("agent") == pid &&
                actor_agent_start(begin, &named, &other) == -EEXIST && other == pid;
    actor_agent_stop(pid); /* "normal": its link does us no harm */
    return held && !actor_is_alive(pid) && actor_whereis("agent") == 0;
}

const struct oracle_case behaviours_agent[] = {
    ORACLE_CASE(agent_get),
    ORACLE_CASE(agent_update),
    ORACLE_CASE(agent_get_and_update),
    ORACLE_CASE(agent_cast),
    ORACLE_CASE(agent_updates_are_serial),
    ORACLE_CASE(agent_function_that_fails),
    ORACLE_CASE(agent_get_timeout),
    ORACLE_CASE(agent_start_failure),
    ORACLE_CASE(agent_name_and_stop),
    {NULL, NULL},
};
