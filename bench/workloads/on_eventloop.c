#include "on_eventloop.h"

#include <core/thread.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct on_eventloop {
    struct loop *loop;
    cpu_set_t before; /* the CPUs of the thread before it was bound */
};

static int bind_thread(struct on_eventloop *runtime, int cpu)
{
    int error =
        pthread_getaffinity_np(pthread_self(), sizeof runtime->before, &runtime->before);
    return error ? -error : core_thread_bind(cpu);
}

int on_eventloop_start(const struct workload_place *place, void **runtime)
{
    if (place->workers != 1)
        return -EINVAL;
    struct on_eventloop *started = malloc(sizeof *started);
    if (!started)
        return -ENOMEM;
    int error = bind_thread(started, place->cpus[0]);
    if (!error)
        error = loop_new(NULL, &started->loop);
    if (error) {
        free(started);
        return error;
    }
    *runtime = started;
    return 0;
}

void on_eventloop_stop(void *runtime)
{
    struct on_eventloop *started = runtime;
    loop_free(started->loop);
    pthread_setaffinity_np(pthread_self(), sizeof started->before, &started->before);
    free(started);
}

void on_eventloop_counters(void *runtime, workload_visit *visit, void *context)
{
    loop_counters(on_eventloop_loop(runtime), visit, context);
}

struct loop *on_eventloop_loop(void *runtime)
{
    return ((struct on_eventloop *)runtime)->loop;
}

int on_eventloop_run(void *runtime)
{
    int status = loop_run(on_eventloop_loop(runtime), LOOP_DEFAULT);
    return status > 0 ? -EIO : status;
}

void on_eventloop_check(struct loop *loop, int error)
{
    if (error)
        loop_throw(loop, strerror(-error));
}
