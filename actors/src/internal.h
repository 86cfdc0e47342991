/* internal.h - the parts of the actor runtime as they see each other.
 *
 * A process is a consumer of its queue of signals (core/mpsc.h). All that can wake a
 * process, messages and timeouts, is pushed there; the push that finds the idle mark
 * makes the process runnable. So a process is in exactly one of these states, and one
 * party may touch its owner's fields:
 *
 *   FREE      pid 0, queue marked idle, in a free list. Nobody, until a spawn claims it.
 *   WAITING   queue marked idle. Nobody, until a push finds the mark: that sender.
 *   PARKED    the same, seen so by compaction, which may claim either for a moment.
 *   RUNNABLE  in one run queue. Whoever holds that queue's lock.
 *   RUNNING   current of one scheduler: that scheduler and the process itself.
 *   EXITING   running its end on its scheduler's stack: that scheduler.
 */
#ifndef ACTORS_INTERNAL_H
#define ACTORS_INTERNAL_H

#include "activity.h"
#include "alert.h"
#include "blob.h"
#include "compaction.h"
#include "registry.h"
#include "sockets.h"

#include <actors.h>
#include <assert.h>
#include <core/clock.h>
#include <core/context.h>
#include <core/counters.h>
#include <core/list.h>
#include <core/lock.h>
#include <core/mpsc.h>
#include <core/park.h>
#include <core/pool.h>
#include <core/rng.h>
#include <core/seam.h>
#include <core/stack.h>
#include <core/trace.h>
#include <core/worker.h>
#include <pthread.h>

enum process_state {
    PROCESS_FREE,
    PROCESS_WAITING,
    PROCESS_PARKED,
    PROCESS_RUNNABLE,
    PROCESS_RUNNING,
    PROCESS_EXITING,
};

/* Why a process gave its scheduler back. */
enum leave {
    LEAVE_YIELD,
    LEAVE_PREEMPT,
    LEAVE_WAIT,
    LEAVE_EXIT,
    LEAVE_HIBERNATE,
    LEAVE_DIRTY
};

enum signal_kind {
    SIGNAL_MESSAGE,
    SIGNAL_TIMEOUT,
    SIGNAL_READY,  /* a socket that the process waits for (tcp_wait.c) */
    SIGNAL_ALARM,  /* the message of a timer (alarm.c) */
    SIGNAL_BINARY, /* a message whose bytes are shared (binary.c) */
    /* From here on a struct control. */
    SIGNAL_EXIT,      /* exit/2 */
    SIGNAL_LINK_EXIT, /* the other end of a link has ended */
    SIGNAL_LINK,
    SIGNAL_UNLINK,
    SIGNAL_UNLINK_ACK,
    SIGNAL_MONITOR,
    SIGNAL_DEMONITOR,
    SIGNAL_DOWN,
    SIGNAL_ASK,
    SIGNAL_ANSWER,
    SIGNAL_TIMER,    /* a timer was set for the process … */
    SIGNAL_UNTIMER,  /* … and cancelled */
    SIGNAL_SOCKET,   /* the process has become a socket's owner … */
    SIGNAL_UNSOCKET, /* … and it was closed */
    SIGNAL_SUSPEND,
    SIGNAL_RESUME, /* `wait` times */
    SIGNAL_RETURN, /* its dirty native function has returned */
};

/* A signal is both a node of the queue and an entry of the process's own list of
 * messages. As a node it must outlive its time as the queue's stub; so it is freed by
 * whichever comes last: its consumption by the process, or its retirement as stub. Both
 * are the process's. */
enum {
    SIGNAL_CONSUMED = 1,
    SIGNAL_RETIRED = 2,
    SIGNAL_COUNTED = 4, /* a message in `mailbox_length` */
};

struct signal {
    struct core_mpsc_node node;
    struct signal *next; /* in the list of unmatched messages */
    actor_pid to;        /* a signal to a former owner of the slot is dropped */
    uint16_t kind;       /* enum signal_kind */
    uint16_t flags;
    uint32_t wait; /* of TIMEOUT and READY: which wait it ends; UNLINK: which unlink */
    struct actor_message message; /* its data follow the signal in memory */
};

static_assert(sizeof(struct signal) == 56, "a message of 8 bytes fills one cache line");

enum relation {
    RELATION_LINK,
    RELATION_MONITOR,
    RELATION_MONITORED,
    RELATION_TIMER,
    RELATION_SOCKET,
    RELATION_SUSPENDS,
};

/* A signal that is no message, and what a process knows of its links and monitors: a
 * relation is the memory of the signal that will tell of its end, so no death goes
 * unheard for want of memory. For the same reason a signal that must be answered brings
 * the memory of its answer along. */
struct control {
    struct signal signal;
    const struct blob *reason;
    const struct blob *name; /* a process was monitored by it */
    struct control *answer;
    union {
        struct {
            struct control *next; /* in a bucket */
            uint64_t key;         /* RELATION_LINK: the other's pid; else the monitor */
            actor_pid other;
            uint32_t relation; /* enum relation */
            union {
                uint32_t unlinking; /* RELATION_LINK: removed, but not at the other end */
                uint32_t count;     /* RELATION_SUSPENDS */
            };
        };
        struct actor_down down; /* once it is a message */
    };
};

static_assert(sizeof(struct control) <= 128, "a relation fills two cache lines");

/* The relations of one process, by kind and key. */
struct relations {
    union {
        struct control *only; /* the one bucket, while the capacity is 0 */
        struct control **buckets;
    };
    uint32_t count;    /* published */
    uint32_t capacity; /* a power of two; 0: none yet */
};

/* What a process has and its end gives back: a block of private memory, or the handle of
 * a binary. */
struct belonging {
    struct core_bag_node node;
    size_t bytes; /* of a block, or BELONGING_HANDLE */
};

#define BELONGING_HANDLE SIZE_MAX

/* A receive's time limit: lives in one scheduler's heap until it fires, then in the
 * queue. */
struct timeout {
    struct signal signal;
    struct core_timer timer;
    struct scheduler *scheduler;
};

struct process {
    /* Written by spawn and end, read by every sender. */
    _Alignas(CORE_CACHE_LINE) _Atomic actor_pid pid; /* 0: nobody lives here */
    uint32_t slot;
    uint32_t generation;
    void (*body)(void *argument); /* published */
    void *argument;
    size_t heap_limit_bytes;     /* SIZE_MAX: none */
    _Atomic(struct name *) name; /* registry.c */
    /* Controls in the queue: added to by senders before the push, subtracted when
     * handled. It belongs to the slot, as the queue does. */
    _Atomic uint32_t controls;
    _Atomic uint32_t mailbox_limit; /* 0: none */
    /* Its head ends the line that senders write, its tail begins the owner's. */
    struct core_mpsc queue;

    /* Written by the party that the state names; first the line that each turn and each
     * message touches. */
    uint8_t state;       /* enum process_state */
    uint8_t leave;       /* enum leave */
    uint8_t priority;    /* enum actor_priority; published (core_publish) */
    uint8_t stack_class; /* which of the runtime's stacks it runs on; published */
    bool hibernates;     /* has no stack, and runs on at a message; published */
    bool limited;        /* `timeout` is set */
    bool timed_out;      /* the limit of the present wait has come */
    bool traps_exits;
    uintptr_t stack_floor; /* 0 until it first runs, and while its stack is packed */
    struct process *next;  /* in a run queue or a free list */
    int reductions;        /* left in this turn */
    uint16_t owed; /* reductions of turns that are not yet in `spent`; published */
    uint16_t
        last_scheduler; /* plain on purpose: a missing hand-off order shows up in TSan */
    struct signal *current; /* the message last received */
    struct signal *first;   /* unmatched messages in order of arrival … */
    struct core_context context;
    struct signal *last;      /* … and the last of them, if there is a first */
    struct core_stack *stack; /* NULL until it first runs; published */
    struct marks *marks;      /* NULL: none yet */
    struct timeout *timeout;  /* of the present wait, or NULL */
    uint32_t wait;     /* counts waits with a limit, so a late timeout is recognised */
    uint32_t kept;     /* how many lie from `first` to `last`; published */
    size_t heap_bytes; /* private memory and messages kept; published */
    struct catcher *catcher; /* the innermost actor_catch, or NULL */
    struct signal *held;     /* messages of actor_keep */
    struct word *dictionary;
    uint8_t skips;       /* ACTOR_LOW: how often it is still passed over */
    uint8_t alerted;     /* alert.c */
    bool by_signal;      /* it ends by an exit signal, not by its own doing */
    uint8_t dirty_errno; /* of its last native function elsewhere; 0: it ran */
    uint32_t unlinks;    /* names unlinks that wait for their acknowledgement */
    struct core_bag belongings;
    uint32_t suspended; /* each also counts as a control in the queue; published */
    /* Messages that senders have put into a mailbox with a limit; belongs to the slot. */
    _Atomic uint32_t mailbox_length;
    struct core_mpsc_node stub;
    const struct blob *reason; /* why it ends */
    struct relations relations;
    const struct blob *answer; /* to its last question; NULL: nobody is there */
    struct socket_wait io;
    uint64_t spent;                  /* reductions of turns that are over; published */
    void (*initial)(void *argument); /* the body that it was spawned with; published */
    actor_pid parent;                /* published */
    struct dirty_job *dirty; /* in native code elsewhere, and a control; published */
    /* Goes up by one with each question and with each answer: odd, the name of the
     * question that it waits for, else no question is open. */
    uint32_t asked;
};

static_assert(offsetof(struct process, queue) == CORE_MPSC_OFFSET,
              "senders' fields fill one line");
static_assert(offsetof(struct process, context.sp) + sizeof(void *) ==
                  2 * (size_t)CORE_CACHE_LINE,
              "what a hand-off needs of its receiver fills one more");
/* A million of them have 4.6 kB each, most of it the page of a stack. */
static_assert(CORE_SANITIZED || sizeof(struct process) <= 320,
              "a process fills five cache lines");

struct process_list {
    struct process *first, *last;
};

/* Processes that may run, oldest first of each priority. One lock a queue: the BEAM tried
 * lock-free ones and went back (ProcessManagementOptimizations.md). */
struct run_queue {
    struct core_lock lock;
    _Atomic uint32_t length; /* written under the lock, read without it as a hint */
    uint32_t urgent;         /* of priority max and high; published, as the next two */
    uint32_t most;           /* of priority max */
    uint32_t low;            /* of priority low */
    struct process_list normal, high, max; /* low ones wait among the normal */
    /* Normal ones that lost their last turn to the tick. They run when no others wait,
     * and one of them each tick: so who wakes up does not wait behind all who compute. */
    struct process_list computing;
    bool due; /* such a tick has come; published */
    /* One of normal priority that was made runnable while nothing waited: older than all
     * in `normal`. Only the owner fills it; the owner and thieves empty it by a compare.
     * A hand-off passes through here and needs no lock. */
    _Atomic(struct process *) lone;
};

enum counter {             /* one cache line is what turns and messages touch */
               COUNT_SENT, /* messages, those of timers when they fire */
               COUNT_RECEIVED,
               COUNT_TOLD, /* ends that became messages */
               COUNT_REDUCTIONS,
               COUNT_SPAWNED,
               COUNT_ENDED,
               COUNT_YIELDS,
               COUNT_PREEMPTED,
               COUNT_WAKES,
               COUNT_DROPPED, /* of SENT and TOLD, because the receiver ended */
               COUNT_CRASHED,
               COUNT_STOLEN,
               COUNT_PARKS,
               COUNT_TIMEOUTS,
               COUNT_LOOKS,        /* into the poller */
               COUNT_READY,        /* sockets */
               COUNT_SHARED_BYTES, /* of blobs, made and freed */
               COUNT_UNSHARED_BYTES,
               COUNT_PACKED, /* stacks */
               COUNT_UNPACKED,
               COUNTERS,
};

/* The timers set on one scheduler, by reference. */
struct alarms {
    struct alarm **buckets;
    uint32_t count;
    uint32_t capacity; /* a power of two; 0: none yet */
};

struct scheduler {
    struct core_worker worker; /* first: core hands it back to the hooks */
    struct actors *runtime;
    pthread_t thread;
    int start_error;

    /* The scheduler's own. */
    struct core_context context;
    struct process *current; /* published */
    actor_pid self;          /* of the current process: its own line belongs to senders */
    int reductions;          /* of a turn */
    bool lists;              /* never hands off: a seeded or a dirty one */
    bool native;             /* native code runs here, in the name of `current` */
    void *returns_to;        /* the receive that waited last here */
    struct core_pool pool;
    struct core_stack *stacks;   /* hot stacks of processes that ended here */
    unsigned stack_count;        /* published */
    struct process *slots;       /* free processes kept at hand */
    _Atomic uint32_t slot_count; /* read by others under the table's lock */
    struct core_rng rng;
    struct core_trace trace;
    uint64_t refs;            /* given out here */
    char *scratch;            /* what is read from a socket before its size is known */
    struct dirty_job *job;    /* that code's, on a dirty scheduler */
    struct dirty_pool *dirty; /* NULL: a normal one */
    struct native_room *room; /* for native code; NULL: none yet */

    /* Written by the scheduler, read by its tick handler and by thieves as hints. */
    _Atomic uint64_t turns; /* processes dispatched so far */
    atomic_bool stale;      /* its only runnable process has waited a whole tick */
    atomic_bool look;       /* set by the tick: something may be ready, and nobody sits */
    /* Written by the tick handler. */
    _Atomic uint64_t ticks;
    uint64_t turns_at_tick;
    uint64_t long_turn; /* the turn that has lasted from tick to tick, if it still runs */
    uint64_t helped_turn; /* the turn in which a sleeper was woken to take who waits */
    uint64_t ticks_seen;  /* by the scheduler */

    _Alignas(CORE_CACHE_LINE) struct run_queue queue;
    struct core_parker parker;
    atomic_bool searching; /* set by its waker, cleared by itself */

    _Alignas(CORE_CACHE_LINE) struct core_lock timers_lock;
    struct core_timers timers;
    struct alarms alarms;
    _Atomic uint64_t next_deadline_ns; /* of the heap; written under timers_lock */
    size_t timers_pending;             /* the same; published */

    struct core_counters counters;
    struct activity activity;
    uint64_t settled_ns; /* when a turn last ended, if anybody watches (alert.c) */
};

/* For assertions of who has just found or claimed its idle mark. */
static inline bool is_waiting(const struct process *process)
{
    return process->state == PROCESS_WAITING || process->state == PROCESS_PARKED;
}

static inline bool is_control(const struct signal *signal)
{
    return signal->kind > SIGNAL_BINARY;
}

/* For assertions: somebody holds it. */
static inline bool is_held(const struct core_lock *lock)
{
    return core_load_relaxed(&lock->held) !=
           0; /* the asker's own store, if it holds it */
}

/* For assertions of whoever the state of the process names. */
static inline actor_pid pid_now(const struct process *process)
{
    return core_load_relaxed(&process->pid); /* nobody else changes it */
}

#define SLOTS_PER_CHUNK 1024
#define STACK_CLASSES 3
#define SLEEP_WORDS (ACTORS_MAX_SCHEDULERS / 64)

struct actors {
    struct actors_config config;
    struct core_depot depot;
    struct core_stacks stacks[STACK_CLASSES]; /* 1, 8 and 64 times config.stack_bytes */
    struct scheduler *schedulers;
    unsigned started; /* threads */

    /* Process table: slots are never unmapped while the runtime lives, so that a stale
     * pid may be looked up at any time. */
    struct core_lock table_lock;
    _Atomic(struct process *) *chunks;
    uint32_t chunk_count;
    uint32_t slots_made; /* ever; published */
    uint32_t slots_out;  /* of them not in free_slots */
    struct process *free_slots;
    _Atomic uint64_t outside_spawns; /* by actors_run */
    struct registry registry;
    struct compaction compaction;
    struct dirty_pool *dirty; /* one for each enum actor_dirty_kind */

    /* Sleepers: bit i of the words is scheduler i. Both are hints for wakers; the
     * parkers' tokens make a wake-up certain. */
    _Alignas(CORE_CACHE_LINE) _Atomic uint32_t sleepers;
    _Atomic uint32_t
        searching; /* schedulers woken that have not found work yet: 0 or 1 */
    _Atomic uint64_t sleeping[SLEEP_WORDS];

    _Alignas(CORE_CACHE_LINE) atomic_bool stopping;
    struct alerts alerts;
    atomic_bool table_tight; /* near the limit: table.c */
    atomic_bool main_busy;
    _Atomic actor_pid main_pid;
    int main_status;
    struct core_parker caller; /* actors_run waits here */
    _Atomic uint32_t ready;    /* schedulers that have come up, or failed to */
    bool seeded;               /* one thread, its choices drawn */
    uint64_t virtual_ns;       /* the clock of a seeded schedule */
    struct sockets sockets;
};

/* --- table.c */
int table_open(struct actors *runtime);
void table_close(struct actors *runtime);
/* The process in a pid's slot, whoever lives there now; NULL for what was never a pid. */
static inline struct process *table_find(const struct actors *runtime, actor_pid pid)
{
    uint32_t slot = (uint32_t)pid - 1;
    if (slot / SLOTS_PER_CHUNK >= runtime->chunk_count)
        return NULL;
    /* acquire: pairs with the release in make_slot: the chunk's slots are initialised */
    struct process *chunk = core_load_acquire(&runtime->chunks[slot / SLOTS_PER_CHUNK]);
    return chunk == NULL ? NULL : &chunk[slot % SLOTS_PER_CHUNK];
}
/* A free process, claimed: its queue is not idle any more. NULL: the limit or no memory,
 * told apart by *error. scheduler may be NULL (outside). */
struct process *table_take(struct actors *runtime, struct scheduler *scheduler,
                           int *error);
void table_give(struct scheduler *scheduler, struct process *process);

/* --- mailbox.c */
/* Frees every signal and leaves the queue idle; the process is not the caller's after it.
 */
void mailbox_close(struct scheduler *scheduler, struct process *process);
/* Appends to the messages kept. */
void mailbox_keep(struct process *process, struct signal *signal);
/* Called by a running process: takes all that has come, so that every signal of before is
 * handled. May: yield, end the process. */
void mailbox_collect(struct process *process);
/* The same for one that does not run, on its scheduler's stack; true: it must end. */
bool mailbox_handle(struct scheduler *scheduler, struct process *process);
/* Slow half of mailbox_admits. */
bool mailbox_count(struct process *to, struct signal *signal);
/* False: the mailbox is full. Before the push of a message. */
static inline bool mailbox_admits(struct process *to, struct signal *signal)
{
    /* relaxed: who knows the pid knows the limit, which was set before */
    return __builtin_expect(core_load_relaxed(&to->mailbox_limit) == 0, 1) ||
           mailbox_count(to, signal);
}

/* --- marks.c */
/* The last message kept before that mark; NULL: none was, or the mark is an old one. */
struct signal *marks_find(const struct marks *marks, uint64_t ref);
/* A message leaves; those that named it name the one before it. */
void marks_move(struct marks *marks, const struct signal *taken, struct signal *before);
void marks_free(struct scheduler *scheduler, struct process *process);

/* Removes and frees the messages kept that `match` names. */
void mailbox_flush(struct scheduler *scheduler, struct process *process, actor_ref ref);
/* Takes out the first message kept that `match`, the runtime's own, names; or NULL. */
struct signal *mailbox_take(struct process *process, actor_match *match, void *context);
/* Hands a signal over, and makes its process runnable if it waits; or drops it if the
 * process is gone. */
void signal_push(struct scheduler *scheduler, struct process *to, struct signal *signal);

void signal_free(struct scheduler *scheduler, struct signal *signal);
void signal_consume(struct scheduler *scheduler, struct signal *signal);

/* --- binary.c */
void binary_free_signal(struct scheduler *scheduler, struct signal *signal);
void binary_let_go(struct scheduler *scheduler, struct belonging *handle);

#include "signals.h" /* relation.c, signal.c */

/* --- dictionary.c */
size_t dictionary_count(const struct process *process);

/* --- failure.c */
/* Relations of a new process with its parent, before either can know. */
int family_make(struct scheduler *scheduler, struct process *child,
                const struct actor_options *options);
actor_ref ref_new(struct scheduler *scheduler);

/* --- timeout.c */
int timeout_start(struct scheduler *scheduler, struct process *process,
                  uint64_t deadline_ns);
void timeout_cancel(struct scheduler *scheduler, struct process *process);
void timeouts_fire(struct scheduler *scheduler, uint64_t now_ns);
/* Under the timers' lock: makes the next deadline known. */
void timeouts_publish(struct scheduler *scheduler);

/* --- alarm.c */
void alarm_free(struct scheduler *scheduler, struct signal *signal);
actor_ref alarm_ref(struct signal *signal);
/* Under the timers' lock: the alarm has left the heap, because it is due. */
void alarm_due(struct scheduler *scheduler, struct timeout *timeout);
void alarm_cancel(struct scheduler *scheduler, actor_ref ref);
void alarms_close(struct scheduler *scheduler);
uint64_t runtime_now_ns(const struct actors *runtime);

/* --- process.c */
struct process *process_new(struct actors *runtime, struct scheduler *scheduler,
                            void (*body)(void *), void *argument, int *error);
void process_enter(void *process); /* first frame of every process */
/* Ends a process that left for good; on the scheduler's stack. */
void process_end(struct scheduler *scheduler, struct process *process);
/* Frees what a process that never ended still holds; no scheduler runs any more. */
void process_discard(struct actors *runtime, struct process *process);
/* Private memory of a process that is the caller's. */
void *process_alloc(struct scheduler *scheduler, struct process *owner, size_t bytes);
void process_free(struct scheduler *scheduler, struct process *owner, void *memory);
/* Ends the caller, which has more than it may. */
_Noreturn void process_kill(struct process *process);
/* Notes that it holds more, or less. Thread: the party that its state names. */
static inline void process_grow(struct process *process, size_t bytes)
{
    core_publish(&process->heap_bytes, process->heap_bytes + bytes);
}
static inline void process_shrink(struct process *process, size_t bytes)
{
    assert(process->heap_bytes >= bytes && "memory of another process");
    core_publish(&process->heap_bytes, process->heap_bytes - bytes);
}
/* Whether it has more than it may. */
static inline bool process_is_too_large(const struct process *process)
{
    return __builtin_expect(process->heap_bytes > process->heap_limit_bytes, 0);
}
void process_fault(struct core_worker *worker, const struct core_fault *fault);

/* --- run_queue.c */
uint32_t run_queue_append(struct run_queue *queue, struct process *process);

/* Makes a process the lone one, if nothing waits here; false: append it. Thread: owner.
 */
static inline bool run_queue_hand_off(struct run_queue *queue, struct process *process)
{
    /* relaxed, both: what others take or add meanwhile changes nothing about its age */
    if (core_load_relaxed(&queue->length) != 0 ||
        core_load_relaxed(&queue->lone) != NULL || process->priority != ACTOR_NORMAL ||
        process->leave == LEAVE_PREEMPT)
        return false;
    /* release: pairs with the acquire of who takes it. A store will do: only we fill it.
     */
    core_store_release(&queue->lone, process);
    return true;
}

/* Takes the lone process, or NULL. Thread: any. */
static inline struct process *run_queue_take_lone(struct run_queue *queue)
{
    struct process *process = core_load_relaxed(&queue->lone); /* the compare decides */
    CORE_STEP();
    /* acquire: pairs with the release in run_queue_hand_off */
    if (process == NULL || !core_cas_acquire(&queue->lone, &process, NULL))
        return NULL;
    assert(process->state == PROCESS_RUNNABLE);
    return process;
}

/* How many wait here; a hint for others than the owner. */
static inline uint32_t run_queue_total(const struct run_queue *queue)
{
    /* relaxed, both: who acts on it takes the lock or compares */
    return core_load_relaxed(&queue->length) + (core_load_relaxed(&queue->lone) != NULL);
}

/* The next to run here, or NULL. Thread: owner. */
struct process *run_queue_shift_list(struct run_queue *queue);
static inline struct process *run_queue_shift(struct run_queue *queue)
{
    /* relaxed: what is appended after this look wakes us or is seen next time */
    return core_load_relaxed(&queue->length) == 0 ? run_queue_take_lone(queue)
                                                  : run_queue_shift_list(queue);
}
struct process *run_queue_pick(struct run_queue *queue, struct core_seams *seams);
/* Moves the older half of `from`, at least one, to `to`; returns one of them to run now.
 */
struct process *run_queue_steal(struct run_queue *from, struct run_queue *to,
                                unsigned *stolen);

#include "enter.h"

#endif
