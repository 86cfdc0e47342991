/* Links, monitors, exit signals and questions: the sender's side. */
#include "info.h"
#include "internal.h"

#include <errno.h>
#include <string.h>

static actor_pid pid_of(const struct process *process)
{
    return core_load_relaxed(&process->pid); /* the caller's own */
}

static void free_two(struct scheduler *scheduler, struct control *one,
                     struct control *two)
{
    if (one != NULL)
        control_free(scheduler, one);
    if (two != NULL)
        control_free(scheduler, two);
}

static_assert(ACTORS_MAX_SCHEDULERS <= 1 << 10, "a reference names its scheduler");

actor_ref ref_new(struct scheduler *scheduler)
{
    assert(scheduler == scheduler_self() && "references are their scheduler's to give");
    return ++scheduler->refs << 10 | scheduler->worker.index;
}

actor_ref actor_make_ref(void)
{
    return ref_new(scheduler_enter(1));
}

/* --- exit signals -------------------------------------------------------------- */

int actor_exit_signal_with(actor_pid to, const void *data, size_t size)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct process *self = scheduler->current;
    if (table_find(scheduler->runtime, to) == NULL || size >= UINT32_MAX ||
        (data == NULL && size > 0))
        return -EINVAL;
    struct control *control = control_new(scheduler);
    const struct blob *reason = blob_new(scheduler, data, size);
    if (control == NULL || reason == NULL) {
        free_two(scheduler, control, NULL);
        blob_release(scheduler, reason);
        return -ENOMEM;
    }
    control->reason = reason;
    control_send(scheduler, control, SIGNAL_EXIT, pid_of(self), to);
    if (to == pid_of(self))
        mailbox_collect(self);
    return 0;
}

int actor_exit_signal(actor_pid to, const char *reason)
{
    return actor_exit_signal_with(to, reason, reason == NULL ? 1 : strlen(reason));
}

bool actor_trap_exit(bool on)
{
    struct process *self = scheduler_enter_handled(1)->current;
    bool was = self->traps_exits;
    self->traps_exits = on;
    return was;
}

/* --- links --------------------------------------------------------------------- */

int actor_link(actor_pid to)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct process *self = scheduler->current;
    if (table_find(scheduler->runtime, to) == NULL)
        return -EINVAL;
    struct control *link = relation_find(&self->relations, RELATION_LINK, to);
    if (to == pid_of(self) || (link != NULL && link->unlinking == 0))
        return 0;
    struct control *request = question_new(scheduler);
    struct control *made = link == NULL ? control_new(scheduler) : NULL;
    if (request == NULL || (link == NULL && made == NULL)) {
        free_two(scheduler, request, made);
        return -ENOMEM;
    }
    if (link != NULL)
        link->unlinking = 0;
    else
        relation_add(scheduler, &self->relations, made, RELATION_LINK, to, to);
    control_send(scheduler, request, SIGNAL_LINK, pid_of(self), to);
    return 0;
}

int actor_unlink(actor_pid from)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct process *self = scheduler->current;
    if (table_find(scheduler->runtime, from) == NULL)
        return -EINVAL;
    struct control *link = relation_find(&self->relations, RELATION_LINK, from);
    if (link == NULL || link->unlinking != 0)
        return 0;
    struct control *request = question_new(scheduler);
    if (request == NULL)
        return -ENOMEM;
    if (++self->unlinks == 0) /* 0 means: not unlinking */
        self->unlinks = 1;
    link->unlinking = request->signal.wait = self->unlinks;
    control_send(scheduler, request, SIGNAL_UNLINK, pid_of(self), from);
    return 0;
}

/* --- monitors ------------------------------------------------------------------ */

/* A monitor by name that nobody has: as if that process had just ended. */
static void tell_noproc(struct scheduler *scheduler, struct control *made,
                        struct control *request, actor_pid self)
{
    assert(made->other == 0 && request->answer != NULL);
    struct control *answer = request->answer;
    request->answer = NULL;
    answer->reason = &blob_noproc;
    answer->key = made->key;
    control_free(scheduler, request);
    control_send(scheduler, answer, SIGNAL_DOWN, 0, self);
}

static int monitor_new(struct scheduler *scheduler, actor_pid pid,
                       const struct blob *name, actor_ref *monitor)
{
    struct process *self = scheduler->current;
    assert(pid != pid_of(self) && "nobody monitors itself");
    struct control *made = control_new(scheduler), *request = question_new(scheduler);
    if (made == NULL || request == NULL) {
        free_two(scheduler, made, request);
        return -ENOMEM;
    }
    *monitor = request->key = ref_new(scheduler);
    made->name = name;
    relation_add(scheduler, &self->relations, made, RELATION_MONITOR, *monitor, pid);
    if (pid == 0)
        tell_noproc(scheduler, made, request, pid_of(self));
    else
        control_send(scheduler, request, SIGNAL_MONITOR, pid_of(self), pid);
    return 0;
}

int actor_monitor(actor_pid pid, actor_ref *monitor)
{
    struct scheduler *scheduler = scheduler_try(1);
    *monitor = 0;
    if (scheduler == NULL)
        return -EPERM;
    if (table_find(scheduler->runtime, pid) == NULL)
        return -EINVAL;
    if (pid == pid_of(scheduler->current)) {
        *monitor = ref_new(scheduler);
        return 0;
    }
    return monitor_new(scheduler, pid, NULL, monitor);
}

int actor_monitor_name(const char *text, actor_ref *monitor)
{
    struct scheduler *scheduler = scheduler_try(1);
    *monitor = 0;
    if (scheduler == NULL)
        return -EPERM;
    if (text == NULL)
        return -EINVAL;
    actor_pid pid = actor_whereis(text);
    if (pid == actor_self())
        return actor_monitor(pid, monitor);
    scheduler = scheduler_self();
    const struct blob *name = blob_new(scheduler, text, strlen(text));
    int rc = name == NULL ? -ENOMEM : monitor_new(scheduler, pid, name, monitor);
    if (rc != 0)
        blob_release(scheduler, name);
    return rc;
}

bool actor_demonitor(actor_ref monitor, bool flush)
{
    struct scheduler *scheduler = scheduler_enter_handled(1);
    struct process *self = scheduler->current;
    struct control *made = relation_find(&self->relations, RELATION_MONITOR, monitor);
    if (made == NULL) {
        if (flush)
            mailbox_flush(scheduler, self, monitor);
        return false;
    }
    assert(made->other != pid_of(self));
    relation_remove(&self->relations, made);
    if (made->other == 0) { /* of a name that nobody has */
        control_free(scheduler, made);
        return true;
    }
    control_send(scheduler, made, SIGNAL_DEMONITOR, pid_of(self), made->other);
    return true;
}

/* --- a spawn's relations ------------------------------------------------------- */

static bool bind(struct scheduler *scheduler, struct process *parent,
                 struct process *child, enum relation to_child, uint64_t parents_key,
                 enum relation to_parent, uint64_t childs_key)
{
    struct control *ours = control_new(scheduler), *theirs = control_new(scheduler);
    if (ours == NULL || theirs == NULL) {
        free_two(scheduler, ours, theirs);
        return false;
    }
    relation_add(scheduler, &parent->relations, ours, to_child, parents_key,
                 pid_of(child));
    relation_add(scheduler, &child->relations, theirs, to_parent, childs_key,
                 pid_of(parent));
    return true;
}

static void forget_child(struct scheduler *scheduler, struct process *parent,
                         struct process *child)
{
    struct control *link =
        relation_find(&parent->relations, RELATION_LINK, pid_of(child));
    if (link != NULL) {
        relation_remove(&parent->relations, link);
        control_free(scheduler, link);
    }
    uint32_t emptied = 0;
    while ((link = relation_shift(scheduler, &child->relations, &emptied)) != NULL)
        control_free(scheduler, link);
}

int family_make(struct scheduler *scheduler, struct process *child,
                const struct actor_options *options)
{
    struct process *parent = scheduler->current;
    assert(child->state == PROCESS_RUNNABLE && child->stack == NULL);
    assert(child->relations.count == 0 && "a new process knows nobody");
    bool made = true;
    if (options->link)
        made = bind(scheduler, parent, child, RELATION_LINK, pid_of(child), RELATION_LINK,
                    pid_of(parent));
    if (made && options->monitor != NULL) {
        actor_ref ref = ref_new(scheduler);
        made = bind(scheduler, parent, child, RELATION_MONITOR, ref, RELATION_MONITORED,
                    ref);
        *options->monitor = made ? ref : 0;
    }
    if (!made)
        forget_child(scheduler, parent, child);
    return made ? 0 : -ENOMEM;
}

/* --- questions ----------------------------------------------------------------- */

bool actor_is_alive(actor_pid pid)
{
    struct scheduler *scheduler = scheduler_enter_handled(1);
    struct process *process = table_find(scheduler->runtime, pid);
    int error;
    /* acquire: pairs with the release in release_all, so that whoever sees the end also
     * sees what the process did before it */
    if (process == NULL || core_load_acquire(&process->pid) != pid)
        return false;
    /* acquire: what we sent it ourselves counts here; others' is a matter of luck */
    if (process == scheduler->current || core_load_acquire(&process->controls) == 0)
        return true;
    const struct blob *facts = info_ask(pid, QUESTION_LINKS, 0, &error);
    blob_release(scheduler_self(), facts);
    return facts != NULL || error == -ENOMEM;
}

/* --- suspending
 * -------------------------------------------------------------------------- */

int actor_suspend(actor_pid pid)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct process *self = scheduler->current;
    int error;
    if (table_find(scheduler->runtime, pid) == NULL || pid == pid_of(self))
        return -EINVAL;
    struct control *record = relation_find(&self->relations, RELATION_SUSPENDS, pid);
    struct control *made = record == NULL ? control_new(scheduler) : NULL;
    struct control *request = control_new(scheduler);
    if (request == NULL || (record == NULL && made == NULL)) {
        free_two(scheduler, request, made);
        return -ENOMEM;
    }
    if (record == NULL) {
        relation_add(scheduler, &self->relations, made, RELATION_SUSPENDS, pid, pid);
        record = made;
    }
    assert(record->other == pid && record->count < UINT32_MAX);
    record->count++;
    control_send(scheduler, request, SIGNAL_SUSPEND, pid_of(self), pid);
    /* Its answer comes after it has been suspended. */
    const struct blob *facts = info_ask(pid, QUESTION_LINKS, 0, &error);
    blob_release(scheduler_self(), facts);
    if (facts != NULL)
        return 0;
    actor_resume(pid);
    return error;
}

int actor_resume(actor_pid pid)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct process *self = scheduler->current;
    struct control *record = relation_find(&self->relations, RELATION_SUSPENDS, pid);
    if (record == NULL)
        return -EINVAL;
    assert(record->count > 0 && record->other == pid);
    struct control *request = record;
    if (record->count > 1) {
        request = control_new(scheduler);
        if (request == NULL)
            return -ENOMEM;
        record->count--;
    } else {
        relation_remove(&self->relations, record);
    }
    request->signal.wait = 1;
    control_send(scheduler, request, SIGNAL_RESUME, pid_of(self), pid);
    return 0;
}
