/* timers.h - deadlines in an array heap of arity 4, intrusive: a timer is part of its
 * owner.
 *
 * The heap's array holds (deadline, rank, timer) so that sifting compares without
 * touching the timers' own cache lines; equal deadlines fire in the order of their ranks,
 * which are given out by insertion. One owner; a runtime keeps one heap a worker. Not
 * thread-safe.
 */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_TIMER_NEVER UINT64_MAX

/* Zeroed before its first use. While it is in a heap its owner must keep it where it is.
 */
struct core_timer {
    uint64_t deadline_ns; /* of the last insertion */
    size_t index;         /* place in the heap + 1; 0 when not in a heap */
};

struct core_timer_slot {
    uint64_t deadline_ns;
    uint64_t rank;
    struct core_timer *timer;
};

struct core_timers {
    struct core_timer_slot *slots;
    size_t count;
    size_t capacity;
    uint64_t next_rank;
};

void core_timers_init(struct core_timers *timers);

/* Frees the heap's array; timers still in it stay their owners' property, and count as in
 * no heap from now on. */
void core_timers_close(struct core_timers *timers);

/* Inserts a timer that is in no heap, behind those of the same deadline. Errors: -ENOMEM
 * (the timer stays in no heap), never for a heap that has held as many timers before. */
int core_timers_insert(struct core_timers *timers, struct core_timer *timer,
                       uint64_t deadline_ns);

/* Takes a timer out; false when it was in no heap. */
bool core_timers_remove(struct core_timers *timers, struct core_timer *timer);

/* As a removal and an insertion: last of its new deadline. Errors: -ENOMEM, and only for
 * a timer that was in no heap. */
int core_timers_reset(struct core_timers *timers, struct core_timer *timer,
                      uint64_t deadline_ns);

/* The earliest deadline, or CORE_TIMER_NEVER. */
uint64_t core_timers_next(const struct core_timers *timers);

/* The timer that fires first, left where it is, or NULL. */
struct core_timer *core_timers_first(const struct core_timers *timers);

/* Takes out and returns the first timer if its deadline is <= now_ns, or NULL. */
struct core_timer *core_timers_pop_due(struct core_timers *timers, uint64_t now_ns);

static inline bool core_timer_pending(const struct core_timer *timer)
{
    return timer->index != 0;
}

#endif
