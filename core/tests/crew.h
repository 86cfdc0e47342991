/* crew.h - threads that start together and are joined together. */
#ifndef CORE_TESTS_CREW_H
#define CORE_TESTS_CREW_H

#include "check.h"

#include <pthread.h>

enum { CREW_MOST = 64 };

struct crew_member {
    void (*run)(void *shared, unsigned index);
    void *shared;
    unsigned index;
    pthread_barrier_t *start;
    pthread_t thread;
};

static inline void *crew_enter(void *argument)
{
    struct crew_member *member = argument;
    pthread_barrier_wait(member->start);
    member->run(member->shared, member->index);
    return NULL;
}

/* Runs run(shared, 0 .. count - 1), each on a thread of its own, and waits for all. */
static inline void crew_run(unsigned count, void (*run)(void *, unsigned), void *shared)
{
    struct crew_member crew[CREW_MOST];
    pthread_barrier_t start;
    CHECK(count <= CREW_MOST);
    CHECK_EQ(pthread_barrier_init(&start, NULL, count), 0);
    for (unsigned i = 0; i < count; i++) {
        crew[i] = (struct crew_member){
            .run = run, .shared = shared, .index = i, .start = &start};
        CHECK_EQ(pthread_create(&crew[i].thread, NULL, crew_enter, &crew[i]), 0);
    }
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(pthread_join(crew[i].thread, NULL), 0);
    CHECK_EQ(pthread_barrier_destroy(&start), 0);
}

#endif
