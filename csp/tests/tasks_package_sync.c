/* Package sync: the cases of src/sync/{mutex,rwmutex,once,cond,waitgroup}_test.go. */
#include "tasks_package_sync.h"

#include "check.h"
#include "said.h"
#include <core/sanitize.h>
#include <csp.h>
#include <stdatomic.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum { LOOPS = CORE_SANITIZED ? 100 : 1000 };

static void receive_times(struct csp_chan *chan, int times)
{
    for (int i = 0; i < times; i++)
        csp_recv(chan, NULL);
}

/* --- Mutex --------------------------------------------------------------------- */

struct hammer {
    struct csp_mutex mutex;
    struct csp_chan *done;
    long inside, entered; /* under the mutex */
};

static void enter_once(struct hammer *hammer)
{
    CHECK_EQ(hammer->inside++, 0);
    hammer->entered++;
    hammer->inside--;
    csp_mutex_unlock(&hammer->mutex);
}

static void hammer_mutex(void *argument)
{
    struct hammer *hammer = argument;
    for (int i = 0; i < LOOPS; i++) {
        if (i % 3 == 0) {
            if (csp_mutex_try_lock(&hammer->mutex))
                enter_once(hammer);
            continue;
        }
        csp_mutex_lock(&hammer->mutex);
        enter_once(hammer);
    }
    csp_send(hammer->done, NULL);
}

void sync_mutex(void *said)
{
    struct hammer hammer = {.done = csp_chan_make(0, 0)};
    csp_mutex_lock(&hammer.mutex);
    say(said, "locked %d", csp_mutex_try_lock(&hammer.mutex));
    csp_mutex_unlock(&hammer.mutex);
    say(said, " unlocked %d", csp_mutex_try_lock(&hammer.mutex));
    csp_mutex_unlock(&hammer.mutex);
    for (int i = 0; i < 10; i++)
        csp_go(hammer_mutex, &hammer);
    receive_times(hammer.done, 10);
    int least = 10 * (LOOPS - (LOOPS + 2) / 3);
    say(said, " all %d", hammer.entered >= least && hammer.entered <= 10 * LOOPS);
}

struct fairness {
    struct csp_mutex mutex;
    struct csp_chan *stop, *done, *gone;
};

static void hold_mostly(void *argument)
{
    struct fairness *fairness = argument;
    do {
        csp_mutex_lock(&fairness->mutex);
        csp_sleep(100 * US);
        csp_mutex_unlock(&fairness->mutex);
    } while (csp_try_recv(fairness->stop, NULL) == CSP_NOT_READY);
    csp_send(fairness->gone, NULL);
}

static void lock_ten_times(void *argument)
{
    struct fairness *fairness = argument;
    for (int i = 0; i < 10; i++) {
        csp_sleep(100 * US);
        csp_mutex_lock(&fairness->mutex);
        csp_mutex_unlock(&fairness->mutex);
    }
    csp_send(fairness->done, NULL);
}

void sync_mutex_fairness(void *said)
{
    struct fairness fairness = {
        .stop = csp_chan_make(0, 0),
        .done = csp_chan_make(0, 1),
        .gone = csp_chan_make(0, 0),
    };
    csp_go(hold_mostly, &fairness);
    csp_go(lock_ten_times, &fairness);
    struct csp_case cases[] = {{CSP_RECV, fairness.done, NULL, false},
                               {CSP_RECV, csp_after(50000 * MS), NULL, false}};
    say(said, "acquired %d", csp_select(cases, 2) == 0);
    csp_close(fairness.stop);
    csp_recv(fairness.gone, NULL);
}

/* --- RWMutex ------------------------------------------------------------------- */

struct readers {
    struct csp_rwmutex rwmutex;
    struct csp_chan *locked, *unlock, *done;
};

static void read_in_parallel(void *argument)
{
    struct readers *readers = argument;
    csp_rwmutex_rlock(&readers->rwmutex);
    csp_send(readers->locked, NULL);
    csp_recv(readers->unlock, NULL);
    csp_rwmutex_runlock(&readers->rwmutex);
    csp_send(readers->done, NULL);
}

void sync_parallel_readers(void *said)
{
    static const int counts[] = {1, 3, 4};
    for (size_t at = 0; at < 3; at++) {
        struct readers readers = {.locked = csp_chan_make(0, 0),
                                  .unlock = csp_chan_make(0, 0),
                                  .done = csp_chan_make(0, 0)};
        for (int i = 0; i < counts[at]; i++)
            csp_go(read_in_parallel, &readers);
        receive_times(readers.locked, counts[at]);
        for (int i = 0; i < counts[at]; i++)
            csp_send(readers.unlock, NULL);
        receive_times(readers.done, counts[at]);
        say(said, "%d readers ", counts[at]);
    }
}

enum { WRITER = 10000 };

struct rw_hammer {
    struct csp_rwmutex rwmutex;
    _Atomic int activity; /* readers inside + WRITER * writers inside */
    struct csp_chan *done;
};

static void rw_read(void *argument)
{
    struct rw_hammer *hammer = argument;
    for (int i = 0; i < LOOPS / 2; i++) {
        csp_rwmutex_rlock(&hammer->rwmutex);
        int inside = /* relaxed: a count, the lock orders */
            atomic_fetch_add_explicit(&hammer->activity, 1, memory_order_relaxed);
        CHECK(inside >= 0 && inside + 1 < WRITER);
        if (i % 64 == 0)
            csp_gosched();
        /* relaxed: counts, the lock orders */
        atomic_fetch_sub_explicit(&hammer->activity, 1, memory_order_relaxed);
        csp_rwmutex_runlock(&hammer->rwmutex);
    }
    csp_send(hammer->done, NULL);
}

static void rw_write(void *argument)
{
    struct rw_hammer *hammer = argument;
    for (int i = 0; i < LOOPS / 2; i++) {
        csp_rwmutex_lock(&hammer->rwmutex);
        /* relaxed: as in rw_read */
        CHECK_EQ(
            atomic_fetch_add_explicit(&hammer->activity, WRITER, memory_order_relaxed),
            0);
        if (i % 64 == 0)
            csp_gosched();
        /* relaxed: as above */
        atomic_fetch_sub_explicit(&hammer->activity, WRITER, memory_order_relaxed);
        csp_rwmutex_unlock(&hammer->rwmutex);
    }
    csp_send(hammer->done, NULL);
}

static void hammer_rwmutex(int readers)
{
    struct rw_hammer hammer = {.done = csp_chan_make(0, 0)};
    csp_go(rw_write, &hammer);
    for (int i = 0; i < readers; i++) {
        if (i == readers / 2)
            csp_go(rw_write, &hammer);
        csp_go(rw_read, &hammer);
    }
    receive_times(hammer.done, readers + 2);
}

void sync_rwmutex(void *said)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    csp_rwmutex_lock(&rwmutex);
    say(said, "locked %d", csp_rwmutex_try_lock(&rwmutex));
    say(said, " %d", csp_rwmutex_try_rlock(&rwmutex));
    csp_rwmutex_unlock(&rwmutex);
    say(said, " free %d", csp_rwmutex_try_lock(&rwmutex));
    csp_rwmutex_unlock(&rwmutex);
    say(said, " free %d", csp_rwmutex_try_rlock(&rwmutex));
    say(said, " read %d", csp_rwmutex_try_rlock(&rwmutex));
    say(said, " %d", csp_rwmutex_try_lock(&rwmutex));
    csp_rwmutex_runlock(&rwmutex);
    csp_rwmutex_runlock(&rwmutex);
    hammer_rwmutex(1);
    hammer_rwmutex(3);
    hammer_rwmutex(10);
}

struct locker {
    struct csp_rwmutex rwmutex;
    struct csp_chan *read, *written;
};

static void read_twice_and_write(void *argument)
{
    struct locker *locker = argument;
    for (int i = 0; i < 10; i++) {
        csp_rwmutex_rlock(&locker->rwmutex);
        csp_rwmutex_rlock(&locker->rwmutex);
        csp_send(locker->read, NULL);
        csp_rwmutex_lock(&locker->rwmutex);
        csp_send(locker->written, NULL);
    }
}

/* There is no RLocker; its test holds for RLock. */
void sync_rlocker(void *said)
{
    struct locker locker = {.read = csp_chan_make(0, 1), .written = csp_chan_make(0, 1)};
    int too_early = 0;
    csp_go(read_twice_and_write, &locker);
    for (int i = 0; i < 10; i++) {
        csp_recv(locker.read, NULL);
        csp_rwmutex_runlock(&locker.rwmutex);
        too_early += csp_try_recv(locker.written, NULL) == CSP_RECEIVED;
        csp_rwmutex_runlock(&locker.rwmutex);
        csp_recv(locker.written, NULL);
        too_early += csp_try_recv(locker.read, NULL) == CSP_RECEIVED;
        csp_rwmutex_unlock(&locker.rwmutex);
    }
    say(said, "too early %d", too_early);
}

struct preference {
    struct csp_rwmutex rwmutex;
    struct csp_chan *events; /* of char */
};

static void read_late(void *argument)
{
    struct preference *preference = argument;
    csp_rwmutex_rlock(&preference->rwmutex);
    csp_send(preference->events, "r");
    csp_rwmutex_runlock(&preference->rwmutex);
}

static void write_early(void *argument)
{
    struct preference *preference = argument;
    csp_rwmutex_lock(&preference->rwmutex);
    csp_send(preference->events, "w");
    csp_rwmutex_unlock(&preference->rwmutex);
}

/* A writer that waits keeps new readers out, and goes before them. */
void sync_writer_preference(void *said)
{
    struct preference preference = {.events = csp_chan_make(1, 4)};
    csp_rwmutex_rlock(&preference.rwmutex);
    csp_go(write_early, &preference);
    while (csp_rwmutex_try_rlock(&preference.rwmutex)) { /* until the writer waits */
        csp_rwmutex_runlock(&preference.rwmutex);
        csp_gosched();
    }
    for (int i = 0; i < 3; i++)
        csp_go(read_late, &preference);
    csp_gosched();
    csp_rwmutex_runlock(&preference.rwmutex);
    for (int i = 0; i < 4; i++) {
        char event = 0;
        csp_recv(preference.events, &event);
        say(said, "%c", event);
    }
}

/* --- Once ---------------------------------------------------------------------- */

struct once_test {
    struct csp_once once;
    struct csp_chan *done;
    int times;
};

static void increment(void *argument)
{
    csp_gosched(); /* others come by meanwhile */
    ++*(int *)argument;
}

static void run_once(void *argument)
{
    struct once_test *test = argument;
    csp_once_do(&test->once, increment, &test->times);
    CHECK_EQ(test->times, 1);
    csp_send(test->done, NULL);
}

void sync_once(void *said)
{
    struct once_test test = {.done = csp_chan_make(0, 0)};
    for (int i = 0; i < 10; i++)
        csp_go(run_once, &test);
    receive_times(test.done, 10);
    say(said, "times %d", test.times);
}

static void panic_once(void *argument)
{
    ++*(int *)argument;
    csp_panic("failed");
}

static void exit_once(void *argument)
{
    ++*(int *)argument;
    csp_goexit();
}

struct once_end {
    struct csp_once once;
    void (*function)(void *);
    int times;
    bool recovered;
    struct csp_chan *done;
};

static void recover_once(void *argument)
{
    ((struct once_end *)argument)->recovered = csp_recover(NULL);
}

static void do_and_recover(void *argument)
{
    struct once_end *end = argument;
    csp_defer(recover_once, end);
    csp_once_do(&end->once, end->function, &end->times);
}

static void close_done(void *argument)
{
    csp_close(argument);
}

static void do_and_exit(void *argument)
{
    struct once_end *end = argument;
    csp_defer(close_done, end->done);
    csp_once_do(&end->once, end->function, &end->times);
}

/* A function that did not return counts as done. */
void sync_once_panic(void *said)
{
    struct once_end end = {.function = panic_once};
    csp_call(do_and_recover, &end);
    csp_once_do(&end.once, end.function, &end.times);
    say(said, "recovered %d times %d", end.recovered, end.times);
}

void sync_once_goexit(void *said)
{
    struct once_end end = {.function = exit_once, .done = csp_chan_make(0, 0)};
    csp_go(do_and_exit, &end);
    csp_recv(end.done, NULL);
    csp_once_do(&end.once, end.function, &end.times);
    say(said, "times %d", end.times);
}

static void *count_up(void *argument)
{
    ++*(int *)argument;
    return argument;
}

void sync_once_value(void *said)
{
    struct csp_once_value once = {.value = NULL};
    int calls = 0;
    bool same = csp_once_value(&once, count_up, &calls) == &calls &&
                csp_once_value(&once, count_up, &calls) == &calls;
    say(said, "calls %d same %d", calls, same);
}

/* --- WaitGroup ----------------------------------------------------------------- */

enum { MEMBERS = 16 };

struct groups {
    struct csp_waitgroup first, second;
    struct csp_chan *exited;
};

static void pass_both(void *argument)
{
    struct groups *groups = argument;
    csp_waitgroup_done(&groups->first);
    csp_waitgroup_wait(&groups->second);
    csp_send(groups->exited, NULL);
}

void sync_waitgroup(void *said)
{
    struct groups groups = {.exited = NULL};
    int too_soon = 0;
    for (int round = 0; round < 8; round++) {
        groups.exited = csp_chan_make(0, MEMBERS);
        csp_waitgroup_add(&groups.first, MEMBERS);
        csp_waitgroup_add(&groups.second, MEMBERS);
        for (int i = 0; i < MEMBERS; i++)
            csp_go(pass_both, &groups);
        csp_waitgroup_wait(&groups.first);
        for (int i = 0; i < MEMBERS; i++) {
            too_soon += csp_try_recv(groups.exited, NULL) == CSP_RECEIVED;
            csp_waitgroup_done(&groups.second);
        }
        receive_times(groups.exited, MEMBERS);
    }
    say(said, "too soon %d", too_soon);
}

struct racers {
    struct csp_waitgroup group;
    _Atomic int count;
};

static void count_and_leave(void *argument)
{
    struct racers *racers = argument;
    /* relaxed: the group orders */
    atomic_fetch_add_explicit(&racers->count, 1, memory_order_relaxed);
    csp_waitgroup_done(&racers->group);
}

/* Each round's group is on the stack and gone in the next: nobody touches it late. */
void sync_waitgroup_race(void *said)
{
    int wrong = 0;
    for (int i = 0; i < LOOPS; i++) {
        struct racers racers = {.count = 0};
        csp_waitgroup_add(&racers.group, 1);
        csp_go(count_and_leave, &racers);
        csp_waitgroup_add(&racers.group, 1);
        csp_go(count_and_leave, &racers);
        csp_waitgroup_wait(&racers.group);
        /* relaxed: as above */
        wrong += atomic_load_explicit(&racers.count, memory_order_relaxed) != 2;
    }
    say(said, "wrong %d", wrong);
}

static void leave_group(void *argument)
{
    csp_waitgroup_done(argument);
}

void sync_waitgroup_align(void *said)
{
    struct {
        char x;
        struct csp_waitgroup group;
    } x = {.x = 1};
    csp_waitgroup_add(&x.group, 1);
    csp_go(leave_group, &x.group);
    csp_waitgroup_wait(&x.group);
    say(said, "x %d", x.x);
}

/* --- Starvation ---------------------------------------------------------------- */

struct starving {
    struct csp_mutex mutex;
    struct csp_waitgroup group;
    int holds; /* under the mutex */
    bool over;
};

static void hold_and_come_back(void *argument)
{
    struct starving *starving = argument;
    for (bool over = false; !over;) {
        csp_mutex_lock(&starving->mutex);
        starving->holds++;
        over = starving->over;
        csp_sleep(100 * US);
        csp_mutex_unlock(&starving->mutex);
    }
    csp_waitgroup_done(&starving->group);
}

/* Under a seed time passes only while everybody waits: so, when a waiter has lost its
 * race for 1 ms, ten holds long, the mutex is handed to it; and a goroutine that waits
 * behind it, or in front, adds one hold each. */
void sync_starvation_is_bounded(void *argument)
{
    struct starving starving = {.holds = 0};
    int *most = argument;
    csp_waitgroup_add(&starving.group, 2);
    csp_go(hold_and_come_back, &starving);
    csp_go(hold_and_come_back, &starving);
    csp_sleep(MS);
    for (int i = 0; i < 10; i++) {
        int before = starving.holds; /* one worker: nobody else runs */
        csp_mutex_lock(&starving.mutex);
        int waited = starving.holds - before;
        *most = waited > *most ? waited : *most;
        csp_mutex_unlock(&starving.mutex);
        csp_gosched();
    }
    csp_mutex_lock(&starving.mutex);
    starving.over = true;
    csp_mutex_unlock(&starving.mutex);
    csp_waitgroup_wait(&starving.group);
}
