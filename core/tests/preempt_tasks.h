/* preempt_tasks.h - task code for test_preempt.c. Each loops until *stop and returns how
 * often something it held was not what it had put there. */
#ifndef CORE_TESTS_PREEMPT_TASKS_H
#define CORE_TESTS_PREEMPT_TASKS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* preempt_tasks_x86_64.S: thirteen registers, the flags and the whole red zone */
uint64_t task_hold_general(const atomic_bool *stop);

/* preempt_tasks.c: vectors of doubles, of 256 and of 512 bits; the masks and the upper
 * half of the registers. The last three need a CPU that has them. */
uint64_t task_hold_doubles(const atomic_bool *stop);
uint64_t task_hold_avx2(const atomic_bool *stop);
uint64_t task_hold_avx512(const atomic_bool *stop);
uint64_t task_hold_masks(const atomic_bool *stop);

void task_wait(const atomic_bool *stop);
/* As task_wait, with less than `room` bytes of stack left; says when it is there. */
uint64_t task_wait_deep(const char *bottom, size_t room, atomic_bool *there,
                        const atomic_bool *stop);
/* Calls a function of another room, as task code calls libc. */
size_t task_measure(size_t (*measure)(const char *), const char *text);

#endif
