/* What the signals that are no messages do.
 *
 *  1. A signal is handled by its receiver: on its own stack when it receives or asks, or
 *     on its scheduler's before it runs on. So nothing here needs a lock.
 *  2. A process that has ended answers from its queue's remains (control_refuse): to a
 *     link or a monitor with "noproc".
 *  3. A signal from the other end of a link or a monitor counts only while the relation
 *     is there, so nothing comes after unlink and demonitor have returned.
 *  4. A link has two ends, and signals that remove and make it may cross. So an unlinked
 *     end stays until the other has acknowledged; meanwhile it takes no link and no exit.
 *     (Erlang distribution protocol, "Link Protocol".)
 */
#include "info.h"
#include "internal.h"
#include "native.h"

#include <string.h>

struct control *control_new(struct scheduler *scheduler)
{
    struct control *control = core_pool_take(&scheduler->pool, sizeof *control);
    if (control == NULL)
        return NULL;
    control->signal.kind = SIGNAL_ANSWER;
    control->reason = control->name = NULL;
    control->answer = NULL;
    control->signal.wait = 0;
    control->key = 0;
    return control;
}

struct control *question_new(struct scheduler *scheduler)
{
    struct control *control = control_new(scheduler), *answer = control_new(scheduler);
    if (control != NULL && answer != NULL) {
        control->answer = answer;
        return control;
    }
    if (control != NULL)
        control_free(scheduler, control);
    if (answer != NULL)
        control_free(scheduler, answer);
    return NULL;
}

void control_free(struct scheduler *scheduler, struct control *control)
{
    if (control->answer != NULL)
        control_free(scheduler, control->answer);
    blob_release(scheduler, control->reason);
    blob_release(scheduler, control->name);
    core_pool_give(&scheduler->pool, control, sizeof *control);
}

void control_send(struct scheduler *scheduler, struct control *control,
                  enum signal_kind kind, actor_pid from, actor_pid to)
{
    struct process *process = table_find(scheduler->runtime, to);
    assert(process != NULL && kind > SIGNAL_BINARY);
    assert(from != 0 || kind == SIGNAL_DOWN);
    control->signal.to = to;
    control->signal.kind = (uint16_t)kind;
    control->signal.flags = 0;
    control->signal.message.from = from;
    signal_push(scheduler, process, &control->signal);
}

static struct control *take_answer(struct control *control)
{
    struct control *answer = control->answer;
    assert(answer != NULL);
    assert(answer->answer == NULL && answer->reason == NULL);
    control->answer = NULL;
    return answer;
}

void control_refuse(struct scheduler *scheduler, struct control *control)
{
    actor_pid from = control->signal.message.from, gone = control->signal.to;
    struct control *answer;
    /* acquire: pairs with the release in actors_halt; nobody waits for answers then */
    if (core_load_acquire(&scheduler->runtime->stopping))
        return;
    switch ((enum signal_kind)control->signal.kind) {
    case SIGNAL_LINK:
        answer = take_answer(control);
        answer->reason = &blob_noproc;
        control_send(scheduler, answer, SIGNAL_LINK_EXIT, gone, from);
        break;
    case SIGNAL_MONITOR:
        answer = take_answer(control);
        answer->reason = &blob_noproc;
        answer->key = control->key;
        control_send(scheduler, answer, SIGNAL_DOWN, gone, from);
        break;
    case SIGNAL_UNLINK:
        answer = take_answer(control);
        answer->signal.wait = control->signal.wait;
        control_send(scheduler, answer, SIGNAL_UNLINK_ACK, gone, from);
        break;
    case SIGNAL_ASK:
        answer = take_answer(control);
        answer->key = control->key;
        control_send(scheduler, answer, SIGNAL_ANSWER, gone, from);
        break;
    case SIGNAL_TIMER:
        alarm_cancel(scheduler, control->key);
        break;
    case SIGNAL_SOCKET:
        tcp_owner_gone(scheduler, control->key, gone);
        break;
    default: /* nobody waits for it */
        break;
    }
}

void relations_tell(struct scheduler *scheduler, struct relations *relations,
                    actor_pid dead, const struct blob *reason)
{
    struct control *record;
    uint32_t emptied = 0;
    while ((record = relation_shift(scheduler, relations, &emptied)) != NULL) {
        if ((record->relation == RELATION_LINK && record->unlinking != 0) ||
            record->other == 0) {            /* a monitor of a name that nobody has */
            control_free(scheduler, record); /* the other end has been told, or is none */
            continue;
        }
        if (record->relation == RELATION_TIMER) {
            alarm_cancel(scheduler, record->key);
            control_free(scheduler, record);
            continue;
        }
        if (record->relation == RELATION_SOCKET) {
            tcp_owner_gone(scheduler, record->key, dead);
            control_free(scheduler, record);
            continue;
        }
        if (record->relation == RELATION_SUSPENDS) {
            assert(record->count > 0);
            record->signal.wait = record->count;
        }
        static const enum signal_kind kinds[] = {
            [RELATION_LINK] = SIGNAL_LINK_EXIT,
            [RELATION_MONITOR] = SIGNAL_DEMONITOR,
            [RELATION_MONITORED] = SIGNAL_DOWN,
            [RELATION_SUSPENDS] = SIGNAL_RESUME,
        };
        if (record->relation == RELATION_LINK || record->relation == RELATION_MONITORED)
            record->reason = blob_share(reason);
        control_send(scheduler, record, kinds[record->relation], dead, record->other);
    }
}

/* --- handling ------------------------------------------------------------------ */

static enum verdict die(struct process *process, const struct blob *reason)
{
    blob_release(scheduler_self(), process->reason);
    process->reason = blob_share(reason);
    process->by_signal = true;
    return VERDICT_END;
}

static enum verdict deliver_exit(struct control *control)
{
    struct actor_message *message = &control->signal.message;
    assert(control->reason != NULL);
    message->kind = ACTOR_EXIT;
    message->size = (uint32_t)control->reason->size;
    message->data = control->reason->data;
    return VERDICT_DELIVER;
}

/* exit/2 (RM, "Receiving Exit Signals"). */
static enum verdict handle_exit(struct process *process, struct control *control)
{
    /* relaxed: our own pid */
    bool own = control->signal.message.from == core_load_relaxed(&process->pid);
    if (control->reason == &blob_kill)
        return die(process, &blob_killed);
    if (process->traps_exits)
        return deliver_exit(control);
    if (control->reason == &blob_normal && !own)
        return VERDICT_DONE;
    return die(process, control->reason);
}

static void forget(struct scheduler *scheduler, struct process *process,
                   struct control *record)
{
    relation_remove(&process->relations, record);
    control_free(scheduler, record);
}

static enum verdict handle_link_exit(struct scheduler *scheduler, struct process *process,
                                     struct control *control)
{
    struct control *link =
        relation_find(&process->relations, RELATION_LINK, control->signal.message.from);
    if (link == NULL)
        return VERDICT_DONE;
    bool removed = link->unlinking != 0;
    forget(scheduler, process, link); /* no acknowledgement can come any more */
    if (removed)
        return VERDICT_DONE;
    if (process->traps_exits)
        return deliver_exit(control);
    return control->reason == &blob_normal ? VERDICT_DONE : die(process, control->reason);
}

static void handle_link(struct scheduler *scheduler, struct process *process,
                        struct control *control)
{
    actor_pid from = control->signal.message.from;
    if (relation_find(&process->relations, RELATION_LINK, from) == NULL)
        relation_add(scheduler, &process->relations, take_answer(control), RELATION_LINK,
                     from, from);
}

static void handle_unlink(struct scheduler *scheduler, struct process *process,
                          struct control *control)
{
    actor_pid from = control->signal.message.from, self = control->signal.to;
    struct control *link = relation_find(&process->relations, RELATION_LINK, from);
    struct control *answer = take_answer(control);
    if (link != NULL && link->unlinking == 0)
        forget(scheduler, process, link);
    answer->signal.wait = control->signal.wait;
    control_send(scheduler, answer, SIGNAL_UNLINK_ACK, self, from);
}

static void handle_unlink_ack(struct scheduler *scheduler, struct process *process,
                              struct control *control)
{
    struct control *link =
        relation_find(&process->relations, RELATION_LINK, control->signal.message.from);
    assert(control->signal.wait != 0 && "0 means: not unlinking");
    if (link != NULL && link->unlinking == control->signal.wait)
        forget(scheduler, process, link);
}

static enum verdict handle_down(struct scheduler *scheduler, struct process *process,
                                struct control *control)
{
    uint64_t ref = control->key;
    struct control *monitor = relation_find(&process->relations, RELATION_MONITOR, ref);
    if (monitor == NULL)
        return VERDICT_DONE;
    assert(control->reason != NULL && control->name == NULL);
    control->name = monitor->name;
    monitor->name = NULL;
    forget(scheduler, process, monitor);
    const struct blob *name = control->name;
    struct actor_message *message = &control->signal.message;
    control->down = (struct actor_down){
        .monitor = ref,
        .pid = message->from,
        .name = name == NULL ? NULL : name->data,
        .reason = {control->reason->data, control->reason->size},
    };
    message->kind = ACTOR_DOWN;
    message->size = sizeof control->down;
    message->data = &control->down;
    return VERDICT_DELIVER;
}

/* Fills the room that the question brought along. */
static void handle_ask(struct scheduler *scheduler, struct process *process,
                       struct control *control)
{
    struct control *answer = take_answer(control);
    bool own = control->signal.message.from == control->signal.to;
    info_fill(scheduler, process, (struct blob *)(uintptr_t)control->reason,
              (enum question)control->signal.wait, own);
    answer->reason = control->reason;
    control->reason = NULL;
    answer->key = control->key;
    control_send(scheduler, answer, SIGNAL_ANSWER, control->signal.to,
                 control->signal.message.from);
}

static void handle_answer(struct process *process, struct control *control)
{
    assert((control->key & 1) != 0 && "an even count means: nothing is asked");
    if (process->asked != control->key)
        return;
    process->asked++;
    assert(process->answer == NULL);
    process->answer = control->reason;
    control->reason = NULL;
}

enum verdict control_handle(struct scheduler *scheduler, struct process *process,
                            struct control *control)
{
    assert(process->state == PROCESS_RUNNING && pid_now(process) == control->signal.to);
    switch ((enum signal_kind)control->signal.kind) {
    case SIGNAL_EXIT:
        return handle_exit(process, control);
    case SIGNAL_LINK_EXIT:
        return handle_link_exit(scheduler, process, control);
    case SIGNAL_LINK:
        handle_link(scheduler, process, control);
        break;
    case SIGNAL_UNLINK:
        handle_unlink(scheduler, process, control);
        break;
    case SIGNAL_UNLINK_ACK:
        handle_unlink_ack(scheduler, process, control);
        break;
    case SIGNAL_MONITOR:
        relation_add(scheduler, &process->relations, take_answer(control),
                     RELATION_MONITORED, control->key, control->signal.message.from);
        break;
    case SIGNAL_DEMONITOR:
        relation_end(scheduler, &process->relations, RELATION_MONITORED, control->key);
        break;
    case SIGNAL_DOWN:
        return handle_down(scheduler, process, control);
    case SIGNAL_ASK:
        handle_ask(scheduler, process, control);
        break;
    case SIGNAL_ANSWER:
        handle_answer(process, control);
        break;
    case SIGNAL_TIMER:
        relation_add(scheduler, &process->relations, take_answer(control), RELATION_TIMER,
                     control->key, control->signal.to);
        break;
    case SIGNAL_UNTIMER:
        relation_end(scheduler, &process->relations, RELATION_TIMER, control->key);
        break;
    case SIGNAL_SOCKET:
        relation_add(scheduler, &process->relations, take_answer(control),
                     RELATION_SOCKET, control->key, control->signal.to);
        break;
    case SIGNAL_UNSOCKET:
        relation_end(scheduler, &process->relations, RELATION_SOCKET, control->key);
        break;
    case SIGNAL_SUSPEND:
        core_publish(&process->suspended, process->suspended + 1);
        core_add_relaxed(&process->controls, 1); /* keeps it from running */
        break;
    case SIGNAL_RESUME:
        assert(process->suspended >= control->signal.wait);
        assert(control->signal.wait > 0);
        core_publish(&process->suspended, process->suspended - control->signal.wait);
        core_sub_relaxed(&process->controls, control->signal.wait); /* as above */
        break;
    case SIGNAL_RETURN:
        dirty_returned(scheduler, process);
        break;
    case SIGNAL_MESSAGE:
    case SIGNAL_TIMEOUT:
    case SIGNAL_READY:
    case SIGNAL_ALARM:
    case SIGNAL_BINARY:
        assert(false && "no control");
    }
    return VERDICT_DONE;
}
