/* tcp_bodies.h - the processes of test_tcp.c; they are task code. */
#ifndef ACTORS_TESTS_TCP_BODIES_H
#define ACTORS_TESTS_TCP_BODIES_H

#include "bodies.h"

#include <actors/tcp.h>
#include <errno.h>
#include <string.h>

/* Far beyond what a loaded machine needs: who waits so long has been forgotten. */
#define SOON (30 * 1000 * MS)

/* tcp_bodies.c; each takes a struct result *. */
void body_echo(void *result);
void body_echo_beside_a_loop(void *result);
void body_accept_in_order(void *result);
void body_acceptors_die(void *result);
void body_exact_lengths(void *result);
void body_half_close(void *result);
void body_slow_reader(void *result);
void body_senders_in_turn(void *result);
void body_owner_dies(void *result);
void body_close_wakes(void *result);
void body_errors(void *result);
void body_no_descriptors(void *result);
void body_burst(void *result);
void body_idle_connections(void *result);
/* tcp_bodies_active.c */
void body_active(void *result);
void body_active_once(void *result);
void body_active_count(void *result);
void body_resets(void *result);
void body_packets(void *result);
void body_flood(void *result);
void body_new_owner(void *result);
void body_new_owner_is_gone(void *result);
void body_without(void *result);

/* Two ends of a connection, both the caller's. */
struct pair {
    actor_tcp client, server;
};

static inline const struct actor_tcp_options *passive(void)
{
    static const struct actor_tcp_options options = {.active = ACTOR_TCP_FALSE,
                                                     .backlog = 1024};
    return &options;
}

static inline actor_tcp listen_here(const struct actor_tcp_options *options)
{
    actor_tcp listening;
    CHECK_EQ(actor_tcp_listen("127.0.0.1", 0, options, &listening), 0);
    CHECK(actor_tcp_port(listening) > 0);
    return listening;
}

static inline actor_tcp connect_to(int port, const struct actor_tcp_options *options)
{
    actor_tcp socket;
    CHECK_EQ(actor_tcp_connect("127.0.0.1", (uint16_t)port, options, SOON, &socket), 0);
    return socket;
}

static inline struct pair pair_of(const struct actor_tcp_options *client,
                                  const struct actor_tcp_options *server)
{
    struct pair pair;
    actor_tcp listening = listen_here(server);
    pair.client = connect_to(actor_tcp_port(listening), client);
    CHECK_EQ(actor_tcp_accept(listening, SOON, &pair.server), 0);
    CHECK_EQ(actor_tcp_close(listening), 0);
    return pair;
}

static inline void send_text(actor_tcp socket, const char *text)
{
    CHECK_EQ(actor_tcp_send(socket, text, strlen(text)), 0);
}

/* What is received next is this text, whole. */
static inline void recv_text(actor_tcp socket, const char *text)
{
    char got[256];
    size_t length = strlen(text);
    CHECK_EQ(actor_tcp_recv(socket, got, sizeof got, length, SOON), (int64_t)length);
    CHECK_EQ(memcmp(got, text, length), 0);
}

static inline const struct actor_tcp_event *event(enum actor_kind kind, actor_tcp socket)
{
    const struct actor_message *message = actor_receive_within(SOON);
    CHECK(message != NULL);
    CHECK_EQ(message->kind, kind);
    const struct actor_tcp_event *told = message->data;
    CHECK_EQ(told->socket, socket);
    return told;
}

#endif
