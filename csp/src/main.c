/* A whole program: what a Go program's start and end are around main.main. */
#include "runtime.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* GOMAXPROCS as Go reads it: anything but a positive number is as if it were not set. */
static unsigned workers_wanted(void)
{
    const char *text = getenv("GOMAXPROCS");
    char *end = NULL;
    long wanted = text == NULL ? 0 : strtol(text, &end, 10);
    cpu_set_t cpus;
    if (wanted <= 0 || *end != 0)
        wanted = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    return wanted > CSP_WORKERS_MAX ? CSP_WORKERS_MAX : (unsigned)wanted;
}

void csp_main_named(void (*main_function)(void *), void *argument, const char *name)
{
    struct csp *csp = NULL;
    int status = csp_start(&(struct csp_config){.workers = workers_wanted()}, &csp);
    if (status == 0) {
        csp->program = true; /* no goroutine yet that could read it */
        status = csp_run_named(csp, main_function, argument, name);
    }
    if (status < 0) {
        fprintf(stderr, "csp: cannot start: %s\n", strerror(-status));
        status = 2;
    }
    exit(status); /* without csp_stop: nothing is left that outlives the process */
}
