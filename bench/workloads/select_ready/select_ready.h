/* select_ready.h - one task receives from whichever of many channels is ready; one op is
 * one select.
 *
 * The size is the number of channels, each unbuffered and with one sender that always has
 * another message until it has sent its ops / size. The receiver does `ops` selects. The
 * chosen case must bring the next number of that case's own sender; only those are added
 * up, so a message that was lost, doubled, out of order or told by a wrong case changes
 * the sum. It stays below 2^53 up to 2^33 ops.
 */
#ifndef SELECT_READY_H
#define SELECT_READY_H

#include "workload.h"

#define SELECT_READY_QUANTUM 2u /* ops are a multiple of this, and of the size */
#define SELECT_READY_MOST 8u    /* channels */
#define SELECT_READY_VALUES (UINT64_C(1) << 20) /* values are 0 .. this - 1 */

/* Channels, and senders. */
static const uint64_t select_ready_sizes[] = {2, SELECT_READY_MOST};
#define SELECT_READY_SIZE_COUNT (sizeof select_ready_sizes / sizeof *select_ready_sizes)

/* The only message. */
struct select_ready_message {
    uint64_t value;
};

_Static_assert(sizeof(struct select_ready_message) == 8, "the payload is 8 bytes");

/* How many channels; a shape without a size has the fewest. */
static inline unsigned select_ready_channels(const struct workload_shape *shape)
{
    return shape->size == 0 ? SELECT_READY_QUANTUM : (unsigned)shape->size;
}

/* What message number `index` of a sender carries. */
static inline uint64_t select_ready_value(uint64_t index, unsigned sender,
                                          unsigned channels)
{
    return (index * channels + sender) & (SELECT_READY_VALUES - 1);
}

/* What a run of shape->ops selects must answer in every model and peer. */
static inline void select_ready_expect(const struct workload_shape *shape,
                                       struct workload_answer *answer)
{
    uint64_t cycles = shape->ops / SELECT_READY_VALUES;
    uint64_t rest = shape->ops % SELECT_READY_VALUES;
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = select_ready_channels(shape) + 1u, /* the receiver */
        .messages = shape->ops,
        .bytes = sizeof(struct select_ready_message) * shape->ops,
        .checksum = cycles * (SELECT_READY_VALUES / 2 * (SELECT_READY_VALUES - 1)) +
                    (rest > 0 ? rest * (rest - 1) / 2 : 0),
    };
}

#endif
