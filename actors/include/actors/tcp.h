/* actors/tcp.h - TCP sockets for processes, in the manner of Erlang's gen_tcp.
 *
 * A socket has an owner: the process that opened it, until actor_tcp_controlling_process
 * gives it to another. It closes with its owner. Any process that knows it may send,
 * receive and close. A call that cannot go on blocks the calling process only.
 *
 * A socket is passive (its data are asked for by actor_tcp_recv) or active (they come to
 * its owner's mailbox, as messages of kind ACTOR_TCP). An active one takes in whatever
 * comes, as fast as it comes; "once" and "count" are for owners who want to be asked.
 *
 * Semantics: gen_tcp(3) and inet(3). Timeouts are never early; ACTOR_FOREVER: none.
 * Thread: process, all. May: yield, all.
 *
 * Errors, as the text of Erlang's atoms in negative errnos: `closed` is -ESHUTDOWN,
 * `timeout` is -ETIMEDOUT, `not_owner` is -EPERM, `einval` is -EINVAL, and what the
 * system said is passed on: -ECONNREFUSED, -EADDRINUSE, -EMFILE …; -ENOMEM.
 */
#ifndef ACTORS_TCP_H
#define ACTORS_TCP_H

#include <actors.h>

/* Names a socket for ever, as a pid does a process; 0 names none. */
typedef uint64_t actor_tcp;

enum actor_tcp_active {
    ACTOR_TCP_TRUE,  /* {active, true} */
    ACTOR_TCP_FALSE, /* {active, false} */
    ACTOR_TCP_ONCE,  /* passive after one message */
    /* Passive after `count` messages, and then one of kind ACTOR_TCP_PASSIVE. Setting it
     * again adds to the count; not above 32,767, and at 0 or less it ends there. */
    ACTOR_TCP_COUNT,
};

/* How the stream is cut into packets: a length of 1, 2 or 4 bytes, most significant
 * first, stands before each; or each ends with '\n', which stays. */
enum actor_tcp_packet {
    ACTOR_TCP_RAW,
    ACTOR_TCP_PACKET_1,
    ACTOR_TCP_PACKET_2,
    ACTOR_TCP_PACKET_4,
    ACTOR_TCP_LINE,
};

/* Zero in a field means its default, which is gen_tcp's. Accepted sockets inherit those
 * of their listening socket. */
struct actor_tcp_options {
    enum actor_tcp_active active;
    int active_count; /* of ACTOR_TCP_COUNT */
    enum actor_tcp_packet packet;
    uint32_t packet_bytes_max; /* 64 MiB; longer packets are -EMSGSIZE, lines are cut */
    int backlog;               /* 5 */
    int send_buffer_bytes;     /* the system's */
    int receive_buffer_bytes;
    int64_t send_timeout_ns; /* none */
    bool reuse_address;
    bool no_delay;
    bool stays_open;  /* {exit_on_close, false}: may send when the peer has closed */
    bool shows_reset; /* {show_econnreset, true}: -ECONNRESET, else it is `closed` */
};

/* What is the data of the messages of a socket. */
struct actor_tcp_event {
    actor_tcp socket;
    const void *data; /* of ACTOR_TCP; aligned to 8 bytes */
    uint32_t size;
    int error; /* of ACTOR_TCP_ERROR: negative errno */
};

struct actor_tcp_address {
    char host[46]; /* numeric, IPv4 or IPv6 */
    uint16_t port;
};

/* Listens at a numeric address, or "localhost"; NULL: any of IPv4. Port 0: a free one.
 * Options may be NULL, here and below. Errors: -EINVAL (an address or option that is
 * none), -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EMFILE, -ENFILE; *socket is then 0. */
int actor_tcp_listen(const char *host, uint16_t port,
                     const struct actor_tcp_options *options, actor_tcp *socket);

/* Takes a connection; several processes may wait, and get theirs in the order in which
 * they asked. May: block. Errors: `closed`, `timeout`, -EINVAL (it does not listen),
 * -EMFILE and -ENFILE (the connection stays for a later call). */
int actor_tcp_accept(actor_tcp listening, int64_t timeout_ns, actor_tcp *socket);

/* May: block. Errors: `timeout`, -ECONNREFUSED and what else the system says; as
 * actor_tcp_listen. */
int actor_tcp_connect(const char *host, uint16_t port,
                      const struct actor_tcp_options *options, int64_t timeout_ns,
                      actor_tcp *socket);

/* Receives from a passive socket: length 0: what there is, at most `room` bytes; else
 * exactly `length` bytes, and what has come stays there when the time is up before. With
 * packets, the next one whole (length must be 0). Returns how many bytes. May: block.
 * Errors: `closed`, `timeout`, -EINVAL (active; length over room), -EALREADY (another
 * process receives), -ENOTCONN (also after `closed` was said), -EMSGSIZE (the packet is larger than `room`, and stays;
 * or than it may be). */
int64_t actor_tcp_recv(actor_tcp socket, void *into, size_t room, size_t length,
                       int64_t timeout_ns);

/* Sends all of it. While the peer does not read, the sender waits; others who send on
 * this socket wait for it. May: block. Errors: `closed`, `timeout` (send_timeout_ns: how
 * much was sent is not known, so close it), -ENOTCONN, -EMSGSIZE (the length does not fit
 * into the packet's header). */
int actor_tcp_send(actor_tcp socket, const void *data, size_t size);

/* Closes; whoever waits for the socket gets `closed`. Closing again does nothing. Errors:
 * -EINVAL (it was never a socket). */
int actor_tcp_close(actor_tcp socket);

enum actor_tcp_how { ACTOR_TCP_READ, ACTOR_TCP_WRITE, ACTOR_TCP_READ_WRITE };
/* Ends one direction, after sends that were under way. May: block. Errors: `closed`,
 * -ENOTCONN, -EINVAL. */
int actor_tcp_shutdown(actor_tcp socket, enum actor_tcp_how how);

/* Gives the caller's socket to another process, with the messages from it that are in the
 * caller's mailbox. Errors: `not_owner`, `closed`, -EINVAL (not a pid, or it has ended),
 * -EALREADY. */
int actor_tcp_controlling_process(actor_tcp socket, actor_pid to);

/* Errors: `closed`, -EINVAL (no mode, a count out of range, a socket that listens),
 * -EALREADY (a process receives). */
int actor_tcp_set_active(actor_tcp socket, enum actor_tcp_active active, int count);
int actor_tcp_set_packet(actor_tcp socket, enum actor_tcp_packet packet);
/* 0: none. */
actor_pid actor_tcp_owner(actor_tcp socket);

/* Errors: `closed`, -ENOTCONN. */
int actor_tcp_peername(actor_tcp socket, struct actor_tcp_address *address);
int actor_tcp_sockname(actor_tcp socket, struct actor_tcp_address *address);
/* The port of this end. Errors: `closed`. */
int actor_tcp_port(actor_tcp socket);

#endif
