/* child.h - one repetition of a model's entry, in a process of its own.
 *
 * Exec'd by the campaign as `quartet-bench child SPEC`, with the record's pipe on
 * LAUNCH_RECORD_FD. A new process for each repetition, because the layout of memory and
 * the placement of threads vary between processes, not within one.
 */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H

#include "cell.h"

#define CHILD_VERB "child"

/* How much a repetition is to do. */
struct child_plan {
    uint64_t ops;       /* 0: calibrate so that the timed run takes target_ns */
    uint64_t target_ns; /* of the timed run */
    uint64_t warmup_ns; /* of the untimed run before it, where ops are known */
};

/* The SPEC argument for a cell. Owns: the caller, free(). NULL without memory. */
char *child_spec(const struct cell *cell, const struct child_plan *plan);

/* Carries out a SPEC and writes one JSON record. Returns the exit status: EXIT_GOOD also
 * where the record says that the entry failed. Thread: main. */
int child_main(const char *spec);

#endif
