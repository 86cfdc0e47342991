/* quiet.h - one campaign at a time, and only on a quiet machine where that can be had. */
#ifndef HARNESS_QUIET_H
#define HARNESS_QUIET_H

#include "trouble.h"

#include <stdbool.h>
#include <stdint.h>

#define QUIET_PRESSURE 5.0 /* percent of "some avg10" below which a machine is quiet */

struct quiet {
    double pressure; /* at the end of the wait; negative where the kernel does not tell */
    uint64_t waited_ns;
    bool noisy; /* still not quiet after the limit */
};

/* Takes the machine-wide lock, waiting for another campaign to end; -1 in `*lock` where
 * no lock file can be made (a line says so, and the campaign goes on). stop_fd: readable
 * when we are to end. Owns: the caller closes *lock. May: block. Errors:
 * EXIT_INTERRUPTED. */
enum exit_code quiet_lock(int stop_fd, int *lock, struct trouble *trouble);

/* Waits until the CPU pressure is low, at most limit_ns. May: block. Errors:
 * EXIT_INTERRUPTED. Thread: any. */
enum exit_code quiet_wait(uint64_t limit_ns, int stop_fd, struct quiet *quiet,
                          struct trouble *trouble);

#endif
