/* The supervisor: a server whose state is its children. */
#include "requests.h"
#include "supervision.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* --- starting a child --------------------------------------------------------------- */

struct starting {
    const struct child *child;
    struct actor_reason *why;
    actor_pid pid;
    int error;
};

static int start_body(const struct child *child, actor_pid *pid)
{
    const struct actor_options options = {.link = true};
    return actor_spawn_with(&options, child->spec->body,
                            child->size > 0 ? child->argument : NULL, child->size, pid);
}

static int start_server(const struct starting *starting, actor_pid *pid)
{
    const struct spec *spec = starting->child->spec;
    const struct actor_start start = {
        .argument = starting->child->argument,
        .size = starting->child->size,
        .name = spec->name_at > 0 ? spec->bytes + spec->name_at : NULL,
        .why = starting->why};
    return actor_server_start_link(spec->server, &start, pid);
}

/* Inside actor_catch: a start function may be anything. */
static void start_it(void *argument)
{
    struct starting *starting = argument;
    const struct child *child = starting->child;
    const struct spec *spec = child->spec;
    const char *name = spec->name_at > 0 ? spec->bytes + spec->name_at : NULL;
    if (spec->body != NULL)
        starting->error = start_body(child, &starting->pid);
    else if (spec->server != NULL)
        starting->error = start_server(starting, &starting->pid);
    else if (spec->start != NULL)
        starting->error = spec->start(child->argument, child->size, &starting->pid);
    else
        starting->error = family_start_link((const struct family *)child->argument, name,
                                            &starting->pid, starting->why);
}

int child_start(struct children *children, struct child *child, struct actor_reason *why)
{
    struct actor_reason unused, caught;
    struct starting starting = {child, why != NULL ? why : &unused, 0, 0};
    *starting.why = (struct actor_reason){NULL, 0};
    assert(child_pid(child) == 0 && "it runs already");
    if (!actor_catch(start_it, &starting, &caught)) {
        *starting.why =
            (struct actor_reason){wire_copy(caught.data, caught.size), caught.size};
        starting.error = -ECANCELED;
    }
    if (why == NULL)
        actor_free((void *)(uintptr_t)unused.data);
    children_rest(children, child);
    if (starting.error == 0 && starting.pid != 0)
        children_run(children, child, starting.pid);
    return starting.error;
}

const char *error_text(int error)
{
    switch (error) {
    case -EEXIST:
        return "already_started";
    case -ETIMEDOUT:
        return "timeout";
    case -ENOMEM:
        return "no_memory";
    case -EAGAIN:
        return "system_limit";
    default:
        return "badarg";
    }
}

/* --- its own start ------------------------------------------------------------------ */

static struct actor_next cannot_start(const struct child *child, int error,
                                      const struct actor_reason *why)
{
    static const char lead[] = "shutdown: failed_to_start_child ";
    const char *id = spec_id(child->spec);
    const char *text = error_text(error);
    const size_t id_size = strlen(id);
    const size_t size = why->size > 0 ? why->size : strlen(text);
    char *reason = wire_alloc(sizeof lead - 1 + id_size + 2 + size + 1), *at = reason;
    at = (char *)memcpy(at, lead, sizeof lead - 1) + sizeof lead - 1;
    at = (char *)memcpy(at, id, id_size) + id_size;
    at = (char *)memcpy(at, ": ", 2) + 2;
    at = (char *)memcpy(at, why->size > 0 ? why->data : text, size) + size;
    return actor_next_stop_with(reason, (size_t)(at - reason));
}

static struct actor_next start_children(struct supervision *supervision)
{
    struct children *children = &supervision->children;
    const struct spec *spec =
        (const struct spec *)(const void *)supervision->family->specs;
    for (size_t i = 0; i < supervision->family->count; i++, spec = spec_next(spec)) {
        struct child *child = children_add(children, spec);
        struct actor_reason why;
        int rc = child_start(children, child, &why);
        if (rc != 0) {
            struct actor_next stop = cannot_start(child, rc, &why);
            stop_all_from(supervision, children->first);
            return stop;
        }
        if (child->key == 0 && spec->restart == ACTOR_TEMPORARY)
            children_remove(children, child); /* it chose to be ignored */
    }
    return actor_next_message();
}

static struct actor_next init(void *state, const void *argument, size_t size)
{
    struct supervision *supervision = state;
    const struct family *family = argument;
    assert(size == family->whole && family->intensity >= 0);
    (void)size;
    actor_trap_exit(true);
    supervision->family = family;
    supervision->restarts_ns =
        wire_alloc((size_t)family->intensity * sizeof *supervision->restarts_ns);
    if (family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE)
        return actor_next_message();
    return start_children(supervision);
}

static void terminate(void *state, const struct actor_reason *reason)
{
    struct supervision *supervision = state;
    (void)reason;
    if (supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE)
        stop_all_at_once(supervision);
    else
        stop_all_from(supervision, supervision->children.first);
}

/* --- requests ----------------------------------------------------------------------- */

static void answer(struct actor_from from, int error, actor_pid pid,
                   const struct actor_reason *why)
{
    const size_t size = why == NULL ? 0 : why->size;
    char *body = wire_alloc(sizeof(struct outcome) + size);
    const struct outcome outcome = {error, pid};
    memcpy(body, &outcome, sizeof outcome);
    if (size > 0)
        memcpy(body + sizeof outcome, why->data, size);
    actor_reply(from, body, sizeof outcome + size);
    actor_free(body);
}

/* Starts a child that was just added, which goes again if that fails. */
static void start_added(struct supervision *supervision, struct child *child,
                        struct actor_from from)
{
    struct actor_reason why;
    int rc = child_start(&supervision->children, child, &why);
    answer(from, rc, child_pid(child), &why);
    actor_free((void *)(uintptr_t)why.data);
    const bool simple = supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE;
    if (rc != 0 ||
        (child->key == 0 && (simple || child->spec->restart == ACTOR_TEMPORARY)))
        children_remove(&supervision->children, child);
}

static void add_child(struct supervision *supervision, const struct actor_answer *body,
                      struct actor_from from)
{
    struct spec *spec = wire_copy(body->data, body->size); /* aligned, and kept */
    struct child *known = children_named(&supervision->children, spec_id(spec));
    assert(spec->whole == body->size);
    if (spec->significant && supervision->family->auto_shutdown == ACTOR_NEVER) {
        const struct actor_reason why = {"bad_significant", sizeof "bad_significant" - 1};
        answer(from, -EINVAL, 0, &why);
        actor_free(spec);
        return;
    }
    if (known == NULL) {
        struct child *child = children_add(&supervision->children, spec);
        child->owns_spec = true;
        start_added(supervision, child, from);
        return;
    }
    actor_free(spec);
    answer(from, child_pid(known) != 0 ? -EEXIST : -EALREADY, child_pid(known), NULL);
}

static void add_another(struct supervision *supervision, const struct actor_answer *body,
                        struct actor_from from)
{
    const struct spec *kind =
        (const struct spec *)(const void *)supervision->family->specs;
    struct child *child = children_add(&supervision->children, kind);
    if (body->size > 0) {
        char *argument = wire_alloc(kind->size + body->size + 1);
        memcpy(argument, kind->bytes, kind->size);
        memcpy(argument + kind->size, body->data, body->size);
        child->argument = argument;
        child->size = kind->size + body->size;
    }
    start_added(supervision, child, from);
}

static int terminate_child(struct supervision *supervision, struct child *child)
{
    if (child == NULL)
        return -ENOENT;
    child_stop(&supervision->children, child);
    if (child->spec->restart == ACTOR_TEMPORARY ||
        supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE)
        children_remove(&supervision->children, child);
    return 0;
}

/* Whether a child may be started or forgotten by request. */
static int at_rest(const struct child *child)
{
    if (child == NULL)
        return -ENOENT;
    if (child->restarting)
        return -EAGAIN;
    return child->key != 0 ? -EBUSY : 0;
}

static void restart_child(struct supervision *supervision, struct child *child,
                          struct actor_from from)
{
    struct actor_reason why = {NULL, 0};
    int rc = at_rest(child);
    if (rc == 0)
        rc = child_start(&supervision->children, child, &why);
    answer(from, rc, child == NULL ? 0 : child_pid(child), &why);
    actor_free((void *)(uintptr_t)why.data);
}

static int delete_child(struct supervision *supervision, struct child *child)
{
    int rc = at_rest(child);
    if (rc == 0)
        children_remove(&supervision->children, child);
    return rc;
}

static void list_children(const struct supervision *supervision, struct actor_from from)
{
    const struct children *children = &supervision->children;
    size_t bytes = children->count * sizeof(struct child_record), i = 0;
    size_t text_at = bytes;
    for (const struct child *at = children->first; at != NULL; at = at->next)
        bytes += strlen(spec_id(at->spec)) + 1;
    char *answer = wire_alloc(bytes);
    struct child_record *records = (struct child_record *)(void *)answer;
    for (const struct child *at = children->first; at != NULL; at = at->next, i++) {
        const size_t size = strlen(spec_id(at->spec)) + 1;
        records[i] = (struct child_record){child_pid(at), text_at, at->restarting,
                                           at->spec->is_supervisor};
        memcpy(answer + text_at, spec_id(at->spec), size);
        text_at += size;
    }
    assert(i == children->count && text_at == bytes);
    actor_reply(from, answer, bytes);
    actor_free(answer);
}

static void count_children(const struct supervision *supervision, struct actor_from from)
{
    const struct children *children = &supervision->children;
    struct actor_child_count count = {.specs = children->count};
    for (const struct child *at = children->first; at != NULL; at = at->next) {
        count.active += child_pid(at) != 0;
        count.supervisors += at->spec->is_supervisor;
        count.workers += !at->spec->is_supervisor;
    }
    if (supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE)
        count.specs = 1;
    actor_reply(from, &count, sizeof count);
}

static void of_any(struct supervision *supervision, const struct request *request,
                   struct actor_from from)
{
    if (request->what == REQUEST_WHICH)
        list_children(supervision, from);
    else
        count_children(supervision, from);
}

static void of_simple(struct supervision *supervision, const struct request *request,
                      const struct actor_answer *body, struct actor_from from)
{
    struct child *child = children_find(&supervision->children, request->pid, false);
    if (request->what == REQUEST_ANOTHER)
        add_another(supervision, body, from);
    else if (request->what == REQUEST_TERMINATE_PID)
        answer(from,
               child == NULL && !actor_is_alive(request->pid)
                   ? 0
                   : terminate_child(supervision, child),
               0, NULL);
    else
        answer(from, -ENOTSUP, 0, NULL);
}

static void of_named(struct supervision *supervision, const struct request *request,
                     const struct actor_answer *body, struct actor_from from)
{
    switch ((enum request_what)request->what) {
    case REQUEST_START:
        add_child(supervision, body, from);
        return;
    case REQUEST_TERMINATE:
    case REQUEST_RESTART:
    case REQUEST_DELETE:
        break;
    default:
        answer(from, -ENOTSUP, 0, NULL);
        return;
    }
    struct child *child = children_named(&supervision->children, body->data);
    if (request->what == REQUEST_RESTART)
        restart_child(supervision, child, from);
    else if (request->what == REQUEST_DELETE)
        answer(from, delete_child(supervision, child), 0, NULL);
    else
        answer(from, terminate_child(supervision, child), 0, NULL);
}

static struct actor_next handle_call(void *state, struct actor_from from,
                                     const void *data, size_t size)
{
    struct supervision *supervision = state;
    const struct request *request = data;
    actor_check(size >= sizeof *request); /* somebody's, not of supervisor.h */
    const struct actor_answer body = {request + 1, size - sizeof *request};
    if (request->what == REQUEST_WHICH || request->what == REQUEST_COUNT)
        of_any(supervision, request, from);
    else if (supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE)
        of_simple(supervision, request, &body, from);
    else
        of_named(supervision, request, &body, from);
    return actor_next_message();
}

/* --- what happens ------------------------------------------------------------------- */

static struct actor_next on(bool goes_on)
{
    return goes_on ? actor_next_message() : actor_next_stop("shutdown");
}

static struct actor_next handle_cast(void *state, const void *data, size_t size)
{
    actor_check(size == sizeof(uint64_t));
    return on(retry_restart(state, *(const uint64_t *)data));
}

static struct actor_next handle_info(void *state, const struct actor_message *message)
{
    struct supervision *supervision = state;
    const struct actor_reason reason = {message->data, message->size};
    if (message->kind != ACTOR_EXIT)
        return actor_next_message();
    struct child *child = children_find(&supervision->children, message->from, false);
    return on(child == NULL || child_ended(supervision, child, &reason));
}

const struct actor_server supervisor_server = {
    .state_bytes = sizeof(struct supervision),
    .init = init,
    .handle_call = handle_call,
    .handle_cast = handle_cast,
    .handle_info = handle_info,
    .terminate = terminate,
};
