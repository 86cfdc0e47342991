/* loops.h - a scheduler of thirty lines, to try preemption and faults on core alone. */
#ifndef CORE_TESTS_LOOPS_H
#define CORE_TESTS_LOOPS_H

#include <stdatomic.h>
#include <stdint.h>

/* test_worker_tasks.c: task code */
void task_spin(atomic_uint_least64_t *count, atomic_bool *stop);
double task_spin_vectors(atomic_bool *stop, double seed);
void task_null_write(void);
uint64_t task_divide(uint64_t a, uint64_t b);
void task_call_nowhere(void (*function)(void));
uint64_t task_recurse(uint64_t depth);
void task_illegal(void);

#endif
