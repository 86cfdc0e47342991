/* csp.h - goroutines and channels: the concurrency model of Go, as a C library.
 *
 * A runtime runs goroutines on a number of OS threads (workers). csp_run starts the main
 * goroutine and returns the status that a Go program would exit with: 0 when main
 * returned, 2 after a panic, a fatal error or a deadlock (the report goes to stderr, in
 * Go's words). As when a process exits, whatever the run left behind is discarded: other
 * goroutines, channels, memory of csp_alloc.
 *
 * All functions from "Goroutines" on are called by goroutines only, and each of them may
 * give the turn away when the goroutine's time slice (10 ms) is used up. None of them
 * reports an error: as in Go, misuse is a panic, which csp_recover may stop, and a lack of
 * memory is fatal and ends the run. The source of every semantic is Go 1.19: the language
 * specification, "The Go Memory Model", and the packages runtime, sync and time.
 */
#ifndef CSP_H
#define CSP_H

#include <csp/panic.h>
#include <csp/runtime.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSP_WORKERS_MAX 1024
#define CSP_NEVER UINT64_MAX
#define CSP_THREADS_MAX 60000

/* --- The runtime --------------------------------------------------------------- */

struct csp;
struct core_seams;       /* core/seam.h */
struct core_trace_event; /* core/trace.h */

struct csp_config {
    unsigned workers;         /* 1 .. CSP_WORKERS_MAX; 1 with a seeded schedule */
    const int *cpus;          /* worker i is bound to cpus[i] (-1: not); NULL: none is;
                                 read by csp_start only */
    size_t stack_bytes;       /* of each goroutine; 0: the default */
    unsigned threads;         /* the most beside the workers, for csp_lock_os_thread and
                                 csp_block (SetMaxThreads); 0: 10,000 */
    uint32_t trace_events;    /* kept by each worker, a power of two; 0: no trace */
    struct core_seams *seams; /* NULL, or for tests; seeded: one worker, no signals, time
                                 jumps, every choice of the scheduler is drawn */
    /* Compaction of private stacks (CSP_PRIVATE_STACK): while more than compact_above of
     * them hold memory, those of goroutines that have waited at least this long give
     * theirs back, as fast as that share of one core's time allows. 0: the default. */
    uint64_t compact_after_ns; /* 1 s; CSP_NEVER: it is off */
    uint32_t compact_above;    /* 8,192: 32 MiB */
    uint32_t compact_permille; /* 4; 1000: as much as there is */
};

/* Starts a runtime: its workers exist and sleep. Errors: -EINVAL (workers, CPU, trace or
 * stack size, a share of more than all), -ENOMEM, -EAGAIN (no thread or timer left). Owns: the caller, who calls
 * csp_stop. Thread: any that is no worker. */
int csp_start(const struct csp_config *config, struct csp **csp);

/* Ends a runtime that runs nothing. Thread: any that is no worker. */
void csp_stop(struct csp *csp);

/* Runs main_function(argument) as the main goroutine; returns the exit status (0 or 2)
 * once no goroutine of the run is left. May: block. Thread: one at a time, no worker.
 * Errors: -ENOMEM (nothing ran). */
#define csp_run(csp, main_function, argument) \
    csp_run_named((csp), (main_function), (argument), #main_function)
int csp_run_named(struct csp *csp, void (*main_function)(void *), void *argument,
                  const char *name);

enum csp_counter {
    CSP_SPAWNED,           /* goroutines started */
    CSP_SWITCHES,          /* turns given to a goroutine */
    CSP_STEALS,            /* successful visits to another worker's queue */
    CSP_STOLEN,            /* goroutines taken on them */
    CSP_PARKS,             /* times a worker went to sleep */
    CSP_WAKES,             /* times one was woken for work */
    CSP_PREEMPTED_PLANTED, /* turns taken in the middle of task code */
    CSP_PREEMPTED_FLAG,    /* turns taken at a runtime call */
    CSP_TIMERS_FIRED,
    CSP_PACKED,   /* private stacks that gave their pages back */
    CSP_UNPACKED, /* that got them again */
    CSP_COUNTERS,
};

/* The name of a counter, e.g. "steals". Thread: any. */
const char *csp_counter_name(enum csp_counter counter);

/* Events since csp_start, on one worker, or on all when worker < 0. Thread: any. */
uint64_t csp_counter(const struct csp *csp, enum csp_counter counter, int worker);

/* Copies the newest events of a worker's trace, oldest first; returns how many. Not
 * while a run goes on. */
size_t csp_trace(const struct csp *csp, unsigned worker, struct core_trace_event *into,
                 size_t room);

/* --- Goroutines ---------------------------------------------------------------- */

/* A place where goroutines are started, for their dump. */
struct csp_site {
    const char *function; /* that they run */
    const char *caller;   /* the function that stands there; NULL: nobody started it */
    const char *file;
    int line;
};

/* Starts a goroutine that runs function(argument); a statement. Fatal: "go of nil func
 * value". */
#define csp_go(function_, argument_)                                              \
    do {                                                                          \
        static const struct csp_site csp_site_ = {#function_, __func__, __FILE__, \
                                                  __LINE__};                      \
        csp_go_at((function_), (argument_), &csp_site_);                          \
    } while (0)
void csp_go_at(void (*function)(void *), void *argument, const struct csp_site *site);

enum csp_go_option {
    /* Nobody else reaches into the goroutine's stack, not even a pointer that it gave away
     * itself: then the stack may be compacted while it waits. Elements that it sends from
     * its stack or receives into it, and whatever else it waits with, are seen to. */
    CSP_PRIVATE_STACK = 1,
};

/* The same with options, combined by |. Panics: "csp: unknown option of go". */
#define csp_go_with(options_, function_, argument_)                               \
    do {                                                                          \
        static const struct csp_site csp_site_ = {#function_, __func__, __FILE__, \
                                                  __LINE__};                      \
        csp_go_with_at((options_), (function_), (argument_), &csp_site_);         \
    } while (0)
void csp_go_with_at(unsigned options, void (*function)(void *), void *argument,
                    const struct csp_site *site);

/* Gives the turn to others (runtime.Gosched). May: yield. */
void csp_gosched(void);

/* Ends the calling goroutine, after its deferred calls (runtime.Goexit). Ending main so
 * leaves the others running; when they are gone too the run ends as a deadlock. */
_Noreturn void csp_goexit(void);

/* The number Go prints in "goroutine 1 [running]"; main is 1. */
uint64_t csp_goroutine_id(void);

/* Memory as from Go's heap, but given back by csp_free or by the end of the run; never
 * NULL. Aligned to 16 bytes, not cleared. Fatal: "runtime: out of memory". */
void *csp_alloc(size_t bytes);
/* Gives memory back, on whichever goroutine; NULL is allowed. */
void csp_free(void *memory);

/* --- Channels ------------------------------------------------------------------ */

struct csp_chan; /* a NULL channel is Go's nil channel: it blocks for ever */

/* A channel for elements of element_bytes (0 is allowed), with `capacity` places in its
 * buffer; 0: a send waits for its receiver. Panics: "makechan: size out of range". Owns:
 * the run, or who calls csp_chan_free. */
struct csp_chan *csp_chan_make(size_t element_bytes, ptrdiff_t capacity);

/* Frees a channel that nobody waits on; NULL is allowed. Go leaves this to its collector.
 * Fatal: "csp: free of a channel in use". */
void csp_chan_free(struct csp_chan *chan);

/* Sends a copy of *element. May: block. Panics: "send on closed channel", also when the
 * channel is closed while the sender waits. */
void csp_send(struct csp_chan *chan, const void *element);

/* Receives into *element (NULL: drops it). False, and *element zeroed, when the channel
 * is closed and drained. May: block. */
bool csp_recv(struct csp_chan *chan, void *element);

/* Sends if that can be done at once. Panics: as csp_send. */
bool csp_try_send(struct csp_chan *chan, const void *element);

enum csp_try { CSP_NOT_READY, CSP_RECEIVED, CSP_CLOSED };

/* Receives if that can be done at once. */
enum csp_try csp_try_recv(struct csp_chan *chan, void *element);

/* Lets receivers see the end. Panics: "close of nil channel", "close of closed channel".
 */
void csp_close(struct csp_chan *chan);

/* Elements in the buffer, and its places; 0 for a nil channel. */
size_t csp_len(const struct csp_chan *chan);
size_t csp_cap(const struct csp_chan *chan);

/* --- Select -------------------------------------------------------------------- */

struct csp_case {
    enum { CSP_SEND, CSP_RECV } op;
    struct csp_chan *chan; /* NULL: never ready */
    void *element;         /* to send from (not written) or to receive into */
    bool ok;               /* out, of the chosen receive: as csp_recv returns */
};

#define CSP_CASES_MAX 65536
#define CSP_NO_CASE (-1)

/* Waits until one of the cases can go on, does it and returns its index; of several that
 * can, each is chosen with the same probability. No case at all blocks for ever. May:
 * block. Panics: as csp_send. */
int csp_select(struct csp_case *cases, size_t count);
/* With a default: CSP_NO_CASE when no case can go on at once. */
int csp_select_default(struct csp_case *cases, size_t count);
/* CSP_NO_CASE when no case could go on for timeout_ns. May: block. */
int csp_select_timeout(struct csp_case *cases, size_t count, uint64_t timeout_ns);

/* --- Directions ---------------------------------------------------------------- */

/* A channel of which its holder can only send, or only receive (Go's chan<- and <-chan):
 * the compiler refuses the other. Made from a channel, never the other way round. */
struct csp_send_chan {
    struct csp_chan *chan;
};
struct csp_recv_chan {
    struct csp_chan *chan;
};

static inline struct csp_send_chan csp_send_only(struct csp_chan *chan)
{
    return (struct csp_send_chan){chan};
}

static inline struct csp_recv_chan csp_recv_only(struct csp_chan *chan)
{
    return (struct csp_recv_chan){chan};
}

/* As csp_send and csp_close: who may send may also close. */
static inline void csp_send_to(struct csp_send_chan to, const void *element)
{
    csp_send(to.chan, element);
}

static inline void csp_close_to(struct csp_send_chan to)
{
    csp_close(to.chan);
}

/* As csp_recv. */
static inline bool csp_recv_from(struct csp_recv_chan from, void *element)
{
    return csp_recv(from.chan, element);
}

/* As csp_try_send and csp_try_recv. */
static inline bool csp_try_send_to(struct csp_send_chan to, const void *element)
{
    return csp_try_send(to.chan, element);
}

static inline enum csp_try csp_try_recv_from(struct csp_recv_chan from, void *element)
{
    return csp_try_recv(from.chan, element);
}

/* A case of a select. */
static inline struct csp_case csp_case_send(struct csp_send_chan to, void *element)
{
    return (struct csp_case){CSP_SEND, to.chan, element, false};
}

static inline struct csp_case csp_case_recv(struct csp_recv_chan from, void *element)
{
    return (struct csp_case){CSP_RECV, from.chan, element, false};
}

/* What programs of all kinds use; csp/context.h, csp/errgroup.h, csp/monitor.h and csp/net.h are
 * included by those who want them. */
#include <csp/sync.h>
#include <csp/time.h>

#endif
