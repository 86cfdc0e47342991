/* compaction.h - stacks of processes that wait for long give their pages back. */
#ifndef ACTORS_COMPACTION_H
#define ACTORS_COMPACTION_H

#include <core/timers.h>
#include <stdbool.h>
#include <stdint.h>

struct process;
struct scheduler;

/* AGAIN: stacks have been taken or unpacked since this pass began. */
enum sweep { SWEEP_NONE, SWEEP_ON, SWEEP_AGAIN };

/* One a runtime: of the scheduler whose timers hold `timer`; SWEEP_NONE hands it on. */
struct compaction {
    _Atomic uint32_t sweep;  /* enum sweep */
    _Atomic uint32_t packed; /* stacks that are packed now */
    struct core_timer timer;
    uint32_t cursor;  /* the next slot to look at */
    uint64_t turns;   /* of all schedulers when this pass began */
    uint32_t holders; /* seen in this pass with a stack that holds memory */
};

/* More stacks hold memory: starts the sweeps if there are enough for them. */
void compaction_consider(struct scheduler *scheduler);
/* The sweep's timer is due. */
void compaction_step(struct scheduler *scheduler);
/* In a seeded schedule time stands while anybody may run; but if the next that is due is
 * a sweep, it may be chosen to come. */
bool compaction_chosen(const struct scheduler *scheduler);
/* Brings the stack of a process back before it runs. */
void compaction_undo(struct scheduler *scheduler, struct process *process);
/* The same without its content: the process ends. */
void compaction_drop(struct scheduler *scheduler, struct process *process);

#endif
