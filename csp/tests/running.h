/* running.h - how the tests start a runtime, run one main goroutine and look at the end.
 */
#ifndef CSP_TESTS_RUNNING_H
#define CSP_TESTS_RUNNING_H

#include <core/seam.h>
#include <csp.h>
#include <stdbool.h>
#include <stddef.h>

/* Starts a runtime of `workers`, or stops the test. */
struct csp *running_start(unsigned workers);
struct csp *running_start_seeded(struct core_seams *seams, uint32_t seed);

/* Starts, runs, stops; returns the status of the run. */
int running(unsigned workers, void (*main_function)(void *), void *argument);

/* Whether so many workers can be had; else says that something is skipped. */
bool running_fits_here(unsigned workers);

/* The same on 1, 2, 16 and 64 workers, each of which must end with 0. */
void running_everywhere(void (*main_function)(void *), void *argument);

/* Run and return what the run wrote to stderr, in a static buffer. */
const char *running_captured(struct csp *csp, void (*main_function)(void *),
                             void *argument, int *status);
const char *running_report(unsigned workers, void (*main_function)(void *),
                           void *argument, int *status);

#endif
