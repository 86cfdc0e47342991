/* Dirty schedulers: threads that run native functions for processes.
 *
 *   actor_dirty -> leaves its scheduler -> queued -> a thread runs it -> SIGNAL_RETURN
 *                                            |             |
 *                      the process ends:  forgotten    goes on as an orphan
 *
 * A process in native code waits like one in a receive: its queue is marked idle, and each
 * push makes it runnable, so that a normal scheduler handles its signals; but it does not
 * go on (may_run), and waits again. The end of the native function is one more signal.
 *
 * A job is the process's; in it a shadow of the process (the BEAM's word) stands for the
 * process on the dirty scheduler, and inherits what an ended one leaves.
 *
 *  1. Everything here is under the pool's lock: the queue, the idle threads, and of each
 *     job `stage`, `ended` and `orphan`.
 *  2. stage goes QUEUED -> RUNNING -> DONE, or QUEUED -> gone when its process ends. After
 *     DONE the thread does not touch the job: its process frees it.
 *  3. A process that ends while stage is RUNNING sets `ended`: from then on nothing is sent
 *     in its name, so nothing follows its DOWN. It leaves to the shadow what the function
 *     may use: stack, memory, binaries, the messages in hand. When all else of it has gone
 *     it sets `orphan`; whoever comes second, this or DONE, frees the job.
 *  4. A thread is popped from the idle list before it gets its token, so a job that finds
 *     one idle will be seen. A job that finds none idle starts one more thread, up to the
 *     limit; else the next thread that becomes free takes it.
 *  5. If no thread is left alive, because starting one failed, no job stays queued.
 *
 * Threads are started by the first jobs that find none idle: most runtimes have none, and
 * starting twelve costs 120 us. They have stacks and signals of plain threads, and the CPUs
 * of the thread that started the runtime, not those of the scheduler that started them.
 */
#include "native.h"

#include <actors/dirty.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/thread.h>

enum { KINDS = 2 };
enum stage { QUEUED, RUNNING, DONE };

struct dirty_job {
    struct process shadow;
    struct core_list link; /* in the queue */
    struct dirty_pool *pool;
    void (*native)(void *argument);
    void *argument;
    struct control *done; /* the signal that will tell of the return */
    enum stage stage;
    bool ended;  /* its process has */
    bool orphan; /* … and has left it to the thread */
    int error;
};

enum life { ABSENT, ALIVE, FAILED };

struct dirty_thread {
    struct scheduler scheduler; /* for what it sends; it never runs a process */
    pthread_t thread;
    enum life life;
    bool idle;
    struct dirty_thread *next; /* idle */
};

struct dirty_pool {
    struct core_lock lock;
    enum actor_dirty_kind kind;
    struct core_list jobs; /* oldest first */
    struct dirty_thread *threads;
    unsigned limit;
    unsigned alive;
    struct dirty_thread *idle;
    bool stopping;
    bool has_cpus;
    cpu_set_t cpus;
    _Atomic uint64_t runs;
    _Atomic uint32_t length; /* of jobs; written under the lock, read without it */
};

/* --- jobs ---------------------------------------------------------------------- */

static struct dirty_job *job_new(struct scheduler *scheduler, enum actor_dirty_kind kind,
                                 void (*native)(void *), void *argument)
{
    struct dirty_job *job = core_pool_take(&scheduler->pool, sizeof *job);
    struct control *done = control_new(scheduler);
    if (job == NULL || done == NULL) {
        if (job != NULL)
            core_pool_give(&scheduler->pool, job, sizeof *job);
        if (done != NULL)
            control_free(scheduler, done);
        return NULL;
    }
    memset(job, 0, sizeof *job);
    job->shadow.state = PROCESS_RUNNING;
    /* relaxed, both: our own pid; others get the shadow's through a lock */
    core_store_relaxed(&job->shadow.pid, core_load_relaxed(&scheduler->current->pid));
    job->pool = &scheduler->runtime->dirty[kind];
    job->native = native;
    job->argument = argument;
    job->done = done;
    return job;
}

static void job_free(struct scheduler *scheduler, struct dirty_job *job)
{
    core_pool_give(&scheduler->pool, job, sizeof *job);
}

/* With what an ended process left. */
static void orphan_free(struct scheduler *scheduler, struct dirty_job *job)
{
    struct process *shadow = &job->shadow;
    struct core_stack *stack = shadow->stack;
    assert(job->ended && job->orphan && job->stage == DONE);
    mailbox_let_go(scheduler, shadow);
    process_free_memory(scheduler, shadow);
    core_san_stack_reset(stack->bottom, stack->size);
    core_stacks_give(&scheduler->runtime->stacks[shadow->stack_class], stack);
    job_free(scheduler, job);
}

static void change_length(struct dirty_pool *pool, int change)
{
    uint32_t length = core_load_relaxed(&pool->length); /* exact under the lock */
    assert(is_held(&pool->lock) && (change > 0 || length > 0));
    core_store_relaxed(&pool->length, length + (uint32_t)change); /* for the counters */
}

/* The oldest job, which is the caller's to finish, or NULL. */
static struct dirty_job *shift(struct dirty_pool *pool)
{
    struct core_list *link = core_list_shift(&pool->jobs);
    if (link == NULL)
        return NULL;
    struct dirty_job *job = CORE_CONTAINER_OF(link, struct dirty_job, link);
    assert(job->stage == QUEUED && !job->ended);
    job->stage = RUNNING;
    change_length(pool, -1);
    return job;
}

/* The function has returned, or never will be called. */
static void finish(struct scheduler *scheduler, struct dirty_job *job, int error)
{
    struct dirty_pool *pool = job->pool;
    struct control *done = job->done;
    actor_pid pid = pid_now(&job->shadow);
    core_lock_take(&pool->lock);
    assert(job->stage != DONE);
    bool orphan = job->orphan;
    job->error = error;
    job->stage = DONE;
    core_lock_give(&pool->lock);
    if (orphan) {
        control_free(scheduler, done);
        orphan_free(scheduler, job);
    } else {
        control_send(scheduler, done, SIGNAL_RETURN, pid, pid);
    }
}

/* `process` is the job's, or its shadow where a dirty scheduler must not touch it. */
static void call(struct scheduler *scheduler, struct process *process,
                 struct dirty_job *job)
{
    assert(scheduler->current == NULL && !scheduler->native);
    assert(process->reductions <= 0 && "it may call nothing that counts them");
    core_publish(&scheduler->current, process);
    scheduler->self = pid_now(&job->shadow);
    scheduler->job = job;
    scheduler->native = true;
    core_add_relaxed(&job->pool->runs, 1); /* a count by itself */
    job->native(job->argument);
    scheduler->native = false;
    scheduler->job = NULL;
    core_publish(&scheduler->current, NULL);
}

/* --- threads ------------------------------------------------------------------- */

/* The oldest job, or NULL: the runtime stops. */
static struct dirty_job *next_job(struct dirty_thread *self, struct dirty_pool *pool)
{
    struct dirty_job *job = NULL;
    core_lock_take(&pool->lock);
    while (!pool->stopping && (job = shift(pool)) == NULL) {
        if (!self->idle) {
            self->idle = true;
            self->next = pool->idle;
            pool->idle = self;
        }
        core_lock_give(&pool->lock);
        core_park(&self->scheduler.parker, CORE_PARK_FOREVER);
        core_lock_take(&pool->lock);
    }
    core_lock_give(&pool->lock);
    return job;
}

/* Invariant 5. */
static void thread_failed(struct scheduler *scheduler, struct dirty_thread *thread,
                          struct dirty_pool *pool, enum life life)
{
    struct dirty_job *job;
    core_lock_take(&pool->lock);
    assert(thread->life == ALIVE && pool->alive > 0);
    pool->alive--;
    while (pool->alive == 0 && (job = shift(pool)) != NULL) {
        core_lock_give(&pool->lock);
        finish(scheduler, job, -EAGAIN);
        core_lock_take(&pool->lock);
    }
    thread->life = life; /* last, for who joins it under the lock */
    core_lock_give(&pool->lock);
}

static void *thread_main(void *argument)
{
    struct dirty_thread *self = argument;
    struct scheduler *scheduler = &self->scheduler;
    struct dirty_pool *pool = scheduler->dirty;
    struct dirty_job *job;
    char name[16];
    snprintf(name, sizeof name, "dirty-%s-%u",
             pool->kind == ACTOR_DIRTY_CPU ? "cpu" : "io", scheduler->worker.index);
    core_thread_name(name);
    if (core_worker_enter(&scheduler->worker, 0) != 0) {
        thread_failed(scheduler, self, pool, FAILED);
        return NULL;
    }
    assert(scheduler_self() == scheduler);
    while ((job = next_job(self, pool)) != NULL) {
        call(scheduler, &job->shadow, job);
        finish(scheduler, job, 0);
    }
    core_worker_exit(&scheduler->worker);
    return NULL;
}

/* Under the lock: a thread to start, or NULL: there are as many as may be. */
static struct dirty_thread *claim_thread(struct dirty_pool *pool)
{
    assert(is_held(&pool->lock) && pool->idle == NULL);
    for (unsigned i = 0; i < pool->limit && pool->alive < pool->limit; i++) {
        struct dirty_thread *thread = &pool->threads[i];
        if (thread->life == ALIVE)
            continue;
        if (thread->life == FAILED)
            pthread_join(thread->thread, NULL); /* it needs the lock no more */
        thread->life = ALIVE;
        pool->alive++;
        return thread;
    }
    return NULL;
}

/* On a scheduler's stack: pthread_create needs more than a process has. */
static void start_thread(struct scheduler *scheduler, struct dirty_thread *thread)
{
    struct dirty_pool *pool = thread->scheduler.dirty;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pool->has_cpus)
        pthread_attr_setaffinity_np(&attributes, sizeof pool->cpus, &pool->cpus);
    if (core_fails(scheduler->runtime->config.seams, CORE_FAIL_THREAD) ||
        pthread_create(&thread->thread, &attributes, thread_main, thread) != 0)
        thread_failed(scheduler, thread, pool, ABSENT);
    pthread_attr_destroy(&attributes);
}

void dirty_submit(struct scheduler *scheduler, struct process *process)
{
    struct dirty_job *job = process->dirty;
    struct dirty_pool *pool = job->pool;
    if (scheduler->runtime->seeded) { /* one thread, one interleaving */
        call(scheduler, process, job);
        finish(scheduler, job, 0);
        return;
    }
    core_lock_take(&pool->lock);
    core_list_append(&pool->jobs, &job->link);
    change_length(pool, 1);
    struct dirty_thread *idle = pool->idle, *fresh = NULL;
    if (idle != NULL) {
        assert(idle->idle && idle->life == ALIVE);
        idle->idle = false;
        pool->idle = idle->next;
    } else {
        fresh = claim_thread(pool);
    }
    core_lock_give(&pool->lock);
    if (idle != NULL)
        core_unpark(&idle->scheduler.parker);
    if (fresh != NULL)
        start_thread(scheduler, fresh);
}

/* --- processes ----------------------------------------------------------------- */

int actor_dirty(enum actor_dirty_kind kind, void (*native)(void *argument),
                void *argument)
{
    struct scheduler *scheduler = scheduler_enter_handled(1);
    struct process *process = scheduler->current;
    if ((unsigned)kind >= KINDS || native == NULL)
        return -EINVAL;
    assert(process->dirty == NULL && "one native function at a time");
    struct dirty_job *job = job_new(scheduler, kind, native, argument);
    if (job == NULL)
        return -ENOMEM;
    core_publish(&process->dirty, job);
    core_add_relaxed(&process->controls, 1); /* keeps it from running */
    scheduler_leave(LEAVE_DIRTY);
    assert(process->dirty == NULL && "it came back before its native function");
    return -(int)process->dirty_errno;
}

void dirty_returned(struct scheduler *scheduler, struct process *process)
{
    struct dirty_job *job = process->dirty;
    assert(job != NULL && job->stage == DONE && !job->ended);
    assert(job->error <= 0 && -job->error <= UINT8_MAX && "Linux has 133 of them");
    process->dirty_errno = (uint8_t)-job->error;
    core_publish(&process->dirty, NULL);
    core_sub_relaxed(&process->controls, 1); /* only the owner acts on its becoming 0 */
    job_free(scheduler, job);
}

static void inherit(struct process *shadow, struct process *process)
{
    assert(process->stack != NULL && "it has called");
    core_context_close(&process->context);
    shadow->stack = process->stack;
    shadow->stack_class = process->stack_class;
    shadow->heap_bytes = process->heap_bytes;
    shadow->current = process->current;
    shadow->held = process->held;
    core_bag_move(&process->belongings, &shadow->belongings);
    core_publish(&process->stack, NULL);
    process->stack_floor = 0;
    process->current = process->held = NULL;
}

bool dirty_leave(struct scheduler *scheduler, struct process *process)
{
    struct dirty_job *job = process->dirty;
    struct dirty_pool *pool = job->pool;
    core_lock_take(&pool->lock);
    enum stage stage = job->stage;
    if (stage == QUEUED) {
        core_list_remove(&job->link);
        change_length(pool, -1);
    }
    job->ended = true;
    core_lock_give(&pool->lock);
    core_sub_relaxed(&process->controls, 1); /* as in dirty_returned */
    if (stage == RUNNING) {
        inherit(&job->shadow, process);
        return true;
    }
    if (stage == QUEUED) /* else it is on its way, and will be refused */
        control_free(scheduler, job->done);
    core_publish(&process->dirty, NULL);
    job_free(scheduler, job);
    return false;
}

void dirty_abandon(struct scheduler *scheduler, struct dirty_job *job)
{
    struct dirty_pool *pool = job->pool;
    core_lock_take(&pool->lock);
    assert(job->ended && !job->orphan && job->stage != QUEUED);
    bool returned = job->stage == DONE;
    job->orphan = true;
    core_lock_give(&pool->lock);
    if (returned)
        orphan_free(scheduler, job);
}

void dirty_ready(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_RUNNABLE && scheduler->dirty != NULL);
    assert(process->last_scheduler < scheduler->runtime->config.schedulers);
    struct scheduler *home = &scheduler->runtime->schedulers[process->last_scheduler];
    run_queue_append(&home->queue, process);
    core_unpark(&home->parker); /* scheduler.c, rule 6 */
}

int dirty_push(struct scheduler *scheduler, struct process *to, struct signal *signal)
{
    struct dirty_job *job = scheduler->job;
    int rc = 0;
    core_lock_take(&job->pool->lock);
    assert(job->stage != DONE);
    if (job->ended)
        rc = -ESRCH;
    else if (!mailbox_admits(to, signal))
        rc = -ENOBUFS;
    else
        signal_push(scheduler, to, signal);
    core_lock_give(&job->pool->lock);
    return rc;
}

bool dirty_runs(struct dirty_job *job)
{
    core_lock_take(&job->pool->lock);
    bool runs = job->stage == RUNNING;
    core_lock_give(&job->pool->lock);
    return runs;
}

bool dirty_is_alive(struct dirty_job *job)
{
    core_lock_take(&job->pool->lock);
    bool alive = !job->ended;
    core_lock_give(&job->pool->lock);
    return alive;
}

/* --- the runtime's ------------------------------------------------------------- */

static void prepare_thread(struct actors *runtime, struct dirty_pool *pool,
                           unsigned index)
{
    struct scheduler *scheduler = &pool->threads[index].scheduler;
    scheduler->runtime = runtime;
    scheduler->worker.hooks = runtime->schedulers[0].worker.hooks;
    scheduler->worker.runtime = runtime;
    scheduler->worker.index = index;
    scheduler->worker.seams = runtime->config.seams;
    scheduler->lists = true;
    scheduler->dirty = pool;
    core_pool_open(&scheduler->pool, &runtime->depot);
    core_store_relaxed(&scheduler->next_deadline_ns, CORE_TIMER_NEVER); /* not shared */
}

static int open_pool(struct actors *runtime, enum actor_dirty_kind kind, unsigned limit)
{
    struct dirty_pool *pool = &runtime->dirty[kind];
    pool->kind = kind;
    pool->limit = limit;
    core_list_init(&pool->jobs);
    pool->has_cpus =
        pthread_getaffinity_np(pthread_self(), sizeof pool->cpus, &pool->cpus) == 0;
    if (!core_fails(runtime->config.seams, CORE_FAIL_MEMORY))
        pool->threads = aligned_alloc(CORE_CACHE_LINE, limit * sizeof *pool->threads);
    if (pool->threads == NULL)
        return -ENOMEM;
    memset(pool->threads, 0, limit * sizeof *pool->threads);
    for (unsigned i = 0; i < limit; i++)
        prepare_thread(runtime, pool, i);
    return 0;
}

int dirty_open(struct actors *runtime)
{
    runtime->dirty = calloc(KINDS, sizeof *runtime->dirty);
    if (runtime->dirty == NULL)
        return -ENOMEM;
    int rc = open_pool(runtime, ACTOR_DIRTY_CPU, runtime->config.dirty_cpu);
    return rc != 0 ? rc : open_pool(runtime, ACTOR_DIRTY_IO, runtime->config.dirty_io);
}

static void join_threads(struct dirty_pool *pool)
{
    for (unsigned i = 0; pool->threads != NULL && i < pool->limit; i++) {
        struct dirty_thread *thread = &pool->threads[i];
        core_lock_take(&pool->lock); /* it may just have failed */
        bool absent = thread->life == ABSENT;
        core_lock_give(&pool->lock);
        if (absent) /* no scheduler runs that could start one */
            continue;
        core_unpark(&thread->scheduler.parker);
        pthread_join(thread->thread, NULL);
        thread->life = ABSENT;
    }
}

void dirty_halt(struct actors *runtime)
{
    assert(runtime->started == 0 && "schedulers may still start threads");
    if (runtime->dirty == NULL)
        return;
    for (unsigned i = 0; i < KINDS; i++) {
        core_lock_take(&runtime->dirty[i].lock);
        runtime->dirty[i].stopping = true;
        core_lock_give(&runtime->dirty[i].lock);
    }
    for (unsigned i = 0; i < KINDS; i++)
        join_threads(&runtime->dirty[i]);
}

void dirty_close(struct actors *runtime)
{
    for (unsigned i = 0; runtime->dirty != NULL && i < KINDS; i++) {
        assert(core_list_empty(&runtime->dirty[i].jobs) ||
               runtime->dirty[i].threads == NULL);
        free(runtime->dirty[i].threads);
    }
    free(runtime->dirty);
}

uint64_t dirty_total(const struct actors *runtime, enum counter counter)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < KINDS; i++)
        sum += core_counters_sum(&runtime->dirty[i].threads->scheduler.counters,
                                 runtime->dirty[i].limit, sizeof(struct dirty_thread),
                                 counter);
    return sum;
}

void dirty_visit(const struct actors *runtime,
                 void (*visit)(void *, const char *, uint64_t), void *context)
{
    static const char *const names[KINDS][2] = {
        [ACTOR_DIRTY_CPU] = {"dirty_cpu_runs", "dirty_cpu_queue"},
        [ACTOR_DIRTY_IO] = {"dirty_io_runs", "dirty_io_queue"},
    };
    for (unsigned i = 0; i < KINDS; i++) {
        /* relaxed, both: whole, may be late */
        visit(context, names[i][0], core_load_relaxed(&runtime->dirty[i].runs));
        visit(context, names[i][1], core_load_relaxed(&runtime->dirty[i].length));
    }
}
