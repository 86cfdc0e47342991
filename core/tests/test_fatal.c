/* Faults that are nobody's own: in libc or a runtime, or sent by somebody. They go to who
 * owned the signal before, else they end the process, after a line on stderr. Each case
 * runs in a child, whose end is what is checked. */
#include "check.h"
#include "preempt_tasks.h"
#include "turns.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct turns turns;

struct end {
    int status;
    char said[400]; /* on stderr */
};

static struct end run_child(void (*body)(void))
{
    struct end end = {.status = 0};
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* the death is no news */
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t held = 0;
    for (ssize_t n; (n = read(ends[0], end.said + held, sizeof end.said - 1 - held)) > 0;)
        held += (size_t)n;
    close(ends[0]);
    CHECK_EQ(waitpid(child, &end.status, 0), child);
    return end;
}

static void check_death(void (*body)(void), int signal)
{
    struct end end = run_child(body);
    char line[64];
    snprintf(line, sizeof line, "quartet: fatal: signal %d at ", signal);
    CHECK(WIFSIGNALED(end.status));
    CHECK_EQ(WTERMSIG(end.status), signal);
    CHECK(strncmp(end.said, line, strlen(line)) == 0);
    CHECK(strstr(end.said, ", outside task code\n") != NULL);
}

static void check_exit(void (*body)(void), int status)
{
    struct end end = run_child(body);
    CHECK(WIFEXITED(end.status));
    CHECK_EQ(WEXITSTATUS(end.status), status);
}

static void run_as_task(void (*run)(struct turns_task *))
{
    turns_open(&turns);
    turns_add(&turns, run);
    turns_run(&turns, 1);
    turns_close(&turns);
}

static char *volatile nowhere; /* or the compiler would know */

static void measure_nowhere(struct turns_task *task)
{
    task->wrong = task_measure(strlen, nowhere);
}

static void write_nowhere(struct turns_task *task)
{
    (void)task;
    *nowhere = 1; /* not task code, as a runtime is not */
}

static void raise_in_task(struct turns_task *task)
{
    (void)task;
    raise(SIGFPE);
}

static void fault_in_libc(void)
{
    run_as_task(measure_nowhere);
}

static void fault_in_the_runtime(void)
{
    run_as_task(write_nowhere);
}

static void raised_signal(void)
{
    run_as_task(raise_in_task);
}

static void ignored_fault(void)
{
    signal(SIGSEGV, SIG_IGN);
    run_as_task(measure_nowhere);
}

static void faults_elsewhere_end_the_process_with_a_line(void)
{
    check_death(fault_in_libc, SIGSEGV);
    check_death(fault_in_the_runtime, SIGSEGV);
    check_death(raised_signal, SIGFPE);
    check_death(ignored_fault, SIGSEGV);
}

enum { BY_ACTION = 42, BY_HANDLER = 43 };

static void exit_by_action(int signal, siginfo_t *info, void *context)
{
    _exit(signal == SIGSEGV && info->si_addr == nowhere && context != NULL ? BY_ACTION
                                                                           : 1);
}

static void exit_by_handler(int signal)
{
    _exit(signal == SIGFPE ? BY_HANDLER : 1);
}

static void fault_of_another_owner(void)
{
    struct sigaction action = {.sa_sigaction = exit_by_action, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    run_as_task(measure_nowhere);
}

static void raised_signal_of_another_owner(void)
{
    signal(SIGFPE, exit_by_handler);
    run_as_task(raise_in_task);
}

static void who_owned_the_signal_before_is_called(void)
{
    check_exit(fault_of_another_owner, BY_ACTION);
    check_exit(raised_signal_of_another_owner, BY_HANDLER);
}

/* A collector's write barrier, say: its handler mends the page and the write goes on. */
static void mend(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
    if (mprotect(nowhere, 1, PROT_READ | PROT_WRITE) != 0)
        _exit(1);
}

static void mended_fault(void)
{
    struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    nowhere = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    run_as_task(write_nowhere);
    _exit(*nowhere == 1 ? BY_ACTION : 1);
}

static void a_handler_that_mends_lets_the_task_go_on(void)
{
    check_exit(mended_fault, BY_ACTION);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(faults_elsewhere_end_the_process_with_a_line),
        CHECK_CASE(who_owned_the_signal_before_is_called),
        CHECK_CASE(a_handler_that_mends_lets_the_task_go_on),
    };
    if (CORE_SANITIZED) {
        printf("skipped: a sanitizer turns these faults into its own reports\n");
        return CHECK_SKIP;
    }
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
