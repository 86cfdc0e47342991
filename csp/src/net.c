/* The calls of csp/net.h: each takes its turn, tries, and waits until it is worth another
 * try.
 *
 * A goroutine that waited may be on another thread, whose errno lies elsewhere; compilers
 * keep the address of the old one. So whatever reads errno is a function of its own,
 * never inlined, in which nobody waits.
 */
#include "runtime.h"

#include "net_address.h"
#include <netinet/tcp.h>
#include <unistd.h>

enum {
    KEEP_ALIVE_S = 15,               /* Go's defaultTCPKeepAlive */
    MOST_BYTES = 1024 * 1024 * 1024, /* in one call, as Go: some systems fail above */
    DIAL_TRIES = 3,
};

#define APART __attribute__((noinline)) static

/* --- Trying -------------------------------------------------------------------- */

APART int64_t try_read(int fd, void *into, size_t room)
{
    for (;;) {
        ssize_t got = recv(fd, into, room < MOST_BYTES ? room : MOST_BYTES, 0);
        if (got >= 0)
            return got;
        if (errno != EINTR)
            return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}

APART int64_t try_write(int fd, const char *from, size_t bytes)
{
    for (;;) {
        ssize_t put =
            send(fd, from, bytes < MOST_BYTES ? bytes : MOST_BYTES, MSG_NOSIGNAL);
        if (put >= 0)
            return put;
        if (errno != EINTR)
            return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}

APART int try_accept(int fd)
{
    for (;;) {
        int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0)
            return accepted;
        if (errno != EINTR && errno != ECONNABORTED)
            return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}

APART int try_connect(int fd, const struct csp_address *address)
{
    if (connect(fd, &address->any, address->length) == 0 || errno == EISCONN)
        return 0;
    return errno == EINPROGRESS || errno == EALREADY || errno == EINTR ? -EAGAIN : -errno;
}

APART int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) != 0 ? -errno : 0;
}

APART int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    return fd < 0 ? -errno : fd;
}

APART int bind_and_listen(int fd, const struct csp_address *address)
{
    if (bind(fd, &address->any, address->length) != 0 || listen(fd, SOMAXCONN) != 0)
        return -errno;
    return 0;
}

APART int try_shutdown(int fd, int how)
{
    return shutdown(fd, how) != 0 ? -errno : 0;
}

/* --- Listening ----------------------------------------------------------------- */

static int open_listener(const struct csp_address *address)
{
    int fd = open_socket(address->any.sa_family);
    if (fd < 0)
        return fd;
    int rc = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (rc == 0 && address->any.sa_family == AF_INET6)
        rc = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !address->wildcard);
    if (rc == 0)
        rc = bind_and_listen(fd, address);
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

/* The wildcard of the older protocol, where the newer is not there. */
static void fall_back(struct csp_address *address)
{
    in_port_t port = address->v6.sin6_port;
    assert(address->wildcard);
    address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    address->length = sizeof address->v4;
}

int csp_listen(const char *text, struct csp_listener *listener)
{
    struct csp_worker *worker = csp_enter();
    struct csp_address address;
    listener->id = 0;
    int fd = csp_address_parse(text, &address);
    if (fd == 0)
        fd = open_listener(&address);
    if (address.wildcard && (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)) {
        fall_back(&address);
        fd = open_listener(&address);
    }
    return fd < 0 ? fd : csp_net_new(worker->csp, fd, &listener->id);
}

static void tune(int fd)
{
    /* As Go's newTCPConn; what the kernel does not know goes without. */
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_ALIVE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_ALIVE_S);
}

int csp_listener_accept(struct csp_listener listener, struct csp_conn *conn)
{
    struct csp_socket *socket = NULL;
    conn->id = 0;
    int rc = csp_net_begin(csp_enter(), listener.id, NET_READ, &socket);
    if (rc != 0)
        return rc;
    int fd = -EAGAIN;
    rc = csp_net_prepare(socket, NET_READ);
    while (rc == 0 && (fd = try_accept(socket->fd)) == -EAGAIN)
        rc = csp_net_wait(socket, NET_READ);
    csp_net_end(socket, NET_READ);
    if (rc != 0 || fd < 0)
        return rc != 0 ? rc : fd;
    tune(fd);
    return csp_net_new(csp_here()->csp, fd, &conn->id);
}

int csp_listener_close(struct csp_listener listener)
{
    return csp_net_close(csp_enter(), listener.id);
}

int csp_listener_set_deadline(struct csp_listener listener, uint64_t deadline_ns)
{
    return csp_net_deadline(csp_enter(), listener.id, 1U << NET_READ, deadline_ns);
}

/* --- Dialling ------------------------------------------------------------------ */

static int connect_within(uint64_t id, const struct csp_address *address)
{
    struct csp_socket *socket = NULL;
    int rc = csp_net_begin(csp_here(), id, NET_WRITE, &socket);
    assert(rc == 0 && "nobody else knows it");
    rc = csp_net_prepare(socket, NET_WRITE);
    while (rc == 0 && (rc = try_connect(socket->fd, address)) == -EAGAIN)
        rc = csp_net_wait(socket, NET_WRITE);
    csp_net_end(socket, NET_WRITE);
    return rc;
}

/* The kernel may have connected the socket with itself: its port was drawn from the same
 * range as the one that was dialled (Go's selfConnect). */
static bool is_its_own_peer(int fd)
{
    struct csp_address local, remote;
    return csp_address_of(fd, false, &local) == 0 &&
           csp_address_of(fd, true, &remote) == 0 && csp_address_equal(&local, &remote);
}

static int dial_once(const struct csp_address *address, uint64_t deadline_ns,
                     uint64_t *id)
{
    struct csp *csp = csp_here()->csp;
    int fd = open_socket(address->any.sa_family);
    if (fd < 0)
        return fd;
    tune(fd);
    int rc = csp_net_new(csp, fd, id);
    if (rc != 0)
        return rc;
    csp_net_deadline(csp_here(), *id, 1U << NET_WRITE, deadline_ns);
    rc = connect_within(*id, address);
    if (rc == 0)
        csp_net_deadline(csp_here(), *id, 1U << NET_WRITE, CSP_NO_DEADLINE);
    if (rc == 0 && is_its_own_peer(fd))
        rc = -EADDRNOTAVAIL;
    if (rc != 0)
        csp_net_close(csp_here(), *id);
    return rc;
}

/* A time that is over, for what has no time left. */
static uint64_t deadline_after(const struct csp *csp, int64_t timeout_ns)
{
    uint64_t now_ns = csp_clock(csp);
    if (timeout_ns <= 0)
        return timeout_ns == 0 ? CSP_NO_DEADLINE : 1;
    uint64_t deadline_ns = now_ns + (uint64_t)timeout_ns;
    return deadline_ns < now_ns ? UINT64_MAX : deadline_ns;
}

int csp_dial_timeout(const char *text, int64_t timeout_ns, struct csp_conn *conn)
{
    struct csp_worker *worker = csp_enter();
    struct csp_address address;
    uint64_t deadline_ns = deadline_after(worker->csp, timeout_ns), id = 0;
    conn->id = 0;
    int rc = csp_address_parse(text, &address);
    if (rc != 0)
        return rc;
    if (address.wildcard) {
        fall_back(&address);
        address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    rc = -EADDRNOTAVAIL;
    for (int i = 0; i < DIAL_TRIES && rc == -EADDRNOTAVAIL; i++)
        rc = dial_once(&address, deadline_ns, &id);
    if (rc == 0)
        conn->id = id;
    return rc;
}

int csp_dial(const char *text, struct csp_conn *conn)
{
    return csp_dial_timeout(text, 0, conn);
}

/* --- Reading and writing ------------------------------------------------------- */

int64_t csp_conn_read(struct csp_conn conn, void *into, size_t room)
{
    struct csp_socket *socket = NULL;
    int64_t rc = csp_net_begin(csp_enter(), conn.id, NET_READ, &socket);
    if (rc != 0)
        return rc;
    int64_t got = 0;
    if (room > 0)
        rc = csp_net_prepare(socket, NET_READ);
    while (rc == 0 && room > 0 && (got = try_read(socket->fd, into, room)) == -EAGAIN)
        rc = csp_net_wait(socket, NET_READ);
    csp_net_end(socket, NET_READ);
    return rc != 0 ? rc : got;
}

int csp_conn_write(struct csp_conn conn, const void *from, size_t bytes, size_t *written)
{
    struct csp_socket *socket = NULL;
    size_t done = 0;
    if (written != NULL)
        *written = 0;
    int rc = csp_net_begin(csp_enter(), conn.id, NET_WRITE, &socket);
    if (rc != 0)
        return rc;
    rc = csp_net_prepare(socket, NET_WRITE);
    while (rc == 0 && done < bytes) {
        int64_t put = try_write(socket->fd, (const char *)from + done, bytes - done);
        if (put >= 0)
            done += (size_t)put;
        else
            rc = put == -EAGAIN ? csp_net_wait(socket, NET_WRITE) : (int)put;
    }
    csp_net_end(socket, NET_WRITE);
    assert(done <= bytes && (rc != 0 || done == bytes));
    if (written != NULL)
        *written = done;
    return rc;
}

/* --- Calls of a moment, under the socket's lock -------------------------------- */

static struct csp_socket *use(uint64_t id, int *rc)
{
    struct csp_socket *socket = csp_net_lock(csp_enter()->csp, id);
    *rc = socket != NULL ? 0 : id == 0 ? -EINVAL : CSP_NET_CLOSED;
    return socket;
}

static int shut(uint64_t id, int how)
{
    int rc = 0;
    struct csp_socket *socket = use(id, &rc);
    if (socket != NULL) {
        rc = try_shutdown(socket->fd, how);
        core_lock_give(&socket->lock);
    }
    return rc;
}

static int set(uint64_t id, int name, int value)
{
    int rc = 0;
    struct csp_socket *socket = use(id, &rc);
    if (socket != NULL) {
        rc = value <= 0 ? -EINVAL : set_option(socket->fd, SOL_SOCKET, name, value);
        core_lock_give(&socket->lock);
    }
    return rc;
}

static int tell(uint64_t id, bool remote, char into[CSP_ADDRESS_BYTES])
{
    int rc = 0;
    struct csp_address address;
    struct csp_socket *socket = use(id, &rc);
    into[0] = 0;
    if (socket != NULL) {
        rc = csp_address_of(socket->fd, remote, &address);
        core_lock_give(&socket->lock);
    }
    if (rc == 0)
        csp_address_text(&address, into);
    return rc;
}

int csp_listener_address(struct csp_listener listener, char into[CSP_ADDRESS_BYTES])
{
    return tell(listener.id, false, into);
}

int csp_conn_local(struct csp_conn conn, char into[CSP_ADDRESS_BYTES])
{
    return tell(conn.id, false, into);
}

int csp_conn_remote(struct csp_conn conn, char into[CSP_ADDRESS_BYTES])
{
    return tell(conn.id, true, into);
}

int csp_conn_close_write(struct csp_conn conn)
{
    return shut(conn.id, SHUT_WR);
}

int csp_conn_close_read(struct csp_conn conn)
{
    return shut(conn.id, SHUT_RD);
}

int csp_conn_close(struct csp_conn conn)
{
    return csp_net_close(csp_enter(), conn.id);
}

int csp_conn_set_deadline(struct csp_conn conn, uint64_t deadline_ns)
{
    return csp_net_deadline(csp_enter(), conn.id, 1U << NET_READ | 1U << NET_WRITE,
                            deadline_ns);
}

int csp_conn_set_read_deadline(struct csp_conn conn, uint64_t deadline_ns)
{
    return csp_net_deadline(csp_enter(), conn.id, 1U << NET_READ, deadline_ns);
}

int csp_conn_set_write_deadline(struct csp_conn conn, uint64_t deadline_ns)
{
    return csp_net_deadline(csp_enter(), conn.id, 1U << NET_WRITE, deadline_ns);
}

int csp_conn_set_read_buffer(struct csp_conn conn, int bytes)
{
    return set(conn.id, SO_RCVBUF, bytes);
}

int csp_conn_set_write_buffer(struct csp_conn conn, int bytes)
{
    return set(conn.id, SO_SNDBUF, bytes);
}
