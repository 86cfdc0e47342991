/* What has been read and belongs to nobody yet, and how it is cut into packets. */
#include "tcp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define PACKET_DEFAULT_MOST (UINT32_C(64) << 20)
enum { COUNT_MOST = 32767, FILL_BYTES = 4096 };

bool tcp_options_are_valid(const struct actor_tcp_options *options)
{
    return (unsigned)options->active <= ACTOR_TCP_COUNT &&
           (unsigned)options->packet <= ACTOR_TCP_LINE && options->backlog >= 0 &&
           options->send_buffer_bytes >= 0 && options->receive_buffer_bytes >= 0 &&
           options->send_timeout_ns >= 0 &&
           (options->active != ACTOR_TCP_COUNT ||
            (options->active_count > 0 && options->active_count <= COUNT_MOST));
}

/* --- the buffer -------------------------------------------------------------------- */

void tcp_buffer_free(struct scheduler *scheduler, struct tcp_buffer *buffer)
{
    if (buffer->data != NULL)
        core_pool_give(&scheduler->pool, buffer->data, buffer->room);
    *buffer = (struct tcp_buffer){NULL, 0, 0, 0};
}

bool tcp_buffer_room(struct scheduler *scheduler, struct tcp_buffer *buffer, size_t bytes)
{
    size_t used = tcp_buffered(buffer);
    assert(buffer->start <= buffer->end && buffer->end <= buffer->room);
    if (buffer->room - buffer->end >= bytes)
        return true;
    if (buffer->room - used >= bytes) {
        memmove(buffer->data, buffer->data + buffer->start, used);
    } else {
        size_t room = used + bytes < 2 * buffer->room ? 2 * buffer->room : used + bytes;
        char *data = core_pool_take(&scheduler->pool, room);
        if (data == NULL)
            return false;
        if (used > 0)
            memcpy(data, buffer->data + buffer->start, used);
        tcp_buffer_free(scheduler, buffer);
        buffer->data = data;
        buffer->room = room;
    }
    buffer->start = 0;
    buffer->end = used;
    return true;
}

/* --- reading ----------------------------------------------------------------------- */

int tcp_error(const struct tcp_socket *socket, int error)
{
    assert(error > 0);
    if (error == EPIPE || (error == ECONNRESET && !socket->options.shows_reset))
        return TCP_CLOSED;
    return error == EWOULDBLOCK ? -EAGAIN : -error;
}

int64_t tcp_read(int fd, void *into, size_t room)
{
    ssize_t got;
    do
        got = recv(fd, into, room, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int64_t tcp_fill(struct scheduler *scheduler, struct tcp_socket *socket, size_t want)
{
    struct tcp_buffer *input = &socket->input;
    if (!tcp_buffer_room(scheduler, input, want < FILL_BYTES ? FILL_BYTES : want))
        return -ENOMEM;
    int64_t got =
        tcp_read(socket->fd, input->data + input->end, input->room - input->end);
    if (got > 0)
        input->end += (size_t)got;
    assert(input->end <= input->room);
    return got;
}

/* --- packets ----------------------------------------------------------------------- */

unsigned tcp_header_bytes(enum actor_tcp_packet packet)
{
    static const unsigned bytes[] = {
        [ACTOR_TCP_RAW] = 0,      [ACTOR_TCP_PACKET_1] = 1, [ACTOR_TCP_PACKET_2] = 2,
        [ACTOR_TCP_PACKET_4] = 4, [ACTOR_TCP_LINE] = 0,
    };
    assert((unsigned)packet <= ACTOR_TCP_LINE);
    return bytes[packet];
}

static size_t most_of(const struct tcp_socket *socket)
{
    uint32_t most = socket->options.packet_bytes_max;
    return most == 0 ? PACKET_DEFAULT_MOST : most;
}

static int64_t line_bytes(const struct tcp_socket *socket, bool *whole)
{
    const struct tcp_buffer *input = &socket->input;
    size_t have = tcp_buffered(input), most = most_of(socket);
    size_t look = have < most ? have : most;
    *whole = false;
    if (have == 0)
        return 1;
    const char *line = input->data + input->start;
    const char *end = memchr(line, '\n', look);
    *whole = end != NULL || have >= most;
    return end != NULL ? end - line + 1 : (int64_t)(*whole ? most : have + 1);
}

int64_t tcp_packet_bytes(const struct tcp_socket *socket, bool *whole)
{
    const struct tcp_buffer *input = &socket->input;
    unsigned header = tcp_header_bytes(socket->packet);
    size_t have = tcp_buffered(input), bytes = 0;
    assert(socket->packet != ACTOR_TCP_RAW);
    if (socket->packet == ACTOR_TCP_LINE)
        return line_bytes(socket, whole);
    *whole = false;
    if (have < header)
        return header;
    for (unsigned i = 0; i < header; i++)
        bytes = bytes << 8 | (unsigned char)input->data[input->start + i];
    if (bytes > most_of(socket))
        return -EMSGSIZE;
    *whole = have >= header + bytes;
    return (int64_t)(header + bytes);
}
