/* yield on actors: two processes that yield; a third one collects. */
#include "on_actors.h"
#include "yield.h"

/* Messages: struct yield_turns, yielder -> collector. */

/* Roles */

struct order { /* what a yielder is told when it is spawned */
    actor_pid collector;
    uint64_t number, turns;
};

struct play {
    uint64_t ops;
    struct workload_answer *answer;
};

static void yielder(void *argument)
{
    const struct order *order = argument;
    struct yield_turns turns = {0};
    for (uint64_t i = 0; i < order->turns; i++) {
        actor_yield();
        turns.weighed += order->number;
    }
    actor_check(actor_send(order->collector, &turns, sizeof turns) == 0);
}

static void collect(void *argument)
{
    const struct play *play = argument;
    struct order order = {.collector = actor_self(), .turns = play->ops / YIELD_YIELDERS};
    struct workload_answer answer = {.units = 1};
    while (order.number++ < YIELD_YIELDERS) {
        actor_check(actor_spawn(yielder, &order, sizeof order, NULL) == 0);
        answer.units++;
    }
    for (; answer.messages < YIELD_YIELDERS; answer.messages++) {
        const struct actor_message *received = actor_receive();
        answer.checksum += ((const struct yield_turns *)received->data)->weighed;
        answer.bytes += received->size;
        answer.ops += order.turns;
    }
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.ops = shape->ops, .answer = answer};
    return on_actors_run(runtime, collect, &play);
}

const struct workload_entry yield_actors = {
    .workload = "yield",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = YIELD_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = yield_expect,
};
