/* Private stacks, which are packed while their goroutines wait, and ordinary ones, which
 * never are. */
#include <stdbool.h>

#include "tasks_stacks.h"

#include "check.h"
#include <core/atomic.h>
#include <string.h>

#define MS INT64_C(1000000)

static struct csp_chan *words(ptrdiff_t capacity)
{
    return csp_chan_make(sizeof(long), capacity);
}

static void put(struct csp_chan *chan, long value)
{
    csp_send(chan, &value);
}

static long get(struct csp_chan *chan)
{
    long value = -1;
    CHECK(csp_recv(chan, &value));
    return value;
}

static void await_packed(const struct parked *parked, int count)
{
    for (;;) {
        uint64_t unpacked = csp_counter(parked->csp, CSP_UNPACKED, -1);
        if (csp_counter(parked->csp, CSP_PACKED, -1) >= unpacked + (uint64_t)count)
            return;
        csp_sleep(MS / 10);
    }
}

/* --- Receives ------------------------------------------------------------------ */

struct task {
    struct csp_chan *in, *out;
    int number;
};

/* Its local array must be as it was after each wait. */
static void answer(void *argument)
{
    struct task *task = argument;
    unsigned char local[100];
    long round = 0;
    memset(local, task->number % 251, sizeof local);
    put(task->out, 0);
    while (csp_recv(task->in, &round)) {
        for (size_t i = 0; i < sizeof local; i++)
            CHECK_EQ(local[i], task->number % 251);
        put(task->out, task->number + round);
    }
}

static struct task *start_tasks(const struct parked *parked, struct csp_chan *out)
{
    struct task *tasks = csp_alloc((size_t)parked->count * sizeof *tasks);
    for (int i = 0; i < parked->count; i++) {
        tasks[i] = (struct task){words(0), out, i};
        csp_go_with(parked->ordinary ? 0U : CSP_PRIVATE_STACK, answer, &tasks[i]);
    }
    for (int i = 0; i < parked->count; i++)
        CHECK_EQ(get(out), 0);
    return tasks;
}

void stacks_wake_all(void *argument)
{
    struct parked *parked = argument;
    struct csp_chan *out = words(0);
    struct task *tasks = start_tasks(parked, out);
    for (long round = 1; round <= parked->rounds; round++) {
        await_packed(parked, parked->count - 1);
        for (int i = 0; i < parked->count; i++)
            put(tasks[i].in, round);
        for (int i = 0; i < parked->count; i++, parked->answers++)
            parked->sum += get(out);
    }
}

void stacks_leave_packed(void *argument)
{
    struct parked *parked = argument;
    start_tasks(parked, words(0));
    if (!parked->ordinary)
        await_packed(parked, parked->count - 1);
    parked->look(parked);
}

/* --- Every kind of wait -------------------------------------------------------- */

enum { LARGE = 300 };

struct waits {
    struct csp_chan *small, *large, *others[5], *done;
    struct csp_mutex mutex;
    struct csp_waitgroup group;
};

static void fill(unsigned char *element, int with)
{
    memset(element, with, LARGE);
}

static void check_filled(const unsigned char *element, int with)
{
    for (size_t i = 0; i < LARGE; i++)
        CHECK_EQ(element[i], with);
}

static void receives_small(void *argument)
{
    struct waits *waits = argument;
    CHECK_EQ(get(waits->small), 17);
    put(waits->done, 1);
}

static void receives_large(void *argument)
{
    struct waits *waits = argument;
    unsigned char element[LARGE];
    fill(element, 1);
    CHECK(csp_recv(waits->large, element));
    check_filled(element, 'r');
    CHECK(!csp_recv(waits->others[0], element)); /* closed: zeros */
    for (size_t i = 0; i < sizeof(long); i++)
        CHECK_EQ(element[i], 0);
    CHECK_EQ(element[sizeof(long)], 'r');
    put(waits->done, 1);
}

static void sends(void *argument)
{
    struct waits *waits = argument;
    unsigned char element[LARGE];
    fill(element, 's');
    csp_send(waits->large, element);
    check_filled(element, 's');
    put(waits->small, 71);
    put(waits->done, 1);
}

/* Five cases, more than lie in a descriptor; the third and then the fifth happen. */
static void selects(void *argument)
{
    struct waits *waits = argument;
    unsigned char element[LARGE];
    long values[5] = {0, 1, 2, 3, 4};
    struct csp_case cases[5];
    for (int i = 0; i < 5; i++)
        cases[i] = (struct csp_case){i % 2 ? CSP_SEND : CSP_RECV, waits->others[i],
                                     &values[i], false};
    cases[4] = (struct csp_case){CSP_RECV, waits->large, element, false};
    CHECK_EQ(csp_select(cases, 5), 2);
    CHECK(cases[2].ok && values[2] == 22);
    CHECK(values[0] == 0 && values[1] == 1 && values[3] == 3 && values[4] == 4);
    CHECK_EQ(csp_select_timeout(cases, 5, 3600 * UINT64_C(1000000000)), 4);
    check_filled(element, 'l');
    CHECK_EQ(csp_select_timeout(cases, 4, 20 * 1000000), CSP_NO_CASE);
    put(waits->done, 2);
    CHECK_EQ(csp_select(cases, 2), 1); /* sends values[1] */
    put(waits->done, 1);
}

static void waits_for_others(void *argument)
{
    struct waits *waits = argument;
    volatile long local = 5;
    csp_mutex_lock(&waits->mutex);
    CHECK_EQ(local, 5);
    csp_mutex_unlock(&waits->mutex);
    csp_waitgroup_wait(&waits->group);
    CHECK_EQ(local, 5);
    csp_sleep(20 * MS);
    CHECK_EQ(local, 5);
    put(waits->done, 1);
}

static void start_packed(struct parked *parked, void (*function)(void *),
                         struct waits *waits)
{
    csp_go_with(CSP_PRIVATE_STACK, function, waits);
    await_packed(parked, 1);
}

static void wait_for_ever(void *argument)
{
    csp_recv(argument, NULL);
}

/* Never packed, since it never waits: two of them keep the sweeps going. */
static void yield_for_ever(void *argument)
{
    (void)argument;
    for (;;)
        csp_gosched();
}

static void open_waits(struct waits *waits)
{
    *waits = (struct waits){
        .small = words(0), .large = csp_chan_make(LARGE, 0), .done = words(0)};
    for (int i = 0; i < 5; i++)
        waits->others[i] = words(0);
}

static void try_receives(struct parked *parked, struct waits *waits)
{
    unsigned char element[LARGE];
    open_waits(waits);
    start_packed(parked, receives_small, waits);
    put(waits->small, 17);
    get(waits->done);
    start_packed(parked, receives_large, waits);
    fill(element, 'r');
    csp_send(waits->large, element);
    csp_sleep(MS);
    await_packed(parked, 1);
    csp_close(waits->others[0]);
    get(waits->done);
}

static void try_sends(struct parked *parked, struct waits *waits)
{
    unsigned char element[LARGE];
    open_waits(waits);
    start_packed(parked, sends, waits);
    CHECK(csp_recv(waits->large, element));
    check_filled(element, 's');
    csp_sleep(MS);
    await_packed(parked, 1);
    CHECK_EQ(get(waits->small), 71);
    get(waits->done);
}

static void try_selects(struct parked *parked, struct waits *waits)
{
    unsigned char element[LARGE];
    open_waits(waits);
    start_packed(parked, selects, waits);
    put(waits->others[2], 22);
    csp_sleep(MS);
    await_packed(parked, 1);
    fill(element, 'l');
    csp_send(waits->large, element);
    CHECK_EQ(get(waits->done), 2);
    csp_sleep(MS);
    await_packed(parked, 1);
    CHECK_EQ(get(waits->others[1]), 1);
    get(waits->done);
}

static void try_others(struct parked *parked, struct waits *waits)
{
    open_waits(waits);
    csp_mutex_lock(&waits->mutex);
    csp_waitgroup_add(&waits->group, 1);
    start_packed(parked, waits_for_others, waits);
    csp_mutex_unlock(&waits->mutex);
    csp_sleep(MS);
    await_packed(parked, 1);
    csp_waitgroup_done(&waits->group);
    get(waits->done);
}

void stacks_every_wait(void *argument)
{
    struct parked *parked = argument;
    struct waits *waits = csp_alloc(sizeof *waits);
    for (int i = 0; i < 2; i++)
        csp_go_with(CSP_PRIVATE_STACK, yield_for_ever, NULL);
    for (int i = 0; i < parked->rounds; i++) {
        try_receives(parked, waits);
        try_sends(parked, waits);
        try_selects(parked, waits);
        try_others(parked, waits);
    }
}

/* --- Ordinary parents ---------------------------------------------------------- */

struct parent {
    struct parked *parked;
    struct csp_chan *done;
    long written;
};

static void write_to_parent(void *argument)
{
    struct parent *parent = argument;
    await_packed(parent->parked, parent->parked->count - 1);
    parent->written = 42;
    put(parent->done, 43);
}

static void be_parent(void *argument)
{
    struct task *task = argument;
    struct parent parent = {(struct parked *)(void *)task->in, words(0), 0};
    csp_go(write_to_parent, &parent);
    CHECK_EQ(get(parent.done), 43);
    CHECK_EQ(parent.written, 42);
    put(task->out, 1);
}

/* More passes than are needed for the private ones. */
void stacks_of_parents(void *argument)
{
    struct parked *parked = argument;
    struct csp_chan *out = words(0);
    struct task task = {(struct csp_chan *)(void *)parked, out, 0};
    for (int i = 0; i < parked->rounds; i++)
        csp_go(be_parent, &task);
    csp_sleep(MS);
    for (int i = 0; i < parked->count; i++)
        csp_go_with(CSP_PRIVATE_STACK, wait_for_ever, words(0));
    for (int i = 0; i < parked->rounds; i++)
        CHECK_EQ(get(out), 1);
}

/* --- Storms -------------------------------------------------------------------- */

struct storm {
    struct parked *parked;
    struct csp_chan **lines; /* one a task */
    struct csp_chan *out;
};

struct stormer {
    struct storm *storm;
    int number;
};

static uint32_t drawn(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* Waits in a receive, a select or a sleep, in turn; passes on what it received. */
static void be_in_storm(void *argument)
{
    struct stormer *stormer = argument;
    struct storm *storm = stormer->storm;
    uint32_t state = storm->parked->seed + (uint32_t)stormer->number;
    for (long sum = 0, turn = 0;; turn++) {
        long value = -1;
        struct csp_case cases[] = {
            {CSP_RECV, storm->lines[stormer->number], &value, false},
            {CSP_RECV, NULL, &sum, false}};
        if (turn % 3 == 0)
            csp_sleep(drawn(&state) % 3000);
        if (turn % 2 == 0)
            CHECK(csp_recv(storm->lines[stormer->number], &value));
        else
            while (csp_select_timeout(cases, 2, drawn(&state) % 5000) == CSP_NO_CASE)
                ;
        if (value == 0) {
            put(storm->out, sum);
            return;
        }
        sum += value;
    }
}

static struct csp_chan **start_storm(struct parked *parked, struct csp_chan *out)
{
    struct storm *storm = csp_alloc(sizeof *storm);
    struct stormer *stormers = csp_alloc((size_t)parked->count * sizeof *stormers);
    *storm = (struct storm){parked,
                            csp_alloc((size_t)parked->count * sizeof *storm->lines), out};
    for (int i = 0; i < parked->count; i++) {
        stormers[i] = (struct stormer){storm, i};
        storm->lines[i] = words(i % 2);
        csp_go_with(CSP_PRIVATE_STACK, be_in_storm, &stormers[i]);
    }
    return storm->lines;
}

/* The driver is private too: it waits to send, with its element on its own stack. */
static void drive_storm(void *argument)
{
    struct parked *parked = argument;
    struct csp_chan *out = words(parked->count);
    struct csp_chan **lines = start_storm(parked, out);
    uint32_t state = parked->seed;
    long sent = 0;
    for (int i = 0; i < parked->rounds; i++) {
        long value = 1 + (long)(drawn(&state) % 1000);
        put(lines[drawn(&state) % (uint32_t)parked->count], value);
        sent += value;
        if (i % 64 == 0)
            csp_sleep(drawn(&state) % 20000);
    }
    for (int i = 0; i < parked->count; i++)
        put(lines[i], 0);
    for (int i = 0; i < parked->count; i++)
        parked->sum += get(out);
    CHECK_EQ(parked->sum, sent);
}

static void drive_and_tell(void *argument)
{
    struct task *task = argument;
    drive_storm((void *)task->in);
    put(task->out, 1);
}

void stacks_storm(void *argument)
{
    struct csp_chan *done = words(0);
    struct task task = {argument, done, 0};
    csp_go_with(CSP_PRIVATE_STACK, drive_and_tell, &task);
    get(done);
}

/* --- Ends ---------------------------------------------------------------------- */

void stacks_deadlock(void *argument)
{
    struct parked *parked = argument;
    for (int i = 0; i < parked->count; i++)
        csp_go_with(CSP_PRIVATE_STACK, wait_for_ever, words(0));
    csp_gosched();
    csp_recv(NULL, NULL);
}

/* Not by the last thing it does, and with a frame that is written: a real recursion. */
static long overflow(volatile char *outer, long depth)
{
    volatile char frame[512];
    frame[depth % 512] = (char)(outer[0] + 1);
    if (depth > 1 << 20)
        return frame[0];
    return overflow(frame, depth + 1) + frame[depth % 512];
}

static void overflow_stack(void *argument)
{
    volatile char frame[1] = {0};
    put(argument, overflow(frame, 1));
}

void stacks_overflow_last(void *argument)
{
    struct parked *parked = argument;
    struct csp_chan *out = words(0);
    start_tasks(parked, words(0));
    parked->look(parked);
    csp_go(overflow_stack, out);
    get(out);
}

void stacks_unknown_option(void *unused)
{
    csp_go_with(6U, wait_for_ever, unused);
}

static void stage_all(void *argument)
{
    struct waits *waits = argument;
    unsigned char element[LARGE];
    long value = 0;
    struct csp_case cases[] = {{CSP_RECV, waits->small, &value, false},
                               {CSP_RECV, waits->large, element, false}};
    CHECK(csp_recv(waits->large, element));
    CHECK_EQ(csp_select(cases, 2), 0);
    put(waits->done, value);
}

void stacks_stage(void *argument)
{
    struct waits *waits = csp_alloc(sizeof *waits);
    unsigned char element[LARGE];
    (void)argument;
    open_waits(waits);
    csp_go_with(CSP_PRIVATE_STACK, stage_all, waits);
    csp_gosched();
    fill(element, 'x');
    csp_send(waits->large, element);
    csp_gosched();
    put(waits->small, 3);
    CHECK_EQ(get(waits->done), 3);
}
