/* histogram.h - a mergeable log-linear histogram of nanoseconds (after HdrHistogram).
 *
 * Values below 2^11 have a bucket each; above, each power of two is cut into 1,024 equal
 * buckets, so a bucket is never wider than 1/1024 of its values: a percentile is never
 * below the true one and at most 0.1 % above it. Counts merge by addition; percentiles of
 * percentiles do not exist, so nobody averages them.
 */
#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Fields are private to histogram.c. One writer; merging reads a histogram at rest. */
struct core_histogram;

/* An empty histogram of any 64-bit values. May: fail, NULL without memory (440 KiB of
 * address space, of which the kernel gives the pages that are touched). Owns: the caller,
 * who gives it to core_histogram_free. */
struct core_histogram *core_histogram_new(void);
void core_histogram_free(struct core_histogram *h);

/* Counts one value, or `count` equal ones. Thread: the histogram's owner. */
void core_histogram_record(struct core_histogram *h, uint64_t value_ns);
void core_histogram_record_many(struct core_histogram *h, uint64_t value_ns,
                                uint64_t count);

/* Adds all counts of `from`. */
void core_histogram_merge(struct core_histogram *into, const struct core_histogram *from);

uint64_t core_histogram_count(const struct core_histogram *h);
uint64_t core_histogram_min(const struct core_histogram *h); /* exact; 0 when empty */
uint64_t core_histogram_max(const struct core_histogram *h); /* exact; 0 when empty */
double core_histogram_mean(const struct core_histogram *h);  /* of bucket middles */

/* The upper border of the bucket that holds the value of rank ceil(quantile * count), at
 * least the first; capped at the exact maximum; 0 when empty. quantile lies in 0..1. */
uint64_t core_histogram_quantile(const struct core_histogram *h, double quantile);

/* Visits the filled buckets in ascending order: bucket is the index that
 * core_histogram_add_bucket takes, low_ns and high_ns its inclusive borders. */
typedef void core_histogram_visit(void *context, uint32_t bucket, uint64_t low_ns,
                                  uint64_t high_ns, uint64_t count);
void core_histogram_each(const struct core_histogram *h, core_histogram_visit *visit,
                         void *context);

/* Adds `count` values to a bucket read back from a file. Errors: -EINVAL for an index
 * that does not exist. The exact minimum and maximum become the bucket's borders. */
int core_histogram_add_bucket(struct core_histogram *h, uint32_t bucket, uint64_t count);

#endif
