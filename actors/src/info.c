/* What a process tells of itself when it is asked (actor_process_info): the asker sends
 * room for the answer along, so answering needs no memory. */
#include "info.h"
#include "internal.h"
#include "native.h"

#include <errno.h>
#include <string.h>

static_assert((int)QUESTION_SUSPENDS == (int)ACTOR_SUSPENDS &&
                  (int)QUESTION_LINKS == (int)ACTOR_LINKS &&
                  (int)QUESTION_MONITORS == (int)ACTOR_MONITORS,
              "a relation is asked for by its own number");

/* --- answering --------------------------------------------------------------------- */

struct census {
    struct actor_info *info;
    enum question wanted;
    actor_pid *pids;
    size_t room, count;
};

static void count_relation(void *context, const struct control *record)
{
    struct census *census = context;
    struct actor_info *info = census->info;
    enum question kind = QUESTION_MESSAGES;
    switch ((enum relation)record->relation) {
    case RELATION_LINK:
        if (record->unlinking != 0)
            return;
        kind = QUESTION_LINKS;
        info->links++;
        break;
    case RELATION_MONITOR:
        kind = QUESTION_MONITORS;
        info->monitors++;
        break;
    case RELATION_MONITORED:
        kind = QUESTION_MONITORED_BY;
        info->monitored_by++;
        break;
    case RELATION_SUSPENDS:
        kind = QUESTION_SUSPENDS;
        info->suspends++;
        break;
    case RELATION_TIMER:
    case RELATION_SOCKET:
        info->timers++;
        return;
    }
    if (kind == census->wanted && census->count < census->room)
        census->pids[census->count++] = record->other;
}

/* Copies of messages, one behind the other in the room of the answer. */
struct copy {
    struct copy *next;
    struct actor_message message;
};

static_assert(sizeof(struct copy) + sizeof(uint64_t) <= 48, "as the header promises");

struct room {
    char *at, *end;
};

/* A part of the room, which is zeroed, or NULL. */
static void *take(struct room *room, size_t bytes)
{
    size_t whole = (bytes + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
    void *part = room->at;
    if ((size_t)(room->end - room->at) < whole)
        return NULL;
    room->at += whole;
    return part;
}

static const void *take_copy(struct room *room, const void *data, size_t size)
{
    void *part = take(room, size + 1); /* the NUL of a reason or a name */
    if (part != NULL && size > 0)
        memcpy(part, data, size);
    return part;
}

/* What a message's data point at is copied as well. */
static bool copy_data(struct room *room, struct actor_message *message)
{
    if (message->kind == ACTOR_DOWN) {
        struct actor_down *down = take(room, sizeof *down);
        if (down == NULL)
            return false;
        *down = *(const struct actor_down *)message->data;
        down->reason.data = take_copy(room, down->reason.data, down->reason.size);
        if (down->name != NULL)
            down->name = take_copy(room, down->name, strlen(down->name));
        bool named = ((const struct actor_down *)message->data)->name != NULL;
        message->data = down;
        return down->reason.data != NULL && named == (down->name != NULL);
    }
    if (message->kind == ACTOR_TIMEOUT) {
        struct actor_timeout *timeout = take(room, sizeof *timeout);
        if (timeout == NULL)
            return false;
        *timeout = *(const struct actor_timeout *)message->data;
        timeout->data = take_copy(room, timeout->data, timeout->size);
        message->data = timeout;
        return timeout->data != NULL;
    }
    message->data = take_copy(room, message->data, message->size);
    return message->data != NULL;
}

/* The first word of the room leads to the first copy. */
static void copy_messages(struct room room, const struct process *process)
{
    struct copy **link = take(&room, sizeof *link);
    for (const struct signal *at = process->first; link != NULL && at != NULL;
         at = at->next) {
        struct copy *copy = take(&room, sizeof *copy);
        if (copy == NULL)
            return;
        copy->next = NULL;
        copy->message = at->message;
        if (!copy_data(&room, &copy->message))
            return;
        *link = copy;
        link = &copy->next;
    }
}

/* It was woken to answer, if it does so on its scheduler's stack. */
/* Address space, of which only what was touched takes memory; packed, its live bytes. */
static size_t stack_bytes(const struct process *process)
{
    if (process->stack == NULL)
        return 0;
    return process->stack_floor == 0 ? process->stack->packed_bytes
                                     : process->stack->size;
}

static enum actor_status status_of(const struct scheduler *scheduler,
                                   const struct process *process, bool own)
{
    if (process->suspended > 0)
        return ACTOR_SUSPENDED;
    if (own || scheduler->current == process)
        return ACTOR_RUNNING;
    if (process->dirty != NULL)
        return dirty_runs(process->dirty) ? ACTOR_RUNNING : ACTOR_RUNNABLE;
    if (process->hibernates)
        return ACTOR_HIBERNATING;
    return process->stack != NULL && process->leave == LEAVE_WAIT ? ACTOR_WAITING
                                                                  : ACTOR_RUNNABLE;
}

void info_fill(struct scheduler *scheduler, const struct process *process,
               struct blob *answer, enum question question, bool own)
{
    assert(answer->size >= sizeof(struct actor_info) && question <= QUESTION_MESSAGES);
    assert(process->state == PROCESS_RUNNING && "asked of its owner");
    struct actor_info *info = (void *)blob_bytes(answer);
    struct room room = {(char *)(info + 1), blob_bytes(answer) + answer->size};
    struct census census = {info, question, (void *)room.at, answer->size - sizeof *info,
                            0};
    census.room /= sizeof(actor_pid);
    relation_visit(&process->relations, count_relation, &census);
    if (question == QUESTION_MESSAGES)
        copy_messages(room, process);
    info->mailbox_length = process->kept;
    info->traps_exits = process->traps_exits;
    info->priority = (enum actor_priority)process->priority;
    info->status = status_of(scheduler, process, own);
    info->suspended = process->suspended;
    info->dictionary = dictionary_count(process);
    info->heap_bytes = process->heap_bytes;
    info->heap_limit_bytes =
        process->heap_limit_bytes == SIZE_MAX ? 0 : process->heap_limit_bytes;
    info->stack_bytes = stack_bytes(process);
    info->memory_bytes = sizeof *process + info->heap_bytes + info->stack_bytes;
    /* Of the present turn, which has cost nothing yet when it is about to begin. */
    info->reductions = process->spent + process->owed +
                       (uint64_t)(scheduler->reductions - process->reductions);
    info->parent = process->parent;
    info->initial = process->initial;
    info->current = process->body;
    registry_name_of(&scheduler->runtime->registry, process, pid_now(process),
                     info->name);
}

/* --- asking ------------------------------------------------------------------------ */

const struct blob *info_ask(actor_pid pid, enum question question, size_t room,
                            int *error)
{
    struct scheduler *scheduler = scheduler_self();
    struct process *self = scheduler->current;
    assert((self->asked & 1) == 0 && "one question at a time");
    struct control *request = question_new(scheduler);
    struct blob *facts = blob_room(scheduler, sizeof(struct actor_info) + room);
    *error = -ENOMEM;
    if (request == NULL || facts == NULL) {
        if (request != NULL)
            control_free(scheduler, request);
        blob_release(scheduler, facts);
        return NULL;
    }
    request->reason = facts;
    request->signal.wait = question;
    request->key = ++self->asked;
    blob_release(scheduler, self->answer); /* of a visit that was left by a catch */
    self->answer = NULL;
    control_send(scheduler, request, SIGNAL_ASK, pid_now(self), pid);
    for (;;) {
        mailbox_collect(self);
        if ((self->asked & 1) == 0)
            break;
        scheduler_leave(LEAVE_WAIT);
    }
    *error = -ESRCH;
    const struct blob *answer = self->answer;
    self->answer = NULL;
    return answer;
}

static const struct blob *ask(actor_pid pid, enum question question, size_t room,
                              int *error)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    *error = -EPERM;
    if (scheduler == NULL)
        return NULL;
    *error = -EINVAL;
    if (table_find(scheduler->runtime, pid) == NULL || room > UINT32_MAX)
        return NULL;
    return info_ask(pid, question, room, error);
}

static const struct actor_info *info_of(const struct blob *facts)
{
    assert(facts->size >= sizeof(struct actor_info));
    return (const struct actor_info *)(const void *)facts->data;
}

int actor_process_info(actor_pid pid, struct actor_info *info, actor_pid *links,
                       size_t room)
{
    int error;
    if (room > UINT32_MAX)
        return -EINVAL;
    const struct blob *facts = ask(pid, QUESTION_LINKS, room * sizeof *links, &error);
    if (facts == NULL)
        return error;
    memcpy(info, info_of(facts), sizeof *info);
    size_t known = info->links < room ? info->links : room;
    if (known > 0)
        memcpy(links, info_of(facts) + 1, known * sizeof *links);
    blob_release(scheduler_self(), facts);
    return 0;
}

int64_t actor_process_related(actor_pid pid, enum actor_relation relation,
                              actor_pid *pids, size_t room)
{
    int error;
    if ((unsigned)relation > ACTOR_SUSPENDS || room > UINT32_MAX)
        return -EINVAL;
    const struct blob *facts =
        ask(pid, (enum question)relation, room * sizeof *pids, &error);
    if (facts == NULL)
        return error;
    const struct actor_info *info = info_of(facts);
    const size_t counts[] = {
        [ACTOR_LINKS] = info->links,
        [ACTOR_MONITORS] = info->monitors,
        [ACTOR_MONITORED_BY] = info->monitored_by,
        [ACTOR_SUSPENDS] = info->suspends,
    };
    size_t count = counts[relation], known = count < room ? count : room;
    if (known > 0)
        memcpy(pids, info + 1, known * sizeof *pids);
    blob_release(scheduler_self(), facts);
    return (int64_t)count;
}

int64_t actor_process_messages(actor_pid pid, size_t room_bytes,
                               void (*visit)(void *, const struct actor_message *),
                               void *context)
{
    int error;
    int64_t shown = 0;
    if (room_bytes > UINT32_MAX)
        return -EINVAL;
    size_t room = sizeof(struct copy *) + room_bytes;
    const struct blob *facts = ask(pid, QUESTION_MESSAGES, room, &error);
    if (facts == NULL)
        return error;
    struct process *self = scheduler_self()->current;
    self->answer = facts; /* so that it is freed, should `visit` fail */
    scheduler_self()->worker.nopreempt++;
    const struct copy *copy;
    memcpy(&copy, info_of(facts) + 1, sizeof copy);
    for (; copy != NULL; copy = copy->next, shown++)
        visit(context, &copy->message);
    struct scheduler *scheduler = scheduler_self();
    assert(scheduler->worker.nopreempt > 0 && self->answer == facts);
    scheduler->worker.nopreempt--;
    self->answer = NULL;
    blob_release(scheduler, facts);
    return shown;
}
