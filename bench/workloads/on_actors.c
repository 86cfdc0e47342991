#include "on_actors.h"

#include <errno.h>

int on_actors_start(const struct workload_place *place, void **runtime)
{
    struct actors *actors = NULL;
    struct actors_config config = {.schedulers = place->workers, .cpus = place->cpus};
    int rc = actors_start(&config, &actors);
    *runtime = actors;
    return rc;
}

void on_actors_stop(void *runtime)
{
    actors_stop(runtime);
}

void on_actors_counters(void *runtime, workload_visit *visit, void *context)
{
    actors_counters(runtime, visit, context);
}

int on_actors_run(void *runtime, void (*main)(void *argument), void *argument)
{
    int rc = actors_run(runtime, main, argument);
    return rc == 1 ? -EIO : rc;
}
