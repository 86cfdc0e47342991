/* csp.c - bounded_buffer: the buffer is a channel with places. */
#include "bounded_buffer.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct worker { /* a producer or a consumer */
    struct csp_chan *buffer, *reports;
    uint64_t items;
    uint8_t number;
};

struct play {
    uint64_t ops;
    unsigned pairs;
    struct workload_answer *answer;
    struct worker producers[BOUNDED_BUFFER_MOST], consumers[BOUNDED_BUFFER_MOST];
};

/* --- Roles --------------------------------------------------------------------- */

static void produce(void *argument)
{
    const struct worker *me = argument;
    struct bounded_buffer_item item = {.producer = me->number & 63u};
    for (uint64_t left = me->items; left > 0; left--, item.number++)
        csp_send(me->buffer, &item);
}

static void consume(void *argument)
{
    const struct worker *me = argument;
    struct bounded_buffer_item item;
    struct bounded_buffer_report report = {0};
    uint64_t next[BOUNDED_BUFFER_MOST] = {0};
    for (uint64_t left = me->items; left > 0; left--) {
        csp_recv(me->buffer, &item);
        report.sum += bounded_buffer_count(next, item);
    }
    csp_send(me->reports, &report);
}

/* The main goroutine starts all and hears the reports. */
static void start_all(void *argument)
{
    struct play *play = argument;
    struct workload_answer answer = {.units = 1};
    struct bounded_buffer_report report;
    struct worker worker = {.items = play->ops / play->pairs};
    worker.buffer = csp_chan_make(sizeof(struct bounded_buffer_item),
                                  (ptrdiff_t)bounded_buffer_places(play->pairs));
    worker.reports = csp_chan_make(sizeof report, 0);
    for (; worker.number < play->pairs; worker.number++, answer.units += 2) {
        play->producers[worker.number] = play->consumers[worker.number] = worker;
        csp_go(produce, &play->producers[worker.number]);
        csp_go(consume, &play->consumers[worker.number]);
    }
    for (unsigned i = 0; i < play->pairs; i++, answer.ops += worker.items) {
        csp_recv(worker.reports, &report);
        answer.checksum += report.sum;
    }
    answer.messages = answer.ops + play->pairs;
    answer.bytes = sizeof report * answer.messages;
    *play->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .ops = shape->ops, .pairs = bounded_buffer_pairs(shape), .answer = answer};
    return on_csp_run(runtime, start_all, &play);
}

const struct workload_entry bounded_buffer_csp = {
    .workload = "bounded_buffer",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = BOUNDED_BUFFER_QUANTUM,
    .sizes = bounded_buffer_sizes,
    .size_count = BOUNDED_BUFFER_SIZE_COUNT,
    .ops_by_size = true,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = bounded_buffer_expect,
};
