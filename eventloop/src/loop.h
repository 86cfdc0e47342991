/* loop.h - a loop from inside. Only src/ sees it. */
#ifndef EVENTLOOP_SRC_LOOP_H
#define EVENTLOOP_SRC_LOOP_H

#include <core/counters.h>
#include <eventloop.h>
#include <stdalign.h>

/* Kinds of handles. The three hooks are in the order of enum loop_phase. */
enum loop_kind {
    KIND_NONE,
    KIND_TIMER,
    KIND_IMMEDIATE,
    KIND_DEFERRED,
    KIND_IDLE,
    KIND_PREPARE,
    KIND_CHECK,
    KIND_WATCHER,
    KIND_ASYNC,
};
enum { HOOK_PHASES = LOOP_CHECK + 1 };

/* Flags of a handle. ACTIVE and CLOSING exclude each other. UNREF lasts for ever. */
enum {
    HANDLE_ACTIVE = 1,
    HANDLE_UNREF = 2,
    HANDLE_CLOSING = 4,
};

enum loop_counter {
    COUNT_TURNS,
    COUNT_CALLBACKS,
    COUNT_TICKS,
    COUNT_MICROTASKS,
    COUNT_POLLS,
    COUNT_EVENTS,
    COUNT_WAKES,
    COUNT_ARRIVALS,
    COUNT_IDLE_NS,
    COUNTERS,
};

struct loop_job {
    loop_callback *callback;
    void *context;
};

/* FIFO of jobs; doubles when full, never shrinks. head and tail count jobs ever. */
struct loop_ring {
    struct loop_job *jobs;
    size_t capacity; /* a power of two, or 0 */
    size_t head;
    size_t tail;
};

/* Timers by duration; see timers.c. */
struct loop_timer_table {
    struct core_timers due; /* of lists, by when their first timer is due */
    struct loop_timer_list **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t list_count;
    struct loop_timer_list *spare;   /* lists without a duration */
    struct loop_timer_list *running; /* whose timers are being called */
    struct loop_timer *current; /* the interval being called, unless it was touched */
};

struct loop {
    /* Written by any thread. */
    alignas(CORE_CACHE_LINE) _Atomic(struct loop_arrival *) posted; /* last first */

    /* Written by the owner, read by any thread. */
    alignas(CORE_CACHE_LINE) atomic_bool sleeping; /* in, or on its way into, a wait */
    struct core_counters counters;

    /* The owner's alone from here on. */
    struct core_poller poller;
    struct loop_ring ticks;
    struct loop_ring microtasks;
    bool disturbed; /* `thrown` or `ended`: one test after each callback */
    bool ended;     /* nothing runs any more */
    bool running;   /* inside loop_run */
    bool stopped;   /* by loop_stop */
    bool silent;    /* ended without an exit event */
    bool over;      /* ended, and the exit callback told */
    int status;     /* valid when ended */
    int exit_code;  /* of a run that ends by itself */
    int failure;    /* negative errno that ends the run */
    const char *thrown;
    const char *error;

    size_t refs;            /* handles that are active and not UNREF */
    size_t refd_immediates; /* those of them that are immediates */
    size_t watched;         /* active watchers */
    uint64_t base_ns;       /* core_now_ns when loop_now_ms was 0 */
    uint64_t now_ns;        /* cached, as the clock gave it */
    uint64_t now_ms;        /* cached, since base_ns */
    uint64_t callbacks;     /* ever: the id of a callback in the trace */

    struct loop_timer_table timers;
    struct core_list immediates;
    struct core_list outstanding; /* immediates of the present check phase */
    struct core_list deferred;
    struct core_list deferred_now; /* those of the present pending phase */
    struct core_list hooks[HOOK_PHASES];
    struct core_list hooks_now; /* those of the present phase not called yet */
    struct core_list watchers;
    struct core_list asyncs;
    struct core_list closing;
    struct core_list closing_now;
    struct loop_arrival *arrived; /* taken from `posted`, first first */
    struct loop_arrival **arrived_end;
    struct loop_immediate after_error; /* its end drains what an error left */

    loop_uncaught_callback *on_uncaught;
    void *on_uncaught_context;
    loop_callback *on_before_exit;
    void *on_before_exit_context;
    loop_exit_callback *on_exit;
    void *on_exit_context;

    struct core_trace trace;
    struct core_poll_result results[CORE_POLL_BATCH];
    int result_count;
};

/* queues.c */
void loop_ring_close(struct loop_ring *ring);
void loop_settle(struct loop *loop);
void loop_report(struct loop *loop);
void loop_begin_call(struct loop *loop, enum loop_source source);
void loop_end_call(struct loop *loop);
void loop_call(struct loop *loop, enum loop_source source, loop_callback *callback,
               void *context);

/* handles.c */
void loop_activate(struct loop *loop, struct loop_handle *handle, enum loop_kind kind,
                   loop_callback *callback, void *context);
void loop_deactivate(struct loop_handle *handle);
void loop_forget_all(struct core_list *handles);
void loop_move_all(struct core_list *to, struct core_list *from);
void loop_run_immediates(struct loop *loop);
void loop_run_deferred(struct loop *loop);
void loop_run_hooks(struct loop *loop, enum loop_phase phase, enum loop_source source);
void loop_run_closing(struct loop *loop);

/* timers.c */
void loop_timers_init(struct loop_timer_table *table);
void loop_timers_close(struct loop_timer_table *table);
void loop_run_timers(struct loop *loop);

/* poll.c */
void loop_poll(struct loop *loop, bool may_block);
void loop_arrivals_close(struct loop *loop);
void loop_forget_arrival(struct loop *loop, struct loop_async *async);

#endif
