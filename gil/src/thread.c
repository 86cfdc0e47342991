/* thread.c - threads: threading.Thread, and how a run ends.
 *
 * A started thread has a reference of the runtime's until its OS thread is joined
 * ("reaped"): by whoever joins it, by a later gil_thread_start, or at shutdown. Reaping
 * holds the lock and is short: a dead thread has put itself on the list as its last deed
 * but dropping the lock.
 *
 * Shutdown of daemons. The main thread holds the lock, so each daemon is one of: waiting
 * for the lock; waiting for a semaphore, with `blocked_on` telling which (it was set
 * before the lock was dropped); in a native call. Main raises `shutting_down`, posts
 * those semaphores, and sleeps until each daemon has told it of its end: a daemon's next
 * taking of the lock is its last, wherever that stands. A post meant for one daemon may
 * wake another that waits for the same; each takes exactly one, so the semaphore of a
 * lock that outlives the run ends as it was.
 */
#include "internal.h"

#include <assert.h>
#include <core/thread.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Making and freeing ---- */

/* Unchecked in the next two: nobody else knows this thread yet, or any more. */
GIL_UNCHECKED int gil_thread_init(struct gil_thread *thread, struct gil *gil,
                                  const char *name)
{
    *thread = (struct gil_thread){.gil = gil, .id = ++gil->last_id, .references = 1};
    int written = name != NULL ? asprintf(&thread->name, "%s", name)
                               : asprintf(&thread->name, "Thread-%llu",
                                          (unsigned long long)thread->id);
    if (written < 0)
        return -ENOMEM;
    core_list_init(&thread->link);
    core_list_init(&thread->waits);
    gil_lock_init(&thread->alive, true);
    sem_init(&thread->begun, 0, 0);
    sem_init(&thread->nap, 0, 0);
    return 0;
}

GIL_UNCHECKED void gil_thread_destroy(struct gil_thread *thread)
{
    assert(core_list_empty(&thread->link) && core_list_empty(&thread->waits));
    sem_destroy(&thread->nap);
    sem_destroy(&thread->begun);
    gil_lock_destroy(&thread->alive);
    free(thread->name);
}

GIL_HELD static void release_references(struct gil_thread *thread, unsigned count)
{
    assert(thread->references >= count);
    thread->references -= count;
    if (thread->references > 0)
        return;
    gil_thread_destroy(thread);
    free(thread);
}

int gil_thread_new(gil_function *function, void *argument,
                   const struct gil_thread_options *options, struct gil_thread **result)
{
    static const struct gil_thread_options plain = {.name = NULL};
    struct gil_thread *me = gil_me();
    struct gil_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return -ENOMEM;
    if (options == NULL)
        options = &plain;
    if (gil_thread_init(thread, me->gil, options->name) != 0) {
        free(thread);
        return -ENOMEM;
    }
    thread->function = function;
    thread->argument = argument;
    thread->daemon = options->daemon == GIL_DAEMON_INHERIT
                         ? me->daemon
                         : options->daemon == GIL_DAEMON_YES;
    thread->stack_bytes =
        options->stack_bytes != 0 ? options->stack_bytes : me->gil->config.stack_bytes;
    *result = thread;
    return 0;
}

void gil_thread_free(struct gil_thread *thread)
{
    assert(thread != &thread->gil->main);
    release_references(thread, 1);
}

/* ---- A thread's life ---- */

void gil_thread_call(struct gil_thread *thread)
{
    if (setjmp(thread->end) != 0)
        return;
    gil_end_if_shut_down(thread);
    thread->function(thread->argument);
}

void gil_thread_end(struct gil_thread *me, enum gil_end how)
{
    me->how_ended = how;
    longjmp(me->end, 1);
}

void gil_thread_ended(struct gil_thread *thread)
{
    assert(!thread->ended);
    thread->ended = true;
    core_list_remove(&thread->waits);
    core_list_remove(&thread->link);
    if (thread != &thread->gil->main)
        core_list_append(&thread->gil->dead, &thread->link);
    if (thread->joins != NULL) /* a daemon, ended while it waited */
        release_references(thread->joins, 1);
    gil_lock_release(&thread->alive);
    if (thread->gil->shutting_down)
        sem_post(&thread->gil->main.nap);
}

static void *thread_main(void *argument)
{
    struct gil_thread *me = argument;
    gil_set_me(me);
    core_thread_name(me->name);
    gil_take(me);
    sem_post(&me->begun);
    gil_thread_call(me);
    gil_thread_ended(me);
    gil_drop(me, GIL_RELEASE_LAST, me->how_ended);
    return NULL;
}

/* Leaves the runtime's reference to the caller. */
GIL_HELD static void reap(struct gil_thread *thread)
{
    assert(thread->ended);
    core_list_remove(&thread->link);
    int error = pthread_join(thread->os_thread, NULL);
    assert(error == 0);
    (void)error;
}

GIL_HELD static void reap_all(struct gil *gil)
{
    while (!core_list_empty(&gil->dead)) {
        struct gil_thread *thread =
            CORE_CONTAINER_OF(gil->dead.next, struct gil_thread, link);
        reap(thread);
        release_references(thread, 1);
    }
}

int gil_thread_next_cpu(struct gil *gil)
{
    if (gil->config.cpu_count == 0)
        return -1;
    return gil->config.cpus[gil->placed++ % gil->config.cpu_count];
}

static int set_attributes(pthread_attr_t *attributes, size_t stack_bytes, int cpu)
{
    if (stack_bytes != 0 && pthread_attr_setstacksize(attributes, stack_bytes) != 0)
        return -EINVAL;
    if (cpu < 0)
        return 0;
    if (cpu >= CPU_SETSIZE)
        return -EINVAL;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    return -pthread_attr_setaffinity_np(attributes, sizeof set, &set);
}

GIL_HELD static int create_os_thread(struct gil_thread *thread)
{
    pthread_attr_t attributes;
    int error = -pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    error = set_attributes(&attributes, thread->stack_bytes,
                           gil_thread_next_cpu(thread->gil));
    if (error == 0)
        error = -pthread_create(&thread->os_thread, &attributes, thread_main, thread);
    pthread_attr_destroy(&attributes);
    return error;
}

int gil_thread_start(struct gil_thread *thread)
{
    struct gil *gil = thread->gil;
    assert(gil == gil_me()->gil && "a thread of another runtime");
    if (thread->started)
        return -EALREADY;
    reap_all(gil);
    int error = create_os_thread(thread);
    if (error != 0)
        return error;
    /* It cannot look at these before it has the lock. */
    thread->started = true;
    thread->references++;
    core_list_append(&gil->alive, &thread->link);
    core_count(&gil->counters, GIL_THREADS_STARTED, 1);
    core_trace(&gil->trace, CORE_TRACE_SPAWN, thread->id, gil_me()->id);
    return gil_wait_semaphore(&thread->begun, GIL_FOREVER, GIL_WAIT_START);
}

int gil_thread_join(struct gil_thread *thread, uint64_t timeout_ns)
{
    struct gil_thread *me = gil_me();
    assert(thread->gil == me->gil && "a thread of another runtime");
    if (thread == me)
        return -EDEADLK;
    if (!thread->started)
        return -EINVAL;
    thread->references++; /* another may give the handle back while this one waits */
    me->joins = thread;
    int error = gil_lock_acquire(&thread->alive, timeout_ns);
    if (error == 0)
        gil_lock_release(&thread->alive);
    bool reaping = thread->ended && !core_list_empty(&thread->link);
    if (reaping)
        reap(thread);
    me->joins = NULL;
    release_references(thread, reaping ? 2 : 1);
    return error;
}

bool gil_thread_alive(const struct gil_thread *thread)
{
    return thread->started && !thread->ended;
}

const char *gil_thread_name(const struct gil_thread *thread)
{
    return thread->name;
}

bool gil_thread_daemon(const struct gil_thread *thread)
{
    return thread->daemon;
}

/* ---- Errors ---- */

static void print_error(void *context, const char *thread_name, const char *message)
{
    (void)context;
    fprintf(stderr, "Exception in thread %s: %s\n", thread_name, message);
}

void gil_raise(const char *format, ...)
{
    struct gil_thread *me = gil_me();
    const struct gil_config *config = &me->gil->config;
    gil_excepthook *hook = config->excepthook != NULL ? config->excepthook : print_error;
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    int written = vasprintf(&message, format, arguments);
    va_end(arguments);
    hook(config->excepthook_context, me->name, written < 0 ? format : message);
    if (written >= 0)
        free(message);
    gil_thread_end(me, GIL_END_RAISED);
}

/* ---- Shutdown ---- */

/* A thread that the run must wait for, or NULL. */
GIL_HELD static struct gil_thread *find_ordinary(struct gil *gil)
{
    for (struct core_list *node = gil->alive.next; node != &gil->alive;
         node = node->next) {
        struct gil_thread *thread = CORE_CONTAINER_OF(node, struct gil_thread, link);
        if (!thread->daemon)
            return thread;
    }
    return NULL;
}

GIL_HELD static void join_ordinary(struct gil *gil)
{
    struct gil_thread *thread;
    while ((thread = find_ordinary(gil)) != NULL)
        gil_thread_join(thread, GIL_FOREVER);
}

GIL_HELD static void wake_blocked(struct gil *gil)
{
    for (struct core_list *node = gil->alive.next; node != &gil->alive;
         node = node->next) {
        struct gil_thread *thread = CORE_CONTAINER_OF(node, struct gil_thread, link);
        if (thread->blocked_on != NULL)
            sem_post(thread->blocked_on);
    }
}

void gil_thread_shutdown(struct gil *gil)
{
    assert(gil->main.ended && !gil->shutting_down);
    join_ordinary(gil);
    gil->shutting_down = true;
    /* A hint to look at shutting_down, which the lock orders. */
    core_or_acq_rel(&gil->breaker, GIL_BREAK_SHUTDOWN);
    wake_blocked(gil);
    while (!core_list_empty(&gil->alive))
        gil_wait_semaphore(&gil->main.nap, GIL_FOREVER, GIL_WAIT_LOCK);
    reap_all(gil);
    /* Nobody is left to read it before the next run, which begins behind gil->running. */
    core_and_acq_rel(&gil->breaker, ~(unsigned)GIL_BREAK_SHUTDOWN);
    gil->shutting_down = false;
}
