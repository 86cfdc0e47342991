/* The table of sockets: birth, use and end (tcp.h, 1 and 2), and their owners.
 *
 * A socket is a relation of its owner's, so that it closes however the owner ends. Given
 * to another process, it is made a relation there by a signal; if that process has ended,
 * who finds the signal closes the socket. As with timers, a look at the receiver's pid
 * after `owner` was written finds a death that came in between.
 */
#include "tcp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct tcp_socket *slot_of(const struct sockets *sockets, actor_tcp id)
{
    uint32_t slot = (uint32_t)id - 1;
    if (slot / SOCKETS_PER_CHUNK >= SOCKET_CHUNKS)
        return NULL;
    /* acquire: pairs with the release in add_chunk: the slots are initialised */
    struct tcp_socket *chunk =
        core_load_acquire(&sockets->chunks[slot / SOCKETS_PER_CHUNK]);
    return chunk == NULL ? NULL : &chunk[slot % SOCKETS_PER_CHUNK];
}

bool tcp_was(const struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = slot_of(&scheduler->runtime->sockets, id);
    if (socket == NULL || id >> 32 == 0)
        return false;
    core_lock_take(&socket->lock);
    bool was = id >> 32 <= socket->generation;
    core_lock_give(&socket->lock);
    return was;
}

static int add_chunk(struct scheduler *scheduler, struct sockets *sockets)
{
    const size_t bytes = SOCKETS_PER_CHUNK * sizeof(struct tcp_socket);
    uint32_t index = sockets->made / SOCKETS_PER_CHUNK;
    assert(is_held(&sockets->lock) && sockets->made % SOCKETS_PER_CHUNK == 0);
    if (index == SOCKET_CHUNKS)
        return -EMFILE;
    struct tcp_socket *chunk = core_pool_take(&scheduler->pool, bytes);
    if (chunk == NULL)
        return -ENOMEM;
    memset(chunk, 0, bytes);
    for (uint32_t i = SOCKETS_PER_CHUNK; i-- > 0;) {
        chunk[i].slot = sockets->made + i;
        chunk[i].fd = -1;
        chunk[i].next = sockets->free;
        sockets->free = &chunk[i];
    }
    sockets->made += SOCKETS_PER_CHUNK;
    core_store_release(&sockets->chunks[index], chunk); /* pairs with slot_of */
    return 0;
}

static struct tcp_socket *take_slot(struct scheduler *scheduler, int *error)
{
    struct sockets *sockets = &scheduler->runtime->sockets;
    core_lock_take(&sockets->lock);
    *error = sockets->free == NULL ? add_chunk(scheduler, sockets) : 0;
    struct tcp_socket *socket = sockets->free;
    if (socket != NULL)
        sockets->free = socket->next;
    core_lock_give(&sockets->lock);
    return socket;
}

static void give_slot(struct scheduler *scheduler, struct tcp_socket *socket)
{
    struct sockets *sockets = &scheduler->runtime->sockets;
    core_lock_take(&sockets->lock);
    socket->next = sockets->free;
    sockets->free = socket;
    core_lock_give(&sockets->lock);
}

static void fill(struct tcp_socket *socket, int fd, actor_pid owner,
                 const struct actor_tcp_options *options)
{
    assert(socket->id == 0 && socket->users == 0 && socket->fd < 0);
    assert(socket->turns[TCP_INPUT].first == NULL && socket->input.data == NULL);
    socket->generation++;
    socket->id = (uint64_t)socket->generation << 32 | (socket->slot + 1);
    socket->fd = fd;
    socket->closing = socket->watched = socket->listens = socket->connected = false;
    socket->ended = false;
    socket->owner = owner;
    memset(socket->turns, 0, sizeof socket->turns);
    socket->options = *options;
    socket->mode = options->active;
    socket->count = options->active == ACTOR_TCP_COUNT ? options->active_count : 0;
    socket->packet = options->packet;
}

int tcp_new(struct scheduler *scheduler, int fd, const struct actor_tcp_options *options,
            actor_tcp *id)
{
    struct process *self = scheduler->current;
    actor_pid own = pid_now(self);
    int error;
    struct control *record = control_new(scheduler);
    struct tcp_socket *socket = take_slot(scheduler, &error);
    if (record == NULL || socket == NULL) {
        if (record != NULL)
            control_free(scheduler, record);
        if (socket != NULL)
            give_slot(scheduler, socket);
        close(fd);
        return error != 0 ? error : -ENOMEM;
    }
    core_lock_take(&socket->lock);
    fill(socket, fd, own, options);
    *id = socket->id;
    core_lock_give(&socket->lock);
    relation_add(scheduler, &self->relations, record, RELATION_SOCKET, *id, own);
    return 0;
}

struct tcp_socket *tcp_lock(struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = slot_of(&scheduler->runtime->sockets, id);
    if (socket == NULL || id == 0)
        return NULL;
    core_lock_take(&socket->lock);
    if (socket->id == id && !socket->closing)
        return socket;
    core_lock_give(&socket->lock);
    return NULL;
}

struct tcp_socket *tcp_use(struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    if (socket != NULL) {
        socket->users++;
        core_lock_give(&socket->lock);
    }
    return socket;
}

/* The last user of a closing socket has gone; gives the lock back. */
static void finish(struct scheduler *scheduler, struct tcp_socket *socket)
{
    int fd = socket->fd;
    bool watched = socket->watched;
    struct tcp_buffer input = socket->input;
    assert(is_held(&socket->lock) && socket->closing && socket->users == 0);
    assert(socket->turns[TCP_INPUT].first == NULL && fd >= 0);
    socket->input = (struct tcp_buffer){NULL, 0, 0, 0};
    socket->fd = -1;
    socket->id = 0;
    core_lock_give(&socket->lock);
    if (watched)
        core_seat_unwatch(&scheduler->runtime->sockets.seat, fd);
    close(fd);
    tcp_buffer_free(scheduler, &input);
    give_slot(scheduler, socket);
}

void tcp_unuse_locked(struct scheduler *scheduler, struct tcp_socket *socket)
{
    assert(is_held(&socket->lock) && socket->users > 0);
    if (--socket->users == 0 && socket->closing)
        finish(scheduler, socket);
    else
        core_lock_give(&socket->lock);
}

void tcp_unuse(struct scheduler *scheduler, struct tcp_socket *socket)
{
    core_lock_take(&socket->lock);
    tcp_unuse_locked(scheduler, socket);
}

/* Under the lock: all who wait, in one list. */
static struct signal *take_waiters(struct tcp_socket *socket)
{
    struct signal *all = NULL;
    for (unsigned i = 0; i < 2; i++) {
        struct tcp_turn *turn = &socket->turns[i];
        while (turn->first != NULL) {
            struct signal *signal = tcp_hand_on(turn);
            signal->next = all;
            all = signal;
        }
        if (turn->blocked != NULL) {
            turn->blocked->next = all;
            all = turn->blocked;
            turn->blocked = NULL;
        }
    }
    return all;
}

bool tcp_shut(struct scheduler *scheduler, actor_tcp id, actor_pid only_of)
{
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    if (socket == NULL)
        return false;
    if (only_of != 0 && socket->owner != only_of) {
        core_lock_give(&socket->lock);
        return false;
    }
    socket->closing = true;
    struct signal *waiters = take_waiters(socket);
    if (socket->users == 0)
        finish(scheduler, socket);
    else
        core_lock_give(&socket->lock);
    while (waiters != NULL) {
        struct signal *signal = waiters;
        waiters = signal->next;
        tcp_push(scheduler, signal);
    }
    return true;
}

void tcp_owner_gone(struct scheduler *scheduler, uint64_t id, actor_pid owner)
{
    assert(owner != 0);
    tcp_shut(scheduler, id, owner);
}

void tcp_detach(struct scheduler *scheduler, actor_tcp id, actor_pid owner)
{
    struct process *self = scheduler->current;
    if (self != NULL && pid_now(self) == owner) {
        relation_end(scheduler, &self->relations, RELATION_SOCKET, id);
        return;
    }
    /* Without memory for it, a relation to nothing stays until the owner ends. */
    struct control *word = control_new(scheduler);
    if (word == NULL)
        return;
    word->key = id;
    control_send(scheduler, word, SIGNAL_UNSOCKET, owner, owner);
}

static void close_slot(struct actors *runtime, struct tcp_socket *socket)
{
    struct scheduler *scheduler = &runtime->schedulers[0];
    if (socket->id == 0)
        return;
    for (struct signal *signal = take_waiters(socket); signal != NULL;) {
        struct signal *next = signal->next;
        signal_free(scheduler, signal);
        signal = next;
    }
    assert(socket->users == 0 && "a scheduler still uses it");
    close(socket->fd);
    tcp_buffer_free(scheduler, &socket->input);
}

void sockets_close(struct actors *runtime)
{
    const size_t bytes = SOCKETS_PER_CHUNK * sizeof(struct tcp_socket);
    assert(runtime->started == 0);
    for (uint32_t i = 0; i < runtime->sockets.made / SOCKETS_PER_CHUNK; i++) {
        /* relaxed: the threads have been joined */
        struct tcp_socket *chunk = core_load_relaxed(&runtime->sockets.chunks[i]);
        for (uint32_t j = 0; j < SOCKETS_PER_CHUNK; j++)
            close_slot(runtime, &chunk[j]);
        core_pool_give(&runtime->schedulers[0].pool, chunk, bytes);
    }
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        if (runtime->schedulers[i].scratch != NULL)
            core_pool_give(&runtime->schedulers[0].pool, runtime->schedulers[i].scratch,
                           TCP_SCRATCH_BYTES);
    core_seat_close(&runtime->sockets.seat);
}
