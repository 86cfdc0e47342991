/* server.h - a process that answers requests, as Erlang's gen_server.
 *
 *     struct counter { uint64_t value; };
 *
 *     static struct actor_next add(void *state, struct actor_from from,
 *                                  const void *request, size_t size)
 *     {
 *         struct counter *counter = state;
 *         actor_check(size == sizeof(uint64_t));
 *         counter->value += *(const uint64_t *)request;
 *         actor_reply(from, &counter->value, sizeof counter->value);
 *         return actor_next_message();
 *     }
 *     static const struct actor_server counter = {
 *         .state_bytes = sizeof(struct counter), .handle_call = add};
 *
 *     actor_pid pid;
 *     actor_server_start_link(&counter, NULL, &pid);
 *     uint64_t one = 1;
 *     uint64_t now = *(const uint64_t *)actor_server_call(pid, &one, sizeof one).data;
 *
 * All of it stands on <actors.h> alone. Requests, answers and reasons are bytes and are
 * copied. Semantics: stdlib's gen_server and proc_lib of Erlang/OTP 25. Thread: process,
 * and May: yield, for every function here; "ends the caller" is what Erlang calls exit/1:
 * actor_catch stops it.
 */
#ifndef ACTORS_SERVER_H
#define ACTORS_SERVER_H

#include <actors.h>

#define ACTOR_CALL_TIMEOUT_NS INT64_C(5000000000) /* as gen_server:call/2 */

/* Who waits for an answer. A value: it may be kept, or sent to who shall answer. */
struct actor_from {
    actor_pid pid; /* 0: nobody waits */
    uint64_t tag;
};

/* Bytes aligned to 8, in a message: valid until the caller's next receive. */
struct actor_answer {
    const void *data;
    size_t size;
};

/* Sends an answer; any process may, once. Ends the caller: "no_memory", and a failed check
 * for 4 GiB and more. */
void actor_reply(struct actor_from from, const void *data, size_t size);

/* --- what a server does ----------------------------------------------------------- */

/* What a callback wants to come next; made by the functions below it. */
struct actor_next {
    enum actor_next_step {
        ACTOR_NEXT_MESSAGE,
        ACTOR_NEXT_CONTINUE,
        ACTOR_NEXT_HIBERNATE,
        ACTOR_NEXT_STOP,
        ACTOR_NEXT_IGNORE,
    } step;
    int64_t timeout_ns;
    const void *data; /* in private memory, static, or what the callback was given */
    size_t size;
};

/* The next message, however long it takes. */
struct actor_next actor_next_message(void);
/* The next message, or handle_timeout when none has come by then. */
struct actor_next actor_next_within(int64_t timeout_ns);
/* handle_continue with these bytes, before any message. */
struct actor_next actor_next_continue(const void *data, size_t size);
/* The next message, the stack being given back until it comes. */
struct actor_next actor_next_hibernate(void);
/* The end: terminate is called, and the server ends with this reason. */
struct actor_next actor_next_stop(const char *reason);
struct actor_next actor_next_stop_with(const void *data, size_t size);
/* From init alone: no server, and that is no error. */
struct actor_next actor_next_ignore(void);

/* A NULL callback: init does nothing; a call, a cast or a continue ends the server
 * ("undef"); other messages and timeouts are dropped. A callback that ends by actor_exit, a
 * failed check or a fault ends the server with that reason, after terminate. The state
 * begins as zeros, in the server's private memory. */
struct actor_server {
    size_t state_bytes;
    struct actor_next (*init)(void *state, const void *argument, size_t size);
    struct actor_next (*handle_call)(void *state, struct actor_from from,
                                     const void *request, size_t size);
    struct actor_next (*handle_cast)(void *state, const void *request, size_t size);
    /* Every message that is no call or cast: plain ones, exits, downs, timers. */
    struct actor_next (*handle_info)(void *state, const struct actor_message *message);
    struct actor_next (*handle_timeout)(void *state);
    struct actor_next (*handle_continue)(void *state, const void *data, size_t size);
    /* The last call, whatever ends the server, but not for exit signals that it does not
     * trap. The end of its parent counts as a stop when it traps exits. */
    void (*terminate)(void *state, const struct actor_reason *reason);
};

/* --- starting and stopping ----------------------------------------------------------
 *
 * Zeroed, or NULL, means a nameless server that has all the time it wants for init. */
struct actor_start {
    const void *argument; /* copied; handed to init */
    size_t size;
    const char *name; /* registered before init is called */
    int64_t timeout_ns;
    struct actor_options options; /* its link and monitor are not looked at */
    /* Not NULL: gets why it did not start, in the caller's private memory. */
    struct actor_reason *why;
};

/* Starts a server and waits for its init. 0 with *pid 0 means that init chose to ignore.
 * Errors: -EEXIST (the name is taken; *pid is whose it is), -ETIMEDOUT (it was killed),
 * -ECANCELED (init stopped or failed: *why), -EINVAL (a bad name or option), -EAGAIN,
 * -ENOMEM. */
int actor_server_start(const struct actor_server *server, const struct actor_start *start,
                       actor_pid *pid);
/* The same, linked to the caller from before it runs: a failed init is an exit signal
 * too. */
int actor_server_start_link(const struct actor_server *server,
                            const struct actor_start *start, actor_pid *pid);

/* Makes a server end with this reason, and waits for that. Ends the caller: as
 * actor_server_call, or with the server's reason when it is another. */
void actor_server_stop(actor_pid server, const char *reason, int64_t timeout_ns);

/* --- asking ------------------------------------------------------------------------- */

/* Sends a request and waits for the answer, 5 s at most. Ends the caller: "timeout",
 * "noproc" (no such process; 0, as actor_whereis answers, is none), "calling_self",
 * "no_memory", or the reason for which the server ended meanwhile. */
struct actor_answer actor_server_call(actor_pid server, const void *request, size_t size);
struct actor_answer actor_server_call_within(actor_pid server, const void *request,
                                             size_t size, int64_t timeout_ns);
/* The same for callers that can live with a failure. Errors: -ETIMEDOUT, -EDEADLK
 * (oneself), -ENOMEM, -ESRCH (the server has ended; *answer is its reason). */
int actor_server_try_call(actor_pid server, const void *request, size_t size,
                          int64_t timeout_ns, struct actor_answer *answer);

/* Sends a request that has no answer; to nobody it is no error. Errors: -ENOMEM,
 * -EINVAL (4 GiB and more). */
int actor_server_cast(actor_pid server, const void *request, size_t size);

/* Whether a message is an answer for which nobody waits any more. No call takes it for
 * its own, and servers drop it; another process may find it in its mailbox. */
bool actor_answer_is_late(const struct actor_message *message);

#endif
