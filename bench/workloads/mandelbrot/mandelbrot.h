/* mandelbrot.h - rows of a picture computed by eight tasks; one op is one row.
 *
 * Op number n computes row 317 * n mod 512 of a picture of 512 x 512 points over re
 * [-2.0, 0.5), im [-1.25, 1.25), at most 128 iterations a point. Rows in the middle cost
 * a hundred times those at the edge; the stride (odd, and close to the golden section of
 * 512) spreads them, so that an op costs the same on average however many are done. Task
 * t (0..7) does ops t, t+8, t+16 ... and at its end sends one message, the sum of its
 * iteration counts, to the collector, who adds up the eight sums.
 *
 * The counts are the same integers in every language and on every CPU: the coordinates
 * are exact (the step, 2.5/512 = 5/1024, is a binary fraction), and each product is
 * rounded by itself. A fused multiply-add would round differently; the project compiles
 * with -ffp-contract=off (cmake/Quartet.cmake), and mandelbrot.go writes its products as
 * conversions for the same reason.
 */
#ifndef MANDELBROT_H
#define MANDELBROT_H

#include "workload.h"

#define MANDELBROT_WORKERS 8u
#define MANDELBROT_QUANTUM MANDELBROT_WORKERS /* ops are a multiple of this */
#define MANDELBROT_TASKS \
    (MANDELBROT_WORKERS + 1u)      /* and the collector; made by each run */
#define MANDELBROT_WIDTH 512u      /* points of a row */
#define MANDELBROT_HEIGHT 512u     /* rows of the picture */
#define MANDELBROT_STRIDE 317u     /* rows from one op to the next, modulo the height */
#define MANDELBROT_ITERATIONS 128u /* the most a point is given */
#define MANDELBROT_STEP (5.0 / 1024.0)
#define MANDELBROT_LEFT (-2.0)
#define MANDELBROT_TOP (-1.25)
/* The sum of the iteration counts of all rows: a vector for tests in any language. */
#define MANDELBROT_PICTURE_SUM UINT64_C(9482156)

/* The only message: what one task adds to the checksum. */
struct mandelbrot_sum {
    uint64_t iterations;
};

_Static_assert(sizeof(struct mandelbrot_sum) == 8, "the payload is 8 bytes");

/* Iterations of one point until it is found outside the circle of radius 2. */
static inline uint32_t mandelbrot_point(double re, double im)
{
    double zr = 0.0;
    double zi = 0.0;
    uint32_t n = 0;
    while (n < MANDELBROT_ITERATIONS) {
        double zr2 = zr * zr;
        double zi2 = zi * zi;
        if (zr2 + zi2 > 4.0)
            break;
        double product = 2.0 * zr * zi;
        zi = product + im;
        zr = zr2 - zi2 + re;
        n++;
    }
    return n;
}

/* The sum of the iteration counts of the points first .. end-1 of a row; for a model that
 * must look up between parts of a row. row < MANDELBROT_HEIGHT, end <= MANDELBROT_WIDTH.
 */
static inline uint64_t mandelbrot_points(uint32_t row, uint32_t first, uint32_t end)
{
    double im = MANDELBROT_TOP + MANDELBROT_STEP * row;
    uint64_t sum = 0;
    for (uint32_t x = first; x < end; x++)
        sum += mandelbrot_point(MANDELBROT_LEFT + MANDELBROT_STEP * x, im);
    return sum;
}

/* The kernel: the sum of the iteration counts of one row. */
static inline uint64_t mandelbrot_row(uint32_t row)
{
    return mandelbrot_points(row, 0, MANDELBROT_WIDTH);
}

/* The row that op number `op` computes. */
static inline uint32_t mandelbrot_row_of(uint64_t op)
{
    return (uint32_t)(op % MANDELBROT_HEIGHT) * MANDELBROT_STRIDE % MANDELBROT_HEIGHT;
}

/* The checksum of ops 0 .. ops-1. Costs one picture at most. */
static inline uint64_t mandelbrot_checksum(uint64_t ops)
{
    uint64_t sum = 0;
    for (uint32_t op = 0; op < MANDELBROT_HEIGHT; op++) {
        uint64_t times = ops / MANDELBROT_HEIGHT + (op < ops % MANDELBROT_HEIGHT);
        if (times > 0)
            sum += times * mandelbrot_row(mandelbrot_row_of(op));
    }
    return sum;
}

/* What a run of shape->ops rows must answer in every model and peer. */
static inline void mandelbrot_expect(const struct workload_shape *shape,
                                     struct workload_answer *answer)
{
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = MANDELBROT_TASKS,
        .messages = MANDELBROT_WORKERS,
        .bytes = sizeof(struct mandelbrot_sum) * MANDELBROT_WORKERS,
        .checksum = mandelbrot_checksum(shape->ops),
    };
}

/* What the plain loop must answer: the same sum, from one thread that sends nothing. */
static inline void mandelbrot_expect_sequential(const struct workload_shape *shape,
                                                struct workload_answer *answer)
{
    mandelbrot_expect(shape, answer);
    answer->units = 1;
    answer->messages = 0;
    answer->bytes = 0;
}

#endif
