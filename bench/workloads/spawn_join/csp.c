/* csp.c - spawn_join: a goroutine for each child, one channel for what they bring. */
#include "spawn_join.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct order { /* what a child is told when it is made */
    struct csp_chan *parent;
    struct spawn_join_message message;
};

struct play {
    uint64_t children, group;
    struct workload_answer *answer;
};

/* --- Roles --------------------------------------------------------------------- */

static void child(void *argument)
{
    const struct order *order = argument;
    csp_send(order->parent, &order->message);
}

/* The main goroutine is the parent. A child that it has heard from has read its order. */
static void parent(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.units = 1};
    struct csp_chan *heard =
        csp_chan_make(sizeof(struct spawn_join_message), (ptrdiff_t)play->group);
    struct order *orders = csp_alloc(play->group * sizeof *orders);
    while (answer.ops < play->children) {
        for (uint64_t i = 0; i < play->group; i++, answer.units++) {
            orders[i] = (struct order){heard, {spawn_join_value(answer.ops + i)}};
            csp_go(child, &orders[i]);
        }
        for (uint64_t i = 0; i < play->group; i++, answer.messages++, answer.ops++) {
            struct spawn_join_message message;
            csp_recv(heard, &message);
            answer.checksum += message.value;
            answer.bytes += sizeof message;
        }
    }
    *play->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .children = shape->ops, .group = spawn_join_group(shape), .answer = answer};
    return on_csp_run(runtime, parent, &play);
}

const struct workload_entry spawn_join_csp = {
    .workload = "spawn_join",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = SPAWN_JOIN_QUANTUM,
    .sizes = spawn_join_sizes,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = spawn_join_expect,
};
