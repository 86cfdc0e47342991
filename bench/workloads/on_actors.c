#include "on_actors.h"

#include "on_memory.h"

#include <core/worker.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More than a million processes live at once in the largest workload; the runtime's own
 * limit is 262,144, as in Erlang/OTP 25. The peer is started with the same number. */
#define PROCESS_LIMIT 2097152u

/* What a workload calls a runtime: the actors, and what was measured of them. */
struct on_actors {
    struct actors *actors;
    struct on_memory at_start, parked;
};

static int start(struct actors_config *config, const struct workload_place *place,
                 void **runtime)
{
    struct on_actors *on = calloc(1, sizeof *on);
    *runtime = NULL;
    if (on == NULL)
        return -ENOMEM;
    config->schedulers = place->workers;
    config->cpus = place->cpus;
    config->process_limit = PROCESS_LIMIT;
    int rc = actors_start(config, &on->actors);
    if (rc != 0) {
        free(on);
        return rc;
    }
    on->at_start = on_memory_now();
    *runtime = on;
    return 0;
}

int on_actors_start(const struct workload_place *place, void **runtime)
{
    return start(&(struct actors_config){.schedulers = 0}, place, runtime);
}

int on_actors_start_compacted(const struct workload_place *place, void **runtime)
{
    return start(&(struct actors_config){.compact_after_ns = 1000000,
                                         .compact_above = 1,
                                         .compact_permille = 1000},
                 place, runtime);
}

void on_actors_stop(void *runtime)
{
    struct on_actors *on = runtime;
    actors_stop(on->actors);
    free(on);
}

void on_actors_counters(void *runtime, workload_visit *visit, void *context)
{
    const struct on_actors *on = runtime;
    actors_counters(on->actors, visit, context);
    on_memory_visit(&on->at_start, &on->parked, visit, context);
}

void on_actors_measure_parked(void *runtime)
{
    struct on_actors *on = runtime;
    if (on->parked.resident_bytes == 0)
        on->parked = on_memory_now();
}

struct balance {
    uint64_t packed, unpacked;
};

static void weigh(void *context, const char *name, uint64_t value)
{
    struct balance *balance = context;
    if (strcmp(name, "packed") == 0)
        balance->packed = value;
    if (strcmp(name, "unpacked") == 0)
        balance->unpacked = value;
}

uint64_t on_actors_compacted(const void *runtime)
{
    const struct on_actors *on = runtime;
    struct balance balance = {0};
    actors_counters(on->actors, weigh, &balance);
    return balance.packed > balance.unpacked ? balance.packed - balance.unpacked : 0;
}

int on_actors_run(void *runtime, void (*main)(void *argument), void *argument)
{
    struct on_actors *on = runtime;
    int rc = actors_run(on->actors, main, argument);
    return rc == 1 ? -EIO : rc;
}

bool on_actors_stops_loops(void)
{
    return core_preempt_plants();
}
