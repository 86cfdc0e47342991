/* spawn_join.h - a parent makes children, hears from them, makes the next; one op is one
 * child.
 *
 * Child i is told spawn_join_value(i), sends it to its parent and ends. The size says how
 * many at a time: the parent makes so many, hears from as many, and begins anew. The sum
 * of what it heard is known in closed form and stays below 2^53 up to 2^33 ops.
 */
#ifndef SPAWN_JOIN_H
#define SPAWN_JOIN_H

#include "workload.h"

#define SPAWN_JOIN_QUANTUM 1u                 /* ops are a multiple of this */
#define SPAWN_JOIN_VALUES (UINT64_C(1) << 20) /* values are 0 .. this - 1 */

/* Children at a time. */
static const uint64_t spawn_join_sizes[] = {1, 1000, 1000000, 0};

/* The only message; also what a child is told when it is made. */
struct spawn_join_message {
    uint64_t value;
};

_Static_assert(sizeof(struct spawn_join_message) == 8, "the payload is 8 bytes");

/* How many at a time; a shape without a size has one. */
static inline uint64_t spawn_join_group(const struct workload_shape *shape)
{
    return shape->size == 0 ? 1 : shape->size;
}

/* What child number `index` brings. */
static inline uint64_t spawn_join_value(uint64_t index)
{
    return index & (SPAWN_JOIN_VALUES - 1);
}

/* What a run of shape->ops children must answer in every model and peer. */
static inline void spawn_join_expect(const struct workload_shape *shape,
                                     struct workload_answer *answer)
{
    uint64_t cycles = shape->ops / SPAWN_JOIN_VALUES;
    uint64_t rest = shape->ops % SPAWN_JOIN_VALUES;
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = shape->ops + 1, /* the parent */
        .messages = shape->ops,
        .bytes = sizeof(struct spawn_join_message) * shape->ops,
        .checksum = cycles * (SPAWN_JOIN_VALUES / 2 * (SPAWN_JOIN_VALUES - 1)) +
                    (rest > 0 ? rest * (rest - 1) / 2 : 0),
    };
}

#endif
