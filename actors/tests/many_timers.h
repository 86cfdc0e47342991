/* many_timers.h - processes with very many timers; they are task code (many_timers.c). */
#ifndef ACTORS_TESTS_MANY_TIMERS_H
#define ACTORS_TESTS_MANY_TIMERS_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>
#include <core/clock.h>

#define MS INT64_C(1000000)

struct many_timers {
    uint32_t count; /* of all keepers */
    uint32_t keepers;
    int64_t lead_ns, spread_ns; /* due so long after they are set, and so much later */
    bool all_pending;           /* at one time; else the lead was too short */
    atomic_uint_least64_t fired, cancelled, cancelled_by_other, rearmed;
};

void many_timers_body(void *many_timers);

#endif
