/* figures.h - what a repetition tells beside its time: figures by name, and a histogram.
 *
 * The names are declared by the workload's entry. A histogram goes from process to
 * process, and into samples.jsonl, as pairs [bucket, count] in ascending order; the
 * buckets are those of core/histogram.h, which bench/peers/README.md spells out for other
 * languages. Percentiles are taken here and nowhere else: those of each repetition are
 * figures, and so have a median over the rounds; those of all rounds together come from
 * the sum of the counts, never from other percentiles.
 */
#ifndef HARNESS_FIGURES_H
#define HARNESS_FIGURES_H

#include "cell.h"

#include <core/histogram.h>

/* Below so many values there are no 99.9 % of them worth telling. */
#define FIGURES_ENOUGH_FOR_P99_9 10000u

/* Readies it for a run: no figure is there, the histogram is empty. false without memory.
 * Owns: the caller, core_histogram_free of the histogram. */
bool figures_clear(struct workload_told *told);

/* The figures that a run has told, by name. Owns: the caller. */
json_t *figures_told(const struct workload_entry *entry,
                     const struct workload_told *told);
/* The filled buckets. NULL: none. Owns: the caller. */
json_t *figures_buckets(const struct core_histogram *histogram);

/* Holds what was told against what the entry declares (NULL: nothing), and adds the
 * percentiles to the figures; false, and a reason, where it does not fit. */
bool figures_take(const struct workload_entry *entry, json_t *figures,
                  const json_t *histogram, char *reason, size_t size);

/* What a figure is, the percentiles included; false where the entry knows none of that
 * name. `name` backs it. */
bool figures_find(const struct workload_entry *entry, const char *name,
                  struct workload_figure *figure);

/* {name: {median, low, high, n, unit, better}} over the good samples, in the order in
 * which they tell them. Owns: the caller. */
json_t *figures_summary(const struct cell *cell);

/* {} or {name, count, p50_ns, p90_ns, p99_ns, p99_9_ns, max_ns} of all good samples
 * together; p99_9_ns only where there are values enough. Owns: the caller. */
json_t *figures_merged(const struct cell *cell);

#endif
