/* net.h - sockets as csp sees them: names, turns, waits.
 *
 * 1. A socket is found by its name: the number of its place and the place's generation.
 *    Places are never given back before csp_stop, so a stale name finds a place, and sees
 *    that it is another's. What the poller hands out is such a name.
 * 2. Reads take turns among each other, and so do writes (Go's fdMutex). Who has a turn
 *    uses the socket: its descriptor stays open until the last user ends its turn. The
 *    one who closes waits for that.
 * 3. Who has the turn clears `ready`, tries, and waits if there is nothing to do. The
 *    edge of the poller sets `ready`, so one that comes between the try and the wait is
 *    seen. A socket is registered when it waits for the first time, and then for good.
 * 4. Who waits is in `blocked`. It is woken by who takes its `fired` flag: an edge, a
 *    close and a new deadline under the socket's lock, its alarm under that of a heap. It
 *    takes the socket's lock before it goes on, so nobody claims it later for this wait.
 *    It finds out by itself what has happened.
 */
#ifndef CSP_SRC_NET_H
#define CSP_SRC_NET_H

#include <core/lock.h>
#include <core/seat.h>
#include <stdbool.h>
#include <stdint.h>

struct csp;
struct csp_goroutine;
struct csp_waiter;
struct csp_worker;

enum { NET_READ, NET_WRITE };
enum {
    NET_CHUNKS = 26,
    NET_FIRST_CHUNK = 64
}; /* each twice as large as the one before */

struct csp_turn {
    bool held;
    bool ready;
    uint64_t deadline_ns;
    struct csp_goroutine *blocked;
    struct csp_waiter *first, *last; /* who wait for the turn */
};

struct csp_socket {
    /* all below is written under it */
    struct core_lock lock;
    uint32_t index;
    uint32_t generation;
    int fd; /* -1: a free place */
    unsigned users;
    bool closing;
    bool watched;
    struct csp_waiter *closer;
    struct csp_turn turns[2];
    struct csp_socket *next_free; /* under the table's lock */
};

struct csp_net {
    struct core_seat seat;
    /* Written by who starts and ends waiting for an edge. */
    alignas(CORE_CACHE_LINE) _Atomic uint32_t waiting;
    /* Written under `lock`. */
    alignas(CORE_CACHE_LINE) struct core_lock lock;
    uint32_t count; /* of places */
    struct csp_socket *free;
    struct csp_socket *_Atomic chunks[NET_CHUNKS];
};

/* --- net_table.c --------------------------------------------------------------- */

void csp_net_init(struct csp *csp);
/* All workers at rest: closes what a run left open. */
void csp_net_discard(struct csp *csp);
void csp_net_shut(struct csp *csp);

/* Gives a descriptor a name; without memory (-ENOMEM) closes it. */
int csp_net_new(struct csp *csp, int fd, uint64_t *id);
/* The socket, locked; NULL: it is closed, or being closed. */
struct csp_socket *csp_net_lock(struct csp *csp, uint64_t id);
uint64_t csp_net_id(const struct csp_socket *socket);
/* Closes the descriptor and frees the place; called with the lock held, which it gives
 * back. */
void csp_net_free(struct csp_worker *worker, struct csp_socket *socket);

/* --- net_wait.c ---------------------------------------------------------------- */

/* Takes the turn for reading or writing. May: block. Errors: CSP_NET_CLOSED; 0: it is
 * ours. */
int csp_net_begin(struct csp_worker *worker, uint64_t id, unsigned direction,
                  struct csp_socket **into);
/* Whether the turn's deadline allows to try. Errors: CSP_NET_CLOSED, CSP_NET_TIMEOUT. */
int csp_net_prepare(struct csp_socket *socket, unsigned direction);
/* Waits until another try is worth it. May: block. Errors: CSP_NET_CLOSED,
 * CSP_NET_TIMEOUT, and as core_seat_watch. */
int csp_net_wait(struct csp_socket *socket, unsigned direction);
void csp_net_end(struct csp_socket *socket, unsigned direction);

/* For who waits in the chosen turns (bits 1 << NET_...), too. */
int csp_net_deadline(struct csp_worker *worker, uint64_t id, unsigned directions,
                     uint64_t deadline_ns);
int csp_net_close(struct csp_worker *worker, uint64_t id);

/* Wakes those that the poller's results are about. Outside of goroutines. */
void csp_net_deliver(struct csp_worker *worker, const struct core_poll_result *results,
                     int count);
/* Asks the poller without waiting; true: somebody was woken. Outside of goroutines. */
bool csp_net_look(struct csp_worker *worker);

/* Whether a goroutine waits for an edge. */
static inline bool csp_net_waited(const struct csp_net *net)
{
    /* relaxed: a hint while workers run; exact once all are idle (idle.c) */
    return core_load_relaxed(&net->waiting) > 0;
}

/* Whether nobody would notice one. Signal handlers too. */
static inline bool csp_net_forgotten(const struct csp_net *net)
{
    return csp_net_waited(net) && !core_seat_taken(&net->seat);
}

#endif
