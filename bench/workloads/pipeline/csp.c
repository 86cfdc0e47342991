/* csp.c - pipeline: four stages are a goroutine each, with a channel of 16 places behind
 * it. */
#include "pipeline.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct stage {
    struct csp_chan *in, *out;
    uint64_t items;
};

struct play {
    uint64_t ops;
    struct workload_answer *answer;
    struct stage stages[PIPELINE_STAGES];
};

/* --- Roles --------------------------------------------------------------------- */

static void hand_on(const struct stage *me, struct pipeline_item item)
{
    item.value = pipeline_work(item.value);
    csp_send(me->out, &item);
}

static void be_first(void *argument)
{
    const struct stage *me = argument;
    for (uint64_t i = 0; i < me->items; i++)
        hand_on(me, pipeline_make(i));
}

static void be_stage(void *argument)
{
    const struct stage *me = argument;
    struct pipeline_item item;
    for (uint64_t i = 0; i < me->items; i++) {
        csp_recv(me->in, &item);
        hand_on(me, item);
    }
}

/* The main goroutine is the collector. */
static void collect(void *argument)
{
    struct play *play = argument;
    struct workload_answer answer = {.units = 1};
    struct csp_chan *chan = NULL;
    for (unsigned i = 0; i < PIPELINE_STAGES; i++, answer.units++) {
        struct csp_chan *in = chan;
        chan = csp_chan_make(sizeof(struct pipeline_item), PIPELINE_PLACES);
        play->stages[i] = (struct stage){in, chan, play->ops};
        if (i == 0)
            csp_go(be_first, &play->stages[i]);
        else
            csp_go(be_stage, &play->stages[i]);
    }
    for (; answer.ops < play->ops; answer.ops++) {
        struct pipeline_item item;
        csp_recv(chan, &item);
        answer.checksum += pipeline_count(item, answer.ops);
    }
    answer.messages = PIPELINE_STAGES * answer.ops;
    answer.bytes = answer.messages * sizeof(struct pipeline_item);
    *play->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.ops = shape->ops, .answer = answer};
    return on_csp_run(runtime, collect, &play);
}

const struct workload_entry pipeline_csp = {
    .workload = "pipeline",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = PIPELINE_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = pipeline_expect,
};
