/* trace.h - what each worker did and when: a ring of events, overwritten from the oldest.
 *
 * One ring a worker, one writer: the worker. Off (capacity 0) it costs one predictable
 * branch. Anybody may read at any time.
 *
 *  1. Event i lies in slot i modulo the capacity, as words that are each stored whole.
 *  2. `begun` becomes i + 1 before slot i is touched, `written` after. So a reader who,
 *     after copying, finds begun <= i + capacity, has copied event i, and no part of the
 *     one that takes its place.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include <core/atomic.h>
#include <core/clock.h>
#include <stddef.h>
#include <stdint.h>

enum core_trace_kind {
    CORE_TRACE_SPAWN = 1,   /* id: the new task; arg: its parent */
    CORE_TRACE_RUN,         /* id: the task a worker starts to run */
    CORE_TRACE_END_YIELD,   /* id: a task that gave its turn away */
    CORE_TRACE_END_PREEMPT, /* id: a task whose turn was taken */
    CORE_TRACE_END_BLOCK, /* id: a task that waits; arg: for what (model's own number) */
    CORE_TRACE_END_EXIT,  /* id: a task that ended; arg: 0 or why (model's own number) */
    CORE_TRACE_SEND,      /* id: the sender; arg: the receiver */
    CORE_TRACE_WAKE,      /* id: the waker; arg: the task made runnable */
    CORE_TRACE_STEAL,     /* id: first task taken; arg: how many */
    CORE_TRACE_PARK,      /* worker goes to sleep; arg: until ns, 0 for no limit */
    CORE_TRACE_UNPARK,    /* worker woke up */
};

struct core_trace_event {
    uint64_t time_ns;
    uint64_t id;
    uint64_t arg;
    uint32_t kind; /* enum core_trace_kind */
    uint32_t worker;
};

struct core_trace_slot {
    _Atomic uint64_t time_ns, id, arg, kind;
};

struct core_trace {
    struct core_trace_slot *events; /* NULL when off */
    _Atomic uint64_t begun;
    _Atomic uint64_t written; /* events ever; the ring holds the last `capacity` */
    uint32_t mask;            /* capacity - 1 */
    uint32_t worker;
};

/* Prepares a ring of `capacity` events (a power of two; 0 means off). Errors: -ENOMEM,
 * -EINVAL. Owns: the caller, who calls core_trace_close. */
int core_trace_open(struct core_trace *trace, uint32_t capacity, uint32_t worker);
void core_trace_close(struct core_trace *trace);

/* Slow half of core_trace; the ring must not be off. */
void core_trace_write(struct core_trace *trace, enum core_trace_kind kind, uint64_t id,
                      uint64_t arg);

/* Notes one event. Thread: the ring's worker. May: never fails, yields or blocks. */
static inline void core_trace(struct core_trace *trace, enum core_trace_kind kind,
                              uint64_t id, uint64_t arg)
{
    if (__builtin_expect(trace->events != NULL, 0))
        core_trace_write(trace, kind, id, arg);
}

/* Copies the events still held, oldest first, at most `room`; returns how many. Thread:
 * any. */
size_t core_trace_read(const struct core_trace *trace, struct core_trace_event *into,
                       size_t room);

/* The same from event *from on (0: the first ever), which becomes the one after the last
 * copied: a reader who comes again gets each event once, in order. Those that were
 * overwritten before he came are skipped; *from tells, for it grows by more than what was
 * copied. */
size_t core_trace_follow(const struct core_trace *trace, uint64_t *from,
                         struct core_trace_event *into, size_t room);

#endif
