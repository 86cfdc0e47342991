/* supervisor.h - a process that starts others and starts them again, as Erlang's
 * supervisor.
 *
 *     static const struct actor_child children[] = {
 *         {.id = "store", .server = &store, .name = "store"},
 *         {.id = "clock", .body = tick, .restart = ACTOR_TRANSIENT},
 *         {.id = "pool", .supervisor = &pool}, // a tree
 *     };
 *     static const struct actor_supervisor top = {
 *         .strategy = ACTOR_REST_FOR_ONE, .children = children, .count = 3};
 *
 *     actor_pid pid;
 *     int rc = actor_supervisor_start_link(&top, &pid, NULL);
 *
 * A supervisor is a server (server.h): actor_server_stop ends it, and all its children in
 * the reverse of the order in which they were started. Semantics: stdlib's supervisor of
 * Erlang/OTP 25. Thread: process, and May: yield, for every function here; each of them
 * ends the caller as actor_server_call does when the supervisor is gone.
 */
#ifndef ACTORS_SUPERVISOR_H
#define ACTORS_SUPERVISOR_H

#include <actors/server.h>

/* Who is started again when one child has ended: it; all; it and those started after it;
 * it, all children being of one kind and started by request only. */
enum actor_strategy {
    ACTOR_ONE_FOR_ONE,
    ACTOR_ONE_FOR_ALL,
    ACTOR_REST_FOR_ONE,
    ACTOR_SIMPLE_ONE_FOR_ONE,
};

/* Always; unless its reason was "normal", "shutdown" or begins with "shutdown: "; never.
 */
enum actor_restart { ACTOR_PERMANENT, ACTOR_TRANSIENT, ACTOR_TEMPORARY };

/* Whether the supervisor ends with "shutdown" when a significant child, or the last of
 * them, has ended by itself and is not started again. */
enum actor_auto_shutdown { ACTOR_NEVER, ACTOR_ANY_SIGNIFICANT, ACTOR_ALL_SIGNIFICANT };

#define ACTOR_BRUTAL_KILL INT64_C(-1) /* as shutdown_ns: killed at once */
#define ACTOR_NO_RESTART (-1) /* as intensity: the first failure is one too many */

/* A child; zero in a field means its default. It is one of body, server, supervisor and
 * start, which makes a linked process and answers as actor_server_start_link does, pid 0
 * being "ignore". start runs in the supervisor, as does init in a child that is awaited:
 * neither may wait for the supervisor. */
struct actor_child {
    const char *id; /* none: "bad_id" */
    void (*body)(void *argument);
    const struct actor_server *server;
    const struct actor_supervisor *supervisor;
    int (*start)(const void *argument, size_t size, actor_pid *pid);
    const void *argument; /* for all but a supervisor; copied */
    size_t size;
    const char *name; /* of a server */
    enum actor_restart restart;
    /* How long it may take to end after "shutdown" before it is killed; ACTOR_FOREVER,
     * ACTOR_BRUTAL_KILL. 0: 5 s, for ever if it is a supervisor. */
    int64_t shutdown_ns;
    bool significant;
    bool is_supervisor; /* what start starts */
};

struct actor_supervisor {
    enum actor_strategy strategy;
    int intensity;     /* more restarts than these in a period end it; 0: 1 */
    int64_t period_ns; /* 0: 5 s */
    enum actor_auto_shutdown auto_shutdown;
    const char *name;
    const struct actor_child *children; /* copied, with all that they point at but code */
    size_t count;                       /* of a simple_one_for_one: 1, its kind */
};

/* Starts a supervisor, linked to the caller, and its children in order. why may be NULL;
 * else it gets what was wrong, in the caller's private memory. Errors: -EINVAL (*why is
 * "bad_strategy", "bad_intensity", "bad_period", "bad_auto_shutdown", "bad_children",
 * "bad_id", "bad_start", "bad_restart", "bad_shutdown", "bad_significant" or
 * "duplicate_child_name"), -ECANCELED (a child did not start: "shutdown:
 * failed_to_start_child ID: REASON"; those before it were stopped), and as
 * actor_server_start_link. */
int actor_supervisor_start_link(const struct actor_supervisor *supervisor, actor_pid *pid,
                                struct actor_reason *why);

/* Adds a child and starts it. Errors: -EINVAL (as above), -EEXIST (it runs; *pid is
 * whose), -EALREADY (its specification is there), or what its start answered. */
int actor_supervisor_start_child(actor_pid supervisor, const struct actor_child *child,
                                 actor_pid *pid, struct actor_reason *why);
/* Adds a child to a simple_one_for_one; these bytes follow those of its kind's argument.
 * Errors: -ENOTSUP (another strategy), or what its start answered. */
int actor_supervisor_start_another(actor_pid supervisor, const void *argument,
                                   size_t size, actor_pid *pid, struct actor_reason *why);

/* Stops a child, whose specification stays unless it is temporary. Errors: -ENOENT (no
 * such child), -ENOTSUP (a simple_one_for_one, whose children have no ids). */
int actor_supervisor_terminate_child(actor_pid supervisor, const char *id);
/* The same for a child of a simple_one_for_one; of one that has ended it is no error. */
int actor_supervisor_terminate_pid(actor_pid supervisor, actor_pid child);
/* Starts a child that was stopped. Errors: -ENOENT, -ENOTSUP, -EBUSY (it runs), -EAGAIN
 * (it is being restarted), or what its start answered. */
int actor_supervisor_restart_child(actor_pid supervisor, const char *id, actor_pid *pid);
/* Forgets a child that was stopped. Errors: -ENOENT, -ENOTSUP, -EBUSY, -EAGAIN. */
int actor_supervisor_delete_child(actor_pid supervisor, const char *id);

struct actor_child_info {
    const char *id;
    actor_pid pid; /* 0: it does not run */
    bool restarting;
    bool is_supervisor;
};

/* The children in the order they were started, in one block of the caller's private
 * memory: Owns: the caller, who may actor_free it. *count says how many. */
struct actor_child_info *actor_supervisor_which_children(actor_pid supervisor,
                                                         size_t *count);

struct actor_child_count {
    size_t specs;
    size_t active;
    size_t supervisors;
    size_t workers;
};
struct actor_child_count actor_supervisor_count_children(actor_pid supervisor);

#endif
