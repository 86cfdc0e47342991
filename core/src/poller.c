/* poller.c - epoll and an eventfd.
 *
 * Wake-ups coalesce through wake_pending: only the thread that turns it on writes to the
 * eventfd, and the waiter drains the eventfd *before* it turns it off. A wake-up that
 * comes in between writes nothing, and is not lost: its exchange precedes the waiter's in
 * the order of the flag, so what its caller wrote before is visible when the wait
 * returns.
 */
#include <core/poller.h>

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COARSE_FROM_THE_START true /* clang 14's runtime does not see epoll_pwait2 */
#endif
#endif
#ifndef COARSE_FROM_THE_START
#define COARSE_FROM_THE_START false
#endif

static int close_keeping_error(int fd)
{
    int error = errno;
    close(fd);
    return -error;
}

int core_poller_open(struct core_poller *poller)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        return -errno;
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0)
        return close_keeping_error(epoll_fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) < 0) {
        close_keeping_error(wake_fd);
        return close_keeping_error(epoll_fd);
    }
    poller->epoll_fd = epoll_fd;
    poller->wake_fd = wake_fd;
    poller->coarse = COARSE_FROM_THE_START;
    atomic_init(&poller->wake_pending, false);
    return 0;
}

void core_poller_close(struct core_poller *poller)
{
    assert(poller->epoll_fd >= 0 && "closed twice");
    close(poller->wake_fd);
    close(poller->epoll_fd);
    poller->wake_fd = -1;
    poller->epoll_fd = -1;
}

static uint32_t to_epoll(unsigned events)
{
    return (events & CORE_POLL_READ ? (uint32_t)EPOLLIN : 0) |
           (events & CORE_POLL_WRITE ? (uint32_t)EPOLLOUT : 0) |
           (events & CORE_POLL_ONESHOT ? (uint32_t)EPOLLONESHOT : 0) |
           (events & CORE_POLL_EDGE ? (uint32_t)EPOLLET : 0);
}

static unsigned from_epoll(uint32_t events)
{
    return (events & (EPOLLIN | EPOLLRDHUP) ? CORE_POLL_READ : 0U) |
           (events & EPOLLOUT ? CORE_POLL_WRITE : 0U) |
           (events & (EPOLLERR | EPOLLHUP) ? CORE_POLL_ERROR : 0U);
}

static int control(struct core_poller *poller, int operation, int fd, unsigned events,
                   void *context)
{
    const unsigned known = CORE_POLL_READ | CORE_POLL_WRITE | CORE_POLL_ERROR |
                           CORE_POLL_ONESHOT | CORE_POLL_EDGE;
    if (!context || (events & ~known) != 0)
        return -EINVAL;
    struct epoll_event event = {.events = to_epoll(events), .data.ptr = context};
    return epoll_ctl(poller->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

int core_poller_add(struct core_poller *poller, int fd, unsigned events, void *context)
{
    return control(poller, EPOLL_CTL_ADD, fd, events, context);
}

int core_poller_modify(struct core_poller *poller, int fd, unsigned events, void *context)
{
    return control(poller, EPOLL_CTL_MOD, fd, events, context);
}

int core_poller_remove(struct core_poller *poller, int fd)
{
    struct epoll_event unused = {0}; /* kernels before 2.6.9 want one; it costs nothing */
    return epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, fd, &unused) < 0 ? -errno : 0;
}

static int to_milliseconds(int64_t timeout_ns)
{
    if (timeout_ns < 0)
        return -1;
    int64_t ms = timeout_ns / (int64_t)CORE_NS_PER_MS +
                 (timeout_ns % (int64_t)CORE_NS_PER_MS != 0);
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* One wait; the result as epoll_wait gives it. */
static int wait_for(struct core_poller *poller, struct epoll_event *events, int room,
                    int64_t timeout_ns)
{
    bool whole = timeout_ns < 0 || timeout_ns % (int64_t)CORE_NS_PER_MS == 0;
    if (whole || poller->coarse)
        return epoll_wait(poller->epoll_fd, events, room, to_milliseconds(timeout_ns));
    struct timespec timeout = {.tv_sec = timeout_ns / (int64_t)CORE_NS_PER_S,
                               .tv_nsec = timeout_ns % (int64_t)CORE_NS_PER_S};
    int count = epoll_pwait2(poller->epoll_fd, events, room, &timeout, NULL);
    if (count >= 0 ||
        (errno != ENOSYS && errno != EPERM)) /* EPERM: an old seccomp filter */
        return count;
    poller->coarse = true;
    return wait_for(poller, events, room, timeout_ns);
}

static void consume_wake(struct core_poller *poller)
{
    uint64_t count;
    ssize_t got = read(poller->wake_fd, &count, sizeof count);
    assert(got == sizeof count && "only the waiter reads the eventfd");
    (void)got;
    /* An exchange, not a store: it pairs with the exchange of every wake-up before it,
     * those that wrote nothing included. */
    bool pending = core_exchange_acq_rel(&poller->wake_pending, false);
    assert(pending);
    (void)pending;
}

int core_poller_wait(struct core_poller *poller, struct core_poll_result *results,
                     int room, int64_t timeout_ns, bool *woken)
{
    assert(room > 0);
    struct epoll_event events[CORE_POLL_BATCH];
    if (woken)
        *woken = false;
    /* Not one more for the wake-up: a one-shot result without a place would be lost. */
    int want = room < CORE_POLL_BATCH ? room : CORE_POLL_BATCH;
    int count = wait_for(poller, events, want, timeout_ns);
    if (count < 0)
        return -errno;
    int filled = 0;
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == NULL) {
            consume_wake(poller);
            if (woken)
                *woken = true;
        } else {
            results[filled++] = (struct core_poll_result){events[i].data.ptr,
                                                          from_epoll(events[i].events)};
        }
    }
    return filled;
}

void core_poller_wake(struct core_poller *poller)
{
    /* Release: the caller's work is visible to the exchange in consume_wake. Acquire is
     * not needed by the waker; acq_rel keeps the chain of exchanges a release sequence.
     */
    if (core_exchange_acq_rel(&poller->wake_pending, true))
        return;
    int error = errno;
    uint64_t one = 1;
    ssize_t put = write(poller->wake_fd, &one, sizeof one);
    assert(put == sizeof one && "the counter of the eventfd never passes 1");
    (void)put;
    errno = error;
}
