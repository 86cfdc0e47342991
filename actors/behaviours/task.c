/* Tasks: a process, a mark and a monitor. */
#include "task.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* What a task's process is given; its argument follows. */
struct task_seed {
    actor_task_function *function;
    struct actor_from from;
    size_t size;
    _Alignas(16) char argument[];
};

static void task_main(void *data)
{
    const struct task_seed *seed = data;
    seed->function(seed->from, seed->size > 0 ? seed->argument : NULL, seed->size);
}

static int start_task(actor_task_function *function, const struct actor_answer *argument,
                      struct actor_from from, const struct actor_options *options,
                      actor_pid *pid)
{
    const size_t bytes = sizeof(struct task_seed) + argument->size;
    struct task_seed *seed = actor_alloc(bytes);
    if (seed == NULL)
        return -ENOMEM;
    *seed = (struct task_seed){function, from, argument->size};
    if (argument->size > 0)
        memcpy(seed->argument, argument->data, argument->size);
    int rc = actor_spawn_with(options, task_main, seed, bytes, pid);
    actor_free(seed);
    return rc;
}

int actor_task_start(actor_task_function *function, const void *argument, size_t size,
                     actor_pid *pid)
{
    const struct actor_options options = {.link = false};
    return start_task(function, &(struct actor_answer){argument, size},
                      (struct actor_from){0, 0}, &options, pid);
}

int actor_task_start_link(actor_task_function *function, const void *argument,
                          size_t size, actor_pid *pid)
{
    const struct actor_options options = {.link = true};
    return start_task(function, &(struct actor_answer){argument, size},
                      (struct actor_from){0, 0}, &options, pid);
}

int actor_task_async(actor_task_function *function, const void *argument, size_t size,
                     struct actor_task *task)
{
    *task = (struct actor_task){.owner = actor_self(), .tag = actor_mark()};
    const struct actor_options options = {.link = true, .monitor = &task->monitor};
    return start_task(function, &(struct actor_answer){argument, size},
                      (struct actor_from){task->owner, task->tag}, &options, &task->pid);
}

/* --- results ------------------------------------------------------------------------ */

struct actor_result task_result(int error, const struct actor_answer *answer)
{
    const struct actor_reason reason = {answer->data, answer->size};
    assert(error == 0 || error == -ESRCH);
    if (error == 0)
        return (struct actor_result){ACTOR_RESULT_OK, answer->data, answer->size};
    if (actor_reason_is(&reason, "normal")) /* it returned without an answer */
        return (struct actor_result){ACTOR_RESULT_OK, NULL, 0};
    return (struct actor_result){ACTOR_RESULT_EXIT, answer->data, answer->size};
}

/* Without a monitor, which a wait that was given up removed, only an answer can come. */
struct actor_result actor_task_yield(struct actor_task *task, int64_t timeout_ns)
{
    const struct wire_await await = {WIRE_ANSWER, task->tag, task->monitor};
    struct actor_answer answer;
    if (task->owner != actor_self())
        actor_exit("not_owner");
    int rc = wire_await(&await, timeout_ns, &answer);
    if (rc == -ETIMEDOUT)
        return (struct actor_result){ACTOR_RESULT_NONE, NULL, 0};
    task->monitor = 0;
    return task_result(rc, &answer);
}

struct actor_answer actor_task_await_within(struct actor_task *task, int64_t timeout_ns)
{
    const struct actor_result result = actor_task_yield(task, timeout_ns);
    if (result.kind == ACTOR_RESULT_NONE) {
        actor_demonitor(task->monitor, true);
        task->monitor = 0;
        actor_exit("timeout");
    }
    if (result.kind == ACTOR_RESULT_EXIT)
        actor_exit_with(result.data, result.size);
    return (struct actor_answer){result.data, result.size};
}

struct actor_answer actor_task_await(struct actor_task *task)
{
    return actor_task_await_within(task, ACTOR_CALL_TIMEOUT_NS);
}

/* Its end was asked for: that it came is no result. */
static struct actor_result after_end(struct actor_result result, const char *asked)
{
    const struct actor_reason reason = {result.data, result.size};
    if (result.kind == ACTOR_RESULT_EXIT && actor_reason_is(&reason, asked))
        return (struct actor_result){ACTOR_RESULT_NONE, NULL, 0};
    return result;
}

static void must(int rc)
{
    if (rc != 0)
        actor_exit("no_memory");
}

struct actor_result actor_task_shutdown(struct actor_task *task, int64_t timeout_ns)
{
    if (task->owner != actor_self())
        actor_exit("not_owner");
    must(actor_unlink(task->pid));
    if (task->monitor == 0)
        must(actor_monitor(task->pid, &task->monitor));
    if (timeout_ns > 0) {
        must(actor_exit_signal(task->pid, "shutdown"));
        struct actor_result result = actor_task_yield(task, timeout_ns);
        if (result.kind != ACTOR_RESULT_NONE)
            return after_end(result, "shutdown");
    }
    must(actor_exit_signal(task->pid, "kill"));
    return after_end(actor_task_yield(task, ACTOR_FOREVER), "killed");
}
