#include "check.h"

#include <core/counters.h>
#include <pthread.h>

enum { WORKERS = 4, ROUNDS = 100000 };

/* As in a runtime: the shard is one field of a wider worker. */
struct worker {
    struct core_counters counters;
    char other[3 * CORE_CACHE_LINE];
};

static void *count(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < ROUNDS; i++) {
        core_count(&worker->counters, 0, 1);
        core_count(&worker->counters, CORE_COUNTERS_MAX - 1, 3);
    }
    return NULL;
}

static uint64_t sum(const struct worker *workers, unsigned counter)
{
    return core_counters_sum(&workers->counters, WORKERS, sizeof *workers, counter);
}

static void shards_add_up(void)
{
    static struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, count, &workers[i]), 0);
    uint64_t before =
        0; /* a reader beside the writers sees whole values that only grow */
    for (int i = 0; i < 1000; i++) {
        uint64_t now = sum(workers, 0);
        CHECK(now >= before && now <= (uint64_t)WORKERS * ROUNDS);
        before = now;
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(sum(workers, 0), (uint64_t)WORKERS * ROUNDS);
    CHECK_EQ(sum(workers, CORE_COUNTERS_MAX - 1), (uint64_t)WORKERS * ROUNDS * 3);
    CHECK_EQ(sum(workers, 1), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(shards_add_up)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
