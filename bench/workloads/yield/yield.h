/* yield.h - two tasks that give the turn away again and again; one op is one yield.
 *
 * Each of them yields ops / 2 times, and at its end sends the collector how often, times
 * its own number (1 or 2): a task that stopped early, or did the other's work, changes
 * the sum.
 */
#ifndef YIELD_H
#define YIELD_H

#include "workload.h"

#define YIELD_YIELDERS 2u
#define YIELD_QUANTUM YIELD_YIELDERS      /* ops are a multiple of this */
#define YIELD_TASKS (YIELD_YIELDERS + 1u) /* and the collector */

/* The only message. */
struct yield_turns {
    uint64_t weighed; /* how often its sender has yielded, times its number */
};

_Static_assert(sizeof(struct yield_turns) == 8, "the payload is 8 bytes");

/* What a run of shape->ops yields must answer in every model and peer. */
static inline void yield_expect(const struct workload_shape *shape,
                                struct workload_answer *answer)
{
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = YIELD_TASKS,
        .messages = YIELD_YIELDERS,
        .bytes = YIELD_YIELDERS * sizeof(struct yield_turns),
        .checksum = shape->ops / YIELD_YIELDERS * (1 + 2),
    };
}

#endif
