/* The names of sockets (net.h, 1). */
#include "runtime.h"

#include <csp/net.h>
#include <stdlib.h>
#include <unistd.h>

/* Chunk k holds NET_FIRST_CHUNK << k places. */
static unsigned chunk_of(uint32_t index)
{
    return 31U - (unsigned)__builtin_clz(index / NET_FIRST_CHUNK + 1);
}

static uint32_t chunk_start(unsigned chunk)
{
    return NET_FIRST_CHUNK * ((UINT32_C(1) << chunk) - 1);
}

static struct csp_socket *place(struct csp_net *net, uint32_t index)
{
    unsigned chunk = chunk_of(index);
    if (chunk >= NET_CHUNKS)
        return NULL;
    /* acquire: pairs with the release in add_chunk */
    struct csp_socket *first = core_load_acquire(&net->chunks[chunk]);
    return first == NULL ? NULL : first + (index - chunk_start(chunk));
}

/* Under the table's lock. */
static bool add_chunk(struct csp *csp)
{
    struct csp_net *net = &csp->net;
    unsigned chunk = chunk_of(net->count);
    uint32_t places = (uint32_t)NET_FIRST_CHUNK << chunk;
    if (chunk >= NET_CHUNKS || core_fails(csp->seams, CORE_FAIL_MEMORY))
        return false;
    assert(net->count == chunk_start(chunk) && "the chunks before it are full");
    struct csp_socket *first = calloc(places, sizeof *first);
    if (first == NULL)
        return false;
    for (uint32_t i = places; i-- > 0;) {
        first[i].index = net->count + i;
        first[i].generation = 1;
        first[i].fd = -1;
        first[i].next_free = net->free;
        net->free = &first[i];
    }
    net->count += places;
    core_store_release(&net->chunks[chunk], first); /* pairs with place */
    return true;
}

uint64_t csp_net_id(const struct csp_socket *socket)
{
    assert(socket->generation != 0);
    return (uint64_t)socket->generation << 32 | socket->index;
}

int csp_net_new(struct csp *csp, int fd, uint64_t *id)
{
    struct csp_net *net = &csp->net;
    assert(fd >= 0);
    core_lock_take(&net->lock);
    struct csp_socket *socket = NULL;
    if (net->free != NULL || add_chunk(csp)) {
        socket = net->free;
        net->free = socket->next_free;
    }
    core_lock_give(&net->lock);
    if (socket == NULL) {
        close(fd);
        return -ENOMEM;
    }
    core_lock_take(&socket->lock);
    assert(socket->fd < 0 && socket->users == 0 && !socket->closing);
    socket->fd = fd;
    *id = csp_net_id(socket);
    core_lock_give(&socket->lock);
    return 0;
}

struct csp_socket *csp_net_lock(struct csp *csp, uint64_t id)
{
    struct csp_socket *socket = place(&csp->net, (uint32_t)id);
    if (socket == NULL)
        return NULL;
    core_lock_take(&socket->lock);
    if (socket->generation == id >> 32 && socket->fd >= 0 && !socket->closing)
        return socket;
    core_lock_give(&socket->lock);
    return NULL;
}

/* What a place is between two sockets, with the lock held or nobody left. */
static void clear(struct csp_socket *socket)
{
    socket->fd = -1;
    if (++socket->generation == 0)
        socket->generation = 1;
    socket->users = 0;
    socket->closing = socket->watched = false;
    socket->closer = NULL;
    socket->turns[NET_READ] = socket->turns[NET_WRITE] = (struct csp_turn){0};
}

static void close_fd(struct csp_net *net, int fd, bool watched)
{
    int error = watched ? core_seat_unwatch(&net->seat, fd) : 0;
    assert(error == 0 && "it was watched");
    (void)error;
    close(fd);
}

void csp_net_free(struct csp_worker *worker, struct csp_socket *socket)
{
    struct csp_net *net = &worker->csp->net;
    struct csp_waiter *closer = socket->closer;
    int fd = socket->fd;
    bool watched = socket->watched;
    assert(socket->users == 0 && socket->turns[NET_READ].blocked == NULL);
    assert(socket->turns[NET_READ].first == NULL && "close has sent them away");
    clear(socket);
    core_lock_give(&socket->lock);
    close_fd(net, fd, watched);
    core_lock_take(&net->lock);
    socket->next_free = net->free;
    net->free = socket;
    core_lock_give(&net->lock);
    if (closer != NULL)
        csp_ready(worker, closer->goroutine);
}

/* --- The whole table ----------------------------------------------------------- */

void csp_net_init(struct csp *csp)
{
    core_seat_init(&csp->net.seat, csp->seams);
}

void csp_net_discard(struct csp *csp)
{
    struct csp_net *net = &csp->net;
    net->free = NULL;
    for (uint32_t i = net->count; i-- > 0;) {
        struct csp_socket *socket = place(net, i);
        core_lock_take(&socket->lock); /* a late result may be looked up still */
        if (socket->fd >= 0) {
            close_fd(net, socket->fd, socket->watched);
            clear(socket);
        }
        core_lock_give(&socket->lock);
        socket->next_free = net->free;
        net->free = socket;
    }
    core_store_relaxed(&net->waiting, 0U); /* all workers are at rest */
}

void csp_net_shut(struct csp *csp)
{
    for (unsigned i = 0; i < NET_CHUNKS; i++)
        free(core_load_relaxed(&csp->net.chunks[i])); /* the caller is alone */
    core_seat_close(&csp->net.seat);
}
