/* gil.h - operating-system threads under one global lock, as in CPython.
 *
 * Any number of threads exist, one runs: who holds the global lock. It is given up around
 * whatever blocks, and at a gil_checkpoint() when somebody has waited a switch interval
 * for it. Which thread runs next, and when one must let go, is the policy's business; see
 * README.md.
 *
 *   GIL_HELD static void work(void *argument) { ... gil_checkpoint() ... }
 *
 *   struct gil_config config = gil_config_default();
 *   struct gil *gil;
 *   int error = gil_start(&config, &gil);
 *   if (error == 0) {
 *       gil_run(gil, work, NULL);   // the caller is the main thread
 *       gil_stop(gil);
 *   }
 *
 * Functions marked GIL_HELD are for threads of a runtime that hold its lock: gil_run's
 * function and those of gil_thread_new do when they begin. Timeouts are in nanoseconds:
 * GIL_FOREVER has no limit, 0 does not wait. What cannot be had in time is -ETIMEDOUT
 * everywhere.
 */
#ifndef GIL_H
#define GIL_H

#include <core/histogram.h>
#include <core/trace.h>
#include <gil/safety.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GIL_FOREVER UINT64_MAX
#define GIL_INTERVAL_DEFAULT_NS UINT64_C(5000000)

struct gil;
struct gil_thread;
struct gil_lock;
struct gil_condition;
struct gil_queue;
struct gil_policy;

/* What a thread does. It begins and ends holding the lock: mark it GIL_HELD. */
typedef void gil_function(void *argument);

/* Told about an error that ended a thread; called with the lock held. */
typedef void gil_excepthook(void *context, const char *thread_name, const char *message);

/* ---- The runtime ---- */

/* Who runs next and when one must let go. "cpython": the lock of CPython 3.2 to 3.13. */
extern const struct gil_policy gil_policy_cpython;

/* The policy of that name, or NULL. Thread: any. */
const struct gil_policy *gil_policy_find(const char *name);

struct gil_config {
    const struct gil_policy *policy;
    /* How long a waiter waits before it asks the holder to let go; > 0. */
    uint64_t interval_ns;
    size_t stack_bytes; /* of a thread; 0: the system's default */
    /* Thread n of a run, the main thread being 0, is bound to cpus[n % cpu_count]; -1
     * there: not bound. cpu_count 0: none is bound. */
    const int *cpus;
    size_t cpu_count;
    uint32_t trace_capacity;    /* events kept, a power of two; 0: no trace */
    gil_excepthook *excepthook; /* NULL: one line on stderr */
    void *excepthook_context;
};

/* CPython's policy and interval, the system's stacks; no binding, no trace. Thread:
 * any. */
struct gil_config gil_config_default(void);

/* Makes a runtime; no thread is in it yet. The config is copied. May: fail. Thread: any.
 * Owns: the caller, who calls gil_stop. Errors: -EINVAL for a config that is out of its
 * bounds, -ENOMEM. */
int gil_start(const struct gil_config *config, struct gil **gil);

/* Frees a runtime in which nothing runs. Thread: any that is not in it. */
void gil_stop(struct gil *gil);

/* Runs `function` as the main thread of the runtime, then shuts down as Python does:
 * joins the threads that are not daemons, ends the daemons where they next want the lock,
 * and waits for them. The caller is bound to the main thread's CPU meanwhile. May be
 * called again. May: block. Thread: any that is in no runtime. Errors: 0 when the
 * function returned, 1 when gil_raise ended it, -EBUSY while another thread runs this
 * runtime, -EDEADLK from a thread of a runtime, -EINVAL for a CPU that the process may
 * not use. */
int gil_run(struct gil *gil, gil_function *function, void *argument);

/* ---- The lock ---- */

/* Looks whether somebody asked for the lock and, if so, gives it up and takes it again;
 * stands where an interpreter looks at its eval breaker: at the end of each turn of a
 * loop, and where a function begins. Costs a call and one relaxed load when nobody asks.
 * May: block; not return, in a daemon at shutdown. */
void gil_checkpoint(void) GIL_HELD;

/* Gives the lock up around a native call that needs nothing of the runtime, and takes it
 * back; errno survives. A release is voluntary: it does not wait until somebody else
 * runs. May: gil_release_end blocks, and does not return in a daemon at shutdown. */
void gil_release_begin(void) GIL_RELEASES(gil_itself);
void gil_release_end(void) GIL_ACQUIRES(gil_itself);

/* Waits without the lock for at least so long. May: block. */
void gil_sleep(uint64_t duration_ns) GIL_HELD;

/* ---- Threads ---- */

enum gil_daemon { GIL_DAEMON_INHERIT, GIL_DAEMON_NO, GIL_DAEMON_YES };

struct gil_thread_options {
    const char *name; /* NULL: "Thread-N" */
    enum gil_daemon daemon;
    size_t stack_bytes; /* 0: the config's */
};

/* A thread, not started yet; options may be NULL. Owns: the caller, who calls
 * gil_thread_free. Errors: -ENOMEM. */
int gil_thread_new(gil_function *function, void *argument,
                   const struct gil_thread_options *options,
                   struct gil_thread **thread) GIL_HELD;

/* Gives the caller's handle back in any state; a thread that was started runs on. */
void gil_thread_free(struct gil_thread *thread) GIL_HELD;

/* Starts it and waits until it has begun, as threading does. May: block. Errors:
 * -EALREADY when it was started before, -EAGAIN when the system has no thread left,
 * -EINVAL for a stack or CPU it does not accept. */
int gil_thread_start(struct gil_thread *thread) GIL_HELD;

/* Waits until it has ended, by return or by error. May: block. Errors: -EDEADLK for the
 * calling thread itself, -EINVAL when it was not started, -ETIMEDOUT. */
int gil_thread_join(struct gil_thread *thread, uint64_t timeout_ns) GIL_HELD;

/* Started and not ended yet. */
bool gil_thread_alive(const struct gil_thread *thread) GIL_HELD;

/* Valid as long as the handle. Thread: any. */
const char *gil_thread_name(const struct gil_thread *thread);
bool gil_thread_daemon(const struct gil_thread *thread);

/* The calling thread, or NULL outside of all runtimes. Valid until it ends; not to be
 * freed. */
struct gil_thread *gil_thread_current(void);

/* Ends the calling thread with an error, which the config's excepthook is told; what the
 * thread holds (locks, memory) stays as it is. Others live on. May: not return. */
_Noreturn void gil_raise(const char *format, ...) GIL_HELD
    __attribute__((format(printf, 1, 2)));

/* ---- Lock: threading.Lock ---- */

/* A free lock, or NULL without memory. Owns: the caller, who frees it when no thread can
 * reach it any more. Thread: any. */
struct gil_lock *gil_lock_new(void);
void gil_lock_free(struct gil_lock *lock);

/* Takes the lock: tries first, and gives the global lock up only where it must wait. Not
 * reentrant, no order among waiters, owned by nobody: any thread may release it. May:
 * block. Errors: -ETIMEDOUT. */
int gil_lock_acquire(struct gil_lock *lock, uint64_t timeout_ns) GIL_HELD;

/* Errors: -EPERM when it is not locked. */
int gil_lock_release(struct gil_lock *lock) GIL_HELD;
bool gil_lock_locked(const struct gil_lock *lock) GIL_HELD;

/* ---- Condition: threading.Condition over a Lock ---- */

/* A condition over `lock`, which must outlive it; NULL without memory. Owns: the caller.
 * Thread: any. */
struct gil_condition *gil_condition_new(struct gil_lock *lock);
void gil_condition_free(struct gil_condition *condition);

/* Releases the lock, waits for a notification, takes the lock again (whatever the
 * outcome). A notification that comes together with the timeout counts. May: block.
 * Errors: -EPERM when the lock is not locked, -ETIMEDOUT. */
int gil_condition_wait(struct gil_condition *condition, uint64_t timeout_ns) GIL_HELD;

/* Wakes up to `count` waiters (SIZE_MAX: all), first come first served. Errors: -EPERM
 * when the lock is not locked. */
int gil_condition_notify(struct gil_condition *condition, size_t count) GIL_HELD;

/* ---- Queue: queue.Queue, of references ---- */

/* An empty queue of at most `maxsize` items, 0: no limit. NULL without memory. Owns: the
 * caller; items stay their owners'. Thread: any. */
struct gil_queue *gil_queue_new(size_t maxsize);
void gil_queue_free(struct gil_queue *queue);

/* Appends an item, waiting for room. May: block. Errors: -ETIMEDOUT (Python's Full),
 * -ENOMEM. */
int gil_queue_put(struct gil_queue *queue, void *item, uint64_t timeout_ns) GIL_HELD;

/* Takes the oldest item, waiting for one. May: block. Errors: -ETIMEDOUT (Python's
 * Empty). */
int gil_queue_get(struct gil_queue *queue, void **item, uint64_t timeout_ns) GIL_HELD;

/* Says that one item taken is dealt with. Errors: -EINVAL when there was none. */
int gil_queue_task_done(struct gil_queue *queue) GIL_HELD;

/* Waits until every item ever put is dealt with. May: block. */
void gil_queue_join(struct gil_queue *queue) GIL_HELD;

/* How many items wait; it may be another number by the time the caller looks at it. */
size_t gil_queue_size(const struct gil_queue *queue) GIL_HELD;

/* ---- What happened ---- */

enum gil_counter {
    GIL_TAKES,           /* how often the lock was taken */
    GIL_HAND_OVERS,      /* ... by another thread than the one before (switch_number) */
    GIL_WAITS,           /* ... after waiting for it */
    GIL_DROP_REQUESTS,   /* intervals at whose end a waiter asked the holder to let go */
    GIL_FORCED_RELEASES, /* releases at a checkpoint, because somebody asked */
    GIL_SWITCH_WAITS,    /* releases that slept until another thread had the lock */
    GIL_VOLUNTARY_RELEASES, /* releases around something that blocks */
    GIL_HELD_NS,            /* time the lock was held */
    GIL_WAITED_NS,          /* time threads waited for it, added up */
    GIL_THREADS_STARTED,
    GIL_COUNTERS,
};

/* A count since gil_start. Threads that wait for the lock add theirs once they have it.
 * Thread: any. */
uint64_t gil_counter(const struct gil *gil, enum gil_counter counter);
const char *gil_counter_name(enum gil_counter counter); /* snake_case */

/* How long each of GIL_WAITS waited. Thread: any, while nothing runs in the runtime. */
const struct core_histogram *gil_wait_histogram(const struct gil *gil);

/* Why a thread gave the lock up: the `arg` of CORE_TRACE_END_BLOCK. */
enum gil_wait {
    GIL_WAIT_LOCK = 1, /* a Lock, or a thread's end */
    GIL_WAIT_CONDITION,
    GIL_WAIT_SLEEP,
    GIL_WAIT_START, /* until the thread just started has begun */
    GIL_WAIT_NATIVE,
};
/* How a thread ended: the `arg` of CORE_TRACE_END_EXIT. */
enum gil_end { GIL_END_RETURNED, GIL_END_RAISED, GIL_END_SHUTDOWN };

/* The trace of the runtime as in core_trace_read; the lock is its one worker and threads
 * are its tasks, numbered from 1 (a run's main thread takes a number too). Thread: any,
 * while nothing runs in the runtime. */
size_t gil_trace_read(const struct gil *gil, struct core_trace_event *into, size_t room);

#endif
