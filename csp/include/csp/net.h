/* net.h - Go's package net for TCP, and calls of native functions that block.
 *
 * A goroutine that waits for a socket blocks only itself. Listeners and connections are
 * names: they may be copied and used by several goroutines at once, reads among reads and
 * writes among writes one after the other, in the order in which they came. A name whose
 * connection was closed stays a name: each use of it returns CSP_NET_CLOSED.
 *
 * Unlike the rest of csp these functions return errors, as Go's do: 0 or a count, or a
 * negative errno, whose text in Go's words csp_net_text tells. Sockets that a run leaves
 * open are closed when it ends.
 *
 * Addresses are as in Go: "127.0.0.1:80", "[::1]:80", "localhost:80" (127.0.0.1 here),
 * ":80" (to listen: on every address; to dial: this machine), port 0: one that is free.
 * Names are not looked up.
 *
 * Deadlines are times of csp_now_ns; one that is over makes reads (writes) fail with
 * CSP_NET_TIMEOUT, also those that wait already, until another is set. Source: Go 1.19's
 * packages net and internal/poll. Under a seeded schedule the network is the real one:
 * what it does is not drawn, and deadlines pass as soon as nothing else can go on.
 */
#ifndef CSP_NET_H
#define CSP_NET_H

#include <csp.h>
#include <errno.h>

/* Both are zero before they are made. The fields are the runtime's. */
struct csp_listener {
    uint64_t id;
};
struct csp_conn {
    uint64_t id;
};

#define CSP_NET_CLOSED (-EBADF)  /* net.ErrClosed */
#define CSP_NET_TIMEOUT (-ETIME) /* os.ErrDeadlineExceeded; a dial's too */
#define CSP_NET_NO_HOST (-ENOENT)

#define CSP_NO_DEADLINE UINT64_C(0)
#define CSP_ADDRESS_BYTES 64 /* room for the longest */

/* The text that Go has for an error, e.g. "connection refused"; for 0, "EOF". Thread:
 * any. */
const char *csp_net_text(int64_t error);

/* --- Listening ----------------------------------------------------------------- */

/* Errors: -EINVAL (no address), CSP_NET_NO_HOST, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES,
 * -EMFILE, -ENFILE, -ENOMEM. Owns: the run, or who calls csp_listener_close. */
int csp_listen(const char *address, struct csp_listener *listener);

/* Waits for the next connection. May: block. Errors: CSP_NET_CLOSED, CSP_NET_TIMEOUT,
 * -EMFILE, -ENFILE, -ENOMEM: what waits to be accepted goes on waiting. */
int csp_listener_accept(struct csp_listener listener, struct csp_conn *conn);

/* Returns when nobody uses it any more; all who wait there get CSP_NET_CLOSED. May:
 * block. Errors: CSP_NET_CLOSED. */
int csp_listener_close(struct csp_listener listener);
int csp_listener_set_deadline(struct csp_listener listener, uint64_t deadline_ns);
/* Errors: CSP_NET_CLOSED. */
int csp_listener_address(struct csp_listener listener, char into[CSP_ADDRESS_BYTES]);

/* --- Connections --------------------------------------------------------------- */

/* Connects; with a timeout (0: none, below: it is over), gives up after it. The
 * connection sends at once (TCP_NODELAY) and keeps itself alive each 15 s, as Go's. May:
 * block. Errors: -EINVAL, CSP_NET_NO_HOST, CSP_NET_TIMEOUT, -ECONNREFUSED, and as the
 * network gives them. Owns: the run, or who calls csp_conn_close. */
int csp_dial(const char *address, struct csp_conn *conn);
int csp_dial_timeout(const char *address, int64_t timeout_ns, struct csp_conn *conn);

/* Waits for bytes and reads as many as there are, at most `room`; 0: the peer has sent
 * all (or room is 0). May: block. Errors: CSP_NET_CLOSED, CSP_NET_TIMEOUT, -ECONNRESET
 * … */
int64_t csp_conn_read(struct csp_conn conn, void *into, size_t room);

/* Writes all, and waits for room as often as it must. *written (may be NULL): how many
 * bytes were, also in case of an error. May: block. Errors: CSP_NET_CLOSED,
 * CSP_NET_TIMEOUT, -EPIPE, -ECONNRESET … */
int csp_conn_write(struct csp_conn conn, const void *from, size_t bytes, size_t *written);

/* Closes one half: the peer reads the end (CloseWrite); reads return 0 (CloseRead).
 * Errors: CSP_NET_CLOSED, -ENOTCONN. */
int csp_conn_close_write(struct csp_conn conn);
int csp_conn_close_read(struct csp_conn conn);

/* As csp_listener_close. */
int csp_conn_close(struct csp_conn conn);

/* CSP_NO_DEADLINE: none. Errors: CSP_NET_CLOSED. */
int csp_conn_set_deadline(struct csp_conn conn, uint64_t deadline_ns);
int csp_conn_set_read_deadline(struct csp_conn conn, uint64_t deadline_ns);
int csp_conn_set_write_deadline(struct csp_conn conn, uint64_t deadline_ns);

/* The kernel's buffers (SetReadBuffer, SetWriteBuffer). Errors: CSP_NET_CLOSED, -EINVAL.
 */
int csp_conn_set_read_buffer(struct csp_conn conn, int bytes);
int csp_conn_set_write_buffer(struct csp_conn conn, int bytes);

/* Errors: CSP_NET_CLOSED; -ENOTCONN of a remote that is gone. */
int csp_conn_local(struct csp_conn conn, char into[CSP_ADDRESS_BYTES]);
int csp_conn_remote(struct csp_conn conn, char into[CSP_ADDRESS_BYTES]);

/* --- Native calls -------------------------------------------------------------- */

/* Calls function(argument) where it may block as long as it likes (cgo, a blocking system
 * call), and returns what it returned: the worker goes on with other goroutines, and the
 * function runs on a thread beside the workers, whose stack is an ordinary one; that of a
 * goroutine would be too small for much of libc. (The thread that the caller is locked
 * to, if it is. Under a seeded schedule, which has one thread, nothing goes on.) It is
 * not preempted, may use errno and thread-locals, and must not call csp. A run does not
 * end before such a call has; csp_main exits meanwhile, as Go does. May: block. Fatal:
 * "thread exhaustion" (csp_config.threads), "runtime: failed to create new OS thread". */
int64_t csp_block(int64_t (*function)(void *), void *argument);

#endif
