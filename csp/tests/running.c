#include "running.h"

#include "check.h"
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

struct csp *running_start(unsigned workers)
{
    struct csp *csp = NULL;
    CHECK_EQ(csp_start(&(struct csp_config){.workers = workers}, &csp), 0);
    return csp;
}

struct csp *running_start_seeded(struct core_seams *seams, uint32_t seed)
{
    struct csp *csp = NULL;
    core_seams_seed(seams, seed);
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .seams = seams}, &csp), 0);
    return csp;
}

int running(unsigned workers, void (*main_function)(void *), void *argument)
{
    struct csp *csp = running_start(workers);
    int status = csp_run(csp, main_function, argument);
    csp_stop(csp);
    return status;
}

/* Each worker has a timer, and an emulated kernel may have few of them. */
bool running_fits_here(unsigned workers)
{
    struct csp *csp = NULL;
    int rc = csp_start(&(struct csp_config){.workers = workers}, &csp);
    if (rc == -EAGAIN) {
        printf("  skipped: no timers for %u workers here\n", workers);
        return false;
    }
    CHECK_EQ(rc, 0);
    csp_stop(csp);
    return true;
}

void running_everywhere(void (*main_function)(void *), void *argument)
{
    static const unsigned workers[] = {1, 2, 16, 64};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++)
        if (workers[i] <= 16 || running_fits_here(workers[i]))
            CHECK_EQ(running(workers[i], main_function, argument), 0);
}

const char *running_captured(struct csp *csp, void (*main_function)(void *),
                             void *argument, int *status)
{
    static char text[65536];
    char path[] = "/tmp/csp-report-XXXXXX";
    int file = mkstemp(path), saved = dup(STDERR_FILENO);
    CHECK(file >= 0 && saved >= 0);
    unlink(path);
    dup2(file, STDERR_FILENO);
    *status = csp_run(csp, main_function, argument);
    dup2(saved, STDERR_FILENO);
    ssize_t bytes = pread(file, text, sizeof text - 1, 0);
    CHECK(bytes >= 0);
    text[bytes] = 0;
    close(file);
    close(saved);
    return text;
}

const char *running_report(unsigned workers, void (*main_function)(void *),
                           void *argument, int *status)
{
    struct csp *csp = running_start(workers);
    const char *report = running_captured(csp, main_function, argument, status);
    csp_stop(csp);
    return report;
}
