/* Channels and select: more of Go's test/chan, test/ken and runtime/chan_test.go. */
#include "tasks_language.h"

#include "check.h"
#include "said.h"
#include <core/sanitize.h>
#include <csp.h>
#include <string.h>

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

static struct csp_case sending(struct csp_chan *chan, int *value)
{
    return (struct csp_case){CSP_SEND, chan, value, false};
}

static struct csp_case receiving(struct csp_chan *chan, int *value)
{
    return (struct csp_case){CSP_RECV, chan, value, false};
}

/* --- test/chan/select.go: the operands of all cases are evaluated, each time ---- */

struct values {
    int counter, shift;
};

static int next_value(struct values *values)
{
    values->counter++;
    return 1 << values->shift;
}

static int send_both(struct values *values, struct csp_chan *a, struct csp_chan *b)
{
    for (int sent = 0;; sent++, values->shift++) {
        int for_a = next_value(values), for_b = next_value(values);
        struct csp_case cases[] = {sending(a, &for_a), sending(b, &for_b)};
        switch (csp_select_default(cases, 2)) {
        case 0:
            a = NULL;
            break;
        case 1:
            b = NULL;
            break;
        default:
            return sent;
        }
    }
}

void language_select(void *said)
{
    struct csp_chan *a = ints(1), *b = ints(1);
    struct values values = {0, 0};
    int both = send_both(&values, a, b);
    int bits = get(a) | get(b);
    int one = send_both(&values, a, NULL);
    say(said, "sent %d bits %d sent %d evaluated %d", both, bits, one, values.counter);
}

/* --- test/chan/select2.go: selects that wait leave no memory behind ------------- */

struct busy {
    struct csp_chan *in, *idle;
    int count;
};

static void select_receives(void *argument)
{
    struct busy *busy = argument;
    for (int i = 0; i < busy->count; i++) {
        int value = 0;
        struct csp_case cases[] = {receiving(busy->in, &value),
                                   receiving(busy->idle, &value),
                                   receiving(busy->idle, &value)};
        CHECK_EQ(csp_select(cases, 3), 0);
    }
    put(busy->idle, 1);
}

static void select_sends(struct csp_chan *chan, struct csp_chan *idle, int count)
{
    struct busy busy = {chan, ints(1), count};
    csp_go(select_receives, &busy);
    for (int i = 0; i < count; i++) {
        struct csp_case cases[] = {sending(chan, &i), sending(idle, &i),
                                   sending(idle, &i)};
        CHECK_EQ(csp_select(cases, 3), 0);
    }
    get(busy.idle);
    csp_chan_free(busy.idle);
}

void language_select2(void *said)
{
    enum { MANY = CORE_SANITIZED ? 5000 : 100000 };
    struct csp_chan *chan = ints(0), *idle = ints(0);
    select_sends(chan, idle, 1000);
    size_t before = language_memory();
    select_sends(chan, idle, MANY);
    size_t after = language_memory();
    say(said, "leaks %d", after > before + (size_t)110 * 1024);
}

/* --- test/chan/select4.go: only what happens is written ------------------------- */

void language_select4(void *said)
{
    struct csp_chan *full = ints(1), *empty = ints(0);
    int value = 0, other = -7;
    put(full, 42);
    struct csp_case cases[] = {receiving(empty, &other), receiving(full, &value)};
    int chosen = csp_select(cases, 2);
    say(said, "chosen %d value %d other %d", chosen, value, other);
}

/* --- test/chan/select7.go: what is received by a select may be dropped ---------- */

static void recv1(void *chan)
{
    csp_recv(chan, NULL);
}

static void recv2(void *chan)
{
    struct csp_case one = receiving(chan, NULL);
    csp_select(&one, 1);
}

static void recv3(void *chan)
{
    struct csp_case two[] = {receiving(chan, NULL), receiving(ints(0), NULL)};
    csp_select(two, 2);
}

static void send1(struct csp_chan *chan)
{
    put(chan, 1);
}

static void send2(struct csp_chan *chan)
{
    int value = 1;
    struct csp_case one = sending(chan, &value);
    csp_select(&one, 1);
}

static void send3(struct csp_chan *chan)
{
    int value = 1;
    struct csp_case two[] = {sending(chan, &value), sending(ints(0), &value)};
    csp_select(two, 2);
}

void language_select7(void *said)
{
    void (*const receivers[])(void *) = {recv1, recv2, recv3};
    void (*const senders[])(struct csp_chan *) = {send1, send2, send3};
    int passed = 0;
    for (int s = 0; s < 3; s++)
        for (int r = 0; r < 3; r++, passed++) {
            struct csp_chan *chan = ints(0);
            csp_go(receivers[r], chan);
            csp_gosched();
            senders[s](chan);
        }
    say(said, "passed %d", passed);
}

/* --- test/chan/sieve2.go: primes by merged streams of multiples ----------------- */

enum { PRIMES = 25, STREAMS = 200 };

static void send_odds(void *chan)
{
    for (int odd = 3;; odd += 2)
        put(chan, odd);
}

struct stream {
    struct csp_chan *chan;
    int prime, head;
};

static void send_multiples(void *argument)
{
    struct stream *stream = argument;
    for (int multiple = stream->prime * stream->prime;; multiple += 2 * stream->prime)
        put(stream->chan, multiple);
}

struct sieve {
    struct csp_chan *primes, *composites, *out;
};

static struct stream *open_stream(int prime)
{
    struct stream *stream = csp_alloc(sizeof *stream);
    *stream = (struct stream){ints(2), prime, 0};
    csp_go(send_multiples, stream);
    stream->head = get(stream->chan);
    return stream;
}

/* Sends the multiples of all primes seen, each number once, in order. A stream is opened
 * no later than its first number, the square of its prime, is due. */
static void merge(void *argument)
{
    struct sieve *sieve = argument;
    struct stream *streams[STREAMS] = {open_stream(get(sieve->primes))};
    struct stream *coming = open_stream(get(sieve->primes));
    for (int count = 1;;) {
        int least = coming->head;
        for (int i = 0; i < count; i++)
            least = streams[i]->head < least ? streams[i]->head : least;
        put(sieve->composites, least);
        for (int i = 0; i < count; i++)
            if (streams[i]->head == least)
                streams[i]->head = get(streams[i]->chan);
        if (coming->head == least) {
            CHECK(count < STREAMS);
            coming->head = get(coming->chan);
            streams[count++] = coming;
            coming = open_stream(get(sieve->primes));
        }
    }
}

static void sift(void *argument)
{
    struct sieve *sieve = argument;
    struct csp_chan *candidates = ints(50);
    csp_go(send_odds, candidates);
    int candidate = get(candidates);
    put(sieve->out, 2);
    put(sieve->primes, candidate); /* the merge needs two to begin with */
    put(sieve->primes, 5);
    for (;;) {
        int composite = get(sieve->composites);
        for (; candidate < composite; candidate = get(candidates)) {
            if (candidate > 5)
                put(sieve->primes, candidate);
            put(sieve->out, candidate);
        }
        candidate = get(candidates);
    }
}

void language_sieve2(void *said)
{
    struct sieve *sieve = csp_alloc(sizeof *sieve);
    *sieve = (struct sieve){ints(100), ints(50), ints(10)};
    csp_go(merge, sieve);
    csp_go(sift, sieve);
    for (int i = 0; i < PRIMES; i++)
        say(said, "%d ", get(sieve->out));
}

/* --- test/ken/chan.go: all ways to send against all ways to receive ------------- */

enum { LANES = 3, EACH = 50 };

struct lanes {
    struct csp_chan *chans[LANES], *done;
    bool selects;
};

struct lane {
    struct lanes *lanes;
    int number;
};

static int value_of(int lane, int turn)
{
    return 1000 * lane + turn;
}

static void end_lane(struct lanes *lanes)
{
    put(lanes->done, 1);
}

static void send_lane(void *argument)
{
    struct lane *lane = argument;
    for (int i = 0; i < EACH; i++)
        put(lane->lanes->chans[lane->number], value_of(lane->number, i));
    end_lane(lane->lanes);
}

static void receive_lane(void *argument)
{
    struct lane *lane = argument;
    for (int i = 0; i < EACH; i++)
        CHECK_EQ(get(lane->lanes->chans[lane->number]), value_of(lane->number, i));
    end_lane(lane->lanes);
}

/* One select for all lanes, in both directions. */
static void select_lanes(struct lanes *lanes, bool send)
{
    int next[LANES] = {0}, values[LANES];
    struct csp_case cases[LANES];
    for (int l = 0; l < LANES; l++)
        cases[l] = (struct csp_case){send ? CSP_SEND : CSP_RECV, lanes->chans[l],
                                     &values[l], false};
    for (int i = 0; i < LANES * EACH; i++) {
        for (int l = 0; l < LANES && send; l++)
            values[l] = value_of(l, next[l]);
        int l = csp_select(cases, LANES);
        CHECK_EQ(values[l], value_of(l, next[l]));
        if (++next[l] == EACH)
            cases[l].chan = NULL;
    }
    for (int l = 0; l < LANES; l++)
        end_lane(lanes);
}

static void send_lanes(void *argument)
{
    select_lanes(argument, true);
}

static void receive_lanes(void *argument)
{
    select_lanes(argument, false);
}

static void try_lanes(int capacity, bool select_send, bool select_receive)
{
    struct lanes lanes = {.done = ints(2 * LANES)};
    struct lane all[LANES];
    for (int l = 0; l < LANES; l++) {
        all[l] = (struct lane){&lanes, l};
        lanes.chans[l] = ints(capacity);
    }
    for (int l = 0; l < LANES; l++) {
        if (!select_send)
            csp_go(send_lane, &all[l]);
        if (!select_receive)
            csp_go(receive_lane, &all[l]);
    }
    if (select_send)
        csp_go(send_lanes, &lanes);
    if (select_receive)
        csp_go(receive_lanes, &lanes);
    for (int l = 0; l < 2 * LANES; l++)
        get(lanes.done);
}

void language_ken_chan(void *said)
{
    int passed = 0;
    for (int capacity = 0; capacity <= 10; capacity += 5)
        for (int way = 0; way < 4; way++, passed++)
            try_lanes(capacity, way & 1, way & 2);
    say(said, "passed %d", passed);
}

/* --- test/ken/chan1.go: each value arrives once, whoever sends and receives ------ */

enum { VALUES = 1000, SENDERS = 2, RECEIVERS = 10 };

struct once {
    struct csp_chan *chan;
    struct csp_waitgroup senders, receivers;
    struct csp_mutex mutex;
    int next, seen[VALUES];
};

static void send_some(void *argument)
{
    struct once *once = argument;
    for (;;) {
        csp_mutex_lock(&once->mutex);
        int value = once->next++;
        csp_mutex_unlock(&once->mutex);
        if (value >= VALUES)
            break;
        put(once->chan, value);
    }
    csp_waitgroup_done(&once->senders);
}

static void receive_some(void *argument)
{
    struct once *once = argument;
    int value = 0;
    while (csp_recv(once->chan, &value)) {
        csp_mutex_lock(&once->mutex);
        once->seen[value]++;
        csp_mutex_unlock(&once->mutex);
    }
    csp_waitgroup_done(&once->receivers);
}

void language_ken_chan1(void *said)
{
    struct once once = {.chan = ints(0)};
    int exactly_once = 0;
    csp_waitgroup_add(&once.senders, SENDERS);
    csp_waitgroup_add(&once.receivers, RECEIVERS);
    for (int i = 0; i < RECEIVERS; i++)
        csp_go(receive_some, &once);
    for (int i = 0; i < SENDERS; i++)
        csp_go(send_some, &once);
    csp_waitgroup_wait(&once.senders);
    csp_close(once.chan);
    csp_waitgroup_wait(&once.receivers);
    for (int i = 0; i < VALUES; i++)
        exactly_once += once.seen[i] == 1;
    say(said, "once %d", exactly_once);
}

/* --- test/fixedbugs/issue21576.go: a deadlock beside a goroutine that waits too -- */

static void send_one(void *chan)
{
    put(chan, 1);
}

void language_issue21576(void *said)
{
    struct csp_mutex mutex = {0};
    (void)said;
    csp_go(send_one, NULL);
    csp_sleep(1000000);
    csp_mutex_lock(&mutex);
    csp_mutex_lock(&mutex);
}

/* --- runtime/chan_test.go: TestChanSendInterface --------------------------------- */

struct any {
    const char *type;
    const void *value;
};

void language_send_interface(void *said)
{
    static const int thing = 7;
    struct any small = {"mt", &thing}, large = {"mtt", said}, got = {NULL, NULL};
    struct csp_chan *chan = csp_chan_make(sizeof(struct any), 1);
    struct csp_case one = {CSP_SEND, chan, &small, false};
    struct csp_case two[] = {one, {CSP_SEND, chan, &large, false}};
    csp_send(chan, &small);
    int first = csp_select_default(&one, 1), second = csp_select_default(two, 2);
    CHECK(csp_recv(chan, &got) && got.value == &thing && got.type == small.type);
    say(said, "default %d %d then %d", first == CSP_NO_CASE, second == CSP_NO_CASE,
        csp_select_default(two, 2) != CSP_NO_CASE);
}

/* --- runtime/chanbarrier_test.go -------------------------------------------------- */

struct response {
    char text[40];
};

struct request {
    struct csp_chan *answers; /* of struct response * */
    bool selects;
    int number;
};

static void respond(void *argument)
{
    const struct request *request = argument;
    struct response *response = csp_alloc(sizeof *response);
    memset(response, 'a' + request->number % 26, sizeof *response);
    if (!request->selects) {
        csp_send(request->answers, (const void *)&response);
        return;
    }
    struct csp_case one = {CSP_SEND, request->answers, (void *)&response, false};
    csp_select(&one, 1);
}

struct barrier {
    struct csp_waitgroup group;
    bool selects;
};

static void request_many(void *argument)
{
    enum { INNER = CORE_SANITIZED ? 20 : 200 };
    struct barrier *barrier = argument;
    for (int i = 0; i < INNER; i++) {
        struct response *response = NULL;
        struct request request = {csp_chan_make(sizeof response, 1), barrier->selects, i};
        csp_go(respond, &request);
        CHECK(csp_recv(request.answers, (void *)&response));
        for (size_t at = 0; at < sizeof response->text; at++)
            CHECK_EQ(response->text[at], 'a' + i % 26);
        csp_free(response);
        csp_chan_free(request.answers);
    }
    csp_waitgroup_done(&barrier->group);
}

static void send_barrier(void *said, bool selects)
{
    enum { OUTER = 100 };
    struct barrier barrier = {.selects = selects};
    csp_waitgroup_add(&barrier.group, OUTER);
    for (int i = 0; i < OUTER; i++)
        csp_go(request_many, &barrier);
    csp_waitgroup_wait(&barrier.group);
    say(said, "all %d", OUTER);
}

void language_send_barrier(void *said)
{
    send_barrier(said, false);
}

void language_send_select_barrier(void *said)
{
    send_barrier(said, true);
}
