/* workload.h - the contract between a workload's files and the harness.
 *
 * A workload folder holds <name>.h (the shape and the expected answer) and one file a
 * model, each of which exports one `struct workload_entry`, named <workload>_<model> or
 * <workload>_<model>_<variant>. CMake collects them into workload_entries[]; the harness
 * knows nothing else of a workload.
 */
#ifndef WORKLOADS_WORKLOAD_H
#define WORKLOADS_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one repetition did, counted by the tasks themselves. */
struct workload_answer {
    uint64_t ops;      /* as the workload's README defines one op */
    uint64_t units;    /* tasks created */
    uint64_t messages; /* messages sent */
    uint64_t bytes;    /* payload bytes copied by them */
    uint64_t checksum; /* below 2^53 */
};

/* Where a runtime lives: worker i is bound to cpus[i] (-1: not bound). */
struct workload_place {
    unsigned workers;
    const int *cpus;
};

/* A figure that a run tells beside its time: a latency, a share, a size in memory. */
struct workload_figure {
    const char *name;   /* with its unit where it has one: "setup_ns" */
    const char *unit;   /* "ns", "B", "1/s"; "" for a mere number */
    const char *better; /* "lower" or "higher" */
};

#define WORKLOAD_FIGURES_MAX 8u

/* What a run tells beside its answer, and what nobody verifies. */
struct workload_told {
    double figures[WORKLOAD_FIGURES_MAX]; /* in the entry's order; NAN: not this time */
    struct core_histogram *histogram;     /* empty when the run begins */
};

/* How much is to be done. */
struct workload_shape {
    uint64_t ops;  /* a multiple of the entry's `quantum` */
    uint64_t size; /* the workload's one size parameter; 0 where it has none */
    struct workload_told *told; /* to be filled; NULL: nobody asks */
};

/* One event count of a runtime, visited after a run. */
typedef void workload_visit(void *context, const char *name, uint64_t value);

struct workload_entry {
    const char *workload;
    const char *model; /* actors, csp, eventloop, gil; sequential: the plain C solution */
    const char *variant;     /* "" or what stands after the plus */
    const char *entry_class; /* "identical" or "idiomatic" */
    unsigned workers_max;    /* 1: single-threaded by design; 0: no limit */
    uint64_t quantum;        /* ops are a multiple of this */
    /* The sizes to be played, ascending; a count of 0: it has none. */
    const uint64_t *sizes;
    size_t size_count;
    bool ops_by_size;      /* ops are a multiple of the size, a size of the quantum */
    const char *size_name; /* what a size counts, for tables: "hogs"; NULL: no word */

    /* What its runs tell beside their time, an entry without a name at the end, at most
     * WORKLOAD_FIGURES_MAX; NULL: nothing. */
    const struct workload_figure *figures;
    /* What its runs put into the histogram, in nanoseconds: with "lateness" there are
     * further figures lateness_p50_ns, lateness_p90_ns, lateness_p99_ns, lateness_max_ns.
     * NULL: nothing. */
    const char *histogram;

    /* Starts the runtime; outside the measured time. Errors: negative errno. */
    int (*start)(const struct workload_place *place, void **runtime);
    /* Does shape->ops ops and fills the answer; this is what is timed. May be called many
     * times between start and stop. Errors: negative errno. */
    int (*run)(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer);
    /* Stops the runtime; outside the measured time. */
    void (*stop)(void *runtime);
    /* Visits the runtime's event counts since its start; may be NULL. */
    void (*counters)(void *runtime, workload_visit *visit, void *context);
    /* What a correct run must answer. Computed without any runtime. */
    void (*expect)(const struct workload_shape *shape, struct workload_answer *expected);
};

extern const struct workload_entry *const workload_entries[];
extern const size_t workload_entry_count;

#endif
