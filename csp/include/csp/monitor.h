/* monitor.h - a goroutine that is the sole owner of a state; others reach the state only
 * by sending it what is to be done ("share memory by communicating").
 *
 * It stands for a lock: what is sent runs one at a time, in the order of arrival, and
 * needs no lock of its own; and the state cannot be reached past it. Not in Go's library,
 * but its custom: a loop that receives requests, each with a channel for the answer.
 *
 *     static void deposit(void *account, void *amount) { ... }
 *
 *     struct csp_monitor *bank = csp_monitor_start(&account);
 *     csp_monitor_call(bank, deposit, &amount);
 *     csp_monitor_stop(bank);
 */
#ifndef CSP_MONITOR_H
#define CSP_MONITOR_H

#include <csp.h>

struct csp_monitor;

/* What a monitor is asked to do with its state. */
typedef void csp_monitor_act(void *state, void *argument);

/* Starts the goroutine; from now on `state` is its own. Owns: who calls csp_monitor_stop,
 * or the run. */
struct csp_monitor *csp_monitor_start(void *state);

/* Has act(state, argument) done and waits for its end: whatever it left in *argument is
 * the answer. May: block. Within an act on the same monitor it blocks for ever. */
void csp_monitor_call(struct csp_monitor *monitor, csp_monitor_act *act, void *argument);

/* Hands it over, but does not wait for its end. `argument` must last. May: block. */
void csp_monitor_post(struct csp_monitor *monitor, csp_monitor_act *act, void *argument);

/* Waits until all that was handed over is done, and ends the goroutine: the state is the
 * caller's. Nobody may call or post from now on: "send on closed channel". May: block. */
void csp_monitor_stop(struct csp_monitor *monitor);

#endif
