#include "check.h"

#include <core/histogram.h>
#include <core/rng.h>
#include <errno.h>
#include <math.h>

enum { SAMPLES = 50000 };

static int ascending(const void *left, const void *right)
{
    const uint64_t *l = left, *r = right;
    return (*l > *r) - (*l < *r);
}

/* Spread over the powers of two from 1 to 2^40, as waits are: many small, few huge. */
static uint64_t draw(struct core_rng *rng)
{
    uint64_t wide = (uint64_t)core_rng_next(rng) << 9 | core_rng_below(rng, 512);
    return wide >> core_rng_below(rng, 41);
}

static void check_quantile(const struct core_histogram *h, const uint64_t *sorted,
                           size_t n, double quantile)
{
    size_t rank = (size_t)ceil(quantile * (double)n);
    uint64_t truth = sorted[rank == 0 ? 0 : rank - 1];
    uint64_t told = core_histogram_quantile(h, quantile);
    CHECK(told >= truth);
    CHECK(told - truth <= truth / 1024);
}

static void percentiles_stay_within_the_stated_error(void)
{
    static uint64_t values[SAMPLES];
    struct core_histogram *h = core_histogram_new();
    CHECK(h != NULL);
    struct core_rng rng;
    core_rng_seed(&rng, 1);
    double sum = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        values[i] = draw(&rng);
        sum += (double)values[i];
        core_histogram_record(h, values[i]);
    }
    qsort(values, SAMPLES, sizeof *values, ascending);
    static const double quantiles[] = {0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.9999, 1};
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        check_quantile(h, values, SAMPLES, quantiles[i]);
    CHECK_EQ(core_histogram_count(h), SAMPLES);
    CHECK_EQ(core_histogram_min(h), values[0]);
    CHECK_EQ(core_histogram_max(h), values[SAMPLES - 1]);
    CHECK(fabs(core_histogram_mean(h) - sum / SAMPLES) <= sum / SAMPLES / 1024);
    core_histogram_free(h);
}

struct copy {
    struct core_histogram *into;
    uint32_t last_bucket;
    uint64_t last_high;
    size_t buckets;
};

static void copy_bucket(void *context, uint32_t bucket, uint64_t low_ns, uint64_t high_ns,
                        uint64_t count)
{
    struct copy *copy = context;
    CHECK(low_ns <= high_ns);
    CHECK(count > 0);
    if (copy->buckets++ > 0) {
        CHECK(bucket > copy->last_bucket);
        CHECK(low_ns > copy->last_high);
    }
    copy->last_bucket = bucket;
    copy->last_high = high_ns;
    CHECK_EQ(core_histogram_add_bucket(copy->into, bucket, count), 0);
}

static void check_same(const struct core_histogram *left,
                       const struct core_histogram *right)
{
    CHECK_EQ(core_histogram_count(left), core_histogram_count(right));
    CHECK(core_histogram_mean(left) == core_histogram_mean(right));
    for (int i = 0; i < 100; i++) /* the quantile 1 is capped at the maximum, see below */
        CHECK_EQ(core_histogram_quantile(left, i / 100.0),
                 core_histogram_quantile(right, i / 100.0));
}

static void buckets_survive_a_round_trip(void)
{
    struct core_histogram *h = core_histogram_new();
    struct copy copy = {.into = core_histogram_new()};
    struct core_rng rng;
    core_rng_seed(&rng, 2);
    for (int i = 0; i < 10000; i++)
        core_histogram_record_many(h, draw(&rng), 1 + core_rng_below(&rng, 3));
    core_histogram_each(h, copy_bucket, &copy);
    CHECK(copy.buckets > 1000);
    check_same(h, copy.into);
    CHECK(core_histogram_min(copy.into) <= core_histogram_min(h));
    CHECK(core_histogram_max(copy.into) >= core_histogram_max(h));
    core_histogram_free(copy.into);
    core_histogram_free(h);
}

static void merging_is_the_union(void)
{
    struct core_histogram *part[2] = {core_histogram_new(), core_histogram_new()};
    struct core_histogram *whole = core_histogram_new();
    struct core_rng rng;
    core_rng_seed(&rng, 3);
    for (int i = 0; i < 20000; i++) {
        uint64_t value = draw(&rng);
        core_histogram_record(part[core_rng_below(&rng, 2)], value);
        core_histogram_record(whole, value);
    }
    struct core_histogram *empty = core_histogram_new();
    core_histogram_merge(part[0], empty);
    core_histogram_merge(part[0], part[1]);
    check_same(part[0], whole);
    CHECK_EQ(core_histogram_min(part[0]), core_histogram_min(whole));
    CHECK_EQ(core_histogram_max(part[0]), core_histogram_max(whole));
    core_histogram_merge(empty, whole);
    CHECK_EQ(core_histogram_min(empty), core_histogram_min(whole));
    core_histogram_free(empty);
    core_histogram_free(whole);
    core_histogram_free(part[1]);
    core_histogram_free(part[0]);
}

/* Each power of two and its neighbours land in a bucket whose borders hold them. */
static void check_single(uint64_t value)
{
    struct core_histogram *h = core_histogram_new();
    struct copy copy = {.into = core_histogram_new()};
    core_histogram_record(h, value);
    core_histogram_each(h, copy_bucket, &copy);
    CHECK_EQ(copy.buckets, 1);
    uint64_t low = core_histogram_min(copy.into), high = core_histogram_max(copy.into);
    CHECK(low <= value && value <= high);
    CHECK(high - low <= low / 1024);
    CHECK(core_histogram_quantile(h, 0.5) == value); /* capped at the exact maximum */
    core_histogram_free(copy.into);
    core_histogram_free(h);
}

static void borders_hold_their_values(void)
{
    check_single(0);
    check_single(UINT64_MAX);
    for (unsigned power = 0; power < 64; power++) {
        check_single((UINT64_C(1) << power) - 1);
        check_single(UINT64_C(1) << power);
        check_single((UINT64_C(1) << power) + 1);
    }
}

static void an_empty_histogram_answers_zero(void)
{
    struct core_histogram *h = core_histogram_new();
    core_histogram_record_many(h, 77, 0);
    CHECK_EQ(core_histogram_add_bucket(h, 77, 0), 0);
    CHECK_EQ(core_histogram_count(h), 0);
    CHECK_EQ(core_histogram_min(h), 0);
    CHECK_EQ(core_histogram_max(h), 0);
    CHECK_EQ(core_histogram_quantile(h, 0.5), 0);
    CHECK(core_histogram_mean(h) == 0);
    core_histogram_free(h);
}

static void an_unknown_bucket_is_refused(void)
{
    struct core_histogram *h = core_histogram_new();
    struct copy copy = {.into = core_histogram_new()};
    core_histogram_record(h, UINT64_MAX);
    core_histogram_each(h, copy_bucket, &copy);
    CHECK_EQ(core_histogram_add_bucket(h, copy.last_bucket, 1), 0);
    CHECK_EQ(core_histogram_add_bucket(h, copy.last_bucket + 1, 1), -EINVAL);
    CHECK_EQ(core_histogram_count(h), 2);
    core_histogram_free(copy.into);
    core_histogram_free(h);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(percentiles_stay_within_the_stated_error),
        CHECK_CASE(buckets_survive_a_round_trip),
        CHECK_CASE(merging_is_the_union),
        CHECK_CASE(borders_hold_their_values),
        CHECK_CASE(an_empty_histogram_answers_zero),
        CHECK_CASE(an_unknown_bucket_is_refused),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
