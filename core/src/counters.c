#include <core/counters.h>

#include <assert.h>

uint64_t core_counters_sum(const struct core_counters *first, size_t shards,
                           size_t stride, unsigned counter)
{
    assert(counter < CORE_COUNTERS_MAX);
    assert(shards <= 1 || stride >= sizeof *first);
    uint64_t sum = 0;
    for (size_t i = 0; i < shards; i++) {
        const void *at = (const char *)first + i * stride;
        const struct core_counters *shard = at;
        sum += core_load_relaxed(&shard->value[counter]); /* counts; they order nothing */
    }
    return sum;
}
