/* Native calls that block: the functions, and the runs around them. */
#include "check.h"
#include "running.h"
#include "tasks_net.h"

#include <core/seam.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t reads_pipe(void *argument)
{
    struct block_case *block = argument;
    char byte;
    return read(block->pipe[0], &byte, 1);
}

static int64_t writes_pipe(void *argument)
{
    struct block_case *block = argument;
    return write(block->pipe[1], "x", 1);
}

static int64_t adds_one(void *argument)
{
    /* More than a goroutine's stack has, and a sleep that no tick may interrupt. */
    volatile char room[256 * 1024];
    room[0] = room[sizeof room - 1] = 1;
    CHECK_EQ(nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL), 0);
    return *(int64_t *)argument + room[0];
}

static int64_t least(void *argument)
{
    (void)argument;
    return INT64_MIN;
}

static int64_t thread_number(void *argument)
{
    (void)argument;
    return syscall(SYS_gettid);
}

static int64_t sleeps_long(void *argument)
{
    (void)argument;
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    return 1;
}

static void everywhere(void (*main_function)(void *), struct block_case *block)
{
    static const unsigned workers[] = {1, 2, 16};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++)
        CHECK_EQ(running(workers[i], main_function, block), 0);
}

static struct block_case of_pipe(void)
{
    struct block_case block = {.function = reads_pipe, .thread = writes_pipe};
    CHECK_EQ(pipe(block.pipe), 0);
    return block;
}

static void close_pipe(struct block_case *block)
{
    close(block->pipe[0]);
    close(block->pipe[1]);
}

static void others_go_on(void)
{
    struct block_case block = of_pipe();
    everywhere(block_others_go_on, &block);
    close_pipe(&block);
}

static void many_at_a_time(void)
{
    everywhere(block_many, &(struct block_case){.function = adds_one});
}

/* Sweeps follow each other as quickly as they can. */
static void private_stacks_stay(void)
{
    struct csp *csp = NULL;
    struct csp_config config = {.workers = 2,
                                .compact_after_ns = 1,
                                .compact_above = 1,
                                .compact_permille = 1000};
    CHECK_EQ(csp_start(&config, &csp), 0);
    struct block_case block = {.function = adds_one};
    CHECK_EQ(csp_run(csp, block_private, &block), 0);
    csp_stop(csp);
}

static void results_come_back(void)
{
    everywhere(block_result, &(struct block_case){.function = least});
}

static void locked_calls_stay(void)
{
    everywhere(block_locked, &(struct block_case){.thread = thread_number});
}

static void null_panics(void)
{
    everywhere(block_null, NULL);
}

/* csp_run waits for the call. */
static void a_run_ends_after_its_calls(void)
{
    everywhere(block_ends_meanwhile, &(struct block_case){.function = sleeps_long});
}

static void seeded_calls(void)
{
    struct core_seams seams = {0};
    struct csp *csp = running_start_seeded(&seams, 1);
    struct block_case least_case = {.function = least, .thread = thread_number};
    CHECK_EQ(csp_run(csp, block_result, &least_case), 0);
    CHECK_EQ(csp_run(csp, block_locked, &least_case), 0);
    csp_stop(csp);
}

static void threads_run_out(void)
{
    struct block_case block = of_pipe();
    struct csp *csp = NULL;
    int status = 0;
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .threads = 8}, &csp), 0);
    for (int i = 0; i < 8; i++) /* for the calls to end with */
        CHECK_EQ(write(block.pipe[1], "x", 1), 1);
    block.function = sleeps_long;
    const char *report = running_captured(csp, block_too_many, &block, &status);
    CHECK_EQ(status, 2);
    CHECK(strstr(report, "fatal error: thread exhaustion\n") == report);
    block.function = least;
    CHECK_EQ(csp_run(csp, block_result, &block), 0); /* they are free again */
    csp_stop(csp);
    close_pipe(&block);
}

static void threads_that_fail(void)
{
    static const enum core_fail_site sites[] = {CORE_FAIL_THREAD, CORE_FAIL_TIMER};
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        struct core_seams seams = {0};
        struct csp *csp = NULL;
        int status = 0;
        CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .seams = &seams}, &csp), 0);
        core_fail_nth(&seams, sites[i], 1);
        struct block_case block = {.function = least};
        const char *report = running_captured(csp, block_result, &block, &status);
        CHECK_EQ(status, 2);
        CHECK(strstr(report, "fatal error: runtime: failed to create new OS thread\n") ==
              report);
        CHECK_EQ(csp_run(csp, block_result, &block), 0);
        csp_stop(csp);
    }
}

static void limits_that_cannot_be(void)
{
    struct csp *csp = NULL;
    struct csp_config config = {.workers = 1, .threads = CSP_THREADS_MAX + 1};
    CHECK_EQ(csp_start(&config, &csp), -EINVAL);
}

static void a_dump_names_the_wait(void)
{
    char *text = NULL;
    size_t bytes = 0;
    struct block_case block = of_pipe();
    block.into = open_memstream(&text, &bytes);
    CHECK_EQ(running(2, block_dump, &block), 0);
    fclose(block.into);
    CHECK(strstr(text, "[syscall]:\ncalls(...)\n") != NULL);
    free(text);
    close_pipe(&block);
}

int main(int argc, char **argv)
{
    if (QUARTET_EMULATED) {
        puts("skipped: an emulator has no timers for so many threads");
        return CHECK_SKIP;
    }
    static const struct check_case cases[] = {
        CHECK_CASE(others_go_on),          CHECK_CASE(many_at_a_time),
        CHECK_CASE(results_come_back),     CHECK_CASE(locked_calls_stay),
        CHECK_CASE(null_panics),           CHECK_CASE(a_run_ends_after_its_calls),
        CHECK_CASE(seeded_calls),          CHECK_CASE(threads_run_out),
        CHECK_CASE(threads_that_fail),     CHECK_CASE(limits_that_cannot_be),
        CHECK_CASE(a_dump_names_the_wait), CHECK_CASE(private_stacks_stay),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
