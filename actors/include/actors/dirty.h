/* actors/dirty.h - native functions: C code that is no process code.
 *
 * Process code may be stopped anywhere and go on on another thread, so it uses no errno,
 * no thread-local and no library that does, and its stack is small. A native function
 * runs from its beginning to its end on one thread, with the room that libc expects, and
 * nobody stops it. It pays with the BEAM's dangers: a fault in it ends the program, with a
 * message.
 *
 * Of the runtime a native function may call actor_self, actor_native_send and
 * actor_native_is_alive; any other function of processes ends the program, with a message.
 * It may use its process's stack and memory, which stay until it returns.
 *
 * Semantics: erl_nif, "Long-running NIFs"; ERTS, "Termination of a Process" (in
 * Reference manual, "Processes").
 */
#ifndef ACTORS_DIRTY_H
#define ACTORS_DIRTY_H

#include <actors.h>

/* Which schedulers: those for work that computes, or those for work that waits. Either
 * kind starts in the order of the calls. */
enum actor_dirty_kind { ACTOR_DIRTY_CPU, ACTOR_DIRTY_IO };

/* Runs native(argument) on a dirty scheduler and waits for its return; the normal
 * schedulers run others meanwhile. Signals are handled all the while: messages queue, and
 * who is killed has ended for everybody at once, though the native function, if it has
 * begun, runs on, with the stack and memory of its process, until it returns. Thread:
 * process. May: yield, block. Errors: -EINVAL (no such kind, no function), -ENOMEM, -EAGAIN
 * (no thread could be started); native was not called then. */
int actor_dirty(enum actor_dirty_kind kind, void (*native)(void *argument),
                void *argument);

/* Runs native(argument) on the caller's scheduler, which does nothing else meanwhile: for
 * calls of a fraction of a tick. The time counts: a tick is a whole turn. As long as it
 * returns true it is called again, and between two calls others have their turn when this
 * one is over, and signals are handled; so long work is done in steps. Thread: process.
 * May: yield. Errors: -EINVAL (no function), -ENOMEM (native was not called). Source:
 * enif_consume_timeslice and enif_schedule_nif. */
int actor_native(bool (*native)(void *argument), void *argument);

/* Sends a message in the name of the native function's process. Thread: a native
 * function's. Errors: as actor_send; -ESRCH (the process has ended, nothing was sent),
 * -EPERM (no native function called). */
int actor_native_send(actor_pid to, const void *data, size_t size);

/* Whether the native function's process has not ended; a long one asks now and then, and
 * gives up. False outside native functions. Thread: a native function's. Source:
 * enif_is_current_process_alive. */
bool actor_native_is_alive(void);

#endif
