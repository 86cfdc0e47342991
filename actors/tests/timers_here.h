/* Each scheduler has a timer, and an emulated kernel may have few of them. */
#ifndef ACTORS_TESTS_TIMERS_HERE_H
#define ACTORS_TESTS_TIMERS_HERE_H

#include "check.h"

#include <actors.h>
#include <errno.h>
#include <stdbool.h>

/* Whether so many schedulers start here; says so if not. */
static inline bool timers_here(unsigned schedulers)
{
    struct actors *runtime;
    int rc = actors_start(&(struct actors_config){.schedulers = schedulers}, &runtime);
    if (rc == -EAGAIN) {
        printf("  skipped: no timers for %u schedulers here\n", schedulers);
        return false;
    }
    CHECK_EQ(rc, 0);
    actors_stop(runtime);
    return true;
}

#endif
