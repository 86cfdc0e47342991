/* TCP: every main goroutine on 1, 2 and 16 workers, and what is done from outside. */
#include "check.h"
#include "running.h"
#include "tasks_net.h"

#include <arpa/inet.h>
#include <core/seam.h>
#include <core/worker.h>
#include <dirent.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void everywhere(void (*main_function)(void *), void *argument)
{
    static const unsigned workers[] = {1, 2, 16};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++)
        CHECK_EQ(running(workers[i], main_function, argument), 0);
}

#define EVERYWHERE(name)          \
    static void run_##name(void)  \
    {                             \
        everywhere((name), NULL); \
    }
EVERYWHERE(TestListenerClose)
EVERYWHERE(TestListenCloseListen)
EVERYWHERE(TestConnClose)
EVERYWHERE(TestCloseRead)
EVERYWHERE(TestCloseWrite)
EVERYWHERE(TestTCPConcurrentAccept)
EVERYWHERE(TestTCPStress)
EVERYWHERE(TestTCPBig)
EVERYWHERE(TestTCPSelfConnect)
EVERYWHERE(TestMutexCloseUnblock)
EVERYWHERE(TestDialListenAddr)
EVERYWHERE(TestIPv6)
EVERYWHERE(TestDialTimeoutMaxDuration)
EVERYWHERE(TestAcceptTimeout)
EVERYWHERE(TestAcceptTimeoutMustReturn)
EVERYWHERE(TestAcceptTimeoutMustNotReturn)
EVERYWHERE(TestReadTimeout)
EVERYWHERE(TestReadTimeoutMustNotReturn)
EVERYWHERE(TestReadTimeoutFluctuation)
EVERYWHERE(TestWriteTimeout)
EVERYWHERE(TestWriteTimeoutMustReturn)
EVERYWHERE(TestVariousDeadlines)
EVERYWHERE(TestReadWriteProlongedTimeout)
EVERYWHERE(TestConcurrentSetDeadline)
EVERYWHERE(deadline_while_blocked)
EVERYWHERE(errors_and_texts)
EVERYWHERE(concurrent_writes_do_not_mix)
EVERYWHERE(stale_names)
EVERYWHERE(reset_by_peer)
EVERYWHERE(client_never_reads)
EVERYWHERE(NetpollDeadlockBlocked)

static void run_echo_beside_loops(void)
{
    if (core_preempt_plants())
        everywhere(echo_beside_loops, NULL);
    else /* nothing but a call could take the loops' turns away */
        puts("  skipped: no preemption between calls here");
}

/* --- From outside -------------------------------------------------------------- */

static int listen_raw(int backlog, char address[CSP_ADDRESS_BYTES])
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    CHECK_EQ(listen(fd, backlog), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&name, &bytes), 0);
    snprintf(address, CSP_ADDRESS_BYTES, "127.0.0.1:%u", ntohs(name.sin_port));
    return fd;
}

/* Fills the backlog: the kernel drops what comes after. */
static void run_TestDialTimeout(void)
{
    enum { FILLERS = 8 };
    char address[CSP_ADDRESS_BYTES];
    struct sockaddr_in name;
    socklen_t bytes = sizeof name;
    int fillers[FILLERS], fd = listen_raw(0, address);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&name, &bytes), 0);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        CHECK(connect(fillers[i], (struct sockaddr *)&name, bytes) == 0 ||
              errno == EINPROGRESS);
    }
    usleep(20000);
    everywhere(TestDialTimeout, address);
    for (int i = 0; i < FILLERS; i++)
        close(fillers[i]);
    close(fd);
}

static void *serves_late(void *argument)
{
    int fd = accept(*(int *)argument, NULL, NULL);
    CHECK(fd >= 0);
    usleep(30000);
    CHECK_EQ(write(fd, "o", 1), 1);
    close(fd);
    return NULL;
}

static void a_wait_for_a_socket_is_no_deadlock(void)
{
    static const unsigned workers[] = {1, 2, 16};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        char address[CSP_ADDRESS_BYTES];
        pthread_t thread;
        int fd = listen_raw(5, address);
        CHECK_EQ(pthread_create(&thread, NULL, serves_late, &fd), 0);
        CHECK_EQ(running(workers[i], waits_for_outside, address), 0);
        pthread_join(thread, NULL);
        close(fd);
    }
}

static void open_sockets_keep_no_run_alive(void)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        int status = 0;
        const char *report = running_report(workers, NetpollDeadlock, NULL, &status);
        CHECK_EQ(status, 2);
        CHECK(strstr(report, "fatal error: all goroutines are asleep - deadlock!\n") ==
              report);
    }
}

/* --- Descriptors --------------------------------------------------------------- */

static int open_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder != NULL);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static void a_run_closes_what_it_opened(void)
{
    struct csp *csp = running_start(2);
    CHECK_EQ(csp_run(csp, TestTCPStress, NULL), 0); /* opens the poller */
    int before = open_descriptors();
    for (int i = 0; i < 10; i++)
        CHECK_EQ(csp_run(csp, leaves_open, NULL), 0);
    CHECK_EQ(open_descriptors(), before);
    csp_stop(csp);
}

static rlim_t set_limit(rlim_t limit)
{
    struct rlimit now;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
    rlim_t before = now.rlim_cur;
    now.rlim_cur = limit < now.rlim_max ? limit : now.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &now), 0);
    return before;
}

static void descriptors_run_out(void)
{
    struct csp *csp = running_start(2);
    rlim_t before = set_limit((rlim_t)open_descriptors() + 12);
    CHECK_EQ(csp_run(csp, net_out_of_descriptors, NULL), 0);
    set_limit(before);
    CHECK_EQ(csp_run(csp, TestTCPStress, NULL), 0);
    csp_stop(csp);
}

static void a_thousand_connect_at_once(void)
{
    enum { WANTED = 1000 };
    rlim_t before = set_limit(2 * WANTED + 100);
    struct rlimit now;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
    int count = now.rlim_cur < 2 * WANTED + 100 ? (int)now.rlim_cur / 3 : WANTED;
    everywhere(burst_of_connects, &count);
    set_limit(before);
}

/* --- Failures ------------------------------------------------------------------ */

static void fails_once(enum core_fail_site site, int64_t nth,
                       void (*main_function)(void *))
{
    struct core_seams seams = {0};
    struct csp *csp = NULL;
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 2, .seams = &seams}, &csp), 0);
    core_fail_nth(&seams, site, nth);
    CHECK_EQ(csp_run(csp, main_function, NULL), 0);
    CHECK_EQ(csp_run(csp, TestTCPStress, NULL), 0);
    csp_stop(csp);
}

static void a_poller_that_fails(void)
{
    fails_once(CORE_FAIL_POLLER, 1, net_without_poller);
}

static void memory_that_fails(void)
{
    /* The first are main's descriptor and the table's first places. */
    fails_once(CORE_FAIL_MEMORY, 2, net_without_memory);
    fails_once(CORE_FAIL_MEMORY, 3, net_without_memory);
}

/* --- Others -------------------------------------------------------------------- */

static void a_dump_names_the_waits(void)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *into = open_memstream(&text, &bytes);
    CHECK_EQ(running(2, net_dump, into), 0);
    fclose(into);
    CHECK(strstr(text, "[IO wait]:\nreads_for_ever(...)\n") != NULL);
    CHECK(strstr(text, "[semacquire]:\nreads_for_ever(...)\n") != NULL);
    free(text);
}

static void seeded_runs(void)
{
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct core_seams seams = {0};
        struct csp *csp = running_start_seeded(&seams, seed);
        CHECK_EQ(csp_run(csp, net_seeded, NULL), 0);
        CHECK_EQ(csp_run(csp, TestTCPConcurrentAccept, NULL), 0);
        csp_stop(csp);
    }
}

#define CASE(test)                         \
    {                                      \
        .name = #test, .run = (run_##test) \
    }

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(TestListenerClose),
        CASE(TestListenCloseListen),
        CASE(TestConnClose),
        CASE(TestCloseRead),
        CASE(TestCloseWrite),
        CASE(TestTCPConcurrentAccept),
        CASE(TestTCPStress),
        CASE(TestTCPBig),
        CASE(TestTCPSelfConnect),
        CASE(TestMutexCloseUnblock),
        CASE(TestDialListenAddr),
        CASE(TestIPv6),
        CASE(TestDialTimeout),
        CASE(TestDialTimeoutMaxDuration),
        CASE(TestAcceptTimeout),
        CASE(TestAcceptTimeoutMustReturn),
        CASE(TestAcceptTimeoutMustNotReturn),
        CASE(TestReadTimeout),
        CASE(TestReadTimeoutMustNotReturn),
        CASE(TestReadTimeoutFluctuation),
        CASE(TestWriteTimeout),
        CASE(TestWriteTimeoutMustReturn),
        CASE(TestVariousDeadlines),
        CASE(TestReadWriteProlongedTimeout),
        CASE(TestConcurrentSetDeadline),
        CASE(deadline_while_blocked),
        CASE(errors_and_texts),
        CASE(concurrent_writes_do_not_mix),
        CASE(stale_names),
        CASE(reset_by_peer),
        CASE(client_never_reads),
        CASE(echo_beside_loops),
        CASE(NetpollDeadlockBlocked),
        CHECK_CASE(a_wait_for_a_socket_is_no_deadlock),
        CHECK_CASE(open_sockets_keep_no_run_alive),
        CHECK_CASE(a_run_closes_what_it_opened),
        CHECK_CASE(descriptors_run_out),
        CHECK_CASE(a_thousand_connect_at_once),
        CHECK_CASE(a_poller_that_fails),
        CHECK_CASE(memory_that_fails),
        CHECK_CASE(a_dump_names_the_waits),
        CHECK_CASE(seeded_runs),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
