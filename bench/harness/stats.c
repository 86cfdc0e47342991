#include "stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define FEWEST 6 /* below it not even minimum and maximum reach STATS_CONFIDENCE */

/* P(B <= last) for B ~ Binomial(n, 1/2), through logarithms so that large n stay exact.
 */
static double binomial_tail(size_t n, size_t last)
{
    assert(last <= n);
    double sum = 0;
    for (size_t i = 0; i <= last; i++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) -
                   lgamma((double)(n - i) + 1) - (double)n * log(2));
    return sum;
}

double stats_coverage(size_t n, size_t k)
{
    assert(k >= 1 && 2 * k <= n + 1);
    if (n < 2)
        return 0;
    double covers = 1 - 2 * binomial_tail(n, k - 1);
    return covers > 0 ? covers : 0;
}

size_t stats_rank(size_t n)
{
    size_t k = 1;
    if (n < FEWEST)
        return k;
    while (2 * (k + 1) <= n + 1 && stats_coverage(n, k + 1) >= STATS_CONFIDENCE)
        k++;
    return k;
}

static int ascending(const void *left, const void *right)
{
    double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

struct stats_interval stats_median(double *values, size_t n)
{
    struct stats_interval result = {0};
    if (n == 0)
        return result;
    qsort(values, n, sizeof *values, ascending);
    assert(isfinite(values[0]) && isfinite(values[n - 1]));
    size_t k = stats_rank(n);
    result.median = n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    result.low = values[k - 1];
    result.high = values[n - k];
    result.covers = stats_coverage(n, k);
    assert(result.low <= result.median && result.median <= result.high);
    return result;
}
