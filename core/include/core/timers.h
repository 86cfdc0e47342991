/* timers.h - deadlines in an array heap of arity 4, intrusive: a timer is part of its owner.
 *
 * The heap's array holds (deadline, sequence, timer) so that sifting does not touch the
 * timers' own lines until they move; ties run in the order of insertion. One owner; a runtime
 * keeps one heap a worker. Not thread-safe.
 */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_TIMER_NEVER UINT64_MAX

struct core_timer {
    uint64_t deadline_ns;
    size_t index; /* place in the heap + 1; 0 when not in a heap */
};

struct core_timer_slot {
    uint64_t deadline_ns;
    uint64_t sequence;
    struct core_timer *timer;
};

struct core_timers {
    struct core_timer_slot *slots;
    size_t count;
    size_t capacity;
    uint64_t next_sequence;
};

void core_timers_init(struct core_timers *timers);
/* Frees the heap's array; timers still in it stay their owners' property. */
void core_timers_close(struct core_timers *timers);

/* Inserts a timer that is in no heap. Errors: -ENOMEM. */
int core_timers_insert(struct core_timers *timers, struct core_timer *timer,
                       uint64_t deadline_ns);
/* Takes a timer out; false when it was in no heap. */
bool core_timers_remove(struct core_timers *timers, struct core_timer *timer);
/* Moves a timer to a new deadline, inserting it where needed. Errors: -ENOMEM. */
int core_timers_reset(struct core_timers *timers, struct core_timer *timer,
                      uint64_t deadline_ns);

/* The earliest deadline, or CORE_TIMER_NEVER. */
uint64_t core_timers_next(const struct core_timers *timers);
/* Takes out and returns the earliest timer whose deadline is <= now_ns, or NULL. */
struct core_timer *core_timers_pop_due(struct core_timers *timers, uint64_t now_ns);

static inline bool core_timer_pending(const struct core_timer *timer)
{
    return timer->index != 0;
}

#endif
