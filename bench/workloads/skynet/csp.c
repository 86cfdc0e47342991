/* csp.c - skynet: each node of a tree is a goroutine. */
#include "skynet.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct place { /* what a goroutine is told when it is made */
    struct csp_chan *parent;
    uint64_t first;  /* ordinal of its first leaf */
    uint64_t leaves; /* below it; 1: it is one */
};

struct play {
    uint64_t ops, leaves; /* of all trees, of each */
    struct workload_answer *answer;
};

/* --- Roles --------------------------------------------------------------------- */

static void node(void *argument);

/* Makes ten children and adds up what they send. They read their places, which lie here,
 * before they send. */
static uint64_t grow(uint64_t first, uint64_t leaves)
{
    struct place places[SKYNET_CHILDREN];
    struct skynet_sum part;
    uint64_t below = leaves / SKYNET_CHILDREN, sum = 0;
    struct csp_chan *parts = csp_chan_make(sizeof part, 0);
    for (unsigned i = 0; i < SKYNET_CHILDREN; i++) {
        places[i] = (struct place){parts, first + i * below, below};
        csp_go(node, &places[i]);
    }
    for (unsigned i = 0; i < SKYNET_CHILDREN; i++) {
        csp_recv(parts, &part);
        sum += part.sum;
    }
    csp_chan_free(parts);
    return sum;
}

static void node(void *argument)
{
    const struct place *place = argument;
    struct skynet_sum sum = {
        .sum = place->leaves == 1 ? place->first : grow(place->first, place->leaves)};
    csp_send(place->parent, &sum);
}

/* The main goroutine: the root of the last tree, and who has the others planted. */
static void forest(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.ops = play->leaves};
    struct csp_chan *trees = csp_chan_make(sizeof(struct skynet_sum), 0);
    for (; answer.ops < play->ops; answer.ops += play->leaves) {
        struct place place = {trees, 0, play->leaves};
        struct skynet_sum tree;
        csp_go(node, &place);
        csp_recv(trees, &tree);
        answer.checksum += tree.sum;
    }
    answer.checksum += grow(0, play->leaves);
    for (uint64_t level = 1; level <= play->leaves; level *= SKYNET_CHILDREN)
        answer.units += answer.ops / play->leaves * level;
    answer.messages = answer.units - 1;
    answer.bytes = answer.messages * sizeof(struct skynet_sum);
    *play->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .ops = shape->ops, .leaves = skynet_leaves(shape), .answer = answer};
    return on_csp_run(runtime, forest, &play);
}

const struct workload_entry skynet_csp = {
    .workload = "skynet",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = SKYNET_QUANTUM,
    .sizes = skynet_sizes,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = skynet_expect,
};
