/* poller.h - readiness of file descriptors: epoll, and an eventfd that wakes it.
 *
 * A poller has one waiting thread at a time; registration and core_poller_wake may come
 * from any thread. Level-triggered unless CORE_POLL_EDGE or CORE_POLL_ONESHOT is asked
 * for. A descriptor is removed before it is closed. A removal does not call back results
 * that a wait has already handed out: the owner of `context` sees to that.
 */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include <core/atomic.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

enum core_poll_events {
    CORE_POLL_READ = 1,
    CORE_POLL_WRITE = 2,
    CORE_POLL_ERROR = 4, /* reported only, asked for or not: error or hang-up */
    CORE_POLL_ONESHOT = 8,
    CORE_POLL_EDGE = 16,
};

/* The most results one wait hands out; what is left comes with the next one. */
#define CORE_POLL_BATCH 256

struct core_poll_result {
    void *context; /* what was given at registration; never NULL */
    unsigned events;
};

struct core_poller {
    /* Written at opening only. */
    int epoll_fd;
    int wake_fd;

    /* Written by the waiting thread. */
    bool coarse; /* the kernel has no epoll_pwait2: milliseconds it is */

    /* Written by any thread: a wake-up that no wait has consumed. */
    alignas(CORE_CACHE_LINE) atomic_bool wake_pending;
};

/* Errors: -EMFILE, -ENFILE, -ENOMEM as the system calls give them; nothing stays open. */
int core_poller_open(struct core_poller *poller);

/* Thread: owner, when nobody waits, registers or wakes any more. */
void core_poller_close(struct core_poller *poller);

/* Watches `fd` for `events`; context (not NULL) comes back with each result.
 * Thread: any. Errors: negative errno of epoll_ctl: -EEXIST, -EBADF, -EPERM (a plain
 * file, which is always ready) …; -EINVAL for a NULL context or events that do not exist.
 */
int core_poller_add(struct core_poller *poller, int fd, unsigned events, void *context);

/* Replaces events and context, and arms a ONESHOT again. Thread: any. Errors: as
 * core_poller_add, -ENOENT where `fd` is not watched. */
int core_poller_modify(struct core_poller *poller, int fd, unsigned events,
                       void *context);

/* Thread: any. Errors: -ENOENT, -EBADF. */
int core_poller_remove(struct core_poller *poller, int fd);

/* Waits until something is ready, a wake-up or the timeout (< 0: none, 0: do not wait).
 * Returns how many results were written, at most `room` (> 0) and CORE_POLL_BATCH; 0
 * after a wake-up alone or the timeout; or negative errno (-EINTR is passed on). *woken
 * (may be NULL) tells whether a wake-up was consumed. The wait is never shorter than the
 * timeout; it has nanosecond resolution where the kernel has epoll_pwait2, else it is
 * rounded up to milliseconds. May: block. Thread: one at a time. */
int core_poller_wait(struct core_poller *poller, struct core_poll_result *results,
                     int room, int64_t timeout_ns, bool *woken);

/* Makes the present or next wait return; wake-ups between two waits count once. What the
 * caller wrote before is visible to the waiter when its wait returned. Thread: any,
 * signal handlers too (errno is kept). */
void core_poller_wake(struct core_poller *poller);

#endif
