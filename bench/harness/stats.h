/* stats.h - what a campaign says about a set of repetitions: the median and its interval.
 *
 * The interval is the order-statistic (sign test) interval of the median: with the values
 * sorted, [x(k), x(n+1-k)] covers the median with probability 1 - 2 P(B <= k-1), where
 * B ~ Binomial(n, 1/2), whatever the distribution of the values (see any text on the sign
 * test, e.g. Conover, "Practical Nonparametric Statistics", 3.2). The largest k that
 * keeps 95 % is taken: n = 6 gives minimum and maximum (96.9 %). Below six values no such
 * interval exists; then it is minimum and maximum, and `covers` says less than 0.95.
 */
#ifndef HARNESS_STATS_H
#define HARNESS_STATS_H

#include <stddef.h>

#define STATS_CONFIDENCE 0.95

struct stats_interval {
    double median;
    double low;
    double high;
    double covers; /* probability that [low, high] holds the median; 0 for n = 0 or 1 */
};

/* The rank k (1-based) of the interval's lower end for n values; 1 when n < 6.
 * Thread: any. */
size_t stats_rank(size_t n);

/* The exact coverage of [x(k), x(n+1-k)]. Thread: any. */
double stats_coverage(size_t n, size_t k);

/* Median and interval of n values, which are sorted in place. Thread: any. */
struct stats_interval stats_median(double *values, size_t n);

#endif
