/* mandelbrot on actors: eight processes compute rows; the ninth collects their sums. */
#include "mandelbrot.h"
#include "on_actors.h"

/* Messages: struct mandelbrot_sum, worker -> collector. */

/* Roles */

struct order { /* what a worker is told when it is spawned */
    uint64_t ops;
    actor_pid collector;
    unsigned worker;
};

struct play {
    uint64_t ops;
    struct workload_answer *answer;
};

static void compute(void *argument)
{
    const struct order *order = argument;
    struct mandelbrot_sum sum = {.iterations = 0};
    for (uint64_t op = order->worker; op < order->ops; op += MANDELBROT_WORKERS)
        sum.iterations += mandelbrot_row(mandelbrot_row_of(op));
    actor_check(actor_send(order->collector, &sum, sizeof sum) == 0);
}

static void collect(void *argument)
{
    const struct play *play = argument;
    struct order order = {.ops = play->ops, .collector = actor_self()};
    struct workload_answer answer = {.ops = play->ops, .units = 1};
    for (order.worker = 0; order.worker < MANDELBROT_WORKERS; order.worker++) {
        actor_check(actor_spawn(compute, &order, sizeof order, NULL) == 0);
        answer.units++;
    }
    for (unsigned i = 0; i < MANDELBROT_WORKERS; i++) {
        const struct actor_message *received = actor_receive();
        answer.checksum += ((const struct mandelbrot_sum *)received->data)->iterations;
        answer.bytes += received->size;
        answer.messages++;
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

const struct workload_entry mandelbrot_actors = {
    .workload = "mandelbrot",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = MANDELBROT_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = mandelbrot_expect,
};
