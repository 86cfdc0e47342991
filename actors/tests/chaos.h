/* chaos.h - a random program whose every death must be heard exactly as often as agreed.
 */
#ifndef ACTORS_TESTS_CHAOS_H
#define ACTORS_TESTS_CHAOS_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>
#include <core/seam.h>

struct chaos {
    uint32_t seed;
    const struct core_seams *seams; /* NULL: not a seeded schedule */
    uint64_t signature; /* of the schedule until the root's end; others may live on */
    bool done;
    atomic_uint_least64_t born;
    atomic_uint_least64_t sent;     /* by calls, not by timers */
    atomic_uint_least64_t received; /* of any kind */
    atomic_uint_least64_t settled;
};

void chaos_body(void *chaos);

#endif
