#include <core/pool.h>
#include <core/sanitize.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define CHUNK_BYTES (64 * 1024)

static_assert(CORE_POOL_SMALLEST << (CORE_POOL_CLASSES - 1) == CORE_POOL_LARGEST,
              "classes");
static_assert(sizeof(struct core_block) <= CORE_POOL_SMALLEST,
              "a free block holds its links");

void core_depot_open(struct core_depot *depot, struct core_seams *seams)
{
    *depot = (struct core_depot){.seams = seams};
}

void core_depot_close(struct core_depot *depot)
{
    while (depot->chunks != NULL) {
        struct core_block *chunk = depot->chunks;
        depot->chunks = chunk->next;
        free(chunk);
    }
}

size_t core_depot_bytes(const struct core_depot *depot)
{
    return core_glance(&depot->bytes);
}

void core_pool_open(struct core_pool *pool, struct core_depot *depot)
{
    *pool = (struct core_pool){.depot = depot};
}

/* Cuts a new chunk into magazines of `class`: the last and perhaps smaller one is
 * returned, the full ones go to the depot. Block 0 holds the link to the next chunk. */
static struct core_block *carve(struct core_depot *depot, unsigned class, unsigned *count)
{
    size_t size = (size_t)CORE_POOL_SMALLEST << class;
    char *chunk = NULL;
    if (!core_fails(depot->seams, CORE_FAIL_MEMORY))
        chunk = aligned_alloc(CORE_POOL_SMALLEST, CHUNK_BYTES);
    if (chunk == NULL)
        return NULL;
    ((struct core_block *)(void *)chunk)->next = depot->chunks;
    depot->chunks = (struct core_block *)(void *)chunk;
    core_publish(&depot->bytes, depot->bytes + CHUNK_BYTES);
    struct core_block *first = NULL;
    *count = 0;
    for (size_t i = CHUNK_BYTES / size - 1; i > 0; i--) {
        if (*count == CORE_POOL_MAGAZINE) {
            first->next_magazine = depot->magazines[class];
            depot->magazines[class] = first;
            first = NULL;
            *count = 0;
        }
        struct core_block *block = (struct core_block *)(void *)(chunk + i * size);
        block->next = first;
        first = block;
        ++*count;
    }
    return first;
}

/* A magazine from the depot, or a new one. Only full ones are in the depot. */
static void refill(struct core_depot *depot, unsigned class, struct core_magazine *into)
{
    core_lock_take(&depot->lock);
    into->blocks = depot->magazines[class];
    into->count = CORE_POOL_MAGAZINE;
    if (into->blocks != NULL)
        depot->magazines[class] = into->blocks->next_magazine;
    else
        into->blocks = carve(depot, class, &into->count);
    core_lock_give(&depot->lock);
    if (into->blocks == NULL)
        into->count = 0;
}

static void deposit(struct core_depot *depot, unsigned class, struct core_magazine *full)
{
    assert(full->count == CORE_POOL_MAGAZINE);
    core_lock_take(&depot->lock);
    full->blocks->next_magazine = depot->magazines[class];
    depot->magazines[class] = full->blocks;
    core_lock_give(&depot->lock);
}

bool core_pool_reload(struct core_pool *pool, unsigned class)
{
    struct core_magazine *loaded = &pool->loaded[class];
    assert(loaded->count == 0);
    *loaded = pool->spare[class];
    pool->spare[class] = (struct core_magazine){0};
    if (loaded->count == 0)
        refill(pool->depot, class, loaded);
    return loaded->count > 0;
}

void core_pool_unload(struct core_pool *pool, unsigned class)
{
    struct core_magazine *loaded = &pool->loaded[class];
    assert(loaded->count == CORE_POOL_MAGAZINE);
    if (pool->spare[class].count == CORE_POOL_MAGAZINE)
        deposit(pool->depot, class, &pool->spare[class]);
    pool->spare[class] = *loaded;
    *loaded = (struct core_magazine){0};
}

void *core_pool_take_large(struct core_pool *pool, size_t size)
{
    if (size > PTRDIFF_MAX - CORE_POOL_SMALLEST || /* no object is larger */
        core_fails(pool->depot->seams, CORE_FAIL_MEMORY))
        return NULL;
    size_t whole = (size + CORE_POOL_SMALLEST - 1) & ~(size_t)(CORE_POOL_SMALLEST - 1);
    return aligned_alloc(CORE_POOL_SMALLEST, whole);
}
