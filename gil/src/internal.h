/* internal.h - what the files of gil/ share. */
#ifndef GIL_INTERNAL_H
#define GIL_INTERNAL_H

#include <core/atomic.h>
#include <core/counters.h>
#include <core/list.h>
#include <gil.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdalign.h>
#include <time.h>

/* Why the holder should leave its loop at the next checkpoint. */
enum gil_breaker {
    GIL_BREAK_DROP = 1,     /* somebody waited an interval for the lock */
    GIL_BREAK_SHUTDOWN = 2, /* daemons end now */
};

/* Who releases the lock, and for what. */
enum gil_release { GIL_RELEASE_FORCED, GIL_RELEASE_VOLUNTARY, GIL_RELEASE_LAST };

/* What taking the lock took. */
struct gil_taken {
    uint64_t wait_began_ns; /* 0: it was free */
    uint64_t drop_requests;
    bool handed_over; /* the holder before was another thread */
};

/* A policy: who runs next and when one must let go. The rest of gil/ calls these and
 * knows no more. It must give mutual exclusion, hand-over of memory included; set
 * GIL_BREAK_DROP only while another thread than the caller holds the lock; and let the
 * one who asked take it. */
struct gil_policy {
    const char *name;
    /* Makes gil->policy_state from gil->config. Errors: -ENOMEM. */
    int (*open)(struct gil *gil);
    void (*close)(struct gil *gil);
    void (*take)(struct gil *gil, struct gil_thread *me, struct gil_taken *taken);
    /* True when it slept until another thread had taken the lock. */
    bool (*drop)(struct gil *gil, struct gil_thread *me, enum gil_release why);
};

/* threading.Lock: a semaphore that is 1 when free. `locked` is what Python code can see;
 * it lags behind the semaphore while a waiter that got it waits for the global lock. */
struct gil_lock {
    sem_t free;
    bool locked GIL_GUARDED;
};

/* Where a thread is in its life. The thread itself writes it and nobody else looks. */
enum gil_state {
    GIL_STATE_NEW,     /* made, not yet in its function */
    GIL_STATE_READY,   /* wants the lock */
    GIL_STATE_RUNNING, /* holds the lock */
    GIL_STATE_BLOCKED, /* gave the lock up to wait or for a native call */
    GIL_STATE_ENDED,   /* gave the lock up for good */
};

struct gil_thread {
    /* Written before the thread starts. */
    struct gil *gil;
    gil_function *function;
    void *argument;
    char *name;
    size_t stack_bytes;
    uint64_t id;
    bool daemon;
    pthread_t os_thread;

    /* Written by the thread itself, with the lock or without. */
    enum gil_state state;
    uint64_t held_since_ns;
    uint64_t switch_waits; /* not yet counted */
    jmp_buf end;           /* where gil_raise and the end of a daemon land */

    /* Written by whoever holds the lock. */
    enum gil_end how_ended GIL_GUARDED;
    unsigned references GIL_GUARDED; /* the user's, and the runtime's until reaped */
    bool started GIL_GUARDED;
    bool ended GIL_GUARDED;
    sem_t *blocked_on GIL_GUARDED; /* what wakes it at shutdown; NULL: not waiting */
    struct gil_thread *joins GIL_GUARDED; /* whose end it waits for, with a reference */
    struct core_list link GIL_GUARDED;    /* in gil->alive or gil->dead */
    struct core_list waits GIL_GUARDED;   /* in a condition's waiters */
    struct gil_lock alive;                /* locked until it ends; join takes it */

    sem_t begun; /* posted once, by the thread when it first has the lock */
    sem_t nap;   /* posted once for each removal from a condition's waiters */
};

struct gil {
    /* Written by threads that wait, read by the holder at each checkpoint. */
    alignas(CORE_CACHE_LINE) _Atomic unsigned breaker;

    /* Written by gil_start. */
    alignas(CORE_CACHE_LINE) struct gil_config config;
    void *policy_state;

    /* Written by gil_run, before and after all threads. */
    _Atomic bool running;
    struct gil_thread main;

    /* Written by whoever holds the lock. */
    alignas(CORE_CACHE_LINE) struct core_list alive GIL_GUARDED; /* all but main */
    struct core_list dead GIL_GUARDED; /* ended, their OS thread not yet joined */
    uint64_t last_id GIL_GUARDED;
    size_t placed GIL_GUARDED; /* threads of this run that were given a CPU */
    bool shutting_down GIL_GUARDED;
    struct core_trace trace GIL_GUARDED;
    struct core_histogram *waits GIL_GUARDED;
    struct core_counters counters; /* written with the lock, read by anyone */
};

_Static_assert(offsetof(struct gil, config) == CORE_CACHE_LINE, "breaker has its line");
_Static_assert(offsetof(struct gil, alive) % CORE_CACHE_LINE == 0, "holder's own lines");

/* ---- gil.c: the lock, whatever its policy ---- */

/* The lock as such, with the accounting. */
void gil_take(struct gil_thread *me) GIL_ACQUIRES(gil_itself);
void gil_drop(struct gil_thread *me, enum gil_release why, uint64_t trace_arg)
    GIL_RELEASES(gil_itself);

/* Ends the calling thread if it is a daemon and the runtime shuts down. */
void gil_end_if_shut_down(struct gil_thread *me) GIL_HELD;

/* The calling thread, which must be in a runtime. noinline: a thread-local's address is
 * never kept. */
struct gil_thread *gil_me(void);
void gil_set_me(struct gil_thread *thread);

/* ---- thread.c ---- */

int gil_thread_init(struct gil_thread *thread, struct gil *gil, const char *name);
void gil_thread_destroy(struct gil_thread *thread);
/* Runs the function until it returns or is ended. */
void gil_thread_call(struct gil_thread *thread) GIL_HELD;
/* Leaves the function. */
_Noreturn void gil_thread_end(struct gil_thread *me, enum gil_end how) GIL_HELD;
/* Tells everyone that the thread has ended. */
void gil_thread_ended(struct gil_thread *thread) GIL_HELD;
/* What gil_run does after the main function: joins, ends the daemons, reaps. */
void gil_thread_shutdown(struct gil *gil) GIL_HELD;
/* The CPU for the next thread of this run; -1: none. */
int gil_thread_next_cpu(struct gil *gil) GIL_HELD;

/* ---- lock.c ---- */

void gil_lock_init(struct gil_lock *lock, bool locked);
void gil_lock_destroy(struct gil_lock *lock);
/* Waits for a semaphore: tries, then gives the global lock up. Errors: -ETIMEDOUT. */
int gil_wait_semaphore(sem_t *semaphore, uint64_t timeout_ns,
                       enum gil_wait what) GIL_HELD;

/* ---- clock ---- */

/* now + timeout, GIL_FOREVER where it does not fit. */
uint64_t gil_deadline(uint64_t timeout_ns);
/* What is left until then: GIL_FOREVER for GIL_FOREVER, 0 when it is over. */
uint64_t gil_left(uint64_t deadline_ns);
struct timespec gil_timespec(uint64_t time_ns);

#endif
