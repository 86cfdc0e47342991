/* bodies_introspection.h - the processes of test_introspection.c (task code). */
#ifndef ACTORS_TESTS_BODIES_INTROSPECTION_H
#define ACTORS_TESTS_BODIES_INTROSPECTION_H

#include "bodies.h"

#include <actors/introspection.h>

enum { LIVING = 100, LISTED = 4096 };

/* What the processes and the thread outside share. */
struct stage {
    struct actors *runtime;
    _Atomic uint64_t hog; /* its pid, once it runs */
    atomic_bool stop;
    atomic_bool set; /* the long-lived ones are there */
    _Atomic uint64_t living[LIVING];
    unsigned rounds;
    uint64_t value[8];
};

/* Each takes a struct stage *. */
void stage_hog(void *stage);       /* an endless loop, and a process that waits for it */
void stage_traffic(void *stage);   /* rounds of messages, all of which are received */
void stage_churn(void *stage);     /* spawns and ends, and lists meanwhile */
void stage_queue(void *stage);     /* fills a run queue with all priorities */
void stage_portraits(void *stage); /* one process of each status */
void stage_idle(void *stage);      /* what the long-lived ones were spawned with */
void stage_questions(void *stage); /* bodies_questions.c; rounds: faults are survived */
void stage_script(void *stage);    /* bodies_trace.c, as the next */
void stage_preempt(void *stage);
void stage_alerts(void *stage); /* bodies_alerts.c */

#endif
