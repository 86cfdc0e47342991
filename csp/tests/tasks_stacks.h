/* tasks_stacks.h - main goroutines of test_stacks.c. */
#ifndef TASKS_STACKS_H
#define TASKS_STACKS_H

#include <csp.h>

struct parked {
    struct csp *csp;
    int count;
    int rounds;
    long answers, sum;
    bool ordinary;                 /* not private */
    void (*look)(struct parked *); /* when all wait; not task code */
    long measured;
    uint32_t seed;
};

/* `count` goroutines wait in receives; `rounds` times all are woken once they are packed. */
void stacks_wake_all(void *parked);
/* The same, but once all wait parked->look is called and main returns. */
void stacks_leave_packed(void *parked);
/* Every kind of wait, with what is waited for on the private stack. */
void stacks_every_wait(void *parked);
/* A child writes a local of an ordinary parent that waits for long among private ones. */
void stacks_of_parents(void *parked);
/* `count` goroutines that wait here and there, woken at random. */
void stacks_storm(void *parked);
/* All are asleep for good, `count` of them on private stacks. */
void stacks_deadlock(void *parked);
/* `count` goroutines wait; then one more overflows its stack. */
void stacks_overflow_last(void *parked);
void stacks_unknown_option(void *unused);
/* Large elements and wide selects from private stacks. */
void stacks_stage(void *parked);

#endif
