/* mandelbrot on the event loop: eight async tasks on its one thread; each lets the loop
 * turn after every row, so that what else it serves stays responsive. */
#include "mandelbrot.h"
#include "on_eventloop.h"

/* Messages: struct mandelbrot_sum, worker -> collector. */

/* Roles */

struct worker {
    struct loop_immediate immediate;
    struct loop_inbox *results;
    uint64_t ops; /* of all workers */
    uint64_t next_op;
    uint64_t done;
    uint64_t sent;
    struct mandelbrot_sum sum;
};

struct collector {
    struct loop_inbox results;
    uint64_t received;
    uint64_t sum;
};

static void work(struct loop *loop, void *context)
{
    struct worker *worker = context;
    if (worker->next_op < worker->ops) {
        worker->sum.iterations += mandelbrot_row(mandelbrot_row_of(worker->next_op));
        worker->next_op += MANDELBROT_WORKERS;
        worker->done++;
        loop_set_immediate(loop, &worker->immediate, work, worker);
    } else {
        on_eventloop_check(loop, loop_inbox_put(worker->results, &worker->sum));
        worker->sent++;
    }
}

static void collect(struct loop *loop, void *context)
{
    struct collector *collector = context;
    struct mandelbrot_sum sum;
    while (loop_inbox_take(&collector->results, &sum)) {
        collector->sum += sum.iterations;
        collector->received++;
    }
    if (collector->received < MANDELBROT_WORKERS)
        on_eventloop_check(loop,
                           loop_inbox_await(&collector->results, collect, collector));
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct loop *loop = on_eventloop_loop(runtime);
    struct collector collector = {.received = 0};
    struct worker workers[MANDELBROT_WORKERS];
    loop_inbox_open(loop, &collector.results, sizeof(struct mandelbrot_sum));
    collect(loop, &collector);
    for (unsigned t = 0; t < MANDELBROT_WORKERS; t++) {
        workers[t] = (struct worker){
            .results = &collector.results, .ops = shape->ops, .next_op = t};
        work(loop, &workers[t]);
    }
    int error = on_eventloop_run(runtime);
    loop_inbox_close(&collector.results);
    *answer =
        (struct workload_answer){.units = MANDELBROT_TASKS, .checksum = collector.sum};
    for (unsigned t = 0; t < MANDELBROT_WORKERS; t++) {
        answer->ops += workers[t].done;
        answer->messages += workers[t].sent;
    }
    answer->bytes = answer->messages * sizeof(struct mandelbrot_sum);
    return error;
}

const struct workload_entry mandelbrot_eventloop = {
    .workload = "mandelbrot",
    .model = "eventloop",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 1,
    .quantum = MANDELBROT_QUANTUM,
    .start = on_eventloop_start,
    .run = run,
    .stop = on_eventloop_stop,
    .counters = on_eventloop_counters,
    .expect = mandelbrot_expect,
};
