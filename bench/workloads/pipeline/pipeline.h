/* pipeline.h - items pass four stages of heavy computation; one op is one item.
 *
 * Stage 0 makes the items, numbered from 0; each stage works on an item's value and hands
 * it on, the last one to the collector, who adds up the results (modulo 2^20) of those
 * that come in order. An item that was lost, doubled, passed by another or missed a stage
 * changes the sum, or the run never ends. Values start again after PIPELINE_VALUES items,
 * so that the expected sum costs as many items and no more.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "workload.h"

#define PIPELINE_QUANTUM 1u /* ops are a multiple of this */
#define PIPELINE_STAGES 4u
#define PIPELINE_TASKS (PIPELINE_STAGES + 1u) /* and the collector */
#define PIPELINE_PLACES 16u                   /* between two stages, where it matters */
#define PIPELINE_ROUNDS 4096u                 /* of a stage, for one item */
#define PIPELINE_VALUES 256u

/* The only message. */
struct pipeline_item {
    uint32_t number; /* modulo 2^32 */
    uint32_t value;
};

_Static_assert(sizeof(struct pipeline_item) == 8, "the payload is 8 bytes");

/* Item number `index` as stage 0 finds it; never zero. */
static inline struct pipeline_item pipeline_make(uint64_t index)
{
    return (struct pipeline_item){.number = (uint32_t)index,
                                  .value = (uint32_t)(index % PIPELINE_VALUES) + 1};
}

/* The kernel, what one stage does to a value: rounds of xorshift32 (Marsaglia 2003), each
 * of which needs the last. */
static inline uint32_t pipeline_work(uint32_t value)
{
    for (unsigned i = 0; i < PIPELINE_ROUNDS; i++) {
        value ^= value << 13;
        value ^= value >> 17;
        value ^= value << 5;
    }
    return value;
}

/* What the collector adds for an item, the index-th that it hears of. */
static inline uint64_t pipeline_count(struct pipeline_item item, uint64_t index)
{
    return item.number == (uint32_t)index ? item.value & 0xFFFFFu : 0;
}

/* The checksum of items 0 .. ops-1. */
static inline uint64_t pipeline_checksum(uint64_t ops)
{
    uint64_t sum = 0;
    for (uint64_t index = 0; index < PIPELINE_VALUES && index < ops; index++) {
        struct pipeline_item item = pipeline_make(index);
        for (unsigned stage = 0; stage < PIPELINE_STAGES; stage++)
            item.value = pipeline_work(item.value);
        uint64_t times = ops / PIPELINE_VALUES + (index < ops % PIPELINE_VALUES);
        sum += times * pipeline_count(item, index);
    }
    return sum;
}

/* What a run of shape->ops items must answer in every model and peer. */
static inline void pipeline_expect(const struct workload_shape *shape,
                                   struct workload_answer *answer)
{
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = PIPELINE_TASKS,
        .messages = PIPELINE_STAGES * shape->ops,
        .bytes = sizeof(struct pipeline_item) * PIPELINE_STAGES * shape->ops,
        .checksum = pipeline_checksum(shape->ops),
    };
}

/* What the plain loop must answer: the same sum, from one thread that sends nothing. */
static inline void pipeline_expect_sequential(const struct workload_shape *shape,
                                              struct workload_answer *answer)
{
    pipeline_expect(shape, answer);
    answer->units = 1;
    answer->messages = 0;
    answer->bytes = 0;
}

#endif
