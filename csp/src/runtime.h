/* runtime.h - what the files of csp share: goroutines, workers, the runtime.
 *
 * Locks, in the order in which they may be taken: channels (several in the order of their
 * addresses), a semaphore's,
 * condition's or socket's own, a worker's timers, the scheduler's. A signal handler only
 * tries the scheduler's. None is held across a switch, with one exception:
 * a goroutine that parks leaves its locks held, and its worker gives them back once the
 * switch is done (csp_park). So nobody can wake a goroutine that still runs.
 */
#ifndef CSP_RUNTIME_H
#define CSP_RUNTIME_H

#include "net.h"
#include "runq.h"

#include <core/clock.h>
#include <core/context.h>
#include <core/counters.h>
#include <core/list.h>
#include <core/lock.h>
#include <core/park.h>
#include <core/pool.h>
#include <core/seam.h>
#include <core/stack.h>
#include <core/timers.h>
#include <core/trace.h>
#include <core/worker.h>
#include <csp.h>
#include <pthread.h>
#include <stdio.h>

#define CSP_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define CSP_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

enum {
    CSP_TICK_NS = 1000000,    /* also how long lone work waits for a second worker */
    CSP_SLICE_TICKS = 10,     /* Go's forcePreemptNS, 10 ms */
    CSP_GLOBAL_TURNS = 61,    /* Go's: a prime, so that it beats with nothing regular */
    CSP_WAITERS_EMBEDDED = 2, /* a select of so many cases allocates nothing */
    CSP_GOROUTINE_CHUNK = 64, /* descriptors made at a time */
    CSP_MAIN_ID = 1,
    CSP_THREADS = 10000, /* beside the workers, where nothing else is said (Go: in all) */
    CSP_FREE_MAX = 64,   /* descriptors and stacks that a worker keeps (Go's gFree) */
};

enum csp_goroutine_state {
    G_FREE,     /* in a free list; nobody's */
    G_RUNNABLE, /* in a run queue, or in the hands of who puts it there */
    G_RUNNING,  /* on its worker */
    G_WAITING,  /* parked; its wakers know it by a waiter or its timer */
};

/* What a goroutine waits for; the texts are Go's (runtime2.go, waitReasonStrings). */
enum csp_wait {
    WAIT_RECEIVE,
    WAIT_RECEIVE_NIL,
    WAIT_SEND,
    WAIT_SEND_NIL,
    WAIT_SELECT,
    WAIT_SELECT_NONE,
    WAIT_SLEEP,
    WAIT_SEMAPHORE,
    WAIT_COND,
    WAIT_IO,
    WAIT_SYSCALL,
};

/* How a turn ended; said by the goroutine, acted on by its worker. */
enum csp_end {
    END_YIELD,
    END_PREEMPT,
    END_BLOCK,
    END_EXIT,
    END_FAIL,
    END_DUMP,
    END_LOCK
};

/* One place of a goroutine in one queue (Go's sudog). In the queue it belongs to the
 * queue's lock; taken out, to who took it out, until that one calls csp_ready. */
struct csp_waiter {
    struct csp_waiter *next;
    struct csp_waiter *prev;
    struct csp_goroutine *goroutine;
    struct csp_chan *chan;
    void *element;  /* to receive into or to send from: may lie on the waiter's stack */
    uint32_t index; /* of the select's case */
    bool select;    /* others of the same goroutine may be taken first */
    bool success;   /* woken by an element, not by a close */
};

/* One place in a heap of deadlines. */
struct csp_alarm {
    struct core_timer core;
    struct csp_worker *home; /* whose heap it was put in */
    struct csp_timer *timer; /* that is due; NULL: the goroutine it lies in is woken */
};

struct csp_goroutine {
    /* written by the worker that runs it, or by who made it */
    alignas(CORE_CACHE_LINE) struct core_context context;
    struct core_stack *stack; /* NULL before its first turn */
    void (*function)(void *);
    void *argument;
    _Atomic uint64_t id; /* this and the next but one are read by a dump, too */
    uint16_t
        last_worker; /* plain on purpose: shows TSan a missing order between workers */
    _Atomic bool on_thread; /* to a thread: see locked.c; read by a dump, too */
    _Atomic uint8_t state;  /* enum csp_goroutine_state */
    _Atomic uint8_t wait;   /* enum csp_wait, while G_WAITING */
    atomic_bool fired; /* one of a select's waiters, or its alarm, was taken: by others */
    bool is_private;   /* its stack: see compaction.c */
    _Atomic bool computes; /* goes on for long after a hand-off: see handoff in sched.c */
    /* written by its queue's lock holder */
    struct csp_goroutine *next; /* in the global queue or a free list */
    /* written by itself */
    struct csp_extra *extra; /* its deferred calls and panics: defer.h; NULL: has none */
    const struct csp_site *_Atomic site; /* where it was started; read by a dump */
    _Atomic uint32_t since_s;            /* it waits, in the worker's seconds; as above */
    /* its worker and the sweeps, if it is private: see compaction.c */
    _Atomic uint32_t stack_use;
    /* waiting: touched by others while it is parked */
    struct core_lock *held;      /* to be given back once it is parked */
    struct csp_waiter *woken_by; /* that waiter; NULL: the timer */
    struct csp_waiter *waiters;  /* own, or allocated for a large select */
    struct csp_waiter **locked;  /* a parking select's waiters in the order of locks */
    uint32_t waiters_bytes;      /* of the allocation; 0: own */
    uint32_t locked_count;
    struct csp_alarm alarm;
    struct csp_waiter own[CSP_WAITERS_EMBEDDED];
};

static_assert(sizeof(struct csp_goroutine) % CORE_CACHE_LINE == 0, "no line is shared");
/* Very many may wait; and a spawn touches all of it. */
static_assert(CORE_SANITIZED || sizeof(struct csp_goroutine) == 256, "four lines");
static_assert(CSP_WORKERS_MAX + CSP_THREADS_MAX <= UINT16_MAX, "last_worker");
static_assert(CSP_WAITERS_EMBEDDED >= 1, "channels and locks use the first");

/* The words of a run's abnormal end. */
struct csp_failure {
    const char *text; /* of a fatal error */
    const struct csp_panic
        *panic;              /* or, on the goroutine's stack, what it panicked with */
    struct core_fault fault; /* of a fatal error; signal 0: none */
    bool unexpected;         /* a fault at an address that means nothing */
};

struct csp_worker {
    struct core_worker core;
    struct csp *csp;
    unsigned index;
    bool is_extra; /* see locked.c */
    /* written by the worker alone */
    struct core_context main;
    struct csp_goroutine *_Atomic running; /* read by its signal handler */
    _Atomic uint64_t turns;                /* read by thieves and its signal handler */
    uint64_t tick_turns; /* `turns` at the last tick: written by the signal handler */
    _Atomic unsigned slice_ticks; /* ticks of the running slice; by the handler too */
    _Atomic uint32_t now_s; /* seconds of the clock, by the handler and at each waking */
    enum csp_end end;
    bool inherit; /* the next turn goes on with this slice */
    bool spinning;
    _Atomic bool look; /* at sockets, before the next turn; by the handler too */
    void (*release)(struct csp_goroutine *);
    struct csp_failure failure;
    uint64_t next_id, last_id; /* goroutine ids in stock */
    struct csp_goroutine *free;
    _Atomic unsigned free_count;
    struct csp *dump_of; /* asked for by its goroutine */
    FILE *dump_into;
    struct core_stack *stacks; /* LIFO: the hottest first */
    unsigned stacks_count;
    struct core_rng rng;
    struct core_pool pool;
    struct core_trace trace;
    /* written under timers_lock */
    struct core_lock timers_lock;
    struct core_timers timers;
    _Atomic uint64_t next_deadline_ns;
    /* written under the scheduler's lock */
    struct core_list idle_link;        /* pointing at itself: not idle */
    struct csp_goroutine *bound;       /* of an extra worker; NULL: it is free */
    struct csp_goroutine *bound_ready; /* the same, while it can run or calls a native */
    struct csp_worker *next_free;      /* of an extra worker */
    /* others write too */
    struct core_parker parker;
    struct csp_runq queue;
    struct core_counters counters;
    pthread_t thread;
    _Atomic int started; /* of an extra worker: 1, or a negative errno */
};

static_assert(offsetof(struct csp_worker, core) == 0, "hooks get the first member");
static_assert(offsetof(struct csp_worker, queue) % CORE_CACHE_LINE == 0,
              "what others write stands apart");
static_assert(sizeof(struct csp_worker) % CORE_CACHE_LINE == 0, "no line is shared");

/* READY: nothing runs, all workers idle. RUNNING: between csp_run's start and the end of
 * main or a failure. STOPPING: until all workers are idle. QUIT: workers leave. */
enum csp_state { CSP_READY, CSP_RUNNING, CSP_STOPPING, CSP_QUIT };

struct csp_goroutine_chunk {
    struct csp_goroutine_chunk *next;
    struct csp_goroutine goroutines[CSP_GOROUTINE_CHUNK];
};

/* The sweeps over private stacks: compaction.c. */
struct csp_compaction {
    /* set by csp_start */
    uint64_t after_ns;
    uint32_t above;
    uint32_t permille;
    /* written by who sweeps: whose heap holds the alarm */
    struct csp_alarm alarm;
    struct csp_goroutine_chunk *chunk; /* the pass has come to; NULL: it is over */
    int at;
    /* written by all that start, end, pack and unpack */
    _Atomic uint32_t hot; /* private stacks that hold memory */
    atomic_bool sweeps;   /* there is somebody who sweeps */
};

struct csp {
    /* set by csp_start */
    struct csp_worker *workers;
    unsigned workers_count;
    unsigned *coprimes; /* of workers_count and not above it: strides to visit all */
    unsigned coprimes_count;
    bool seeded;
    const int *cpus; /* the caller's: valid until csp_start returns */
    struct core_seams *seams;
    uint32_t trace_events;
    struct core_stacks stacks;
    struct core_depot depot;
    struct core_parker caller; /* csp_run waits here */
    struct csp_site main_site; /* set by csp_run */
    bool program; /* of csp_main: ends without those that are in native calls */
    int start_error;
    /* read by all, written at a run's start and end */
    alignas(CORE_CACHE_LINE) atomic_bool stopping;
    int status;
    bool main_gone; /* by csp_goexit */
    uint64_t virtual_ns;
    /* written by whoever sleeps or wakes */
    alignas(CORE_CACHE_LINE) _Atomic int spinning;
    _Atomic unsigned idle_count;
    struct core_lock lock; /* what follows is written under it */
    enum csp_state state;
    struct core_list idle;
    struct csp_goroutine *global_first, *global_last;
    _Atomic size_t global_count; /* read without the lock too */
    struct csp_goroutine *free;
    struct csp_goroutine_chunk *chunks;
    size_t free_count;  /* in `free` */
    size_t descriptors; /* in all chunks */
    uint64_t next_id;
    struct csp_worker **extra; /* room for extra_max */
    unsigned extra_max;
    unsigned extra_count;
    unsigned extra_idle;
    unsigned in_native; /* of them, in native calls */
    struct csp_worker *extra_free;
    struct core_list extra_idlers; /* as `idle` */
    struct core_list blocks;       /* of csp_alloc that came from malloc */
    alignas(CORE_CACHE_LINE) struct csp_compaction compaction;
    struct csp_net net;
};

static_assert(offsetof(struct csp, stopping) % CORE_CACHE_LINE == 0, "read by all");
static_assert(offsetof(struct csp, spinning) % CORE_CACHE_LINE == 0, "written by many");

/* --- sched.c: turns ------------------------------------------------------------ */

extern const struct core_worker_hooks csp_hooks;

/* The life of a worker, and of an extra one. */
void csp_work(struct csp_worker *worker);
void csp_work_extra(struct csp_worker *worker);

/* Makes a goroutine that waited, or a new one, the next to run here, and wakes a sleeping
 * worker if there is more to do than one can. */
void csp_ready(struct csp_worker *worker, struct csp_goroutine *goroutine);

/* Ends the turn of the running goroutine as `end`; returns in its next one. */
void csp_switch(struct csp_worker *worker, enum csp_end end);

/* Parks the running goroutine; release(goroutine), called on the worker's own stack,
 * gives its locks back. Returns when somebody made it ready, perhaps on another worker.
 */
void csp_park(struct csp_worker *worker, enum csp_wait wait,
              void (*release)(struct csp_goroutine *));
void csp_release_held(struct csp_goroutine *goroutine);
_Noreturn void csp_park_for_ever(struct csp_worker *worker, enum csp_wait wait);

/* The slow half of csp_enter: takes the turn away if that is due. */
struct csp_worker *csp_enter_slow(struct csp_worker *worker);

/* What each call from a goroutine starts with. */
static inline struct csp_worker *csp_enter(void)
{
    struct csp_worker *worker = (struct csp_worker *)core_worker_self();
    assert(worker != NULL && "only goroutines may call this");
    core_stack_check(&worker->core);
    if (CSP_UNLIKELY(core_preempt_wanted(&worker->core)))
        return csp_enter_slow(worker);
    return worker;
}

/* The same for calls that must not give the turn away. */
static inline struct csp_worker *csp_here(void)
{
    return (struct csp_worker *)core_worker_self();
}

static inline struct csp_goroutine *csp_running(struct csp_worker *worker)
{
    return core_load_relaxed(&worker->running); /* own field */
}

/* Fields that a dump reads while others write. All accesses relaxed: who acts on them is
 * ordered by the queue, lock or switch through which it got the goroutine. */
static inline uint64_t csp_id(const struct csp_goroutine *goroutine)
{
    return core_load_relaxed(&goroutine->id);
}

static inline bool csp_is_main(const struct csp_goroutine *goroutine)
{
    return csp_id(goroutine) == CSP_MAIN_ID;
}

static inline uint8_t csp_state(const struct csp_goroutine *goroutine)
{
    return core_load_relaxed(&goroutine->state);
}

static inline void csp_set_state(struct csp_goroutine *goroutine,
                                 enum csp_goroutine_state state)
{
    core_store_relaxed(&goroutine->state, (uint8_t)state);
}

/* A number below `bound` from the worker's generator, or from the seed. */
uint32_t csp_random(struct csp_worker *worker, uint32_t bound);

static inline void csp_count(struct csp_worker *worker, enum csp_counter counter)
{
    core_count(&worker->counters, counter, 1);
}

/* --- idle.c: sleeping and waking ----------------------------------------------- */

/* Wakes one sleeping worker to look for work, unless one looks already. `may_wait` false:
 * called by a signal handler. */
void csp_wake_one(struct csp_worker *worker, bool may_wait);
/* Under the scheduler's lock: takes an idle worker out, if a run goes on; then it must be
 * unparked. */
bool csp_leave_idle(struct csp_worker *worker);
/* Sleeps until there may be work. False: the worker shall leave. */
bool csp_idle(struct csp_worker *worker);
/* The worker found work, or gives up; the last one that looked sends another. */
void csp_spin_end(struct csp_worker *worker);
/* Ends the run with `status`; true for the first caller, who reports why. */
bool csp_end_run(struct csp *csp, int status);
/* After csp_end_run and the report: everybody comes to rest. */
void csp_stop_workers(struct csp *csp);

/* --- global queue (global.c) --------------------------------------------------- */

void csp_global_put(struct csp *csp, struct csp_goroutine *goroutine);
void csp_global_put_batch(struct csp *csp, struct csp_goroutine **batch, size_t count);
/* Takes one goroutine, and up to `more` others into the worker's own ring. */
struct csp_goroutine *csp_global_take(struct csp_worker *worker, size_t more);

/* --- goroutine.c: descriptors and stacks --------------------------------------- */

/* NULL without memory. */
struct csp_goroutine *csp_goroutine_new(struct csp_worker *worker,
                                        void (*function)(void *), void *argument,
                                        const struct csp_site *site);
struct csp_goroutine *csp_goroutine_main(struct csp *csp, void (*function)(void *),
                                         void *argument, const struct csp_site *site);
/* Gives it a stack and a context; false without memory. */
bool csp_goroutine_start(struct csp_worker *worker, struct csp_goroutine *goroutine);
/* Takes back what an ended one had. */
void csp_goroutine_end(struct csp_worker *worker, struct csp_goroutine *goroutine);
/* The running goroutine has nothing left to do: its function returned, or Goexit did all
 * that was deferred. */
_Noreturn void csp_goroutine_done(struct csp_worker *worker);
_Noreturn void csp_goroutine_leave(struct csp_worker *worker);
/* All workers at rest: discards what is left, of all of them. */
void csp_goroutines_discard(struct csp *csp);
void csp_goroutines_close(struct csp *csp);
/* Waiters for a select of `count` cases; when they do not fit into the descriptor they
 * are allocated, with room for two pointers each behind them. */
struct csp_waiter *csp_waiters_take(struct csp_worker *worker, size_t count);
void csp_waiters_give(struct csp_worker *worker, struct csp_goroutine *goroutine);

/* --- defer.c ------------------------------------------------------------------- */

struct csp_panic;

/* Panic with a string, or with a runtime.Error; a deferred call may recover, so nothing
 * may be held or left half done by who calls this. */
_Noreturn void csp_fail_panic(struct csp_worker *worker, const char *text);
_Noreturn void csp_fail_error(struct csp_worker *worker, const char *text);
_Noreturn void csp_fail_value(struct csp_worker *worker, struct csp_value value);
/* A fault in task code, as a runtime.Error. */
_Noreturn void csp_fail_signal(struct csp_worker *worker, const char *text,
                               const struct core_fault *fault);
/* The outermost body has returned, and has deferred something in its life. */
_Noreturn void csp_goroutine_finish(struct csp_worker *worker);

/* --- panic.c ------------------------------------------------------------------- */

extern const char CSP_NIL_POINTER[];

/* Ends of the run that nobody can recover from. */
_Noreturn void csp_fail_fatal(struct csp_worker *worker, const char *text);
_Noreturn void csp_fail_unrecovered(struct csp_worker *worker,
                                    const struct csp_panic *panic);
_Noreturn void csp_fail_fault(struct csp_worker *worker, const struct core_fault *fault);
/* On the worker's own stack: print. */
void csp_report_failure(struct csp_worker *worker, const struct csp_goroutine *goroutine);
void csp_report_deadlock(struct csp *csp);

/* --- dump.c -------------------------------------------------------------------- */

/* One goroutine; all but `except`, main first, at most `most`. */
void csp_print_goroutine(const struct csp *csp, FILE *into,
                         const struct csp_goroutine *goroutine);
void csp_print_goroutines(struct csp *csp, FILE *into, const struct csp_goroutine *except,
                          size_t most);
/* On the worker's own stack: what its goroutine asked for. */
void csp_dump_asked(struct csp_worker *worker, const struct csp_goroutine *goroutine);

/* --- locked.c ------------------------------------------------------------------ */

/* Finds or makes an extra worker for a goroutine. Fatal: "thread exhaustion", "runtime:
 * failed to create new OS thread". */
struct csp_worker *csp_bound_begin(struct csp_worker *worker,
                                   struct csp_goroutine *goroutine);
/* Makes a goroutine run, or its native call, on its thread. */
void csp_bound_give(struct csp *csp, struct csp_goroutine *goroutine);
/* On that thread: takes it, if there is something to do for it. */
struct csp_goroutine *csp_bound_take(struct csp_worker *worker);
void csp_bound_end(struct csp_worker *worker, struct csp_goroutine *goroutine);

/* --- block.c ------------------------------------------------------------------- */

/* Calls what the goroutine wants called, on this thread's stack. */
void csp_native_run(struct csp_worker *worker, struct csp_goroutine *goroutine);

/* --- runtime.c ----------------------------------------------------------------- */

/* All workers, the extra ones last. Under the scheduler's lock, or when all are at rest.
 */
static inline unsigned csp_workers_all(const struct csp *csp)
{
    return csp->workers_count + csp->extra_count;
}

static inline struct csp_worker *csp_worker_at(const struct csp *csp, unsigned at)
{
    return at < csp->workers_count ? &csp->workers[at]
                                   : csp->extra[at - csp->workers_count];
}

/* Prepares an extra worker and starts its thread. Errors: -EAGAIN, -ENOMEM. */
int csp_worker_start(struct csp *csp, struct csp_worker *extra);

/* --- waking -------------------------------------------------------------------- */

/* The right to wake a goroutine that several may wake; true for one of them. */
static inline bool csp_claim(struct csp_goroutine *goroutine)
{
    /* acq_rel: the winner's writes to the goroutine come after this, the selector's
     * before; pairs among the claimants */
    return !core_exchange_acq_rel(&goroutine->fired, true);
}

/* --- time.c -------------------------------------------------------------------- */

uint64_t csp_clock(const struct csp *csp);
/* Starts an alarm that is in no heap, and returns with the worker's timers_lock held;
 * false, and it is not held, without memory. */
bool csp_alarm_start(struct csp_worker *worker, struct csp_alarm *alarm,
                     uint64_t delay_ns);
/* Takes it out; false: it was in no heap any more. For a goroutine's own it then has had
 * its effect, or never will. */
bool csp_alarm_stop(struct csp_alarm *alarm);
/* Fires what is due in `home`'s heap. */
void csp_alarms_run(struct csp_worker *worker, struct csp_worker *home);

/* --- memory.c ------------------------------------------------------------------ */

/* NULL without memory. */
void *csp_memory_take(struct csp_worker *worker, size_t bytes);
void csp_memory_give(struct csp_worker *worker, void *memory);
void csp_memory_discard(struct csp *csp);

#endif
