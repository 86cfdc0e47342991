#include "tcp_bodies.h"

static void nothing_comes(void)
{
    CHECK(actor_receive_within(20 * MS) == NULL);
}

/* What comes next are messages of these bytes, in whatever pieces. */
static void texts(actor_tcp socket, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        const struct actor_tcp_event *told = event(ACTOR_TCP, socket);
        CHECK(told->size > 0 && told->size <= length);
        CHECK_EQ(memcmp(told->data, text, told->size), 0);
        text += told->size;
        length -= told->size;
    }
}

void body_active(void *argument)
{
    struct result *result = argument;
    struct pair pair = pair_of(passive(), NULL);
    char got[4];
    send_text(pair.client, "one");
    texts(pair.server, "one");
    send_text(pair.client, "two");
    texts(pair.server, "two");
    CHECK_EQ(actor_tcp_recv(pair.server, got, 4, 0, 0), -EINVAL);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_FALSE, 0), 0);
    send_text(pair.client, "three");
    nothing_comes();
    recv_text(pair.server, "th");
    CHECK_EQ(actor_tcp_recv(pair.server, got, 4, 4, 20 * MS), -ETIMEDOUT);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_TRUE, 0), 0);
    texts(pair.server, "ree"); /* what was gathered, too */
    send_text(pair.client, "end");
    CHECK_EQ(actor_tcp_close(pair.client), 0);
    texts(pair.server, "end");
    event(ACTOR_TCP_CLOSED, pair.server);
    CHECK_EQ(actor_tcp_send(pair.server, "x", 1), -ESHUTDOWN);
    nothing_comes();
    result->value[0] = 1;
}

void body_active_once(void *argument)
{
    static const struct actor_tcp_options once = {.active = ACTOR_TCP_ONCE};
    struct result *result = argument;
    struct pair pair = pair_of(passive(), &once);
    send_text(pair.client, "one");
    texts(pair.server, "one");
    send_text(pair.client, "two");
    nothing_comes();
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_ONCE, 0), 0);
    texts(pair.server, "two");
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_ONCE, 0), 0);
    nothing_comes();
    send_text(pair.client, "three"); /* the edge comes after it was set */
    texts(pair.server, "three");
    CHECK_EQ(actor_tcp_close(pair.client), 0);
    nothing_comes();
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_ONCE, 0), 0);
    event(ACTOR_TCP_CLOSED, pair.server);
    result->value[0] = 1;
}

void body_active_count(void *argument)
{
    static const struct actor_tcp_options two = {
        .active = ACTOR_TCP_COUNT, .active_count = 2, .packet = ACTOR_TCP_LINE};
    struct result *result = argument;
    struct pair pair = pair_of(passive(), &two);
    send_text(pair.client, "a\nb\nc\nd\n");
    texts(pair.server, "a\n");
    texts(pair.server, "b\n");
    event(ACTOR_TCP_PASSIVE, pair.server);
    nothing_comes();
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_COUNT, 1), 0);
    texts(pair.server, "c\n");
    event(ACTOR_TCP_PASSIVE, pair.server);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_COUNT, 3), 0);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_COUNT, 32767), -EINVAL);
    texts(pair.server, "d\n");
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_COUNT, -2), 0);
    event(ACTOR_TCP_PASSIVE, pair.server);
    send_text(pair.client, "e\n");
    nothing_comes();
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_COUNT, 0), 0);
    event(ACTOR_TCP_PASSIVE, pair.server);
    result->value[0] = 1;
}

/* A close with bytes unread is a reset for the peer. */
static void reset(struct pair pair)
{
    send_text(pair.client, "unread");
    actor_receive_within(5 * MS);
    CHECK_EQ(actor_tcp_close(pair.server), 0);
}

void body_resets(void *argument)
{
    static const struct actor_tcp_options shows = {.active = ACTOR_TCP_FALSE,
                                                   .shows_reset = true};
    static const struct actor_tcp_options shows_active = {.shows_reset = true};
    struct result *result = argument;
    char got[4];
    struct pair pair = pair_of(passive(), passive());
    reset(pair);
    CHECK_EQ(actor_tcp_recv(pair.client, got, 4, 0, SOON), -ESHUTDOWN);
    pair = pair_of(&shows, passive());
    reset(pair);
    CHECK_EQ(actor_tcp_recv(pair.client, got, 4, 0, SOON), -ECONNRESET);
    pair = pair_of(&shows_active, passive());
    reset(pair);
    CHECK_EQ(event(ACTOR_TCP_ERROR, pair.client)->error, -ECONNRESET);
    event(ACTOR_TCP_CLOSED, pair.client);
    pair = pair_of(NULL, passive());
    reset(pair);
    event(ACTOR_TCP_CLOSED, pair.client);
    nothing_comes();
    result->value[0] = 1;
}

/* --- packets ----------------------------------------------------------------------------- */

static void packet_to_and_fro(enum actor_tcp_packet packet, const char *raw)
{
    const struct actor_tcp_options cut = {.active = ACTOR_TCP_FALSE, .packet = packet};
    struct pair pair = pair_of(&cut, &cut), plain = pair_of(&cut, passive());
    char got[512], large[300] = {'x'};
    send_text(pair.client, "hello");
    CHECK_EQ(actor_tcp_send(pair.client, NULL, 0), 0);
    CHECK_EQ(actor_tcp_recv(pair.server, got, 4, 0, SOON), -EMSGSIZE); /* and stays */
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 2, 0), -EINVAL);
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, SOON), 5);
    CHECK_EQ(memcmp(got, "hello", 5), 0);
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, SOON), 0);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_TRUE, 0), 0);
    send_text(pair.client, "active");
    const struct actor_tcp_event *told = event(ACTOR_TCP, pair.server);
    CHECK(told->size == 6 && memcmp(told->data, "active", 6) == 0);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_FALSE, 0), 0);
    int fits = packet == ACTOR_TCP_PACKET_1 ? -EMSGSIZE : 0;
    CHECK_EQ(actor_tcp_send(pair.client, large, sizeof large), fits);
    send_text(plain.client, "abc");
    size_t header = (size_t)(strchr(raw, 'a') - raw);
    CHECK_EQ(actor_tcp_recv(plain.server, got, sizeof got, header + 3, SOON),
             (int64_t)header + 3);
    for (size_t i = 0; i < header; i++)
        CHECK_EQ(got[i], raw[i] - '0');
    CHECK_EQ(memcmp(got + header, "abc", 3), 0);
}

static void too_large_packets(void)
{
    static const struct actor_tcp_options tight = {
        .active = ACTOR_TCP_FALSE, .packet = ACTOR_TCP_PACKET_4, .packet_bytes_max = 8};
    struct pair pair = pair_of(passive(), &tight);
    char got[16];
    CHECK_EQ(actor_tcp_send(pair.client, "\0\0\0\x09", 4), 0);
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, SOON), -EMSGSIZE);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_TRUE, 0), 0);
    CHECK_EQ(event(ACTOR_TCP_ERROR, pair.server)->error, -EMSGSIZE);
    event(ACTOR_TCP_CLOSED, pair.server);
}

static void lines(void)
{
    static const struct actor_tcp_options cut = {
        .active = ACTOR_TCP_FALSE, .packet = ACTOR_TCP_LINE, .packet_bytes_max = 6};
    struct pair pair = pair_of(passive(), &cut);
    static const char *const expected[] = {"one\n", "\n", "four-t", "een\n", "rest\n"};
    char got[64];
    send_text(pair.client, "one\n\nfour-teen\nre");
    for (int i = 0; i < 5; i++) {
        if (i == 4) {
            CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, 20 * MS),
                     -ETIMEDOUT);
            send_text(pair.client, "st\n");
        }
        size_t length = strlen(expected[i]);
        CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, SOON), (int64_t)length);
        CHECK_EQ(memcmp(got, expected[i], length), 0);
    }
}

void body_packets(void *argument)
{
    struct result *result = argument;
    packet_to_and_fro(ACTOR_TCP_PACKET_1, "3abc");
    packet_to_and_fro(ACTOR_TCP_PACKET_2, "03abc");
    packet_to_and_fro(ACTOR_TCP_PACKET_4, "0003abc");
    too_large_packets();
    lines();
    result->value[0] = 1;
}

/* --- much, and to somebody else --------------------------------------------------------------- */

enum { FLOOD = 1 << 22 };

struct flow {
    actor_tcp socket;
    uint64_t bytes;
};

static void pour(void *argument)
{
    struct flow *flow = argument;
    enum { PART = 60000 };
    char *part = actor_alloc(PART);
    uint64_t at = 0;
    while (at < flow->bytes) {
        size_t size = flow->bytes - at < PART ? (size_t)(flow->bytes - at) : PART;
        for (size_t i = 0; i < size; i++)
            part[i] = (char)((at + i) * 7);
        CHECK_EQ(actor_tcp_send(flow->socket, part, size), 0);
        at += size;
    }
    actor_receive(); /* keeps the socket */
}

/* Every byte once and in order, while the mode changes under the stream. */
void body_flood(void *argument)
{
    struct result *result = argument;
    struct pair pair = pair_of(passive(), NULL);
    struct flow flow = {pair.client, FLOOD};
    actor_pid source = spawn(pour, &flow, sizeof flow);
    uint64_t at = 0, messages = 0;
    while (at < FLOOD) {
        const struct actor_tcp_event *told = event(ACTOR_TCP, pair.server);
        const char *bytes = told->data;
        for (uint32_t i = 0; i < told->size; i++)
            CHECK_EQ(bytes[i], (char)((at + i) * 7));
        at += told->size;
        if (++messages % 16 != 0)
            continue;
        CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_FALSE, 0), 0);
        CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_TRUE, 0), 0);
    }
    CHECK_EQ(at, FLOOD);
    CHECK_EQ(actor_exit_signal(source, "kill"), 0);
    result->value[0] = 1;
}

static void take_over(void *argument)
{
    actor_pid parent = *(actor_pid *)argument;
    actor_tcp socket = word(actor_receive());
    texts(socket, "beforeafter");
    CHECK_EQ(actor_tcp_owner(socket), actor_self());
    send_word(parent, socket);
    event(ACTOR_TCP_CLOSED, socket);
    send_word(parent, 2);
}

/* One message is in the mailbox when the socket is given away, another comes after. */
void body_new_owner(void *argument)
{
    struct result *result = argument;
    struct pair pair = pair_of(passive(), NULL), other = pair_of(passive(), NULL);
    actor_pid self = actor_self(), heir = spawn(take_over, &self, sizeof self);
    send_text(pair.client, "before");
    send_text(other.client, "stays");
    while (actor_mailbox_length() < 2)
        actor_yield();
    send_word(heir, pair.server);
    CHECK_EQ(actor_tcp_controlling_process(pair.server, heir), 0);
    CHECK_EQ(actor_tcp_controlling_process(pair.server, self), -EPERM);
    CHECK_EQ(actor_tcp_controlling_process(pair.server, heir), 0); /* it has it */
    texts(other.server, "stays");
    send_text(pair.client, "after");
    CHECK_EQ(word(actor_receive()), pair.server);
    CHECK_EQ(actor_tcp_close(pair.client), 0);
    result->value[0] = word(actor_receive());
}

static void end_at_once(void *argument)
{
    (void)argument;
}

void body_new_owner_is_gone(void *argument)
{
    struct result *result = argument;
    char got[4];
    for (int i = 0; i < 200; i++) {
        struct pair pair = pair_of(passive(), passive());
        actor_pid heir = spawn(end_at_once, NULL, 0);
        int rc = actor_tcp_controlling_process(pair.server, heir);
        CHECK(rc == 0 || rc == -EINVAL);
        if (rc == 0) /* it closed with its new owner, whenever that died */
            CHECK_EQ(actor_tcp_recv(pair.client, got, 4, 0, SOON), -ESHUTDOWN);
        CHECK_EQ(actor_tcp_close(pair.client), 0);
        CHECK_EQ(actor_tcp_close(pair.server), 0);
    }
    result->value[0] = 1;
}

/* --- without memory, or without a poller ------------------------------------------------------ */

/* Done, or an answer that says what is missing. */
static bool done(int64_t rc)
{
    CHECK(rc >= 0 || rc == -ENOMEM || rc == -EMFILE || rc == -ESHUTDOWN);
    return rc >= 0;
}

/* As much as works; whatever failed has left nothing behind, which the test looks at. */
void body_without(void *argument)
{
    struct result *result = argument;
    struct pair pair;
    actor_tcp listening;
    char got[16];
    if (!done(actor_tcp_listen("127.0.0.1", 0, passive(), &listening)))
        return;
    int port = actor_tcp_port(listening);
    if (!done(actor_tcp_connect("127.0.0.1", (uint16_t)port, NULL, SOON, &pair.client)) ||
        !done(actor_tcp_accept(listening, SOON, &pair.server)))
        return;
    int64_t rc = actor_tcp_recv(pair.server, got, sizeof got, 8, MS);
    CHECK(rc == -ETIMEDOUT || !done(rc));
    if (!done(actor_tcp_send(pair.server, "12345678", 8)) ||
        !done(actor_tcp_set_active(pair.client, ACTOR_TCP_FALSE, 0)) ||
        !done(actor_tcp_set_active(pair.client, ACTOR_TCP_TRUE, 0)) ||
        !done(actor_tcp_controlling_process(pair.client, actor_self())) ||
        !done(actor_tcp_send(pair.client, "12345678", 8)) ||
        !done(actor_tcp_recv(pair.server, got, sizeof got, 8, SOON)))
        return;
    CHECK_EQ(memcmp(got, "12345678", 8), 0);
    result->value[0]++;
}
