/* task.h - a computation in a process of its own, as Elixir's Task.
 *
 *     static void square(struct actor_from from, const void *argument, size_t size)
 *     {
 *         uint64_t n = *(const uint64_t *)argument;
 *         n *= n;
 *         actor_reply(from, &n, sizeof n);
 *     }
 *     struct actor_task task;
 *     uint64_t seven = 7;
 *     actor_task_async(square, &seven, sizeof seven, &task);
 *     uint64_t n = *(const uint64_t *)actor_task_await(&task).data; // 49
 *
 * A task is linked to the process that started it, its owner: the failure of one is the
 * failure of the other, unless that traps exits. Only its owner may await it ("not_owner"
 * ends others), and once. Semantics: Task of Elixir 1.14. Thread: process, and May: yield,
 * for every function here.
 */
#ifndef ACTORS_TASK_H
#define ACTORS_TASK_H

#include <actors/server.h>

/* The answer is what it gives to actor_reply, nothing if it returns without; the argument
 * is a copy. */
typedef void actor_task_function(struct actor_from from, const void *argument,
                                 size_t size);

struct actor_task {
    actor_pid pid;
    actor_pid owner;
    actor_ref monitor; /* 0: nobody waits for its end any more */
    uint64_t tag;
};

/* How a task went; data is its answer or the reason of its end, in a message: valid until
 * the caller's next receive. */
struct actor_result {
    enum actor_result_kind {
        ACTOR_RESULT_NONE, /* not yet; or it was stopped before it answered */
        ACTOR_RESULT_OK,
        ACTOR_RESULT_EXIT,
    } kind;
    const void *data;
    size_t size;
};

/* Errors: -EAGAIN, -ENOMEM. */
int actor_task_async(actor_task_function *function, const void *argument, size_t size,
                     struct actor_task *task);

/* Waits for the answer, 5 s at most. Ends the caller: "timeout", or the reason for which
 * the task ended. */
struct actor_answer actor_task_await(struct actor_task *task);
struct actor_answer actor_task_await_within(struct actor_task *task, int64_t timeout_ns);

/* Waits that long, and may be called again when the result is ACTOR_RESULT_NONE. */
struct actor_result actor_task_yield(struct actor_task *task, int64_t timeout_ns);

/* Unlinks the task and ends it by "shutdown", or by "kill" when it takes longer than that
 * (at once if timeout_ns is 0); the result is its answer if it had one after all. */
struct actor_result actor_task_shutdown(struct actor_task *task, int64_t timeout_ns);

/* Processes nobody waits for; a NULL pid is allowed. Errors: as actor_task_async. */
int actor_task_start(actor_task_function *function, const void *argument, size_t size,
                     actor_pid *pid);
int actor_task_start_link(actor_task_function *function, const void *argument,
                          size_t size, actor_pid *pid);

/* What actor_task_map does: function on each of `count` items of `item_bytes` bytes, in
 * tasks of which at most max_tasks (0: 8) are there at once. */
struct actor_map {
    actor_task_function *function;
    const void *items;
    size_t count;
    size_t item_bytes;
    unsigned max_tasks;
    int64_t timeout_ns; /* for each wait; 0: 5 s. Then the caller ends: "timeout" */
    bool unordered;     /* results as they come; else in the order of the items */
};

/* Calls take once with each result, in the caller. A task that fails is a result only to
 * callers that trap exits. Errors: as actor_task_async; what was started is shut down. */
int actor_task_map(const struct actor_map *map,
                   void (*take)(void *context, size_t index,
                                const struct actor_result *result),
                   void *context);

#endif
