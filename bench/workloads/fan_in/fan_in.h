/* fan_in.h - eight producers send to one consumer; one op is one message.
 *
 * Producer p (0..7) sends ops/8 messages; its i-th carries fan_in_value(i, p). The
 * consumer adds up what it receives, so a lost, doubled or torn message shows in the sum.
 * Together the producers send each of 0 .. ops-1 once, reduced modulo 2^20: the sum is
 * known in closed form, and stays below 2^53 (what JavaScript counts exactly) up to 2^33
 * ops.
 */
#ifndef FAN_IN_H
#define FAN_IN_H

#include "workload.h"

#define FAN_IN_PRODUCERS 8u
#define FAN_IN_QUANTUM FAN_IN_PRODUCERS      /* ops are a multiple of this */
#define FAN_IN_TASKS (FAN_IN_PRODUCERS + 1u) /* and the consumer; made by each run */
#define FAN_IN_BUFFER 128u                /* places of the channel, where there is one */
#define FAN_IN_VALUES (UINT64_C(1) << 20) /* values are 0 .. this - 1 */

/* The only message. */
struct fan_in_message {
    uint64_t value;
};

_Static_assert(sizeof(struct fan_in_message) == 8, "the payload is 8 bytes");

/* What the message number `index` of producer `producer` carries. */
static inline uint64_t fan_in_value(uint64_t index, unsigned producer)
{
    return (index * FAN_IN_PRODUCERS + producer) & (FAN_IN_VALUES - 1);
}

/* What a run of shape->ops messages must answer in every model and peer. */
static inline void fan_in_expect(const struct workload_shape *shape,
                                 struct workload_answer *answer)
{
    uint64_t cycles = shape->ops / FAN_IN_VALUES;
    uint64_t rest = shape->ops % FAN_IN_VALUES;
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = FAN_IN_TASKS,
        .messages = shape->ops,
        .bytes = sizeof(struct fan_in_message) * shape->ops,
        .checksum = cycles * (FAN_IN_VALUES / 2 * (FAN_IN_VALUES - 1)) +
                    (rest > 0 ? rest * (rest - 1) / 2 : 0),
    };
}

#endif
