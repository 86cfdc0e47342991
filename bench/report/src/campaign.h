/* campaign.h - a campaign folder, read and checked. */
#ifndef REPORT_CAMPAIGN_H
#define REPORT_CAMPAIGN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A median with its 95 % interval. */
struct metric {
    bool known;
    double median, low, high;
};

/* One cell of summary.json. Strings belong to the JSON of the campaign. */
struct cell {
    const char *workload, *model, *variant, *build, *placement;
    const char *status, *reason;
    bool peer;
    bool ok; /* status "ok": then ops_per_s and ns_per_op are known */
    unsigned workers, n;
    uint64_t size;
    const json_t *params, *knobs; /* objects or NULL */
    const json_t *figures;        /* by name {median, low, high, unit, better}, or NULL */
    struct metric ops_per_s, ns_per_op, cpu_ns_per_op, max_rss_bytes, start_ns, stop_ns;
};

/* How samples.jsonl reads, line by line. */
struct sample_count {
    bool present;
    bool
        cut; /* the last line is no JSON: the campaign was interrupted while writing it */
    unsigned lines, ok, repeated, other; /* repeated: attempts after the first */
};

struct campaign {
    const char *dir;
    json_t *summary, *manifest; /* manifest NULL: there is none */
    const char *machine, *name, *mode;
    char commit[16]; /* seven digits, and -dirty */
    unsigned rounds;
    char date[32]; /* "2026-11-22 13:06 UTC" or "date unknown" */
    size_t count;
    struct cell *cells;
    struct sample_count samples;
};

/* Reads and checks the folder.
 * May: fail, block. Thread: any. Owns: the caller, report_unload(), also after an error.
 * Errors: -EINVAL: malformed; otherwise errno of the read. One line on stderr says which
 * file and what is wrong. */
int report_load(const char *dir, struct campaign *campaign);
void report_unload(struct campaign *campaign);

/* A figure of the cell, which report_load has checked; not known where it has none. */
struct metric report_figure(const struct cell *cell, const char *name);

/* The machine in words: the fingerprint's processor and core count, else its slug. */
void report_machine(const struct campaign *campaign, char *to, size_t size);

#endif
