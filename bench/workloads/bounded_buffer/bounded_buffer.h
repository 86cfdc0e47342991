/* bounded_buffer.h - producers and consumers with a buffer of few places between them; one
 * op is one item.
 *
 * The size is the number of producers, and of consumers. Each producer makes ops / size
 * items, numbered from 0; each consumer takes ops / size, whosever they are, and at its
 * end reports the sum of their numbers (modulo 2^20). What one consumer takes of one
 * producer must come in ascending order; only such items are added up.
 *
 * Where the buffer is a task of its own, each put and each get is a request and a reply.
 */
#ifndef BOUNDED_BUFFER_H
#define BOUNDED_BUFFER_H

#include "workload.h"

#include <stdbool.h>

#define BOUNDED_BUFFER_QUANTUM 1u /* ops are a multiple of this, and of the size */
#define BOUNDED_BUFFER_MOST 40u   /* producers, and consumers */
#define BOUNDED_BUFFER_PLACES_MOST 128u
#define BOUNDED_BUFFER_VALUES (UINT64_C(1) << 20)
#define BOUNDED_BUFFER_HANDS 4u /* messages an item, where the buffer is a task */

/* Producers, and consumers. */
static const uint64_t bounded_buffer_sizes[] = {1, 8, BOUNDED_BUFFER_MOST};
#define BOUNDED_BUFFER_SIZE_COUNT \
    (sizeof bounded_buffer_sizes / sizeof *bounded_buffer_sizes)

/* An item; where the buffer is a task, also what is said to and by it. */
struct bounded_buffer_item {
    uint64_t kind : 2; /* for the model's own use */
    uint64_t producer : 6;
    uint64_t number : 56;
};

_Static_assert(sizeof(struct bounded_buffer_item) == 8, "the payload is 8 bytes");

/* From a consumer, at its end. */
struct bounded_buffer_report {
    uint64_t sum;
};

_Static_assert(sizeof(struct bounded_buffer_report) == 8, "the payload is 8 bytes");

/* How many producers; a shape without a size has one. */
static inline unsigned bounded_buffer_pairs(const struct workload_shape *shape)
{
    return shape->size == 0 ? 1 : (unsigned)shape->size;
}

/* Fifty places for forty pairs, as in Savina; else 128, as channels are measured. */
static inline unsigned bounded_buffer_places(unsigned pairs)
{
    return pairs == BOUNDED_BUFFER_MOST ? 50 : BOUNDED_BUFFER_PLACES_MOST;
}

/* What an item adds to its consumer's report; next[p] is the least number that may come of
 * producer p. */
static inline uint64_t bounded_buffer_count(uint64_t *next,
                                            struct bounded_buffer_item item)
{
    if (item.number < next[item.producer])
        return 0;
    next[item.producer] = item.number + 1;
    return item.number & (BOUNDED_BUFFER_VALUES - 1);
}

/* The answer where the buffer is a channel. */
static inline void bounded_buffer_expect(const struct workload_shape *shape,
                                         struct workload_answer *answer)
{
    uint64_t pairs = bounded_buffer_pairs(shape), items = shape->ops / pairs;
    uint64_t cycles = items / BOUNDED_BUFFER_VALUES, rest = items % BOUNDED_BUFFER_VALUES;
    uint64_t sum = cycles * (BOUNDED_BUFFER_VALUES / 2 * (BOUNDED_BUFFER_VALUES - 1)) +
                   (rest > 0 ? rest * (rest - 1) / 2 : 0);
    *answer = (struct workload_answer){
        .ops = items * pairs,
        .units = 2 * pairs + 1, /* who starts them and hears the reports */
        .messages = items * pairs + pairs,
        .bytes = sizeof(struct bounded_buffer_item) * (items * pairs + pairs),
        .checksum = pairs * sum,
    };
}

/* The answer where the buffer is a task. */
static inline void bounded_buffer_expect_requests(const struct workload_shape *shape,
                                                  struct workload_answer *answer)
{
    bounded_buffer_expect(shape, answer);
    answer->units++;
    answer->messages += (BOUNDED_BUFFER_HANDS - 1) * answer->ops;
    answer->bytes = sizeof(struct bounded_buffer_item) * answer->messages;
}

#endif
