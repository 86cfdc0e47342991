/* on_actors.h - how the actor runtime is started for a workload; the same for all of
 * them. */
#ifndef WORKLOADS_ON_ACTORS_H
#define WORKLOADS_ON_ACTORS_H

#include "workload.h"
#include <stdbool.h>

#include <actors.h>

int on_actors_start(const struct workload_place *place, void **runtime);
/* The same, but processes that wait are compacted at once and whatever it costs. */
int on_actors_start_compacted(const struct workload_place *place, void **runtime);
void on_actors_stop(void *runtime);
void on_actors_counters(void *runtime, workload_visit *visit, void *context);

/* Runs main(argument) as a process to its end; what a workload's `run` returns. An
 * abnormal end is -EIO. */
int on_actors_run(void *runtime, void (*main)(void *argument), void *argument);

/* Notes the memory held now, in the first run of this runtime: in later ones there is also
 * what the earlier ones have left in its pools. The counters parked_bytes and parked_table_bytes tell how
 * much more that was than when the runtime had started. Thread: process, of which no
 * other measures. */
void on_actors_measure_parked(void *runtime);
/* How many processes are compacted now. Thread: any. */
uint64_t on_actors_compacted(const void *runtime);

/* Whether a loop that calls nothing loses its turn here. Thread: any. */
bool on_actors_stops_loops(void);

#endif
