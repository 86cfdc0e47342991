/* alert.h - what a process of the program's choice is told of: turns that are too long,
 * heaps too large, mailboxes too full. */
#ifndef ACTORS_ALERT_H
#define ACTORS_ALERT_H

#include <core/atomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct scheduler;

/* Of a runtime. Written when a watcher is set, read at the end of each turn. */
struct alerts {
    _Atomic uint64_t watcher;                               /* a pid; 0: none */
    _Atomic uint64_t set_ns;                                /* nothing before is judged */
    _Atomic uint64_t turn_ns, heap_bytes, queue, queue_end; /* 0: none */
    _Atomic uint32_t setting;                               /* counts them */
};

/* Judges a turn that is over. Thread: the scheduler whose turn it was. */
void alert_turn(struct scheduler *scheduler, struct process *process);

/* Nobody pays for it while nobody watches. */
static inline bool alerts_wanted(const struct alerts *alerts)
{
    return __builtin_expect(core_load_relaxed(&alerts->watcher) != 0, 0); /* a hint */
}

#endif
