/* Native functions on normal schedulers, and what native functions may call.
 *
 * Each scheduler that needs one has a room: a context with a large stack on which native
 * functions run, one at a time, while the process stands still. No task's stack is in use
 * then, so no tick plants a call there and no fault is taken for a process's. The process
 * has no reductions meanwhile: any runtime entry takes its slow path, and is refused.
 */
#include "native.h"

#include <actors/dirty.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct native_room {
    struct core_context context;
    struct core_stack *stack;
    bool (*native)(void *argument);
    void *argument;
    bool again;
};

_Noreturn void native_refuse(void)
{
    fputs("actors: a native function called what only a process may; it may call "
          "actor_self, actor_native_send and actor_native_is_alive\n",
          stderr);
    abort();
}

static void room_enter(void *argument)
{
    struct scheduler *scheduler = argument;
    struct native_room *room = scheduler->room;
    core_context_landed(&room->context);
    for (;;) {
        assert(scheduler == scheduler_self() && scheduler->native);
        room->again = room->native(room->argument);
        core_context_switch(&room->context, &scheduler->current->context);
    }
}

static bool room_open(struct scheduler *scheduler)
{
    struct core_stacks *stacks = &scheduler->runtime->stacks[STACK_CLASSES - 1];
    struct native_room *room = core_pool_take(&scheduler->pool, sizeof *room);
    if (room == NULL)
        return false;
    *room = (struct native_room){.stack = core_stacks_take(stacks)};
    if (room->stack == NULL) {
        core_pool_give(&scheduler->pool, room, sizeof *room);
        return false;
    }
    core_context_open(&room->context, room->stack->bottom, room->stack->size, room_enter,
                      scheduler);
    scheduler->room = room;
    return true;
}

void native_close(struct scheduler *scheduler)
{
    struct native_room *room = scheduler->room;
    assert(!scheduler->native && "native code has not returned");
    if (room == NULL)
        return;
    core_context_close(&room->context); /* its stack goes with all stacks */
    core_pool_give(&scheduler->pool, room, sizeof *room);
    scheduler->room = NULL;
}

/* What so much time costs: a tick is a turn. A seeded schedule does not depend on time. */
static int cost(const struct scheduler *scheduler, uint64_t took_ns)
{
    const struct actors_config *config = &scheduler->runtime->config;
    if (scheduler->runtime->seeded)
        return 0;
    if (took_ns >= config->tick_ns)
        return (int)config->reductions;
    return (int)((double)took_ns / (double)config->tick_ns * config->reductions);
}

static bool call_in_room(struct scheduler *scheduler, bool (*native)(void *),
                         void *argument)
{
    struct process *process = scheduler->current;
    struct native_room *room = scheduler->room;
    int left = process->reductions;
    assert(process->state == PROCESS_RUNNING && !scheduler->native);
    room->native = native;
    room->argument = argument;
    core_worker_set_stack(&scheduler->worker, NULL, 0);
    scheduler->native = true;
    process->reductions = 0;
    uint64_t begin_ns = core_now_ns();
    core_context_switch(&process->context, &room->context);
    assert(scheduler == scheduler_self() && "native code stays where it is");
    process->reductions = left - cost(scheduler, core_now_ns() - begin_ns);
    scheduler->native = false;
    core_worker_set_stack(&scheduler->worker, &process->stack, process->stack_floor);
    return room->again;
}

int actor_native(bool (*native)(void *argument), void *argument)
{
    struct scheduler *scheduler;
    do {
        scheduler = scheduler_enter_handled(1);
        if (native == NULL)
            return -EINVAL;
        if (scheduler->room == NULL && !room_open(scheduler))
            return -ENOMEM;
    } while (call_in_room(scheduler, native, argument));
    return 0;
}

/* --- what native functions may call -------------------------------------------- */

static struct signal *message_new(struct scheduler *scheduler, actor_pid to,
                                  const void *data, size_t size)
{
    struct signal *signal = core_pool_take(&scheduler->pool, sizeof *signal + size);
    if (signal == NULL)
        return NULL;
    *signal = (struct signal){
        .to = to,
        .kind = SIGNAL_MESSAGE,
        .message = {.from = scheduler->self,
                    .size = (uint32_t)size,
                    .kind = ACTOR_MESSAGE,
                    .data = signal + 1},
    };
    if (size > 0)
        memcpy(signal + 1, data, size);
    return signal;
}

static int push(struct scheduler *scheduler, struct process *to, struct signal *signal)
{
    if (!mailbox_admits(to, signal))
        return -ENOBUFS;
    signal_push(scheduler, to, signal);
    return 0;
}

int actor_native_send(actor_pid to, const void *data, size_t size)
{
    struct scheduler *scheduler = scheduler_self();
    if (scheduler == NULL || !scheduler->native)
        return -EPERM;
    struct process *receiver = table_find(scheduler->runtime, to);
    if (receiver == NULL || size >= UINT32_MAX)
        return -EINVAL;
    struct signal *signal = message_new(scheduler, to, data, size);
    if (signal == NULL)
        return -ENOMEM;
    int rc = scheduler->job != NULL ? dirty_push(scheduler, receiver, signal)
                                    : push(scheduler, receiver, signal);
    if (rc == 0)
        core_count(&scheduler->counters, COUNT_SENT, 1);
    else
        signal_free(scheduler, signal);
    return rc;
}

bool actor_native_is_alive(void)
{
    struct scheduler *scheduler = scheduler_self();
    if (scheduler == NULL || !scheduler->native)
        return false;
    return scheduler->job == NULL || dirty_is_alive(scheduler->job);
}
