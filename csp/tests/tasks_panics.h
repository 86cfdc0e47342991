/* tasks_panics.h - main goroutines of test_panics.c. */
#ifndef TASKS_PANICS_H
#define TASKS_PANICS_H

#include <core/atomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

void panics_nil(void *argument);
void panics_pointer(void *argument);
void panics_with_many_deferred(void *argument);
void panics_on_all_workers(void *argument);

/* What locked goroutines saw of threads. */
void thread_nesting(void *argument);
void thread_is_its_own(void *argument);
void thread_waits(void *argument);
void thread_exit(void *argument);
void thread_exhaustion(void *argument);

struct dump_case {
    FILE *into;
    atomic_bool stop;
    atomic_bool ready;
};
void dump_inside(void *argument);
void dump_minutes(void *argument);
void dump_outside(void *argument);

#endif
