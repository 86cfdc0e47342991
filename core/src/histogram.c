/* Buckets. A value below 2^(PRECISION+1) is its own bucket. Above, a value whose highest
 * set bit is `top` loses its low (top - PRECISION) bits: what is left lies in
 * [2^PRECISION, 2^(PRECISION+1)), so that each power of two takes 2^PRECISION buckets.
 *
 * Invariants
 *  1. bucket_of is monotonic and onto [0, BUCKETS).
 *  2. low_of(bucket_of(v)) <= v <= high_of(bucket_of(v)), and
 *     high_of(b) - low_of(b) < low_of(b) / 2^PRECISION above the exact part.
 *  3. total is the sum of all buckets; lowest and highest are meaningful when total > 0.
 */
#include <core/histogram.h>

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
    PRECISION = 10,
    PER_POWER = 1 << PRECISION,
    EXACT = 2 * PER_POWER,
    BUCKETS = EXACT + (63 - PRECISION) * PER_POWER,
};

struct core_histogram {
    uint64_t total;
    uint64_t lowest;
    uint64_t highest;
    uint64_t buckets[BUCKETS];
};

static uint32_t bucket_of(uint64_t value)
{
    if (value < EXACT)
        return (uint32_t)value;
    unsigned top = 63U - (unsigned)__builtin_clzll(value);
    unsigned power = top - PRECISION; /* 1 .. 63 - PRECISION */
    return (power * PER_POWER) + (uint32_t)(value >> power);
}

static uint64_t low_of(uint32_t bucket)
{
    assert(bucket < BUCKETS);
    if (bucket < EXACT)
        return bucket;
    unsigned power = bucket / PER_POWER - 1;
    return (uint64_t)(bucket - power * PER_POWER) << power;
}

static uint64_t high_of(uint32_t bucket)
{
    return bucket == BUCKETS - 1 ? UINT64_MAX : low_of(bucket + 1) - 1;
}

static void widen(struct core_histogram *h, uint64_t low, uint64_t high)
{
    assert(low <= high);
    if (h->total == 0 || low < h->lowest)
        h->lowest = low;
    if (h->total == 0 || high > h->highest)
        h->highest = high;
}

struct core_histogram *core_histogram_new(void)
{
    return calloc(1, sizeof(struct core_histogram));
}

void core_histogram_free(struct core_histogram *h)
{
    free(h);
}

void core_histogram_record(struct core_histogram *h, uint64_t value_ns)
{
    core_histogram_record_many(h, value_ns, 1);
}

void core_histogram_record_many(struct core_histogram *h, uint64_t value_ns,
                                uint64_t count)
{
    if (count == 0)
        return;
    widen(h, value_ns, value_ns);
    h->buckets[bucket_of(value_ns)] += count;
    h->total += count;
}

void core_histogram_merge(struct core_histogram *into, const struct core_histogram *from)
{
    if (from->total == 0)
        return;
    widen(into, from->lowest, from->highest);
    for (uint32_t bucket = 0; bucket < BUCKETS; bucket++)
        into->buckets[bucket] += from->buckets[bucket];
    into->total += from->total;
}

uint64_t core_histogram_count(const struct core_histogram *h)
{
    return h->total;
}

uint64_t core_histogram_min(const struct core_histogram *h)
{
    return h->lowest;
}

uint64_t core_histogram_max(const struct core_histogram *h)
{
    return h->highest;
}

double core_histogram_mean(const struct core_histogram *h)
{
    if (h->total == 0)
        return 0;
    double sum = 0;
    for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
        double middle = ((double)low_of(bucket) + (double)high_of(bucket)) / 2;
        sum += middle * (double)h->buckets[bucket];
    }
    return sum / (double)h->total;
}

uint64_t core_histogram_quantile(const struct core_histogram *h, double quantile)
{
    assert(quantile >= 0 && quantile <= 1);
    if (h->total == 0)
        return 0;
    double rank = ceil(quantile * (double)h->total);
    uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank;
    uint32_t bucket = 0;
    for (uint64_t seen = h->buckets[0]; seen < wanted && bucket < BUCKETS - 1;)
        seen += h->buckets[++bucket];
    uint64_t high = high_of(bucket);
    return high < h->highest ? high : h->highest;
}

void core_histogram_each(const struct core_histogram *h, core_histogram_visit *visit,
                         void *context)
{
    for (uint32_t bucket = 0; bucket < BUCKETS; bucket++)
        if (h->buckets[bucket] != 0)
            visit(context, bucket, low_of(bucket), high_of(bucket), h->buckets[bucket]);
}

int core_histogram_add_bucket(struct core_histogram *h, uint32_t bucket, uint64_t count)
{
    if (bucket >= BUCKETS)
        return -EINVAL;
    if (count == 0)
        return 0;
    widen(h, low_of(bucket), high_of(bucket));
    h->buckets[bucket] += count;
    h->total += count;
    return 0;
}
