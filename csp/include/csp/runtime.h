/* csp/runtime.h - what Go's package runtime tells about goroutines and lets them ask for;
 * included by csp.h.
 */
#ifndef CSP_PACKAGE_RUNTIME_H
#define CSP_PACKAGE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct csp;

/* Runs main_function(argument) as a program: starts a runtime with as many workers as the
 * environment variable GOMAXPROCS says, or else as the process may use CPUs, and exits
 * with the status of the run, as a Go program does. Without a runtime: one line on
 * stderr, and 2. Thread: any that is no worker. */
#define csp_main(main_function, argument) \
    csp_main_named((main_function), (argument), #main_function)
_Noreturn void csp_main_named(void (*main_function)(void *), void *argument,
                              const char *name);

/* Goroutines that have not ended, the caller included (runtime.NumGoroutine). */
size_t csp_num_goroutine(void);

/* Locks the caller to a thread on which nothing else runs, until as many unlocks
 * (runtime.LockOSThread). It is a thread beside the workers, to which the caller moves
 * with the first lock: what it did to its thread before is not there. When a locked
 * goroutine ends, the thread is kept for the next one that locks (Go ends it). Under a
 * seeded schedule, which has one thread, only counted. May: yield. Fatal: "thread
 * exhaustion" (csp_config.threads), "runtime: failed to create new OS thread". */
void csp_lock_os_thread(void);
/* Without a lock it does nothing. May: yield. */
void csp_unlock_os_thread(void);

/* The workers (runtime.GOMAXPROCS(0)); csp_start has set their number for good. */
unsigned csp_gomaxprocs(void);

/* Prints every goroutine in the form of Go's stack dump, from whichever thread, while
 * they run: its number, its state and what it waits for, since how many minutes, the name
 * of its function, and where it was started. Nothing is stopped for it, so each line is
 * true of some moment, and two lines may be of two moments. Called by a goroutine, csp may
 * be NULL: its own runtime. May: yield, if called by a goroutine. Thread: any, between
 * csp_start and csp_stop. */
void csp_dump(struct csp *csp, FILE *into);

#endif
