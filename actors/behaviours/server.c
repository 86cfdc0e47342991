/* The server: its loop, which is one callback a message, and its ends. */
#include "wire.h"

#include "seed.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* A server's own record; its state follows it. */
struct running {
    const struct actor_server *callbacks;
    actor_pid parent; /* 0: started without a link */
    int64_t timeout_ns;
    _Alignas(16) char state[];
};

/* One callback, and what it wants to come next. */
struct turn {
    struct running *server;
    enum turn_what {
        TURN_INIT,
        TURN_CALL,
        TURN_CAST,
        TURN_INFO,
        TURN_TIMEOUT,
        TURN_CONTINUE,
    } what;
    const struct actor_message *message;
    struct actor_answer body;
    struct actor_next next;
};

/* --- what comes next ---------------------------------------------------------------- */

struct actor_next actor_next_within(int64_t timeout_ns)
{
    return (struct actor_next){.step = ACTOR_NEXT_MESSAGE, .timeout_ns = timeout_ns};
}

struct actor_next actor_next_message(void)
{
    return actor_next_within(ACTOR_FOREVER);
}

struct actor_next actor_next_continue(const void *data, size_t size)
{
    return (struct actor_next){ACTOR_NEXT_CONTINUE, ACTOR_FOREVER, data, size};
}

struct actor_next actor_next_hibernate(void)
{
    return (struct actor_next){ACTOR_NEXT_HIBERNATE, ACTOR_FOREVER, NULL, 0};
}

struct actor_next actor_next_stop_with(const void *data, size_t size)
{
    return (struct actor_next){ACTOR_NEXT_STOP, ACTOR_FOREVER, data, size};
}

struct actor_next actor_next_stop(const char *reason)
{
    return actor_next_stop_with(reason, strlen(reason));
}

struct actor_next actor_next_ignore(void)
{
    return (struct actor_next){ACTOR_NEXT_IGNORE, ACTOR_FOREVER, NULL, 0};
}

/* --- one turn ----------------------------------------------------------------------- */

static struct actor_next call(const struct turn *turn)
{
    const struct actor_server *callbacks = turn->server->callbacks;
    struct actor_from from = {turn->message->from, wire_tag(turn->message)};
    assert(from.pid != 0 && from.tag != 0);
    if (callbacks->handle_call == NULL)
        return actor_next_stop("undef");
    return callbacks->handle_call(turn->server->state, from, turn->body.data,
                                  turn->body.size);
}

/* Inside actor_catch: whatever a callback does wrong ends here. */
static void play(void *argument)
{
    struct turn *turn = argument;
    const struct actor_server *callbacks = turn->server->callbacks;
    void *state = turn->server->state;
    const struct actor_answer body = turn->body;
    turn->next = actor_next_message();
    switch (turn->what) {
    case TURN_INIT:
        if (callbacks->init != NULL)
            turn->next = callbacks->init(state, body.data, body.size);
        break;
    case TURN_CALL:
        turn->next = call(turn);
        break;
    case TURN_CAST:
        turn->next = callbacks->handle_cast == NULL
                         ? actor_next_stop("undef")
                         : callbacks->handle_cast(state, body.data, body.size);
        break;
    case TURN_INFO:
        if (callbacks->handle_info != NULL)
            turn->next = callbacks->handle_info(state, turn->message);
        break;
    case TURN_TIMEOUT:
        if (callbacks->handle_timeout != NULL)
            turn->next = callbacks->handle_timeout(state);
        break;
    case TURN_CONTINUE:
        turn->next = callbacks->handle_continue == NULL
                         ? actor_next_stop("undef")
                         : callbacks->handle_continue(state, body.data, body.size);
        break;
    }
}

static struct actor_next attempt(struct turn *turn)
{
    struct actor_reason why;
    if (actor_catch(play, turn, &why))
        return turn->next;
    return actor_next_stop_with(wire_copy(why.data, why.size), why.size);
}

/* What a callback continues with, until there is no more of that. */
static struct actor_next go_on(struct running *server, struct actor_next next)
{
    while (next.step == ACTOR_NEXT_CONTINUE) {
        struct turn turn = {
            .server = server, .what = TURN_CONTINUE, .body = {next.data, next.size}};
        next = attempt(&turn);
    }
    return next;
}

/* --- the end ------------------------------------------------------------------------ */

struct farewell {
    struct running *server;
    struct actor_reason reason;
};

static void say_farewell(void *argument)
{
    const struct farewell *farewell = argument;
    const struct running *server = farewell->server;
    server->callbacks->terminate((void *)(uintptr_t)server->state, &farewell->reason);
}

_Noreturn static void end(struct running *server, const void *data, size_t size)
{
    struct farewell farewell = {server, {wire_copy(data, size), size}};
    struct actor_reason why;
    if (server->callbacks->terminate != NULL &&
        !actor_catch(say_farewell, &farewell, &why))
        wire_leave(&why);
    wire_leave(&farewell.reason);
}

/* --- the loop ----------------------------------------------------------------------- */

static struct actor_next answer_to(struct running *server,
                                   const struct actor_message *message)
{
    struct turn turn = {.server = server, .message = message};
    if (message->kind == ACTOR_EXIT && message->from == server->parent)
        return actor_next_stop_with(message->data, message->size);
    switch (wire_what(message, &turn.body)) {
    case WIRE_STOP:
        return actor_next_stop_with(turn.body.data, turn.body.size);
    case WIRE_CALL:
        turn.what = TURN_CALL;
        break;
    case WIRE_CAST:
        turn.what = TURN_CAST;
        break;
    case 0:
        turn.what = TURN_INFO;
        break;
    default: /* an answer that came too late */
        return actor_next_within(server->timeout_ns);
    }
    return attempt(&turn);
}

static void follow(struct running *server, const struct actor_next *next)
{
    assert(next->step != ACTOR_NEXT_CONTINUE && "a turn goes on until it is over");
    if (next->step == ACTOR_NEXT_STOP)
        end(server, next->data, next->size);
    if (next->step == ACTOR_NEXT_IGNORE)
        end(server, "bad_return_value", sizeof "bad_return_value" - 1);
    server->timeout_ns = next->timeout_ns;
}

static void loop(void *argument)
{
    struct running *server = argument;
    for (;;) {
        const struct actor_message *message = actor_receive_within(server->timeout_ns);
        struct actor_next next;
        if (message != NULL) {
            actor_keep(message); /* a callback may receive */
            next = answer_to(server, message);
        } else {
            struct turn turn = {.server = server, .what = TURN_TIMEOUT};
            next = attempt(&turn);
        }
        next = go_on(server, next);
        follow(server, &next);
        if (message != NULL)
            actor_drop(message);
        if (next.step == ACTOR_NEXT_HIBERNATE)
            actor_hibernate(loop, server);
    }
}

/* --- the beginning ------------------------------------------------------------------ */

static void tell_starter(const struct server_seed *seed, int error, actor_pid pid,
                         const struct actor_next *why)
{
    char *body = wire_alloc(sizeof(struct server_started) + why->size);
    const struct server_started started = {error, pid};
    memcpy(body, &started, sizeof started);
    if (why->size > 0)
        memcpy(body + sizeof started, why->data, why->size);
    if (wire_send(seed->starter, WIRE_STARTED, seed->tag, body,
                  sizeof started + why->size) != 0)
        actor_exit("no_memory");
    actor_free(body);
}

static void take_name(const struct server_seed *seed)
{
    const struct actor_next nothing = {.size = 0};
    int rc = actor_register(seed->bytes + seed->name_at, actor_self());
    if (rc == 0)
        return;
    tell_starter(seed, rc, actor_whereis(seed->bytes + seed->name_at), &nothing);
    actor_exit(NULL);
}

void server_main(void *argument)
{
    const struct server_seed *seed = argument;
    struct running *server = wire_alloc(sizeof *server + seed->callbacks->state_bytes);
    struct turn turn = {.server = server, .what = TURN_INIT};
    server->callbacks = seed->callbacks;
    server->parent = seed->linked ? seed->starter : 0;
    turn.body = (struct actor_answer){seed->bytes, seed->size};
    if (seed->name_at > 0)
        take_name(seed);
    struct actor_next next = attempt(&turn);
    if (next.step == ACTOR_NEXT_STOP) {
        const struct actor_reason why = {next.data, next.size};
        tell_starter(seed, -ECANCELED, 0, &next);
        wire_leave(&why);
    }
    bool ignore = next.step == ACTOR_NEXT_IGNORE;
    tell_starter(seed, 0, ignore ? 0 : actor_self(), &(struct actor_next){.size = 0});
    if (ignore)
        actor_exit(NULL);
    next = go_on(server, next);
    follow(server, &next);
    if (next.step == ACTOR_NEXT_HIBERNATE)
        actor_hibernate(loop, server);
    loop(server);
}
