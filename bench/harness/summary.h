/* summary.h - what the samples of a campaign come to: summary.json and gbench.json. */
#ifndef HARNESS_SUMMARY_H
#define HARNESS_SUMMARY_H

#include "plan.h"
#include "quiet.h"
#include "stats.h"

/* What the campaign knows beside plan and samples. */
struct summary_facts {
    const char *machine;  /* slug */
    const char *campaign; /* the folder's name */
    const json_t *fingerprint;
    struct quiet quiet;
    uint64_t measured_ns, warmup_ns, wall_ns; /* of this sitting; wall from the first
                        repetition's begin to the last one's end */
    unsigned rounds;                          /* done in full */
    bool interrupted;
};

/* How a cell came out. */
struct summary_cell {
    const char *status; /* the worst of its samples; "skipped" where there is none */
    const char *reason; /* of the first sample with that status; "" if ok */
    size_t n;           /* good samples */
    struct stats_interval ns_per_op, ops_per_s, cpu_ns_per_op, rss, start, stop;
};

/* A/A: a cell and its twin. */
struct summary_twin {
    size_t cell, twin; /* indices in the plan */
    double ratio;      /* of the medians: twin to cell */
    bool overlap;      /* of the intervals */
};

/* Judges one cell from its samples; strings live as long as they. Thread: any. */
struct summary_cell summary_cell(const struct cell *cell);

/* Fills twins[] (room for plan->cell_count) with the pairs that have figures; returns how
 * many. Thread: any. */
size_t summary_twins(const struct plan *plan, struct summary_twin *twins);

/* Measured plus warm-up time over wall time; 0 where nothing ran. */
double summary_efficiency(const struct summary_facts *facts);

/* Event counts of the latest good repetition: they are per process, not a statistic.
 * Owns: the caller. */
json_t *summary_counters(const struct cell *cell);

/* The files' contents. Owns: the caller. NULL without memory. */
json_t *summary_json(const struct plan *plan, const struct summary_facts *facts);
json_t *summary_gbench(const struct plan *plan, const struct summary_facts *facts);

#endif
