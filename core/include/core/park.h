/* park.h - one thread sleeps, others wake it: a futex with one token.
 *
 * unpark leaves a token; park consumes it and returns at once, or sleeps until one comes.
 * A token given before the park is never lost, two are one.
 *
 * States: EMPTY (running, no token), TOKEN (running or about to wake), PARKED (sleeping),
 * SEATED (sleeping in a poller: core/seat.h). Only the owner moves EMPTY -> PARKED or
 * SEATED; anyone moves any of them to TOKEN; only the owner consumes.
 */
#ifndef CORE_PARK_H
#define CORE_PARK_H

#include <core/atomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CORE_PARK_FOREVER UINT64_MAX

struct core_poller;

struct core_parker {
    _Atomic uint32_t state;
    struct core_poller *poller; /* where its owner may sit, or NULL; never changes */
};

/* Sleeps until a token comes or the absolute CLOCK_MONOTONIC time `deadline_ns`; true
 * when it consumed a token. What the waker wrote before its unpark is visible then. May:
 * block. Thread: the parker's owner. */
bool core_park(struct core_parker *parker, uint64_t deadline_ns);

/* Leaves a token and wakes the owner if it sleeps. Thread: any, signal handlers too. */
void core_unpark(struct core_parker *parker);

/* The two halves of a sleep in the parker's poller, between which the owner waits there
 * (core/seat.h). False when there was a token: it is consumed, and the owner stays up.
 * Thread, here and below: the parker's owner. */
bool core_park_sit(struct core_parker *parker);
/* Whether no token has come since. */
bool core_park_sits(const struct core_parker *parker);
/* True when it consumed a token; what its waker wrote is visible then. */
bool core_park_rise(struct core_parker *parker);

#endif
