/* Supervisors seen from outside. */
#include "requests.h"
#include "wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void explain(struct actor_reason *why, const void *data, size_t size)
{
    if (why != NULL)
        *why = (struct actor_reason){wire_copy(data, size), size};
}

int family_start_link(const struct family *family, const char *name, actor_pid *pid,
                      struct actor_reason *why)
{
    const struct actor_start start = {
        .argument = family, .size = family->whole, .name = name, .why = why};
    return actor_server_start_link(&supervisor_server, &start, pid);
}

int actor_supervisor_start_link(const struct actor_supervisor *supervisor, actor_pid *pid,
                                struct actor_reason *why)
{
    const char *objection = family_objection(supervisor);
    *pid = 0;
    if (objection != NULL) {
        explain(why, objection, strlen(objection));
        return -EINVAL;
    }
    struct family *family = family_new(supervisor);
    if (family == NULL)
        return -ENOMEM;
    int rc = family_start_link(family, supervisor->name, pid, why);
    actor_free(family);
    return rc;
}

/* Asks for ever, as supervisor's own calls do. */
static struct actor_answer ask(actor_pid supervisor, struct request request,
                               const void *data, size_t size)
{
    char *body = wire_alloc(sizeof request + size);
    memcpy(body, &request, sizeof request);
    if (size > 0)
        memcpy(body + sizeof request, data, size);
    struct actor_answer answer =
        actor_server_call_within(supervisor, body, sizeof request + size, ACTOR_FOREVER);
    actor_free(body);
    return answer;
}

static int ask_outcome(actor_pid supervisor, struct request request,
                       const struct actor_answer *body, actor_pid *pid,
                       struct actor_reason *why)
{
    struct actor_answer answer = ask(supervisor, request, body->data, body->size);
    const struct outcome outcome = *(const struct outcome *)answer.data;
    assert(answer.size >= sizeof outcome);
    if (pid != NULL)
        *pid = outcome.pid;
    explain(why, (const char *)answer.data + sizeof outcome,
            answer.size - sizeof outcome);
    return (int)outcome.error;
}

int actor_supervisor_start_child(actor_pid supervisor, const struct actor_child *child,
                                 actor_pid *pid, struct actor_reason *why)
{
    const char *objection = spec_objection(child, ACTOR_ANY_SIGNIFICANT);
    if (pid != NULL)
        *pid = 0;
    if (objection != NULL) {
        explain(why, objection, strlen(objection));
        return -EINVAL;
    }
    struct spec *spec = spec_new(child);
    if (spec == NULL)
        return -ENOMEM;
    const struct actor_answer body = {spec, spec->whole};
    int rc =
        ask_outcome(supervisor, (struct request){.what = REQUEST_START}, &body, pid, why);
    actor_free(spec);
    return rc;
}

int actor_supervisor_start_another(actor_pid supervisor, const void *argument,
                                   size_t size, actor_pid *pid, struct actor_reason *why)
{
    const struct actor_answer body = {argument, size};
    return ask_outcome(supervisor, (struct request){.what = REQUEST_ANOTHER}, &body, pid,
                       why);
}

static int ask_about(actor_pid supervisor, enum request_what what, const char *id,
                     actor_pid *pid)
{
    const struct actor_answer body = {id, strlen(id) + 1};
    return ask_outcome(supervisor, (struct request){.what = what}, &body, pid, NULL);
}

int actor_supervisor_terminate_child(actor_pid supervisor, const char *id)
{
    return ask_about(supervisor, REQUEST_TERMINATE, id, NULL);
}

int actor_supervisor_restart_child(actor_pid supervisor, const char *id, actor_pid *pid)
{
    return ask_about(supervisor, REQUEST_RESTART, id, pid);
}

int actor_supervisor_delete_child(actor_pid supervisor, const char *id)
{
    return ask_about(supervisor, REQUEST_DELETE, id, NULL);
}

int actor_supervisor_terminate_pid(actor_pid supervisor, actor_pid child)
{
    const struct request request = {REQUEST_TERMINATE_PID, child};
    return ask_outcome(supervisor, request, &(struct actor_answer){NULL, 0}, NULL, NULL);
}

struct actor_child_info *actor_supervisor_which_children(actor_pid supervisor,
                                                         size_t *count)
{
    struct actor_answer answer =
        ask(supervisor, (struct request){.what = REQUEST_WHICH}, NULL, 0);
    const struct child_record *records = answer.data;
    *count = answer.size > 0 ? records->id_at / sizeof *records : 0;
    char *block = wire_copy(answer.data, answer.size);
    struct actor_child_info *infos = (struct actor_child_info *)(void *)block;
    static_assert(sizeof *infos == sizeof *records, "they take each other's place");
    for (size_t i = 0; i < *count; i++) {
        const struct child_record record = records[i];
        assert(record.id_at < answer.size);
        infos[i] = (struct actor_child_info){block + record.id_at, record.pid,
                                             record.restarting, record.is_supervisor};
    }
    return infos;
}

struct actor_child_count actor_supervisor_count_children(actor_pid supervisor)
{
    struct actor_answer answer =
        ask(supervisor, (struct request){.what = REQUEST_COUNT}, NULL, 0);
    assert(answer.size == sizeof(struct actor_child_count));
    return *(const struct actor_child_count *)answer.data;
}
