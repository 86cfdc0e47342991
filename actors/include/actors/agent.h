/* agent.h - a process that keeps a state, as Elixir's Agent.
 *
 *     static void empty(void **state, struct actor_from from, const void *a, size_t size)
 *     {
 *         (void)from, (void)a, (void)size;
 *         *state = actor_alloc(sizeof(uint64_t));
 *         *(uint64_t *)*state = 0;
 *     }
 *     static void count(void **state, struct actor_from from, const void *a, size_t size)
 *     {
 *         (void)a, (void)size;
 *         ++*(uint64_t *)*state;
 *         actor_reply(from, *state, sizeof(uint64_t));
 *     }
 *     actor_agent_start_link(empty, NULL, &agent);
 *     actor_agent_get_and_update(agent, count, NULL, 0);
 *
 * The functions run in the agent, one after the other; *state and all that it points at is
 * the agent's private memory. Failures are those of actor_server_call. Semantics: Agent of
 * Elixir 1.14. Thread: process, and May: yield, for every function here.
 */
#ifndef ACTORS_AGENT_H
#define ACTORS_AGENT_H

#include <actors/server.h>

/* Does something with the state; its answer is what it gives to actor_reply, nothing if it
 * does not call that. The argument is a copy. One that fails ends the agent. */
typedef void actor_agent_function(void **state, struct actor_from from,
                                  const void *argument, size_t size);

/* Runs init, whose argument is start's, and answers when it has returned. Errors: as
 * actor_server_start. */
int actor_agent_start(actor_agent_function *init, const struct actor_start *start,
                      actor_pid *pid);
int actor_agent_start_link(actor_agent_function *init, const struct actor_start *start,
                           actor_pid *pid);

/* Runs a function that only looks, and waits for its answer, 5 s at most. */
struct actor_answer actor_agent_get(actor_pid agent, actor_agent_function *get,
                                    const void *argument, size_t size);
struct actor_answer actor_agent_get_within(actor_pid agent, actor_agent_function *get,
                                           const void *argument, size_t size,
                                           int64_t timeout_ns);
/* The same for one that changes the state too. */
struct actor_answer actor_agent_get_and_update(actor_pid agent,
                                               actor_agent_function *change,
                                               const void *argument, size_t size);
/* Waits until the state has been changed. */
void actor_agent_update(actor_pid agent, actor_agent_function *change,
                        const void *argument, size_t size);
/* Does not wait. Errors: -ENOMEM, -EINVAL (4 GiB and more). */
int actor_agent_cast(actor_pid agent, actor_agent_function *change, const void *argument,
                     size_t size);
/* Waits for its end, of reason "normal". */
void actor_agent_stop(actor_pid agent);

#endif
