/* eventloop.h - one thread, one loop, many callbacks: the model of Node.js 20 over libuv.
 *
 * A loop runs callbacks one at a time, each to its end. After every callback, and before
 * anything else, it drains the next-tick queue and then the microtask queue until both
 * are empty. README.md draws the phases of a turn and lists what is modelled.
 *
 * Handles (timers, immediates, hooks, watchers, asyncs) are parts of their owner's
 * memory, zeroed before their first use, and left where they are while they are active.
 * Starting an active handle again restarts it; starting one that is closing is -EINVAL. A
 * handle is inactive again, and its memory free, when its one callback begins (timeouts,
 * immediates), when it is cleared or stopped, or when its close callback begins.
 *
 * Unless it says otherwise a function here never yields nor blocks, and its thread is the
 * owner: the one that runs the loop. Errors are negative errno.
 * Semantics: Node.js 20 lib/internal/timers.js and process/task_queues.js, libuv 1.46
 * core.c.
 */
#ifndef EVENTLOOP_H
#define EVENTLOOP_H

#include <core/list.h>
#include <core/poller.h>
#include <core/timers.h>
#include <core/trace.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* May: call any function of this header but loop_run and loop_free on its own loop. */
typedef void loop_callback(struct loop *loop, void *context);

/* --- the loop ------------------------------------------------------------------ */

struct loop_options {
    uint32_t trace_events; /* capacity of the trace ring, a power of two; 0: off */
    uint32_t trace_worker; /* the number by which the ring names this loop */
};

/* Makes a loop; options may be NULL. Thread: any; the loop may move to another thread
 * while it does not run. Owns: the caller, who calls loop_free. Errors: -ENOMEM, -EMFILE,
 * -ENFILE, -EINVAL (trace_events). */
int loop_new(const struct loop_options *options, struct loop **loop);

/* Frees a loop. Handles still active become inactive without a callback; posts not run
 * yet are dropped. Errors: -EBUSY inside loop_run. */
int loop_free(struct loop *loop);

enum loop_mode {
    LOOP_DEFAULT, /* turns until nothing keeps the loop alive */
    LOOP_ONCE,    /* one turn, which may block in its poll phase */
    LOOP_NOWAIT,  /* one turn that does not block */
};

/* Runs the loop. What was done since the last run counts as one callback (Node's main
 * script), so ticks and microtasks drain first. In LOOP_DEFAULT mode, when nothing is
 * left, beforeExit is emitted; if that revived nothing, exit is, and the run ends.
 * Returns the status that a Node program would end with: 0, what loop_exit or
 * loop_set_exit_code said, 1 after an uncaught error, 7 after an error in its handler.
 * A loop ended by loop_exit or an error runs nothing more and returns that status again;
 * one that ran out of work, was stopped, or did its one turn may be run again.
 * May: block. Errors: -EBUSY inside a callback; what the poller gives (-EBADF …); -ENOMEM
 * when an interval could not be kept. */
int loop_run(struct loop *loop, enum loop_mode mode);

/* Makes the present run end after this turn, or the next one before its first. */
void loop_stop(struct loop *loop);

/* Whether anything keeps the loop alive: active handles that are not unref'd, ref'd
 * immediates, deferred or posted callbacks, handles on their way to their close callback.
 */
bool loop_alive(const struct loop *loop);

/* The loop's time in milliseconds, cached: as of the last time that a turn came to its
 * timers, a wait ended, a timer was started or loop_update_time was called. Starts near
 * 0. */
uint64_t loop_now_ms(const struct loop *loop);
void loop_update_time(struct loop *loop);

/* How long a poll phase would block now, in milliseconds; -1: without limit. */
int64_t loop_poll_timeout_ms(const struct loop *loop);

/* --- queues drained after every callback --------------------------------------- */

/* Runs callback(loop, context) after the present callback, before microtasks (nextTick).
 * Errors: -ENOMEM. */
int loop_next_tick(struct loop *loop, loop_callback *callback, void *context);

/* Runs callback(loop, context) when the ticks are done (queueMicrotask). Errors: -ENOMEM.
 */
int loop_microtask(struct loop *loop, loop_callback *callback, void *context);

/* --- handles ------------------------------------------------------------------- */

/* The first member of each kind of handle. Its fields are the loop's. */
struct loop_handle {
    struct core_list node; /* in the list that its kind and state say */
    struct loop *loop;     /* NULL: never started on any, or that one is gone */
    loop_callback *callback;
    void *context;
    uint8_t kind;
    uint8_t flags;
};

/* Says whether a handle, while active, keeps its loop alive. At first it does; it may be
 * said of an inactive handle too, and lasts. (Any handle: pass &timer->handle.) */
void loop_ref(struct loop_handle *handle);
void loop_unref(struct loop_handle *handle);
bool loop_has_ref(const struct loop_handle *handle);
bool loop_is_active(const struct loop_handle *handle);

/* Stops a handle for good; callback (may be NULL) runs in the closing phase of this turn,
 * last closed first, and may free the handle. The loop lives until then.
 * An async handle may be closed only when no other thread can send to it any more.
 * Errors: -EINVAL for a handle that no loop knows, -EALREADY when it is closing. */
int loop_close(struct loop_handle *handle, loop_callback *callback, void *context);

/* --- timers -------------------------------------------------------------------- */

struct loop_timer {
    struct loop_handle handle;
    struct loop_timer_list *list; /* of its duration; NULL when inactive */
    uint64_t start_ms;
    uint32_t duration_ms;
    bool repeats;
    bool cleared; /* by the owner: only a start revives it */
};

/* setTimeout: runs the callback once, delay_ms after now at the earliest. As in Node the
 * delay is cut to whole milliseconds, and what is not in 1 .. 2^31-1 (NaN too) becomes 1.
 * Timers of one duration fire in the order in which they were started; lists of different
 * durations by the time at which they are due. Errors: -ENOMEM. */
int loop_timeout(struct loop *loop, struct loop_timer *timer, double delay_ms,
                 loop_callback *callback, void *context);

/* setInterval: again and again; the next period starts when the callback begins, and
 * periods missed are not made up for. Errors: -ENOMEM. */
int loop_interval(struct loop *loop, struct loop_timer *timer, double period_ms,
                  loop_callback *callback, void *context);

/* Stops a timer, inside its own callback too; false when it was not active. */
bool loop_clear_timer(struct loop_timer *timer);

/* Starts the present period of a timer anew, or a timeout that has fired; a cleared timer
 * stays so. Errors: -ENOMEM, -EINVAL for a timer that was never started. */
int loop_refresh(struct loop_timer *timer);

/* --- immediates and deferred callbacks ----------------------------------------- */

struct loop_immediate {
    struct loop_handle handle;
};

/* setImmediate: runs the callback in the next check phase. Those set by immediates run in
 * the following turn. */
void loop_set_immediate(struct loop *loop, struct loop_immediate *immediate,
                        loop_callback *callback, void *context);

/* Runs the callback in the pending phase, which stands before and after poll: how I/O
 * code reports what was done at once without calling back from inside its caller. */
void loop_defer(struct loop *loop, struct loop_immediate *deferred,
                loop_callback *callback, void *context);

/* Takes an immediate or deferred callback back; false when it was not waiting. */
bool loop_clear_immediate(struct loop_immediate *immediate);

/* --- hooks: a callback in each turn (libuv's idle, prepare and check handles) -- */

enum loop_phase {
    LOOP_IDLE,    /* each turn; while one is active, poll does not block */
    LOOP_PREPARE, /* before poll */
    LOOP_CHECK,   /* after poll, before immediates */
};

struct loop_hook {
    struct loop_handle handle;
};

/* Runs the callback in this phase of each turn; of one phase the last started runs first.
 * Errors: -EINVAL for a phase that does not exist. */
int loop_hook(struct loop *loop, struct loop_hook *hook, enum loop_phase phase,
              loop_callback *callback, void *context);
bool loop_unhook(struct loop_hook *hook);

/* --- file descriptors ---------------------------------------------------------- */

enum loop_events {
    LOOP_READABLE = CORE_POLL_READ,
    LOOP_WRITABLE = CORE_POLL_WRITE,
    LOOP_ERROR = CORE_POLL_ERROR, /* reported, asked for or not: error or hang-up */
};

typedef void loop_ready_callback(struct loop *loop, void *context, unsigned events);

struct loop_watcher {
    struct loop_handle handle;
    loop_ready_callback *ready;
    int fd;
    int result; /* place in the results being handed out + 1; 0: in none */
};

/* Calls back in the poll phase while `fd` is ready (level-triggered). The descriptor must
 * stay open while it is watched. Errors: -EINVAL for no or unknown events; -EBADF; -EPERM
 * for a plain file; -EEXIST where another watcher of this loop has it. After an error the
 * watcher is inactive. */
int loop_watch(struct loop *loop, struct loop_watcher *watcher, int fd, unsigned events,
               loop_ready_callback *callback, void *context);
/* Stops watching; no call comes after it, not even one that was already due. */
bool loop_unwatch(struct loop_watcher *watcher);

/* --- from other threads -------------------------------------------------------- */

struct loop_async {
    struct loop_handle handle;
    struct loop_arrival {
        struct loop_arrival *next; /* written by the sender that found `sent` false */
        bool posted;               /* by loop_post: the loop frees it */
    } arrival;
    atomic_bool sent; /* written by senders and the loop */
};

/* Opens a handle that other threads may send to; active until loop_close. */
void loop_async_open(struct loop *loop, struct loop_async *async, loop_callback *callback,
                     void *context);

/* Makes the callback run in the loop's next poll phase. Sends before that count once;
 * what the sender wrote before is visible to the callback. Asyncs run in the order of
 * their sends (libuv: of their opening). Thread: any, signal handlers too. */
void loop_async_send(struct loop_async *async);

/* Runs callback(loop, context) once in the loop's next poll phase, in the order of
 * posting. A post that waits keeps the loop alive; for one still to come hold a ref'd
 * async. Thread: any, while the loop exists. Errors: -ENOMEM. */
int loop_post(struct loop *loop, loop_callback *callback, void *context);

/* --- errors and the end -------------------------------------------------------- */

/* Says that the present callback failed with an error nobody caught; it should return
 * soon. The message must live until the handler or the end of the run has seen it. As in
 * Node, ticks and microtasks queued by then wait for the next callback's end. A second
 * throw in the same callback is ignored. */
void loop_throw(struct loop *loop, const char *message);

typedef void loop_uncaught_callback(struct loop *loop, void *context,
                                    const char *message);

/* Sets what handles uncaught errors; the loop continues after it. NULL: they end the run.
 */
void loop_on_uncaught(struct loop *loop, loop_uncaught_callback *callback, void *context);

/* The message of the error that ended the run, or NULL. */
const char *loop_error(const struct loop *loop);

/* Sets what is told that nothing is left to do; it may start something, and the loop goes
 * on. */
void loop_on_before_exit(struct loop *loop, loop_callback *callback, void *context);

/* Sets what is told the status when the run ends. Nothing it starts will run. */
typedef void loop_exit_callback(struct loop *loop, void *context, int status);
void loop_on_exit(struct loop *loop, loop_exit_callback *callback, void *context);

/* Ends the run with this status (process.exit); the present callback should return soon,
 * and no other runs but the exit callback. */
void loop_exit(struct loop *loop, int status);

/* The status of a run that ends by itself (process.exitCode); the exit callback may set
 * it. */
void loop_set_exit_code(struct loop *loop, int status);

/* --- inbox: messages from one async task to another on the same loop ----------- */

/* An unbounded queue and the promise of who awaits it: what Node programs build from an
 * array and a Promise. Messages are copied in and out. */
struct loop_inbox {
    struct loop *loop;
    unsigned char *messages; /* ring of capacity * size bytes */
    size_t size;             /* of a message */
    size_t capacity;         /* in messages, a power of two, or 0 */
    size_t head;             /* messages ever taken */
    size_t tail;             /* messages ever put */
    loop_callback *waiter;   /* NULL: nobody awaits */
    void *context;
};

/* Prepares an inbox for messages of `size` bytes (> 0). Owns: the caller, who calls
 * loop_inbox_close; messages still in it are dropped, and who awaits one is never called.
 */
void loop_inbox_open(struct loop *loop, struct loop_inbox *inbox, size_t size);
void loop_inbox_close(struct loop_inbox *inbox);

/* Copies a message in; who awaits goes on in a microtask. Errors: -ENOMEM, and the
 * message was not put. */
int loop_inbox_put(struct loop_inbox *inbox, const void *message);

/* Copies the oldest message out; false when there is none. */
bool loop_inbox_take(struct loop_inbox *inbox, void *message);

/* Calls back in a microtask once there is a message (`await`): now, if there is one. One
 * waiter at a time. Errors: -ENOMEM, -EBUSY when somebody awaits already. */
int loop_inbox_await(struct loop_inbox *inbox, loop_callback *callback, void *context);

/* --- what a loop did ----------------------------------------------------------- */

/* Visits the loop's event counts since it was made: turns, callbacks, ticks, microtasks,
 * polls, events, wakes, arrivals, idle_ns. Thread: any; counts of a running loop may be
 * late. */
typedef void loop_visit(void *context, const char *name, uint64_t value);
void loop_counters(const struct loop *loop, loop_visit *visit, void *context);

/* The loop's trace ring (core/trace.h): RUN and END_EXIT for each callback but ticks and
 * microtasks, with the enum loop_source as arg; PARK and UNPARK around a poll that may
 * block; WAKE for what other threads sent. Read it while the loop does not run. */
const struct core_trace *loop_trace(const struct loop *loop);

enum loop_source {
    LOOP_FROM_EXIT_EVENTS = 1, /* beforeExit */
    LOOP_FROM_TIMERS,
    LOOP_FROM_PENDING,
    LOOP_FROM_IDLE,
    LOOP_FROM_PREPARE,
    LOOP_FROM_WATCHERS,
    LOOP_FROM_THREADS,
    LOOP_FROM_CHECK,
    LOOP_FROM_IMMEDIATES,
    LOOP_FROM_CLOSING,
};

#endif
