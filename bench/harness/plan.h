/* plan.h - what a campaign is going to do: its cells, its rounds, its times.
 *
 * Options are what the command line said; a plan is what follows from them on this
 * machine with these entries. The same options, seed and machine give the same plan and
 * order.
 */
#ifndef HARNESS_PLAN_H
#define HARNESS_PLAN_H

#include "cell.h"
#include "peers.h"
#include "trouble.h"

#define PLAN_ROUNDS_MAX 1000u
#define PLAN_ROUNDS_FLOOR 6u /* fewer give no 95 % interval (stats.h) */

enum plan_mode { PLAN_QUICK, PLAN_STANDARD, PLAN_PUBLISH };

/* What --set may change; -1: as the mode says. */
struct plan_knobs {
    int64_t target_ms; /* of a timed run */
    int64_t warmup_ms; /* of the untimed run before it */
    int64_t timeout_s; /* of one repetition */
    int64_t quiet_s;   /* to wait at most for a quiet machine */
    int64_t max_size;  /* the largest size of a workload that has sizes */
};

struct plan_options {
    enum plan_mode mode;
    const char *models;    /* comma list of globs; NULL: all */
    const char *workloads; /* the same */
    const char *workers;   /* comma list or "sweep"; NULL: sweep */
    unsigned rounds;       /* 0: as the mode says */
    uint64_t budget_ns;    /* 0: none */
    struct machine_place place;
    bool peers, only_peers;
    bool twins; /* add the A/A twins */
    uint32_t seed;
    struct plan_knobs knobs;
};

struct plan {
    enum plan_mode mode;
    unsigned rounds;
    uint64_t target_ns, warmup_ns, timeout_ns, quiet_ns, budget_ns;
    uint64_t timeout_ns_a_size; /* more, for each unit of a cell's size */
    uint32_t seed;
    struct machine_place place;
    char placement[256]; /* the canonical text of place */
    json_t *knobs;       /* those that were set */
    struct cell *cells;
    size_t cell_count;
};

/* "quick", "standard", "publish". Thread: any. */
const char *plan_mode_name(enum plan_mode mode);

/* Reads KEY=VALUE of --set. Errors: EXIT_USAGE. Thread: any. */
enum exit_code plan_knob_set(struct plan_knobs *knobs, const char *text,
                             struct trouble *trouble);

/* Makes the plan. `peers` may be NULL where none are wanted.
 * Errors: EXIT_USAGE: a name or number nobody knows; EXIT_NOTHING: no cell is left;
 * EXIT_MACHINE. Owns: the caller, plan_close(). Thread: any. */
enum exit_code plan_make(struct plan *plan, const struct plan_options *options,
                         const struct machine *machine, const struct peers *peers,
                         struct trouble *trouble);
void plan_close(struct plan *plan);

/* How long a repetition of this cell may take. Thread: any. */
uint64_t plan_timeout_ns(const struct plan *plan, const struct cell *cell);

/* The order of one round: a permutation of 0 .. cell_count-1 that depends on the plan's
 * seed and the round only, so that a resumed campaign continues with it. Thread: any. */
void plan_order(const struct plan *plan, unsigned round, size_t *order);

/* How long the campaign will take, about. Thread: any. */
uint64_t plan_estimate_ns(const struct plan *plan);

/* The same for people: "24 s", "3.1 min"; returns `text`. Thread: any. */
#define PLAN_TIME_SIZE 32
const char *plan_estimate(const struct plan *plan, char text[static PLAN_TIME_SIZE]);

#endif
