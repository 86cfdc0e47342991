/* sequential.c - pipeline without any concurrency: the plain loop every model is held
 * against. */
#include "pipeline.h"

#include <core/thread.h>

/* There is no runtime: the caller's thread does the work, bound like a worker would be
 * (and stays so). */
static int start(const struct workload_place *place, void **runtime)
{
    *runtime = NULL;
    return core_thread_bind(place->cpus != NULL ? place->cpus[0] : -1);
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    (void)runtime;
    uint64_t sum = 0;
    for (uint64_t op = 0; op < shape->ops; op++) {
        struct pipeline_item item = pipeline_make(op);
        for (unsigned stage = 0; stage < PIPELINE_STAGES; stage++)
            item.value = pipeline_work(item.value);
        sum += pipeline_count(item, op);
    }
    *answer = (struct workload_answer){.ops = shape->ops, .units = 1, .checksum = sum};
    return 0;
}

static void stop(void *runtime)
{
    (void)runtime;
}

const struct workload_entry pipeline_sequential = {
    .workload = "pipeline",
    .model = "sequential",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 1,
    .quantum = PIPELINE_QUANTUM,
    .start = start,
    .run = run,
    .stop = stop,
    .counters = NULL,
    .expect = pipeline_expect_sequential,
};
