/* on_gil.h - how the runtime under a global lock is started for a workload; the same for
 * all of them. */
#ifndef WORKLOADS_ON_GIL_H
#define WORKLOADS_ON_GIL_H

#include "workload.h"

#include <gil.h>

int on_gil_start(const struct workload_place *place, void **runtime);
void on_gil_stop(void *runtime);
void on_gil_counters(void *runtime, workload_visit *visit, void *context);

/* Runs main(argument) as the main thread to its end; what a workload's `run` returns. An
 * error that ended it is -EIO. */
int on_gil_run(void *runtime, gil_function *main, void *argument);

/* What a Python program leaves to exceptions: where it cannot be done, the calling thread
 * ends with an error. */
struct gil_thread *on_gil_spawn(gil_function *function, void *argument) GIL_HELD;
void on_gil_join(struct gil_thread *thread) GIL_HELD; /* the handle is given back */
struct gil_queue *on_gil_queue(void) GIL_HELD;        /* without a limit */
void on_gil_put(struct gil_queue *queue, uint64_t value) GIL_HELD;
uint64_t on_gil_get(struct gil_queue *queue) GIL_HELD;

#endif
