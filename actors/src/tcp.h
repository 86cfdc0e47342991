/* tcp.h - sockets as their files see each other.
 *
 *  1. A socket is a slot in a table that is never unmapped, with a lock for its fields; a
 *     name that is not the slot's present one is stale. The poller is given the name.
 *  2. Its descriptor is used without the lock, by who is counted in `users`; it is closed
 *     by the last of them once the socket is closing, so that no number is reused under
 *     anybody.
 *  3. Each direction is one turn: `holder` has it, who asks meanwhile waits in order. A
 *     turn is handed over, not let go, so nobody overtakes. Who ends while he has it, or
 *     is being handed it, hands it on (tcp_forsake).
 *  4. The descriptor is watched by edges, once. A holder clears `ready` before it tries;
 *     an edge sets it. So a try that found nothing, with `ready` clear, is of after the
 *     last edge, and the next one will wake who is `blocked`.
 *  5. What wakes a waiter is a signal with the number of its wait, taken from the socket
 *     under the lock: by an edge, by a close, by who hands the turn on, or by the waiter
 *     whose time is up. A signal of a wait that is over is dropped by the process. Nothing
 *     of a wait lies on the stack.
 *  6. `mode`, `count`, `packet`, `ended` and `input` belong to who has the turn of input; an active
 *     socket is read by the pump (tcp_active.c), which takes that turn like a process.
 *  7. Signals are pushed without the lock.
 */
#ifndef ACTORS_TCP_INTERNAL_H
#define ACTORS_TCP_INTERNAL_H

#include "internal.h"

#include <actors/tcp.h>

#define TCP_CLOSED (-ESHUTDOWN)
#define TCP_PUMP ((actor_pid)-1) /* holds a turn, and is no process */
#define TCP_FOREVER UINT64_MAX

enum { TCP_INPUT, TCP_OUTPUT };
enum { TCP_SCRATCH_BYTES = 8192 };

struct tcp_turn {
    actor_pid holder; /* 0: nobody */
    bool ready;
    struct signal *blocked;      /* the holder's, which waits for an edge */
    struct signal *first, *last; /* of who waits for the turn */
};

struct tcp_buffer {
    char *data;
    size_t start, end, room;
};

struct tcp_socket {
    struct core_lock lock;
    uint32_t slot;
    uint32_t generation;
    uint32_t users;
    actor_tcp id; /* 0: free */
    int fd;
    bool closing;
    bool watched;
    bool listens;
    bool connected;
    bool ended; /* a receive has said so; of who has the turn of input */
    actor_pid owner;
    struct tcp_turn turns[2];
    struct actor_tcp_options options;
    enum actor_tcp_active mode;
    int count;
    enum actor_tcp_packet packet;
    struct tcp_buffer input; /* has been read and belongs to nobody yet */
    struct tcp_socket *next; /* in the free list */
};

/* --- tcp_table.c */
/* A new socket of the caller's, with this descriptor, which is its own from now on, also
 * on failure. Errors: -ENOMEM, -EMFILE (the table is full). */
int tcp_new(struct scheduler *scheduler, int fd, const struct actor_tcp_options *options,
            actor_tcp *id);
/* The slot of a name, locked, if it is its present name and not closing; or NULL. */
struct tcp_socket *tcp_lock(struct scheduler *scheduler, actor_tcp id);
/* Whether it was ever a name. */
bool tcp_was(const struct scheduler *scheduler, actor_tcp id);
/* Counts the caller among the users; NULL: it is closed. */
struct tcp_socket *tcp_use(struct scheduler *scheduler, actor_tcp id);
void tcp_unuse(struct scheduler *scheduler, struct tcp_socket *socket);
/* With the lock, which it gives back: one user less, and the end of it if it was the last
 * of a closing socket. */
void tcp_unuse_locked(struct scheduler *scheduler, struct tcp_socket *socket);
/* Makes it closing and wakes all who wait. False: it was. */
bool tcp_shut(struct scheduler *scheduler, actor_tcp id, actor_pid only_of);
/* Makes its owner forget a socket. */
void tcp_detach(struct scheduler *scheduler, actor_tcp id, actor_pid owner);

/* --- tcp_wait.c: a turn is of a socket in use. */
/* Takes a turn of an open socket for the running process, waiting for it; *socket is in
 * use then. May: yield, block. Errors: closed, timeout, -EALREADY (`alone`, and another
 * process has it), -ENOMEM. */
int tcp_begin(actor_tcp id, unsigned direction, bool alone, uint64_t deadline_ns,
              struct tcp_socket **socket);
/* After a try that found nothing: waits for readiness. 0: try again. Otherwise the turn
 * and the use are over. */
int tcp_block(struct tcp_socket **socket, unsigned direction, uint64_t deadline_ns);
/* Hands the turn on; the socket is not in use any more. If it is active, what came during
 * a turn of input is read. */
void tcp_end(struct scheduler *scheduler, struct tcp_socket *socket, unsigned direction);
/* The same with the lock, which it gives back, and without reading. */
void tcp_end_locked(struct scheduler *scheduler, struct tcp_socket *socket,
                    unsigned direction);
/* Within a turn: takes in all messages that have come. Errors: closed; the turn and the
 * use are over then. May: yield, end the process. */
int tcp_collect(struct tcp_socket **socket, unsigned direction);
/* Under the lock: takes the signal of the next in line, who has the turn then. */
struct signal *tcp_hand_on(struct tcp_turn *turn);
void tcp_push(struct scheduler *scheduler, struct signal *signal);
/* Has the descriptor watched; anew: so that what is ready now is reported again. */
int tcp_watch(struct scheduler *scheduler, struct tcp_socket *socket);
int tcp_watch_anew(struct scheduler *scheduler, struct tcp_socket *socket);
uint64_t tcp_deadline(struct scheduler *scheduler, int64_t timeout_ns);

/* --- tcp_active.c */
/* Reads for an active socket until nothing is left or it is passive. */
void tcp_pump(struct scheduler *scheduler, actor_tcp id);
/* Whether the pump reads now. */
bool tcp_pumps(struct scheduler *scheduler, actor_tcp id);

/* --- tcp_packet.c */
bool tcp_options_are_valid(const struct actor_tcp_options *options);
/* Room for `bytes` more at the end. */
bool tcp_buffer_room(struct scheduler *scheduler, struct tcp_buffer *buffer,
                     size_t bytes);
void tcp_buffer_free(struct scheduler *scheduler, struct tcp_buffer *buffer);
static inline size_t tcp_buffered(const struct tcp_buffer *buffer)
{
    return buffer->end - buffer->start;
}
/* Bytes that stand before a packet's own. */
unsigned tcp_header_bytes(enum actor_tcp_packet packet);
/* The size of the first packet in the buffer, its header included, or how many bytes it
 * must have before more is known; *whole says which. Errors: -EMSGSIZE. */
int64_t tcp_packet_bytes(const struct tcp_socket *socket, bool *whole);
/* Reads what is there behind what is buffered, at least `want` bytes if they are there.
 * Returns how many, 0 at the end of the stream, negative errno. */
int64_t tcp_fill(struct scheduler *scheduler, struct tcp_socket *socket, size_t want);
/* recv(2), which is not interrupted. */
int64_t tcp_read(int fd, void *into, size_t room);
/* What the user is told of an error of the system. */
int tcp_error(const struct tcp_socket *socket, int error);

#endif
