/* A tree, an agent and a task where memory may be lacking at any point. */
#include "behaviours.h"

#include <errno.h>

/* Large, so that each copy of it is an allocation of its own. */
static const char large[40000] = "large";

/* What lacks memory says so, or ends; nothing hangs, nothing is lost. */
static void must(int rc)
{
    CHECK(rc == 0 || rc == -ENOMEM || rc == -ECANCELED);
    if (rc != 0)
        actor_exit("no_memory");
}

static void idle(void *argument)
{
    CHECK(argument != NULL);
    for (;;)
        actor_receive();
}

static void keep(void **state, struct actor_from from, const void *argument, size_t size)
{
    CHECK_EQ(size, sizeof large);
    if (*state == NULL)
        *state = actor_alloc(size);
    actor_check(*state != NULL);
    memcpy(*state, argument, size);
    actor_reply(from, *state, size);
}

static void answer(struct actor_from from, const void *argument, size_t size)
{
    actor_reply(from, argument, size);
}

static void use_a_tree(void)
{
    const struct actor_child inner = {
        .id = "server", .server = &told_server, .name = "server"};
    const struct actor_supervisor branch = {.children = &inner, .count = 1};
    const struct actor_child two[] = {
        {.id = "idle", .body = idle, .argument = large, .size = sizeof large},
        {.id = "branch", .supervisor = &branch}};
    const struct actor_child third = {
        .id = "third", .body = idle, .argument = large, .size = sizeof large};
    size_t count;
    actor_pid top, pid;
    must(actor_supervisor_start_link(
        &(struct actor_supervisor){.children = two, .count = 2}, &top, NULL));
    must(actor_supervisor_start_child(top, &third, &pid, NULL));
    must(actor_supervisor_terminate_child(top, "third"));
    must(actor_supervisor_restart_child(top, "third", &pid));
    actor_free(actor_supervisor_which_children(top, &count));
    CHECK_EQ(count, 3);
    const struct order_form form = {ORDER_REPEAT, sizeof large};
    CHECK_EQ(actor_server_call(actor_whereis("server"), &form, sizeof form).size,
             sizeof large);
    actor_server_stop(top, "normal", ACTOR_FOREVER);
}

static void use_an_agent_and_a_task(void)
{
    struct actor_task task;
    const struct actor_start start = {.argument = large, .size = sizeof large};
    actor_pid agent;
    must(actor_agent_start(keep, &start, &agent));
    actor_agent_update(agent, keep, large, sizeof large);
    must(actor_task_async(answer, large, sizeof large, &task));
    CHECK_EQ(actor_task_await(&task).size, sizeof large);
    actor_agent_stop(agent);
}

void behaviours_all_calls(void *heard)
{
    actor_trap_exit(true);
    use_a_tree();
    use_an_agent_and_a_task();
    *(bool *)heard = true;
}
