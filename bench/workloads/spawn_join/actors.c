/* spawn_join on actors: the parent is a process, each child is one. */
#include "on_actors.h"
#include "spawn_join.h"

/* Messages: struct spawn_join_message, child -> parent. */

/* Roles */

struct order { /* what a child is told when it is spawned */
    actor_pid parent;
    struct spawn_join_message message;
};

struct play {
    uint64_t children, group;
    struct workload_answer *answer;
};

static void child(void *argument)
{
    const struct order *order = argument;
    actor_check(actor_send(order->parent, &order->message, sizeof order->message) == 0);
}

static void parent(void *argument)
{
    const struct play *play = argument;
    struct order order = {.parent = actor_self()};
    struct workload_answer answer = {.units = 1};
    while (answer.ops < play->children) {
        for (uint64_t i = 0; i < play->group; i++, answer.units++) {
            order.message.value = spawn_join_value(answer.ops + i);
            actor_check(actor_spawn(child, &order, sizeof order, NULL) == 0);
        }
        for (uint64_t i = 0; i < play->group; i++, answer.messages++, answer.ops++) {
            const struct actor_message *received = actor_receive();
            answer.checksum += ((const struct spawn_join_message *)received->data)->value;
            answer.bytes += received->size;
        }
    }
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .children = shape->ops, .group = spawn_join_group(shape), .answer = answer};
    return on_actors_run(runtime, parent, &play);
}

const struct workload_entry spawn_join_actors = {
    .workload = "spawn_join",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = SPAWN_JOIN_QUANTUM,
    .sizes = spawn_join_sizes,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = spawn_join_expect,
};
