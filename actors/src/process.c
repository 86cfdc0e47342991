/* Processes: their birth, their private memory and their end. */
#include "internal.h"
#include "native.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* A block of private memory. */
struct block {
    struct belonging belonging;
    _Alignas(16) unsigned char data[];
};

static struct block *block_new(struct scheduler *scheduler, struct process *owner,
                               size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = core_pool_take(&scheduler->pool, sizeof *block + bytes);
    if (block == NULL)
        return NULL;
    block->belonging.bytes = bytes; /* less than BELONGING_HANDLE */
    core_bag_add(&owner->belongings, &block->belonging.node);
    process_grow(owner, bytes);
    return block;
}

static void block_free(struct scheduler *scheduler, struct process *owner,
                       struct block *block)
{
    size_t bytes = block->belonging.bytes;
    assert(bytes != BELONGING_HANDLE && "memory of another kind");
    process_shrink(owner, bytes);
    core_bag_remove(&block->belonging.node);
    core_pool_give(&scheduler->pool, block, sizeof *block + bytes);
}

void *process_alloc(struct scheduler *scheduler, struct process *owner, size_t bytes)
{
    struct block *block = block_new(scheduler, owner, bytes);
    return block == NULL ? NULL : block->data;
}

void process_free(struct scheduler *scheduler, struct process *owner, void *memory)
{
    block_free(scheduler, owner, CORE_CONTAINER_OF(memory, struct block, data));
}

void process_free_memory(struct scheduler *scheduler, struct process *owner)
{
    struct core_bag_node *node;
    while ((node = owner->belongings.first) != NULL) {
        struct belonging *belonging = CORE_CONTAINER_OF(node, struct belonging, node);
        if (belonging->bytes == BELONGING_HANDLE)
            binary_let_go(scheduler, belonging);
        else
            block_free(scheduler, owner,
                       CORE_CONTAINER_OF(belonging, struct block, belonging));
    }
}

/* Over its limit: it ends as if killed, caught by nothing. */
_Noreturn void process_kill(struct process *process)
{
    assert(process == scheduler_self()->current);
    blob_release(scheduler_self(), process->reason); /* of a catch */
    process->reason = &blob_killed;
    scheduler_leave(LEAVE_EXIT);
    __builtin_unreachable();
}

void *actor_alloc(size_t bytes)
{
    struct scheduler *scheduler = scheduler_enter(1);
    void *memory = process_alloc(scheduler, scheduler->current, bytes);
    if (process_is_too_large(scheduler->current))
        process_kill(scheduler->current);
    return memory;
}

void actor_free(void *memory)
{
    if (memory == NULL)
        return;
    struct scheduler *scheduler = scheduler_enter(1);
    process_free(scheduler, scheduler->current, memory);
}

struct process *process_new(struct actors *runtime, struct scheduler *scheduler,
                            void (*body)(void *), void *argument, int *error)
{
    struct process *process = table_take(runtime, scheduler, error);
    if (process == NULL)
        return NULL;
    assert(process->state == PROCESS_FREE && process->belongings.first == NULL);
    assert(process->slot / SLOTS_PER_CHUNK < runtime->chunk_count);
    assert(pid_now(process) == 0);
    assert(process->relations.count == 0 && process->dirty == NULL);
    process->generation++;
    process->state = PROCESS_RUNNABLE;
    process->leave = LEAVE_YIELD; /* it has computed nothing yet */
    core_publish(&process->stack, NULL);
    process->stack_floor = 0;
    core_publish(&process->body, body);
    core_publish(&process->initial, body);
    core_publish(&process->parent, scheduler == NULL ? 0 : scheduler->self);
    core_publish(&process->spent, 0);
    core_publish(&process->owed, 0);
    core_publish(&process->kept, 0);
    process->argument = argument;
    process->timeout = NULL;
    process->limited = false;
    process->current = process->first = NULL;
    core_publish(&process->priority, ACTOR_NORMAL);
    core_publish(&process->stack_class, 0);
    core_publish(&process->suspended, 0);
    core_publish(&process->heap_bytes, 0);
    process->heap_limit_bytes = SIZE_MAX;
    process->catcher = NULL;
    process->held = NULL;
    process->dictionary = NULL;
    core_publish(&process->hibernates, false);
    process->alerted = 0;
    process->timed_out = process->traps_exits = process->by_signal = false;
    process->reason = &blob_normal;
    process->asked = 0;
    process->io.socket = 0;
    process->answer = NULL;
    core_store_relaxed(&process->name, NULL); /* as the pid below */
    core_store_relaxed(&process->mailbox_limit, 0);
    /* release: pairs with the acquire in the registry; all others learn the pid through a
     * queue or a lock after this */
    core_store_release(&process->pid,
                       (uint64_t)process->generation << 32 | (process->slot + 1));
    return process;
}

/* Takes back a process that nobody has learnt of. */
static void unmake(struct scheduler *scheduler, struct process *child)
{
    assert(child->state == PROCESS_RUNNABLE && child->stack == NULL);
    core_store_relaxed(&child->pid, 0);
    child->state = PROCESS_FREE;
    process_free_memory(scheduler, child);
    mailbox_close(scheduler, child);
    table_give(scheduler, child);
}

static bool give_argument(struct scheduler *scheduler, struct process *child,
                          const void *argument, size_t bytes)
{
    struct block *copy = block_new(scheduler, child, bytes);
    if (copy == NULL)
        return false;
    memcpy(copy->data, argument, bytes);
    child->argument = copy->data;
    return true;
}

static bool apply(struct scheduler *scheduler, struct process *child,
                  const struct actor_options *options)
{
    size_t stack_bytes = scheduler->runtime->config.stack_bytes;
    if ((unsigned)options->priority > ACTOR_MAX)
        return false;
    core_publish(&child->priority, (uint8_t)options->priority);
    uint8_t class = 0;
    for (; stack_bytes < options->stack_bytes; stack_bytes *= 8)
        if (++class == STACK_CLASSES)
            return false;
    core_publish(&child->stack_class, class);
    if (options->heap_limit_bytes > 0)
        child->heap_limit_bytes = options->heap_limit_bytes;
    /* relaxed: nobody knows the pid yet */
    core_store_relaxed(&child->mailbox_limit, options->mailbox_limit);
    return true;
}

/* The two public spawns are this function, once with a constant NULL. */
static inline __attribute__((always_inline)) int
spawn(const struct actor_options *options, void (*body)(void *), const void *argument,
      size_t bytes, actor_pid *name)
{
    struct scheduler *scheduler = scheduler_try(1);
    int error;
    if (scheduler == NULL)
        return -EPERM;
    if (body == NULL || (argument == NULL && bytes > 0))
        return -EINVAL;
    /* The cast drops const only for bytes == 0, where the pointer is handed on untouched.
     */
    struct process *child = process_new(scheduler->runtime, scheduler, body,
                                        (void *)(uintptr_t)argument, &error);
    if (child == NULL)
        return error;
    if (options != NULL && !apply(scheduler, child, options)) {
        unmake(scheduler, child);
        return -EINVAL;
    }
    if ((bytes > 0 && !give_argument(scheduler, child, argument, bytes)) ||
        (options != NULL && family_make(scheduler, child, options) != 0)) {
        unmake(scheduler, child);
        return -ENOMEM;
    }
    *name = core_load_relaxed(&child->pid); /* ours until it is in a run queue */
    core_count(&scheduler->counters, COUNT_SPAWNED, 1);
    core_trace(&scheduler->trace, CORE_TRACE_SPAWN, *name,
               core_load_relaxed(&scheduler->current->pid)); /* our own */
    scheduler_ready(scheduler, child);
    return 0;
}

int actor_spawn(void (*body)(void *), const void *argument, size_t bytes, actor_pid *pid)
{
    actor_pid name = 0;
    int rc = spawn(NULL, body, argument, bytes, &name);
    if (pid != NULL) /* at last: it may lie in the argument */
        *pid = name;
    return rc;
}

int actor_spawn_with(const struct actor_options *options, void (*body)(void *),
                     const void *argument, size_t bytes, actor_pid *pid)
{
    actor_pid name = 0;
    int rc = spawn(options, body, argument, bytes, &name);
    if (pid != NULL) /* as above */
        *pid = name;
    return rc;
}

void process_enter(void *argument)
{
    struct process *process = argument;
    core_context_landed(&process->context);
    assert(process == scheduler_self()->current && process->state == PROCESS_RUNNING);
    core_publish(&process->hibernates, false);
    process->body(process->argument);
    assert(process->catcher == NULL && "a catch outlived its body");
    blob_release(scheduler_self(), process->reason); /* of a catch */
    process->reason = &blob_normal;
    scheduler_leave(LEAVE_EXIT);
}

struct catcher {
    struct catcher *outer;
    jmp_buf target;
};

_Noreturn void actor_exit_with(const void *data, size_t size)
{
    struct scheduler *scheduler = scheduler_self();
    if (scheduler == NULL || scheduler->current == NULL)
        scheduler_outside();
    if (scheduler->native)
        native_refuse();
    struct process *process = scheduler->current;
    bool bad = size >= UINT32_MAX || (data == NULL && size > 0);
    const struct blob *reason =
        bad ? blob_new(scheduler, "badarg", 6) : blob_new(scheduler, data, size);
    blob_release(scheduler, process->reason); /* of a catch before */
    process->reason = reason == NULL ? &blob_no_memory : reason;
    if (process->catcher != NULL)
        longjmp(process->catcher->target, 1);
    scheduler_leave(LEAVE_EXIT);
    __builtin_unreachable();
}

_Noreturn void actor_exit(const char *reason)
{
    if (reason == NULL)
        reason = "normal";
    actor_exit_with(reason, strlen(reason));
}

void process_fault(struct core_worker *worker, const struct core_fault *fault)
{
    char text[96];
    struct scheduler *scheduler = (struct scheduler *)(void *)worker;
    assert(scheduler == scheduler_self() && scheduler->current != NULL);
    if (fault->overflow) /* no frame may be left to come back to */
        scheduler->current->catcher = NULL;
    core_fault_text(fault, text, sizeof text);
    actor_exit(text);
}

bool actor_catch(void (*body)(void *), void *argument, struct actor_reason *reason)
{
    struct process *process = scheduler_enter(1)->current;
    int nopreempt = scheduler_self()->worker.nopreempt;
    struct catcher catcher = {.outer = process->catcher};
    process->catcher = &catcher;
    bool ended = _setjmp(catcher.target) != 0;
    if (!ended)
        body(argument);
    process->catcher = catcher.outer;
    if (ended) {
        scheduler_self()->worker.nopreempt = nopreempt; /* it may have left a match */
        *reason = (struct actor_reason){process->reason->data, process->reason->size};
    }
    return !ended;
}

_Noreturn void actor_hibernate(void (*body)(void *), void *argument)
{
    struct process *process = scheduler_enter_handled(1)->current;
    process->catcher = NULL;
    core_publish(&process->body, body);
    process->argument = argument;
    core_publish(&process->hibernates, true);
    if (process->current != NULL)
        signal_consume(scheduler_self(), process->current);
    process->current = NULL;
    mailbox_collect(process);
    scheduler_leave(LEAVE_HIBERNATE);
    __builtin_unreachable();
}

enum actor_priority actor_set_priority(enum actor_priority priority)
{
    struct process *self = scheduler_enter(1)->current;
    enum actor_priority was = self->priority;
    if ((unsigned)priority > ACTOR_MAX)
        actor_exit("badarg");
    core_publish(&self->priority, (uint8_t)priority);
    return was;
}

actor_pid actor_self(void)
{
    struct scheduler *scheduler = scheduler_self();
    if (scheduler == NULL || scheduler->current == NULL)
        scheduler_outside();
    return core_load_relaxed(&scheduler->current->pid); /* our own */
}

void actor_yield(void)
{
    scheduler_enter(1);
    scheduler_leave(LEAVE_YIELD);
}

void actor_bump(unsigned reductions)
{
    scheduler_enter(reductions);
}

/* Everything that the process holds, its stack apart; it is nobody's pid from here on. */
static void release_all(struct scheduler *scheduler, struct process *process)
{
    assert(pid_now(process) != 0 && "ended twice");
    assert(process->relations.count == 0 && "nobody would be told");
    if (process->timeout != NULL)
        timeout_cancel(scheduler, process);
    if (process->io.socket != 0)
        tcp_forsake(scheduler, process);
    registry_close(scheduler, process);
    core_store_release(&process->pid, 0); /* pairs with the acquire in actor_is_alive */
    if (process->suspended > 0)
        core_sub_relaxed(&process->controls, process->suspended); /* nobody asks now */
    process_free_memory(scheduler, process);
    marks_free(scheduler, process);
    if (process->stack != NULL)
        core_context_close(&process->context);
    process->state = PROCESS_FREE;
    struct dirty_job *job = process->dirty;
    core_publish(&process->dirty, NULL);
    mailbox_close(scheduler, process); /* marks the queue idle: not ours after this */
    if (job != NULL)
        dirty_abandon(scheduler, job);
}

/* Told of what a process did wrong itself, as the BEAM's error logger is. */
static void report(struct actors *runtime, actor_pid pid, const char *reason)
{
    if (runtime->config.report != NULL)
        runtime->config.report(runtime->config.report_context, pid, reason);
    else
        fprintf(stderr, "actors: process <%u.%u> ended: %s\n", (unsigned)(uint32_t)pid,
                (unsigned)(pid >> 32), reason);
}

void process_end(struct scheduler *scheduler, struct process *process)
{
    struct actors *runtime = scheduler->runtime;
    actor_pid pid = core_load_relaxed(&process->pid); /* ours: EXITING */
    const struct blob *reason = process->reason;
    const struct blob *answer = process->answer; /* ended before it could take it */
    struct relations relations = process->relations;
    bool crashed = reason != &blob_normal;
    assert(process->state == PROCESS_EXITING);
    assert(scheduler->current == NULL && "on the scheduler's stack");
    core_count(&scheduler->counters, COUNT_ENDED, 1);
    core_trace(&scheduler->trace, CORE_TRACE_END_EXIT, pid, crashed);
    if (crashed && !process->by_signal) {
        core_count(&scheduler->counters, COUNT_CRASHED, 1);
        report(runtime, pid, reason->data);
    }
    process->relations.only = NULL;
    process->relations.capacity = 0;
    core_publish(&process->relations.count, 0);
    release_all(scheduler, process);
    table_give(scheduler, process);
    /* Only now, so that who hears of the end finds all of it given back. */
    if (relations.count > 0 || relations.capacity > 0)
        relations_tell(scheduler, &relations, pid, reason);
    blob_release(scheduler, reason);
    blob_release(scheduler, answer);
    /* acquire: pairs with the release in actors_run */
    if (pid == core_load_acquire(&runtime->main_pid)) {
        runtime->main_status = crashed;
        core_store_release(&runtime->main_pid,
                           0); /* pairs with the acquire in actors_run */
        core_unpark(&runtime->caller);
    }
}

void process_discard(struct actors *runtime, struct process *process)
{
    assert(runtime->started == 0 && "a scheduler may still run it");
    if (core_load_relaxed(&process->pid) == 0) /* the threads have been joined */
        return;
    core_mpsc_claim(
        &process->queue); /* a waiting process's queue is idle, others' is not */
    struct scheduler *scheduler = &runtime->schedulers[0];
    struct control *record;
    uint32_t emptied = 0;
    while ((record = relation_shift(scheduler, &process->relations, &emptied)) != NULL)
        control_free(scheduler, record);
    blob_release(scheduler, process->reason);
    blob_release(scheduler, process->answer);
    if (process->dirty != NULL && dirty_leave(scheduler, process))
        assert(false && "the native functions that ran have been waited for");
    release_all(scheduler, process);
}
