/* skynet.h - trees of processes, ten children each; one op is one leaf.
 *
 * A leaf sends its ordinal to its parent; an inner process makes ten children, adds up
 * what they send and sends the sum to its own parent. The root of a tree of L leaves so
 * gets 0 + 1 + ... + L-1.
 *
 * The size is the leaves of a tree; `ops` leaves are ops / size trees, one after another.
 * The first process makes the roots and waits for each; of the last tree it is the root
 * itself. So ops = 1,000,000 of size 1,000,000 is exactly the one tree of 1,111,111
 * processes, and every process but one sends one message.
 */
#ifndef SKYNET_H
#define SKYNET_H

#include "workload.h"

#define SKYNET_CHILDREN 10u
#define SKYNET_SMALLEST UINT64_C(1000)
#define SKYNET_QUANTUM SKYNET_SMALLEST /* ops are a multiple of this, and of the size */

/* Leaves of a tree, powers of SKYNET_CHILDREN. */
static const uint64_t skynet_sizes[] = {SKYNET_SMALLEST, 1000000, 0};

/* The only message. */
struct skynet_sum {
    uint64_t sum; /* of the ordinals of all leaves below the sender */
};

_Static_assert(sizeof(struct skynet_sum) == 8, "the payload is 8 bytes");

/* Leaves of each tree; a shape without a size has the smallest. */
static inline uint64_t skynet_leaves(const struct workload_shape *shape)
{
    return shape->size == 0 ? SKYNET_SMALLEST : shape->size;
}

/* What a run of shape->ops leaves must answer in every model and peer. */
static inline void skynet_expect(const struct workload_shape *shape,
                                 struct workload_answer *answer)
{
    uint64_t leaves = skynet_leaves(shape), trees = shape->ops / leaves;
    uint64_t tree =
        (SKYNET_CHILDREN * leaves - 1) / (SKYNET_CHILDREN - 1); /* 1 + 10 + … */
    uint64_t units = trees * tree;
    *answer = (struct workload_answer){
        .ops = trees * leaves,
        .units = units,
        .messages = units - 1,
        .bytes = sizeof(struct skynet_sum) * (units - 1),
        .checksum = trees * (leaves / 2 * (leaves - 1)),
    };
}

#endif
