/* bodies_parked.h - many processes that wait, and a driver that disturbs them. */
#ifndef ACTORS_TESTS_BODIES_PARKED_H
#define ACTORS_TESTS_BODIES_PARKED_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>

struct parked {
    struct actors *runtime;
    uint32_t processes;
    uint32_t rounds;
    uint32_t seed;
    int64_t pause_ns; /* of sleepers that wait by themselves */
    uint64_t answers; /* heard by the driver */
    uint64_t deaths;
    uint64_t sum;
    uint64_t largest; /* memory_bytes of the sleepers asked */
    atomic_uint_least64_t ready;
};

/* A count of the runtime by its name. */
uint64_t parked_count(const struct actors *runtime, const char *name);

/* Makes the sleepers and returns once all of them wait. */
void parked_spawn_only(void *parked);
/* Waits until all are packed, asks each how large it is, then wakes all. */
void parked_wake_all(void *parked);
/* Messages, exit signals, suspensions, links and questions, at random. */
void parked_disturb(void *parked);
/* Sleepers that wake by themselves each pause_ns, `rounds` times. */
void parked_pauses(void *parked);

#endif
