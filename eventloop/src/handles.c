/* handles.c - what all handles share; immediates, deferred callbacks, hooks, closing.
 *
 * Invariants, true between callbacks:
 *  1. a handle is in one list of its loop exactly while it is ACTIVE or CLOSING;
 *  2. loop->refs counts the handles that are ACTIVE and not UNREF.
 */
#include "loop.h"

#include <assert.h>
#include <errno.h>

/* Counts a handle in or out of what keeps the loop alive. */
static void count_ref(struct loop_handle *handle, bool in)
{
    size_t one = in ? 1 : (size_t)-1;
    assert(in || handle->loop->refs > 0);
    handle->loop->refs += one;
    if (handle->kind == KIND_IMMEDIATE)
        handle->loop->refd_immediates += one;
}

void loop_activate(struct loop *loop, struct loop_handle *handle, enum loop_kind kind,
                   loop_callback *callback, void *context)
{
    assert(!(handle->flags & (HANDLE_ACTIVE | HANDLE_CLOSING)) &&
           "started while closing");
    assert((callback || kind == KIND_WATCHER) && "a handle without a callback");
    handle->loop = loop;
    handle->kind = (uint8_t)kind;
    handle->callback = callback;
    handle->context = context;
    handle->flags |= HANDLE_ACTIVE;
    core_list_init(&handle->node);
    if (!(handle->flags & HANDLE_UNREF))
        count_ref(handle, true);
}

void loop_deactivate(struct loop_handle *handle)
{
    assert(handle->flags & HANDLE_ACTIVE);
    core_list_remove(&handle->node);
    handle->flags &= (uint8_t)~HANDLE_ACTIVE;
    if (!(handle->flags & HANDLE_UNREF))
        count_ref(handle, false);
}

void loop_ref(struct loop_handle *handle)
{
    if (!(handle->flags & HANDLE_UNREF))
        return;
    handle->flags &= (uint8_t)~HANDLE_UNREF;
    if (handle->flags & HANDLE_ACTIVE)
        count_ref(handle, true);
}

void loop_unref(struct loop_handle *handle)
{
    if (handle->flags & HANDLE_UNREF)
        return;
    handle->flags |= HANDLE_UNREF;
    if (handle->flags & HANDLE_ACTIVE)
        count_ref(handle, false);
}

bool loop_has_ref(const struct loop_handle *handle)
{
    return !(handle->flags & HANDLE_UNREF);
}

bool loop_is_active(const struct loop_handle *handle)
{
    return handle->flags & HANDLE_ACTIVE;
}

/* The loop is going: its handles count as never started. */
void loop_forget_all(struct core_list *handles)
{
    struct core_list *node;
    while ((node = core_list_shift(handles)) != NULL) {
        struct loop_handle *handle = CORE_CONTAINER_OF(node, struct loop_handle, node);
        handle->flags &= HANDLE_UNREF;
        handle->loop = NULL;
    }
}

void loop_move_all(struct core_list *to, struct core_list *from)
{
    assert(core_list_empty(to));
    if (core_list_empty(from))
        return;
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    core_list_init(from);
}

/* The first handle of a list, taken out and no longer active; NULL when there is none or
 * the run has ended. */
static struct loop_handle *next_once(struct loop *loop, struct core_list *list)
{
    if (loop->ended || core_list_empty(list))
        return NULL;
    struct loop_handle *handle = CORE_CONTAINER_OF(list->next, struct loop_handle, node);
    assert(handle->loop == loop && "zeroed or moved while it was waiting");
    loop_deactivate(handle);
    return handle;
}

static void start_once(struct loop *loop, struct loop_handle *handle, enum loop_kind kind,
                       struct core_list *list, const struct loop_job *job)
{
    if (loop_is_active(handle))
        loop_deactivate(handle);
    loop_activate(loop, handle, kind, job->callback, job->context);
    core_list_append(list, &handle->node);
}

void loop_set_immediate(struct loop *loop, struct loop_immediate *immediate,
                        loop_callback *callback, void *context)
{
    start_once(loop, &immediate->handle, KIND_IMMEDIATE, &loop->immediates,
               &(struct loop_job){callback, context});
}

void loop_defer(struct loop *loop, struct loop_immediate *deferred,
                loop_callback *callback, void *context)
{
    start_once(loop, &deferred->handle, KIND_DEFERRED, &loop->deferred,
               &(struct loop_job){callback, context});
}

bool loop_clear_immediate(struct loop_immediate *immediate)
{
    if (!loop_is_active(&immediate->handle))
        return false;
    loop_deactivate(&immediate->handle);
    return true;
}

/* Immediates set by immediates wait for the next turn. */
void loop_run_immediates(struct loop *loop)
{
    struct loop_handle *handle;
    loop_move_all(&loop->outstanding, &loop->immediates);
    while ((handle = next_once(loop, &loop->outstanding)) != NULL)
        loop_call(loop, LOOP_FROM_IMMEDIATES, handle->callback, handle->context);
}

void loop_run_deferred(struct loop *loop)
{
    struct loop_handle *handle;
    loop_move_all(&loop->deferred_now, &loop->deferred);
    while ((handle = next_once(loop, &loop->deferred_now)) != NULL)
        loop_call(loop, LOOP_FROM_PENDING, handle->callback, handle->context);
}

int loop_hook(struct loop *loop, struct loop_hook *hook, enum loop_phase phase,
              loop_callback *callback, void *context)
{
    if ((unsigned)phase >= HOOK_PHASES || (hook->handle.flags & HANDLE_CLOSING))
        return -EINVAL;
    loop_unhook(hook);
    loop_activate(loop, &hook->handle, (enum loop_kind)(KIND_IDLE + (int)phase), callback,
                  context);
    core_list_prepend(&loop->hooks[phase], &hook->handle.node);
    return 0;
}

bool loop_unhook(struct loop_hook *hook)
{
    if (!loop_is_active(&hook->handle))
        return false;
    loop_deactivate(&hook->handle);
    return true;
}

/* Each hook moves behind those called before it, so the order stays; what is started or
 * stopped meanwhile is put before or taken out without harm. */
void loop_run_hooks(struct loop *loop, enum loop_phase phase, enum loop_source source)
{
    struct core_list *hooks = &loop->hooks[phase];
    loop_move_all(&loop->hooks_now, hooks);
    while (!core_list_empty(&loop->hooks_now)) {
        struct core_list *node = core_list_shift(&loop->hooks_now);
        core_list_append(hooks, node);
        struct loop_handle *handle = CORE_CONTAINER_OF(node, struct loop_handle, node);
        if (!loop->ended)
            loop_call(loop, source, handle->callback, handle->context);
    }
}

static void stop(struct loop_handle *handle)
{
    switch (handle->kind) {
    case KIND_TIMER:
        loop_clear_timer((struct loop_timer *)(void *)handle);
        return;
    case KIND_WATCHER:
        loop_unwatch((struct loop_watcher *)(void *)handle);
        return;
    case KIND_ASYNC:
        loop_forget_arrival(handle->loop, (struct loop_async *)(void *)handle);
        break;
    default:
        break;
    }
    loop_deactivate(handle);
}

int loop_close(struct loop_handle *handle, loop_callback *callback, void *context)
{
    if (!handle->loop)
        return -EINVAL;
    if (handle->flags & HANDLE_CLOSING)
        return -EALREADY;
    if (loop_is_active(handle))
        stop(handle);
    handle->flags |= HANDLE_CLOSING;
    handle->callback = callback;
    handle->context = context;
    core_list_init(&handle->node);
    core_list_prepend(&handle->loop->closing, &handle->node);
    return 0;
}

void loop_run_closing(struct loop *loop)
{
    loop_move_all(&loop->closing_now, &loop->closing);
    while (!loop->ended && !core_list_empty(&loop->closing_now)) {
        struct core_list *node = core_list_shift(&loop->closing_now);
        struct loop_handle *handle = CORE_CONTAINER_OF(node, struct loop_handle, node);
        assert((handle->flags & ~HANDLE_UNREF) == HANDLE_CLOSING);
        handle->flags &= (uint8_t)~HANDLE_CLOSING;
        if (handle->callback)
            loop_call(loop, LOOP_FROM_CLOSING, handle->callback, handle->context);
    }
}
