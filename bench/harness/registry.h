/* registry.h - the cells as Google Benchmark's benchmarks.
 *
 * There is one registry, Google Benchmark's. A campaign runs a cell's next repetition
 * through it by the cell's exact name, with a reporter of ours; without a verb the same
 * binary runs it as any Google Benchmark program does. A benchmark takes one iteration
 * with the time that the child measured (manual time); what is a repetition's cell, ops
 * and verdict stays in our own structures, since Google Benchmark's names change with its
 * registration options.
 */
#ifndef HARNESS_REGISTRY_H
#define HARNESS_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What Google Benchmark is told of a repetition. */
struct registry_result {
    const char *error; /* NULL where it is good */
    uint64_t wall_ns, ops, cpu_ns, max_rss_bytes;
};

/* The campaign's side. */
struct registry_client {
    void *context;
    /* Carries out one repetition of cell `index`. `error` stays valid until the next
     * call. */
    void (*measure)(void *context, size_t index, struct registry_result *result);
    /* Our reporter hands on what Google Benchmark reports of it; may be NULL. */
    void (*report)(void *context, size_t index, const char *error);
};

/* Registers `count` benchmarks; names[i] is cell i's and stays the caller's. The client
 * must outlive the calls below. Thread: main. */
void registry_fill(const char *const *names, size_t count,
                   const struct registry_client *client);

/* Runs one repetition of the cell `index`, named `name`, through the registry and our
 * reporter. False where Google Benchmark does not know the name. Thread: main. */
bool registry_run(const struct registry_client *client, const char *name, size_t index);

/* An ordinary Google Benchmark program: flags --benchmark_*, its own reporters.
 * Returns how many benchmarks matched the filter, or -1 where a flag was not understood
 * (Google Benchmark has said so). `failures` counts the repetitions with an error.
 * Thread: main. */
long registry_main(int argc, char **argv, size_t *failures);

#ifdef __cplusplus
}
#endif

#endif
