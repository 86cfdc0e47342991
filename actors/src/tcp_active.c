/* Active sockets: the pump reads for them, on the stack of whoever learnt that there is
 * something, and sends it to the owner.
 *
 * One pump at a time has the turn of input. It stops when nothing is left, when the
 * socket is passive, when somebody waits for the turn, or after PUMP_MESSAGES: then the
 * descriptor is watched anew, which reports what is still there, so that one peer who
 * writes fast keeps no scheduler for itself.
 */
#include "tcp.h"

#include <errno.h>
#include <string.h>

enum { PUMP_MESSAGES = 16 };

static struct signal *event_new(struct scheduler *scheduler, struct tcp_socket *socket,
                                enum actor_kind kind, const void *data, size_t size)
{
    struct actor_tcp_event *event;
    struct signal *signal =
        core_pool_take(&scheduler->pool, sizeof *signal + sizeof *event + size);
    if (signal == NULL)
        return NULL;
    event = (struct actor_tcp_event *)(void *)(signal + 1);
    *signal = (struct signal){
        .to = socket->owner, /* changes with the turn only, which is ours */
        .kind = SIGNAL_MESSAGE,
        .message = {.size = (uint32_t)(sizeof *event + size),
                    .kind = kind,
                    .data = event},
    };
    *event = (struct actor_tcp_event){
        .socket = socket->id, .data = event + 1, .size = (uint32_t)size};
    if (size > 0)
        memcpy(event + 1, data, size);
    return signal;
}

static bool tell(struct scheduler *scheduler, struct tcp_socket *socket,
                 enum actor_kind kind, const void *data, size_t size, int error)
{
    struct signal *signal = event_new(scheduler, socket, kind, data, size);
    if (signal == NULL)
        return false;
    ((struct actor_tcp_event *)(void *)(signal + 1))->error = error;
    struct process *owner = table_find(scheduler->runtime, signal->to);
    assert(owner != NULL && (error == 0 || kind == ACTOR_TCP_ERROR));
    signal_push(scheduler, owner, signal);
    return true;
}

static void set_mode(struct tcp_socket *socket, enum actor_tcp_active mode)
{
    core_lock_take(&socket->lock); /* others look at it */
    socket->mode = mode;
    core_lock_give(&socket->lock);
}

/* One message has gone out. */
static void count_down(struct scheduler *scheduler, struct tcp_socket *socket)
{
    if (socket->mode == ACTOR_TCP_ONCE) {
        set_mode(socket, ACTOR_TCP_FALSE);
    } else if (socket->mode == ACTOR_TCP_COUNT) {
        assert(socket->count > 0);
        if (--socket->count > 0)
            return;
        set_mode(socket, ACTOR_TCP_FALSE);
        tell(scheduler, socket, ACTOR_TCP_PASSIVE, NULL, 0, 0);
    }
}

/* --- one message --------------------------------------------------------------------- */

static int64_t pump_raw(struct scheduler *scheduler, struct tcp_socket *socket)
{
    struct tcp_buffer *input = &socket->input;
    const char *data;
    int64_t size = (int64_t)tcp_buffered(input);
    if (size > 0) {
        data = input->data + input->start;
    } else {
        if (scheduler->scratch == NULL)
            scheduler->scratch = core_pool_take(&scheduler->pool, TCP_SCRATCH_BYTES);
        if (scheduler->scratch == NULL)
            return -ENOMEM;
        data = scheduler->scratch;
        size = tcp_read(socket->fd, scheduler->scratch, TCP_SCRATCH_BYTES);
    }
    if (size <= 0)
        return size == 0 ? TCP_CLOSED : size;
    if (!tell(scheduler, socket, ACTOR_TCP, data, (size_t)size, 0))
        return -ENOMEM;
    input->start = input->end = 0;
    return size;
}

static int64_t pump_packet(struct scheduler *scheduler, struct tcp_socket *socket)
{
    struct tcp_buffer *input = &socket->input;
    unsigned header = tcp_header_bytes(socket->packet);
    for (;;) {
        bool whole;
        int64_t bytes = tcp_packet_bytes(socket, &whole);
        if (bytes < 0)
            return bytes;
        if (whole) {
            if (!tell(scheduler, socket, ACTOR_TCP, input->data + input->start + header,
                      (size_t)bytes - header, 0))
                return -ENOMEM;
            input->start += (size_t)bytes;
            return bytes;
        }
        int64_t got = tcp_fill(scheduler, socket, (size_t)bytes - tcp_buffered(input));
        if (got <= 0)
            return got == 0 ? TCP_CLOSED : got;
    }
}

/* The stream is over: tells the owner, and closes. */
static void hang_up(struct scheduler *scheduler, struct tcp_socket *socket, int error)
{
    actor_tcp id = socket->id;
    actor_pid owner = socket->owner;
    if (error != TCP_CLOSED)
        tell(scheduler, socket, ACTOR_TCP_ERROR, NULL, 0, error);
    tell(scheduler, socket, ACTOR_TCP_CLOSED, NULL, 0, 0);
    if (error == TCP_CLOSED && socket->options.stays_open) {
        set_mode(socket, ACTOR_TCP_FALSE);
        return;
    }
    if (tcp_shut(scheduler, id, 0))
        tcp_detach(scheduler, id, owner);
}

/* --- the pump -------------------------------------------------------------------------- */

/* NULL: it is not active, or somebody has the turn, who will see `ready`. */
static struct tcp_socket *start(struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    if (socket == NULL)
        return NULL;
    struct tcp_turn *turn = &socket->turns[TCP_INPUT];
    bool free = turn->holder == 0 && socket->mode != ACTOR_TCP_FALSE && !socket->listens;
    if (free) {
        assert(turn->first == NULL && turn->blocked == NULL);
        turn->holder = TCP_PUMP;
        turn->ready = false;
        socket->users++;
    }
    core_lock_give(&socket->lock);
    return free ? socket : NULL;
}

/* Nothing was left. True: an edge has come since, so try again; else the turn is over. */
static bool again(struct scheduler *scheduler, struct tcp_socket *socket)
{
    struct tcp_turn *turn = &socket->turns[TCP_INPUT];
    core_lock_take(&socket->lock);
    bool ready = turn->ready && !socket->closing;
    turn->ready = false;
    if (ready)
        core_lock_give(&socket->lock);
    else
        tcp_end_locked(scheduler, socket, TCP_INPUT);
    return ready;
}

/* Whether somebody waits for the turn, who pumps after it, or the socket is being closed.
 */
static bool must_stop(struct tcp_socket *socket)
{
    core_lock_take(&socket->lock);
    bool stop = socket->closing || socket->mode == ACTOR_TCP_FALSE ||
                socket->turns[TCP_INPUT].first != NULL;
    core_lock_give(&socket->lock);
    return stop;
}

/* -EAGAIN: nothing is left. */
static int64_t pump_one(struct scheduler *scheduler, struct tcp_socket *socket)
{
    int64_t rc = socket->packet == ACTOR_TCP_RAW ? pump_raw(scheduler, socket)
                                                 : pump_packet(scheduler, socket);
    if (rc >= 0)
        count_down(scheduler, socket);
    if (rc != -EAGAIN)
        return rc;
    rc = tcp_watch(scheduler, socket);
    return rc == 0 ? -EAGAIN : rc;
}

void tcp_pump(struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = start(scheduler, id);
    int64_t rc = 0;
    int messages = 0;
    if (socket == NULL)
        return;
    while (rc >= 0 && messages < PUMP_MESSAGES && !must_stop(socket)) {
        rc = pump_one(scheduler, socket);
        if (rc != -EAGAIN)
            messages++;
        else if (again(scheduler, socket))
            rc = 0;
        else
            return;
    }
    if (rc >= 0 && messages == PUMP_MESSAGES)
        rc = tcp_watch_anew(scheduler, socket);
    if (rc < 0)
        hang_up(scheduler, socket, tcp_error(socket, (int)-rc));
    core_lock_take(&socket->lock);
    tcp_end_locked(scheduler, socket, TCP_INPUT);
}

bool tcp_pumps(struct scheduler *scheduler, actor_tcp id)
{
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    if (socket == NULL)
        return false;
    bool pumps = socket->turns[TCP_INPUT].holder == TCP_PUMP;
    core_lock_give(&socket->lock);
    return pumps;
}

/* --- who owns it, and how it reads ----------------------------------------------------- */

static int add_count(struct tcp_socket *socket, int count, bool *over)
{
    int sum = (socket->mode == ACTOR_TCP_COUNT ? socket->count : 0) + count;
    if (sum > INT16_MAX)
        return -EINVAL;
    *over = sum <= 0;
    socket->count = *over ? 0 : sum;
    set_mode(socket, *over ? ACTOR_TCP_FALSE : ACTOR_TCP_COUNT);
    return 0;
}

int actor_tcp_set_active(actor_tcp id, enum actor_tcp_active active, int count)
{
    struct scheduler *scheduler = scheduler_try(1);
    struct tcp_socket *socket;
    bool over = false;
    if (scheduler == NULL)
        return -EPERM;
    if ((unsigned)active > ACTOR_TCP_COUNT || count > INT16_MAX || count < INT16_MIN)
        return -EINVAL;
    int rc = tcp_begin(id, TCP_INPUT, true, TCP_FOREVER, &socket);
    if (rc != 0)
        return rc;
    scheduler = scheduler_self();
    if (socket->listens)
        rc = -EINVAL;
    else if (active == ACTOR_TCP_COUNT)
        rc = add_count(socket, count, &over);
    else
        set_mode(socket, active);
    if (over)
        tell(scheduler, socket, ACTOR_TCP_PASSIVE, NULL, 0, 0);
    tcp_end(scheduler, socket, TCP_INPUT); /* and pumps, if it is active now */
    return rc;
}

int actor_tcp_set_packet(actor_tcp id, enum actor_tcp_packet packet)
{
    struct tcp_socket *socket;
    if (scheduler_try(1) == NULL)
        return -EPERM;
    if ((unsigned)packet > ACTOR_TCP_LINE)
        return -EINVAL;
    int rc = tcp_begin(id, TCP_INPUT, true, TCP_FOREVER, &socket);
    if (rc != 0)
        return rc;
    core_lock_take(&socket->lock); /* who sends looks at it */
    socket->packet = packet;
    core_lock_give(&socket->lock);
    tcp_end(scheduler_self(), socket, TCP_INPUT);
    return 0;
}

static bool is_of(const struct actor_message *message, void *context)
{
    const struct actor_tcp_event *event = message->data;
    return message->kind >= ACTOR_TCP && message->kind <= ACTOR_TCP_PASSIVE &&
           event->socket == *(actor_tcp *)context;
}

/* Sends the messages of a socket on to its new owner. */
static void forward(struct scheduler *scheduler, struct tcp_socket *socket)
{
    struct signal *signal;
    actor_tcp id = socket->id;
    while ((signal = mailbox_take(scheduler->current, is_of, &id)) != NULL) {
        const struct actor_tcp_event *event = signal->message.data;
        tell(scheduler, socket, signal->message.kind, event->data, event->size,
             event->error);
        signal_consume(scheduler, signal);
    }
}

/* With the turn of input: nothing comes meanwhile. */
static int give_away(struct scheduler *scheduler, struct tcp_socket *socket, actor_pid to)
{
    struct process *self = scheduler->current;
    struct process *receiver = table_find(scheduler->runtime, to);
    struct control *word = question_new(scheduler);
    assert(receiver != NULL && socket->owner == pid_now(self));
    if (word == NULL)
        return -ENOMEM;
    word->key = socket->id;
    control_send(scheduler, word, SIGNAL_SOCKET, pid_now(self), to);
    core_lock_take(&socket->lock);
    socket->owner = to;
    core_lock_give(&socket->lock);
    forward(scheduler, socket);
    relation_end(scheduler, &self->relations, RELATION_SOCKET, socket->id);
    /* acquire: pairs with the release in release_all. Its end either sees it as the
     * owner, or is seen here. */
    if (core_load_acquire(&receiver->pid) != to)
        tcp_owner_gone(scheduler, socket->id, to);
    return 0;
}

int actor_tcp_controlling_process(actor_tcp id, actor_pid to)
{
    struct scheduler *scheduler = scheduler_try(1);
    struct process *self, *receiver;
    struct tcp_socket *socket;
    if (scheduler == NULL)
        return -EPERM;
    self = scheduler->current;
    int rc = tcp_begin(id, TCP_INPUT, true, TCP_FOREVER, &socket);
    if (rc == 0)
        rc = tcp_collect(&socket, TCP_INPUT);
    if (rc != 0)
        return rc;
    scheduler = scheduler_self();
    receiver = table_find(scheduler->runtime, to);
    if (socket->owner == to)
        rc = 0;
    else if (socket->owner != pid_now(self))
        rc = -EPERM;
    else if (receiver == NULL || core_load_acquire(&receiver->pid) != to) /* as above */
        rc = -EINVAL;
    else
        rc = give_away(scheduler, socket, to);
    tcp_end(scheduler, socket, TCP_INPUT);
    return rc;
}

actor_pid actor_tcp_owner(actor_tcp id)
{
    struct tcp_socket *socket = tcp_lock(scheduler_enter(1), id);
    if (socket == NULL)
        return 0;
    actor_pid owner = socket->owner;
    core_lock_give(&socket->lock);
    return owner;
}
