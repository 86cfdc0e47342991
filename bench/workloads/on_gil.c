#include "on_gil.h"

#include <errno.h>
#include <string.h>

int on_gil_start(const struct workload_place *place, void **runtime)
{
    struct gil_config config = gil_config_default();
    config.cpus = place->cpus;
    config.cpu_count = place->workers;
    struct gil *gil = NULL;
    int error = gil_start(&config, &gil);
    *runtime = gil;
    return error;
}

void on_gil_stop(void *runtime)
{
    gil_stop(runtime);
}

void on_gil_counters(void *runtime, workload_visit *visit, void *context)
{
    for (unsigned i = 0; i < GIL_COUNTERS; i++)
        visit(context, gil_counter_name(i), gil_counter(runtime, i));
}

int on_gil_run(void *runtime, gil_function *main, void *argument)
{
    int status = gil_run(runtime, main, argument);
    return status == 1 ? -EIO : status;
}

struct gil_thread *on_gil_spawn(gil_function *function, void *argument)
{
    struct gil_thread *thread;
    int error = gil_thread_new(function, argument, NULL, &thread);
    if (error == 0)
        error = gil_thread_start(thread);
    if (error != 0)
        gil_raise("no thread: %s", strerror(-error));
    return thread;
}

void on_gil_join(struct gil_thread *thread)
{
    int error = gil_thread_join(thread, GIL_FOREVER);
    if (error != 0)
        gil_raise("cannot join %s: %s", gil_thread_name(thread), strerror(-error));
    gil_thread_free(thread);
}

struct gil_queue *on_gil_queue(void)
{
    struct gil_queue *queue = gil_queue_new(0);
    if (queue == NULL)
        gil_raise("no memory for a queue");
    return queue;
}

/* A Python int is an object of its own, and the queue holds a reference to it; here the
 * reference is the number. */
void on_gil_put(struct gil_queue *queue, uint64_t value)
{
    _Static_assert(sizeof(void *) == sizeof value, "a reference holds a number");
    int error = gil_queue_put(queue, (void *)(uintptr_t)value, GIL_FOREVER);
    if (error != 0)
        gil_raise("cannot put: %s", strerror(-error));
}

uint64_t on_gil_get(struct gil_queue *queue)
{
    void *item;
    int error = gil_queue_get(queue, &item, GIL_FOREVER);
    if (error != 0)
        gil_raise("cannot get: %s", strerror(-error));
    return (uintptr_t)item;
}
