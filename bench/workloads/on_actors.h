/* on_actors.h - how the actor runtime is started for a workload; the same for all of
 * them. */
#ifndef WORKLOADS_ON_ACTORS_H
#define WORKLOADS_ON_ACTORS_H

#include "workload.h"

#include <actors.h>

int on_actors_start(const struct workload_place *place, void **runtime);
void on_actors_stop(void *runtime);
void on_actors_counters(void *runtime, workload_visit *visit, void *context);

/* Runs main(argument) as a process to its end; what a workload's `run` returns. An
 * abnormal end is -EIO. */
int on_actors_run(void *runtime, void (*main)(void *argument), void *argument);

#endif
