/* skynet.h - trees of processes, ten children each; one op is one leaf.
 *
 * A leaf sends its ordinal to its parent; an inner process makes ten children, adds up
 * what they send and sends the sum to its own parent. The root of a tree of L leaves so
 * gets 0 + 1 + ... + L-1.
 *
 * `ops` leaves are a forest: trees of 1,000,000 leaves as long as they fit, the rest in
 * trees of 1,000; one tree after another. The first process makes the roots and waits for
 * each; of the last tree it is the root itself. So ops = 1,000,000 is exactly the one
 * tree of 1,111,111 processes, and every process but one sends one message.
 */
#ifndef SKYNET_H
#define SKYNET_H

#include "workload.h"

#define SKYNET_CHILDREN 10u
#define SKYNET_SMALL UINT64_C(1000)    /* leaves of a small tree */
#define SKYNET_LARGE UINT64_C(1000000) /* leaves of a large one */
#define SKYNET_SMALL_UNITS UINT64_C(1111)
#define SKYNET_LARGE_UNITS UINT64_C(1111111)
#define SKYNET_QUANTUM SKYNET_SMALL /* ops are a multiple of this */

/* The only message. */
struct skynet_sum {
    uint64_t sum; /* of the ordinals of all leaves below the sender */
};

_Static_assert(sizeof(struct skynet_sum) == 8, "the payload is 8 bytes");

/* Leaves of the next tree when so many are left. */
static inline uint64_t skynet_tree(uint64_t left)
{
    return left >= SKYNET_LARGE ? SKYNET_LARGE : SKYNET_SMALL;
}

/* What a run of shape->ops leaves must answer in every model and peer. */
static inline void skynet_expect(const struct workload_shape *shape,
                                 struct workload_answer *answer)
{
    uint64_t large = shape->ops / SKYNET_LARGE;
    uint64_t small = shape->ops % SKYNET_LARGE / SKYNET_SMALL;
    uint64_t units = large * SKYNET_LARGE_UNITS + small * SKYNET_SMALL_UNITS;
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = units,
        .messages = units - 1,
        .bytes = sizeof(struct skynet_sum) * (units - 1),
        .checksum = large * (SKYNET_LARGE / 2 * (SKYNET_LARGE - 1)) +
                    small * (SKYNET_SMALL / 2 * (SKYNET_SMALL - 1)),
    };
}

#endif
