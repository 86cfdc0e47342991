/* tasks_seeded.h - main goroutines of test_seeded.c. */
#ifndef TASKS_SEEDED_H
#define TASKS_SEEDED_H

enum { MIX_WORKERS = 6, MIX_ITEMS = 8, MIX_EVENTS = MIX_WORKERS * MIX_ITEMS };

struct mix {
    int events[MIX_EVENTS]; /* who did each step, in the order in which it happened */
    int count;
    long sum; /* the answer, the same whatever the order */
};
void mix(void *argument);

struct wakes {
    int order[5];
    int count;
};
void wakes_in_time(void *argument);
void seeded_deadlock(void *argument);

#endif
