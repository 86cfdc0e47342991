/* pool.h - small blocks by size class: a cache for each worker, and one depot behind them
 * (after Bonwick's magazines, USENIX 2001).
 *
 * A worker takes and gives blocks from two lists of its own without any atomic; only full
 * and empty lists ("magazines", CORE_POOL_MAGAZINE blocks) pass through the depot, under
 * its lock. So a block allocated on one worker and freed on another costs 1/64 of a lock,
 * and a one-way flow of messages does not pile blocks up at its end. Under
 * AddressSanitizer every block comes from malloc, so that uses after free are found.
 */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <core/lock.h>
#include <core/sanitize.h>
#include <core/seam.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define CORE_POOL_CLASSES 8 /* 64, 128, 256 … 8192 bytes */
#define CORE_POOL_SMALLEST 64
#define CORE_POOL_LARGEST 8192 /* larger blocks come from malloc */
#define CORE_POOL_MAGAZINE 64

struct core_block {
    struct core_block *next;
    struct core_block *next_magazine; /* in the first block of a magazine in the depot */
};

struct core_depot {
    struct core_lock lock;
    struct core_block *magazines[CORE_POOL_CLASSES]; /* full ones */
    struct core_block *chunks; /* all memory, to be freed at the end */
    size_t bytes;              /* of the chunks; changed under the lock, glanced at */
    struct core_seams *seams;
};

struct core_magazine {
    struct core_block *blocks;
    unsigned count;
};

struct core_pool {
    struct core_depot *depot;
    struct core_magazine loaded[CORE_POOL_CLASSES];
    struct core_magazine spare[CORE_POOL_CLASSES];
};

void core_depot_open(struct core_depot *depot, struct core_seams *seams);
/* Frees all memory of all blocks that passed through the depot's pools. Large blocks and
 * blocks under AddressSanitizer must have been given back. */
void core_depot_close(struct core_depot *depot);
/* Memory of the depot's chunks; large blocks are not in it. Thread: any. */
size_t core_depot_bytes(const struct core_depot *depot);
void core_pool_open(struct core_pool *pool, struct core_depot *depot);

/* The size class of a block: 64 bytes and less are 0, 65 .. 128 are 1 … */
static inline unsigned core_pool_class(size_t size)
{
    if (size <= CORE_POOL_SMALLEST)
        return 0;
    return 58U - (unsigned)__builtin_clzl(size - 1);
}

/* Slow halves: a class's loaded magazine is empty, or full; the size is no pool's. */
bool core_pool_reload(struct core_pool *pool, unsigned class);
void core_pool_unload(struct core_pool *pool, unsigned class);
void *core_pool_take_large(struct core_pool *pool, size_t size);

/* A block of at least `size` bytes, aligned to 64 bytes, or NULL without memory; its
 * content is undefined. Thread: the pool's owner. */
static inline void *core_pool_take(struct core_pool *pool, size_t size)
{
    if (CORE_ASAN || __builtin_expect(size > CORE_POOL_LARGEST, 0))
        return core_pool_take_large(pool, size);
    unsigned class = core_pool_class(size);
    struct core_magazine *loaded = &pool->loaded[class];
    if (__builtin_expect(loaded->count == 0, 0) && !core_pool_reload(pool, class))
        return NULL;
    struct core_block *block = loaded->blocks;
    loaded->blocks = block->next;
    loaded->count--;
    return block;
}

/* Gives a block of that same `size` to this pool, whichever pool it came from. Thread:
 * the pool's owner. */
static inline void core_pool_give(struct core_pool *pool, void *memory, size_t size)
{
    if (CORE_ASAN || __builtin_expect(size > CORE_POOL_LARGEST, 0)) {
        free(memory);
        return;
    }
    unsigned class = core_pool_class(size);
    struct core_magazine *loaded = &pool->loaded[class];
    if (__builtin_expect(loaded->count == CORE_POOL_MAGAZINE, 0))
        core_pool_unload(pool, class);
    struct core_block *block = memory;
    block->next = loaded->blocks;
    loaded->blocks = block;
    loaded->count++;
}

#endif
