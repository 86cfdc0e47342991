/* mandelbrot on gil: eight threads compute rows, one at a time; the ninth collects. */
#include "mandelbrot.h"
#include "on_gil.h"

/* Messages: struct mandelbrot_sum's number, worker -> collector, through one queue. */

/* An interpreter looks at its eval breaker in each turn of each loop; a look each so many
 * points is as good, at a few microseconds, and does not slow the kernel down. */
#define POINTS_PER_LOOK 64u
_Static_assert(MANDELBROT_WIDTH % POINTS_PER_LOOK == 0, "no points are left over");

/* Roles */

struct play {
    uint64_t ops;
    struct gil_queue *sums;
    struct workload_answer *answer;
};

struct worker {
    const struct play *play;
    unsigned number;
};

GIL_HELD static uint64_t compute_row(uint32_t row)
{
    uint64_t iterations = 0;
    for (uint32_t x = 0; x < MANDELBROT_WIDTH; x += POINTS_PER_LOOK) {
        iterations += mandelbrot_points(row, x, x + POINTS_PER_LOOK);
        gil_checkpoint();
    }
    return iterations;
}

GIL_HELD static void compute(void *argument)
{
    const struct worker *me = argument;
    uint64_t iterations = 0;
    for (uint64_t op = me->number; op < me->play->ops; op += MANDELBROT_WORKERS)
        iterations += compute_row(mandelbrot_row_of(op));
    on_gil_put(me->play->sums, iterations);
}

GIL_HELD static void collect(void *argument)
{
    const struct play *play = argument;
    struct workload_answer *answer = play->answer;
    for (unsigned i = 0; i < MANDELBROT_WORKERS; i++) {
        answer->checksum += on_gil_get(play->sums);
        answer->bytes += sizeof(struct mandelbrot_sum);
        answer->messages++;
        gil_checkpoint();
    }
}

GIL_HELD static void play_all(void *argument)
{
    struct play *play = argument;
    *play->answer = (struct workload_answer){.ops = play->ops};
    play->sums = on_gil_queue();
    struct worker workers[MANDELBROT_WORKERS];
    struct gil_thread *threads[MANDELBROT_TASKS] = {on_gil_spawn(collect, play)};
    for (unsigned t = 0; t < MANDELBROT_WORKERS; t++) {
        workers[t] = (struct worker){.play = play, .number = t};
        threads[1 + t] = on_gil_spawn(compute, &workers[t]);
    }
    for (unsigned i = 0; i < MANDELBROT_TASKS; i++) {
        on_gil_join(threads[i]);
        play->answer->units++;
    }
    gil_queue_free(play->sums);
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.ops = shape->ops, .answer = answer};
    return on_gil_run(runtime, play_all, &play);
}

const struct workload_entry mandelbrot_gil = {
    .workload = "mandelbrot",
    .model = "gil",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = MANDELBROT_QUANTUM,
    .start = on_gil_start,
    .run = run,
    .stop = on_gil_stop,
    .counters = on_gil_counters,
    .expect = mandelbrot_expect,
};
