/* test_answers.c - same answer from all: every entry of every workload, as the harness
 * calls it, answers what its <name>.h expects; for several amounts of work, with one
 * worker and with two, from runtimes that start and stop again and again.
 *
 * `test_answers WORKLOAD...` plays only the named workloads. */
#include "check.h"
#include "workload.h"

#include <core/worker.h>
#include <errno.h>

#include <stdbool.h>

#define WORKERS_MOST 2
#define SIZE_MOST 10000 /* larger ones take seconds, and gigabytes */

static void name_entry(const struct workload_entry *entry, unsigned workers,
                       const struct workload_shape *shape)
{
    printf("%s %s%s%s workers=%u ops=%llu size=%llu\n", entry->workload, entry->model,
           *entry->variant ? "+" : "", entry->variant, workers,
           (unsigned long long)shape->ops, (unsigned long long)shape->size);
    fflush(stdout); /* a crash below must not swallow the name */
}

static void check_answer(const struct workload_entry *entry, void *runtime,
                         const struct workload_shape *shape)
{
    struct workload_answer answer = {0}, expected = {0};

    entry->expect(shape, &expected);
    int rc = entry->run(runtime, shape, &answer);
    if (rc == -ENOTSUP && !core_preempt_plants()) { /* needs what this build has not */
        puts("  n/a");
        return;
    }
    CHECK_EQ(rc, 0);
    CHECK_EQ(answer.ops, shape->ops);
    CHECK_EQ(answer.ops, expected.ops);
    CHECK_EQ(answer.units, expected.units);
    CHECK_EQ(answer.messages, expected.messages);
    CHECK_EQ(answer.bytes, expected.bytes);
    CHECK_EQ(answer.checksum, expected.checksum);
    CHECK(answer.checksum < UINT64_C(1) << 53); /* Node has no larger integers */
    CHECK(answer.units > 0);
}

static void count_named(void *context, const char *name, uint64_t value)
{
    (void)value;
    CHECK(name != NULL && *name != '\0');
    ++*(unsigned *)context;
}

/* One life of a runtime: runs of several lengths, the longest not the last, and of each
 * size. */
static void play(const struct workload_entry *entry, unsigned workers)
{
    static const uint64_t quanta[] = {1, 3, 100, 7};
    int unbound[WORKERS_MOST] = {-1, -1};
    struct workload_place place = {.workers = workers, .cpus = unbound};
    void *runtime = NULL;

    CHECK_EQ(entry->start(&place, &runtime), 0);
    for (size_t i = 0; i < sizeof quanta / sizeof *quanta; i++) {
        struct workload_shape shape = {.ops = quanta[i] * entry->quantum};
        name_entry(entry, workers, &shape);
        check_answer(entry, runtime, &shape);
    }
    for (size_t i = 0; i < entry->size_count && entry->sizes[i] <= SIZE_MOST; i++) {
        uint64_t size = entry->sizes[i];
        struct workload_shape shape = {
            .ops = 2 * (entry->ops_by_size ? size : entry->quantum), .size = size};
        name_entry(entry, workers, &shape);
        check_answer(entry, runtime, &shape);
    }
    if (entry->counters) {
        unsigned counted = 0;
        entry->counters(runtime, count_named, &counted);
        CHECK(counted > 0);
    }
    entry->stop(runtime);
}

static bool wanted(const char *workload, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], workload) == 0)
            return true;
    return argc < 2;
}

static void check_entry(const struct workload_entry *entry)
{
    CHECK(entry->workload && entry->model && entry->variant && entry->expect);
    CHECK(entry->start && entry->run && entry->stop);
    CHECK(entry->quantum > 0);
    CHECK((entry->sizes == NULL) == (entry->size_count == 0));
    for (size_t i = 0; i < entry->size_count; i++) {
        CHECK(i == 0 || entry->sizes[i] > entry->sizes[i - 1]);
        CHECK(!entry->ops_by_size ||
              (entry->sizes[i] > 0 && entry->sizes[i] % entry->quantum == 0));
    }
    CHECK(strcmp(entry->entry_class, "identical") == 0 ||
          strcmp(entry->entry_class, "idiomatic") == 0);
}

int main(int argc, char **argv)
{
    size_t played = 0;
    for (size_t i = 0; i < workload_entry_count; i++) {
        const struct workload_entry *entry = workload_entries[i];
        check_entry(entry);
        if (!wanted(entry->workload, argc, argv))
            continue;
        unsigned most = entry->workers_max == 0 || entry->workers_max > WORKERS_MOST
                            ? WORKERS_MOST
                            : entry->workers_max;
        for (unsigned workers = 1; workers <= most; workers++)
            for (int life = 0; life < 2; life++)
                play(entry, workers);
        played++;
    }
    printf("%zu entries gave the expected answers\n", played);
    CHECK(played > 0);
    return 0;
}
