#include "on_csp.h"

#include "on_memory.h"

#include <core/worker.h>
#include <errno.h>
#include <stdlib.h>

/* What a workload calls a runtime: the csp, and what was measured of it. */
struct on_csp {
    struct csp *csp;
    struct on_memory at_start, parked;
};

static int start(struct csp_config *config, const struct workload_place *place,
                 void **runtime)
{
    struct on_csp *on = calloc(1, sizeof *on);
    *runtime = NULL;
    if (on == NULL)
        return -ENOMEM;
    config->workers = place->workers;
    config->cpus = place->cpus;
    int error = csp_start(config, &on->csp);
    if (error != 0) {
        free(on);
        return error;
    }
    on->at_start = on_memory_now();
    *runtime = on;
    return 0;
}

int on_csp_start(const struct workload_place *place, void **runtime)
{
    return start(&(struct csp_config){.workers = 0}, place, runtime);
}

int on_csp_start_compacted(const struct workload_place *place, void **runtime)
{
    return start(&(struct csp_config){.compact_after_ns = 1000000,
                                      .compact_above = 1,
                                      .compact_permille = 1000},
                 place, runtime);
}

void on_csp_stop(void *runtime)
{
    struct on_csp *on = runtime;
    csp_stop(on->csp);
    free(on);
}

void on_csp_counters(void *runtime, workload_visit *visit, void *context)
{
    const struct on_csp *on = runtime;
    for (int i = 0; i < CSP_COUNTERS; i++) {
        enum csp_counter counter = (enum csp_counter)i;
        visit(context, csp_counter_name(counter), csp_counter(on->csp, counter, -1));
    }
    on_memory_visit(&on->at_start, &on->parked, visit, context);
}

void on_csp_measure_parked(void *runtime)
{
    struct on_csp *on = runtime;
    if (on->parked.resident_bytes == 0)
        on->parked = on_memory_now();
}

uint64_t on_csp_compacted(const void *runtime)
{
    const struct on_csp *on = runtime;
    uint64_t unpacked = csp_counter(on->csp, CSP_UNPACKED, -1);
    uint64_t packed = csp_counter(on->csp, CSP_PACKED, -1);
    return packed > unpacked ? packed - unpacked : 0;
}

int on_csp_run(void *runtime, void (*main_function)(void *), void *argument)
{
    struct on_csp *on = runtime;
    int status = csp_run(on->csp, main_function, argument);
    return status > 0 ? -ECANCELED : status;
}

bool on_csp_stops_loops(void)
{
    return core_preempt_plants();
}
