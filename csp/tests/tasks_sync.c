/* WaitGroup and Mutex: cases of Go's sync package. */
#include "tasks_sync.h"

#include "check.h"
#include <core/sanitize.h>
#include <csp.h>

#define MS UINT64_C(1000000)

enum { MANY = 20, TURNS = CORE_SANITIZED ? 200 : 2000 };

struct group {
    struct csp_waitgroup work, done;
    int finished; /* under work */
    struct csp_mutex mutex;
    long counter;
    bool inside;
};

static void finish(void *argument)
{
    struct group *group = argument;
    csp_mutex_lock(&group->mutex);
    group->finished++;
    csp_mutex_unlock(&group->mutex);
    csp_waitgroup_done(&group->work);
}

/* A group is used again as soon as it is at zero. */
void waitgroup_counts(void *argument)
{
    (void)argument;
    struct group group = {.counter = 0};
    csp_waitgroup_wait(&group.work);
    for (int round = 0; round < 20; round++) {
        group.finished = 0;
        csp_waitgroup_add(&group.work, MANY);
        for (int i = 0; i < MANY; i++)
            csp_go(finish, &group);
        csp_waitgroup_wait(&group.work);
        CHECK_EQ(group.finished, MANY);
    }
}

static void wait_for_work(void *argument)
{
    struct group *group = argument;
    csp_waitgroup_wait(&group->work);
    CHECK_EQ(group->finished, 1);
    csp_waitgroup_done(&group->done);
}

void waitgroup_many_wait(void *argument)
{
    (void)argument;
    struct group group = {.counter = 0};
    csp_waitgroup_add(&group.work, 1);
    csp_waitgroup_add(&group.done, MANY);
    for (int i = 0; i < MANY; i++)
        csp_go(wait_for_work, &group);
    csp_gosched();
    group.finished = 1;
    csp_waitgroup_done(&group.work);
    csp_waitgroup_wait(&group.done);
}

static void count_inside(void *argument)
{
    struct group *group = argument;
    for (int i = 0; i < TURNS; i++) {
        csp_mutex_lock(&group->mutex);
        CHECK(!group->inside);
        group->inside = true;
        if (i % 16 == 0)
            csp_gosched();
        group->counter++;
        group->inside = false;
        csp_mutex_unlock(&group->mutex);
    }
    csp_waitgroup_done(&group->done);
}

void mutex_excludes(void *argument)
{
    (void)argument;
    struct group group = {.counter = 0};
    csp_waitgroup_add(&group.done, 8);
    for (int i = 0; i < 8; i++)
        csp_go(count_inside, &group);
    csp_waitgroup_wait(&group.done);
    CHECK_EQ(group.counter, 8 * TURNS);
}

struct greedy {
    struct csp_mutex mutex;
    struct csp_waitgroup group;
    struct csp_chan *stop;
};

static void hold_most_of_the_time(void *argument)
{
    struct greedy *greedy = argument;
    while (csp_try_recv(greedy->stop, NULL) != CSP_CLOSED) {
        csp_mutex_lock(&greedy->mutex);
        csp_sleep(MS / 10);
        csp_mutex_unlock(&greedy->mutex);
    }
    csp_waitgroup_done(&greedy->group);
}

/* TestMutexFairness: without the hand-over to who starves this would never end. */
void mutex_is_fair(void *argument)
{
    (void)argument;
    struct greedy greedy = {.stop = csp_chan_make(0, 0)};
    csp_waitgroup_add(&greedy.group, 2);
    csp_go(hold_most_of_the_time, &greedy);
    csp_go(hold_most_of_the_time, &greedy);
    for (int i = 0; i < 10; i++) {
        csp_sleep(MS / 10);
        csp_mutex_lock(&greedy.mutex);
        csp_mutex_unlock(&greedy.mutex);
    }
    csp_close(greedy.stop);
    csp_waitgroup_wait(&greedy.group);
}

static void unlock_it(void *argument)
{
    csp_mutex_unlock(argument);
}

/* Another goroutine may unlock. */
void mutex_tries(void *argument)
{
    (void)argument;
    struct csp_mutex mutex = {{0}};
    CHECK(csp_mutex_try_lock(&mutex));
    CHECK(!csp_mutex_try_lock(&mutex));
    csp_go(unlock_it, &mutex);
    csp_mutex_lock(&mutex);
    CHECK(!csp_mutex_try_lock(&mutex));
    csp_mutex_unlock(&mutex);
    CHECK(csp_mutex_try_lock(&mutex));
}
