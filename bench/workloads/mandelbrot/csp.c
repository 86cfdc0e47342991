/* csp.c - mandelbrot as eight goroutines that send their sums into one channel. */
#include "mandelbrot.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct worker {
    struct csp_chan *sums;
    uint64_t first; /* this op, and each MANDELBROT_WORKERS-th after it … */
    uint64_t ops;   /* … below this one */
};

struct picture {
    uint64_t ops;
    struct workload_answer *answer;
    struct worker workers[MANDELBROT_WORKERS];
};

/* --- Roles --------------------------------------------------------------------- */

static void compute(void *argument)
{
    const struct worker *worker = argument;
    struct mandelbrot_sum sum = {0};
    for (uint64_t op = worker->first; op < worker->ops; op += MANDELBROT_WORKERS)
        sum.iterations += mandelbrot_row(mandelbrot_row_of(op));
    csp_send(worker->sums, &sum);
}

static void collect(struct csp_chan *sums, struct workload_answer *answer)
{
    struct mandelbrot_sum sum;
    for (unsigned i = 0; i < MANDELBROT_WORKERS; i++) {
        csp_recv(sums, &sum);
        answer->messages++;
        answer->bytes += sizeof sum;
        answer->checksum += sum.iterations;
    }
}

/* --- Run ----------------------------------------------------------------------- */

/* The main goroutine is the collector. */
static void start_all(void *argument)
{
    struct picture *picture = argument;
    struct csp_chan *sums =
        csp_chan_make(sizeof(struct mandelbrot_sum), MANDELBROT_WORKERS);
    for (unsigned i = 0; i < MANDELBROT_WORKERS; i++) {
        picture->workers[i] = (struct worker){sums, i, picture->ops};
        csp_go(compute, &picture->workers[i]);
    }
    collect(sums, picture->answer);
    picture->answer->ops = picture->ops;
    picture->answer->units = MANDELBROT_TASKS;
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    *answer = (struct workload_answer){0};
    struct picture picture = {.ops = shape->ops, .answer = answer};
    return on_csp_run(runtime, start_all, &picture);
}

const struct workload_entry mandelbrot_csp = {
    .workload = "mandelbrot",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = MANDELBROT_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = mandelbrot_expect,
};
