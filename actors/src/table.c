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
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_BATCH = 64, SLOT_CACHE = 128 };

int table_open(struct actors *runtime)
{
    runtime->chunk_count =
        (runtime->config.process_limit + SLOTS_PER_CHUNK - 1) / SLOTS_PER_CHUNK;
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
        core_list_init(&chunk[i].memory);
        core_list_init(&chunk[i].binaries);
    }
    return chunk;
}

/* A slot never used before; under the table's lock. */
static struct process *make_slot(struct actors *runtime, int *error)
{
    if (runtime->slots_made == runtime->config.process_limit) {
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

static struct process *take_shared(struct actors *runtime, int *error)
{
    assert(is_held(&runtime->table_lock));
    struct process *process = runtime->free_slots;
    if (process == NULL)
        return make_slot(runtime, error);
    assert(process->state == PROCESS_FREE && pid_now(process) == 0);
    runtime->free_slots = process->next;
    return process;
}

/* Fills the scheduler's own list, so that the lock is taken once for many spawns. */
static void refill(struct actors *runtime, struct scheduler *scheduler, int *error)
{
    core_lock_take(&runtime->table_lock);
    while (scheduler->slot_count < SLOT_BATCH) {
        struct process *process = take_shared(runtime, error);
        if (process == NULL)
            break;
        process->next = scheduler->slots;
        scheduler->slots = process;
        scheduler->slot_count++;
    }
    core_lock_give(&runtime->table_lock);
}

static struct process *take_any(struct actors *runtime, struct scheduler *scheduler,
                                int *error)
{
    struct process *process;
    if (scheduler == NULL) {
        core_lock_take(&runtime->table_lock);
        process = take_shared(runtime, error);
        core_lock_give(&runtime->table_lock);
        return process;
    }
    if (scheduler->slot_count == 0)
        refill(runtime, scheduler, error);
    process = scheduler->slots;
    if (process != NULL) {
        scheduler->slots = process->next;
        assert(scheduler->slot_count > 0 && process->state == PROCESS_FREE);
        scheduler->slot_count--;
    }
    return process;
}

static void give_shared(struct actors *runtime, struct process *process)
{
    core_lock_take(&runtime->table_lock);
    process->next = runtime->free_slots;
    runtime->free_slots = process;
    core_lock_give(&runtime->table_lock);
}

struct process *table_take(struct actors *runtime, struct scheduler *scheduler,
                           int *error)
{
    *error = 0;
    for (;;) {
        struct process *process = take_any(runtime, scheduler, error);
        if (process == NULL || core_mpsc_claim(&process->queue))
            return process;
        give_shared(runtime, process); /* a sender with a stale pid is draining it */
        core_pause();
    }
}

void table_give(struct scheduler *scheduler, struct process *process)
{
    assert(process->state == PROCESS_FREE);
    assert(pid_now(process) == 0 && process->timeout == NULL);
    if (scheduler->slot_count >= SLOT_CACHE) {
        give_shared(scheduler->runtime, process);
        return;
    }
    process->next = scheduler->slots;
    scheduler->slots = process;
    scheduler->slot_count++;
}
