/* Each case says in words what came; the words are Erlang's. */
#include "tcp_oracle.h"

/* --- somebody else asks -------------------------------------------------------------- */

enum question { ACCEPTS, RECEIVES, TAKES, GIVES_BACK };

struct asker {
    actor_pid parent;
    actor_tcp socket;
    enum question question;
};

static void ask(void *argument)
{
    struct asker *self = argument;
    actor_tcp made;
    char got[8];
    int64_t rc = 0;
    switch (self->question) {
    case ACCEPTS:
        rc = actor_tcp_accept(self->socket, SOON, &made);
        break;
    case RECEIVES:
        rc = actor_tcp_recv(self->socket, got, sizeof got, 0, SOON);
        break;
    case TAKES:
        rc = actor_tcp_controlling_process(self->socket, actor_self());
        break;
    case GIVES_BACK:
        rc = actor_tcp_controlling_process(self->socket, self->parent);
        break;
    }
    send_word(self->parent, (uint64_t)rc);
}

static void spawn_asker(actor_tcp socket, enum question question)
{
    struct asker asker = {actor_self(), socket, question};
    spawn(ask, &asker, sizeof asker);
    CHECK(actor_receive_match(of_socket, &socket, 30 * MS) == NULL);
}

/* --- the cases ------------------------------------------------------------------------- */

static void refused(struct answers *out)
{
    actor_tcp listening = listen_here(passive()), socket;
    uint16_t port = (uint16_t)actor_tcp_port(listening);
    actor_tcp_close(listening);
    say_rc(out, actor_tcp_connect("127.0.0.1", port, passive(), SOON, &socket));
}

static void in_use(struct answers *out)
{
    actor_tcp listening = listen_here(passive()), socket;
    uint16_t port = (uint16_t)actor_tcp_port(listening);
    say_rc(out, actor_tcp_listen("127.0.0.1", port, passive(), &socket));
}

static void accept_timeout(struct answers *out)
{
    actor_tcp socket;
    say_rc(out, actor_tcp_accept(listen_here(passive()), 20 * MS, &socket));
}

static void accept_of_closed(struct answers *out)
{
    actor_tcp listening = listen_here(passive()), socket;
    actor_tcp_close(listening);
    say_rc(out, actor_tcp_accept(listening, 20 * MS, &socket));
}

static void accept_closed_meanwhile(struct answers *out)
{
    actor_tcp listening = listen_here(passive());
    spawn_asker(listening, ACCEPTS);
    actor_tcp_close(listening);
    say_rc(out, told());
}

static void accept_of_connection(struct answers *out)
{
    actor_tcp socket;
    say_rc(out, actor_tcp_accept(pair_of(passive(), passive()).client, 20 * MS, &socket));
}

static void recv_of_listening(struct answers *out)
{
    say_recv(out, listen_here(passive()), 0, 20 * MS);
}

static void send_of_listening(struct answers *out)
{
    say_rc(out, actor_tcp_send(listen_here(passive()), "x", 1));
}

static void peer_of_listening(struct answers *out)
{
    struct actor_tcp_address address;
    say_rc(out, actor_tcp_peername(listen_here(passive()), &address));
}

static void recv_timeout(struct answers *out)
{
    say_recv(out, pair_of(passive(), passive()).client, 0, 20 * MS);
}

static void recv_exact_keeps(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    send_text(pair.server, "abcd");
    say_recv(out, pair.client, 8, 30 * MS);
    say_recv(out, pair.client, 4, SOON);
}

static void recv_split(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    send_text(pair.server, "ab");
    send_text(pair.server, "cd");
    send_text(pair.server, "ef");
    say_recv(out, pair.client, 5, SOON);
    say_recv(out, pair.client, 1, SOON);
}

static void recv_of_ended(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    actor_tcp_close(pair.server);
    say_recv(out, pair.client, 0, SOON);
    say_recv(out, pair.client, 0, SOON);
    say_rc(out, actor_tcp_send(pair.client, "x", 1));
}

static void recv_too_little(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    send_text(pair.server, "abc");
    actor_tcp_close(pair.server);
    say_recv(out, pair.client, 4, SOON);
}

static void recv_closed_meanwhile(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    spawn_asker(pair.client, RECEIVES);
    actor_tcp_close(pair.client);
    say_rc(out, told());
}

static void recv_by_two(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    spawn_asker(pair.client, RECEIVES);
    say_recv(out, pair.client, 0, 20 * MS);
}

static void recv_of_closed(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    actor_tcp_close(pair.client);
    say_recv(out, pair.client, 0, 20 * MS);
}

static void close_twice(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    say_rc(out, actor_tcp_close(pair.client));
    say_rc(out, actor_tcp_close(pair.client));
}

static void send_of_closed(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    actor_tcp_close(pair.client);
    say_rc(out, actor_tcp_send(pair.client, "x", 1));
}

static void send_timeout(struct answers *out)
{
    enum { MEBIBYTE = 1 << 20 };
    static const struct actor_tcp_options limited = {.active = ACTOR_TCP_FALSE,
                                                     .send_timeout_ns = 50 * MS};
    struct pair pair = pair_of(&limited, passive());
    char *bytes = actor_alloc(MEBIBYTE);
    int rc;
    CHECK(bytes != NULL);
    memset(bytes, 'x', MEBIBYTE);
    do
        rc = actor_tcp_send(pair.client, bytes, MEBIBYTE);
    while (rc == 0);
    say_rc(out, rc);
}

static void half_closed(struct answers *out)
{
    static const struct actor_tcp_options stays = {.active = ACTOR_TCP_FALSE,
                                                   .stays_open = true};
    struct pair pair = pair_of(passive(), &stays);
    send_text(pair.client, "last");
    say_rc(out, actor_tcp_shutdown(pair.client, ACTOR_TCP_WRITE));
    say_recv(out, pair.server, 4, SOON);
    say_recv(out, pair.server, 0, SOON);
    say_rc(out, actor_tcp_send(pair.server, "answer", 6));
    say_recv(out, pair.client, 6, SOON);
    say_rc(out, actor_tcp_send(pair.client, "x", 1));
}

static void active_recv(struct answers *out)
{
    say_recv(out, pair_of(NULL, passive()).client, 0, 20 * MS);
}

static void active_true(struct answers *out)
{
    struct pair pair = pair_of(NULL, passive());
    send_text(pair.server, "abc");
    say_next(out, pair.client);
    actor_tcp_close(pair.server);
    say_next(out, pair.client);
    say_next(out, pair.client);
}

static void active_once(struct answers *out)
{
    static const struct actor_tcp_options once = {.active = ACTOR_TCP_ONCE};
    struct pair pair = pair_of(&once, passive());
    send_text(pair.server, "one");
    say_next(out, pair.client);
    send_text(pair.server, "two");
    say_next(out, pair.client);
    actor_tcp_set_active(pair.client, ACTOR_TCP_ONCE, 0);
    say_next(out, pair.client);
    actor_tcp_close(pair.server);
    say_next(out, pair.client);
    actor_tcp_set_active(pair.client, ACTOR_TCP_ONCE, 0);
    say_next(out, pair.client);
}

static void active_count(struct answers *out)
{
    static const struct actor_tcp_options two = {
        .active = ACTOR_TCP_COUNT, .active_count = 2, .packet = ACTOR_TCP_LINE};
    struct pair pair = pair_of(&two, passive());
    send_text(pair.server, "a.\nb.\nc.\n");
    for (int i = 0; i < 4; i++)
        say_next(out, pair.client);
    say_rc(out, actor_tcp_set_active(pair.client, ACTOR_TCP_COUNT, 1));
    say_next(out, pair.client);
    say_next(out, pair.client);
}

static void active_count_bounds(struct answers *out)
{
    static const struct actor_tcp_options two = {.active = ACTOR_TCP_COUNT,
                                                 .active_count = 2};
    struct pair pair = pair_of(&two, passive());
    say_rc(out, actor_tcp_set_active(pair.client, ACTOR_TCP_COUNT, 32767));
    actor_tcp_set_active(pair.client, ACTOR_TCP_COUNT, -5);
    say_next(out, pair.client);
}

static void made_active_late(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    send_text(pair.server, "abc");
    say_recv(out, pair.client, 5, 30 * MS);
    actor_tcp_set_active(pair.client, ACTOR_TCP_TRUE, 0);
    say_next(out, pair.client);
}

static void packets(struct answers *out, enum actor_tcp_packet packet, size_t header)
{
    const struct actor_tcp_options cut = {.active = ACTOR_TCP_FALSE, .packet = packet};
    struct pair pair = pair_of(&cut, &cut);
    char raw[16] = {0};
    send_text(pair.server, "one");
    send_text(pair.server, "two");
    say_recv(out, pair.client, 0, SOON);
    actor_tcp_set_active(pair.client, ACTOR_TCP_TRUE, 0);
    say_next(out, pair.client);
    actor_tcp_set_packet(pair.server, ACTOR_TCP_RAW);
    send_text(pair.client, "three");
    actor_tcp_recv(pair.server, raw, sizeof raw, header + 5, SOON);
    raw[header - 1] = (char)(raw[header - 1] + '0'); /* a length below 10 */
    say_data(out, raw + header - 1, 1);
}

static void packet_1(struct answers *out)
{
    packets(out, ACTOR_TCP_PACKET_1, 1);
}

static void packet_2(struct answers *out)
{
    packets(out, ACTOR_TCP_PACKET_2, 2);
}

static void packet_4(struct answers *out)
{
    packets(out, ACTOR_TCP_PACKET_4, 4);
}

static void packet_length(struct answers *out)
{
    static const struct actor_tcp_options cut = {.active = ACTOR_TCP_FALSE,
                                                 .packet = ACTOR_TCP_PACKET_2};
    say_recv(out, pair_of(&cut, passive()).client, 3, 20 * MS);
}

static void packet_too_large(struct answers *out)
{
    static const struct actor_tcp_options tight = {
        .active = ACTOR_TCP_FALSE, .packet = ACTOR_TCP_PACKET_4, .packet_bytes_max = 8};
    struct pair pair = pair_of(&tight, passive());
    CHECK_EQ(actor_tcp_send(pair.server, "\0\0\0\x09", 4), 0);
    say_recv(out, pair.client, 0, SOON);
}

static void lines(struct answers *out)
{
    static const struct actor_tcp_options cut = {.active = ACTOR_TCP_FALSE,
                                                 .packet = ACTOR_TCP_LINE};
    struct pair pair = pair_of(&cut, passive());
    send_text(pair.server, "one\ntw");
    say_recv(out, pair.client, 0, SOON);
    say_recv(out, pair.client, 0, 30 * MS);
    send_text(pair.server, "o\n");
    say_recv(out, pair.client, 0, SOON);
}

static void make_reset(struct pair pair)
{
    send_text(pair.client, "unread");
    pause_for(10 * MS);
    actor_tcp_close(pair.server);
    pause_for(10 * MS);
}

static void reset(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    make_reset(pair);
    say_recv(out, pair.client, 0, SOON);
}

static void reset_shown(struct answers *out)
{
    static const struct actor_tcp_options shows = {.active = ACTOR_TCP_FALSE,
                                                   .shows_reset = true};
    struct pair pair = pair_of(&shows, passive());
    make_reset(pair);
    say_recv(out, pair.client, 0, SOON);
}

static void reset_active(struct answers *out)
{
    static const struct actor_tcp_options shows = {.shows_reset = true};
    struct pair pair = pair_of(&shows, passive());
    make_reset(pair);
    say_next(out, pair.client);
    say_next(out, pair.client);
}

static void not_owner(struct answers *out)
{
    struct pair pair = pair_of(passive(), passive());
    spawn_asker(pair.client, TAKES);
    say_rc(out, told());
    spawn_asker(pair.client, GIVES_BACK);
    say_rc(out, told());
}

struct heir {
    actor_tcp socket;
    actor_pid parent;
    struct answers *out;
};

static void inherit(void *argument)
{
    struct heir *self = argument;
    for (int i = 0; i < 2; i++) {
        say_next(self->out, self->socket);
        send_word(self->parent, 0);
    }
}

static void new_owner(struct answers *out)
{
    struct pair pair = pair_of(NULL, passive());
    send_text(pair.server, "before");
    pause_for(30 * MS);
    struct answers heard = {.size = 0};
    struct heir heir = {pair.client, actor_self(), &heard};
    actor_pid pid = spawn(inherit, &heir, sizeof heir);
    say_rc(out, actor_tcp_controlling_process(pair.client, pid));
    told();
    send_text(pair.server, "after");
    told();
    say(out, heard.text + 1, heard.size - 1);
}

static void own_shortly(void *argument)
{
    connect_to(*(int *)argument, passive());
    pause_for(30 * MS);
}

static void owner_ends(struct answers *out)
{
    actor_tcp listening = listen_here(passive()), socket;
    int port = actor_tcp_port(listening);
    spawn(own_shortly, &port, sizeof port);
    CHECK_EQ(actor_tcp_accept(listening, SOON, &socket), 0);
    say_recv(out, socket, 0, SOON);
}

static void accept_and_tell(void *argument)
{
    struct asker *self = argument;
    actor_tcp socket;
    CHECK_EQ(actor_tcp_accept(self->socket, SOON, &socket), 0);
    send_word(self->parent, (uint64_t)self->question);
    actor_receive_within(2000 * MS);
}

static void accept_order(struct answers *out)
{
    actor_tcp listening = listen_here(passive());
    for (unsigned i = 0; i < 3; i++) {
        struct asker order = {actor_self(), listening, (enum question)i};
        spawn(accept_and_tell, &order, sizeof order);
        pause_for(20 * MS);
    }
    for (int i = 0; i < 3; i++) {
        connect_to(actor_tcp_port(listening), passive());
        char number = (char)('1' + told());
        say_data(out, &number, 1);
    }
}

/* --- all of them ----------------------------------------------------------------------- */

struct oracle_case {
    const char *name;
    void (*run)(struct answers *out);
};
#define CASE(function)        \
    {                         \
#function, (function) \
    }

static const struct oracle_case cases[] = {
    CASE(refused),
    CASE(in_use),
    CASE(accept_timeout),
    CASE(accept_of_closed),
    CASE(accept_closed_meanwhile),
    CASE(accept_of_connection),
    CASE(recv_of_listening),
    CASE(send_of_listening),
    CASE(peer_of_listening),
    CASE(recv_timeout),
    CASE(recv_exact_keeps),
    CASE(recv_split),
    CASE(recv_of_ended),
    CASE(recv_too_little),
    CASE(recv_closed_meanwhile),
    CASE(recv_by_two),
    CASE(recv_of_closed),
    CASE(close_twice),
    CASE(send_of_closed),
    CASE(send_timeout),
    CASE(half_closed),
    CASE(active_recv),
    CASE(active_true),
    CASE(active_once),
    CASE(active_count),
    CASE(active_count_bounds),
    CASE(made_active_late),
    CASE(packet_1),
    CASE(packet_2),
    CASE(packet_4),
    CASE(packet_length),
    CASE(packet_too_large),
    CASE(lines),
    CASE(reset),
    CASE(reset_shown),
    CASE(reset_active),
    CASE(not_owner),
    CASE(new_owner),
    CASE(owner_ends),
    CASE(accept_order),
};

struct turn {
    const struct oracle_case *which;
    struct answers *out;
};

static void run_case(void *argument)
{
    struct turn *turn = argument;
    turn->which->run(turn->out);
}

/* Each in a process of its own, so that its sockets close with it. */
void body_tcp_oracle(void *argument)
{
    struct answers *out = argument;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct turn turn = {&cases[i], out};
        actor_ref monitor;
        struct actor_options options = {.monitor = &monitor};
        size_t length = strlen(cases[i].name);
        CHECK(out->size + length + 2 < sizeof out->text);
        memcpy(out->text + out->size, cases[i].name, length);
        out->size += length;
        out->text[out->size++] = ':';
        CHECK_EQ(actor_spawn_with(&options, run_case, &turn, sizeof turn, NULL), 0);
        const struct actor_message *message = actor_receive_within(4 * SOON);
        CHECK(message != NULL);
        CHECK_EQ(message->kind, ACTOR_DOWN);
        out->text[out->size++] = '\n';
    }
}
