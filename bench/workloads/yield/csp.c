/* csp.c - yield as two goroutines that call csp_gosched; main collects. */
#include "yield.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct yielder {
    struct csp_chan *collector;
    uint64_t number, turns;
};

struct play {
    uint64_t ops;
    struct workload_answer *answer;
    struct yielder yielders[YIELD_YIELDERS];
};

/* --- Roles --------------------------------------------------------------------- */

static void be_yielder(void *argument)
{
    const struct yielder *yielder = argument;
    struct yield_turns turns = {0};
    for (uint64_t i = 0; i < yielder->turns; i++) {
        csp_gosched();
        turns.weighed += yielder->number;
    }
    csp_send(yielder->collector, &turns);
}

/* The main goroutine is the collector. */
static void collect(void *argument)
{
    struct play *play = argument;
    struct workload_answer answer = {.units = YIELD_TASKS};
    struct yield_turns turns;
    struct csp_chan *collector = csp_chan_make(sizeof turns, 0);
    for (unsigned i = 0; i < YIELD_YIELDERS; i++) {
        play->yielders[i] =
            (struct yielder){collector, i + 1, play->ops / YIELD_YIELDERS};
        csp_go(be_yielder, &play->yielders[i]);
    }
    for (; answer.messages < YIELD_YIELDERS; answer.messages++) {
        csp_recv(collector, &turns);
        answer.checksum += turns.weighed;
        answer.bytes += sizeof turns;
        answer.ops += play->ops / YIELD_YIELDERS;
    }
    *play->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.ops = shape->ops, .answer = answer};
    return on_csp_run(runtime, collect, &play);
}

const struct workload_entry yield_csp = {
    .workload = "yield",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = YIELD_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = yield_expect,
};
