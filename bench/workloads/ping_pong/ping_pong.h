/* ping_pong.h - two tasks hand one ball back and forth; one op is one round trip.
 *
 * ping holds the ball first. Each hop copies the ball (8 bytes) and adds one to its
 * counter: ping adds one and sends, pong receives, adds one and sends back. After `ops`
 * round trips ping holds a ball whose counter is 2 * ops, so a lost, doubled or invented
 * hop shows.
 */
#ifndef PING_PONG_H
#define PING_PONG_H

#include "workload.h"

#define PING_PONG_QUANTUM 1u /* ops are a multiple of this */
#define PING_PONG_TASKS 2u   /* ping and pong, made anew by each run */
#define PING_PONG_HOPS 2u    /* messages of one op */

/* The only message. */
struct ping_pong_ball {
    uint64_t hops; /* hops made so far */
};

_Static_assert(sizeof(struct ping_pong_ball) == 8, "the payload is 8 bytes");

/* What a run of shape->ops round trips must answer in every model and peer. */
static inline void ping_pong_expect(const struct workload_shape *shape,
                                    struct workload_answer *answer)
{
    uint64_t hops = PING_PONG_HOPS * shape->ops;
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = PING_PONG_TASKS,
        .messages = hops,
        .bytes = sizeof(struct ping_pong_ball) * hops,
        .checksum = hops,
    };
}

#endif
