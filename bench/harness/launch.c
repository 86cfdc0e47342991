#include "launch.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GLANCE_NS (100 * CORE_NS_PER_MS) /* between two looks at its memory */

/* What a pipe has brought so far. */
struct intake {
    int fd; /* -1: at its end */
    char *text;
    size_t length, room, limit;
};

struct watch {
    const struct launch_order *order;
    struct launch_result *result;
    pid_t pid;
    int pid_fd;
    struct intake record, complaint;
};

/* ---- the program's side, between fork and exec ---- */

static bool bind_to(const int *cpus, unsigned count)
{
    cpu_set_t set;
    assert(count == 0 || cpus != NULL);
    CPU_ZERO(&set);
    for (unsigned i = 0; i < count; i++)
        if (cpus[i] >= 0)
            CPU_SET((size_t)cpus[i], &set);
    return CPU_COUNT(&set) == 0 || sched_setaffinity(0, sizeof set, &set) == 0;
}

_Noreturn static void give_up(const char *what)
{
    dprintf(2, "%s: %s\n", what, strerror(errno));
    _exit(127);
}

/* Descriptors: 0 and 1 are /dev/null unless 1 is the record, 2 the complaints. */
_Noreturn static void become(const struct launch_order *order, int record, int complaint,
                             pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    if (dup2(complaint, 2) < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
        give_up("cannot set up its input and output");
    if (record == order->record_fd)
        fcntl(record, F_SETFD, 0);
    else if (dup2(record, order->record_fd) < 0)
        give_up("cannot set up its record");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it ended before PDEATHSIG was armed */
        _exit(127);
    if (!bind_to(order->cpus, order->cpu_count))
        give_up("cannot bind it to its CPUs");
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(order->argv[0], order->argv, order->envp != NULL ? order->envp : environ);
    give_up(order->argv[0]);
}

/* ---- our side ---- */

/* Takes what is there without waiting; past the limit bytes are counted, not kept. */
static void intake_read(struct intake *intake)
{
    char chunk[4096];
    ssize_t got;
    assert(intake->fd >= 0 && intake->length <= intake->limit);
    while ((got = read(intake->fd, chunk, sizeof chunk)) > 0) {
        size_t keep = intake->limit - intake->length;
        keep = (size_t)got < keep ? (size_t)got : keep;
        if (intake->length + keep + 1 > intake->room) {
            size_t room = 2 * (intake->length + keep + 1);
            char *text = realloc(intake->text, room);
            if (text == NULL)
                continue; /* a record that does not fit is judged as garbage */
            intake->text = text;
            intake->room = room;
        }
        memcpy(intake->text + intake->length, chunk, keep);
        intake->length += keep;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(intake->fd);
        intake->fd = -1;
    }
}

/* The complaints that count are the last ones: keep the tail. */
static void complaint_read(struct intake *intake)
{
    if (intake->length > intake->limit / 2) {
        size_t tail = intake->limit / 4;
        memmove(intake->text, intake->text + intake->length - tail, tail);
        intake->length = tail;
    }
    intake_read(intake);
}

static void last_line(const struct intake *intake, char *line, size_t size)
{
    assert(intake->length <= intake->limit && size > 0);
    size_t end = intake->length;
    while (end > 0 && intake->text[end - 1] == '\n')
        end--;
    size_t begin = end;
    while (begin > 0 && intake->text[begin - 1] != '\n')
        begin--;
    snprintf(line, size, "%.*s", (int)(end - begin), intake->text + begin);
}

uint64_t launch_peak_rss(pid_t pid)
{
    char path[32], line[128];
    unsigned long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmHWM: %lu", &kib) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return (uint64_t)kib * 1024;
}

static void glance(struct watch *watch)
{
    assert(watch->pid > 0 && watch->order->watch_memory);
    uint64_t seen = launch_peak_rss(watch->pid);
    if (seen > watch->result->peak_rss_bytes)
        watch->result->peak_rss_bytes = seen;
}

/* Waits until it ended, its time is over or we are to stop. */
static void attend(struct watch *watch, uint64_t begin_ns)
{
    uint64_t deadline = begin_ns + watch->order->timeout_ns;
    assert(deadline > begin_ns && "no time-out, or one beyond the clock's end");
    for (;;) {
        struct pollfd fds[] = {{.fd = watch->pid_fd, .events = POLLIN},
                               {.fd = watch->record.fd, .events = POLLIN},
                               {.fd = watch->complaint.fd, .events = POLLIN},
                               {.fd = watch->order->stop_fd, .events = POLLIN}};
        uint64_t now = core_now_ns();
        uint64_t left = now < deadline ? deadline - now : 0;
        uint64_t nap = watch->order->watch_memory && left > GLANCE_NS ? GLANCE_NS : left;
        int ready = poll(fds, 4, (int)(nap / CORE_NS_PER_MS) + 1);
        if (fds[1].revents != 0) {
            if (watch->order->watch_memory)
                glance(watch); /* with its record a program usually ends */
            intake_read(&watch->record);
        }
        if (fds[2].revents != 0)
            complaint_read(&watch->complaint);
        if (ready > 0 && fds[3].revents != 0)
            watch->result->end = LAUNCH_INTERRUPTED;
        else if (ready > 0 && fds[0].revents != 0)
            watch->result->end = LAUNCH_EXITED;
        else if (core_now_ns() >= deadline)
            watch->result->end = LAUNCH_TIMED_OUT;
        else {
            if (ready == 0 && watch->order->watch_memory)
                glance(watch);
            continue;
        }
        return;
    }
}

static void bury(struct watch *watch)
{
    struct launch_result *result = watch->result;
    int status = 0;
    assert(watch->pid > 1 && "kill(-1) would end everything");
    if (result->end != LAUNCH_EXITED)
        kill(-watch->pid, SIGKILL);
    while (wait4(watch->pid, &status, 0, &result->usage) < 0 && errno == EINTR)
        ;
    kill(-watch->pid, SIGKILL); /* what it left behind in its group */
    if (result->end == LAUNCH_EXITED && WIFSIGNALED(status)) {
        result->end = LAUNCH_SIGNALLED;
        result->code = WTERMSIG(status);
    } else if (result->end == LAUNCH_EXITED) {
        result->code = WEXITSTATUS(status);
    }
}

static void finish(struct watch *watch)
{
    if (watch->record.fd >= 0)
        intake_read(&watch->record);
    if (watch->complaint.fd >= 0)
        complaint_read(&watch->complaint);
    last_line(&watch->complaint, watch->result->last_words,
              sizeof watch->result->last_words);
    free(watch->complaint.text);
    if (watch->record.text != NULL)
        watch->record.text[watch->record.length] = '\0';
    watch->result->record = watch->record.text;
    if (watch->record.fd >= 0)
        close(watch->record.fd);
    if (watch->complaint.fd >= 0)
        close(watch->complaint.fd);
}

static int start(struct watch *watch, int record[2], int complaint[2])
{
    pid_t parent = getpid();
    watch->pid = fork();
    if (watch->pid == 0)
        become(watch->order, record[1], complaint[1], parent);
    if (watch->pid < 0)
        return -errno;
    setpgid(watch->pid, watch->pid); /* both sides: whoever comes first */
    watch->pid_fd = (int)syscall(SYS_pidfd_open, watch->pid, 0);
    if (watch->pid_fd >= 0)
        return 0;
    int error = -errno;
    watch->result->end = LAUNCH_INTERRUPTED;
    bury(watch);
    return error;
}

int launch_run(const struct launch_order *order, struct launch_result *result)
{
    assert(order->argv[0] != NULL && order->timeout_ns > 0);
    assert(order->record_fd == 1 || order->record_fd == LAUNCH_RECORD_FD);
    int record[2], complaint[2];
    *result = (struct launch_result){0};
    if (pipe2(record, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(complaint, O_CLOEXEC) < 0) {
        int error = -errno;
        close(record[0]);
        close(record[1]);
        return error;
    }
    struct watch watch = {.order = order,
                          .result = result,
                          .record = {.fd = record[0], .limit = LAUNCH_RECORD_MAX},
                          .complaint = {.fd = complaint[0], .limit = 1u << 16}};
    uint64_t begin_ns = core_now_ns();
    int error = start(&watch, record, complaint);
    close(record[1]);
    close(complaint[1]);
    if (error == 0) {
        fcntl(record[0], F_SETFL, O_NONBLOCK);
        fcntl(complaint[0], F_SETFL, O_NONBLOCK);
        attend(&watch, begin_ns);
        bury(&watch);
        result->took_ns = core_now_ns() - begin_ns;
        close(watch.pid_fd);
    }
    finish(&watch);
    return error;
}
