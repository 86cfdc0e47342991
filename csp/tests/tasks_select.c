/* Select: cases of Go's runtime/chan_test.go and test/chan, as black boxes. */
#include "tasks_select.h"

#include "check.h"
#include <core/sanitize.h>
#include <csp.h>
#include <math.h>

#define MS UINT64_C(1000000)

enum { ROUNDS = CORE_SANITIZED ? 1000 : 10000 };

static struct csp_chan *ints(ptrdiff_t capacity)
{
    return csp_chan_make(sizeof(int), capacity);
}

static struct csp_case sending(struct csp_chan *chan, int *value)
{
    return (struct csp_case){.op = CSP_SEND, .chan = chan, .element = value};
}

static struct csp_case receiving(struct csp_chan *chan, int *value)
{
    return (struct csp_case){.op = CSP_RECV, .chan = chan, .element = value};
}

static int get(struct csp_chan *chan)
{
    int value = -1;
    CHECK(csp_recv(chan, &value));
    return value;
}

/* --- doubleselect: two cases of one select must not both happen ---------------- */

enum { WAYS = 4 };

struct doubles {
    struct csp_chan *ways[WAYS], *merged, *done;
};

static void send_one_of(void *argument)
{
    struct doubles *doubles = argument;
    for (int i = 0; i < ROUNDS; i++) {
        int value = i;
        struct csp_case cases[WAYS];
        for (int w = 0; w < WAYS; w++)
            cases[w] = sending(doubles->ways[w], &value);
        csp_select(cases, WAYS);
    }
    for (int w = 0; w < WAYS; w++)
        csp_close(doubles->ways[w]);
}

struct way {
    struct doubles *doubles;
    int number;
};

static void merge(void *argument)
{
    struct way *way = argument;
    int value = 0;
    while (csp_recv(way->doubles->ways[way->number], &value))
        csp_send(way->doubles->merged, &value);
    csp_send(way->doubles->done, &value);
}

static void close_merged(void *argument)
{
    struct doubles *doubles = argument;
    for (int w = 0; w < WAYS; w++)
        get(doubles->done);
    csp_close(doubles->merged);
}

void doubleselect(void *argument)
{
    (void)argument;
    struct doubles doubles = {.merged = ints(0), .done = ints(0)};
    struct way ways[WAYS];
    char *seen = csp_alloc(ROUNDS);
    int value = 0, count = 0;
    memset(seen, 0, ROUNDS);
    for (int w = 0; w < WAYS; w++) {
        doubles.ways[w] = ints(0);
        ways[w] = (struct way){&doubles, w};
        csp_go(merge, &ways[w]);
    }
    csp_go(send_one_of, &doubles);
    csp_go(close_merged, &doubles);
    for (; csp_recv(doubles.merged, &value); count++)
        CHECK_EQ(seen[value]++, 0);
    CHECK_EQ(count, ROUNDS);
}

/* --- select3: what always and what never blocks -------------------------------- */

struct attempt {
    void (*operation)(struct csp_chan *);
    struct csp_chan *chan, *done;
};

static void attempt(void *argument)
{
    struct attempt *attempt = argument;
    attempt->operation(attempt->chan);
    csp_send(attempt->done, &(int){1});
}

static struct csp_chan *start_attempt(void (*operation)(struct csp_chan *),
                                      struct csp_chan *chan)
{
    struct attempt *one = csp_alloc(sizeof *one);
    *one = (struct attempt){operation, chan, ints(1)};
    csp_go(attempt, one);
    return one->done;
}

/* The operation gets stuck, and stays so until the run ends. */
static void blocks(void (*operation)(struct csp_chan *), struct csp_chan *chan)
{
    int value = 0;
    struct csp_case done = receiving(start_attempt(operation, chan), &value);
    CHECK_EQ(csp_select_timeout(&done, 1, 2 * MS), CSP_NO_CASE);
}

/* The operation comes back; if not, the run ends as a deadlock. */
static void passes(void (*operation)(struct csp_chan *), struct csp_chan *chan)
{
    get(start_attempt(operation, chan));
}

static void op_send(struct csp_chan *chan)
{
    csp_send(chan, &(int){1});
}

static void op_recv(struct csp_chan *chan)
{
    csp_recv(chan, NULL);
}

static void op_select_send(struct csp_chan *chan)
{
    struct csp_case one = sending(chan, &(int){1});
    csp_select(&one, 1);
}

static void op_select_recv(struct csp_chan *chan)
{
    struct csp_case one = receiving(chan, NULL);
    csp_select(&one, 1);
}

static void op_default_send(struct csp_chan *chan)
{
    struct csp_case one = sending(chan, &(int){1});
    csp_select_default(&one, 1);
}

static void op_default_recv(struct csp_chan *chan)
{
    struct csp_case one = receiving(chan, NULL);
    csp_select_default(&one, 1);
}

static void op_select_none(struct csp_chan *chan)
{
    (void)chan;
    csp_select(NULL, 0);
}

static struct csp_chan *filled(int capacity)
{
    struct csp_chan *chan = ints(capacity);
    for (int i = 0; i < capacity; i++)
        csp_send(chan, &i);
    return chan;
}

static struct csp_chan *closed(struct csp_chan *chan)
{
    csp_close(chan);
    return chan;
}

void select3(void *argument)
{
    (void)argument;
    blocks(op_send, NULL);
    blocks(op_recv, NULL);
    blocks(op_select_send, NULL);
    blocks(op_select_recv, NULL);
    passes(op_default_send, NULL);
    passes(op_default_recv, NULL);
    blocks(op_recv, ints(0));
    blocks(op_send, ints(0));
    blocks(op_select_recv, ints(0));
    blocks(op_select_send, ints(0));
    passes(op_default_recv, ints(0));
    passes(op_default_send, ints(0));
    blocks(op_recv, ints(10));
    passes(op_send, ints(10));
    blocks(op_select_recv, ints(10));
    passes(op_select_send, ints(10));
    passes(op_recv, filled(10));
    blocks(op_send, filled(10));
    passes(op_select_recv, filled(10));
    blocks(op_select_send, filled(10));
    passes(op_recv, closed(ints(0)));
    passes(op_recv, closed(filled(10)));
    passes(op_select_recv, closed(ints(0)));
    blocks(op_select_none, NULL);
    CHECK_EQ(csp_select_default(NULL, 0), CSP_NO_CASE);
}

/* --- select6: a case that lost leaves its queue intact (issue 2075) ------------ */

struct six {
    struct csp_chan *c1, *c2, *c3, *c4;
};

static void wait_two(void *argument)
{
    struct six *six = argument;
    struct csp_case cases[] = {receiving(six->c1, NULL), receiving(six->c2, NULL)};
    csp_select(cases, 2);
    csp_send(six->c3, &(int){1});
}

static void wait_first(void *argument)
{
    struct six *six = argument;
    get(six->c1);
    csp_send(six->c4, &(int){1});
}

void select6(void *argument)
{
    (void)argument;
    struct six six = {ints(0), ints(0), ints(0), ints(0)};
    csp_go(wait_two, &six);
    csp_gosched();
    csp_send(six.c2, &(int){1}); /* wait_two's place in c1 has to go */
    get(six.c3);
    csp_go(wait_first, &six);
    csp_gosched();
    csp_send(six.c1, &(int){1});
    get(six.c4);
}

/* --- chan_test.go -------------------------------------------------------------- */

struct race {
    struct csp_chan *c1, *c2, *done;
};

static void race_sender(void *argument)
{
    struct race *race = argument;
    int value = 0;
    struct csp_case cases[] = {receiving(race->c1, &value), receiving(race->c2, &value)};
    csp_send(race->done, &(int){csp_select_default(cases, 2) != CSP_NO_CASE});
}

/* One of the two always holds a value: the default must not be taken. */
void nonblock_select_race(void *argument)
{
    (void)argument;
    struct race race = {ints(1), ints(1), ints(1)};
    for (int i = 0; i < ROUNDS; i++) {
        csp_send(race.c1, &i);
        csp_go(race_sender, &race);
        csp_send(race.c2, &i);
        csp_try_recv(race.c1, NULL);
        CHECK_EQ(get(race.done), 1);
        csp_try_recv(race.c1, NULL);
        csp_try_recv(race.c2, NULL);
    }
}

void nonblock_select_race2(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS / 4; i++) {
        struct race race = {ints(1), ints(0), ints(1)};
        csp_send(race.c1, &i);
        csp_go(race_sender, &race);
        csp_close(race.c2);
        csp_try_recv(race.c1, NULL);
        CHECK_EQ(get(race.done), 1);
        csp_chan_free(race.c1);
        csp_chan_free(race.c2);
        csp_chan_free(race.done);
    }
}

struct self {
    struct csp_chan *chan, *done;
    int number, turns;
};

/* Sends and receives on one channel by one select; never gets its own value. */
static void select_self(void *argument)
{
    struct self *self = argument;
    for (int i = 0; i < self->turns; i++) {
        int sent = self->number, received = -1;
        struct csp_case cases[2];
        cases[i % 2] = sending(self->chan, &sent);
        cases[1 - i % 2] = receiving(self->chan, &received);
        if (csp_select(cases, 2) == 1 - i % 2)
            CHECK(csp_cap(self->chan) > 0 || received == 1 - self->number);
    }
    csp_send(self->done, &(int){1});
}

void self_select(void *argument)
{
    (void)argument;
    for (int capacity = 0; capacity <= 10; capacity += 5) {
        struct csp_chan *chan = ints(capacity), *done = ints(2);
        struct self selves[2] = {{chan, done, 0, ROUNDS}, {chan, done, 1, ROUNDS}};
        csp_go(select_self, &selves[0]);
        csp_go(select_self, &selves[1]);
        get(done);
        get(done);
    }
}

enum { LANES = 4 };

struct stress {
    struct csp_chan *chans[LANES];
    struct csp_waitgroup group;
    int turns;
};

struct lane {
    struct stress *stress;
    int number;
};

static void lane_sends(void *argument)
{
    struct lane *lane = argument;
    for (int i = 0; i < lane->stress->turns; i++)
        csp_send(lane->stress->chans[lane->number], &i);
    csp_waitgroup_done(&lane->stress->group);
}

static void lane_receives(void *argument)
{
    struct lane *lane = argument;
    for (int i = 0; i < lane->stress->turns; i++)
        CHECK_EQ(get(lane->stress->chans[lane->number]), i);
    csp_waitgroup_done(&lane->stress->group);
}

/* One select over all lanes; a lane that had its turns becomes nil. */
static void select_lanes(struct stress *stress, bool send)
{
    int next[LANES] = {0}, value[LANES];
    struct csp_case cases[LANES];
    for (int c = 0; c < LANES; c++)
        cases[c] = send ? sending(stress->chans[c], &value[c])
                        : receiving(stress->chans[c], &value[c]);
    for (int i = 0; i < LANES * stress->turns; i++) {
        for (int c = 0; c < LANES && send; c++)
            value[c] = next[c];
        int c = csp_select(cases, LANES);
        if (!send)
            CHECK_EQ(value[c], next[c]);
        if (++next[c] == stress->turns)
            cases[c].chan = NULL;
    }
    csp_waitgroup_done(&stress->group);
}

static void lanes_send(void *argument)
{
    select_lanes(argument, true);
}

static void lanes_receive(void *argument)
{
    select_lanes(argument, false);
}

/* Four channels of different capacity: single senders against selects over all, single
 * receivers against sends by select, and select against select. */
void select_stress(void *argument)
{
    (void)argument;
    for (int shape = 0; shape < 3; shape++) {
        struct stress stress = {.chans = {ints(0), ints(0), ints(2), ints(3)},
                                .turns = ROUNDS / 2};
        struct lane lanes[LANES];
        csp_waitgroup_add(&stress.group, shape < 2 ? LANES + 1 : 2);
        for (int c = 0; c < LANES && shape < 2; c++) {
            lanes[c] = (struct lane){&stress, c};
            csp_go(shape == 0 ? lane_sends : lane_receives, &lanes[c]);
        }
        if (shape != 1)
            csp_go(lanes_receive, &stress);
        if (shape != 0)
            csp_go(lanes_send, &stress);
        csp_waitgroup_wait(&stress.group);
    }
}

struct fair {
    struct csp_chan *c1, *c2, *c3, *c4, *out, *done;
};

static void fair_chooses(void *argument)
{
    const struct fair fair = *(struct fair *)argument; /* may end before we do */
    for (;;) {
        int value = 0;
        struct csp_case cases[] = {receiving(fair.c3, &value), receiving(fair.c4, &value),
                                   receiving(fair.c1, &value),
                                   receiving(fair.c2, &value)};
        csp_select(cases, 4);
        struct csp_case end[] = {sending(fair.out, &value), receiving(fair.done, NULL)};
        if (csp_select(end, 2) == 1)
            return;
    }
}

/* Go's own bound: 4.89 standard deviations, one false alarm in a million. */
void select_fairness(void *argument)
{
    enum { TRIALS = 10000 };
    (void)argument;
    struct fair fair = {ints(TRIALS + 1), ints(TRIALS + 1), ints(0),
                        ints(0),          ints(0),          ints(0)};
    int counts[3] = {0};
    for (int i = 0; i <= TRIALS; i++) {
        csp_send(fair.c1, &(int){1});
        csp_send(fair.c2, &(int){2});
    }
    csp_go(fair_chooses, &fair);
    for (int i = 0; i < TRIALS; i++)
        counts[get(fair.out)]++;
    csp_close(fair.done);
    double off = (double)counts[1] / TRIALS - 0.5;
    CHECK(fabs(off) <= 4.891676 / (2 * sqrt(TRIALS)));
}

static void wait_twice(void *argument)
{
    struct race *race = argument;
    int value = 0;
    struct csp_case cases[] = {receiving(race->c1, &value), receiving(race->c1, &value),
                               receiving(race->c2, &value)};
    csp_send(race->done, &(int){1});
    csp_select(cases, 3);
    csp_send(race->done, &(int){2});
}

static void wait_once(void *argument)
{
    struct race *race = argument;
    get(race->c1);
    csp_send(race->done, &(int){3});
}

/* One goroutine stands twice in a channel's queue, and another behind it. */
void select_duplicate_channel(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS / 100; i++) {
        struct race race = {ints(0), ints(0), ints(0)};
        csp_go(wait_twice, &race);
        CHECK_EQ(get(race.done), 1);
        csp_gosched();
        csp_go(wait_once, &race);
        csp_gosched();
        csp_send(race.c2, &i);
        CHECK_EQ(get(race.done), 2);
        csp_send(race.c1, &i);
        CHECK_EQ(get(race.done), 3);
    }
}

static void send_zero_or_one(void *argument)
{
    struct csp_chan *chan = argument;
    int zero = 0, one = 1;
    for (int i = 0; i < 100; i++) {
        struct csp_case cases[] = {sending(chan, &zero), sending(chan, &one)};
        csp_select(cases, 2);
    }
    csp_close(chan);
}

void pseudo_random_send(void *argument)
{
    (void)argument;
    for (int capacity = 0; capacity <= 100; capacity += 100) {
        struct csp_chan *chan = ints(capacity);
        int value = 0, counts[2] = {0};
        csp_go(send_zero_or_one, chan);
        while (csp_recv(chan, &value))
            counts[value]++;
        CHECK_EQ(counts[0] + counts[1], 100);
        CHECK(counts[0] > 10 && counts[1] > 10);
    }
}

/* --- Time-outs and sizes ------------------------------------------------------- */

void select_timeout(void *argument)
{
    (void)argument;
    int value = 0;
    struct csp_case cases[] = {receiving(ints(0), &value), receiving(NULL, &value),
                               sending(ints(0), &value)};
    uint64_t before_ns = csp_now_ns();
    CHECK_EQ(csp_select_timeout(cases, 3, 2 * MS), CSP_NO_CASE);
    CHECK(csp_now_ns() - before_ns >= 2 * MS);
    CHECK_EQ(csp_select_timeout(NULL, 0, MS), CSP_NO_CASE);
    CHECK_EQ(csp_select_timeout(cases, 3, 0), CSP_NO_CASE);
    struct csp_chan *after = csp_after(MS), *late = csp_after(3600 * 1000 * MS);
    struct csp_case either[] = {receiving(after, NULL), receiving(late, NULL)};
    CHECK_EQ(csp_select(either, 2), 0);
    csp_chan_free(late);
    csp_chan_free(after);
    struct csp_chan *full = filled(1);
    struct csp_case ready = receiving(full, &value);
    CHECK_EQ(csp_select_timeout(&ready, 1, 3600 * 1000 * MS), 0);
}

static void send_to_last(void *argument)
{
    csp_send(argument, &(int){77});
}

/* Sizes around the borders between what lies in the descriptor, on the stack, in memory.
 */
void select_large(void *argument)
{
    static const size_t sizes[] = {1, 4, 5, 16, 17, 100, 1000};
    (void)argument;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t count = sizes[s];
        struct csp_case *cases = csp_alloc(count * sizeof *cases);
        int value = 0;
        for (size_t i = 0; i < count; i++)
            cases[i] = receiving(ints(0), &value);
        CHECK_EQ(csp_select_default(cases, count), CSP_NO_CASE);
        csp_go(send_to_last, cases[count - 1].chan);
        CHECK_EQ(csp_select(cases, count), count - 1);
        CHECK(cases[count - 1].ok && value == 77);
        for (size_t i = 0; i < count; i++)
            csp_chan_free(cases[i].chan);
        csp_free(cases);
    }
}

static void send_soon(void *argument)
{
    struct race *race = argument;
    for (int i = 0; i < ROUNDS / 20; i++) {
        csp_sleep((int64_t)(i % 7) * 10000 + 1);
        struct csp_case one = sending(race->c1, &i);
        csp_send(race->c2, &(int){csp_select_timeout(&one, 1, 30000) == 0});
    }
}

/* Both sides may time out while the other arrives: a value is sent iff it is received. */
void timeout_race(void *argument)
{
    (void)argument;
    struct race race = {ints(0), ints(ROUNDS), ints(0)};
    int sent = 0, received = 0, value = 0;
    csp_go(send_soon, &race);
    for (int reports = 0; reports < ROUNDS / 20;) {
        struct csp_case one = receiving(race.c1, &value);
        received += csp_select_timeout(&one, 1, 20000) == 0;
        while (csp_try_recv(race.c2, &value) == CSP_RECEIVED) {
            sent += value;
            reports++;
        }
    }
    CHECK_EQ(sent, received);
}
