/* actors.h - processes, mailboxes and messages in the manner of the BEAM.
 *
 * A runtime has schedulers (one thread each) that run processes: independent tasks with
 * private memory, which share nothing and talk by messages that are copied. A process
 * that fails takes nobody with it. A scheduler takes the turn away from a process after
 * its reductions, or after a tick when it calls nothing.
 *
 * Functions `actors_*` belong to the thread that owns the runtime; functions `actor_*`
 * are called by processes ("Thread: process") and count reductions there, so each of them
 * may yield. Semantics: Erlang reference manual, "Processes"; what is modelled and what
 * is not is listed in actors/README.md.
 *
 * Errors that all share, not repeated below. Called by a thread that runs no process (the
 * owner's, or a scheduler's while it reports) a function that returns an errno returns
 * -EPERM, and any other says so on stderr and aborts. NULL for data of more than 0 bytes
 * is -EINVAL, or NULL from a function that returns a pointer. A pid is stale when its
 * process has ended: that is no error unless said so. "Not a pid" is what no spawn of this
 * runtime can have returned, 0 among it.
 */
#ifndef ACTORS_H
#define ACTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct actors;
struct core_seams;
struct core_trace;

/* Names a process for ever: a slot and that slot's generation, so the pid of a dead
 * process is never the pid of a live one. 0 names nobody. */
typedef uint64_t actor_pid;

#define ACTORS_MAX_SCHEDULERS 1024
#define ACTOR_FOREVER INT64_MAX
#define ACTORS_NEVER UINT64_MAX

/* Zero in a field means its default, which is said beside it. */
struct actors_config {
    unsigned schedulers; /* 1; at most ACTORS_MAX_SCHEDULERS */
    const int *cpus; /* NULL: unbound; else scheduler i is bound to cpus[i], -1: not */
    /* 262,144 processes alive at once, as Erlang/OTP 25; at most 2^27. (Where several
     * schedulers reach it in the same moment, one more for each of the others may live.)
     */
    uint32_t process_limit;
    unsigned reductions; /* 4,000 a turn, as CONTEXT_REDS; at most INT32_MAX */
    /* 64 KiB of address space a process, touched as used; 16 KiB to 16 MiB. */
    size_t stack_bytes;
    uint64_t tick_ns; /* 1 ms: how often a process that calls nothing is looked at */
    /* Compaction: while more than compact_above stacks hold memory, those of processes
     * that have waited at least this long give theirs back, as fast as that share of one
     * core's time allows. */
    uint64_t compact_after_ns; /* 1 s; ACTORS_NEVER: it is off */
    uint32_t compact_above;    /* 8,192: 32 MiB */
    uint32_t compact_permille; /* 4; 1000: as much as there is */
    uint32_t trace_events; /* 0: no trace; else a power of two: events kept a scheduler */
    unsigned dirty_cpu;    /* as many as schedulers: those of ACTOR_DIRTY_CPU */
    unsigned dirty_io;     /* 10, as Erlang/OTP: those of ACTOR_DIRTY_IO */
    /* Told when a process ends abnormally; NULL: one line on stderr. Called on a
     * scheduler. */
    void (*report)(void *context, actor_pid pid, const char *reason);
    void *report_context;
    struct core_seams *seams; /* tests: seeded schedule, injected failures; or NULL */
};

/* Starts the schedulers. May: block. Errors: -EINVAL (NULL, a field out of range, or a CPU
 * that cannot be bound), -ENOMEM, -EAGAIN (no thread or timer left); *runtime is then
 * NULL. Owns: the caller, who calls actors_stop. */
int actors_start(const struct actors_config *config, struct actors **runtime);

/* Runs main(argument) as a process and waits until that process has ended. Other
 * processes live on, as on an Erlang node; the next actors_run finds them. May: block.
 * Thread: the owner; one run at a time. Returns 0 after a normal end, 1 after an abnormal
 * one. Errors: -EBUSY (a run is under way, whoever asks), -ESHUTDOWN (after actors_halt),
 * -EAGAIN (process_limit), -EINVAL (no main), -ENOMEM. */
int actors_run(struct actors *runtime, void (*main)(void *argument), void *argument);

/* Ends the schedulers; after it only the counters and traces may be read, and actors_stop
 * is still due. May: block, until each running process has made a call or met a tick.
 * Again: does nothing. Thread: the owner. */
void actors_halt(struct actors *runtime);

/* Ends the schedulers and every process that is left, and frees the runtime, so it is
 * called once, as free is; NULL is allowed. May: block, as actors_halt. Thread: the owner.
 */
void actors_stop(struct actors *runtime);

/* Visits the runtime's event counts (switches, sends, steals …). When all processes have
 * ended, messages sent and ends told are as many as received and dropped. Thread: any. */
void actors_counters(const struct actors *runtime,
                     void (*visit)(void *context, const char *name, uint64_t value),
                     void *context);

/* Processes alive now. Thread: any. */
uint32_t actors_processes(const struct actors *runtime);

/* The trace ring of a scheduler, to be read by core_trace_follow while it runs. Thread:
 * any. */
const struct core_trace *actors_trace(const struct actors *runtime, unsigned scheduler);

/* --- processes ----------------------------------------------------------------- */

/* Makes a process that runs body(argument) with a private copy of `bytes` bytes of
 * argument (0: the pointer itself is handed over, which shares what it points at; that
 * must not be a process's stack, which is not there while the process waits).
 * Thread: process. Errors: -EAGAIN (process_limit), -EINVAL (no body), -ENOMEM (or more
 * bytes than there is memory); *pid is then 0. pid may be NULL. A process whose stack
 * cannot be had when it first runs ends with "system_limit: no stack". */
int actor_spawn(void (*body)(void *argument), const void *argument, size_t bytes,
                actor_pid *pid);

actor_pid actor_self(void);

/* Whether the process has not ended; false for what is not a pid. Thread: process. */
bool actor_is_alive(actor_pid pid);

/* Gives the turn away. Thread: process. May: yield. */
void actor_yield(void);

/* Counts work done in a loop of the caller's own, as a native function does by
 * enif_consume_timeslice. Thread: process. May: yield. */
void actor_bump(unsigned reductions);

/* Ends the calling process. `reason` is NULL or "normal" for a normal end, else its text
 * is reported and need not outlive the call ("system_limit: no memory for the reason" when
 * there is none to keep it). Never returns. Thread: process. */
_Noreturn void actor_exit(const char *reason);

/* As actor_exit, with any bytes as the reason; "badarg" in place of 4 GiB and more, or of
 * NULL for some. */
_Noreturn void actor_exit_with(const void *data, size_t size);

/* Ends the calling process with reason "check failed: …" unless the condition holds. */
#define actor_check(condition)                       \
    do {                                             \
        if (!(condition))                            \
            actor_exit("check failed: " #condition); \
    } while (0)

/* Private memory: aligned to 16, freed when the process ends, however it ends. NULL
 * without memory, however much was asked for. Thread: process. */
void *actor_alloc(size_t bytes);
/* Frees private memory earlier. NULL is allowed. Thread: the process that allocated it.
 */
void actor_free(void *memory);

/* --- messages ------------------------------------------------------------------ */

enum actor_kind {
    ACTOR_MESSAGE, /* sent by actor_send */
    ACTOR_EXIT,    /* {'EXIT', from, Reason}: data and size are the reason */
    ACTOR_DOWN,    /* {'DOWN', …}: data is a struct actor_down */
    ACTOR_TIMEOUT, /* {timeout, Timer, …}: data is a struct actor_timeout */
    /* Of a socket, and data is a struct actor_tcp_event (actors/tcp.h). */
    ACTOR_TCP,         /* {tcp, Socket, Data} */
    ACTOR_TCP_CLOSED,  /* {tcp_closed, Socket} */
    ACTOR_TCP_ERROR,   /* {tcp_error, Socket, Reason} */
    ACTOR_TCP_PASSIVE, /* {tcp_passive, Socket} */
    ACTOR_ALERT, /* {monitor, …}: data is a struct actor_alert (actors/introspection.h) */
};

struct actor_message {
    actor_pid from; /* the sender, or the process that ended */
    uint32_t size;
    uint32_t kind;    /* enum actor_kind */
    const void *data; /* aligned to 8 bytes */
};

/* Copies `size` bytes into the mailbox of `to`. Messages from one process to another
 * arrive in the order sent. A dead receiver swallows them silently, as Erlang's `!` on a
 * pid does. Thread: process. May: yield. Errors: -EINVAL (not a pid, or 4 GiB and
 * more), -ENOMEM (nothing was sent), -ENOBUFS (the receiver's mailbox_limit). */
int actor_send(actor_pid to, const void *data, size_t size);

/* Bytes that processes share and nobody changes; a process holds them by a handle of its
 * own, which goes with the process. */
struct actor_binary {
    const void *data; /* aligned to 8 bytes */
    size_t size;
};

/* A handle to a copy of these bytes, or NULL without memory (or for 4 GiB and more).
 * Thread: process. May: yield. Owns: the caller, who may call actor_binary_free. */
const struct actor_binary *actor_binary_new(const void *data, size_t size);
/* A handle to the bytes of a message in hand, which outlives it: shared with a message of
 * actor_send_binary, copied from any other. Otherwise as actor_binary_new. */
const struct actor_binary *actor_binary_of(const struct actor_message *message);
/* Lets go; the bytes stay for other holders. NULL is allowed. Thread: the process that
 * holds it. */
void actor_binary_free(const struct actor_binary *binary);
/* Sends a message of these bytes without copying them when they are more than 64, as
 * Erlang's binaries off the heap. Otherwise as actor_send; -EINVAL also for NULL. */
int actor_send_binary(actor_pid to, const struct actor_binary *binary);

/* Takes the oldest message. It belongs to the process and is valid until its next
 * receive. Thread: process. May: yield. */
const struct actor_message *actor_receive(void);

/* As actor_receive, but gives up after timeout_ns (0: looks once; ACTOR_FOREVER: never),
 * never earlier; NULL then. A negative timeout, or a wait of more than 2^32-1 ms, ends
 * the process ("timeout_value"), and so does a wait without memory for its limit ("no
 * memory for a receive's time limit"). */
const struct actor_message *actor_receive_within(int64_t timeout_ns);

/* Selective receive: takes the oldest message for which match(message, context) is true
 * and leaves the others where they are, in order. `match` must not call the runtime. */
typedef bool actor_match(const struct actor_message *message, void *context);
const struct actor_message *actor_receive_match(actor_match *match, void *context,
                                                int64_t timeout_ns);

/* Marks the present end of the caller's mailbox, under a new reference to put into a
 * request; the ninth mark takes the place of the first. Then a selective receive of the answer need not
 * look at what came before: it costs the same however long the mailbox is. Thread:
 * process. May: yield. Source: the receive marker of erl_message.h. */
uint64_t actor_mark(void);
/* As actor_receive_match, but looks only at what came after that mark; at everything when
 * the mark is older than the last eight. */
const struct actor_message *actor_receive_marked(uint64_t mark, actor_match *match,
                                                 void *context, int64_t timeout_ns);

/* Makes the message last received stay until it is dropped, or the process ends. */
void actor_keep(const struct actor_message *message);
/* Frees a message that was kept. */
void actor_drop(const struct actor_message *message);

/* Messages waiting in the caller's mailbox, those on their way not included. */
size_t actor_mailbox_length(void);

/* --- failure -------------------------------------------------------------------
 *
 * Semantics: Erlang reference manual, "Processes", "Links" to "Monitors". Signals of one
 * process to another, messages included, are handled in the order sent. A signal to a
 * running process is handled when its turn ends, when it receives, or when it calls one
 * of the functions below.
 */

/* Why a process ended: any bytes, followed by a NUL that is not counted. A process that
 * returned ended with the text "normal". */
struct actor_reason {
    const void *data;
    size_t size;
};

bool actor_reason_is(const struct actor_reason *reason, const char *text);

/* Sends an exit signal, as Erlang's exit/2: "kill" ends any process, with reason
 * "killed"; "normal" does nothing, except to oneself; any other ends a process that does
 * not trap exits. A signal to oneself is handled before the call returns. Thread:
 * process. May: yield, end the caller. Errors: -EINVAL (not a pid, a NULL reason, 4 GiB and
 * more), -ENOMEM (nothing was sent). */
int actor_exit_signal(actor_pid to, const char *reason);
int actor_exit_signal_with(actor_pid to, const void *data, size_t size);

/* Whether exit signals become messages of kind ACTOR_EXIT; returns what it was. Those
 * that came before the call are handled as it was. Thread: process. May: yield. */
bool actor_trap_exit(bool on);

/* Links the caller and another process: the end of one is an exit signal to the other.
 * There is at most one link between two processes, and either may remove it. A dead
 * process answers with an exit signal of reason "noproc". Thread: process. May: yield.
 * Errors: -EINVAL (not a pid), -ENOMEM (no link was made, or removed). */
int actor_link(actor_pid to);
/* After it, no exit signal comes over that link. */
int actor_unlink(actor_pid from);

/* Names a monitor or a timer for ever; 0 names none. */
typedef uint64_t actor_ref;

/* What is the data of a message of kind ACTOR_DOWN. */
struct actor_down {
    actor_ref monitor;
    actor_pid pid;
    const char *name; /* by which it was monitored, or NULL */
    struct actor_reason reason;
};

/* A message of kind ACTOR_DOWN will come when the process ends, or now with reason
 * "noproc". Each call makes a monitor of its own; one of oneself does nothing. Thread:
 * process. May: yield. Errors: -EINVAL (not a pid), -ENOMEM; *monitor is then 0. */
int actor_monitor(actor_pid pid, actor_ref *monitor);
/* Removes a monitor of the caller's; false when there was none. After it no ACTOR_DOWN
 * comes; one that had come stays in the mailbox unless `flush` removes it. */
bool actor_demonitor(actor_ref monitor, bool flush);

/* As actor_monitor of the process of that name, which the ACTOR_DOWN repeats; of a name
 * that nobody has, "noproc". Errors: -EINVAL (NULL), -ENOMEM; *monitor is then 0. */
int actor_monitor_name(const char *name, actor_ref *monitor);

/* --- names -----------------------------------------------------------------------
 *
 * Semantics: Erlang's register/2. A name is a text of 1 to 255 bytes, but not
 * "undefined"; a process has at most one, and loses it when it ends, before anybody hears
 * of that. What can be no name, NULL among it, is a name that nobody has. Thread: process.
 * May: yield.
 */

/* Errors: -EINVAL (no name or not a pid), -EEXIST (the name is taken, or the process has
 * one), -ESRCH (the process has ended), -ENOMEM. */
int actor_register(const char *name, actor_pid pid);
/* Errors: -ESRCH (nobody has that name). */
int actor_unregister(const char *name);
/* 0: nobody. */
actor_pid actor_whereis(const char *name);
/* Errors: as actor_send; -ESRCH (nobody has that name). */
int actor_send_name(const char *name, const void *data, size_t size);

/* A name that nothing else in this runtime has. Thread: process. */
actor_ref actor_make_ref(void);

/* --- timers ----------------------------------------------------------------------
 *
 * Semantics: erlang:send_after/3 and its kin. Never early; two of different deadlines on
 * one scheduler come in their order; a receiver's end cancels its timers. Thread:
 * process. May: yield.
 */

/* What is the data of a message of kind ACTOR_TIMEOUT. */
struct actor_timeout {
    actor_ref timer;
    const void *data; /* aligned to 8 bytes */
    uint32_t size;
};

/* Sends a copy of these bytes after delay_ns, as an ordinary message. Errors: -EINVAL
 * (not a pid, a negative delay, 4 GiB and more), -ENOMEM; *timer is then 0. */
int actor_send_after(int64_t delay_ns, actor_pid to, const void *data, size_t size,
                     actor_ref *timer);
/* The same as a message of kind ACTOR_TIMEOUT, which says which timer it was. */
int actor_start_timer(int64_t delay_ns, actor_pid to, const void *data, size_t size,
                      actor_ref *timer);
/* Returns the nanoseconds that were left. Errors: -ESRCH (it has fired, was cancelled, or
 * its receiver has ended). */
int64_t actor_cancel_timer(actor_ref timer);
/* The nanoseconds that are left. Errors: as actor_cancel_timer. */
int64_t actor_read_timer(actor_ref timer);

/* max runs before high, high before the others; low is passed over eight times while
 * there is anything normal. */
enum actor_priority { ACTOR_NORMAL, ACTOR_LOW, ACTOR_HIGH, ACTOR_MAX };

/* What a spawn may ask for; zeroed means a plain one. */
struct actor_options {
    bool link;          /* to the caller */
    actor_ref *monitor; /* not NULL: by the caller; gets the name of the monitor */
    enum actor_priority priority;
    size_t stack_bytes; /* 0: the runtime's; else at least that, up to 64 times as much */
    /* Private memory and messages in the mailbox; a process that has more is killed. 0:
     * no limit. */
    size_t heap_limit_bytes;
    /* Messages in the mailbox, read ones not included; a send to a full one fails with
     * -ENOBUFS. Signals and the messages of timers always come. 0: no limit, as Erlang's. */
    uint32_t mailbox_limit;
};

/* As actor_spawn; links and monitors exist before the process first runs. Errors also:
 * -EINVAL (an option out of range). */
int actor_spawn_with(const struct actor_options *options, void (*body)(void *argument),
                     const void *argument, size_t bytes, actor_pid *pid);

/* Sets the caller's priority; returns what it was. Thread: process. May: yield; ends the
 * process ("badarg") for none of the four. */
enum actor_priority actor_set_priority(enum actor_priority priority);

/* Stops a process until each suspension has been taken back, or its maker has ended; when
 * it returns the process does not run. It still dies of exit signals. Thread: process.
 * May: yield, block. Errors: -EINVAL (oneself, or not a pid), -ESRCH (it has ended),
 * -ENOMEM. */
int actor_suspend(actor_pid pid);
/* Errors: -EINVAL (the caller has not suspended it), -ENOMEM. */
int actor_resume(actor_pid pid);

/* Gives the stack back and runs body(argument) on a new one when a message is in the
 * mailbox, as erlang:hibernate/3. `argument` is the pointer itself. Thread: process. */
_Noreturn void actor_hibernate(void (*body)(void *argument), void *argument);

/* Runs body(argument); returns false if that called actor_exit, failed a check or
 * faulted, with *reason valid until the next catch. Exit signals, and an overflow of the
 * stack, end the process all the same. Thread: process. */
bool actor_catch(void (*body)(void *argument), void *argument,
                 struct actor_reason *reason);

/* --- process dictionary: for a few values under short names. Thread: process. May:
 * yield.
 */

/* Keeps a copy of these bytes in place of what was there. Errors: -EINVAL (a NULL key),
 * -ENOMEM. There is nothing under a NULL key. */
int actor_put(const char *key, const void *data, size_t size);
/* NULL: nothing there. Valid until the next put or erase of this key; aligned to 16. */
const void *actor_get(const char *key, size_t *size);
/* Whether there was something. */
bool actor_erase(const char *key);

enum actor_status {
    ACTOR_RUNNABLE, /* or ending: an end is too short to be told apart from outside */
    ACTOR_RUNNING,
    ACTOR_WAITING,
    ACTOR_SUSPENDED,
    ACTOR_HIBERNATING,
};

#define ACTOR_NAME_ROOM 256

/* As erlang:process_info/2; what is listed there is counted here, and listed by
 * actor_process_related and actor_process_messages (actors/introspection.h). */
struct actor_info {
    size_t memory_bytes; /* its descriptor, private memory, mailbox, and stack if any */
    enum actor_priority priority;
    size_t links;
    size_t monitors;     /* by the process, of others */
    size_t monitored_by; /* of the process, by others */
    size_t mailbox_length;
    bool traps_exits;
    enum actor_status status; /* when the question came */
    unsigned suspended;       /* how often */
    size_t suspends;          /* processes that it has suspended */
    size_t timers;            /* that will send it a message */
    size_t dictionary;        /* keys in it */
    size_t heap_bytes;        /* private memory and messages that it keeps */
    size_t heap_limit_bytes;  /* 0: none */
    size_t stack_bytes;       /* address space; 0: none at present */
    uint64_t reductions;
    actor_pid parent;                /* who spawned it; 0: actors_run */
    void (*initial)(void *argument); /* what it was spawned with */
    void (*current)(void *argument); /* the same, or that of its last hibernation */
    char name[ACTOR_NAME_ROOM];      /* "": none */
};

/* Asks a process about itself and waits for its answer, which follows all signals that
 * the caller sent it before; up to `room` of its links go to links[]. Thread: process.
 * May: yield, block. Errors: -ESRCH (it has ended), -EINVAL (not a pid), -ENOMEM. */
int actor_process_info(actor_pid pid, struct actor_info *info, actor_pid *links,
                       size_t room);

#endif
