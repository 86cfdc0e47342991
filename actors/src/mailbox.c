/* Mailboxes: sending, and receiving in arrival order with the unmatched kept in place.
 *
 * The queue (core/mpsc.h) takes signals from everybody; the process moves them to its own
 * list when it looks for one that is not the oldest. A popped signal stays the queue's
 * stub until the next pop, so it is freed by the later of "consumed" and "retired"
 * (internal.h).
 */
#include "internal.h"
#include "native.h"

#include <errno.h>
#include <string.h>

enum {
    BYTES_PER_REDUCTION = 512,
    BUSY_SPINS = 128
}; /* ERTS_MSG_COPY_WORDS_PER_REDUCTION */

#define LONGEST_WAIT_NS \
    (INT64_C(0xffffffff) * (int64_t)CORE_NS_PER_MS) /* as Erlang's \
                                                     */

static struct signal *signal_of(struct core_mpsc_node *node)
{
    return CORE_CONTAINER_OF(node, struct signal, node);
}

static struct control *control_of(struct signal *signal)
{
    assert(is_control(signal));
    return CORE_CONTAINER_OF(signal, struct control, signal);
}

/* A message of a word fills a cache line, and is most of what is sent: its block's class
 * is a constant. */
enum { LINE_BYTES = CORE_POOL_SMALLEST, WORD_BYTES = sizeof(uint64_t) };
static_assert(sizeof(struct signal) + WORD_BYTES == LINE_BYTES, "a word and its signal");

static void free_other(struct scheduler *scheduler, struct signal *signal)
{
    assert(!(signal->flags & SIGNAL_COUNTED) && "freed without leaving its mailbox");
    assert(signal->flags == 0 || signal->flags == (SIGNAL_CONSUMED | SIGNAL_RETIRED));
    if (signal->kind >= SIGNAL_ALARM) {
        if (is_control(signal))
            control_free(scheduler, control_of(signal));
        else if (signal->kind == SIGNAL_BINARY)
            binary_free_signal(scheduler, signal);
        else
            alarm_free(scheduler, signal);
        return;
    }
    size_t bytes = signal->kind == SIGNAL_TIMEOUT ? sizeof(struct timeout)
                                                  : sizeof *signal + signal->message.size;
    core_pool_give(&scheduler->pool, signal, bytes);
}

static inline void free_signal(struct scheduler *scheduler, struct signal *signal)
{
    if (signal->kind == SIGNAL_MESSAGE && signal->message.size == WORD_BYTES)
        core_pool_give(&scheduler->pool, signal, LINE_BYTES);
    else
        free_other(scheduler, signal);
}

void signal_free(struct scheduler *scheduler, struct signal *signal)
{
    free_signal(scheduler, signal);
}

static inline void consume(struct scheduler *scheduler, struct signal *signal)
{
    assert(!(signal->flags & SIGNAL_CONSUMED) && "consumed twice");
    signal->flags |= SIGNAL_CONSUMED;
    if (signal->flags & SIGNAL_RETIRED)
        free_signal(scheduler, signal);
}

void signal_consume(struct scheduler *scheduler, struct signal *signal)
{
    consume(scheduler, signal);
}

static void retire(struct scheduler *scheduler, struct process *process,
                   struct core_mpsc_node *node)
{
    if (node == &process->stub)
        return;
    struct signal *signal = signal_of(node);
    assert(!(signal->flags & SIGNAL_RETIRED) && "retired twice");
    signal->flags |= SIGNAL_RETIRED;
    if (signal->flags & SIGNAL_CONSUMED)
        free_signal(scheduler, signal);
}

/* A control is out of the queue. */
static void uncount(struct process *process)
{
    /* relaxed: counted before the push that we have popped */
    assert(core_load_relaxed(&process->controls) > 0);
    core_sub_relaxed(&process->controls, 1); /* only the owner acts on its becoming 0 */
}

/* --- a mailbox's limit: counted by senders, in the slot, so that what comes too late for a
 * process is taken back from whoever lives there then --- */

bool mailbox_count(struct process *to, struct signal *signal)
{
    assert(signal->flags == 0 && "not sent yet");
    /* relaxed, all: a count by itself; the limit was set before the pid was known */
    uint32_t limit = core_load_relaxed(&to->mailbox_limit);
    if (core_add_relaxed(&to->mailbox_length, 1) >= limit) {
        core_sub_relaxed(&to->mailbox_length, 1); /* as above */
        return false;
    }
    signal->flags = SIGNAL_COUNTED;
    return true;
}

static inline void leave_mailbox(struct process *process, struct signal *signal)
{
    if (__builtin_expect((signal->flags & SIGNAL_COUNTED) == 0, 1))
        return;
    assert(core_load_relaxed(&process->mailbox_length) > 0); /* at least this one */
    core_sub_relaxed(&process->mailbox_length, 1);           /* a count by itself */
    signal->flags &= (uint16_t)~SIGNAL_COUNTED;
}

/* A message that nobody will take; what else is no control is a time limit. */
static void count_dropped(struct scheduler *scheduler, const struct signal *signal)
{
    if (signal->kind != SIGNAL_TIMEOUT)
        core_count(&scheduler->counters, COUNT_DROPPED, 1);
}

/* A signal that was sent to somebody who is not there any more. */
static void refuse(struct scheduler *scheduler, struct process *process,
                   struct signal *signal)
{
    leave_mailbox(process, signal);
    if (is_control(signal)) {
        uncount(process);
        control_refuse(scheduler, control_of(signal));
    } else {
        count_dropped(scheduler, signal);
    }
}

/* Frees what a queue without a living process holds; leaves it idle on its own stub. */
static void drain(struct scheduler *scheduler, struct process *process)
{
    struct core_mpsc *queue = &process->queue;
    struct core_mpsc_node *node, *retired;
    assert(pid_now(process) == 0 && "drained while it lives");
    while (queue->tail != &process->stub || !core_mpsc_mark_idle(queue)) {
        bool stub_out = queue->tail != &process->stub;
        if (stub_out)
            core_mpsc_push(queue, &process->stub); /* never finds the mark: we hold it */
        do {
            while (core_mpsc_pop(queue, &node, &retired) != CORE_MPSC_NODE)
                core_pause(); /* a sender stands between its two steps */
            if (node != &process->stub) {
                refuse(scheduler, process, signal_of(node));
                signal_of(node)->flags |= SIGNAL_CONSUMED;
            }
            retire(scheduler, process, retired);
        } while (stub_out && queue->tail != &process->stub);
    }
}

void mailbox_close(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_FREE && !process->limited);
    mailbox_let_go(scheduler, process);
    while (process->first != NULL) {
        struct signal *signal = process->first;
        process->first = signal->next;
        leave_mailbox(process, signal);
        count_dropped(scheduler, signal);
        signal_consume(scheduler, signal);
    }
    drain(scheduler, process);
}

void signal_push(struct scheduler *scheduler, struct process *to, struct signal *signal)
{
    actor_pid meant = signal->to;
    /* relaxed: an early way out; who dies after this look is found by the check below or
     * by the receiver's own check of signal->to */
    if (core_load_relaxed(&to->pid) != meant) {
        leave_mailbox(to, signal);
        if (is_control(signal))
            control_refuse(scheduler, control_of(signal));
        else
            count_dropped(scheduler, signal);
        signal_free(scheduler, signal);
        return;
    }
    if (is_control(signal))
        /* release: pairs with the acquire in scheduler_enter_handled. Before the push, so
         * that it is never behind the queue. */
        core_add_acq_rel(&to->controls, 1);
    if (!core_mpsc_push(&to->queue, &signal->node))
        return;
    /* We found the idle mark: until we hand it on, the process is ours. */
    if (core_load_relaxed(&to->pid) == 0) { /* ours, so nobody changes it */
        assert(to->state == PROCESS_FREE);
        drain(scheduler, to);
        return;
    }
    assert(is_waiting(to));
    core_trace(&scheduler->trace, CORE_TRACE_WAKE, signal->message.from, meant);
    scheduler_ready(scheduler, to);
}

static_assert(sizeof(struct signal) % sizeof(uint64_t) == 0, "data are aligned");

int actor_send(actor_pid to, const void *data, size_t size)
{
    size_t units = size / BYTES_PER_REDUCTION;
    struct scheduler *scheduler =
        scheduler_try(units < INT16_MAX ? 1 + (unsigned)units : INT16_MAX);
    if (scheduler == NULL)
        return -EPERM;
    struct process *receiver = table_find(scheduler->runtime, to);
    if (receiver == NULL || size >= UINT32_MAX || (data == NULL && size > 0))
        return -EINVAL;
    struct signal *signal = size == WORD_BYTES
                                ? core_pool_take(&scheduler->pool, LINE_BYTES)
                                : core_pool_take(&scheduler->pool, sizeof *signal + size);
    if (signal == NULL)
        return -ENOMEM;
    signal->to = to;
    signal->kind = SIGNAL_MESSAGE;
    signal->flags = 0;
    signal->message.from = scheduler->self;
    signal->message.size = (uint32_t)size;
    signal->message.kind = ACTOR_MESSAGE;
    signal->message.data = signal + 1;
    if (size == WORD_BYTES) /* a word costs a store, not a call */
        memcpy(signal + 1, data, WORD_BYTES);
    else if (size > 0)
        memcpy(signal + 1, data, size);
    if (!mailbox_admits(receiver, signal)) {
        free_signal(scheduler, signal);
        return -ENOBUFS;
    }
    core_count(&scheduler->counters, COUNT_SENT, 1);
    core_trace(&scheduler->trace, CORE_TRACE_SEND, signal->message.from, to);
    signal_push(scheduler, receiver, signal);
    return 0;
}

/* The next signal of the queue, or NULL when there is none; may give the turn away while
 * a sender on another scheduler stands between its two steps. */
static struct signal *pop(struct process *process)
{
    struct core_mpsc_node *node, *retired;
    for (unsigned spins = 1;; spins++) {
        switch (core_mpsc_pop(&process->queue, &node, &retired)) {
        case CORE_MPSC_EMPTY:
            return NULL;
        case CORE_MPSC_NODE:
            retire(scheduler_self(), process, retired);
            return signal_of(node);
        case CORE_MPSC_BUSY:
            core_pause();
            if (spins % BUSY_SPINS == 0)
                scheduler_leave(LEAVE_YIELD);
        }
    }
}

/* A time limit has come, for the present wait or for one that is over. */
static void end_wait(struct process *process, struct signal *signal)
{
    if (!process->limited || signal->wait != process->wait)
        return;
    assert(signal == &process->timeout->signal && "two limits of one wait");
    process->timeout = NULL;
    process->limited = false;
    process->timed_out = true;
}

/* What is no ordinary message for this process. A delivered one is not consumed yet. */
static enum verdict handle(struct scheduler *scheduler, struct process *process,
                           struct signal *signal)
{
    enum verdict verdict = VERDICT_DONE;
    /* relaxed: the caller holds the process, so nobody changes its pid */
    if (signal->to != core_load_relaxed(&process->pid)) {
        refuse(scheduler, process, signal);
    } else if (signal->kind == SIGNAL_TIMEOUT) {
        end_wait(process, signal);
    } else if (signal->kind == SIGNAL_READY) {
        process->io.over |= signal->wait == process->io.number;
    } else if (signal->kind == SIGNAL_ALARM) {
        relation_end(scheduler, &process->relations, RELATION_TIMER, alarm_ref(signal));
        verdict = VERDICT_DELIVER;
    } else if (signal->kind == SIGNAL_BINARY) {
        verdict = VERDICT_DELIVER;
    } else {
        uncount(process);
        verdict = control_handle(scheduler, process, control_of(signal));
        core_count(&scheduler->counters, COUNT_TOLD, verdict == VERDICT_DELIVER);
    }
    if (verdict != VERDICT_DELIVER)
        signal_consume(scheduler, signal);
    return verdict;
}

/* Whether it is an ordinary message for the process that runs on this scheduler. */
static inline bool is_plain(const struct scheduler *scheduler,
                            const struct signal *signal)
{
    return __builtin_expect(
        signal->kind == SIGNAL_MESSAGE && signal->to == scheduler->self, 1);
}

/* The first message from `signal` on, which was popped, or NULL. Never returns if a
 * signal before it ends the process. */
static struct signal *sort_out(struct process *process, struct signal *signal)
{
    for (; signal != NULL; signal = pop(process)) {
        if (is_plain(scheduler_self(), signal))
            return signal;
        enum verdict verdict = handle(scheduler_self(), process, signal);
        if (verdict == VERDICT_DELIVER)
            return signal;
        if (verdict == VERDICT_END)
            scheduler_leave(LEAVE_EXIT);
        if (process->suspended > 0)
            scheduler_leave(LEAVE_YIELD); /* and does not run until resumed */
    }
    return NULL;
}

static struct signal *next_message(struct process *process)
{
    return sort_out(process, pop(process));
}

/* As next_message, for the usual cases: nothing is there, or a plain message. *scheduler
 * is where the process runs afterwards. */
static inline struct signal *next_usual(struct scheduler **scheduler,
                                        struct process *process)
{
    struct core_mpsc_node *node, *retired;
    enum core_mpsc_pop found = core_mpsc_pop(&process->queue, &node, &retired);
    struct signal *signal = NULL;
    if (found == CORE_MPSC_EMPTY)
        return NULL;
    if (found == CORE_MPSC_NODE) {
        retire(*scheduler, process, retired);
        signal = signal_of(node);
        if (is_plain(*scheduler, signal))
            return signal;
        signal = sort_out(process, signal);
    } else {
        signal = next_message(process);
    }
    *scheduler = scheduler_self();
    return signal;
}

void mailbox_keep(struct process *process, struct signal *signal)
{
    assert(!(signal->flags & SIGNAL_CONSUMED) && signal->to == pid_now(process));
    assert(process->first == NULL || process->last->next == NULL);
    signal->next = NULL;
    process_grow(process, signal->message.size);
    assert(process->kept < UINT32_MAX && "these would take 240 GB");
    core_publish(&process->kept, process->kept + 1);
    if (process->first == NULL)
        process->first = signal;
    else
        process->last->next = signal;
    process->last = signal;
}

void mailbox_collect(struct process *process)
{
    struct signal *signal;
    assert(process == scheduler_self()->current && process->state == PROCESS_RUNNING);
    while ((signal = next_message(process)) != NULL)
        mailbox_keep(process, signal);
    if (process_is_too_large(process))
        process_kill(process);
}

bool mailbox_handle(struct scheduler *scheduler, struct process *process)
{
    struct core_mpsc_node *node, *retired;
    assert(scheduler->current == NULL && process->state == PROCESS_RUNNING);
    /* A sender between its two steps is met again at the next turn: the count stays. */
    while (core_mpsc_pop(&process->queue, &node, &retired) == CORE_MPSC_NODE) {
        struct signal *signal = signal_of(node);
        retire(scheduler, process, retired);
        bool plain = signal->kind == SIGNAL_MESSAGE &&
                     signal->to == core_load_relaxed(&process->pid); /* ours */
        enum verdict verdict =
            plain ? VERDICT_DELIVER : handle(scheduler, process, signal);
        if (verdict == VERDICT_DELIVER)
            mailbox_keep(process, signal);
        if (verdict == VERDICT_END)
            return true;
    }
    if (!process_is_too_large(process))
        return false;
    blob_release(scheduler, process->reason);
    process->reason = &blob_killed;
    return true;
}

/* --- messages kept ------------------------------------------------------------- */

/* Takes the message after `before` (NULL: the first) out of those kept. */
static struct signal *take_after(struct process *process, struct signal *before)
{
    struct signal *taken = before == NULL ? process->first : before->next;
    assert(taken != NULL && process->kept > 0);
    process_shrink(process, taken->message.size);
    core_publish(&process->kept, process->kept - 1);
    if (process->marks != NULL)
        marks_move(process->marks, taken, before);
    if (before == NULL)
        process->first = taken->next;
    else
        before->next = taken->next;
    if (process->last == taken)
        process->last = before;
    return taken;
}

void mailbox_flush(struct scheduler *scheduler, struct process *process, actor_ref ref)
{
    struct signal *before = NULL, *at;
    while ((at = before == NULL ? process->first : before->next) != NULL) {
        if (at->kind != SIGNAL_DOWN || control_of(at)->down.monitor != ref) {
            before = at;
            continue;
        }
        core_count(&scheduler->counters, COUNT_RECEIVED, 1); /* it was taken */
        signal_consume(scheduler, take_after(process, before));
    }
}

struct signal *mailbox_take(struct process *process, actor_match *match, void *context)
{
    struct signal *before = NULL, *at;
    while ((at = before == NULL ? process->first : before->next) != NULL) {
        if (match(&at->message, context))
            return take_after(process, before);
        before = at;
    }
    return NULL;
}

/* Runs the caller's callback, if there is one: a tick must not take the turn away within
 * it. */
static inline bool matches(struct signal *signal, actor_match *match, void *context)
{
    if (match == NULL)
        return true;
    struct core_worker *worker = &scheduler_self()->worker;
    worker->nopreempt++;
    bool wanted = match(&signal->message, context);
    assert(worker->nopreempt > 0);
    worker->nopreempt--;
    return wanted;
}

/* Whether there are messages kept behind `before` (NULL: any). */
static inline bool has_kept(const struct process *process, const struct signal *before)
{
    return (before == NULL ? process->first : before->next) != NULL;
}

/* Takes the oldest match out of the messages kept behind *before, which moves on past all
 * that do not match. */
static struct signal *take_kept(struct process *process, struct signal **before,
                                actor_match *match, void *context)
{
    struct signal *at;
    while ((at = *before == NULL ? process->first : (*before)->next) != NULL) {
        if (matches(at, match, context))
            return take_after(process, *before);
        *before = at;
    }
    return NULL;
}

static inline const struct actor_message *
deliver(struct scheduler *scheduler, struct process *process, struct signal *signal)
{
    assert(scheduler == scheduler_self());
    assert(process == scheduler->current && process->current == NULL);
    assert(signal->to == pid_now(process) && !(signal->flags & SIGNAL_CONSUMED));
    if (process->limited)
        timeout_cancel(scheduler, process);
    leave_mailbox(process, signal);
    core_count(&scheduler->counters, COUNT_RECEIVED, 1);
    process->current = signal;
    return &signal->message;
}

/* Sets the limit of a wait that begins now. */
static void limit_wait(struct scheduler *scheduler, struct process *process,
                       int64_t timeout_ns)
{
    uint64_t now_ns = runtime_now_ns(scheduler->runtime);
    if (timeout_ns > LONGEST_WAIT_NS)
        actor_exit("timeout_value");
    if (timeout_start(scheduler, process, now_ns + (uint64_t)timeout_ns) != 0)
        actor_exit("no memory for a receive's time limit");
}

/* The four public receives are this function with constants in their places. */
static inline __attribute__((always_inline)) const struct actor_message *
receive(actor_match *match, void *context, int64_t timeout_ns, uint64_t mark)
{
    struct scheduler *scheduler = scheduler_enter(1);
    struct process *process = scheduler->current;
    struct signal *signal, *before = NULL;
    bool missed = false;
    if (mark != 0)
        before = marks_find(process->marks, mark);
    if (timeout_ns < 0)
        actor_exit("timeout_value");
    if (process->current != NULL)
        consume(scheduler, process->current);
    process->current = NULL;
    process->timed_out = false;
    for (;;) {
        /* While we wait, signals may be handled for us, and messages kept. */
        signal = has_kept(process, before) ? take_kept(process, &before, match, context)
                                           : NULL;
        if (signal != NULL)
            break;
        signal = next_usual(&scheduler, process);
        /* Not so if pop gave the turn away and others were kept meanwhile. */
        bool oldest = !has_kept(process, before);
        if (signal != NULL) {
            if (oldest && matches(signal, match, context))
                break;
            mailbox_keep(process, signal);
            if (process_is_too_large(process))
                process_kill(process);
            if (oldest)
                before = signal;
            continue;
        }
        if (!oldest)
            continue;
        if (process->timed_out || timeout_ns == 0)
            return NULL;
        if (timeout_ns != ACTOR_FOREVER && !process->limited)
            limit_wait(scheduler, process, timeout_ns);
        scheduler->returns_to = __builtin_return_address(0);
        scheduler = scheduler_wait(scheduler, process);
        /* A hint for speed alone: whether the last to wait here will return elsewhere. */
        missed = scheduler->returns_to != __builtin_return_address(0);
    }
    const struct actor_message *message = deliver(scheduler, process, signal);
    return missed ? core_return_by_jump((void *)message) : message;
}

const struct actor_message *actor_receive(void)
{
    return receive(NULL, NULL, ACTOR_FOREVER, 0);
}

const struct actor_message *actor_receive_within(int64_t timeout_ns)
{
    return receive(NULL, NULL, timeout_ns, 0);
}

const struct actor_message *actor_receive_match(actor_match *match, void *context,
                                                int64_t timeout_ns)
{
    return receive(match, context, timeout_ns, 0);
}

const struct actor_message *actor_receive_marked(uint64_t mark, actor_match *match,
                                                 void *context, int64_t timeout_ns)
{
    return receive(match, context, timeout_ns, mark);
}

size_t actor_mailbox_length(void)
{
    struct process *process = scheduler_enter(1)->current;
    mailbox_collect(process);
    return process->kept;
}
