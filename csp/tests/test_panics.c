/* Defer, panic and recover; locked threads; dumps. What Go does in the cases of golden/ is
 * compared with a real Go by golden.sh; here they only must end with the right status,
 * also under sanitizers. */
#include "check.h"
#include "golden/golden.h"
#include "running.h"
#include "tasks_panics.h"

#include <core/worker.h>
#include <pthread.h>
#include <stdbool.h>

static bool any_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Those that end otherwise than the rest of their table. */
static const char *const fail_of_recovers[] = {"defer_nil", NULL};
static const char *const succeed_of_ends[] = {"GoexitDefer", "main_returns",
                                              "TestNumGoroutine", "Crash", NULL};
/* A sanitizer turns these mistakes into its own reports. */
static const char *const faults[] = {
    "recoverables",  "panic_nil_pointer", "panic_divide", "signal_repanicked",
    "StackOverflow", "fault_address",     "Crash",        NULL};

/* Elsewhere a division by zero has a result. */
static bool runs_here(const char *name)
{
#if !defined(__x86_64__)
    if (strcmp(name, "panic_divide") == 0)
        return false;
#endif
    return !CORE_SANITIZED || !any_of(name, faults);
}

static void run_table(const struct golden_case *one, int usual, const char *const *others)
{
    for (; one->run != NULL; one++) {
        if (!runs_here(one->name))
            continue;
        for (unsigned workers = 1; workers <= 4; workers += 3) {
            int status = -1;
            running_report(workers, one->run, NULL, &status);
            int expected = any_of(one->name, others) ? 2 - usual : usual;
            if (status != expected)
                fprintf(stderr, "%s on %u workers\n", one->name, workers);
            CHECK_EQ(status, expected);
        }
    }
}

static void cases_of_recover(void)
{
    run_table(golden_recovers, 0, fail_of_recovers);
}

static void cases_of_panics(void)
{
    run_table(golden_panics, 2, (const char *const[]){NULL});
}

static void cases_of_ends(void)
{
    run_table(golden_ends, 2, succeed_of_ends);
}

static void reports(void (*main_function)(void *), void *argument, const char *text)
{
    int status = 0;
    const char *report = running_report(2, main_function, argument, &status);
    CHECK_EQ(status, 2);
    if (strncmp(report, text, strlen(text)) != 0)
        CHECK_STR(report, text);
}

static void values_are_printed(void)
{
    reports(panics_nil, NULL,
            "panic: panic called with nil argument (use GODEBUG=panicnil=1 to disable)\n"
            "\ngoroutine 1 [running]:\nmain_function(...)\n");
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    reports(panics_pointer, (void *)(uintptr_t)0xabc, "panic: (*thing) 0xabc\n");
}

static void panics_are_many(void)
{
    running_everywhere(panics_with_many_deferred, NULL);
    running_everywhere(panics_on_all_workers, NULL);
}

/* Each of the first allocations fails once; the run ends with 0, or as Go without memory.
 */
static void defer_without_memory(void)
{
    for (int nth = 1; nth < 12; nth++) {
        struct core_seams seams = {0};
        struct csp *csp = NULL;
        CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .seams = &seams}, &csp), 0);
        core_fail_nth(&seams, CORE_FAIL_MEMORY, nth);
        int status = csp_run(csp, panics_with_many_deferred, NULL);
        CHECK(status == 0 || status == 2 || status < 0);
        core_fail_nth(&seams, CORE_FAIL_MEMORY, 0);
        CHECK_EQ(csp_run(csp, panics_with_many_deferred, NULL), 0);
        csp_stop(csp);
    }
}

/* --- Threads ------------------------------------------------------------------- */

static void threads_are_kept(void)
{
    for (unsigned workers = 1; workers <= 4; workers += 3) {
        CHECK_EQ(running(workers, thread_nesting, NULL), 0);
        CHECK_EQ(running(workers, thread_is_its_own, NULL), 0);
        CHECK_EQ(running(workers, thread_waits, NULL), 0);
        CHECK_EQ(running(workers, thread_exit, NULL), 0);
    }
}

/* What one run locked is free in the next. */
static void threads_outlive_a_run(void)
{
    struct csp *csp = running_start(2);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(csp_run(csp, thread_waits, NULL), 0);
    csp_stop(csp);
}

static void threads_run_out(void)
{
    struct csp *csp = NULL;
    int status = 0;
    CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .threads = 256}, &csp), 0);
    const char *report = running_captured(csp, thread_exhaustion, NULL, &status);
    csp_stop(csp);
    CHECK_EQ(status, 2);
    /* An emulated kernel may have fewer timers than that. */
    CHECK(strstr(report, "fatal error: thread exhaustion\n") == report ||
          strstr(report, "fatal error: runtime: failed to create new OS thread\n") ==
              report);
}

static void threads_that_fail(void)
{
    static const enum core_fail_site sites[] = {CORE_FAIL_THREAD, CORE_FAIL_TIMER};
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        struct core_seams seams = {0};
        struct csp *csp = NULL;
        CHECK_EQ(csp_start(&(struct csp_config){.workers = 1, .seams = &seams}, &csp), 0);
        core_fail_nth(&seams, sites[i], 1);
        CHECK_EQ(csp_run(csp, thread_waits, NULL), 2);
        CHECK_EQ(csp_run(csp, thread_waits, NULL), 0);
        csp_stop(csp);
    }
}

/* --- Dumps --------------------------------------------------------------------- */

static char *dumped(void (*main_function)(void *), bool seeded)
{
    char *text = NULL;
    size_t bytes = 0;
    struct dump_case dump = {.into = open_memstream(&text, &bytes)};
    struct core_seams seams = {0};
    CHECK(dump.into != NULL);
    struct csp *csp = seeded ? running_start_seeded(&seams, 1) : running_start(1);
    CHECK_EQ(csp_run(csp, main_function, &dump), 0);
    csp_stop(csp);
    fclose(dump.into);
    return text;
}

static void a_dump_tells_who_waits(void)
{
    char *text = dumped(dump_inside, false);
    CHECK(strstr(text, "\ngoroutine 1 [running]:\nmain_function(...)\n") == text);
    CHECK(strstr(text, " [chan receive]:\nreceives(...)\ncreated by dump_inside\n\t"));
    CHECK(strstr(text, "tests/tasks_panics.c:"));
    CHECK(strstr(text, " [runnable]:\nnothing(...)\ncreated by dump_inside\n\t"));
    free(text);
    text = dumped(dump_minutes, true);
    CHECK(strstr(text, " [chan receive, 5 minutes]:\nreceives(...)\n"));
    free(text);
}

static void *run_dump_outside(void *argument)
{
    void **arguments = argument;
    CHECK_EQ(csp_run(arguments[0], dump_outside, arguments[1]), 0);
    return NULL;
}

static void a_dump_from_outside_stops_nobody(void)
{
    struct dump_case dump = {0};
    struct csp *csp = running_start(2);
    pthread_t thread;
    void *arguments[] = {csp, &dump};
    char *text = NULL;
    size_t bytes = 0;
    FILE *into = open_memstream(&text, &bytes);
    CHECK(into != NULL);
    CHECK_EQ(pthread_create(&thread, NULL, run_dump_outside, arguments), 0);
    while (!core_load_relaxed(&dump.ready)) /* a hint, as the next */
        ;
    for (int i = 0; i < 100; i++)
        csp_dump(csp, into);
    core_store_relaxed(&dump.stop, true);
    pthread_join(thread, NULL);
    fclose(into);
    CHECK(strstr(text, "\ngoroutine 1 [") == text);
    CHECK(strstr(text, "receives(...)\ncreated by dump_outside\n"));
    free(text);
    csp_stop(csp);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(cases_of_recover),       CHECK_CASE(cases_of_panics),
        CHECK_CASE(cases_of_ends),          CHECK_CASE(values_are_printed),
        CHECK_CASE(panics_are_many),        CHECK_CASE(defer_without_memory),
        CHECK_CASE(threads_are_kept),       CHECK_CASE(threads_outlive_a_run),
        CHECK_CASE(threads_run_out),        CHECK_CASE(threads_that_fail),
        CHECK_CASE(a_dump_tells_who_waits), CHECK_CASE(a_dump_from_outside_stops_nobody),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
