#include "tcp_bodies.h"

/* --- echo ------------------------------------------------------------------------------ */

static void echo_all(void *argument)
{
    char bytes[512];
    actor_tcp socket, listening = *(actor_tcp *)argument;
    CHECK_EQ(actor_tcp_accept(listening, SOON, &socket), 0);
    for (;;) {
        int64_t got = actor_tcp_recv(socket, bytes, sizeof bytes, 0, SOON);
        if (got == -ESHUTDOWN)
            return;
        CHECK(got > 0);
        CHECK_EQ(actor_tcp_send(socket, bytes, (size_t)got), 0);
    }
}

struct echoes {
    actor_pid parent;
    int port, rounds;
};

static void ask_echoes(void *argument)
{
    struct echoes *echoes = argument;
    actor_tcp socket = connect_to(echoes->port, passive());
    uint64_t self = actor_self(), back;
    for (int i = 0; i < echoes->rounds; i++) {
        uint64_t sent = self + (uint64_t)i;
        CHECK_EQ(actor_tcp_send(socket, &sent, sizeof sent), 0);
        CHECK_EQ(actor_tcp_recv(socket, &back, sizeof back, sizeof back, SOON), 8);
        CHECK_EQ(back, sent);
    }
    CHECK_EQ(actor_tcp_close(socket), 0);
    send_word(echoes->parent, (uint64_t)echoes->rounds);
}

static uint64_t echo_with(int connections, int rounds)
{
    uint64_t done = 0;
    actor_tcp listening = listen_here(passive());
    struct echoes echoes = {actor_self(), actor_tcp_port(listening), rounds};
    for (int i = 0; i < connections; i++)
        spawn(echo_all, &listening, sizeof listening);
    for (int i = 0; i < connections; i++)
        spawn(ask_echoes, &echoes, sizeof echoes);
    for (int i = 0; i < connections; i++) {
        const struct actor_message *message = actor_receive_within(4 * SOON);
        CHECK(message != NULL);
        done += word(message);
    }
    CHECK_EQ(actor_tcp_close(listening), 0);
    return done;
}

void body_echo(void *argument)
{
    struct result *result = argument;
    result->value[0] = echo_with(1, 200) + echo_with(8, 50);
}

static void loop_for_ever(void *argument)
{
    (void)argument;
    for (volatile unsigned i = 0;; i = i + 1)
        ;
}

void body_echo_beside_a_loop(void *argument)
{
    struct result *result = argument;
    actor_pid hog = spawn(loop_for_ever, NULL, 0);
    result->value[0] = echo_with(64, 3);
    CHECK(actor_is_alive(hog));
    CHECK_EQ(actor_exit_signal(hog, "kill"), 0);
}

/* --- accepting --------------------------------------------------------------------------- */

struct acceptor {
    actor_pid parent;
    actor_tcp listening;
    uint64_t number;
};

static void accept_one(void *argument)
{
    struct acceptor *self = argument;
    actor_tcp socket;
    send_word(self->parent, self->number);
    CHECK_EQ(actor_tcp_accept(self->listening, SOON, &socket), 0);
    send_word(self->parent, self->number);
    actor_receive(); /* keeps the socket open */
}

/* Until it waits in accept: nothing else gives the turn away there. */
static actor_pid acceptor(actor_tcp listening, uint64_t number)
{
    struct acceptor order = {actor_self(), listening, number};
    struct actor_info info;
    actor_pid pid = spawn(accept_one, &order, sizeof order);
    CHECK_EQ(word(actor_receive()), number);
    for (int i = 0; i < 50; i++)
        CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    CHECK(actor_receive_within(20 * MS) == NULL);
    return pid;
}

void body_accept_in_order(void *argument)
{
    enum { COUNT = 4 };
    struct result *result = argument;
    actor_tcp listening = listen_here(passive());
    actor_pid pids[COUNT];
    for (uint64_t i = 0; i < COUNT; i++)
        pids[i] = acceptor(listening, i);
    for (uint64_t i = 0; i < COUNT; i++) {
        connect_to(actor_tcp_port(listening), passive());
        CHECK_EQ(word(actor_receive()), i);
        result->value[0]++;
    }
    for (int i = 0; i < COUNT; i++)
        send_word(pids[i], 0);
}

/* The turn of one that dies goes to the next. */
void body_acceptors_die(void *argument)
{
    struct result *result = argument;
    actor_tcp none, listening = listen_here(passive());
    actor_pid first = acceptor(listening, 1), second = acceptor(listening, 2);
    actor_pid third = acceptor(listening, 3);
    CHECK_EQ(actor_exit_signal(second, "kill"), 0);
    CHECK_EQ(actor_exit_signal(first, "kill"), 0);
    CHECK_EQ(actor_tcp_accept(listening, 20 * MS, &none), -ETIMEDOUT);
    connect_to(actor_tcp_port(listening), passive());
    result->value[0] = word(actor_receive());
    send_word(third, 0);
    CHECK_EQ(actor_tcp_accept(listening, 0, &none), -ETIMEDOUT);
}

/* --- receiving ----------------------------------------------------------------------------- */

static void send_in_parts(void *argument)
{
    struct pair *pair = argument;
    for (int i = 0; i < 10; i++) {
        send_text(pair->client, "0123");
        actor_receive_within(MS);
    }
}

void body_exact_lengths(void *argument)
{
    struct result *result = argument;
    struct pair pair = pair_of(passive(), passive());
    char got[64];
    spawn(send_in_parts, &pair, sizeof pair);
    recv_text(pair.server, "0123012301");
    recv_text(pair.server, "2301230123");
    recv_text(pair.server, "01230123");
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 13, 50 * MS), -ETIMEDOUT);
    recv_text(pair.server, "012301230123"); /* what had come stayed */
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, 0), -ETIMEDOUT);
    send_text(pair.client, "abc");
    CHECK_EQ(actor_tcp_recv(pair.server, got, 2, 0, SOON), 2);
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, SOON), 1);
    send_text(pair.client, "abc");
    CHECK_EQ(actor_tcp_close(pair.client), 0);
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 4, SOON), -ESHUTDOWN);
    CHECK_EQ(actor_tcp_send(pair.server, "x", 1), -ESHUTDOWN);
    result->value[0] = 1;
}

void body_half_close(void *argument)
{
    static const struct actor_tcp_options stays = {.active = ACTOR_TCP_FALSE,
                                                   .stays_open = true};
    struct result *result = argument;
    struct pair pair = pair_of(passive(), &stays);
    char got[8];
    send_text(pair.client, "last");
    CHECK_EQ(actor_tcp_shutdown(pair.client, ACTOR_TCP_WRITE), 0);
    CHECK_EQ(actor_tcp_send(pair.client, "x", 1), -ESHUTDOWN);
    recv_text(pair.server, "last");
    CHECK_EQ(actor_tcp_recv(pair.server, got, sizeof got, 0, SOON), -ESHUTDOWN);
    send_text(pair.server, "answer");
    recv_text(pair.client, "answer");
    CHECK_EQ(actor_tcp_shutdown(pair.server, ACTOR_TCP_READ_WRITE), 0);
    CHECK_EQ(actor_tcp_recv(pair.client, got, sizeof got, 0, SOON), -ESHUTDOWN);
    result->value[0] = 1;
}

/* --- sending --------------------------------------------------------------------------------- */

enum { MUCH = 1 << 23 };

struct load {
    actor_pid parent;
    actor_tcp socket;
    char letter;
};

static void send_much(void *argument)
{
    struct load *load = argument;
    char *bytes = actor_alloc(MUCH);
    CHECK(bytes != NULL);
    memset(bytes, load->letter, MUCH);
    int rc = actor_tcp_send(load->socket, bytes, MUCH);
    send_word(load->parent, (uint64_t)(uint32_t)-rc);
}

/* Takes bytes until there have been so many; each of them is `letter`. */
static void drain(actor_tcp socket, size_t bytes, char letter)
{
    static const size_t room = 65536;
    char *into = actor_alloc(room);
    while (bytes > 0) {
        size_t most = bytes < room ? bytes : room;
        int64_t got = actor_tcp_recv(socket, into, most, 0, SOON);
        CHECK(got > 0);
        CHECK(into[0] == letter && into[got - 1] == letter);
        bytes -= (size_t)got;
    }
    actor_free(into);
}

void body_slow_reader(void *argument)
{
    static const struct actor_tcp_options short_sends = {.active = ACTOR_TCP_FALSE,
                                                         .send_timeout_ns = 30 * MS};
    struct result *result = argument;
    struct pair pair = pair_of(passive(), passive());
    struct load load = {actor_self(), pair.client, 'a'};
    spawn(send_much, &load, sizeof load);
    CHECK(actor_receive_within(30 * MS) == NULL); /* it waits, we do not */
    struct pair other = pair_of(passive(), passive());
    send_text(other.client, "beside");
    recv_text(other.server, "beside");
    drain(pair.server, MUCH, 'a');
    CHECK_EQ(word(actor_receive()), 0);
    struct pair limited = pair_of(&short_sends, passive());
    load.socket = limited.client;
    spawn(send_much, &load, sizeof load);
    result->value[0] = word(actor_receive());
}

void body_senders_in_turn(void *argument)
{
    struct result *result = argument;
    struct pair pair = pair_of(passive(), passive());
    struct load load = {actor_self(), pair.client, 'a'};
    spawn(send_much, &load, sizeof load);
    CHECK(actor_receive_within(20 * MS) == NULL); /* it has the turn */
    load.letter = 'b';
    actor_pid dies = spawn(send_much, &load, sizeof load);
    CHECK(actor_receive_within(20 * MS) == NULL);
    load.letter = 'c';
    spawn(send_much, &load, sizeof load);
    CHECK(actor_receive_within(20 * MS) == NULL);
    CHECK_EQ(actor_exit_signal(dies, "kill"), 0);
    drain(pair.server, MUCH, 'a');
    drain(pair.server, MUCH, 'c');
    CHECK_EQ(word(actor_receive()), 0);
    CHECK_EQ(word(actor_receive()), 0);
    result->value[0] = 1;
}

/* --- ends ------------------------------------------------------------------------------------ */

static void connect_and_wait(void *argument)
{
    struct echoes *order = argument;
    actor_tcp socket = connect_to(order->port, passive());
    send_word(order->parent, socket);
    actor_receive();
}

void body_owner_dies(void *argument)
{
    struct result *result = argument;
    actor_tcp server, listening = listen_here(passive());
    struct echoes order = {actor_self(), actor_tcp_port(listening), 0};
    char got[4];
    for (int killed = 0; killed < 2; killed++) {
        actor_pid owner = spawn(connect_and_wait, &order, sizeof order);
        actor_tcp client = word(actor_receive());
        CHECK_EQ(actor_tcp_owner(client), owner);
        CHECK_EQ(actor_tcp_accept(listening, SOON, &server), 0);
        if (killed)
            CHECK_EQ(actor_exit_signal(owner, "kill"), 0);
        else
            send_word(owner, 0);
        CHECK_EQ(actor_tcp_recv(server, got, sizeof got, 0, SOON), -ESHUTDOWN);
        CHECK_EQ(actor_tcp_send(client, "x", 1), -ESHUTDOWN);
        CHECK_EQ(actor_tcp_owner(client), 0);
    }
    result->value[0] = 1;
}

struct waiter {
    actor_pid parent;
    actor_tcp socket;
    bool accepts;
};

static void wait_for_end(void *argument)
{
    struct waiter *self = argument;
    actor_tcp made;
    char got[4];
    int64_t rc = self->accepts ? actor_tcp_accept(self->socket, SOON, &made)
                               : actor_tcp_recv(self->socket, got, 4, 0, SOON);
    send_word(self->parent, (uint64_t)-rc);
}

void body_close_wakes(void *argument)
{
    struct result *result = argument;
    struct pair pair = pair_of(passive(), passive());
    actor_tcp listening = listen_here(passive());
    struct waiter receiver = {actor_self(), pair.server, false};
    struct waiter accepter = {actor_self(), listening, true};
    struct load load = {actor_self(), pair.server, 'a'};
    char got[4];
    spawn(wait_for_end, &receiver, sizeof receiver);
    spawn(send_much, &load, sizeof load);
    for (int i = 0; i < 3; i++)
        spawn(wait_for_end, &accepter, sizeof accepter);
    CHECK(actor_receive_within(30 * MS) == NULL);
    CHECK_EQ(actor_tcp_recv(pair.server, got, 4, 0, SOON), -EALREADY);
    CHECK_EQ(actor_tcp_set_active(pair.server, ACTOR_TCP_TRUE, 0), -EALREADY);
    CHECK_EQ(actor_tcp_close(pair.server), 0);
    CHECK_EQ(actor_tcp_close(listening), 0);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(word(actor_receive()), ESHUTDOWN);
    CHECK_EQ(actor_tcp_close(listening), 0); /* again */
    CHECK_EQ(actor_tcp_port(listening), -ESHUTDOWN);
    result->value[0] = 1;
}

/* --- errors ------------------------------------------------------------------------------------ */

static void bad_options(void)
{
    static const struct actor_tcp_options bad[] = {
        {.active = (enum actor_tcp_active)4},
        {.packet = (enum actor_tcp_packet)5},
        {.backlog = -1},
        {.send_timeout_ns = -1},
        {.active = ACTOR_TCP_COUNT, .active_count = 0},
        {.active = ACTOR_TCP_COUNT, .active_count = 32768},
        {.send_buffer_bytes = -1},
        {.receive_buffer_bytes = -1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        actor_tcp socket = 1;
        CHECK_EQ(actor_tcp_listen("127.0.0.1", 0, &bad[i], &socket), -EINVAL);
        CHECK_EQ(socket, 0);
        CHECK_EQ(actor_tcp_connect("127.0.0.1", 1, &bad[i], SOON, &socket), -EINVAL);
    }
}

static void bad_names(actor_tcp name, int error)
{
    char got[4];
    actor_tcp none;
    struct actor_tcp_address address;
    CHECK_EQ(actor_tcp_accept(name, 0, &none), error);
    CHECK_EQ(actor_tcp_recv(name, got, 4, 0, 0), error);
    CHECK_EQ(actor_tcp_send(name, got, 4), error);
    CHECK_EQ(actor_tcp_shutdown(name, ACTOR_TCP_READ), error);
    CHECK_EQ(actor_tcp_set_active(name, ACTOR_TCP_TRUE, 0), error);
    CHECK_EQ(actor_tcp_set_packet(name, ACTOR_TCP_RAW), error);
    CHECK_EQ(actor_tcp_controlling_process(name, actor_self()), error);
    CHECK_EQ(actor_tcp_peername(name, &address), error);
    CHECK_EQ(actor_tcp_sockname(name, &address), error);
    CHECK_EQ(actor_tcp_owner(name), 0);
}

static void bad_calls(actor_tcp listening, struct pair pair)
{
    char got[4];
    actor_tcp none;
    CHECK_EQ(actor_tcp_accept(pair.client, 0, &none), -EINVAL);
    CHECK_EQ(actor_tcp_accept(listening, -1, &none), -EINVAL);
    CHECK_EQ(actor_tcp_recv(listening, got, 4, 0, 0), -ENOTCONN);
    CHECK_EQ(actor_tcp_recv(pair.client, got, 4, 5, 0), -EINVAL);
    CHECK_EQ(actor_tcp_recv(pair.client, got, 0, 0, 0), -EINVAL);
    CHECK_EQ(actor_tcp_recv(pair.client, got, 4, 0, -1), -EINVAL);
    CHECK_EQ(actor_tcp_send(listening, got, 4), -ENOTCONN);
    CHECK_EQ(actor_tcp_send(pair.client, NULL, 4), -EINVAL);
    CHECK_EQ(actor_tcp_send(pair.client, NULL, 0), 0);
    CHECK_EQ(actor_tcp_shutdown(pair.client, (enum actor_tcp_how)3), -EINVAL);
    CHECK_EQ(actor_tcp_set_active(listening, ACTOR_TCP_TRUE, 0), -EINVAL);
    CHECK_EQ(actor_tcp_set_active(pair.client, (enum actor_tcp_active)4, 0), -EINVAL);
    CHECK_EQ(actor_tcp_set_active(pair.client, ACTOR_TCP_COUNT, 40000), -EINVAL);
    CHECK_EQ(actor_tcp_set_packet(pair.client, (enum actor_tcp_packet)5), -EINVAL);
    CHECK_EQ(actor_tcp_controlling_process(pair.client, ~UINT64_C(0)), -EINVAL);
}

static void addresses(actor_tcp listening, struct pair pair)
{
    struct actor_tcp_address address;
    actor_tcp v6;
    CHECK_EQ(actor_tcp_peername(listening, &address), -ENOTCONN);
    CHECK_EQ(actor_tcp_sockname(listening, &address), 0);
    CHECK_STR(address.host, "127.0.0.1");
    CHECK_EQ(address.port, actor_tcp_port(listening));
    CHECK_EQ(actor_tcp_peername(pair.client, &address), 0);
    CHECK_EQ(address.port, actor_tcp_port(pair.server));
    if (actor_tcp_listen("::1", 0, NULL, &v6) != 0)
        return; /* no IPv6 here */
    CHECK_EQ(actor_tcp_sockname(v6, &address), 0);
    CHECK_STR(address.host, "::1");
}

void body_errors(void *argument)
{
    struct result *result = argument;
    actor_tcp socket, listening = listen_here(passive());
    int port = actor_tcp_port(listening);
    struct pair pair = pair_of(passive(), passive());
    CHECK_EQ(actor_tcp_listen("127.0.0.1", (uint16_t)port, NULL, &socket), -EADDRINUSE);
    CHECK_EQ(actor_tcp_listen("no address", 0, NULL, &socket), -EINVAL);
    CHECK_EQ(actor_tcp_listen("192.0.2.1", 0, NULL, &socket), -EADDRNOTAVAIL);
    CHECK_EQ(actor_tcp_connect("", 1, NULL, SOON, &socket), -EINVAL);
    CHECK_EQ(actor_tcp_connect(NULL, 1, NULL, SOON, &socket), -EINVAL);
    CHECK_EQ(actor_tcp_connect("127.0.0.1", 1, NULL, -1, &socket), -EINVAL);
    bad_options();
    bad_names(0, -EINVAL);
    bad_names(77, -EINVAL);
    bad_names(~UINT64_C(0), -EINVAL);
    CHECK_EQ(actor_tcp_close(77), -EINVAL);
    bad_calls(listening, pair);
    addresses(listening, pair);
    CHECK_EQ(actor_tcp_connect("localhost", (uint16_t)port, NULL, SOON, &socket), 0);
    CHECK_EQ(actor_tcp_recv(socket, &port, sizeof port, 0, 0), -EINVAL); /* active */
    CHECK_EQ(actor_tcp_close(listening), 0);
    bad_names(listening, -ESHUTDOWN);
    CHECK_EQ(actor_tcp_connect("127.0.0.1", (uint16_t)port, NULL, SOON, &socket),
             -ECONNREFUSED);
    CHECK_EQ(socket, 0);
    result->value[0] = 1;
}

/* value[1]: how many descriptors may be open from here on; set by shared[0] of the test's
 * own thread, which answers in shared[1]. */
static void ask_for_descriptors(struct result *result, uint64_t left)
{
    core_store_release(&result->shared[0], left + 1);  /* pairs with the test's loop */
    while (core_load_acquire(&result->shared[0]) != 0) /* pairs with its answer */
        actor_yield();
}

void body_no_descriptors(void *argument)
{
    struct result *result = argument;
    actor_tcp listening = listen_here(passive()), socket, accepted;
    uint16_t port = (uint16_t)actor_tcp_port(listening);
    struct pair warm = pair_of(passive(), passive()); /* the poller is open now */
    CHECK_EQ(actor_tcp_recv(warm.client, &socket, 8, 0, MS), -ETIMEDOUT);
    ask_for_descriptors(result, 0);
    CHECK_EQ(actor_tcp_connect("127.0.0.1", port, passive(), SOON, &socket), -EMFILE);
    CHECK_EQ(actor_tcp_listen("127.0.0.1", 0, passive(), &socket), -EMFILE);
    ask_for_descriptors(result, 1);
    CHECK_EQ(actor_tcp_connect("127.0.0.1", port, passive(), SOON, &socket), 0);
    CHECK_EQ(actor_tcp_accept(listening, SOON, &accepted), -EMFILE);
    CHECK_EQ(accepted, 0);
    ask_for_descriptors(result, 1000);
    CHECK_EQ(actor_tcp_accept(listening, SOON, &accepted), 0); /* it waited */
    send_text(accepted, "here");
    recv_text(socket, "here");
    result->value[0] = 1;
}

/* --- many -------------------------------------------------------------------------------------- */

static void connect_once(void *argument)
{
    struct echoes *order = argument;
    actor_tcp socket = connect_to(order->port, passive());
    recv_text(socket, "hello");
    send_word(order->parent, 1);
}

void body_burst(void *argument)
{
    enum { COUNT = 1000, ACCEPTED_AT_ONCE = 100 };
    struct result *result = argument;
    actor_tcp listening = listen_here(passive());
    struct echoes order = {actor_self(), actor_tcp_port(listening), 0};
    for (int i = 0; i < COUNT; i++)
        spawn(connect_once, &order, sizeof order);
    for (int i = 0; i < COUNT; i++) {
        actor_tcp socket;
        CHECK_EQ(actor_tcp_accept(listening, SOON, &socket), 0);
        send_text(socket, "hello");
        CHECK_EQ(actor_tcp_close(socket), 0);
    }
    for (int i = 0; i < COUNT; i++)
        result->value[0] += word(actor_receive());
}

/* Tells the test's thread by shared[0] that all stand and wait, and ends when told. */
void body_idle_connections(void *argument)
{
    struct result *result = argument;
    uint64_t count = result->value[1];
    actor_tcp listening = listen_here(passive()), server;
    struct waiter waiter = {actor_self(), 0, false};
    for (uint64_t i = 0; i < count; i++) {
        connect_to(actor_tcp_port(listening), NULL); /* active, and ours */
        CHECK_EQ(actor_tcp_accept(listening, SOON, &server), 0);
        waiter.socket = server;
        spawn(wait_for_end, &waiter, sizeof waiter);
    }
    CHECK(actor_receive_within(20 * MS) == NULL);
    core_store_release(&result->shared[0], 1); /* pairs with the test's loop */
    CHECK(actor_receive_within(300 * MS) == NULL);
    result->value[0] = count;
}
