#include "on_csp.h"

#include <errno.h>

int on_csp_start(const struct workload_place *place, void **runtime)
{
    struct csp *csp = NULL;
    int error = csp_start(
        &(struct csp_config){.workers = place->workers, .cpus = place->cpus}, &csp);
    *runtime = csp;
    return error;
}

void on_csp_stop(void *runtime)
{
    csp_stop(runtime);
}

void on_csp_counters(void *runtime, workload_visit *visit, void *context)
{
    for (int i = 0; i < CSP_COUNTERS; i++) {
        enum csp_counter counter = (enum csp_counter)i;
        visit(context, csp_counter_name(counter), csp_counter(runtime, counter, -1));
    }
}

int on_csp_run(void *runtime, void (*main_function)(void *), void *argument)
{
    int status = csp_run(runtime, main_function, argument);
    return status > 0 ? -ECANCELED : status;
}
