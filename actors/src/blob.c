/* Bytes shared by count: a reason of a megabyte that a thousand links hear of is there
 * once. */
#include "internal.h"

#include <string.h>

#define CONSTANT(name, text) \
    const struct blob name = {.size = sizeof(text) - 1, .data = (text)}

CONSTANT(blob_normal, "normal");
CONSTANT(blob_kill, "kill");
CONSTANT(blob_killed, "killed");
CONSTANT(blob_noproc, "noproc");
CONSTANT(blob_no_stack, "system_limit: no stack");
CONSTANT(blob_no_memory, "system_limit: no memory for the reason");

static const struct blob *const known[] = {&blob_normal, &blob_kill, &blob_killed,
                                           &blob_noproc};

static bool is(const struct blob *blob, const void *data, size_t size)
{
    return blob->size == size && memcmp(blob->data, data, size) == 0;
}

struct blob *blob_room(struct scheduler *scheduler, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct blob) - 1)
        return NULL;
    struct blob *blob = core_pool_take(&scheduler->pool, sizeof *blob + size + 1);
    if (blob == NULL)
        return NULL;
    core_store_relaxed(&blob->refs, 1); /* not shared yet */
    core_count(&scheduler->counters, COUNT_SHARED_BYTES, size);
    blob->size = size;
    blob->data = blob_bytes(blob);
    memset(blob_bytes(blob), 0, size + 1);
    return blob;
}

const struct blob *blob_new(struct scheduler *scheduler, const void *data, size_t size)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is(known[i], data, size))
            return known[i];
    struct blob *blob = blob_room(scheduler, size);
    if (blob != NULL && size > 0)
        memcpy(blob_bytes(blob), data, size);
    return blob;
}

const struct blob *blob_share(const struct blob *blob)
{
    /* relaxed, both: the caller holds a count, so it cannot become 0 here; constants are
     * always 0 */
    if (core_load_relaxed(&blob->refs) != 0)
        core_add_relaxed(&((struct blob *)(uintptr_t)blob)->refs, 1);
    return blob;
}

void blob_release(struct scheduler *scheduler, const struct blob *blob)
{
    if (blob == NULL || core_load_relaxed(&blob->refs) == 0) /* a constant */
        return;
    struct blob *owned = (struct blob *)(uintptr_t)blob;
    assert(owned->data == blob_bytes(owned) && "a constant has been counted");
    assert(owned->data[owned->size] == 0 && "written past its end");
    /* acq_rel: the last holder frees after all others have read */
    if (core_sub_acq_rel(&owned->refs, 1) != 1)
        return;
    core_count(&scheduler->counters, COUNT_UNSHARED_BYTES, owned->size);
    core_pool_give(&scheduler->pool, owned, sizeof *owned + owned->size + 1);
}

bool actor_reason_is(const struct actor_reason *reason, const char *text)
{
    return reason->size == strlen(text) && memcmp(reason->data, text, reason->size) == 0;
}
