/* The calls of actors/tcp.h that a process may wait in: each takes its turn, tries, and
 * waits until it is worth another try. */
#include "tcp.h"
#include "tcp_address.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 5, BYTES_PER_REDUCTION = 512 };

static const struct actor_tcp_options defaults;

/* NULL: no process calls. */
static struct scheduler *enter(size_t bytes)
{
    size_t units = bytes / BYTES_PER_REDUCTION;
    return scheduler_try(units < INT16_MAX ? 1 + (unsigned)units : INT16_MAX);
}

/* --- opening ------------------------------------------------------------------------- */

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) != 0 ? -errno : 0;
}

static int apply(int fd, const struct actor_tcp_options *options)
{
    int rc = 0;
    if (options->reuse_address)
        rc = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (rc == 0 && options->no_delay)
        rc = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (rc == 0 && options->send_buffer_bytes > 0)
        rc = set_option(fd, SOL_SOCKET, SO_SNDBUF, options->send_buffer_bytes);
    if (rc == 0 && options->receive_buffer_bytes > 0)
        rc = set_option(fd, SOL_SOCKET, SO_RCVBUF, options->receive_buffer_bytes);
    return rc;
}

/* A descriptor with its options set, or negative errno. */
static int open_fd(const struct tcp_address *address,
                   const struct actor_tcp_options *options)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    int rc = apply(fd, options);
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

static int bind_and_listen(int fd, const struct tcp_address *address, int backlog)
{
    if (bind(fd, &address->any, address->length) != 0 ||
        listen(fd, backlog == 0 ? BACKLOG : backlog) != 0)
        return -errno;
    return 0;
}

int actor_tcp_listen(const char *host, uint16_t port,
                     const struct actor_tcp_options *options, actor_tcp *id)
{
    struct scheduler *scheduler = enter(0);
    struct tcp_address address;
    if (options == NULL)
        options = &defaults;
    *id = 0;
    if (scheduler == NULL)
        return -EPERM;
    if (!tcp_address_parse(host, port, &address) || !tcp_options_are_valid(options))
        return -EINVAL;
    int fd = open_fd(&address, options);
    if (fd < 0)
        return fd;
    int rc = bind_and_listen(fd, &address, options->backlog);
    if (rc != 0) {
        close(fd);
        return rc;
    }
    rc = tcp_new(scheduler, fd, options, id);
    struct tcp_socket *socket = rc == 0 ? tcp_lock(scheduler, *id) : NULL;
    if (socket != NULL) { /* nobody else knows it yet */
        socket->listens = true;
        core_lock_give(&socket->lock);
    }
    return rc;
}

/* A socket that has a peer: from now on it may be read. */
static void connect_end(struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    if (socket == NULL)
        return;
    assert(!socket->listens && !socket->connected);
    socket->connected = true;
    core_lock_give(&socket->lock);
    tcp_pump(scheduler, id);
}

static int accept_fd(int fd)
{
    for (;;) {
        int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0)
            return accepted;
        if (errno != EINTR && errno != ECONNABORTED)
            return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}

int actor_tcp_accept(actor_tcp listening, int64_t timeout_ns, actor_tcp *id)
{
    struct scheduler *scheduler = enter(0);
    struct tcp_socket *socket;
    *id = 0;
    if (scheduler == NULL)
        return -EPERM;
    if (timeout_ns < 0)
        return -EINVAL;
    uint64_t deadline_ns = tcp_deadline(scheduler, timeout_ns);
    int rc = tcp_begin(listening, TCP_INPUT, false, deadline_ns, &socket);
    while (rc == 0) {
        if (!socket->listens) {
            tcp_end(scheduler_self(), socket, TCP_INPUT);
            return -EINVAL;
        }
        int fd = accept_fd(socket->fd);
        if (fd == -EAGAIN) {
            rc = tcp_block(&socket, TCP_INPUT, deadline_ns);
            continue;
        }
        scheduler = scheduler_self();
        struct actor_tcp_options options = socket->options;
        tcp_end(scheduler, socket, TCP_INPUT);
        if (fd < 0)
            return fd;
        if (options.no_delay) /* Linux inherits it, others do not */
            set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        rc = tcp_new(scheduler, fd, &options, id);
        if (rc == 0)
            connect_end(scheduler, *id);
        return rc;
    }
    return rc;
}

static int connect_fd(int fd, const struct tcp_address *address)
{
    if (connect(fd, &address->any, address->length) == 0 || errno == EISCONN)
        return 0;
    return errno == EINPROGRESS || errno == EALREADY || errno == EINTR ? -EAGAIN : -errno;
}

static int connect_within(actor_tcp id, const struct tcp_address *address,
                          uint64_t deadline_ns)
{
    struct tcp_socket *socket;
    int rc = tcp_begin(id, TCP_OUTPUT, false, deadline_ns, &socket);
    while (rc == 0) {
        rc = connect_fd(socket->fd, address);
        if (rc != -EAGAIN) {
            tcp_end(scheduler_self(), socket, TCP_OUTPUT);
            return rc;
        }
        rc = tcp_block(&socket, TCP_OUTPUT, deadline_ns);
    }
    return rc;
}

int actor_tcp_connect(const char *host, uint16_t port,
                      const struct actor_tcp_options *options, int64_t timeout_ns,
                      actor_tcp *id)
{
    struct scheduler *scheduler = enter(0);
    struct tcp_address address;
    if (options == NULL)
        options = &defaults;
    *id = 0;
    if (scheduler == NULL)
        return -EPERM;
    if (timeout_ns < 0 || host == NULL || !tcp_address_parse(host, port, &address) ||
        !tcp_options_are_valid(options))
        return -EINVAL;
    uint64_t deadline_ns = tcp_deadline(scheduler, timeout_ns);
    int fd = open_fd(&address, options);
    if (fd < 0)
        return fd;
    actor_tcp made;
    int rc = tcp_new(scheduler, fd, options, &made);
    if (rc != 0)
        return rc;
    rc = connect_within(made, &address, deadline_ns);
    if (rc != 0) {
        actor_tcp_close(made);
        return rc;
    }
    connect_end(scheduler_self(), made);
    *id = made;
    return 0;
}

/* --- receiving ----------------------------------------------------------------------- */

struct wish {
    char *into;
    size_t room;
    size_t length;
};

static size_t take_buffered(struct tcp_buffer *input, char *into, size_t most)
{
    size_t have = tcp_buffered(input), taken = have < most ? have : most;
    if (taken > 0)
        memcpy(into, input->data + input->start, taken);
    input->start += taken;
    return taken;
}

/* What there is. */
static int64_t try_some(struct tcp_socket *socket, const struct wish *wish)
{
    size_t taken = take_buffered(&socket->input, wish->into, wish->room);
    if (taken > 0)
        return (int64_t)taken;
    int64_t got = tcp_read(socket->fd, wish->into, wish->room);
    return got == 0 ? TCP_CLOSED : got;
}

/* Exactly so much: gathered in the socket, so that nothing is lost if the time is up, or
 * the process ends, before all is there. */
static int64_t try_exactly(struct scheduler *scheduler, struct tcp_socket *socket,
                           const struct wish *wish)
{
    struct tcp_buffer *input = &socket->input;
    while (tcp_buffered(input) < wish->length) {
        int64_t got = tcp_fill(scheduler, socket, wish->length - tcp_buffered(input));
        if (got <= 0)
            return got == 0 ? TCP_CLOSED : got;
    }
    return (int64_t)take_buffered(input, wish->into, wish->length);
}

static int64_t try_packet(struct scheduler *scheduler, struct tcp_socket *socket,
                          const struct wish *wish)
{
    struct tcp_buffer *input = &socket->input;
    unsigned header = tcp_header_bytes(socket->packet);
    for (;;) {
        bool whole;
        int64_t bytes = tcp_packet_bytes(socket, &whole);
        if (bytes < 0)
            return bytes;
        if (whole) {
            if ((size_t)bytes - header > wish->room)
                return -EMSGSIZE;
            input->start += header;
            return (int64_t)take_buffered(input, wish->into, (size_t)bytes - header);
        }
        int64_t got = tcp_fill(scheduler, socket, (size_t)bytes - tcp_buffered(input));
        if (got <= 0)
            return got == 0 ? TCP_CLOSED : got;
    }
}

static int64_t try_recv(struct scheduler *scheduler, struct tcp_socket *socket,
                        const struct wish *wish)
{
    if (socket->mode != ACTOR_TCP_FALSE && !socket->listens)
        return -EINVAL;
    if (!socket->connected || socket->ended)
        return -ENOTCONN;
    if (socket->packet != ACTOR_TCP_RAW)
        return wish->length > 0 ? -EINVAL : try_packet(scheduler, socket, wish);
    return wish->length > 0 ? try_exactly(scheduler, socket, wish)
                            : try_some(socket, wish);
}

int64_t actor_tcp_recv(actor_tcp id, void *into, size_t room, size_t length,
                       int64_t timeout_ns)
{
    struct scheduler *scheduler = enter(length);
    struct tcp_socket *socket;
    struct wish wish = {into, room, length};
    if (scheduler == NULL)
        return -EPERM;
    if (timeout_ns < 0 || room == 0 || room > INT64_MAX || length > room)
        return -EINVAL;
    uint64_t deadline_ns = tcp_deadline(scheduler, timeout_ns);
    int64_t rc = tcp_begin(id, TCP_INPUT, true, deadline_ns, &socket);
    while (rc == 0) {
        int64_t got = try_recv(scheduler_self(), socket, &wish);
        if (got == -EAGAIN) {
            rc = tcp_block(&socket, TCP_INPUT, deadline_ns);
            continue;
        }
        if (got < 0)
            got = tcp_error(socket, (int)-got);
        if (got == TCP_CLOSED && !socket->options.stays_open) {
            socket->ended = true;
            shutdown(socket->fd, SHUT_RDWR); /* closed for the peer too */
        }
        tcp_end(scheduler_self(), socket, TCP_INPUT);
        return got;
    }
    return rc;
}

/* --- sending ------------------------------------------------------------------------- */

struct parcel {
    unsigned char header[4];
    unsigned header_bytes;
    const char *data;
    size_t size; /* with the header */
    size_t sent;
};

static bool wrap(struct parcel *parcel, enum actor_tcp_packet packet)
{
    size_t size = parcel->size;
    parcel->header_bytes = tcp_header_bytes(packet);
    for (unsigned i = parcel->header_bytes; i-- > 0; size >>= 8)
        parcel->header[i] = (unsigned char)size;
    bool fits = parcel->header_bytes == 0 || size == 0;
    parcel->size += parcel->header_bytes;
    return fits;
}

static int64_t send_part(int fd, const struct parcel *parcel)
{
    unsigned header = parcel->header_bytes;
    size_t sent = parcel->sent, of_data = sent > header ? sent - header : 0;
    struct iovec parts[2] = {
        {(void *)(uintptr_t)(parcel->header + (sent < header ? sent : header)),
         sent < header ? header - sent : 0},
        {(void *)(uintptr_t)(parcel->data + of_data), parcel->size - header - of_data},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t put;
    assert(parcel->sent < parcel->size);
    do
        put = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put < 0 ? -errno : put;
}

static int try_send(struct tcp_socket *socket, struct parcel *parcel)
{
    if (!socket->connected)
        return -ENOTCONN;
    core_lock_take(&socket->lock);
    enum actor_tcp_packet packet = socket->packet;
    core_lock_give(&socket->lock);
    if (parcel->sent == 0 && parcel->header_bytes == 0 && !wrap(parcel, packet))
        return -EMSGSIZE;
    while (parcel->sent < parcel->size) {
        int64_t put = send_part(socket->fd, parcel);
        if (put < 0)
            return tcp_error(socket, (int)-put);
        parcel->sent += (size_t)put;
    }
    return 0;
}

int actor_tcp_send(actor_tcp id, const void *data, size_t size)
{
    struct scheduler *scheduler = enter(size);
    struct parcel parcel = {.data = size == 0 ? "" : data, .size = size};
    struct tcp_socket *socket;
    if (scheduler == NULL)
        return -EPERM;
    if (size > INT64_MAX || parcel.data == NULL)
        return -EINVAL;
    uint64_t started_ns = runtime_now_ns(scheduler->runtime);
    uint64_t deadline_ns = TCP_FOREVER;
    socket = tcp_use(scheduler, id);
    if (socket != NULL) {
        if (socket->options.send_timeout_ns > 0)
            deadline_ns = started_ns + (uint64_t)socket->options.send_timeout_ns;
        tcp_unuse(scheduler, socket);
    }
    int rc = tcp_begin(id, TCP_OUTPUT, false, deadline_ns, &socket);
    while (rc == 0) {
        rc = try_send(socket, &parcel);
        if (rc != -EAGAIN) {
            tcp_end(scheduler_self(), socket, TCP_OUTPUT);
            return rc;
        }
        rc = tcp_block(&socket, TCP_OUTPUT, deadline_ns);
    }
    return rc;
}

/* --- ending -------------------------------------------------------------------------- */

int actor_tcp_shutdown(actor_tcp id, enum actor_tcp_how how)
{
    static const int hows[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
    struct tcp_socket *socket;
    if (enter(0) == NULL)
        return -EPERM;
    if ((unsigned)how > ACTOR_TCP_READ_WRITE)
        return -EINVAL;
    int rc = tcp_begin(id, TCP_OUTPUT, false, TCP_FOREVER, &socket);
    if (rc != 0)
        return rc;
    rc = shutdown(socket->fd, hows[how]) != 0 ? -errno : 0;
    tcp_end(scheduler_self(), socket, TCP_OUTPUT);
    return rc;
}

int actor_tcp_close(actor_tcp id)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    if (!tcp_was(scheduler, id))
        return -EINVAL;
    actor_pid owner = actor_tcp_owner(id);
    while (tcp_pumps(scheduler_self(), id)) /* not for long: its messages are counted */
        scheduler_leave(LEAVE_YIELD);
    scheduler = scheduler_self();
    if (tcp_shut(scheduler, id, 0))
        tcp_detach(scheduler, id, owner);
    return 0;
}

/* --- names --------------------------------------------------------------------------- */

static int address_of(actor_tcp id, int (*ask)(int, struct sockaddr *, socklen_t *),
                      struct actor_tcp_address *address)
{
    struct scheduler *scheduler = enter(0);
    if (scheduler == NULL)
        return -EPERM;
    struct tcp_address found = {.length = sizeof found.v6};
    struct tcp_socket *socket = tcp_use(scheduler, id);
    if (socket == NULL)
        return tcp_was(scheduler, id) ? TCP_CLOSED : -EINVAL;
    int rc = ask(socket->fd, &found.any, &found.length) != 0
                 ? -errno
                 : tcp_address_tell(&found, address);
    tcp_unuse(scheduler, socket);
    return rc;
}

int actor_tcp_peername(actor_tcp id, struct actor_tcp_address *address)
{
    return address_of(id, getpeername, address);
}

int actor_tcp_sockname(actor_tcp id, struct actor_tcp_address *address)
{
    return address_of(id, getsockname, address);
}

int actor_tcp_port(actor_tcp id)
{
    struct actor_tcp_address address;
    int rc = address_of(id, getsockname, &address);
    return rc != 0 ? rc : address.port;
}
