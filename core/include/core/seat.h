/* seat.h - a poller with one seat: of the workers that sleep, one waits there for
 * descriptors too (after Go's netpoll in findrunnable, and the BEAM's scheduler pollset).
 *
 * A worker that has nothing to do parks by core_seat_park. If a descriptor is watched and
 * the seat is free, it waits in the poller, else on its futex; core_unpark wakes it in
 * either. A worker that is busy looks by core_seat_look from time to time, without
 * waiting.
 *
 * Invariants
 *  1. Who has taken the seat is alone in the poller, and gives it back before it returns.
 *     Nobody waits for the seat.
 *  2. So when every worker sleeps by core_seat_park, one of them sits: the last that went
 *     to sleep found the seat free, or taken by one that sits. (Who takes it for a look
 *     is awake, and will run or park.)
 *  3. While a worker runs and nobody sits, readiness is found by that worker's next look
 *     only. How often that is, and whether it would rather wake a sleeper to sit, is the
 *     runtime's policy.
 *  4. Nothing is opened before the first core_seat_watch; until then a park or a look
 *     costs one relaxed load more than without a seat.
 *
 * Results may be handed out after core_seat_unwatch has returned, by a worker that had
 * them already. So a context should be a name that can be found to be stale, and not the
 * address of what may be freed.
 */
#ifndef CORE_SEAT_H
#define CORE_SEAT_H

#include <core/lock.h>
#include <core/park.h>
#include <core/poller.h>
#include <core/seam.h>

struct core_seat {
    /* Written at the first watch, under `opening`. */
    struct core_poller poller;
    struct core_lock opening;
    atomic_bool open;
    struct core_seams *seams;

    /* Written by who watches and unwatches. */
    alignas(CORE_CACHE_LINE) _Atomic uint32_t watched;

    /* Written by who sits or looks. */
    alignas(CORE_CACHE_LINE) atomic_bool taken;
};

/* `seams` may be NULL. Each parker that shall sit here gets its `poller` set to
 * &seat->poller before it is shared. */
void core_seat_init(struct core_seat *seat, struct core_seams *seams);
/* Thread: owner, when nobody uses the seat or the parkers any more. */
void core_seat_close(struct core_seat *seat);

/* Watches a descriptor, as core_poller_add, and opens the poller at the first. Thread:
 * any. Errors: as core_poller_add and core_poller_open. */
int core_seat_watch(struct core_seat *seat, int fd, unsigned events, void *context);
/* Replaces events and context; what is ready now is reported again, edges too. Thread:
 * any. Errors: as core_poller_modify. */
int core_seat_rewatch(struct core_seat *seat, int fd, unsigned events, void *context);
/* Thread: any. Errors: as core_poller_remove. */
int core_seat_unwatch(struct core_seat *seat, int fd);

/* Whether any descriptor is watched; a hint. Thread: any, signal handlers too. */
static inline bool core_seat_in_use(const struct core_seat *seat)
{
    return core_load_relaxed(&seat->watched) != 0; /* core_seat_look orders */
}

/* Whether somebody sits or looks; a hint. Thread: any, signal handlers too. */
static inline bool core_seat_taken(const struct core_seat *seat)
{
    return core_load_relaxed(&seat->taken); /* who wants it tries to take it */
}

/* What is ready now, without waiting: how many results were written, at most `room`; 0
 * also when nothing is watched or the seat is taken. Thread: any. */
int core_seat_look(struct core_seat *seat, struct core_poll_result *results, int room);

/* As core_park, but in the seat if it is free and something is watched; then readiness
 * ends it too. Returns how many results were written; *token as core_park returns it.
 * May: block. Thread: the parker's owner. */
int core_seat_park(struct core_seat *seat, struct core_parker *parker,
                   uint64_t deadline_ns, struct core_poll_result *results, int room,
                   bool *token);

#endif
