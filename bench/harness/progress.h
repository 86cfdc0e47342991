/* progress.h - what a campaign says on stderr while it runs.
 *
 * On a terminal one line that is rewritten; elsewhere one plain line a round. NO_COLOR
 * and TERM=dumb keep the terminal's line free of escape sequences.
 */
#ifndef HARNESS_PROGRESS_H
#define HARNESS_PROGRESS_H

#include "plan.h"

struct progress {
    const struct plan *plan;
    bool live, colour;
    size_t done, total;   /* repetitions */
    uint64_t begin_ns;    /* of this sitting */
    size_t done_at_begin; /* those of earlier sittings */
    uint64_t estimate_ns; /* of one repetition, before there is any */
    unsigned bad;         /* samples that were not ok */
};

/* Thread of all: the campaign's. `total` and `done` count repetitions. */
void progress_begin(struct progress *progress, const struct plan *plan, size_t done,
                    size_t total);
/* Before a repetition: shows which one and what is known of the cell. */
void progress_show(struct progress *progress, unsigned round, const struct cell *cell);
/* After a repetition. `reason` is NULL where it was good; else it is told at once. */
void progress_count(struct progress *progress, const struct cell *cell,
                    const char *status, const char *reason);
void progress_round(struct progress *progress, unsigned round);
/* Clears the live line. */
void progress_end(struct progress *progress);

/* "1.23 M" with three digits and an SI prefix. Returns text. Thread: any. */
const char *progress_si(double value, char *text, size_t size);

#endif
