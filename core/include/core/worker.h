/* worker.h - what core keeps of a runtime's worker thread: who it is, what it runs, and
 * the signals that stop it: the tick that preempts, and the faults of task code.
 *
 * core owns SIGURG, SIGSEGV, SIGBUS, SIGFPE and SIGILL of the process from the first
 * core_worker_enter to the last core_worker_exit, and gives them back as they were; on
 * aarch64, where the compilers' trap raises it, SIGTRAP too.
 *
 * The tick. A worker that runs tasks has a timer of its own that sends it SIGURG. The
 * handler asks the runtime's `tick` hook, which may let the turn go on. Otherwise
 * `preempt` is set, which the runtime's next entry honours (core_preempt_wanted), and if
 * the thread stands in task code (the section quartet_task), with nopreempt at 0 and room
 * on the stack, a call to a trampoline is planted there: it saves every register and
 * calls the `yield` hook, which may come back much later and on another worker. If it
 * stands anywhere else, the next tick tries again. On machines without a trampoline, and
 * under ThreadSanitizer, only the flag is set.
 *
 * Faults. A fault whose instruction lies in task code, or a call from task code to
 * nowhere, becomes a call of the `fault` hook, which must not return: on top of the
 * task's frames, or, when the stack is used up, on the emptied stack. (A call is known by
 * its return address. Where an optimiser makes a jump of the last call of a task's
 * outermost function, that is the runtime's, and counts as such.) A fault anywhere
 * else, in libc or in a runtime, cannot be survived: it is passed on to who owned the
 * signal before, after a line on stderr.
 */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include <core/atomic.h>
#include <core/sanitize.h>
#include <core/stack.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Bytes that a runtime entry needs below it, signal frames excluded: entries that find
 * less treat it as a stack overflow, so the guard is never met in the middle of a
 * protocol. */
#if CORE_SANITIZED
#define CORE_STACK_RESERVE 16384
#else
#define CORE_STACK_RESERVE 3072
#endif

struct core_fault {
    int signal;    /* SIGSEGV, SIGBUS, SIGFPE, SIGILL; SIGTRAP on aarch64 */
    int code;      /* si_code */
    void *address; /* si_addr */
    void *where;   /* the instruction */
    bool overflow; /* the stack is used up */
};

struct core_worker;

struct core_worker_hooks {
    /* In the signal handler, at each tick: may only do what a handler may. True: take the
     * turn of the running task away. */
    bool (*tick)(struct core_worker *worker);
    /* On the task's stack: give the turn away, return when the task is resumed. */
    void (*yield)(struct core_worker *worker);
    /* On the task's stack: end the task; never returns. */
    void (*fault)(struct core_worker *worker, const struct core_fault *fault);
};

struct core_worker {
    const struct core_worker_hooks *hooks;
    void *runtime;
    unsigned index;
    /* Written by the worker, read by its own signal handler: hence volatile, not atomic.
     */
    struct core_stack *const *volatile stack; /* where the running task keeps its stack;
                                               * NULL: no task runs */
    volatile int nopreempt;                   /* > 0 around callbacks into task code */
    volatile bool armed;
    uintptr_t stack_floor; /* of `stack`; what the runtime likes where no task runs */
    /* Written by the handler and by other workers, read at each runtime entry. */
    atomic_bool preempt;
    struct core_fault fault_info;
    timer_t timer;
    bool has_timer;
    uint64_t tick_ns;
    void *signal_stack;
    uint64_t planted; /* preemptions by a planted call */
    struct core_seams *seams;
};

/* The current thread's worker, or NULL. Never keep the result across a point where a task
 * may move to another worker. Never inlined, so that no compiler caches its address. */
struct core_worker *core_worker_self(void);

/* Makes the calling thread a worker: handler stack, timer (disarmed), signals. `hooks`,
 * `runtime`, `index` and `seams` must be set, the rest zero. tick_ns 0: no timer. Errors:
 * -ENOMEM, -EAGAIN (no timer left). */
int core_worker_enter(struct core_worker *worker, uint64_t tick_ns);
/* The reverse. Thread: the worker's. */
void core_worker_exit(struct core_worker *worker);

/* Starts and stops the tick; a worker that sleeps has none. Thread: the worker's. */
void core_worker_arm(struct core_worker *worker);
void core_worker_disarm(struct core_worker *worker);

/* Says where the running task keeps its stack, and that stack's core_stack_floor; or NULL
 * for the scheduler's own, with a floor of 0 or, to be told of entries from there,
 * UINTPTR_MAX. The place and not the stack, so that a switch need not
 * read it. */
static inline void core_worker_set_stack(struct core_worker *worker,
                                         struct core_stack *const *stack, uintptr_t floor)
{
    worker->stack = stack;
    worker->stack_floor = floor;
}

/* The lowest address that a runtime entry may find itself at on this stack; a runtime
 * keeps it beside the stack, so that a switch need not read the stack's descriptor. */
static inline uintptr_t core_stack_floor(const struct core_stack *stack)
{
    return (uintptr_t)stack->bottom + CORE_STACK_RESERVE;
}

/* Whether the running task has been told to give its turn away. */
static inline bool core_preempt_wanted(struct core_worker *worker)
{
    return core_load_relaxed(&worker->preempt); /* a hint by itself, no data behind it */
}

static inline void core_preempt_clear(struct core_worker *worker)
{
    core_store_relaxed(&worker->preempt, false); /* as above */
}

/* Called by runtime entries on a task's stack: ends the task by the fault hook, as a
 * stack overflow, when less than CORE_STACK_RESERVE is left. */
void core_stack_exhausted(struct core_worker *worker);
static inline bool core_stack_is_short(const struct core_worker *worker)
{
    return (uintptr_t)__builtin_frame_address(0) < worker->stack_floor;
}
static inline void core_stack_check(struct core_worker *worker)
{
    if (__builtin_expect(core_stack_is_short(worker), 0))
        core_stack_exhausted(worker);
}

/* Whether planted preemption works here (else the flag alone). */
bool core_preempt_plants(void);

/* A text for a fault, e.g. "segmentation fault at 0x0". Returns the length snprintf
 * gives. */
int core_fault_text(const struct core_fault *fault, char *into, size_t room);

#endif
