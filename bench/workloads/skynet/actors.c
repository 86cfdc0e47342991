/* skynet on actors: each node of a tree is a process. */
#include "on_actors.h"
#include "skynet.h"

/* Messages: struct skynet_sum, child -> parent. */

/* Roles */

struct place { /* what a process is told when it is spawned */
    actor_pid parent;
    uint64_t first;  /* ordinal of its first leaf */
    uint64_t leaves; /* below it; 1: it is one */
};

struct play {
    uint64_t ops, leaves; /* of all trees, of each */
    struct workload_answer *answer;
};

static void node(void *argument);

static void plant(uint64_t first, uint64_t leaves)
{
    struct place place = {.parent = actor_self(), .first = first, .leaves = leaves};
    actor_check(actor_spawn(node, &place, sizeof place, NULL) == 0);
}

static uint64_t hear(void)
{
    return ((const struct skynet_sum *)actor_receive()->data)->sum;
}

/* Makes ten children and adds up what they send. */
static uint64_t grow(uint64_t first, uint64_t leaves)
{
    uint64_t below = leaves / SKYNET_CHILDREN, sum = 0;
    for (uint64_t i = 0; i < SKYNET_CHILDREN; i++)
        plant(first + i * below, below);
    for (unsigned i = 0; i < SKYNET_CHILDREN; i++)
        sum += hear();
    return sum;
}

static void node(void *argument)
{
    const struct place *place = argument;
    struct skynet_sum sum = {
        .sum = place->leaves == 1 ? place->first : grow(place->first, place->leaves)};
    actor_check(actor_send(place->parent, &sum, sizeof sum) == 0);
}

/* The root of the last tree, and who has the others planted. */
static void forest(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.ops = play->leaves};
    for (; answer.ops < play->ops; answer.ops += play->leaves) {
        plant(0, play->leaves);
        answer.checksum += hear();
    }
    answer.checksum += grow(0, play->leaves);
    for (uint64_t level = 1; level <= play->leaves; level *= SKYNET_CHILDREN)
        answer.units += answer.ops / play->leaves * level;
    answer.messages = answer.units - 1;
    answer.bytes = answer.messages * sizeof(struct skynet_sum);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .ops = shape->ops, .leaves = skynet_leaves(shape), .answer = answer};
    return on_actors_run(runtime, forest, &play);
}

const struct workload_entry skynet_actors = {
    .workload = "skynet",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = SKYNET_QUANTUM,
    .sizes = skynet_sizes,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = skynet_expect,
};
