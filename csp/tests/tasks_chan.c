/* Channels: cases of Go's runtime/chan_test.go and test/chan, as black boxes. */
#include "tasks_chan.h"

#include "check.h"
#include <core/sanitize.h>
#include <csp.h>

#define MS UINT64_C(1000000)

enum { ROUNDS = CORE_SANITIZED ? 100 : 1000 };

static const int capacities[] = {0, 1, 2, 3, 10, 200};
enum { CAPACITIES = sizeof capacities / sizeof *capacities };

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

struct pair {
    struct csp_chan *in, *out;
    int count;
};

static void forward(void *argument)
{
    const struct pair pair = *(struct pair *)argument; /* may end before we do */
    for (int i = 0; i < pair.count; i++)
        put(pair.out, get(pair.in));
}

/* --- TestChan ------------------------------------------------------------------ */

static void empty_blocks(int capacity)
{
    struct pair pair = {ints(capacity), ints(1), 1};
    int value = 0;
    csp_go(forward, &pair);
    csp_sleep(MS / 2);
    CHECK_EQ(csp_len(pair.out), 0); /* the receiver still waits */
    CHECK_EQ(csp_try_recv(pair.in, &value), CSP_NOT_READY);
    put(pair.in, 5);
    CHECK_EQ(get(pair.out), 5);
}

static void put_one(void *argument)
{
    struct pair *pair = argument;
    put(pair->in, 99);
    put(pair->out, 1);
}

static void full_blocks(int capacity)
{
    struct pair pair = {ints(capacity), ints(1), 1};
    for (int i = 0; i < capacity; i++)
        put(pair.in, i);
    CHECK(!csp_try_send(pair.in, &(int){0}));
    csp_go(put_one, &pair);
    csp_sleep(MS / 2);
    CHECK_EQ(csp_len(pair.out), 0); /* the sender still waits */
    for (int i = 0; i < capacity; i++)
        CHECK_EQ(get(pair.in), i);
    CHECK_EQ(get(pair.in), 99);
    CHECK_EQ(get(pair.out), 1);
}

void chan_blocks(void *argument)
{
    (void)argument;
    for (int i = 0; i < CAPACITIES; i++) {
        empty_blocks(capacities[i]);
        full_blocks(capacities[i]);
    }
}

static void report_end(void *argument)
{
    struct pair *pair = argument;
    int value = 42;
    bool ok = csp_recv(pair->in, &value);
    put(pair->out, ok ? -1 : value);
}

void chan_closes(void *argument)
{
    (void)argument;
    for (int i = 0; i < CAPACITIES; i++) {
        struct csp_chan *chan = ints(capacities[i]);
        struct pair pair = {ints(capacities[i]), ints(0), 0};
        int value = 0;
        for (int n = 0; n < capacities[i]; n++)
            put(chan, n);
        csp_close(chan);
        for (int n = 0; n < capacities[i]; n++)
            CHECK_EQ(get(chan), n);
        for (int n = 0; n < 3; n++, value = 7) {
            CHECK(!csp_recv(chan, &value));
            CHECK_EQ(value, 0);
        }
        for (int n = 0; n < 3; n++)
            csp_go(report_end, &pair);
        csp_gosched();
        csp_close(pair.in); /* unblocks all who wait */
        for (int n = 0; n < 3; n++)
            CHECK_EQ(get(pair.out), 0);
    }
}

static void count_up(void *argument)
{
    const struct pair pair = *(struct pair *)argument; /* may end before we do */
    for (int i = 0; i < pair.count; i++)
        put(pair.in, i);
}

void chan_orders(void *argument)
{
    (void)argument;
    for (int i = 0; i < CAPACITIES; i++) {
        struct pair pair = {ints(capacities[i]), NULL, 100};
        csp_go(count_up, &pair);
        for (int n = 0; n < 100; n++)
            CHECK_EQ(get(pair.in), n);
    }
}

enum { SHARERS = 4 };

static void collect_counts(void *argument)
{
    const struct pair pair = *(struct pair *)argument; /* may end before we do */
    for (int i = 0; i < pair.count; i++)
        put(pair.out, get(pair.in));
}

/* Four senders and four receivers: each value arrives four times. */
static void share(int capacity)
{
    static const int many = ROUNDS / 4;
    struct pair senders = {ints(capacity), NULL, many};
    struct pair receivers = {senders.in, ints(SHARERS * many), many};
    int *seen = csp_alloc(sizeof *seen * (size_t)many);
    memset(seen, 0, sizeof *seen * (size_t)many);
    for (int i = 0; i < SHARERS; i++) {
        csp_go(count_up, &senders);
        csp_go(collect_counts, &receivers);
    }
    for (int i = 0; i < SHARERS * many; i++)
        seen[get(receivers.out)]++;
    for (int i = 0; i < many; i++)
        CHECK_EQ(seen[i], SHARERS);
    csp_free(seen);
}

void chan_shares(void *argument)
{
    (void)argument;
    for (int i = 0; i < CAPACITIES; i++)
        share(capacities[i]);
}

/* --- test/chan ----------------------------------------------------------------- */

enum { LINKS = 10 };

struct link {
    struct csp_chan *chan, *in, *out;
    int value;
};

/* Waits for its turn, receives its value, lets the next one go on. */
static void chain_link(void *argument)
{
    struct link *link = argument;
    get(link->in);
    CHECK_EQ(get(link->chan), link->value);
    put(link->out, 1);
}

static void synchronous_fifo(void)
{
    struct link links[LINKS];
    struct csp_chan *chan = ints(0), *first = ints(0), *in = first;
    for (int i = 0; i < LINKS; i++) {
        struct csp_chan *out = ints(0);
        links[i] = (struct link){chan, in, out, i};
        csp_go(chain_link, &links[i]);
        in = out;
    }
    put(first, 0);
    for (int i = 0; i < LINKS; i++)
        put(chan, i);
    get(in);
}

void fifo(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(LINKS);
    for (int i = 0; i < LINKS; i++)
        put(chan, i);
    for (int i = 0; i < LINKS; i++)
        CHECK_EQ(get(chan), i);
    synchronous_fifo();
}

void chancap(void *argument)
{
    (void)argument;
    struct csp_chan *chan = ints(10);
    CHECK_EQ(csp_len(chan), 0);
    CHECK_EQ(csp_cap(chan), 10);
    for (int i = 0; i < 3; i++)
        put(chan, i);
    CHECK_EQ(csp_len(chan), 3);
    CHECK_EQ(csp_len(NULL), 0);
    CHECK_EQ(csp_cap(NULL), 0);
    CHECK_EQ(csp_cap(ints(0)), 0);
}

/* What can be done with a closed channel without a panic. */
void closedchan(void *argument)
{
    (void)argument;
    for (int capacity = 0; capacity < 2; capacity++) {
        struct csp_chan *chan = ints(capacity);
        struct csp_case one = {.op = CSP_RECV, .chan = chan};
        int value = 3;
        csp_close(chan);
        CHECK(!csp_recv(chan, &value) && value == 0);
        CHECK(!csp_recv(chan, NULL));
        value = 3;
        CHECK_EQ(csp_try_recv(chan, &value), CSP_CLOSED);
        CHECK_EQ(value, 0);
        value = 3;
        one.element = &value;
        one.ok = true;
        CHECK_EQ(csp_select(&one, 1), 0);
        CHECK(!one.ok && value == 0);
        one.ok = true;
        CHECK_EQ(csp_select_default(&one, 1), 0);
        CHECK(!one.ok);
    }
}

static void send_nothing(void *argument)
{
    for (int i = 0; i < 3; i++)
        csp_send(argument, NULL);
    csp_close(argument);
}

void zerosize(void *argument)
{
    (void)argument;
    for (int capacity = 0; capacity < 3; capacity++) {
        struct csp_chan *chan = csp_chan_make(0, capacity);
        csp_go(send_nothing, chan);
        for (int i = 0; i < 3; i++)
            CHECK(csp_recv(chan, NULL));
        CHECK(!csp_recv(chan, NULL));
    }
}

struct sized {
    struct csp_chan *chan;
    size_t bytes;
};

static void send_sized(void *argument)
{
    const struct sized sized = *(struct sized *)argument; /* may end before we do */
    unsigned char element[1000];
    for (int i = 0; i < 5; i++) {
        memset(element, 'a' + i, sizeof element);
        csp_send(sized.chan, element);
        for (size_t n = 0; n < sized.bytes; n++)
            CHECK_EQ(element[n], 'a' + i); /* a send takes nothing from its sender */
    }
}

void element_sizes(void *argument)
{
    static const size_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 16, 24, 100, 1000};
    (void)argument;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int capacity = 0; capacity < 4; capacity++) {
            struct sized sized = {csp_chan_make(sizes[s], capacity), sizes[s]};
            unsigned char element[1001];
            csp_go(send_sized, &sized);
            for (int i = 0; i < 5; i++) {
                memset(element, '#', sizeof element);
                CHECK(csp_recv(sized.chan, element));
                for (size_t n = 0; n < sizes[s]; n++)
                    CHECK_EQ(element[n], 'a' + i);
                CHECK_EQ(element[sizes[s]], '#');
            }
        }
}

static void sink_one(void *argument)
{
    struct pair *pair = argument;
    put(pair->out, get(pair->in));
}

void nonblock(void *argument)
{
    (void)argument;
    int value = 0;
    CHECK(!csp_try_send(NULL, &value));
    CHECK_EQ(csp_try_recv(NULL, &value), CSP_NOT_READY);
    for (int capacity = 0; capacity < 3; capacity++) {
        struct pair pair = {ints(capacity), ints(1), 1};
        CHECK_EQ(csp_try_recv(pair.in, &value), CSP_NOT_READY);
        for (int i = 0; i < capacity; i++)
            CHECK(csp_try_send(pair.in, &i));
        CHECK(!csp_try_send(pair.in, &value));
        for (int i = 0; i < capacity; i++)
            CHECK(csp_try_recv(pair.in, &value) == CSP_RECEIVED && value == i);
        csp_go(sink_one, &pair);
        while (!csp_try_send(pair.in, &(int){8})) /* until the receiver waits */
            csp_gosched();
        CHECK_EQ(get(pair.out), 8);
    }
}

struct filter {
    struct csp_chan *in, *out;
    int prime;
};

static void generate(void *argument)
{
    for (int i = 2;; i++)
        put(argument, i);
}

static void filter(void *argument)
{
    struct filter *filter = argument;
    for (;;) {
        int number = get(filter->in);
        if (number % filter->prime != 0)
            put(filter->out, number);
    }
}

void sieve1(void *argument)
{
    static const int primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};
    (void)argument;
    struct csp_chan *in = ints(0);
    csp_go(generate, in);
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
        struct filter *next = csp_alloc(sizeof *next);
        *next = (struct filter){in, ints(0), get(in)};
        CHECK_EQ(next->prime, primes[i]);
        csp_go(filter, next);
        in = next->out;
    }
}

/* --- chan_test.go -------------------------------------------------------------- */

static void triple(void *argument)
{
    struct pair *pair = argument;
    int value = 0;
    while (csp_recv(pair->in, &value)) {
        if (value % 7 == 0)
            csp_gosched();
        put(pair->out, value);
    }
    put(pair->out, -1);
}

static void feed(void *argument)
{
    struct pair *pair = argument;
    for (int i = 0; i < pair->count; i++)
        put(pair->in, 2 + i % 59);
    csp_close(pair->in);
}

void multi_consumer(void *argument)
{
    enum { CONSUMERS = 23 };
    (void)argument;
    struct pair pair = {ints(CONSUMERS * 3), ints(CONSUMERS * 3), ROUNDS * 5};
    long expected = 0, sum = 0;
    for (int i = 0; i < CONSUMERS; i++)
        csp_go(triple, &pair);
    csp_go(feed, &pair);
    for (int i = 0; i < pair.count; i++)
        expected += 2 + i % 59;
    for (int ended = 0; ended < CONSUMERS;) {
        int value = get(pair.out);
        ended += value == -1;
        sum += value == -1 ? 0 : value;
    }
    CHECK_EQ(sum, expected);
}

static void close_it(void *argument)
{
    csp_close(argument);
}

/* A value was sent before the close: a try may say "not ready" never. */
void nonblock_recv_race(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct csp_chan *chan = ints(1);
        int value = 0;
        put(chan, 1);
        csp_go(close_it, chan);
        CHECK_EQ(csp_try_recv(chan, &value), CSP_RECEIVED);
        while (csp_try_recv(chan, &value) != CSP_CLOSED)
            csp_gosched();
        csp_chan_free(chan);
    }
}

struct turn {
    struct csp_chan *chan;
    int value;
};

static void send_turn(void *argument)
{
    struct turn *turn = argument;
    put(turn->chan, turn->value);
}

/* Blocked senders are served in the order of their coming. One worker. */
void blocked_in_order(void *argument)
{
    (void)argument;
    struct turn turns[5];
    struct csp_chan *chan = ints(0);
    for (int i = 0; i < 5; i++) {
        turns[i] = (struct turn){chan, i};
        csp_go(send_turn, &turns[i]);
        csp_gosched();
    }
    for (int i = 0; i < 5; i++)
        CHECK_EQ(get(chan), i);
}

void free_and_reuse(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct csp_chan *chan = ints(i % 3);
        struct pair pair = {chan, NULL, 5};
        csp_go(count_up, &pair);
        for (int n = 0; n < 5; n++)
            CHECK_EQ(get(chan), n);
        csp_chan_free(chan);
        char *large = csp_alloc(20000);
        memset(large, i, 20000);
        csp_free(large);
    }
    csp_chan_free(NULL);
    csp_free(NULL);
    CHECK(csp_alloc(10000) != NULL); /* left to the end of the run */
}
