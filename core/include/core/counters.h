/* counters.h - event counts of a runtime, one shard a worker, summed when asked.
 *
 * A shard has one writer, its worker, and any readers: reads are whole but may be late.
 * A model names its counters in a table; the table's order is the model's enum.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include <core/atomic.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_COUNTERS_MAX 32

struct core_counters {
    alignas(CORE_CACHE_LINE) _Atomic uint64_t value[CORE_COUNTERS_MAX];
};

/* Adds to a counter of this shard. Thread: the shard's worker only, hence no locked
 * read-modify-write. */
static inline void core_count(struct core_counters *shard, unsigned counter, uint64_t n)
{
    _Atomic uint64_t *value = &shard->value[counter];
    core_store_relaxed(value,
                       core_load_relaxed(value) + n); /* one writer; readers may lag */
}

/* The sum of one counter over `shards` shards that lie `stride` bytes apart. Thread: any.
 */
uint64_t core_counters_sum(const struct core_counters *first, size_t shards,
                           size_t stride, unsigned counter);

#endif
