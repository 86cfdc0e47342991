/* launch.h - one program run to its end, watched: its record, its last words, what it
 * used.
 *
 * The program is exec'd in its own process group, so that a time-out or an interruption
 * ends it with everything it started, and a Ctrl-C of the terminal reaches only us. It
 * dies with us (PR_SET_PDEATHSIG). It is bound to the given CPUs before it starts.
 */
#ifndef HARNESS_LAUNCH_H
#define HARNESS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define LAUNCH_RECORD_FD 3
#define LAUNCH_RECORD_MAX (1u << 20) /* a longer record is garbage */

enum launch_end {
    LAUNCH_EXITED,
    LAUNCH_SIGNALLED,
    LAUNCH_TIMED_OUT,
    LAUNCH_INTERRUPTED, /* stop_fd became readable: we are to end */
};

struct launch_order {
    char *const *argv;
    char *const *envp;  /* NULL: our own environment */
    int record_fd;      /* the program's descriptor that we read: 1 or LAUNCH_RECORD_FD */
    const int *cpus;    /* it may run on these; those below 0 are left out */
    unsigned cpu_count; /* 0: anywhere */
    bool watch_memory;  /* look at its memory ten times a second, which it may notice */
    uint64_t timeout_ns; /* after it, the group is killed */
    int stop_fd;         /* a signalfd; -1: none */
};

struct launch_result {
    enum launch_end end;
    int code;     /* exit status, or the signal's number */
    char *record; /* all it wrote to record_fd, with a NUL; Owns: caller, free() */
    char last_words[512];    /* the last line on its stderr; "" if none */
    struct rusage usage;     /* its own and that of the children it waited for */
    uint64_t peak_rss_bytes; /* the highest seen; 0 where it ended unseen */
    uint64_t took_ns;        /* from fork to the end */
};

/* High-water mark of a living process's memory in bytes, its own from its exec on; 0
 * where it cannot be seen. (ru_maxrss is no such thing: it starts at what the parent had
 * when it forked.) Thread: any. */
uint64_t launch_peak_rss(pid_t pid);

/* Runs it. May: fail, block. Thread: any, but SIGCHLD must not be ignored.
 * Errors: negative errno where it could not be started; an exec that fails is an exit
 * with code 127 and the reason in last_words. */
int launch_run(const struct launch_order *order, struct launch_result *result);

#endif
