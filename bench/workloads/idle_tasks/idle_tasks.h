/* idle_tasks.h - very many tasks that wait; then all are woken, and all answer.
 *
 * N tasks are made, and each says that it is there before it waits. When all of them wait
 * their memory is taken. Then come ops / N rounds: each wakes all, and each task answers
 * with its number plus the number of the round. At the end each is told to end. A task
 * that is lost is never heard of; one that forgets who it is changes the sum.
 */
#ifndef IDLE_TASKS_H
#define IDLE_TASKS_H

#include "workload.h"

#define IDLE_TASKS_QUANTUM 1000u /* ops are a multiple of this, and of the size */
#define IDLE_TASKS_SMALLEST UINT64_C(1000)

static const uint64_t idle_tasks_sizes[] = {1000, 10000, 100000, 1000000};
#define IDLE_TASKS_SIZE_COUNT (sizeof idle_tasks_sizes / sizeof *idle_tasks_sizes)

/* To a task: the round, counted from 1; 0: end. From it: its answer. */
struct idle_tasks_word {
    uint64_t value;
};

_Static_assert(sizeof(struct idle_tasks_word) == 8, "the payload is 8 bytes");

/* How many tasks; a shape without a size has the smallest. */
static inline uint64_t idle_tasks_count(const struct workload_shape *shape)
{
    return shape->size == 0 ? IDLE_TASKS_SMALLEST : shape->size;
}

/* Kept below 2^20, so that sums stay exact in every language. */
static inline uint64_t idle_tasks_answer(uint64_t task, uint64_t round)
{
    return (task + round) & UINT64_C(0xFFFFF);
}

/* What a run of shape->ops answers must answer in every model and peer. */
static inline void idle_tasks_expect(const struct workload_shape *shape,
                                     struct workload_answer *answer)
{
    uint64_t tasks = idle_tasks_count(shape), rounds = shape->ops / tasks;
    uint64_t messages = 2 * shape->ops + 2 * tasks; /* there, woken, answer, end */
    *answer =
        (struct workload_answer){.ops = rounds * tasks,
                                 .units = tasks + 1,
                                 .messages = messages,
                                 .bytes = sizeof(struct idle_tasks_word) * messages};
    for (uint64_t round = 1; round <= rounds; round++)
        for (uint64_t task = 0; task < tasks; task++)
            answer->checksum += idle_tasks_answer(task, round);
}

#endif
