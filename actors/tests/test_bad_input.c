/* What cannot be is an error that actors.h documents, or the process's end; nothing is
 * leaked, which AddressSanitizer would see, and the runtime goes on. */
#include "bad_input.h"
#include "timers_here.h"

#include <core/sanitize.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT = CORE_TSAN ? 300 : 1000 }; /* of processes */

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0 && reason != NULL);
}

static struct actors *start(unsigned schedulers, uint32_t limit)
{
    struct actors *runtime;
    CHECK_EQ(actors_start(&(struct actors_config){.schedulers = schedulers,
                                                  .process_limit = limit,
                                                  .report = ignore},
                          &runtime),
             0);
    return runtime;
}

static void play(void (*body)(void *))
{
    for (unsigned schedulers = 1; schedulers <= 2; schedulers++) {
        struct actors *runtime = start(schedulers, 0);
        struct bad_input input = {.runtime = runtime};
        CHECK_EQ(actors_run(runtime, body, &input), 0);
        CHECK_EQ(input.done, 1);
        CHECK_EQ(actors_run(runtime, body, &input), 0); /* it is none the worse for it */
        actors_stop(runtime);
    }
}

static void options(void)
{
    play(bad_options);
}

static void sizes(void)
{
    play(bad_sizes);
}

static void names(void)
{
    play(bad_names);
}

static void nulls(void)
{
    play(bad_nulls);
}

static void timeouts(void)
{
    play(bad_timeouts);
}

static void stale_pids(void)
{
    play(bad_stale_pids);
}

static void what_is_no_pid(void)
{
    play(bad_no_pids);
}

/* --- the owner's calls ------------------------------------------------------------- */

static void bodyless(void *argument)
{
    (void)argument;
}

static void starts(void)
{
    const struct actors_config many = {.schedulers = ACTORS_MAX_SCHEDULERS + 1},
                               none = {.schedulers = 0};
    struct actors *runtime = (struct actors *)&many;
    CHECK_EQ(actors_start(&many, &runtime), -EINVAL);
    CHECK(runtime == NULL);
    CHECK_EQ(actors_start(NULL, &runtime), -EINVAL);
    CHECK_EQ(actors_start(&none, NULL), -EINVAL);
    CHECK_EQ(actors_start(&none, &runtime), 0); /* 0 is the default: one */
    CHECK(actors_trace(runtime, 0) != NULL);
    CHECK_EQ(actors_run(runtime, NULL, NULL), -EINVAL);
    CHECK_EQ(actors_run(runtime, bodyless, NULL), 0);
    actors_halt(runtime);
    actors_halt(runtime);
    CHECK_EQ(actors_run(runtime, bodyless, NULL), -ESHUTDOWN);
    actors_stop(runtime);
    actors_stop(NULL);
}

struct rival {
    struct actors *runtime;
    atomic_bool entered;
    int rc;
};

static void wait_for_rival(void *argument)
{
    struct rival *rival = argument;
    while (!core_load_acquire(&rival->entered)) /* pairs with the rival's release */
        actor_yield();
}

static void *run_too(void *argument)
{
    struct rival *rival = argument;
    do
        rival->rc = actors_run(rival->runtime, bodyless, NULL);
    while (rival->rc == 0);                    /* it was faster than the other */
    core_store_release(&rival->entered, true); /* pairs with wait_for_rival's acquire */
    return NULL;
}

static void run_while_running(void)
{
    struct rival rival = {.runtime = start(1, 0), .rc = 0};
    struct bad_input input = {.runtime = rival.runtime};
    pthread_t thread;
    int rc;
    CHECK_EQ(pthread_create(&thread, NULL, run_too, &rival), 0);
    do
        rc = actors_run(rival.runtime, wait_for_rival, &rival);
    while (rc == -EBUSY);
    CHECK_EQ(rc, 0);
    pthread_join(thread, NULL);
    CHECK_EQ(rival.rc, -EBUSY);
    CHECK_EQ(actors_run(rival.runtime, bad_run_within, &input), 0);
    CHECK_EQ(input.done, 1);
    actors_stop(rival.runtime);
}

/* --- the limit ---------------------------------------------------------------------- */

/* Slots that schedulers keep at hand do not count. */
static void exactly_the_limit_may_live(void)
{
    static const unsigned counts[] = {1, 2, 4, 16};
    for (int i = 0; i < (timers_here(16) ? 4 : 3); i++) {
        struct bad_input input = {.limit = LIMIT, .workers = counts[i]};
        struct actors *runtime = start(counts[i], input.limit);
        CHECK_EQ(actors_run(runtime, bad_full_table, &input), 0);
        CHECK_EQ(input.done, 1);
        actors_stop(runtime);
    }
}

static void a_full_table_runs_no_main(void)
{
    struct bad_input input = {.limit = 12, .workers = 1};
    struct actors *runtime = start(1, input.limit);
    CHECK_EQ(actors_run(runtime, bad_full_without_main, &input), 0);
    while (!core_load_acquire(&input.full)) /* pairs with the release of who fills it */
        usleep(100);
    CHECK_EQ(actors_run(runtime, bodyless, NULL), -EAGAIN);
    CHECK_EQ(actors_run(runtime, bodyless, NULL), -EAGAIN); /* and not -EBUSY */
    CHECK_EQ(actors_processes(runtime), input.limit);
    actors_stop(runtime);
    runtime = start(1, 1);
    CHECK_EQ(actors_run(runtime, bodyless, NULL), 0);
    actors_stop(runtime);
}

static void a_rush_for_the_last_fills_the_table(void)
{
    static const unsigned counts[] = {1, 2, 4};
    for (int round = 0; round < (CORE_TSAN ? 2 : 10); round++)
        for (int i = 0; i < 3; i++) {
            struct bad_input input = {.limit = LIMIT, .workers = counts[i]};
            struct actors *runtime = start(counts[i], input.limit);
            CHECK_EQ(actors_run(runtime, bad_rush_for_the_last, &input), 0);
            /* relaxed: main has heard from all who counted */
            uint64_t alive = core_load_relaxed(&input.spawned) + counts[i] + 1;
            CHECK(alive >= input.limit && alive < input.limit + counts[i]);
            actors_stop(runtime);
        }
}

/* --- no process ---------------------------------------------------------------------- */

static int reports;

static void call_from_report(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0);
    CHECK_STR(reason, "reported");
    bad_all_errno_calls(-EPERM);
    reports++;
}

static void crash(void *argument)
{
    (void)argument;
    actor_exit("reported");
}

static void calls_of_no_process_are_refused(void)
{
    struct actors *runtime;
    bad_all_errno_calls(-EPERM);
    CHECK_EQ(actors_start(&(struct actors_config){.report = call_from_report}, &runtime),
             0);
    bad_all_errno_calls(-EPERM); /* the owner is no process either */
    CHECK_EQ(actors_run(runtime, crash, NULL), 1);
    CHECK_EQ(reports, 1);
    actors_stop(runtime);
}

/* What a child says on stderr before it aborts. */
static void dies_saying(void (*call)(void), char *text, size_t room)
{
    int ends[2], status;
    CHECK_EQ(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        call();
        _exit(0);
    }
    close(ends[1]);
    size_t got = 0;
    ssize_t more;
    while (got + 1 < room && (more = read(ends[0], text + got, room - 1 - got)) > 0)
        got += (size_t)more;
    text[got] = '\0';
    close(ends[0]);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void calls_that_cannot_refuse_abort(void)
{
    static const char outside[] =
        "actors: a process's call came from a thread that runs no process\n";
    char text[200];
    for (unsigned i = 0; i < bad_calls_count; i++) {
        dies_saying(bad_calls_without_errno[i], text, sizeof text);
        /* An emulator may add a line of its own. */
        CHECK(strncmp(text, outside, strlen(outside)) == 0);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(options),
        CHECK_CASE(sizes),
        CHECK_CASE(names),
        CHECK_CASE(nulls),
        CHECK_CASE(timeouts),
        CHECK_CASE(stale_pids),
        CHECK_CASE(what_is_no_pid),
        CHECK_CASE(starts),
        CHECK_CASE(run_while_running),
        CHECK_CASE(exactly_the_limit_may_live),
        CHECK_CASE(a_full_table_runs_no_main),
        CHECK_CASE(a_rush_for_the_last_fills_the_table),
        CHECK_CASE(calls_of_no_process_are_refused),
        CHECK_CASE(calls_that_cannot_refuse_abort),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
