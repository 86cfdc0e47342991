/* Turns and waits of sockets (net.h, 2 to 4). */
#include "runtime.h"

#include <csp/net.h>

/* --- Turns --------------------------------------------------------------------- */

static struct csp_waiter *own_waiter(struct csp_goroutine *goroutine)
{
    struct csp_waiter *waiter = &goroutine->own[0];
    assert(csp_state(goroutine) == G_RUNNING && "it waits at one place at a time");
    waiter->goroutine = goroutine;
    waiter->next = NULL;
    waiter->success = false;
    return waiter;
}

static void park_under(struct csp_worker *worker, struct csp_socket *socket)
{
    csp_running(worker)->held = &socket->lock;
    csp_park(worker, WAIT_SEMAPHORE, csp_release_held);
}

static void queue_up(struct csp_turn *turn, struct csp_waiter *waiter)
{
    if (turn->first == NULL)
        turn->first = waiter;
    else
        turn->last->next = waiter;
    turn->last = waiter;
}

int csp_net_begin(struct csp_worker *worker, uint64_t id, unsigned direction,
                  struct csp_socket **into)
{
    struct csp_socket *socket = *into = csp_net_lock(worker->csp, id);
    if (socket == NULL)
        return id == 0 ? -EINVAL : CSP_NET_CLOSED;
    struct csp_turn *turn = &socket->turns[direction];
    if (!turn->held) {
        assert(turn->first == NULL && "a turn is handed on");
        turn->held = true;
        socket->users++;
        core_lock_give(&socket->lock);
        return 0;
    }
    struct csp_waiter *waiter = own_waiter(csp_running(worker));
    queue_up(turn, waiter);
    park_under(worker, socket);
    return waiter->success ? 0 : CSP_NET_CLOSED;
}

void csp_net_end(struct csp_socket *socket, unsigned direction)
{
    struct csp_worker *worker = csp_here();
    struct csp_turn *turn = &socket->turns[direction];
    core_lock_take(&socket->lock);
    assert(turn->held && turn->blocked == NULL && socket->users > 0);
    struct csp_waiter *next = turn->first;
    if (next != NULL) { /* turn and use are handed on */
        turn->first = next->next;
        next->success = true;
        core_lock_give(&socket->lock);
        csp_ready(worker, next->goroutine);
        return;
    }
    turn->held = false;
    socket->users--;
    if (socket->users == 0 && socket->closing)
        csp_net_free(worker, socket);
    else
        core_lock_give(&socket->lock);
}

/* --- Waiting ------------------------------------------------------------------- */

/* Under the lock. */
static int state_of(const struct csp *csp, const struct csp_socket *socket,
                    const struct csp_turn *turn)
{
    if (socket->closing)
        return CSP_NET_CLOSED;
    bool over =
        turn->deadline_ns != CSP_NO_DEADLINE && turn->deadline_ns <= csp_clock(csp);
    return over ? CSP_NET_TIMEOUT : 0;
}

int csp_net_prepare(struct csp_socket *socket, unsigned direction)
{
    struct csp_worker *worker = csp_here();
    struct csp_turn *turn = &socket->turns[direction];
    core_lock_take(&socket->lock);
    assert(turn->held);
    int rc = state_of(worker->csp, socket, turn);
    turn->ready = false;
    core_lock_give(&socket->lock);
    return rc;
}

/* The name goes to the poller in a pointer's place; it is only ever looked up. */
static int watch(struct csp_worker *worker, struct csp_socket *socket)
{
    static const unsigned edges = CORE_POLL_READ | CORE_POLL_WRITE | CORE_POLL_EDGE;
    core_lock_take(&socket->lock);
    bool watched = socket->watched;
    int fd = socket->fd;
    uint64_t id = csp_net_id(socket);
    core_lock_give(&socket->lock);
    if (watched)
        return 0;
    int rc = core_seat_watch(&worker->csp->net.seat, fd, edges, (void *)(uintptr_t)id);
    if (rc != 0 && rc != -EEXIST) /* reader and writer may come here at once */
        return rc;
    core_lock_take(&socket->lock);
    socket->watched = true;
    core_lock_give(&socket->lock);
    return 0;
}

/* On the worker's stack. The first lock that is given back may let the goroutine go on.
 */
static void release_wait(struct csp_goroutine *goroutine)
{
    struct core_lock *timers = goroutine->held, *socket = goroutine->own[0].element;
    assert(socket != NULL && csp_state(goroutine) == G_WAITING);
    if (timers != NULL)
        core_lock_give(timers);
    core_lock_give(socket);
}

/* With the socket's lock held, which is given back. */
static int park(struct csp_worker *worker, struct csp_socket *socket,
                struct csp_turn *turn)
{
    struct csp_net *net = &worker->csp->net;
    struct csp_goroutine *goroutine = csp_running(worker);
    uint64_t now_ns = csp_clock(worker->csp), until_ns = turn->deadline_ns;
    core_store_relaxed(&goroutine->fired, false); /* published by the locks */
    goroutine->held = NULL;
    if (until_ns != CSP_NO_DEADLINE) {
        if (!csp_alarm_start(worker, &goroutine->alarm,
                             until_ns > now_ns ? until_ns - now_ns : 0)) {
            core_lock_give(&socket->lock);
            return -ENOMEM;
        }
        goroutine->held = &worker->timers_lock;
    }
    assert(turn->blocked == NULL && "who has the turn waits alone");
    turn->blocked = goroutine;
    goroutine->own[0].element = &socket->lock;
    core_add_relaxed(&net->waiting, 1); /* exact once this worker is idle, by its lock */
    csp_park(worker, WAIT_IO, release_wait);
    uint32_t before = core_sub_relaxed(&net->waiting, 1); /* as above */
    assert(before > 0);
    (void)before;
    if (until_ns != CSP_NO_DEADLINE)
        csp_alarm_stop(&goroutine->alarm);
    return 0;
}

int csp_net_wait(struct csp_socket *socket, unsigned direction)
{
    struct csp_worker *worker = csp_here();
    struct csp_turn *turn = &socket->turns[direction];
    int rc = watch(worker, socket);
    if (rc != 0)
        return rc;
    core_lock_take(&socket->lock);
    rc = state_of(worker->csp, socket, turn);
    if (rc == 0 && !turn->ready) {
        rc = park(worker, socket, turn);
        if (rc != 0)
            return rc;
        core_lock_take(&socket->lock);
        turn->blocked = NULL;
        rc = state_of(csp_here()->csp, socket, turn);
    }
    turn->ready = false;
    core_lock_give(&socket->lock);
    return rc;
}

/* --- Waking -------------------------------------------------------------------- */

/* Under the lock: takes the one out who waits for an edge, unless its alarm was quicker.
 */
static struct csp_goroutine *take_blocked(struct csp_turn *turn)
{
    struct csp_goroutine *goroutine = turn->blocked;
    turn->blocked = NULL;
    assert(goroutine == NULL || turn->held);
    return goroutine != NULL && csp_claim(goroutine) ? goroutine : NULL;
}

static void wake_blocked(struct csp_worker *worker, struct csp_turn *turn)
{
    struct csp_goroutine *goroutine = take_blocked(turn);
    if (goroutine != NULL)
        csp_ready(worker, goroutine);
}

int csp_net_deadline(struct csp_worker *worker, uint64_t id, unsigned directions,
                     uint64_t deadline_ns)
{
    struct csp_socket *socket = csp_net_lock(worker->csp, id);
    if (socket == NULL)
        return id == 0 ? -EINVAL : CSP_NET_CLOSED;
    for (unsigned i = NET_READ; i <= NET_WRITE; i++)
        if (directions & 1U << i) {
            socket->turns[i].deadline_ns = deadline_ns;
            wake_blocked(worker, &socket->turns[i]);
        }
    core_lock_give(&socket->lock);
    return 0;
}

/* Sends those away who wait for a turn. */
static void send_away(struct csp_worker *worker, struct csp_turn *turn)
{
    struct csp_waiter *waiter = turn->first;
    turn->first = turn->last = NULL;
    while (waiter != NULL) {
        struct csp_waiter *next = waiter->next;
        assert(!waiter->success);
        csp_ready(worker, waiter->goroutine);
        waiter = next;
    }
}

int csp_net_close(struct csp_worker *worker, uint64_t id)
{
    struct csp_socket *socket = csp_net_lock(worker->csp, id);
    if (socket == NULL)
        return id == 0 ? -EINVAL : CSP_NET_CLOSED;
    socket->closing = true;
    for (unsigned i = NET_READ; i <= NET_WRITE; i++) {
        wake_blocked(worker, &socket->turns[i]);
        send_away(worker, &socket->turns[i]);
    }
    if (socket->users == 0) {
        csp_net_free(worker, socket);
        return 0;
    }
    socket->closer = own_waiter(csp_running(worker));
    park_under(worker, socket);
    return 0;
}

static void deliver(struct csp_worker *worker, const struct core_poll_result *result)
{
    static const unsigned events[] = {CORE_POLL_READ | CORE_POLL_ERROR,
                                      CORE_POLL_WRITE | CORE_POLL_ERROR};
    struct csp_goroutine *woken[2] = {NULL, NULL};
    struct csp_socket *socket = csp_net_lock(worker->csp, (uintptr_t)result->context);
    if (socket == NULL) /* closed meanwhile */
        return;
    for (unsigned i = NET_READ; i <= NET_WRITE; i++)
        if (result->events & events[i]) {
            socket->turns[i].ready = true;
            woken[i] = take_blocked(&socket->turns[i]);
        }
    core_lock_give(&socket->lock);
    for (unsigned i = NET_READ; i <= NET_WRITE; i++)
        if (woken[i] != NULL)
            csp_ready(worker, woken[i]);
}

void csp_net_deliver(struct csp_worker *worker, const struct core_poll_result *results,
                     int count)
{
    assert(count <= CORE_POLL_BATCH && csp_running(worker) == NULL);
    for (int i = 0; i < count; i++)
        deliver(worker, &results[i]);
}

bool csp_net_look(struct csp_worker *worker)
{
    struct core_poll_result results[CORE_POLL_BATCH];
    core_store_relaxed(&worker->look, false); /* shared with the own handler only */
    int count = core_seat_look(&worker->csp->net.seat, results, CORE_POLL_BATCH);
    csp_net_deliver(worker, results, count);
    return count > 0;
}
