/* The process table: pid -> process, and the free slots.
 *
 * pid = generation << 32 | slot + 1. Chunks of slots are made on demand and stay until
 * the runtime ends, so a look-up never touches freed memory; whether the pid still lives
 * is what process->pid says.
 *
 * Taking a slot claims its queue: a sender that held a stale pid may stand between its
 * look-up and its push, find the idle mark and drain the queue of the dead process
 * (mailbox.c). Such a slot is not claimable for that moment; it goes to the end of the
 * line.
 *
 * Schedulers keep free slots at hand, so that most spawns and ends take no lock. Those
 * must not count against the limit:
 *  1. There are as many slots more than the limit as all schedulers may keep; slots_out is
 *     how many are with the schedulers, alive or kept.
 *  2. While slots_out <= limit, at most that many live, and nobody need count.
 *  3. When a batch could not be had within that, the table is tight: everybody takes and
 *     gives under the lock, after giving back what he keeps; alive are then slots_out less
 *     what the others still keep. A scheduler that looked at `tight` a moment before may
 *     still take one it keeps: so many too many may live, and no more.
 *  4. It is tight until a quarter of the limit is free.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_BATCH = 64, SLOT_CACHE = 128 };

static uint32_t slots_most(const struct actors *runtime)
{
    return runtime->config.process_limit + runtime->config.schedulers * SLOT_CACHE;
}

int table_open(struct actors *runtime)
{
    runtime->chunk_count = (slots_most(runtime) + SLOTS_PER_CHUNK - 1) / SLOTS_PER_CHUNK;
    runtime->chunks = calloc(runtime->chunk_count, sizeof *runtime->chunks);
    return runtime->chunks == NULL ? -ENOMEM : 0;
}

void table_close(struct actors *runtime)
{
    for (uint32_t i = 0; i < runtime->chunk_count; i++) {
        /* relaxed: every thread that could have stored it has been joined */
        struct process *chunk = core_load_relaxed(&runtime->chunks[i]);
        uint32_t made = chunk == NULL ? 0 : SLOTS_PER_CHUNK;
        for (uint32_t s = 0; s < made && i * SLOTS_PER_CHUNK + s < runtime->slots_made;
             s++)
            process_discard(runtime, &chunk[s]);
        free(chunk);
    }
    free(runtime->chunks);
}

static struct process *make_chunk(struct actors *runtime)
{
    if (core_fails(runtime->config.seams, CORE_FAIL_MEMORY))
        return NULL;
    assert(runtime->slots_made % SLOTS_PER_CHUNK == 0);
    size_t bytes = SLOTS_PER_CHUNK * sizeof(struct process);
    struct process *chunk = aligned_alloc(CORE_CACHE_LINE, bytes);
    if (chunk == NULL)
        return NULL;
    memset(chunk, 0, bytes);
    for (uint32_t i = 0; i < SLOTS_PER_CHUNK; i++) {
        chunk[i].slot = runtime->slots_made + i;
        core_mpsc_init(&chunk[i].queue, &chunk[i].stub, true);
    }
    return chunk;
}

/* A slot never used before; under the table's lock. */
static struct process *make_slot(struct actors *runtime, int *error)
{
    if (runtime->slots_made == slots_most(runtime)) {
        *error = -EAGAIN;
        return NULL;
    }
    _Atomic(struct process *) *place =
        &runtime->chunks[runtime->slots_made / SLOTS_PER_CHUNK];
    struct process *chunk = core_load_relaxed(place); /* written under this same lock */
    if (chunk == NULL) {
        chunk = make_chunk(runtime);
        if (chunk == NULL) {
            *error = -ENOMEM;
            return NULL;
        }
        core_store_release(place, chunk); /* pairs with the acquire in table_find */
    }
    struct process *process = &chunk[runtime->slots_made % SLOTS_PER_CHUNK];
    assert(process->slot == runtime->slots_made && process->generation == 0);
    core_publish(&runtime->slots_made, runtime->slots_made + 1);
    return process;
}

/* --- the shared list, under the lock ---------------------------------------------- */

static struct process *take_shared(struct actors *runtime, int *error)
{
    assert(is_held(&runtime->table_lock));
    struct process *process = runtime->free_slots;
    if (process == NULL) {
        process = make_slot(runtime, error);
    } else {
        assert(process->state == PROCESS_FREE && pid_now(process) == 0);
        runtime->free_slots = process->next;
    }
    runtime->slots_out += process != NULL;
    return process;
}

static void give_shared(struct actors *runtime, struct process *process)
{
    uint32_t limit = runtime->config.process_limit;
    assert(is_held(&runtime->table_lock) && runtime->slots_out > 0);
    process->next = runtime->free_slots;
    runtime->free_slots = process;
    runtime->slots_out--;
    if (runtime->slots_out <= limit - limit / 4)          /* rule 4 */
        core_store_relaxed(&runtime->table_tight, false); /* a hint to who reads it */
}

static void give_one(struct actors *runtime, struct process *process)
{
    core_lock_take(&runtime->table_lock);
    give_shared(runtime, process);
    core_lock_give(&runtime->table_lock);
}

/* Rule 3: whether one more may live. */
static bool has_room(const struct actors *runtime)
{
    uint64_t limit = runtime->config.process_limit;
    uint64_t kept = 0;
    if (runtime->slots_out < limit)
        return true;
    for (unsigned i = 0; i < runtime->config.schedulers; i++)
        /* relaxed: one that is being taken now may be missed (rule 3) */
        kept += core_load_relaxed(&runtime->schedulers[i].slot_count);
    return runtime->slots_out - kept < limit;
}

static void take_back_kept(struct actors *runtime, struct scheduler *scheduler);

static struct process *take_tight(struct actors *runtime, struct scheduler *scheduler,
                                  int *error)
{
    struct process *process = NULL;
    core_lock_take(&runtime->table_lock);
    if (scheduler != NULL)
        take_back_kept(runtime, scheduler);
    if (has_room(runtime))
        process = take_shared(runtime, error);
    else
        *error = -EAGAIN;
    core_lock_give(&runtime->table_lock);
    return process;
}

/* --- what a scheduler keeps ------------------------------------------------------- */

static uint32_t kept(const struct scheduler *scheduler)
{
    return core_load_relaxed(&scheduler->slot_count); /* written by its thread alone */
}

static void keep(struct scheduler *scheduler, struct process *process)
{
    process->next = scheduler->slots;
    scheduler->slots = process;
    /* relaxed: rule 3 says what comes of a late look */
    core_store_relaxed(&scheduler->slot_count, kept(scheduler) + 1);
}

static struct process *take_kept(struct scheduler *scheduler)
{
    struct process *process = scheduler->slots;
    if (process == NULL)
        return NULL;
    assert(kept(scheduler) > 0 && process->state == PROCESS_FREE);
    scheduler->slots = process->next;
    core_store_relaxed(&scheduler->slot_count, kept(scheduler) - 1); /* as in keep */
    return process;
}

static void take_back_kept(struct actors *runtime, struct scheduler *scheduler)
{
    struct process *process;
    while ((process = take_kept(scheduler)) != NULL)
        give_shared(runtime, process);
}

/* Takes the lock once for many spawns; without memory perhaps for none. False: the limit
 * is near. */
static bool refill(struct actors *runtime, struct scheduler *scheduler, int *error)
{
    assert(kept(scheduler) == 0);
    core_lock_take(&runtime->table_lock);
    bool tight = runtime->slots_out > runtime->config.process_limit ||
                 runtime->config.process_limit - runtime->slots_out < SLOT_BATCH;
    if (tight)
        core_store_relaxed(&runtime->table_tight, true); /* a hint to who reads it */
    while (!tight && kept(scheduler) < SLOT_BATCH) {
        struct process *process = take_shared(runtime, error);
        if (process == NULL)
            break;
        keep(scheduler, process);
    }
    core_lock_give(&runtime->table_lock);
    return !tight;
}

static bool is_tight(const struct actors *runtime)
{
    return core_load_relaxed(&runtime->table_tight); /* a hint: rule 3 */
}

static struct process *take_any(struct actors *runtime, struct scheduler *scheduler,
                                int *error)
{
    if (__builtin_expect(scheduler == NULL || is_tight(runtime), 0))
        return take_tight(runtime, scheduler, error);
    struct process *process = take_kept(scheduler);
    if (process != NULL)
        return process;
    /* Not by another look at the flag: who gives back may have lowered it meanwhile. */
    return refill(runtime, scheduler, error) ? take_kept(scheduler)
                                             : take_tight(runtime, scheduler, error);
}

struct process *table_take(struct actors *runtime, struct scheduler *scheduler,
                           int *error)
{
    *error = 0;
    for (;;) {
        struct process *process = take_any(runtime, scheduler, error);
        assert((process != NULL || *error != 0) && "no process, and no reason");
        if (process == NULL || core_mpsc_claim(&process->queue))
            return process;
        give_one(runtime, process); /* a sender with a stale pid is draining it */
        core_pause();
    }
}

void table_give(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_FREE);
    assert(pid_now(process) == 0 && process->timeout == NULL);
    if (__builtin_expect(kept(scheduler) >= SLOT_CACHE || is_tight(scheduler->runtime),
                         0))
        give_one(scheduler->runtime, process);
    else
        keep(scheduler, process);
}
