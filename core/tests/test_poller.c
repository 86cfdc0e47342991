/* The poller: readiness, wake-ups that coalesce and are never lost, errors of the kernel.
 */
#include "check.h"

#include <core/clock.h>
#include <core/poller.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/* The linker puts this in the place of glibc's call: a kernel that does not know it. */
int __wrap_epoll_pwait2(int fd, struct epoll_event *events, int room,
                        const struct timespec *timeout, const sigset_t *mask);
int __real_epoll_pwait2(int fd, struct epoll_event *events, int room,
                        const struct timespec *timeout, const sigset_t *mask);
static int pwait2_error;

int __wrap_epoll_pwait2(int fd, struct epoll_event *events, int room,
                        const struct timespec *timeout, const sigset_t *mask)
{
    if (pwait2_error == 0)
        return __real_epoll_pwait2(fd, events, room, timeout, mask);
    errno = pwait2_error;
    return -1;
}

static int open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    CHECK(dir != NULL);
    int count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void readiness_comes_with_its_context(void)
{
    struct core_poller poller;
    struct core_poll_result results[4];
    int ends[2], marker;
    CHECK_EQ(core_poller_open(&poller), 0);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(core_poller_add(&poller, ends[0], CORE_POLL_READ, &marker), 0);
    CHECK_EQ(core_poller_wait(&poller, results, 4, 0, NULL), 0);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    for (int i = 0; i < 2; i++) { /* level-triggered: it stays ready */
        CHECK_EQ(core_poller_wait(&poller, results, 4, -1, NULL), 1);
        CHECK(results[0].context == &marker);
        CHECK_EQ(results[0].events, CORE_POLL_READ);
    }
    close(ends[1]);
    CHECK_EQ(core_poller_wait(&poller, results, 4, -1, NULL), 1);
    CHECK(results[0].events & CORE_POLL_ERROR);
    CHECK_EQ(core_poller_remove(&poller, ends[0]), 0);
    CHECK_EQ(core_poller_wait(&poller, results, 4, 0, NULL), 0);
    close(ends[0]);
    core_poller_close(&poller);
}

static void one_shot_is_not_lost_when_room_is_short(void)
{
    enum { PIPES = 5 };
    struct core_poller poller;
    int ends[PIPES][2], seen[PIPES] = {0};
    CHECK_EQ(core_poller_open(&poller), 0);
    for (int i = 0; i < PIPES; i++) {
        CHECK_EQ(pipe(ends[i]), 0);
        CHECK_EQ(core_poller_add(&poller, ends[i][1], CORE_POLL_WRITE | CORE_POLL_ONESHOT,
                                 &seen[i]),
                 0);
    }
    core_poller_wake(&poller);
    int wakes = 0;
    for (int i = 0; i < PIPES + 1; i++) {
        struct core_poll_result result;
        bool woken;
        int count = core_poller_wait(&poller, &result, 1, 0, &woken);
        CHECK_EQ(count, !woken);
        wakes += woken;
        if (count == 1)
            ++*(int *)result.context;
    }
    CHECK_EQ(wakes, 1);
    for (int i = 0; i < PIPES; i++) {
        CHECK_EQ(seen[i], 1);
        close(ends[i][0]);
        close(ends[i][1]);
    }
    core_poller_close(&poller);
}

static void wakes_between_two_waits_count_once(void)
{
    struct core_poller poller;
    struct core_poll_result result;
    bool woken;
    CHECK_EQ(core_poller_open(&poller), 0);
    for (int i = 0; i < 10; i++)
        core_poller_wake(&poller);
    CHECK_EQ(core_poller_wait(&poller, &result, 1, -1, &woken), 0);
    CHECK(woken);
    CHECK_EQ(core_poller_wait(&poller, &result, 1, 0, &woken), 0);
    CHECK(!woken);
    core_poller_close(&poller);
}

enum { WAKERS = 4, WAKES = 5000 };
static struct core_poller shared;
static _Atomic unsigned work;

static void *add_work_and_wake(void *unused)
{
    for (int i = 0; i < WAKES; i++) {
        core_add_relaxed(&work, 1U); /* published by the wake-up */
        core_poller_wake(&shared);
    }
    return unused;
}

/* Waits without a timeout: a lost wake-up would hang here. */
static void no_wake_is_lost(void)
{
    pthread_t wakers[WAKERS];
    struct core_poll_result result;
    CHECK_EQ(core_poller_open(&shared), 0);
    for (int i = 0; i < WAKERS; i++)
        CHECK_EQ(pthread_create(&wakers[i], NULL, add_work_and_wake, NULL), 0);
    /* relaxed: a count of its own; the wake-ups are what must not be lost */
    while (core_load_relaxed(&work) < WAKERS * WAKES) {
        bool woken;
        CHECK_EQ(core_poller_wait(&shared, &result, 1, -1, &woken), 0);
        CHECK(woken);
    }
    for (int i = 0; i < WAKERS; i++)
        pthread_join(wakers[i], NULL);
    core_poller_close(&shared);
}

static void wait_at_least(struct core_poller *poller, int64_t timeout_ns)
{
    struct core_poll_result result;
    uint64_t before = core_now_ns();
    CHECK_EQ(core_poller_wait(poller, &result, 1, timeout_ns, NULL), 0);
    CHECK(core_now_ns() - before >= (uint64_t)timeout_ns);
}

static void a_timeout_is_never_cut_short(void)
{
    struct core_poller poller;
    CHECK_EQ(core_poller_open(&poller), 0);
    wait_at_least(&poller, 300 * 1000);
    wait_at_least(&poller, 2 * 1000 * 1000);
    wait_at_least(&poller, 1);
    core_poller_close(&poller);
}

static void without_epoll_pwait2_it_rounds_up(void)
{
    static const int errors[] = {ENOSYS, EPERM};
    for (int i = 0; i < 2; i++) {
        struct core_poller poller;
        CHECK_EQ(core_poller_open(&poller), 0);
        pwait2_error = errors[i];
        wait_at_least(&poller, 1500 * 1000);
        CHECK(poller.coarse);
        pwait2_error = 0;
        wait_at_least(&poller, 100);
        core_poller_close(&poller);
    }
}

static void bad_arguments_are_answered(void)
{
    struct core_poller poller;
    struct core_poll_result result;
    int ends[2], marker;
    CHECK_EQ(core_poller_open(&poller), 0);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(core_poller_add(&poller, ends[0], CORE_POLL_READ, NULL), -EINVAL);
    CHECK_EQ(core_poller_add(&poller, ends[0], 1U << 20, &marker), -EINVAL);
    CHECK_EQ(core_poller_add(&poller, -1, CORE_POLL_READ, &marker), -EBADF);
    CHECK_EQ(core_poller_modify(&poller, ends[0], CORE_POLL_READ, &marker), -ENOENT);
    CHECK_EQ(core_poller_remove(&poller, ends[0]), -ENOENT);
    CHECK_EQ(core_poller_add(&poller, ends[0], CORE_POLL_READ, &marker), 0);
    CHECK_EQ(core_poller_add(&poller, ends[0], CORE_POLL_READ, &marker), -EEXIST);
    int file = open("/proc/self/exe", O_RDONLY);
    CHECK(file >= 0);
    CHECK_EQ(core_poller_add(&poller, file, CORE_POLL_READ, &marker), -EPERM);
    close(file);
    int epoll_fd = poller.epoll_fd;
    poller.epoll_fd = ends[0]; /* no epoll descriptor */
    CHECK_EQ(core_poller_wait(&poller, &result, 1, 0, NULL), -EINVAL);
    poller.epoll_fd = epoll_fd;
    core_poller_close(&poller);
    close(ends[0]);
    close(ends[1]);
}

/* With 0 or 1 descriptors left, opening fails and leaves nothing behind. */
static void opening_without_descriptors_fails_cleanly(void)
{
    struct rlimit before, tight;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    int lowest = dup(0);
    CHECK(lowest >= 0);
    close(lowest);
    for (rlim_t left = 0; left < 2; left++) {
        struct core_poller poller;
        tight = (struct rlimit){(rlim_t)lowest + left, before.rlim_max};
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
        CHECK_EQ(core_poller_open(&poller), -EMFILE);
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
        int again = dup(0);
        CHECK_EQ(again, lowest);
        close(again);
    }
}

static void opening_and_closing_leaks_nothing(void)
{
    int before = open_fds();
    for (int i = 0; i < 100; i++) {
        struct core_poller poller;
        CHECK_EQ(core_poller_open(&poller), 0);
        core_poller_close(&poller);
    }
    CHECK_EQ(open_fds(), before);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(readiness_comes_with_its_context),
        CHECK_CASE(one_shot_is_not_lost_when_room_is_short),
        CHECK_CASE(wakes_between_two_waits_count_once),
        CHECK_CASE(no_wake_is_lost),
        CHECK_CASE(a_timeout_is_never_cut_short),
        CHECK_CASE(without_epoll_pwait2_it_rounds_up),
        CHECK_CASE(bad_arguments_are_answered),
        CHECK_CASE(opening_without_descriptors_fails_cleanly),
        CHECK_CASE(opening_and_closing_leaks_nothing),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
