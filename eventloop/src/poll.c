/* poll.c - the phase in which a loop waits: descriptors, and what other threads send.
 *
 * Senders push onto `posted`, a stack; the loop takes it whole and turns it around, so
 * arrivals run in the order of their sends. A system call is made only for a loop that
 * sleeps:
 *
 *   sender:  push; if sleeping: wake the poller
 *   loop:    sleeping = true; if nothing is posted: wait; sleeping = false
 *
 * Each side writes one location and then reads the other's (Dekker), so all four accesses
 * are seq_cst: of a send and a wait that overlap at least one sees the other. A poller
 * woken late, by a sender that saw `sleeping` just before it was taken back, costs one
 * empty wait.
 *
 * An async's `sent` makes sends coalesce: who turns it on pushes; the loop turns it off
 * before it calls back. So an async is on the stack at most once.
 */
#include "loop.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <stdlib.h>

/* As libuv: after this many full batches in one phase the other phases get their turn. */
enum { BATCHES_MAX = 48 };

struct post {
    struct loop_arrival arrival;
    loop_callback *callback;
    void *context;
};

int loop_watch(struct loop *loop, struct loop_watcher *watcher, int fd, unsigned events,
               loop_ready_callback *callback, void *context)
{
    loop_unwatch(watcher);
    if (watcher->handle.flags & HANDLE_CLOSING)
        return -EINVAL;
    if (events == 0 || (events & ~(unsigned)(LOOP_READABLE | LOOP_WRITABLE)) != 0)
        return -EINVAL;
    int error = core_poller_add(&loop->poller, fd, events, watcher);
    if (error)
        return error;
    loop_activate(loop, &watcher->handle, KIND_WATCHER, NULL, context);
    core_list_append(&loop->watchers, &watcher->handle.node);
    watcher->ready = callback;
    watcher->fd = fd;
    watcher->result = 0;
    loop->watched++;
    return 0;
}

bool loop_unwatch(struct loop_watcher *watcher)
{
    if (!loop_is_active(&watcher->handle))
        return false;
    struct loop *loop = watcher->handle.loop;
    loop_deactivate(&watcher->handle);
    core_poller_remove(&loop->poller,
                       watcher->fd); /* fails only for one closed already */
    assert(loop->watched > 0 && watcher->result <= loop->result_count);
    if (watcher->result != 0)
        loop->results[watcher->result - 1].context = NULL;
    loop->watched--;
    return true;
}

static void hand_out_results(struct loop *loop)
{
    core_count(&loop->counters, COUNT_EVENTS, (uint64_t)loop->result_count);
    for (int i = 0; i < loop->result_count; i++)
        ((struct loop_watcher *)loop->results[i].context)->result = i + 1;
    assert((size_t)loop->result_count <= loop->watched &&
           "results of who is not watched");
    for (int i = 0; i < loop->result_count; i++) {
        struct loop_watcher *watcher = loop->results[i].context;
        if (!watcher)
            continue; /* unwatched by one before it */
        assert(loop_is_active(&watcher->handle) && watcher->result == i + 1);
        watcher->result = 0;
        if (loop->ended)
            continue;
        loop_begin_call(loop, LOOP_FROM_WATCHERS);
        watcher->ready(loop, watcher->handle.context, loop->results[i].events);
        loop_end_call(loop);
    }
    loop->result_count = 0;
}

static void push(struct loop *loop, struct loop_arrival *arrival)
{
    /* Relaxed: a guess, which the exchange below checks. */
    struct loop_arrival *first = core_load_relaxed(&loop->posted);
    do {
        arrival->next = first;
        /* Publishes the arrival to take_posted (release), and stands before the load of
         * `sleeping` (seq_cst, see above). */
    } while (!core_cas_seq_cst(&loop->posted, &first, arrival));
    /* Pairs with the store in sleep_for. */
    if (core_load_seq_cst(&loop->sleeping))
        core_poller_wake(&loop->poller);
}

void loop_async_open(struct loop *loop, struct loop_async *async, loop_callback *callback,
                     void *context)
{
    loop_activate(loop, &async->handle, KIND_ASYNC, callback, context);
    core_list_append(&loop->asyncs, &async->handle.node);
    async->arrival.posted = false;
    atomic_init(&async->sent, false);
}

void loop_async_send(struct loop_async *async)
{
    /* Release: what the sender wrote is visible to the callback, whose exchange in
     * run_arrivals reads this one or one after it. Acquire keeps that chain. */
    if (!core_exchange_acq_rel(&async->sent, true))
        push(async->handle.loop, &async->arrival);
}

int loop_post(struct loop *loop, loop_callback *callback, void *context)
{
    assert(callback && "a post without a callback");
    struct post *post = malloc(sizeof *post);
    if (!post)
        return -ENOMEM;
    post->arrival.posted = true;
    post->callback = callback;
    post->context = context;
    push(loop, &post->arrival);
    return 0;
}

/* Appends what was posted to `arrived`, first first. */
static void take_posted(struct loop *loop)
{
    if (!core_load_relaxed(
            &loop->posted)) /* a hint: what is missed now comes next time */
        return;
    /* Acquire: pairs with the release in push. */
    struct loop_arrival *last = core_exchange_acquire(&loop->posted, NULL);
    struct loop_arrival *first = NULL;
    struct loop_arrival **end = &last->next;
    while (last) {
        struct loop_arrival *next = last->next;
        last->next = first;
        first = last;
        last = next;
    }
    *loop->arrived_end = first;
    loop->arrived_end = end;
}

static struct loop_arrival *shift_arrived(struct loop *loop)
{
    struct loop_arrival *arrival = loop->arrived;
    if (!arrival)
        return NULL;
    loop->arrived = arrival->next;
    if (!arrival->next)
        loop->arrived_end = &loop->arrived;
    return arrival;
}

static struct loop_job open_arrival(struct loop_arrival *arrival)
{
    struct loop_job job;
    if (arrival->posted) {
        struct post *post = CORE_CONTAINER_OF(arrival, struct post, arrival);
        job = (struct loop_job){post->callback, post->context};
        free(post);
    } else {
        struct loop_async *async = CORE_CONTAINER_OF(arrival, struct loop_async, arrival);
        job = (struct loop_job){async->handle.callback, async->handle.context};
        /* Pairs with the exchange in loop_async_send: acquire for what senders wrote. */
        bool sent = core_exchange_acq_rel(&async->sent, false);
        assert(sent && "on the stack without a send");
        (void)sent;
    }
    return job;
}

static void run_arrivals(struct loop *loop)
{
    struct loop_arrival *arrival;
    take_posted(loop);
    while (!loop->ended && (arrival = shift_arrived(loop)) != NULL) {
        struct loop_job job = open_arrival(arrival);
        core_count(&loop->counters, COUNT_ARRIVALS, 1);
        core_trace(&loop->trace, CORE_TRACE_WAKE, loop->callbacks + 1, 0);
        loop_call(loop, LOOP_FROM_THREADS, job.callback, job.context);
    }
}

/* Nobody sends to this async any more; takes it out if it is on its way. */
void loop_forget_arrival(struct loop *loop, struct loop_async *async)
{
    /* Acquire: pairs with the sender's exchange, whose push came before the caller knew
     * that there would be no more sends. */
    if (!core_load_acquire(&async->sent))
        return;
    take_posted(loop);
    struct loop_arrival **link = &loop->arrived;
    while (*link != &async->arrival) {
        assert(*link && "closed while a thread was sending");
        link = &(*link)->next;
    }
    *link = async->arrival.next;
    if (!*link)
        loop->arrived_end = link;
}

void loop_arrivals_close(struct loop *loop)
{
    struct loop_arrival *arrival;
    take_posted(loop);
    while ((arrival = shift_arrived(loop)) != NULL)
        open_arrival(arrival);
}

/* One look at the poller: how many results, or negative errno. */
static int ask_poller(struct loop *loop, int64_t timeout_ns)
{
    bool woken;
    assert(loop->result_count == 0 && "results not handed out yet");
    core_count(&loop->counters, COUNT_POLLS, 1);
    int count = core_poller_wait(&loop->poller, loop->results, CORE_POLL_BATCH,
                                 timeout_ns, &woken);
    core_count(&loop->counters, COUNT_WAKES, woken);
    return count == -EINTR ? 0 : count;
}

/* Waits unless something was posted already. */
static int sleep_for(struct loop *loop, int64_t timeout_ns)
{
    uint64_t before_ns = loop->now_ns;
    uint64_t until_ns = timeout_ns < 0 ? 0 : before_ns + (uint64_t)timeout_ns;
    int count = 0;
    assert(!loop->arrived && "asleep with work at hand");
    core_trace(&loop->trace, CORE_TRACE_PARK, 0, until_ns);
    core_store_seq_cst(&loop->sleeping, true); /* before the load: Dekker with push */
    if (!core_load_seq_cst(&loop->posted))
        count = ask_poller(loop, timeout_ns);
    core_store_relaxed(&loop->sleeping,
                       false); /* seen late it costs a wake-up too many */
    loop_update_time(loop);
    core_count(&loop->counters, COUNT_IDLE_NS, loop->now_ns - before_ns);
    core_trace(&loop->trace, CORE_TRACE_UNPARK, 0, 0);
    return count;
}

/* Blocks as long as the loop has nothing to do: a signal, or a wake-up that came late,
 * does not end it. A loop that would not block asks the kernel only about descriptors. */
static int wait_for_work(struct loop *loop, bool may_block)
{
    for (;;) {
        int64_t timeout_ms = may_block ? loop_poll_timeout_ms(loop) : 0;
        if (timeout_ms != 0) { /* going to sleep: callbacks may have made the time old */
            loop_update_time(loop);
            timeout_ms = loop_poll_timeout_ms(loop);
        }
        if (timeout_ms == 0)
            return loop->watched > 0 ? ask_poller(loop, 0) : 0;
        int count =
            sleep_for(loop, timeout_ms < 0 ? -1 : timeout_ms * (int64_t)CORE_NS_PER_MS);
        if (count != 0)
            return count;
    }
}

void loop_poll(struct loop *loop, bool may_block)
{
    int count = wait_for_work(loop, may_block);
    for (int batches = 1; count > 0; batches++) {
        loop->result_count = count;
        hand_out_results(loop);
        if (count < CORE_POLL_BATCH || batches == BATCHES_MAX || loop->ended)
            break;
        count = ask_poller(loop, 0);
    }
    if (count < 0)
        loop->failure = count;
    run_arrivals(loop);
}
