/* introspection.h - what a runtime and its processes do, asked while they run, without
 * stopping anything.
 *
 * Three ways to ask, as the BEAM has them:
 *  - actors_snapshot and actors_visit_processes look from outside, from any thread. They
 *    take no lock that a scheduler waits for (but the registry's, for a name), send
 *    nothing and wait for nobody. Each number is whole and was true at some moment of the
 *    call, but two numbers need not be of the same moment: they are hints. What is
 *    promised beyond that stands beside the number.
 *  - actor_process_info asks a process by a signal, so its answer is exact and follows all
 *    that the caller sent before.
 *  - actor_system_monitor has a process told of what is too long or too large.
 *
 * Sources: erlang:statistics(scheduler_wall_time), erlang:system_info/1,
 * erlang:processes/0, erlang:process_info/2, erlang:system_monitor/2.
 */
#ifndef ACTORS_INTROSPECTION_H
#define ACTORS_INTROSPECTION_H

#include <actors.h>
#include <stdio.h>

/* --- schedulers ------------------------------------------------------------------ */

enum actors_activity {
    ACTORS_RUNNING,  /* processes, signals and timers: all that is work */
    ACTORS_STEALING, /* awake and looking for work elsewhere */
    ACTORS_SLEEPING,
    ACTORS_ACTIVITIES,
    ACTORS_HALTED = ACTORS_ACTIVITIES, /* not yet started, or stopped */
};

struct actors_scheduler {
    enum actors_activity activity;
    actor_pid running; /* 0: none */
    /* The time since the scheduler started, and what it was spent on: the parts add up to
     * the whole, always. A change counts from when it began, which a reader may learn a
     * moment late; so a later reading may move that moment from one part to another. All
     * stand still after actors_halt. */
    uint64_t wall_ns;
    uint64_t spent_ns[ACTORS_ACTIVITIES];
    uint32_t runnable[4]; /* in its run queue, by enum actor_priority */
    /* Since the start; one that is read later is never less. */
    uint64_t turns;      /* processes switched to */
    uint64_t reductions; /* of turns that are over */
    uint64_t spawned;
    uint64_t ended;
    uint64_t sent; /* by processes; a timer's message is none of these */
    uint64_t received;
    uint64_t yields;
    uint64_t preempted;
    uint64_t stolen; /* processes that it stole from others */
    uint64_t parks;
    uint64_t wakes; /* others that it woke */
    uint64_t timeouts;
    uint64_t timers;        /* pending now */
    uint64_t stacks_cached; /* kept for the next process that needs one */
};

struct actors_snapshot {
    uint64_t time_ns; /* CLOCK_MONOTONIC, when the reading began */
    uint32_t schedulers;
    uint32_t processes; /* as actors_processes */
    uint32_t process_limit;
    /* Descriptors made, none of which is ever given back: the most processes that were
     * alive at once, and up to 128 a scheduler more. */
    uint32_t process_slots;
    uint32_t names;        /* registered */
    uint64_t table_bytes;  /* of the descriptors */
    uint64_t pool_bytes;   /* of blocks up to 8 KiB, in use or kept for later use */
    uint64_t shared_bytes; /* of large binaries, reasons and names in use */
    uint64_t stacks;       /* mapped and ever used */
    uint64_t stacks_idle;  /* of them, given back (those schedulers keep not included) */
    uint64_t stack_bytes;  /* address space of `stacks`; memory only where touched */
    uint64_t pending_timers; /* of all schedulers, as all below */
    uint64_t runnable;
    uint64_t turns;
    uint64_t reductions;
    uint64_t sent;
    uint64_t received;
};

/* Reads the runtime and up to `room` of its schedulers. Costs a cache miss or two a
 * scheduler. Thread: any, processes too; from actors_start to actors_stop, actors_halt
 * included. May: never fails; looks again while a scheduler stands between the two
 * stores that change its activity. */
void actors_snapshot(const struct actors *runtime, struct actors_snapshot *snapshot,
                     struct actors_scheduler *schedulers, size_t room);

#define ACTORS_VERSION "0.1.0"

/* What does not change while a runtime lives. */
struct actors_system_info {
    const char *version;
    uint32_t schedulers; /* all of which are online */
    uint32_t process_limit;
    uint32_t reductions; /* a turn */
    uint32_t trace_events;
    uint64_t tick_ns;
    size_t stack_bytes[3]; /* of the three sizes that a spawn may get */
    size_t process_bytes;  /* of a descriptor */
    size_t message_bytes;  /* of a message without its data */
    bool preempts_loops;   /* here a loop that calls nothing is stopped (core/worker.h) */
    bool seeded;
};

/* Thread: any. */
void actors_system_info(const struct actors *runtime, struct actors_system_info *info);

/* --- processes ------------------------------------------------------------------- */

/* A process seen from outside. pid: exact. The rest: hints. */
struct actors_process {
    actor_pid pid;
    actor_pid parent;           /* who spawned it; 0: actors_run */
    char name[ACTOR_NAME_ROOM]; /* "": none */
    enum actor_status status;
    enum actor_priority priority;
    void (*initial)(void *argument); /* what it was spawned with */
    void (*current)(void *argument); /* the same, or that of its last hibernation */
    /* Messages that it has looked at and left, or that were sorted out between turns: all
     * of them, if it waits; those that came since its last look are not counted. */
    uint64_t messages;
    uint64_t reductions; /* of turns that are over */
    uint64_t relations;  /* links, monitors at either end, timers due, suspensions made */
    uint64_t heap_bytes; /* private memory and messages that it keeps */
    uint64_t stack_bytes; /* address space; 0: none at present */
};

/* Shows each process alive to `visit`, in no order, and returns how many. One that lives
 * during the whole call is shown, none is shown twice, and none whose end was known to
 * the caller (by an ACTOR_DOWN, an ACTOR_EXIT …) before the call. Thread: any, processes
 * too. May: block for a moment at a name; `visit` may do what the caller may. */
size_t actors_visit_processes(struct actors *runtime,
                              void (*visit)(void *context,
                                            const struct actors_process *process),
                              void *context);

/* The pids alone, the caller's included, at most `room`; returns how many there were, as
 * erlang:processes/0. Promises as above. Thread: process. May: yield. */
size_t actor_processes(actor_pid *pids, size_t room);

/* --- one process, asked by a signal ------------------------------------------------ */

enum actor_relation {
    ACTOR_LINKS,
    ACTOR_MONITORS, /* whom it monitors, once a monitor; 0 for a name that nobody had */
    ACTOR_MONITORED_BY,
    ACTOR_SUSPENDS,
};

/* Lists up to `room` of those that a process is related to, in no order, and returns how
 * many there are. Otherwise as actor_process_info. */
int64_t actor_process_related(actor_pid pid, enum actor_relation relation,
                              actor_pid *pids, size_t room);

/* Shows copies of the messages in a process's mailbox to `visit`, oldest first, and
 * returns how many; ends with the last whose copy fits into `room_bytes` (48 bytes and
 * its data each, at most 4 GiB in all). The copies last until `visit` returns, which must
 * not call the runtime. Otherwise as actor_process_info. */
int64_t actor_process_messages(actor_pid pid, size_t room_bytes,
                               void (*visit)(void *context,
                                             const struct actor_message *message),
                               void *context);

/* --- alerts ------------------------------------------------------------------------ */

/* 0: that is not watched. */
struct actor_limits {
    uint64_t
        turn_ns; /* ACTOR_LONG_TURN: wall-clock time on a scheduler without a pause */
    size_t heap_bytes; /* ACTOR_LARGE_HEAP: as struct actor_info */
    uint64_t queue;    /* ACTOR_LONG_QUEUE: messages and other signals in a mailbox … */
    uint64_t queue_end; /* … and ACTOR_LONG_QUEUE_END, once no more than these are left */
};

enum actor_alarm {
    ACTOR_LONG_TURN,
    ACTOR_LARGE_HEAP,
    ACTOR_LONG_QUEUE,
    ACTOR_LONG_QUEUE_END,
};

/* What is the data of a message of kind ACTOR_ALERT. */
struct actor_alert {
    enum actor_alarm what;
    actor_pid pid;
    uint64_t amount; /* ns, bytes or messages found; messages counted up to the limit */
};

/* Makes a process the one that is told, by messages of kind ACTOR_ALERT, of every other
 * process that goes over a limit; in place of the one before. It is found at the end of a
 * turn, so a loop is told of when it is first preempted. Heap and mailbox are told once
 * each time they go over. 0 or the watcher's end: nobody is told any more. Without memory
 * an alert is lost. While nobody watches, nobody pays. Thread: process. May: yield.
 * Errors: -EINVAL (not a pid; queue_end not below queue), -ESRCH (it has ended).
 * Source: erlang:system_monitor/2 (long_schedule, large_heap, long_message_queue). */
int actor_system_monitor(actor_pid watcher, const struct actor_limits *limits);

/* --- as text ----------------------------------------------------------------------- */

/* Prints a snapshot as aligned tables: the runtime, its schedulers, and the `processes`
 * processes that have done the most reductions. Thread: any outside of processes. May:
 * block. Errors: -ENOMEM, -EIO. Source: etop. */
int actors_print(FILE *stream, struct actors *runtime, size_t processes);

#endif
