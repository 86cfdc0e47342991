/* Agents: a server whose requests are functions. */
#include "wire.h"

#include <actors/agent.h>

#include <assert.h>
#include <string.h>

/* The argument follows. */
struct errand {
    actor_agent_function *function;
    uint64_t silent; /* update: the answer is nothing, whatever the function says */
};

static void run(void **state, struct actor_from from, const void *data, size_t size)
{
    const struct errand *errand = data;
    actor_check(size >= sizeof *errand); /* somebody's, not of agent.h */
    const size_t left = size - sizeof *errand;
    const bool silent = errand->silent != 0;
    errand->function(state, silent ? (struct actor_from){0, 0} : from,
                     left > 0 ? errand + 1 : NULL, left);
    if (silent)
        actor_reply(from, NULL, 0);
}

static struct actor_next init(void *state, const void *argument, size_t size)
{
    run(state, (struct actor_from){0, 0}, argument, size);
    return actor_next_message();
}

static struct actor_next handle_call(void *state, struct actor_from from,
                                     const void *request, size_t size)
{
    assert(from.pid != 0);
    run(state, from, request, size);
    return actor_next_message();
}

static struct actor_next handle_cast(void *state, const void *request, size_t size)
{
    run(state, (struct actor_from){0, 0}, request, size);
    return actor_next_message();
}

static const struct actor_server agent_server = {.state_bytes = sizeof(void *),
                                                 .init = init,
                                                 .handle_call = handle_call,
                                                 .handle_cast = handle_cast};

static void *new_errand(actor_agent_function *function, bool silent, const void *argument,
                        size_t size)
{
    const struct errand errand = {function, silent};
    char *body = wire_alloc(sizeof errand + size);
    memcpy(body, &errand, sizeof errand);
    if (size > 0)
        memcpy(body + sizeof errand, argument, size);
    return body;
}

static int start_agent(actor_agent_function *function, const struct actor_start *start,
                       bool link, actor_pid *pid)
{
    struct actor_start how = start == NULL ? (struct actor_start){.size = 0} : *start;
    void *body = new_errand(function, false, how.argument, how.size);
    how.argument = body;
    how.size += sizeof(struct errand);
    int rc = link ? actor_server_start_link(&agent_server, &how, pid)
                  : actor_server_start(&agent_server, &how, pid);
    actor_free(body);
    return rc;
}

int actor_agent_start(actor_agent_function *function, const struct actor_start *start,
                      actor_pid *pid)
{
    return start_agent(function, start, false, pid);
}

int actor_agent_start_link(actor_agent_function *function,
                           const struct actor_start *start, actor_pid *pid)
{
    return start_agent(function, start, true, pid);
}

static struct actor_answer ask(actor_pid agent, void *body, size_t size,
                               int64_t timeout_ns)
{
    struct actor_answer answer =
        actor_server_call_within(agent, body, sizeof(struct errand) + size, timeout_ns);
    actor_free(body);
    return answer;
}

struct actor_answer actor_agent_get_within(actor_pid agent, actor_agent_function *get,
                                           const void *argument, size_t size,
                                           int64_t timeout_ns)
{
    return ask(agent, new_errand(get, false, argument, size), size, timeout_ns);
}

struct actor_answer actor_agent_get(actor_pid agent, actor_agent_function *get,
                                    const void *argument, size_t size)
{
    return actor_agent_get_within(agent, get, argument, size, ACTOR_CALL_TIMEOUT_NS);
}

struct actor_answer actor_agent_get_and_update(actor_pid agent,
                                               actor_agent_function *change,
                                               const void *argument, size_t size)
{
    return actor_agent_get(agent, change, argument, size);
}

void actor_agent_update(actor_pid agent, actor_agent_function *change,
                        const void *argument, size_t size)
{
    ask(agent, new_errand(change, true, argument, size), size, ACTOR_CALL_TIMEOUT_NS);
}

int actor_agent_cast(actor_pid agent, actor_agent_function *change, const void *argument,
                     size_t size)
{
    void *body = new_errand(change, false, argument, size);
    int rc = actor_server_cast(agent, body, sizeof(struct errand) + size);
    actor_free(body);
    return rc;
}

void actor_agent_stop(actor_pid agent)
{
    actor_server_stop(agent, "normal", ACTOR_FOREVER);
}
