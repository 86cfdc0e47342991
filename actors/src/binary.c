/* Large binaries: bytes that are shared by count and never change, as the BEAM's refc
 * binaries. A process holds a binary by a handle of its own; the bytes stay while anybody
 * has a handle, or a message with them is on its way. */
#include "internal.h"

#include <errno.h>

enum { HEAP_BINARY_LARGEST = 64 }; /* ERL_ONHEAP_BIN_LIMIT: up to this they are copied */

struct handle {
    struct belonging belonging;
    struct actor_binary binary;
    const struct blob *blob;
};

/* A message whose bytes are a binary's. */
struct shared {
    struct signal signal;
    const struct blob *blob;
};

static struct handle *handle_of(const struct actor_binary *binary)
{
    return CORE_CONTAINER_OF((uintptr_t)binary, struct handle, binary);
}

void binary_free_signal(struct scheduler *scheduler, struct signal *signal)
{
    assert(signal->kind == SIGNAL_BINARY);
    struct shared *shared = CORE_CONTAINER_OF(signal, struct shared, signal);
    blob_release(scheduler, shared->blob);
    core_pool_give(&scheduler->pool, shared, sizeof *shared);
}

static void let_go(struct scheduler *scheduler, struct handle *handle)
{
    assert(handle->binary.data == handle->blob->data && "no handle, or freed twice");
    assert(handle->belonging.bytes == BELONGING_HANDLE);
    core_bag_remove(&handle->belonging.node);
    blob_release(scheduler, handle->blob);
    core_pool_give(&scheduler->pool, handle, sizeof *handle);
}

void binary_let_go(struct scheduler *scheduler, struct belonging *belonging)
{
    let_go(scheduler, CORE_CONTAINER_OF(belonging, struct handle, belonging));
}

/* Takes over the caller's count of the blob, or gives it back without memory. */
static const struct actor_binary *hold(struct scheduler *scheduler,
                                       const struct blob *blob)
{
    struct handle *handle =
        blob == NULL ? NULL : core_pool_take(&scheduler->pool, sizeof *handle);
    if (handle == NULL) {
        blob_release(scheduler, blob);
        return NULL;
    }
    handle->blob = blob;
    handle->binary = (struct actor_binary){blob->data, blob->size};
    handle->belonging.bytes = BELONGING_HANDLE;
    core_bag_add(&scheduler->current->belongings, &handle->belonging.node);
    return &handle->binary;
}

const struct actor_binary *actor_binary_new(const void *data, size_t size)
{
    struct scheduler *scheduler = scheduler_enter(1);
    if (size >= UINT32_MAX || (data == NULL && size > 0))
        return NULL;
    return hold(scheduler, blob_new(scheduler, data, size));
}

const struct actor_binary *actor_binary_of(const struct actor_message *message)
{
    struct scheduler *scheduler = scheduler_enter(1);
    struct signal *signal = CORE_CONTAINER_OF((uintptr_t)message, struct signal, message);
    if (signal->kind != SIGNAL_BINARY)
        return hold(scheduler, blob_new(scheduler, message->data, message->size));
    struct shared *shared = CORE_CONTAINER_OF(signal, struct shared, signal);
    return hold(scheduler, blob_share(shared->blob));
}

void actor_binary_free(const struct actor_binary *binary)
{
    if (binary != NULL)
        let_go(scheduler_enter(1), handle_of(binary));
}

int actor_send_binary(actor_pid to, const struct actor_binary *binary)
{
    if (binary == NULL)
        return -EINVAL;
    if (binary->size <= HEAP_BINARY_LARGEST)
        return actor_send(to, binary->data, binary->size);
    struct scheduler *scheduler = scheduler_try(1);
    if (scheduler == NULL)
        return -EPERM;
    struct process *receiver = table_find(scheduler->runtime, to);
    if (receiver == NULL)
        return -EINVAL;
    struct shared *shared = core_pool_take(&scheduler->pool, sizeof *shared);
    if (shared == NULL)
        return -ENOMEM;
    shared->blob = blob_share(handle_of(binary)->blob);
    assert(shared->blob->size == binary->size && "no handle");
    shared->signal = (struct signal){
        .to = to,
        .kind = SIGNAL_BINARY,
        /* relaxed: our own pid */
        .message = {.from = core_load_relaxed(&scheduler->current->pid),
                    .size = (uint32_t)binary->size,
                    .kind = ACTOR_MESSAGE,
                    .data = shared->blob->data},
    };
    if (!mailbox_admits(receiver, &shared->signal)) {
        signal_free(scheduler, &shared->signal);
        return -ENOBUFS;
    }
    core_count(&scheduler->counters, COUNT_SENT, 1);
    core_trace(&scheduler->trace, CORE_TRACE_SEND, shared->signal.message.from, to);
    signal_push(scheduler, receiver, &shared->signal);
    return 0;
}
