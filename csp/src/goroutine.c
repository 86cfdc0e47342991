/* Goroutines: their descriptors, their stacks, their coming and going.
 *
 * Descriptors are made in chunks and never given back to the system before csp_stop, so
 * all goroutines can be found. A new goroutine is a descriptor only; it gets a stack for
 * its first turn, from the worker's own LIFO list, where one that ended just before has
 * left its stack hot.
 */
#include "compaction.h"

#include <stdlib.h>
#include <string.h>

enum { ID_BATCH = 16 };

/* --- Descriptors --------------------------------------------------------------- */

static void push_free(struct csp_goroutine **list, struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_FREE && goroutine->stack == NULL);
    goroutine->next = *list;
    *list = goroutine;
}

static struct csp_goroutine *pop_free(struct csp_goroutine **list)
{
    struct csp_goroutine *goroutine = *list;
    if (goroutine != NULL)
        *list = goroutine->next;
    return goroutine;
}

/* Under the scheduler's lock. */
static void push_shared(struct csp *csp, struct csp_goroutine *goroutine)
{
    push_free(&csp->free, goroutine);
    csp->free_count++;
}

static struct csp_goroutine *pop_shared(struct csp *csp)
{
    struct csp_goroutine *goroutine = pop_free(&csp->free);
    csp->free_count -= goroutine != NULL;
    return goroutine;
}

/* Makes a chunk of free descriptors. Under the scheduler's lock. */
static void add_chunk(struct csp *csp)
{
    struct csp_goroutine_chunk *chunk =
        core_fails(csp->seams, CORE_FAIL_MEMORY)
            ? NULL
            : aligned_alloc(CORE_CACHE_LINE, sizeof *chunk);
    if (chunk == NULL)
        return;
    memset(chunk, 0, sizeof *chunk);
    chunk->next = csp->chunks;
    csp->chunks = chunk;
    for (int i = CSP_GOROUTINE_CHUNK - 1; i >= 0; i--)
        push_shared(csp, &chunk->goroutines[i]);
    csp->descriptors += CSP_GOROUTINE_CHUNK;
}

/* Only the worker itself changes its number of free descriptors; csp_num_goroutine reads
 * it: relaxed, and no locked read-modify-write. */
static void push_own(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    push_free(&worker->free, goroutine);
    core_store_relaxed(&worker->free_count, core_load_relaxed(&worker->free_count) + 1);
}

static struct csp_goroutine *pop_own(struct csp_worker *worker)
{
    struct csp_goroutine *goroutine = pop_free(&worker->free);
    if (CSP_LIKELY(goroutine != NULL)) /* relaxed: as above */
        core_store_relaxed(&worker->free_count,
                           core_load_relaxed(&worker->free_count) - 1);
    return goroutine;
}

static void refill(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    core_lock_take(&csp->lock);
    if (csp->free == NULL)
        add_chunk(csp);
    while (csp->free != NULL && core_load_relaxed(&worker->free_count) < CSP_FREE_MAX / 2)
        push_own(worker, pop_shared(csp)); /* relaxed: own field */
    core_lock_give(&csp->lock);
}

static void spill(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    core_lock_take(&csp->lock);
    while (core_load_relaxed(&worker->free_count) > CSP_FREE_MAX / 2)
        push_shared(csp, pop_own(worker)); /* relaxed: own field */
    core_lock_give(&csp->lock);
}

static uint64_t new_id(struct csp_worker *worker)
{
    if (CSP_UNLIKELY(worker->next_id == worker->last_id)) {
        struct csp *csp = worker->csp;
        core_lock_take(&csp->lock);
        worker->next_id = csp->next_id;
        worker->last_id = csp->next_id += ID_BATCH;
        core_lock_give(&csp->lock);
    }
    return worker->next_id++;
}

static void prepare(struct csp_goroutine *goroutine, void (*function)(void *),
                    void *argument, uint64_t id, const struct csp_site *site)
{
    assert(csp_state(goroutine) == G_FREE && goroutine->stack == NULL);
    csp_set_state(goroutine, G_WAITING); /* for its first csp_ready */
    goroutine->function = function;
    goroutine->argument = argument;
    /* relaxed: nobody else knows it yet, but for a dump */
    core_store_relaxed(&goroutine->id, id);
    core_store_relaxed(&goroutine->site, site);
    goroutine->is_private = false;
    core_store_relaxed(&goroutine->computes, false);  /* as above */
    core_store_relaxed(&goroutine->on_thread, false); /* as above */
    goroutine->waiters = goroutine->own;
}

struct csp_goroutine *csp_goroutine_new(struct csp_worker *worker,
                                        void (*function)(void *), void *argument,
                                        const struct csp_site *site)
{
    if (CSP_UNLIKELY(worker->free == NULL))
        refill(worker);
    struct csp_goroutine *goroutine = pop_own(worker);
    if (CSP_UNLIKELY(goroutine == NULL))
        return NULL;
    prepare(goroutine, function, argument, new_id(worker), site);
    return goroutine;
}

struct csp_goroutine *csp_goroutine_main(struct csp *csp, void (*function)(void *),
                                         void *argument, const struct csp_site *site)
{
    core_lock_take(&csp->lock);
    if (csp->free == NULL)
        add_chunk(csp);
    struct csp_goroutine *goroutine = pop_shared(csp);
    csp->next_id = CSP_MAIN_ID + 1;
    core_lock_give(&csp->lock);
    if (goroutine == NULL)
        return NULL;
    prepare(goroutine, function, argument, CSP_MAIN_ID, site);
    csp_set_state(goroutine, G_RUNNABLE);
    return goroutine;
}

/* --- Stacks -------------------------------------------------------------------- */

static struct core_stack *take_stack(struct csp_worker *worker)
{
    struct core_stack *stack = worker->stacks;
    if (CSP_UNLIKELY(stack == NULL))
        return core_stacks_take(&worker->csp->stacks);
    worker->stacks = stack->next;
    worker->stacks_count--;
    return stack;
}

static void give_stack(struct csp_worker *worker, struct core_stack *stack)
{
    if (CSP_UNLIKELY(worker->stacks_count == CSP_FREE_MAX)) {
        core_stacks_give(&worker->csp->stacks, stack);
        return;
    }
    assert(stack != worker->stacks && "given back once");
    core_san_stack_reset(stack->bottom, stack->size);
    stack->next = worker->stacks;
    worker->stacks = stack;
    worker->stacks_count++;
}

void csp_goroutine_done(struct csp_worker *worker)
{
    worker->end = END_EXIT;
    core_context_leave(&csp_running(worker)->context, &worker->main);
    __builtin_unreachable();
}

void csp_goroutine_leave(struct csp_worker *worker)
{
    if (csp_is_main(csp_running(worker)))
        worker->csp->main_gone = true;
    csp_goroutine_done(worker);
}

static void enter_goroutine(void *argument)
{
    struct csp_goroutine *goroutine = argument;
    core_context_landed(&goroutine->context);
    goroutine->function(goroutine->argument);
    if (CSP_UNLIKELY(goroutine->extra != NULL))
        csp_goroutine_finish(csp_here());
    csp_goroutine_done(csp_here());
}

bool csp_goroutine_start(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    assert(goroutine->stack == NULL && csp_state(goroutine) == G_RUNNABLE);
    struct core_stack *stack = take_stack(worker);
    if (stack == NULL)
        return false;
    goroutine->stack = stack;
    core_context_open(&goroutine->context, stack->bottom, stack->size, enter_goroutine,
                      goroutine);
    if (CSP_UNLIKELY(goroutine->is_private))
        csp_compaction_grow(worker);
    return true;
}

void csp_goroutine_end(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    assert(csp_state(goroutine) == G_RUNNING && goroutine->waiters == goroutine->own);
    core_context_close(&goroutine->context);
    if (CSP_UNLIKELY(goroutine->is_private))
        csp_compaction_shrink(worker);
    give_stack(worker, goroutine->stack);
    goroutine->stack = NULL;
    if (CSP_UNLIKELY(goroutine->extra != NULL)) {
        csp_memory_give(worker, goroutine->extra);
        goroutine->extra = NULL;
    }
    csp_set_state(goroutine, G_FREE);
    push_own(worker, goroutine);
    if (CSP_UNLIKELY(core_load_relaxed(&worker->free_count) > CSP_FREE_MAX)) /* own */
        spill(worker);
}

/* --- Waiters of a select ------------------------------------------------------- */

struct csp_waiter *csp_waiters_take(struct csp_worker *worker, size_t count)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    assert(goroutine->waiters == goroutine->own && "one select at a time");
    if (CSP_LIKELY(count <= CSP_WAITERS_EMBEDDED))
        return goroutine->own;
    size_t bytes = count * (sizeof(struct csp_waiter) + 2 * sizeof(struct csp_waiter *));
    struct csp_waiter *waiters = core_pool_take(&worker->pool, bytes);
    if (waiters == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    goroutine->waiters = waiters;
    goroutine->waiters_bytes = (uint32_t)bytes;
    return waiters;
}

void csp_waiters_give(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    if (CSP_LIKELY(goroutine->waiters == goroutine->own))
        return;
    core_pool_give(&worker->pool, goroutine->waiters, goroutine->waiters_bytes);
    goroutine->waiters = goroutine->own;
}

/* --- The end of a run ---------------------------------------------------------- */

static void discard(struct csp *csp, struct csp_goroutine *goroutine)
{
    if (csp_state(goroutine) != G_FREE)
        csp_waiters_give(&csp->workers[0], goroutine);
    if (goroutine->stack != NULL) {
        core_context_close(&goroutine->context);
        if (goroutine->stack->packed_bytes > 0)
            core_stack_discard(goroutine->stack);
        core_stacks_give(&csp->stacks, goroutine->stack);
        goroutine->stack = NULL;
    }
    goroutine->extra = NULL;                       /* goes with all memory of the run */
    core_store_relaxed(&goroutine->stack_use, 0U); /* all are at rest */
    csp_set_state(goroutine, G_FREE);
    push_shared(csp, goroutine);
}

void csp_goroutines_discard(struct csp *csp)
{
    csp->free = NULL;
    csp->free_count = 0;
    for (struct csp_goroutine_chunk *chunk = csp->chunks; chunk; chunk = chunk->next)
        for (int i = CSP_GOROUTINE_CHUNK - 1; i >= 0; i--)
            discard(csp, &chunk->goroutines[i]);
    for (unsigned i = 0; i < csp_workers_all(csp); i++) {
        struct csp_worker *worker = csp_worker_at(csp, i);
        worker->free = NULL;
        core_store_relaxed(&worker->free_count, 0U); /* all are at rest */
        worker->next_id = worker->last_id = 0;
    }
}

void csp_goroutines_close(struct csp *csp)
{
    while (csp->chunks != NULL) {
        struct csp_goroutine_chunk *chunk = csp->chunks;
        csp->chunks = chunk->next;
        free(chunk);
    }
}

/* --- What goroutines call ------------------------------------------------------ */

static void start_new(struct csp_worker *worker, void (*function)(void *), void *argument,
                      const struct csp_site *site, bool is_private)
{
    if (function == NULL)
        csp_fail_fatal(worker, "go of nil func value");
    struct csp_goroutine *goroutine = csp_goroutine_new(worker, function, argument, site);
    if (goroutine == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    goroutine->is_private = is_private;
    csp_count(worker, CSP_SPAWNED);
    core_trace(&worker->trace, CORE_TRACE_SPAWN, csp_id(goroutine),
               csp_id(csp_running(worker)));
    csp_ready(worker, goroutine);
}

void csp_go_at(void (*function)(void *), void *argument, const struct csp_site *site)
{
    start_new(csp_enter(), function, argument, site, false);
}

void csp_go_with_at(unsigned options, void (*function)(void *), void *argument,
                    const struct csp_site *site)
{
    struct csp_worker *worker = csp_enter();
    if ((options & ~(unsigned)CSP_PRIVATE_STACK) != 0)
        csp_fail_panic(worker, "csp: unknown option of go");
    start_new(worker, function, argument, site, options != 0);
}

void csp_gosched(void)
{
    csp_switch(csp_enter(), END_YIELD);
}

uint64_t csp_goroutine_id(void)
{
    return csp_id(csp_running(csp_enter()));
}
