#include "quiet.h"

#include "machine.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOOK_MS 200

/* Sleeps; false when we are to stop. */
static bool doze(int stop_fd)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
    return poll(&fd, 1, LOOK_MS) <= 0 || fd.revents == 0;
}

static enum exit_code interrupted(struct trouble *trouble)
{
    return trouble_set(trouble, EXIT_INTERRUPTED, "interrupted while waiting");
}

/* The second open is for a lock file of another user in a sticky folder, which the kernel
 * lets us read but not create. */
static int open_lock(char path[PATH_MAX])
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    bool own = folder != NULL && access(folder, W_OK) == 0;
    snprintf(path, PATH_MAX, "%s/quartet-bench.lock", own ? folder : "/tmp");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

enum exit_code quiet_lock(int stop_fd, int *lock, struct trouble *trouble)
{
    char path[PATH_MAX];
    assert(stop_fd >= 0);
    *lock = open_lock(path);
    if (*lock < 0) {
        fprintf(stderr,
                "quartet-bench: no lock at %s (%s): nothing keeps a second "
                "campaign from overlapping\n",
                path, strerror(errno));
        return EXIT_GOOD;
    }
    for (bool told = false; flock(*lock, LOCK_EX | LOCK_NB) != 0; told = true) {
        if (!told)
            fprintf(stderr,
                    "quartet-bench: another campaign is running (it holds %s): "
                    "waiting for its end\n",
                    path);
        if (!doze(stop_fd))
            return interrupted(trouble);
    }
    return EXIT_GOOD;
}

enum exit_code quiet_wait(uint64_t limit_ns, int stop_fd, struct quiet *quiet,
                          struct trouble *trouble)
{
    uint64_t begin = core_now_ns();
    for (bool told = false;; told = true) {
        quiet->pressure = machine_pressure(NULL);
        quiet->waited_ns = core_now_ns() - begin;
        quiet->noisy = quiet->pressure >= QUIET_PRESSURE;
        assert(quiet->pressure <= 100);
        if (!quiet->noisy || quiet->waited_ns >= limit_ns)
            return EXIT_GOOD;
        if (!told)
            fprintf(stderr,
                    "waiting up to %.0f s for a quiet machine (CPU pressure %.0f %%)\n",
                    (double)limit_ns / 1e9, quiet->pressure);
        if (!doze(stop_fd))
            return interrupted(trouble);
    }
}
