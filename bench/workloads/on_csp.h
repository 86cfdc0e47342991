/* on_csp.h - how a workload runs on csp; the same for all of them. */
#ifndef WORKLOADS_ON_CSP_H
#define WORKLOADS_ON_CSP_H

#include "workload.h"
#include <stdbool.h>

#include <csp.h>

int on_csp_start(const struct workload_place *place, void **runtime);
/* The same, but private stacks of goroutines that wait are compacted at once, without a
 * limit of its share. */
int on_csp_start_compacted(const struct workload_place *place, void **runtime);
void on_csp_stop(void *runtime);
void on_csp_counters(void *runtime, workload_visit *visit, void *context);

/* Runs main_function(argument) and turns a status that Go would exit with into an error:
 * 0, or -ECANCELED after a panic, a fatal error or a deadlock (whose report is on
 * stderr), or csp_run's own error. */
int on_csp_run(void *runtime, void (*main_function)(void *), void *argument);

/* Notes the memory held now, in the first run of this runtime: in later ones there is also
 * what the earlier ones have left in its pools. The counters parked_bytes and
 * parked_table_bytes tell how much more that was than when the runtime had started.
 * Thread: goroutine, of which no other measures. */
void on_csp_measure_parked(void *runtime);

/* How many stacks are compacted now, or were a moment ago. Thread: any. */
uint64_t on_csp_compacted(const void *runtime);

/* Whether a loop that calls nothing loses its turn here. Thread: any. */
bool on_csp_stops_loops(void);

#endif
