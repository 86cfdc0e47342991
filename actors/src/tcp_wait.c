/* Turns and waits (tcp.h, 3 to 5). */
#include "tcp.h"

#include <errno.h>

uint64_t tcp_deadline(struct scheduler *scheduler, int64_t timeout_ns)
{
    assert(timeout_ns >= 0);
    return timeout_ns == ACTOR_FOREVER
               ? TCP_FOREVER
               : runtime_now_ns(scheduler->runtime) + (uint64_t)timeout_ns;
}

/* --- the lists, under the lock ----------------------------------------------------- */

static void queue_up(struct tcp_turn *turn, struct signal *signal)
{
    signal->next = NULL;
    if (turn->first == NULL)
        turn->first = signal;
    else
        turn->last->next = signal;
    turn->last = signal;
}

struct signal *tcp_hand_on(struct tcp_turn *turn)
{
    struct signal *signal = turn->first;
    turn->holder = 0;
    if (signal == NULL)
        return NULL;
    turn->first = signal->next;
    turn->holder = signal->to;
    return signal;
}

/* Takes a process's signal out, wherever it waits; NULL: it is on its way to it. */
static struct signal *take_own(struct tcp_turn *turn, actor_pid pid)
{
    struct signal *signal = turn->blocked, *before = NULL;
    if (signal != NULL && signal->to == pid) {
        assert(turn->holder == pid && "who is blocked has the turn");
        turn->blocked = NULL;
        return signal;
    }
    for (signal = turn->first; signal != NULL && signal->to != pid; signal = signal->next)
        before = signal;
    if (signal == NULL)
        return NULL;
    if (before == NULL)
        turn->first = signal->next;
    else
        before->next = signal->next;
    if (turn->last == signal)
        turn->last = before;
    return signal;
}

void tcp_push(struct scheduler *scheduler, struct signal *signal)
{
    struct process *process = table_find(scheduler->runtime, signal->to);
    assert(process != NULL && signal->kind == SIGNAL_READY);
    signal_push(scheduler, process, signal);
}

/* --- waiting ----------------------------------------------------------------------- */

/* The signal of a wait that begins now; the caller puts it where it will be found. */
static struct signal *wait_new(struct scheduler *scheduler, actor_tcp id,
                               unsigned direction)
{
    struct process *self = scheduler->current;
    struct signal *signal = core_pool_take(&scheduler->pool, sizeof *signal);
    assert(self->io.socket == 0 && "a process waits once");
    if (signal == NULL)
        return NULL;
    *signal = (struct signal){
        .to = pid_now(self), .kind = SIGNAL_READY, .wait = ++self->io.number};
    self->io.socket = id;
    self->io.direction = (uint8_t)direction;
    self->io.over = false;
    return signal;
}

/* The time is up. True: the signal was still there, and the wait ends without it. */
static bool give_up(struct scheduler *scheduler, struct process *self)
{
    struct tcp_socket *socket = tcp_lock(scheduler, self->io.socket);
    struct signal *own = NULL;
    if (socket != NULL) {
        own = take_own(&socket->turns[self->io.direction], pid_now(self));
        core_lock_give(&socket->lock);
    }
    if (own != NULL)
        signal_free(scheduler, own);
    return own != NULL;
}

/* Sleeps until the signal has come, or the time is up. -ETIMEDOUT: the signal has not
 * come and will not. */
static int await(struct process *self, uint64_t deadline_ns)
{
    int rc = 0;
    self->timed_out = false;
    if (deadline_ns != TCP_FOREVER)
        rc = timeout_start(scheduler_self(), self, deadline_ns);
    while (rc == 0) {
        mailbox_collect(self); /* may end us: tcp_forsake */
        if (self->io.over || self->timed_out)
            break;
        scheduler_leave(LEAVE_WAIT);
    }
    struct scheduler *scheduler = scheduler_self();
    if (self->timeout != NULL)
        timeout_cancel(scheduler, self);
    if (!self->io.over && give_up(scheduler, self))
        rc = rc != 0 ? rc : -ETIMEDOUT;
    else
        rc = 0; /* the signal has been sent, and counts, even if we have not seen it */
    self->io.number++;
    self->io.socket = 0;
    return rc;
}

void tcp_forsake(struct scheduler *scheduler, struct process *process)
{
    struct tcp_socket *socket = tcp_lock(scheduler, process->io.socket);
    actor_pid pid = pid_now(process);
    struct signal *next = NULL;
    assert(pid != 0 && process->io.direction <= TCP_OUTPUT);
    process->io.socket = 0;
    if (socket == NULL)
        return;
    struct tcp_turn *turn = &socket->turns[process->io.direction];
    struct signal *own = take_own(turn, pid);
    /* acquire: pairs with the release in actors_halt; nobody runs on then */
    if (turn->holder == pid && !core_load_acquire(&scheduler->runtime->stopping))
        next = tcp_hand_on(turn);
    core_lock_give(&socket->lock);
    if (own != NULL)
        signal_free(scheduler, own);
    if (next != NULL)
        tcp_push(scheduler, next);
}

/* --- turns ------------------------------------------------------------------------- */

/* Gives a turn up that was handed to us, of a socket that we do not use. */
static void pass(struct scheduler *scheduler, actor_tcp id, unsigned direction)
{
    struct tcp_socket *socket = tcp_use(scheduler, id);
    if (socket != NULL)
        tcp_end(scheduler, socket, direction);
}

/* Uses a socket whose turn is ours. */
static int go_on(actor_tcp id, unsigned direction, struct tcp_socket **out)
{
    struct scheduler *scheduler = scheduler_self();
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    *out = socket;
    if (socket == NULL)
        return TCP_CLOSED;
    assert(socket->turns[direction].holder == pid_now(scheduler->current));
    socket->users++;
    socket->turns[direction].ready = false;
    core_lock_give(&socket->lock);
    return 0;
}

int tcp_begin(actor_tcp id, unsigned direction, bool alone, uint64_t deadline_ns,
              struct tcp_socket **out)
{
    struct scheduler *scheduler = scheduler_self();
    struct process *self = scheduler->current;
    struct tcp_socket *socket = *out = tcp_lock(scheduler, id);
    struct signal *signal = NULL;
    int rc = -EALREADY;
    if (socket == NULL)
        return tcp_was(scheduler, id) ? TCP_CLOSED : -EINVAL;
    struct tcp_turn *turn = &socket->turns[direction];
    if (turn->holder == 0) {
        assert(turn->first == NULL && "a turn is handed on");
        turn->holder = pid_now(self);
        turn->ready = false;
        socket->users++;
        core_lock_give(&socket->lock);
        return 0;
    }
    if (!alone || turn->holder == TCP_PUMP) {
        signal = wait_new(scheduler, id, direction);
        rc = -ENOMEM;
    }
    if (signal != NULL)
        queue_up(turn, signal);
    core_lock_give(&socket->lock);
    if (signal == NULL)
        return rc;
    rc = await(self, deadline_ns);
    return rc != 0 ? rc : go_on(id, direction, out);
}

int tcp_block(struct tcp_socket **at, unsigned direction, uint64_t deadline_ns)
{
    struct scheduler *scheduler = scheduler_self();
    struct process *self = scheduler->current;
    struct tcp_socket *socket = *at;
    struct tcp_turn *turn = &socket->turns[direction];
    actor_tcp id = socket->id; /* in use, so it stays */
    int rc = tcp_watch(scheduler, socket);
    if (rc == 0 && deadline_ns != TCP_FOREVER &&
        deadline_ns <= runtime_now_ns(scheduler->runtime))
        rc = -ETIMEDOUT;
    if (rc != 0) {
        tcp_end(scheduler, socket, direction);
        return rc;
    }
    core_lock_take(&socket->lock);
    if (turn->ready || socket->closing) {
        turn->ready = false;
        rc = socket->closing ? TCP_CLOSED : 0;
        core_lock_give(&socket->lock);
        if (rc != 0)
            tcp_end(scheduler, socket, direction);
        return rc;
    }
    turn->blocked = wait_new(scheduler, id, direction);
    rc = turn->blocked == NULL ? -ENOMEM : 0;
    tcp_unuse_locked(scheduler, socket);
    if (rc == 0)
        rc = await(self, deadline_ns);
    if (rc == 0)
        return go_on(id, direction, at);
    pass(scheduler_self(), id, direction);
    return rc;
}

int tcp_collect(struct tcp_socket **at, unsigned direction)
{
    struct scheduler *scheduler = scheduler_self();
    struct process *self = scheduler->current;
    actor_tcp id = (*at)->id; /* in use, so it stays */
    assert(self->io.socket == 0);
    self->io.socket = id; /* as if we waited: the turn is handed on if we end */
    self->io.direction = (uint8_t)direction;
    tcp_unuse(scheduler, *at);
    mailbox_collect(self);
    self->io.socket = 0;
    return go_on(id, direction, at);
}

void tcp_end_locked(struct scheduler *scheduler, struct tcp_socket *socket,
                    unsigned direction)
{
    assert(is_held(&socket->lock));
    assert(socket->turns[direction].blocked == NULL && "the holder is here");
    struct signal *next = tcp_hand_on(&socket->turns[direction]);
    tcp_unuse_locked(scheduler, socket);
    if (next != NULL)
        tcp_push(scheduler, next);
}

void tcp_end(struct scheduler *scheduler, struct tcp_socket *socket, unsigned direction)
{
    actor_tcp id = socket->id; /* in use, so it stays */
    core_lock_take(&socket->lock);
    bool pumps =
        direction == TCP_INPUT && socket->mode != ACTOR_TCP_FALSE && socket->connected;
    tcp_end_locked(scheduler, socket, direction);
    if (pumps)
        tcp_pump(scheduler, id);
}

/* --- readiness --------------------------------------------------------------------- */

static const unsigned EDGES = CORE_POLL_READ | CORE_POLL_WRITE | CORE_POLL_EDGE;

/* The name goes to the poller in a pointer's place; it is only ever looked up. */
static void *context_of(const struct tcp_socket *socket)
{
    assert(socket->users > 0);
    return (void *)(uintptr_t)socket->id;
}

static bool is_watched(struct tcp_socket *socket)
{
    core_lock_take(&socket->lock);
    bool watched = socket->watched;
    core_lock_give(&socket->lock);
    return watched;
}

int tcp_watch(struct scheduler *scheduler, struct tcp_socket *socket)
{
    if (is_watched(socket))
        return 0;
    int rc = core_seat_watch(&scheduler->runtime->sockets.seat, socket->fd, EDGES,
                             context_of(socket));
    if (rc != 0 && rc != -EEXIST) /* two may come here at once */
        return rc;
    core_lock_take(&socket->lock);
    socket->watched = true;
    core_lock_give(&socket->lock);
    return 0;
}

int tcp_watch_anew(struct scheduler *scheduler, struct tcp_socket *socket)
{
    if (!is_watched(socket))
        return tcp_watch(scheduler, socket);
    return core_seat_rewatch(&scheduler->runtime->sockets.seat, socket->fd, EDGES,
                             context_of(socket));
}

static struct signal *edge(struct tcp_socket *socket, unsigned direction)
{
    struct tcp_turn *turn = &socket->turns[direction];
    struct signal *signal = turn->blocked;
    turn->ready = true;
    turn->blocked = NULL;
    return signal;
}

static void deliver(struct scheduler *scheduler, const struct core_poll_result *result)
{
    actor_tcp id = (uintptr_t)result->context;
    struct signal *signals[2] = {NULL, NULL};
    struct tcp_socket *socket = tcp_lock(scheduler, id);
    if (socket == NULL) /* closed meanwhile */
        return;
    if (result->events & (CORE_POLL_READ | CORE_POLL_ERROR))
        signals[0] = edge(socket, TCP_INPUT);
    if (result->events & (CORE_POLL_WRITE | CORE_POLL_ERROR))
        signals[1] = edge(socket, TCP_OUTPUT);
    bool pumps = socket->mode != ACTOR_TCP_FALSE && socket->connected &&
                 (result->events & (CORE_POLL_READ | CORE_POLL_ERROR)) != 0;
    core_lock_give(&socket->lock);
    for (unsigned i = 0; i < 2; i++)
        if (signals[i] != NULL)
            tcp_push(scheduler, signals[i]);
    if (pumps)
        tcp_pump(scheduler, id);
}

void sockets_deliver(struct scheduler *scheduler, const struct core_poll_result *results,
                     int count)
{
    assert(count >= 0 && count <= CORE_POLL_BATCH);
    if (count == 0)
        return;
    core_count(&scheduler->counters, COUNT_READY, (uint64_t)count);
    for (int i = 0; i < count; i++)
        deliver(scheduler, &results[i]);
}

bool sockets_look(struct scheduler *scheduler)
{
    struct core_poll_result results[CORE_POLL_BATCH];
    core_store_relaxed(&scheduler->look, false); /* by its own thread only */
    core_count(&scheduler->counters, COUNT_LOOKS, 1);
    int count =
        core_seat_look(&scheduler->runtime->sockets.seat, results, CORE_POLL_BATCH);
    sockets_deliver(scheduler, results, count);
    return count > 0;
}
