/* chan.h - a channel, for the files that look into it. */
#ifndef CSP_CHAN_H
#define CSP_CHAN_H

#include "runtime.h"

struct csp_queue {
    struct csp_waiter *_Atomic first; /* also looked at without the lock */
    struct csp_waiter *last;
};

struct csp_chan {
    struct core_lock lock;
    atomic_bool closed;
    /* set when it is made */
    size_t element_bytes;
    size_t capacity;
    char *slots;             /* behind the struct */
    struct csp_timer *timer; /* whose channel it is, or NULL */
    /* written under the lock */
    _Atomic size_t count;
    size_t send_at;
    size_t receive_at;
    struct csp_queue receivers;
    struct csp_queue senders;
};

/* A channel with `extra` bytes between the struct and its ring. */
struct csp_chan *csp_chan_new(struct csp_worker *worker, size_t element_bytes,
                              ptrdiff_t capacity, size_t extra);

/* Appends; takes the first that is not fired otherwise, or NULL; takes a given one out if
 * it is still in. Under the channel's lock. */
void csp_queue_append(struct csp_queue *queue, struct csp_waiter *waiter);
struct csp_waiter *csp_queue_take(struct csp_queue *queue);
void csp_queue_remove(struct csp_queue *queue, struct csp_waiter *waiter);

/* Under the channel's lock, which they give back when they return true: the send or
 * receive could go on at once. */
bool csp_chan_send_now(struct csp_worker *worker, struct csp_chan *chan,
                       const void *element);
bool csp_chan_recv_now(struct csp_worker *worker, struct csp_chan *chan, void *element,
                       bool *ok);

/* For a timer's channel: sends the time unless one waits there; takes it back, true: one
 * was there. */
void csp_chan_fire(struct csp_worker *worker, struct csp_chan *chan, uint64_t now_ns);
bool csp_chan_drain(struct csp_chan *chan);
/* Stops it: nothing comes through its channel any more. */
void csp_timer_halt(struct csp_timer *timer);

#endif
