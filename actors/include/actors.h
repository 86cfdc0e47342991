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

/* Zero in a field means its default. */
struct actors_config {
    unsigned schedulers; /* 1 */
    const int *cpus; /* NULL: unbound; else scheduler i is bound to cpus[i], -1: not */
    uint32_t process_limit; /* 262,144 processes alive at once, as Erlang/OTP 25 */
    unsigned reductions;    /* 4,000 a turn, as CONTEXT_REDS */
    size_t stack_bytes;     /* 64 KiB of address space a process, touched as used */
    uint64_t tick_ns;      /* 1 ms: how often a process that calls nothing is looked at */
    uint32_t trace_events; /* 0: no trace; else a power of two: events kept a scheduler */
    /* Told when a process ends abnormally; NULL: one line on stderr. Called on a
     * scheduler. */
    void (*report)(void *context, actor_pid pid, const char *reason);
    void *report_context;
    struct core_seams *seams; /* tests: seeded schedule, injected failures; or NULL */
};

/* Starts the schedulers. May: block. Errors: -EINVAL (a field out of range or a CPU that
 * cannot be bound), -ENOMEM, -EAGAIN (no thread or timer left). Owns: the caller, who
 * calls actors_stop. */
int actors_start(const struct actors_config *config, struct actors **runtime);

/* Runs main(argument) as a process and waits until that process has ended. Other
 * processes live on, as on an Erlang node; the next actors_run finds them. May: block.
 * Thread: the owner; one run at a time. Returns 0 after a normal end, 1 after an abnormal
 * one. Errors: -EBUSY (a run is under way). */
int actors_run(struct actors *runtime, void (*main)(void *argument), void *argument);

/* Ends the schedulers; after it only the counters and traces may be read, and actors_stop
 * is still due. May: block, until each running process has made a call or met a tick.
 * Thread: the owner. */
void actors_halt(struct actors *runtime);

/* Ends the schedulers and every process that is left, and frees the runtime. May: block,
 * as actors_halt. Thread: the owner. */
void actors_stop(struct actors *runtime);

/* Visits the runtime's event counts (switches, sends, steals …). Thread: any. */
void actors_counters(const struct actors *runtime,
                     void (*visit)(void *context, const char *name, uint64_t value),
                     void *context);

/* Processes alive now. Thread: any. */
uint32_t actors_processes(const struct actors *runtime);

/* The trace ring of a scheduler. Thread: the owner, after actors_halt. */
const struct core_trace *actors_trace(const struct actors *runtime, unsigned scheduler);

/* --- processes ----------------------------------------------------------------- */

/* Makes a process that runs body(argument) with a private copy of `bytes` bytes of
 * argument (0: the pointer itself is handed over, which shares what it points at).
 * Thread: process. Errors: -EAGAIN (process_limit), -ENOMEM; *pid is then 0. pid may be
 * NULL. */
int actor_spawn(void (*body)(void *argument), const void *argument, size_t bytes,
                actor_pid *pid);

actor_pid actor_self(void);

/* Whether the process has not ended. Thread: process. */
bool actor_is_alive(actor_pid pid);

/* Gives the turn away. Thread: process. May: yield. */
void actor_yield(void);

/* Counts work done in a loop of the caller's own, as a native function does by
 * enif_consume_timeslice. Thread: process. May: yield. */
void actor_bump(unsigned reductions);

/* Ends the calling process. `reason` is NULL for a normal end, else its text is reported
 * and need not outlive the call. Never returns. Thread: process. */
_Noreturn void actor_exit(const char *reason);

/* Ends the calling process with reason "check failed: …" unless the condition holds. */
#define actor_check(condition)                       \
    do {                                             \
        if (!(condition))                            \
            actor_exit("check failed: " #condition); \
    } while (0)

/* Private memory: aligned to 16, freed when the process ends, however it ends. NULL
 * without memory. Thread: process. */
void *actor_alloc(size_t bytes);
/* Frees private memory earlier. NULL is allowed. Thread: the process that allocated it.
 */
void actor_free(void *memory);

/* --- messages ------------------------------------------------------------------ */

struct actor_message {
    actor_pid from;
    size_t size;
    const void *data; /* aligned to 8 bytes */
};

/* Copies `size` bytes into the mailbox of `to`. Messages from one process to another
 * arrive in the order sent. A dead receiver swallows them silently, as Erlang's `!` on a
 * pid does. Thread: process. May: yield. Errors: -EINVAL (not a pid), -ENOMEM (nothing
 * was sent). */
int actor_send(actor_pid to, const void *data, size_t size);

/* Takes the oldest message. It belongs to the process and is valid until its next
 * receive. Thread: process. May: yield. */
const struct actor_message *actor_receive(void);

/* As actor_receive, but gives up after timeout_ns (0: looks once; ACTOR_FOREVER: never),
 * never earlier; NULL then. A negative timeout ends the process ("timeout_value"). */
const struct actor_message *actor_receive_within(int64_t timeout_ns);

/* Selective receive: takes the oldest message for which match(message, context) is true
 * and leaves the others where they are, in order. `match` must not call the runtime. */
typedef bool actor_match(const struct actor_message *message, void *context);
const struct actor_message *actor_receive_match(actor_match *match, void *context,
                                                int64_t timeout_ns);

/* Messages waiting in the caller's mailbox, those on their way not included. */
size_t actor_mailbox_length(void);

#endif
