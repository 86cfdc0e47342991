/* cell.h - one point of a campaign: a workload on a model with so many workers. */
#ifndef HARNESS_CELL_H
#define HARNESS_CELL_H

#include "machine.h"
#include "workload.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define CELL_NAME_SIZE 160
#define CELL_BUILD "release"
#define CELL_TWIN "release-again" /* the same cell under a second name, for A/A */

struct cell {
    /* Its key. */
    const char *workload;
    const char *model;
    const char *variant; /* "" or what stands after the plus */
    const char *build;
    bool peer; /* the model is a real runtime's program */
    unsigned workers;
    uint64_t size;
    char name[CELL_NAME_SIZE]; /* workload/model+variant/workers:N, unique in a plan */

    /* How it is run and judged. */
    const struct workload_entry *entry; /* NULL for a peer */
    const struct workload_entry *like;  /* the entry, or whose answer a peer gives */
    uint64_t quantum;
    void (*expect)(const struct workload_shape *shape, struct workload_answer *expected);
    struct machine_placement placement;

    /* Learned in the campaign. */
    uint64_t ops;     /* 0 until calibrated */
    bool given_up;    /* timed out once: not tried again */
    char absent[512]; /* why it cannot run here at all; "" if it can */
    bool broken;      /* because it does not compile, not for want of a runtime */
    json_t *samples;  /* array of its sample lines */
    struct workload_answer expected; /* for `expected_ops` ops */
    uint64_t expected_ops;
};

/* Writes the cell's unique name. `variant` may be "". Thread: any. */
void cell_name(char name[CELL_NAME_SIZE], const struct cell *cell);

/* "model" or "model+variant". Thread: any. */
void cell_label(char label[CELL_NAME_SIZE], const struct cell *cell);

/* The name that the key fields of a JSON object spell; false if some are missing.
 * Thread: any. */
bool cell_name_of_json(char name[CELL_NAME_SIZE], const json_t *key);

/* The key as a JSON object: what cells of other campaigns are matched by. `placement` is
 * the text of --place. Owns: the caller. Thread: any. */
json_t *cell_key(const struct cell *cell, const char *placement, json_t *knobs);

/* The expected answer for `ops` ops, computed once. Thread: the campaign's. */
const struct workload_answer *cell_expected(struct cell *cell, uint64_t ops);

#endif
