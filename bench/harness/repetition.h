/* repetition.h - one repetition of a cell: run in a process, measured from outside,
 * judged.
 *
 * Whatever the process does - crash, hang, lie, print garbage - is a result with a status
 * and a reason, never an error of the campaign.
 */
#ifndef HARNESS_REPETITION_H
#define HARNESS_REPETITION_H

#include "cell.h"
#include "peers.h"
#include "plan.h"
#include "registry.h"

enum repetition_status {
    REPETITION_OK,
    REPETITION_FAILED,  /* a wrong answer, garbage, or the entry said it could not */
    REPETITION_CRASHED, /* a signal or an exit status */
    REPETITION_TIMEOUT,
    REPETITION_NA,          /* the model cannot do this, and says so */
    REPETITION_INTERRUPTED, /* not a sample: we were told to stop */
};

struct repetition {
    enum repetition_status status;
    char reason[640]; /* "" where ok */
    struct workload_answer answer;
    uint64_t wall_ns, warmup_ns, start_ns, stop_ns;
    uint64_t cpu_ns; /* of the timed run, all threads; a peer's is estimated */
    uint64_t user_ns, sys_ns, max_rss_bytes; /* of the whole process */
    uint64_t switches_voluntary, switches_involuntary;
    uint64_t foreign_cpu_ns, steal_ns;
    bool foreign_known;
    json_t *counters, *figures, *histogram; /* Owns: the repetition */
    char placed[16];  /* "verified", "within" or "unbound"; "" where it is not told */
    uint64_t took_ns; /* from fork to the end, for the estimate */
};

/* What every repetition of a campaign shares. */
struct bench {
    const struct plan *plan;
    const struct machine *machine;
    struct peers *peers; /* NULL where there are none */
    int stop_fd;         /* readable: end what runs; -1: none */
};

/* "ok", "failed" …, as in a sample's `status`. Thread: any. */
const char *repetition_status_name(enum repetition_status status);

/* Runs one repetition of the cell; where it is the first good one the cell's ops are
 * known from then on. May: block. Owns: the caller, repetition_free(). Thread: the
 * campaign's. */
void repetition_run(const struct bench *bench, struct cell *cell,
                    struct repetition *repetition);
void repetition_free(struct repetition *repetition);

/* What Google Benchmark is told of it; `error` lives as long as the repetition. */
struct registry_result repetition_result(const struct repetition *repetition);

/* Compares field by field; at the first difference writes "checksum is 3 instead of 4"
 * and returns false. Thread: any. */
bool repetition_verify(const struct workload_answer *answer,
                       const struct workload_answer *expected, char *reason, size_t size);

#endif
