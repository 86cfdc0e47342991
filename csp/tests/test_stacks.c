/* Stacks: private ones are compacted while their goroutines wait, ordinary ones never; and
 * very many have their guards. */
#include "tasks_stacks.h"

#include "../src/runtime.h"
#include "check.h"
#include "running.h"
#include <core/sanitize.h>
#include <core/seam.h>
#include <errno.h>
#include <unistd.h>

/* Who waits is compacted at once. */
static struct csp *start_eager(unsigned workers, struct core_seams *seams)
{
    struct csp_config config = {.workers = workers,
                                .seams = seams,
                                .compact_after_ns = 1,
                                .compact_above = 1,
                                .compact_permille = 1000};
    struct csp *csp = NULL;
    CHECK_EQ(csp_start(&config, &csp), 0);
    return csp;
}

static void packed_goroutines_come_back_as_they_were(void)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        struct parked parked = {.count = 2000, .rounds = 3};
        parked.csp = start_eager(workers, NULL);
        CHECK_EQ(csp_run(parked.csp, stacks_wake_all, &parked), 0);
        CHECK_EQ(parked.answers, 3 * 2000);
        CHECK_EQ(parked.sum, (1 + 2 + 3) * 2000 + 3 * (1999 * 2000 / 2));
        CHECK(csp_counter(parked.csp, CSP_UNPACKED, -1) >= 3 * 1999);
        csp_stop(parked.csp);
    }
}

static void every_wait_can_be_slept_through(void)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        struct parked parked = {.rounds = 5};
        parked.csp = start_eager(workers, NULL);
        CHECK_EQ(csp_run(parked.csp, stacks_every_wait, &parked), 0);
        CHECK(csp_counter(parked.csp, CSP_PACKED, -1) >= 5 * 9);
        csp_stop(parked.csp);
    }
}

/* With CSP_PRIVATE_STACK on the parents this would write into a page that has gone. */
static void ordinary_stacks_are_left_alone(void)
{
    struct parked parked = {.count = 500, .rounds = 50};
    parked.csp = start_eager(2, NULL);
    CHECK_EQ(csp_run(parked.csp, stacks_of_parents, &parked), 0);
    CHECK(csp_counter(parked.csp, CSP_PACKED, -1) <= 500);
    csp_stop(parked.csp);
}

/* --- Storms -------------------------------------------------------------------- */

static void nothing_is_lost_in_a_storm(void)
{
    static const unsigned workers[] = {1, 2, 16, 64};
    for (uint32_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        struct parked parked = {.count = 100, .rounds = 300, .seed = 1 + i};
        if (workers[i] > 16 && !running_fits_here(workers[i]))
            continue;
        parked.csp = start_eager(workers[i], NULL);
        CHECK_EQ(csp_run(parked.csp, stacks_storm, &parked), 0);
        uint64_t packed = csp_counter(parked.csp, CSP_PACKED, -1);
        printf("  %u workers: %llu packed\n", workers[i], (unsigned long long)packed);
        CHECK(packed > 100);
        csp_stop(parked.csp);
    }
}

static uint64_t storm_seeded(uint32_t seed)
{
    struct core_seams seams = {.seeded = false};
    struct parked parked = {.count = 20, .rounds = 100, .seed = seed};
    core_seams_seed(&seams, seed);
    parked.csp = start_eager(1, &seams);
    CHECK_EQ(csp_run(parked.csp, stacks_storm, &parked), 0);
    CHECK(csp_counter(parked.csp, CSP_PACKED, -1) > 0);
    csp_stop(parked.csp);
    return seams.signature;
}

static void nothing_is_lost_in_seeded_storms(void)
{
    for (uint32_t seed = 1; seed <= (CORE_SANITIZED ? 30 : 200); seed++)
        storm_seeded(seed);
    CHECK_EQ(storm_seeded(5), storm_seeded(5)); /* one seed, one interleaving */
}

/* --- Ends ---------------------------------------------------------------------- */

static void look_at_nothing(struct parked *parked)
{
    CHECK(csp_counter(parked->csp, CSP_PACKED, -1) > 0);
}

static void a_run_may_leave_packed_stacks(void)
{
    struct parked parked = {.count = 500, .look = look_at_nothing};
    parked.csp = start_eager(2, NULL);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(csp_run(parked.csp, stacks_leave_packed, &parked), 0);
        CHECK_EQ(core_stacks_taken(&parked.csp->stacks),
                 parked.csp->workers[0].stacks_count +
                     parked.csp->workers[1].stacks_count);
    }
    csp_stop(parked.csp);
}

/* A sweep that is due is nothing to wait for. */
static void a_sweep_hides_no_deadlock(void)
{
    static const char text[] = "fatal error: all goroutines are asleep - deadlock!\n";
    struct parked parked = {.count = 100};
    struct csp_config config = {
        .workers = 2, .compact_after_ns = 3600 * CORE_NS_PER_S, .compact_above = 1};
    int status = 0;
    CHECK_EQ(csp_start(&config, &parked.csp), 0);
    const char *report = running_captured(parked.csp, stacks_deadlock, &parked, &status);
    CHECK(strncmp(report, text, strlen(text)) == 0);
    CHECK_EQ(status, 2);
    CHECK_EQ(csp_run(parked.csp, stacks_stage, &parked), 0); /* and sweeps begin anew */
    csp_stop(parked.csp);
    struct core_seams seams = {.seeded = false};
    core_seams_seed(&seams, 1);
    parked.csp = start_eager(1, &seams);
    report = running_captured(parked.csp, stacks_deadlock, &parked, &status);
    CHECK(strncmp(report, text, strlen(text)) == 0);
    csp_stop(parked.csp);
}

static void small_programs_never_pay(void)
{
    int status = 0;
    struct parked parked = {.count = 1000};
    struct csp_config config = {
        .workers = 1, .compact_after_ns = 1, .compact_permille = 1000};
    CHECK_EQ(csp_start(&config, &parked.csp), 0);
    running_captured(parked.csp, stacks_deadlock, &parked, &status);
    CHECK_EQ(status, 2);
    CHECK_EQ(csp_counter(parked.csp, CSP_PACKED, -1), 0);
    csp_stop(parked.csp);
    config.compact_above = 1;
    config.compact_after_ns = CSP_NEVER;
    CHECK_EQ(csp_start(&config, &parked.csp), 0);
    running_captured(parked.csp, stacks_deadlock, &parked, &status);
    CHECK_EQ(status, 2);
    CHECK(!core_load_relaxed(&parked.csp->compaction.sweeps)); /* at rest */
    csp_stop(parked.csp);
}

static void misuse_is_told(void)
{
    int status = 0;
    struct csp *csp = NULL;
    const char *text = "panic: csp: unknown option of go\n";
    const char *report = running_report(1, stacks_unknown_option, NULL, &status);
    CHECK(strncmp(report, text, strlen(text)) == 0);
    CHECK_EQ(status, 2);
    CHECK_EQ(
        csp_start(&(struct csp_config){.workers = 1, .compact_permille = 1001}, &csp),
        -EINVAL);
}

/* Whatever allocation fails, that of a stage included: a report, or no harm. */
static void failures_of_memory_end_the_run(void)
{
    int ended = 0;
    for (int nth = 1; nth <= 20; nth++) {
        struct core_seams seams = {.seeded = false};
        struct parked parked = {.count = 1};
        parked.csp = start_eager(1, &seams);
        core_fail_nth(&seams, CORE_FAIL_MEMORY, nth);
        int status = 0;
        running_captured(parked.csp, stacks_stage, &parked, &status);
        CHECK(status == 0 || status == 2 || status == -ENOMEM);
        ended += status == 2;
        core_fail_nth(&seams, CORE_FAIL_MEMORY, 0);
        CHECK_EQ(csp_run(parked.csp, stacks_stage, &parked), 0);
        csp_stop(parked.csp);
    }
    CHECK(ended > 0);
}

/* --- Memory and guards --------------------------------------------------------- */

#if !CORE_SANITIZED
static long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void measure(struct parked *parked)
{
    parked->measured = resident_bytes();
}

static long bytes_each(bool ordinary)
{
    struct parked few = {.count = 5000, .ordinary = ordinary, .look = measure};
    struct parked many = {.count = 45000, .ordinary = ordinary, .look = measure};
    few.csp = start_eager(2, NULL);
    CHECK_EQ(csp_run(few.csp, stacks_leave_packed, &few), 0);
    csp_stop(few.csp);
    many.csp = start_eager(2, NULL);
    CHECK_EQ(csp_run(many.csp, stacks_leave_packed, &many), 0);
    csp_stop(many.csp);
    return (many.measured - few.measured) / (many.count - few.count);
}

/* A channel and the argument of each included. */
static void waiting_costs_a_page_or_less_than_a_kilobyte(void)
{
    if (QUARTET_EMULATED) /* which keeps the pages */
        return;
    long page = sysconf(_SC_PAGESIZE);
    long packed = bytes_each(false), plain = bytes_each(true);
    printf("  %ld bytes each, %ld packed\n", plain, packed);
    CHECK(packed < 900);
    CHECK(plain > page && plain < page + 504);
}

static void count_unguarded(struct parked *parked)
{
    parked->measured = (long)core_stacks_unguarded(&parked->csp->stacks);
}

/* Above 32,000 stacks with their guards, and the last of them works. */
static void very_many_stacks_are_guarded(void)
{
    static const char text[] = "runtime: goroutine stack exceeds 65536-byte limit\n"
                               "fatal error: stack overflow\n";
    long room = sysconf(_SC_AVPHYS_PAGES) / (long)(1024 * 1024 / sysconf(_SC_PAGESIZE));
    struct parked parked = {
        .count = room > 1500 ? 100000 : 33000, .ordinary = true, .look = count_unguarded};
    int status = 0;
    parked.csp = running_start(2);
    const char *report =
        running_captured(parked.csp, stacks_overflow_last, &parked, &status);
    if (parked.measured > 0) {
        printf("  skipped: a kernel without light guards, %ld unguarded\n",
               parked.measured);
    } else {
        printf("  %d stacks\n", parked.count);
        CHECK(strncmp(report, text, strlen(text)) == 0);
        CHECK_EQ(status, 2);
    }
    csp_stop(parked.csp);
}
#endif

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(packed_goroutines_come_back_as_they_were),
        CHECK_CASE(every_wait_can_be_slept_through),
        CHECK_CASE(ordinary_stacks_are_left_alone),
        CHECK_CASE(nothing_is_lost_in_a_storm),
        CHECK_CASE(nothing_is_lost_in_seeded_storms),
        CHECK_CASE(a_run_may_leave_packed_stacks),
        CHECK_CASE(a_sweep_hides_no_deadlock),
        CHECK_CASE(small_programs_never_pay),
        CHECK_CASE(misuse_is_told),
        CHECK_CASE(failures_of_memory_end_the_run),
#if !CORE_SANITIZED
        /* A sanitizer has memory of its own, and takes overflows for itself. */
        CHECK_CASE(waiting_costs_a_page_or_less_than_a_kilobyte),
        CHECK_CASE(very_many_stacks_are_guarded),
#endif
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
