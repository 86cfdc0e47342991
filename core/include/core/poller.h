/* poller.h - readiness of file descriptors: epoll, and an eventfd that wakes it.
 *
 * A poller has one waiting thread at a time; registration and core_poller_wake may come from
 * any thread. Level-triggered unless CORE_POLL_EDGE or CORE_POLL_ONESHOT is asked for.
 */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum core_poll_events {
    CORE_POLL_READ = 1,
    CORE_POLL_WRITE = 2,
    CORE_POLL_ERROR = 4, /* reported only: error or hang-up */
    CORE_POLL_ONESHOT = 8,
    CORE_POLL_EDGE = 16,
};

struct core_poll_result {
    void *context; /* what was given at registration */
    unsigned events;
};

struct core_poller {
    int epoll_fd;
    int wake_fd;
    atomic_bool wake_pending; /* coalesces wake-ups between two waits */
};

/* Errors: -EMFILE, -ENFILE, -ENOMEM as the system calls give them. */
int core_poller_open(struct core_poller *poller);
void core_poller_close(struct core_poller *poller);

/* Errors: negative errno of epoll_ctl (-EEXIST, -ENOENT, -EPERM for a plain file …). */
int core_poller_add(struct core_poller *poller, int fd, unsigned events, void *context);
int core_poller_modify(struct core_poller *poller, int fd, unsigned events, void *context);
int core_poller_remove(struct core_poller *poller, int fd);

/* Waits until something is ready, a wake-up or the timeout (< 0: none, 0: do not wait).
 * Returns how many results were written (0 after a wake-up or timeout), or negative errno;
 * -EINTR is passed on. *woken (may be NULL) tells whether a wake-up was consumed.
 * The timeout has nanosecond resolution where the kernel has epoll_pwait2, else it is
 * rounded up to milliseconds. */
int core_poller_wait(struct core_poller *poller, struct core_poll_result *results, int room,
                     int64_t timeout_ns, bool *woken);

/* Makes the present or next wait return. Thread: any, signal handlers too. */
void core_poller_wake(struct core_poller *poller);

#endif
