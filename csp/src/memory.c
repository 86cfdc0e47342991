/* csp_alloc: memory of goroutines, in blocks of the workers' pools.
 *
 * A run leaves nothing behind: small blocks go with the depot of the pools; blocks that
 * the pool takes from malloc are kept in a list.
 */
#include "runtime.h"

struct header {
    struct core_list link; /* in csp->blocks, if it came from malloc */
    size_t bytes;
};

#define HEADER_BYTES ((sizeof(struct header) + 15) / 16 * 16)

/* As core_pool_take decides. */
static bool from_malloc(size_t bytes)
{
    return CORE_ASAN || bytes > CORE_POOL_LARGEST;
}

void *csp_memory_take(struct csp_worker *worker, size_t bytes)
{
    struct csp *csp = worker->csp;
    if (bytes > PTRDIFF_MAX - HEADER_BYTES - CORE_CACHE_LINE)
        return NULL;
    bytes += HEADER_BYTES;
    struct header *header = core_pool_take(&worker->pool, bytes);
    if (header == NULL)
        return NULL;
    header->bytes = bytes;
    core_list_init(&header->link);
    if (from_malloc(bytes)) {
        core_lock_take(&csp->lock);
        core_list_append(&csp->blocks, &header->link);
        core_lock_give(&csp->lock);
    }
    return (char *)header + HEADER_BYTES;
}

void csp_memory_give(struct csp_worker *worker, void *memory)
{
    struct csp *csp = worker->csp;
    struct header *header = (struct header *)(void *)((char *)memory - HEADER_BYTES);
    assert(header->bytes >= HEADER_BYTES && "memory of csp_alloc");
    assert(from_malloc(header->bytes) != core_list_empty(&header->link) && "freed once");
    if (from_malloc(header->bytes)) {
        core_lock_take(&csp->lock);
        core_list_remove(&header->link);
        core_lock_give(&csp->lock);
    }
    core_pool_give(&worker->pool, header, header->bytes);
}

void csp_memory_discard(struct csp *csp)
{
    struct core_list *link = NULL;
    while ((link = core_list_shift(&csp->blocks)) != NULL) {
        struct header *header = CORE_CONTAINER_OF(link, struct header, link);
        core_pool_give(&csp->workers[0].pool, header, header->bytes);
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
