/* What the scheduler owes its goroutines. */
#include <stdbool.h>

#include "tasks_sched.h"

#include "check.h"
#include <core/atomic.h>
#include <core/sanitize.h>
#include <csp.h>

#define MS UINT64_C(1000000)

static struct csp_chan *ints(ptrdiff_t capacity)
{
    return csp_chan_make(sizeof(int), capacity);
}

static void put(struct csp_chan *chan, int value)
{
    csp_send(chan, &value);
}

static int get(struct csp_chan *chan)
{
    int value = -1;
    CHECK(csp_recv(chan, &value));
    return value;
}

/* --- Order --------------------------------------------------------------------- */

struct spawned {
    int number;
    int *order;
    int *count;
    struct csp_waitgroup *group;
};

static void note_turn(void *argument)
{
    struct spawned *spawned = argument;
    spawned->order[(*spawned->count)++] = spawned->number;
    csp_waitgroup_done(spawned->group);
}

void spawn_order(void *argument)
{
    struct csp_waitgroup group = {0};
    struct spawned spawned[5];
    int count = 0;
    csp_waitgroup_add(&group, 5);
    for (int i = 0; i < 5; i++) {
        spawned[i] = (struct spawned){i, argument, &count, &group};
        csp_go(note_turn, &spawned[i]);
    }
    csp_waitgroup_wait(&group);
}

/* --- Many ---------------------------------------------------------------------- */

struct link {
    struct csp_chan *left, *right;
};

static void pass_left(void *argument)
{
    struct link *link = argument;
    put(link->left, 1 + get(link->right));
}

/* test/chan/goroutines.go */
void daisy_chain(void *argument)
{
    enum { LENGTH = CORE_SANITIZED ? 1000 : 10000 };
    (void)argument;
    struct link *links = csp_alloc(LENGTH * sizeof *links);
    struct csp_chan *leftmost = ints(0), *left = leftmost;
    for (int i = 0; i < LENGTH; i++) {
        links[i] = (struct link){left, ints(0)};
        csp_go(pass_left, &links[i]);
        left = links[i].right;
    }
    put(left, 1);
    CHECK_EQ(get(leftmost), LENGTH + 1);
}

struct blocked {
    struct csp_chan *gate, *out;
};

static void wait_at_gate(void *argument)
{
    struct blocked *blocked = argument;
    CHECK(!csp_recv(blocked->gate, NULL));
    put(blocked->out, 1);
}

void many_blocked(void *argument)
{
    enum { MANY = CORE_TSAN ? 3000 : CORE_ASAN ? 10000 : 100000 };
    (void)argument;
    struct blocked blocked = {ints(0), ints(100)};
    int sum = 0;
    for (int i = 0; i < MANY; i++) {
        csp_go(wait_at_gate, &blocked);
        if (i % 100 == 0)
            csp_gosched();
    }
    csp_close(blocked.gate);
    for (int i = 0; i < MANY; i++)
        sum += get(blocked.out);
    CHECK_EQ(sum, MANY);
}

static void count_down(void *argument)
{
    csp_waitgroup_done(argument);
}

/* More runnable goroutines at once than a ring has slots. */
void ring_overflows(void *argument)
{
    (void)argument;
    struct csp_waitgroup group = {0};
    for (int round = 0; round < 3; round++) {
        csp_waitgroup_add(&group, 2000);
        for (int i = 0; i < 2000; i++)
            csp_go(count_down, &group);
        csp_waitgroup_wait(&group);
    }
}

/* --- Yields, stacks, time ------------------------------------------------------ */

struct flag {
    atomic_bool set;
};

static void set_after_yields(void *argument)
{
    struct flag *flag = argument;
    for (int i = 0; i < 10; i++)
        csp_gosched();
    core_store_relaxed(&flag->set, true); /* nothing else is passed on by it */
}

/* TestYieldProgress */
void yields(void *argument)
{
    (void)argument;
    struct flag flag = {false};
    csp_go(set_after_yields, &flag);
    while (!core_load_relaxed(&flag.set)) /* as above */
        csp_gosched();
}

struct parent {
    struct csp_chan *done;
    int written;
};

static void write_to_parent(void *argument)
{
    struct parent *parent = argument;
    csp_sleep(2 * MS);
    parent->written = 42;
    put(parent->done, 1);
}

void writes_into_parent(void *argument)
{
    (void)argument;
    struct parent parent = {ints(0), 0};
    csp_go(write_to_parent, &parent);
    get(parent.done);
    CHECK_EQ(parent.written, 42);
}

struct sleeper {
    int64_t duration_ns;
    struct csp_chan *done;
};

static void sleep_and_tell(void *argument)
{
    struct sleeper *sleeper = argument;
    uint64_t before_ns = csp_now_ns();
    csp_sleep(sleeper->duration_ns);
    CHECK(csp_now_ns() - before_ns >= (uint64_t)sleeper->duration_ns);
    put(sleeper->done, 1);
}

void sleeps(void *argument)
{
    (void)argument;
    struct sleeper sleepers[50];
    struct csp_chan *done = ints(0);
    for (int i = 0; i < 50; i++) {
        sleepers[i] = (struct sleeper){(int64_t)(i * 7 % 50) * (int64_t)MS / 10, done};
        csp_go(sleep_and_tell, &sleepers[i]);
    }
    for (int i = 0; i < 50; i++)
        get(done);
    uint64_t time_ns = 0, before_ns = csp_now_ns();
    CHECK(csp_recv(csp_after(MS), &time_ns));
    CHECK(time_ns >= before_ns + MS);
}

static void wait_for_ever(void *argument)
{
    (void)csp_alloc(300);
    csp_recv(argument, NULL);
}

void leave_all_behind(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(0);
    for (int i = 0; i < 50; i++) {
        csp_go(wait_for_ever, chan);
        csp_after(1000 * MS);
    }
    csp_gosched();
}

/* --- Loops that call nothing --------------------------------------------------- */

struct hog {
    struct hogs *hogs;
    int number;
    struct csp_waitgroup *group;
};

static void hog(void *argument)
{
    struct hog *hog = argument;
    atomic_uint_least64_t *progress = &hog->hogs->progress[hog->number];
    /* relaxed, all: numbers by themselves */
    while (!core_load_relaxed(&hog->hogs->stop))
        core_store_relaxed(progress, core_load_relaxed(progress) + 1);
    csp_waitgroup_done(hog->group);
}

/* All must get on: each hog counts, and main takes its turns among them. */
void light_beside_hogs(void *argument)
{
    struct hogs *hogs = argument;
    struct csp_waitgroup group = {0};
    struct hog hog_of[64];
    csp_waitgroup_add(&group, hogs->count);
    for (int i = 0; i < hogs->count; i++) {
        hog_of[i] = (struct hog){hogs, i, &group};
        csp_go(hog, &hog_of[i]);
    }
    for (int i = 0; i < hogs->count; i++)
        while (core_load_relaxed(&hogs->progress[i]) == 0) /* as above */
            csp_sleep(MS);
    for (int i = 0; i < hogs->turns; i++) {
        if (hogs->timers)
            csp_recv(csp_after(MS), NULL);
        else
            csp_gosched();
    }
    core_store_relaxed(&hogs->stop, true); /* as above */
    csp_waitgroup_wait(&group);
}

/* --- Hand-offs ----------------------------------------------------------------- */

static uint64_t compute(uint64_t steps, uint64_t seed)
{
    for (uint64_t i = 0; i < steps; i++)
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return seed;
}

struct stage {
    struct pipeline *pipeline;
    struct csp_chan *items;
};

static void first_stage(void *argument)
{
    struct stage *stage = argument;
    for (int i = 0; i < stage->pipeline->items; i++) {
        uint64_t item = compute(stage->pipeline->work, (uint64_t)i);
        csp_send(stage->items, &item);
    }
    csp_close(stage->items);
}

void pipeline(void *argument)
{
    struct pipeline *pipeline = argument;
    struct stage stage = {pipeline, csp_chan_make(sizeof(uint64_t), 0)};
    uint64_t item = 0;
    csp_go(first_stage, &stage);
    while (csp_recv(stage.items, &item))
        pipeline->sum += compute(pipeline->work, item);
}

struct court {
    struct csp_chan *there, *back;
};

static void bounce(void *argument)
{
    const struct court court = *(struct court *)argument; /* may end before we do */
    int ball = 0;
    while (csp_recv(court.there, &ball))
        put(court.back, ball + 1);
}

void bounces(void *argument)
{
    struct bounces *bounces = argument;
    struct court court = {ints(0), ints(0)};
    csp_go(bounce, &court);
    for (int i = 0; i < bounces->rounds; i++) {
        put(court.there, i);
        CHECK_EQ(get(court.back), i + 1);
    }
}

struct endless {
    struct court court;
    atomic_bool stop;
    struct csp_waitgroup group;
};

static void bounce_until_stop(void *argument)
{
    struct endless *endless = argument;
    while (!core_load_relaxed(&endless->stop)) { /* nothing is passed on by it */
        put(endless->court.there, 1);
        get(endless->court.back);
    }
    csp_close(endless->court.there);
    csp_waitgroup_done(&endless->group);
}

static void tell(void *argument)
{
    put(argument, 1);
}

/* TestPingPongHog: a pair that hands off to itself in `next` shares one slice, so what
 * stands in the ring gets its turns too. */
void light_beside_pair(void *argument)
{
    (void)argument;
    struct endless endless = {.court = {ints(0), ints(0)}};
    struct csp_chan *told = ints(0);
    csp_waitgroup_add(&endless.group, 1);
    csp_go(bounce, &endless.court);
    csp_go(bounce_until_stop, &endless);
    for (int i = 0; i < 3; i++) {
        csp_go(tell, told);
        CHECK_EQ(get(told), 1);
        csp_gosched();
    }
    core_store_relaxed(&endless.stop, true); /* as above */
    csp_waitgroup_wait(&endless.group);
}
