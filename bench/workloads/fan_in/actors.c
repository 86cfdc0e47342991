/* fan_in on actors: eight processes send to one mailbox. */
#include "fan_in.h"
#include "on_actors.h"

/* Messages: struct fan_in_message, producer -> consumer. */

/* Roles */

struct order { /* what a producer is told when it is spawned */
    uint64_t messages;
    actor_pid consumer;
    unsigned producer;
};

struct play {
    uint64_t messages;
    struct workload_answer *answer;
};

static void produce(void *argument)
{
    const struct order *order = argument;
    for (uint64_t i = 0; i < order->messages; i++) {
        struct fan_in_message message = {.value = fan_in_value(i, order->producer)};
        actor_check(actor_send(order->consumer, &message, sizeof message) == 0);
    }
}

static void consume(void *argument)
{
    const struct play *play = argument;
    struct order order = {.messages = play->messages / FAN_IN_PRODUCERS,
                          .consumer = actor_self()};
    struct workload_answer answer = {.units = 1};
    for (order.producer = 0; order.producer < FAN_IN_PRODUCERS; order.producer++) {
        actor_check(actor_spawn(produce, &order, sizeof order, NULL) == 0);
        answer.units++;
    }
    while (answer.ops < play->messages) {
        const struct actor_message *received = actor_receive();
        answer.checksum += ((const struct fan_in_message *)received->data)->value;
        answer.bytes += received->size;
        answer.ops++;
    }
    answer.messages = answer.ops;
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.messages = shape->ops, .answer = answer};
    return on_actors_run(runtime, consume, &play);
}

const struct workload_entry fan_in_actors = {
    .workload = "fan_in",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = FAN_IN_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = fan_in_expect,
};
