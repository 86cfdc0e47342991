/* native.h - native functions, on normal and on dirty schedulers, as the rest of the runtime
 * sees them. */
#ifndef ACTORS_NATIVE_H
#define ACTORS_NATIVE_H

#include "internal.h"

/* --- dirty.c */
int dirty_open(struct actors *runtime);
/* Waits for the native functions that run, and ends the threads. No scheduler runs. */
void dirty_halt(struct actors *runtime);
void dirty_close(struct actors *runtime);
/* Queues the native function of a process that left for it. */
void dirty_submit(struct scheduler *scheduler, struct process *process);
/* The process handles SIGNAL_RETURN. */
void dirty_returned(struct scheduler *scheduler, struct process *process);
/* A process ends in dirty native code. True: that runs on, with the stack, memory and
 * messages in hand, until it returns; dirty_abandon is due when nothing else is left. */
bool dirty_leave(struct scheduler *scheduler, struct process *process);
void dirty_abandon(struct scheduler *scheduler, struct dirty_job *job);
/* Makes a process runnable from a dirty scheduler: where it ran last. */
void dirty_ready(struct scheduler *scheduler, struct process *process);
/* Whether the native function has begun, and not returned. */
bool dirty_runs(struct dirty_job *job);
/* What a dirty native function sends. Errors: -ESRCH (its process has ended), -ENOBUFS
 * (mailbox_limit); not sent then. */
int dirty_push(struct scheduler *scheduler, struct process *to, struct signal *signal);
bool dirty_is_alive(struct dirty_job *job);
/* A count of all dirty schedulers. */
uint64_t dirty_total(const struct actors *runtime, enum counter counter);
void dirty_visit(const struct actors *runtime,
                 void (*visit)(void *context, const char *name, uint64_t value),
                 void *context);

/* --- what an ended process leaves to its native function */
/* Frees what the process has received and still holds (mailbox.c). */
void mailbox_let_go(struct scheduler *scheduler, struct process *process);
/* Frees all private memory and all handles of binaries (process.c). */
void process_free_memory(struct scheduler *scheduler, struct process *owner);

/* --- native.c */
/* Ends the program: native code called what only a process may. */
_Noreturn void native_refuse(void);
void native_close(struct scheduler *scheduler);

#endif
