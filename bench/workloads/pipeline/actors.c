/* pipeline on actors: four stages and the collector are a process each. */
#include "on_actors.h"
#include "pipeline.h"

/* Messages: struct pipeline_item, stage -> next stage -> … -> collector. */

/* Roles */

struct order { /* what a stage is told when it is spawned */
    actor_pid next;
    uint64_t items;
};

struct play {
    uint64_t ops;
    struct workload_answer *answer;
};

static struct pipeline_item hear(void)
{
    return *(const struct pipeline_item *)actor_receive()->data;
}

static void hand_on(actor_pid next, struct pipeline_item item)
{
    item.value = pipeline_work(item.value);
    actor_check(actor_send(next, &item, sizeof item) == 0);
}

static void first_stage(void *argument)
{
    const struct order *order = argument;
    for (uint64_t i = 0; i < order->items; i++)
        hand_on(order->next, pipeline_make(i));
}

static void stage(void *argument)
{
    const struct order *order = argument;
    for (uint64_t i = 0; i < order->items; i++)
        hand_on(order->next, hear());
}

/* Makes the stages, the last one first. */
static void collect(void *argument)
{
    const struct play *play = argument;
    struct order order = {.next = actor_self(), .items = play->ops};
    struct workload_answer answer = {.units = 1};
    for (unsigned left = PIPELINE_STAGES; left > 0; left--, answer.units++) {
        actor_pid made;
        actor_check(actor_spawn(left == 1 ? first_stage : stage, &order, sizeof order,
                                &made) == 0);
        order.next = made;
    }
    for (; answer.ops < play->ops; answer.ops++)
        answer.checksum += pipeline_count(hear(), answer.ops);
    answer.messages = PIPELINE_STAGES * answer.ops;
    answer.bytes = answer.messages * sizeof(struct pipeline_item);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.ops = shape->ops, .answer = answer};
    return on_actors_run(runtime, collect, &play);
}

const struct workload_entry pipeline_actors = {
    .workload = "pipeline",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = PIPELINE_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = pipeline_expect,
};
