#include "on_actors.h"

#include <errno.h>

/* More than a million processes live at once in the largest workload; the runtime's own
 * limit is 262,144, as in Erlang/OTP 25. The peer is started with the same number. */
#define PROCESS_LIMIT 2097152u

int on_actors_start(const struct workload_place *place, void **runtime)
{
    struct actors *actors = NULL;
    struct actors_config config = {.schedulers = place->workers,
                                   .cpus = place->cpus,
                                   .process_limit = PROCESS_LIMIT};
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
