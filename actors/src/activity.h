/* activity.h - what a scheduler spends its time on, told from outside while it runs.
 *
 * A clock of each activity's own: to begin one at time t subtracts t from its account, to
 * end it adds t. So the account of a past activity is the time spent on it, the account of
 * the present one is negative and lacks the present time, and
 *
 *  1. the sum of all accounts is -start_ns after each change, and at no time between.
 *
 * One writer, its scheduler, and no order among its stores: a reader who finds another sum
 * has looked in the middle of a change, or across several, and looks again; so does one
 * whose second look, after the clock was read, finds the accounts changed.
 */
#ifndef ACTORS_ACTIVITY_H
#define ACTORS_ACTIVITY_H

#include <actors/introspection.h>
#include <core/atomic.h>

struct activity {
    _Alignas(CORE_CACHE_LINE) _Atomic int64_t account_ns[ACTORS_ACTIVITIES];
    int64_t start_ns;
    int64_t since_ns;         /* of the present activity; the scheduler's own */
    enum actors_activity now; /* the scheduler's own */
    _Atomic uint32_t open;    /* between activity_open and activity_close */
};

/* What was read at one moment. */
struct activity_split {
    uint64_t wall_ns;
    uint64_t spent_ns[ACTORS_ACTIVITIES];
    enum actors_activity now; /* ACTORS_HALTED: none */
};

/* Starts and ends the account, with ACTORS_RUNNING. Thread: the scheduler. */
void activity_open(struct activity *activity);
void activity_close(struct activity *activity);

/* Ends the present activity and begins another. Thread: the scheduler. */
void activity_change(struct activity *activity, enum actors_activity next);

/* Thread: any. */
struct activity_split activity_read(const struct activity *activity);

#endif
