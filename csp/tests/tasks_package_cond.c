/* Package sync: the cases of src/sync/cond_test.go. */
#include "tasks_package_sync.h"

#include "check.h"
#include "said.h"
#include <core/sanitize.h>
#include <csp.h>

#define S INT64_C(1000000000)

struct meeting {
    struct csp_mutex mutex;
    struct csp_cond cond;
    struct csp_chan *running, *awake; /* of int */
    int next_number;                  /* under the mutex */
    bool over;
};

static void open_meeting(struct meeting *meeting, int room)
{
    *meeting = (struct meeting){
        .cond = {.mutex = &meeting->mutex},
        .running = csp_chan_make(sizeof(int), room),
        .awake = csp_chan_make(sizeof(int), room),
    };
}

static void wait_once(void *argument)
{
    struct meeting *meeting = argument;
    csp_mutex_lock(&meeting->mutex);
    int number = meeting->next_number++;
    csp_send(meeting->running, &number);
    csp_cond_wait(&meeting->cond);
    csp_send(meeting->awake, &number);
    csp_mutex_unlock(&meeting->mutex);
}

static void signal_locked(struct meeting *meeting)
{
    csp_mutex_lock(&meeting->mutex);
    csp_cond_signal(&meeting->cond);
    csp_mutex_unlock(&meeting->mutex);
}

void sync_cond_signal(void *said)
{
    struct meeting meeting;
    int too_many = 0;
    open_meeting(&meeting, 2);
    for (int i = 0; i < 2; i++)
        csp_go(wait_once, &meeting);
    for (int i = 0; i < 2; i++)
        csp_recv(meeting.running, NULL);
    for (int left = 2; left > 0; left--) {
        too_many += csp_try_recv(meeting.awake, NULL) == CSP_RECEIVED;
        signal_locked(&meeting);
        csp_recv(meeting.awake, NULL);
        too_many += csp_try_recv(meeting.awake, NULL) == CSP_RECEIVED;
    }
    csp_cond_signal(&meeting.cond);
    say(said, "too many %d", too_many);
}

void sync_cond_generations(void *said)
{
    enum { WAITERS = 100 };
    struct meeting meeting;
    int wrong = 0;
    open_meeting(&meeting, WAITERS);
    for (int i = 0; i < WAITERS; i++) {
        int awake = -1;
        csp_go(wait_once, &meeting);
        if (i > 0) {
            csp_recv(meeting.awake, &awake);
            wrong += awake != i - 1;
        }
        csp_recv(meeting.running, NULL);
        signal_locked(&meeting);
    }
    say(said, "out of order %d", wrong);
}

static void wait_until_over(void *argument)
{
    struct meeting *meeting = argument;
    csp_mutex_lock(&meeting->mutex);
    int number = meeting->next_number++;
    while (!meeting->over) {
        csp_send(meeting->running, &number);
        csp_cond_wait(&meeting->cond);
        csp_send(meeting->awake, &number);
    }
    csp_mutex_unlock(&meeting->mutex);
}

enum { CROWD = CORE_SANITIZED ? 20 : 100 };

/* One round: all wait, all wake up, each once. */
static int broadcast_round(struct meeting *meeting, bool last)
{
    bool seen[CROWD] = {false};
    for (int i = 0; i < CROWD; i++)
        csp_recv(meeting->running, NULL);
    int wrong = csp_try_recv(meeting->awake, NULL) == CSP_RECEIVED;
    csp_mutex_lock(&meeting->mutex);
    meeting->over = last;
    csp_cond_broadcast(&meeting->cond);
    csp_mutex_unlock(&meeting->mutex);
    for (int i = 0; i < CROWD; i++) {
        int number = 0;
        csp_recv(meeting->awake, &number);
        wrong += seen[number];
        seen[number] = true;
    }
    return wrong;
}

void sync_cond_broadcast(void *said)
{
    struct meeting meeting;
    int wrong = 0;
    open_meeting(&meeting, CROWD);
    for (int i = 0; i < CROWD; i++)
        csp_go(wait_until_over, &meeting);
    for (int round = 0; round < CROWD; round++)
        wrong += broadcast_round(&meeting, round == CROWD - 1);
    wrong += csp_try_recv(meeting.running, NULL) == CSP_RECEIVED;
    csp_cond_broadcast(&meeting.cond);
    say(said, "wrong %d", wrong);
}

struct cond_race {
    struct csp_mutex mutex;
    struct csp_cond cond;
    struct csp_chan *done;
    int x;
};

static void one_to_three(void *argument)
{
    struct cond_race *race = argument;
    csp_mutex_lock(&race->mutex);
    race->x = 1;
    csp_cond_wait(&race->cond);
    CHECK_EQ(race->x, 2);
    race->x = 3;
    csp_cond_signal(&race->cond);
    csp_mutex_unlock(&race->mutex);
    csp_send(race->done, NULL);
}

/* Holds the mutex when x has one of two values. */
static void lock_when(struct cond_race *race, int x, int or_x)
{
    csp_mutex_lock(&race->mutex);
    while (race->x != x && race->x != or_x) {
        csp_mutex_unlock(&race->mutex);
        csp_gosched();
        csp_mutex_lock(&race->mutex);
    }
}

static void one_to_two(void *argument)
{
    struct cond_race *race = argument;
    lock_when(race, 1, 1);
    race->x = 2;
    csp_cond_signal(&race->cond);
    csp_mutex_unlock(&race->mutex);
    csp_send(race->done, NULL);
}

static void two_or_three(void *argument)
{
    struct cond_race *race = argument;
    lock_when(race, 2, 3);
    if (race->x == 2)
        csp_cond_wait(&race->cond);
    CHECK_EQ(race->x, 3);
    csp_mutex_unlock(&race->mutex);
    csp_send(race->done, NULL);
}

void sync_cond_race(void *said)
{
    struct cond_race race = {.cond = {.mutex = &race.mutex}, .done = csp_chan_make(0, 0)};
    csp_go(one_to_three, &race);
    csp_go(one_to_two, &race);
    csp_go(two_or_three, &race);
    for (int i = 0; i < 3; i++)
        csp_recv(race.done, NULL);
    say(said, "x %d", race.x);
}

struct stealing {
    struct csp_mutex mutex;
    struct csp_cond cond;
    struct csp_chan *chan, *gone;
    bool done;
};

static void wait_first(void *argument)
{
    struct stealing *stealing = argument;
    csp_mutex_lock(&stealing->mutex);
    csp_send(stealing->chan, NULL);
    csp_cond_wait(&stealing->cond);
    csp_mutex_unlock(&stealing->mutex);
    csp_send(stealing->chan, NULL);
}

static void broadcast_it(void *argument)
{
    struct stealing *stealing = argument;
    csp_cond_broadcast(&stealing->cond);
    csp_send(stealing->gone, NULL);
}

static void wait_too(void *argument)
{
    struct stealing *stealing = argument;
    csp_mutex_lock(&stealing->mutex);
    while (!stealing->done)
        csp_cond_wait(&stealing->cond);
    csp_mutex_unlock(&stealing->mutex);
    csp_send(stealing->gone, NULL);
}

static bool first_is_notified(void)
{
    struct stealing stealing = {
        .cond = {.mutex = &stealing.mutex},
        .chan = csp_chan_make(0, 0),
        .gone = csp_chan_make(0, 0),
    };
    csp_go(wait_first, &stealing);
    csp_recv(stealing.chan, NULL);
    csp_mutex_lock(&stealing.mutex); /* so it waits now */
    csp_mutex_unlock(&stealing.mutex);
    csp_go(broadcast_it, &stealing);
    csp_go(wait_too, &stealing);
    struct csp_case first[] = {{CSP_RECV, stealing.chan, NULL, false}};
    bool notified = csp_select_timeout(first, 1, 20 * S) == 0;
    csp_mutex_lock(&stealing.mutex);
    stealing.done = true;
    csp_mutex_unlock(&stealing.mutex);
    csp_cond_broadcast(&stealing.cond);
    csp_recv(stealing.gone, NULL);
    csp_recv(stealing.gone, NULL);
    return notified;
}

void sync_cond_stealing(void *said)
{
    int lost = 0;
    for (int i = 0; i < (CORE_SANITIZED ? 50 : 500); i++)
        lost += !first_is_notified();
    say(said, "lost %d", lost);
}

/* --- Conservation -------------------------------------------------------------- */

enum { PLACES = 3, MAKERS = 4, ITEMS = CORE_SANITIZED ? 100 : 500 };

struct buffer {
    struct csp_mutex mutex;
    struct csp_cond not_empty, not_full;
    struct csp_waitgroup makers, takers;
    int items[PLACES], count, left;
    long sum;
};

static void make_items(void *argument)
{
    struct buffer *buffer = argument;
    for (int i = 1; i <= ITEMS; i++) {
        csp_mutex_lock(&buffer->mutex);
        while (buffer->count == PLACES)
            csp_cond_wait(&buffer->not_full);
        buffer->items[buffer->count++] = i;
        csp_mutex_unlock(&buffer->mutex);
        csp_cond_signal(&buffer->not_empty);
    }
    csp_waitgroup_done(&buffer->makers);
}

static void take_items(void *argument)
{
    struct buffer *buffer = argument;
    csp_mutex_lock(&buffer->mutex);
    while (buffer->left > 0) {
        if (buffer->count == 0) {
            csp_cond_wait(&buffer->not_empty);
            continue;
        }
        CHECK(buffer->count <= PLACES);
        buffer->sum += buffer->items[--buffer->count];
        if (--buffer->left == 0)
            csp_cond_broadcast(&buffer->not_empty);
        csp_cond_signal(&buffer->not_full);
    }
    csp_mutex_unlock(&buffer->mutex);
    csp_waitgroup_done(&buffer->takers);
}

/* One signal an item: a lost wake-up would be a deadlock, a false one a wrong sum. */
void sync_cond_buffer(void *said)
{
    struct buffer buffer = {.not_empty = {.mutex = &buffer.mutex},
                            .not_full = {.mutex = &buffer.mutex},
                            .left = MAKERS * ITEMS};
    csp_waitgroup_add(&buffer.makers, MAKERS);
    csp_waitgroup_add(&buffer.takers, MAKERS);
    for (int i = 0; i < MAKERS; i++) {
        csp_go(take_items, &buffer);
        csp_go(make_items, &buffer);
    }
    csp_waitgroup_wait(&buffer.makers);
    csp_waitgroup_wait(&buffer.takers);
    say(said, "kept %d",
        buffer.sum == MAKERS * (long)ITEMS * (ITEMS + 1) / 2 && buffer.count == 0);
}
