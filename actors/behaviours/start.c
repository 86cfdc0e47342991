/* Servers seen from outside: starting, stopping, asking. */
#include "seed.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* --- starting ----------------------------------------------------------------------- */

static struct server_seed *new_seed(const struct actor_server *server,
                                    const struct actor_start *start, size_t *bytes)
{
    const size_t name_bytes = start->name == NULL ? 0 : strlen(start->name) + 1;
    const size_t at = (start->size + 16) / 16 * 16;
    *bytes = sizeof(struct server_seed) + at + name_bytes;
    struct server_seed *seed = actor_alloc(*bytes);
    if (seed == NULL)
        return NULL;
    *seed = (struct server_seed){.callbacks = server,
                                 .starter = actor_self(),
                                 .size = start->size,
                                 .name_at = name_bytes > 0 ? at : 0};
    if (start->size > 0)
        memcpy(seed->bytes, start->argument, start->size);
    if (name_bytes > 0)
        memcpy(seed->bytes + at, start->name, name_bytes);
    return seed;
}

static bool is_down(const struct actor_message *message, void *context)
{
    return message->kind == ACTOR_DOWN &&
           ((const struct actor_down *)message->data)->monitor ==
               *(const actor_ref *)context;
}

/* Waits for the end, so that nothing of what failed to start is left, its name neither.
 */
static void await_end(actor_ref monitor)
{
    actor_receive_match(is_down, &monitor, ACTOR_FOREVER);
}

static void explain(const struct actor_start *start, const void *data, size_t size)
{
    if (start->why != NULL)
        *start->why = (struct actor_reason){wire_copy(data, size), size};
}

static int too_late(actor_pid child, actor_ref monitor)
{
    actor_unlink(child);
    actor_exit_signal(child, "kill");
    await_end(monitor);
    return -ETIMEDOUT;
}

/* The child's own word on how its start went. */
static int outcome(const struct actor_start *start, const struct actor_answer *answer,
                   actor_pid child, actor_pid *pid)
{
    const struct server_started *started = answer->data;
    const int error = started->error;
    actor_ref monitor;
    assert(answer->size >= sizeof *started && error <= 0);
    *pid = started->pid;
    if (error != 0)
        explain(start, started + 1, answer->size - sizeof *started);
    if (*pid != child && actor_monitor(child, &monitor) == 0)
        await_end(monitor);
    return error;
}

static int await_start(const struct actor_start *start, actor_pid child, uint64_t tag,
                       actor_ref monitor, actor_pid *pid)
{
    const int64_t timeout_ns = start->timeout_ns == 0 ? ACTOR_FOREVER : start->timeout_ns;
    const struct wire_await await = {WIRE_STARTED, tag, monitor};
    struct actor_answer answer;
    int rc = wire_await(&await, timeout_ns, &answer);
    if (rc == -ETIMEDOUT)
        return too_late(child, monitor);
    if (rc == -ESRCH) {
        explain(start, answer.data, answer.size);
        return -ECANCELED;
    }
    return outcome(start, &answer, child, pid);
}

static int start_server(const struct actor_server *server,
                        const struct actor_start *start, bool link, actor_pid *pid)
{
    static const struct actor_start plain = {.size = 0};
    size_t bytes;
    actor_ref monitor;
    actor_pid child;
    if (start == NULL)
        start = &plain;
    *pid = 0;
    if (start->why != NULL)
        *start->why = (struct actor_reason){NULL, 0};
    struct server_seed *seed = new_seed(server, start, &bytes);
    if (seed == NULL)
        return -ENOMEM;
    struct actor_options options = start->options;
    options.link = seed->linked = link;
    options.monitor = &monitor;
    const uint64_t tag = seed->tag = actor_mark();
    int rc = actor_spawn_with(&options, server_main, seed, bytes, &child);
    actor_free(seed);
    return rc != 0 ? rc : await_start(start, child, tag, monitor, pid);
}

int actor_server_start(const struct actor_server *server, const struct actor_start *start,
                       actor_pid *pid)
{
    return start_server(server, start, false, pid);
}

int actor_server_start_link(const struct actor_server *server,
                            const struct actor_start *start, actor_pid *pid)
{
    return start_server(server, start, true, pid);
}

/* --- asking ------------------------------------------------------------------------- */

void actor_reply(struct actor_from from, const void *data, size_t size)
{
    actor_check(size < UINT32_MAX - sizeof(struct wire));
    const int rc =
        from.pid == 0 ? 0 : wire_send(from.pid, WIRE_ANSWER, from.tag, data, size);
    if (rc == -ENOMEM) /* its end is what the caller will hear then */
        actor_exit("no_memory");
}

/* Makes a request and waits for what it brings. */
static int request(actor_pid server, uint64_t what, const struct actor_answer *body,
                   int64_t timeout_ns, struct actor_answer *answer)
{
    struct wire_await await = {.what = WIRE_ANSWER};
    if (server == actor_self())
        return -EDEADLK;
    await.tag = actor_mark(); /* before the monitor, whose end may come at once */
    int rc = actor_monitor(server, &await.monitor);
    if (rc == -EINVAL) {
        *answer = (struct actor_answer){"noproc", sizeof "noproc" - 1};
        return -ESRCH;
    }
    if (rc == 0)
        rc = wire_send(server, what, await.tag, body->data, body->size);
    if (rc == 0)
        rc = wire_await(&await, timeout_ns, answer);
    if (rc != 0 && rc != -ESRCH)
        actor_demonitor(await.monitor, true);
    return rc;
}

int actor_server_try_call(actor_pid server, const void *data, size_t size,
                          int64_t timeout_ns, struct actor_answer *answer)
{
    const struct actor_answer body = {data, size};
    *answer = (struct actor_answer){NULL, 0};
    return request(server, WIRE_CALL, &body, timeout_ns, answer);
}

/* Ends the caller for what went wrong. */
_Noreturn static void fail(int error, const struct actor_answer *reason)
{
    assert(error < 0);
    switch (error) {
    case -ESRCH:
        actor_exit_with(reason->data, reason->size);
    case -ETIMEDOUT:
        actor_exit("timeout");
    case -EDEADLK:
        actor_exit("calling_self");
    case -ENOMEM:
        actor_exit("no_memory");
    default:
        actor_exit("badarg");
    }
}

struct actor_answer actor_server_call_within(actor_pid server, const void *data,
                                             size_t size, int64_t timeout_ns)
{
    struct actor_answer answer;
    int rc = actor_server_try_call(server, data, size, timeout_ns, &answer);
    if (rc != 0)
        fail(rc, &answer);
    return answer;
}

struct actor_answer actor_server_call(actor_pid server, const void *data, size_t size)
{
    return actor_server_call_within(server, data, size, ACTOR_CALL_TIMEOUT_NS);
}

int actor_server_cast(actor_pid server, const void *data, size_t size)
{
    int rc = wire_send(server, WIRE_CAST, 0, data, size);
    /* a pid that never was: nobody hears it */
    return rc == -EINVAL && size < UINT32_MAX - sizeof(struct wire) ? 0 : rc;
}

void actor_server_stop(actor_pid server, const char *reason, int64_t timeout_ns)
{
    const struct actor_answer body = {reason, strlen(reason)};
    struct actor_answer answer;
    int rc = request(server, WIRE_STOP, &body, timeout_ns, &answer);
    assert(rc != 0 && "a stop has no answer but the end");
    const struct actor_reason ended = {answer.data, answer.size};
    if (rc != -ESRCH || !actor_reason_is(&ended, reason))
        fail(rc, &answer);
}

bool actor_answer_is_late(const struct actor_message *message)
{
    struct actor_answer body;
    const uint64_t what = wire_what(message, &body);
    return what == WIRE_ANSWER || what == WIRE_STARTED;
}
