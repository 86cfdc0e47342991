/* on_eventloop.h - how a loop is started for a workload; the same for all of them. */
#ifndef WORKLOADS_ON_EVENTLOOP_H
#define WORKLOADS_ON_EVENTLOOP_H

#include "workload.h"

#include <eventloop.h>

/* Makes a loop and binds the calling thread, which will run it, to cpus[0]; stopping
 * gives the thread its CPUs back. Errors: -EINVAL for other than one worker; those of
 * loop_new and core_thread_bind. */
int on_eventloop_start(const struct workload_place *place, void **runtime);
void on_eventloop_stop(void *runtime);
void on_eventloop_counters(void *runtime, workload_visit *visit, void *context);

/* The loop, before it runs: for what a Node program's main script does. */
struct loop *on_eventloop_loop(void *runtime);

/* Runs the loop until nothing is left to do; what a workload's `run` returns. A program
 * that Node would end with a status other than 0 is -EIO. May: block. */
int on_eventloop_run(void *runtime);

/* Throws what a call answered, if that is an error. */
void on_eventloop_check(struct loop *loop, int error);

#endif
