/* slope.h - what one more task costs: how a figure grows with a workload's size.
 *
 * Counters named parked_… are memory held while all tasks wait. The fixed part of a
 * runtime is in each of them; the slope of a straight line through the sizes is without.
 */
#ifndef HARNESS_SLOPE_H
#define HARNESS_SLOPE_H

#include "plan.h"

/* The slope of the least-squares line through `count` points; 0 for fewer than two
 * different x. Thread: any. */
double slope_of(const double *x, const double *y, size_t count);

/* An array of {workload, model, variant, build, peer, workers, counter, sizes, per_task},
 * one for each cell that differs from others only by its size, and each such counter.
 * Owns: the caller. Thread: any. */
json_t *slope_json(const struct plan *plan);

#endif
