/* tasks_sched.h - main goroutines of test_sched.c. */
#ifndef TASKS_SCHED_H
#define TASKS_SCHED_H

#include <stdatomic.h>
#include <stdint.h>

void spawn_order(void *argument); /* int[5]: who ran when */

void daisy_chain(void *argument);
void many_blocked(void *argument);
void yields(void *argument);
void writes_into_parent(void *argument);
void sleeps(void *argument);
void leave_all_behind(void *argument);
void ring_overflows(void *argument);

struct hogs {
    int count;   /* of call-free loops */
    int turns;   /* that a light goroutine takes beside them */
    bool timers; /* it waits for timers instead of yielding */
    atomic_uint_least64_t progress[64];
    atomic_bool stop;
};
void light_beside_hogs(void *argument);

struct pipeline {
    int items;
    uint64_t work; /* steps of computation an item and a stage */
    uint64_t sum;
};
void pipeline(void *argument);

void light_beside_pair(void *argument);

struct bounces {
    int rounds;
};
void bounces(void *argument);

#endif
