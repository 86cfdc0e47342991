/* csp_alloc: memory of goroutines, in blocks of the workers' pools.
 *
 * A run leaves nothing behind: small blocks go with the depot of the pools; blocks that
 * the pool takes from malloc are kept in a list.
 */
#include "runtime.h"

/* Stands before the memory; before it, if it came from malloc, the link. */
struct header {
    alignas(16) size_t bytes; /* of all */
};

struct large {
    alignas(16) struct core_list link; /* in csp->blocks */
    struct header header;
};

/* As core_pool_take decides. */
static bool from_malloc(size_t bytes)
{
    return CORE_ASAN || bytes > CORE_POOL_LARGEST;
}

void *csp_memory_take(struct csp_worker *worker, size_t bytes)
{
    struct csp *csp = worker->csp;
    if (bytes > PTRDIFF_MAX - sizeof(struct large) - CORE_CACHE_LINE)
        return NULL;
    bool is_large = from_malloc(bytes + sizeof(struct header));
    bytes += is_large ? sizeof(struct large) : sizeof(struct header);
    struct header *header = core_pool_take(&worker->pool, bytes);
    if (header == NULL)
        return NULL;
    if (is_large) {
        struct large *large = (struct large *)(void *)header;
        header = &large->header;
        core_lock_take(&csp->lock);
        core_list_append(&csp->blocks, &large->link);
        core_lock_give(&csp->lock);
    }
    header->bytes = bytes;
    return header + 1;
}

void csp_memory_give(struct csp_worker *worker, void *memory)
{
    struct csp *csp = worker->csp;
    struct header *header = (struct header *)memory - 1;
    size_t bytes = header->bytes;
    assert(bytes >= sizeof *header && "memory of csp_alloc, freed once");
    header->bytes = 0;
    if (!from_malloc(bytes)) {
        core_pool_give(&worker->pool, header, bytes);
        return;
    }
    struct large *large = CORE_CONTAINER_OF(header, struct large, header);
    core_lock_take(&csp->lock);
    assert(!core_list_empty(&large->link));
    core_list_remove(&large->link);
    core_lock_give(&csp->lock);
    core_pool_give(&worker->pool, large, bytes);
}

void csp_memory_discard(struct csp *csp)
{
    struct core_list *link = NULL;
    while ((link = core_list_shift(&csp->blocks)) != NULL) {
        struct large *large = CORE_CONTAINER_OF(link, struct large, link);
        core_pool_give(&csp->workers[0].pool, large, large->header.bytes);
    }
    core_depot_close(&csp->depot);
    core_depot_open(&csp->depot, csp->seams);
    for (unsigned i = 0; i < csp_workers_all(csp); i++)
        core_pool_open(&csp_worker_at(csp, i)->pool, &csp->depot);
}

void *csp_alloc(size_t bytes)
{
    struct csp_worker *worker = csp_enter();
    void *memory = csp_memory_take(worker, bytes);
    if (memory == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    return memory;
}

void csp_free(void *memory)
{
    struct csp_worker *worker = csp_enter();
    if (memory != NULL)
        csp_memory_give(worker, memory);
}
