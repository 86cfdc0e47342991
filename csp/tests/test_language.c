/* Go's tests of channels, select and the scheduler, each named after its origin, with the
 * answer that Go gives too. `--answers` prints one line a case for language.sh. */
#include "tasks_language.h"

#include "../src/runtime.h"
#include "check.h"
#include "running.h"
#include "said.h"
#include <core/seam.h>
#include <core/worker.h>

struct language_case {
    const char *name;
    void (*run)(void *said);
    const char *answer;
    unsigned least, most; /* workers; 0: any number */
    bool by_the_clock;    /* waits for time while others run: not under seeds */
};

static const struct language_case cases[] = {
    {"chan/select", language_select, "sent 2 bits 3 sent 1 evaluated 10", 0, 0, false},
    {"chan/select2", language_select2, "leaks 0", 0, 0, false},
    {"chan/select4", language_select4, "chosen 1 value 42 other -7", 0, 0, false},
    {"chan/select7", language_select7, "passed 9", 0, 0, false},
    {"chan/sieve2", language_sieve2,
     "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97 ", 0, 0,
     false},
    {"ken/chan", language_ken_chan, "passed 12", 0, 0, false},
    {"ken/chan1", language_ken_chan1, "once 1000", 0, 0, false},
    {"TestChanSendInterface", language_send_interface, "default 1 1 then 1", 0, 0, false},
    {"TestChanSendBarrier", language_send_barrier, "all 100", 0, 0, false},
    {"TestChanSendSelectBarrier", language_send_select_barrier, "all 100", 0, 0, false},
    {"TestYieldProgress", language_yield_progress, "stopped 1", 0, 0, true},
    {"TestYieldLockedProgress", language_yield_locked_progress, "stopped 1", 0, 0, true},
    {"TestGoroutineParallelism", language_parallelism, "tries 5", 4, 16, true},
    {"TestTimerFairness", language_timer_fairness, "fired", 0, 0, true},
    {"TestTimerFairness2", language_timer_fairness2, "fired 2", 0, 0, true},
    {"TestPreemption", language_preemption, "done 2", 0, 16, true},
    {"TestPingPongHog", language_ping_pong_hog, "within 1", 1, 1, true},
};

enum { CASES = sizeof cases / sizeof *cases };

size_t language_memory(void)
{
    const struct csp_worker *worker = (struct csp_worker *)core_worker_self();
    return core_depot_bytes(&worker->csp->depot);
}

/* Loops that call nothing need a worker each where none can be taken from them. */
static bool can_run(const struct language_case *one, unsigned workers)
{
    bool spins = one->run == language_preemption || one->run == language_ping_pong_hog;
    return workers >= one->least && (one->most == 0 || workers <= one->most) &&
           (!spins || workers > 1 || core_preempt_plants());
}

static void run_case(struct csp *csp, const struct language_case *one)
{
    struct said said = {.used = 0};
    CHECK_EQ(csp_run(csp, one->run, &said), 0);
    if (strcmp(said.text, one->answer) != 0)
        fprintf(stderr, "case %s\n", one->name);
    CHECK_STR(said.text, one->answer);
}

static void every_case_on_any_number_of_workers(void)
{
    static const unsigned workers[] = {1, 2, 4, 16, 64};
    int runs = 0;
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        if (workers[i] > 16 && !running_fits_here(workers[i]))
            continue;
        struct csp *csp = running_start(workers[i]);
        for (int at = 0; at < CASES; at++)
            if (can_run(&cases[at], workers[i])) {
                run_case(csp, &cases[at]);
                runs++;
            }
        csp_stop(csp);
    }
    printf("  %d runs of %d cases\n", runs, CASES);
    CHECK(runs >= 3 * CASES);
}

static void every_case_under_seeds(void)
{
    for (uint32_t seed = 1; seed <= 10; seed++)
        for (int at = 0; at < CASES; at++) {
            struct core_seams seams = {.seeded = false};
            if (cases[at].by_the_clock)
                continue;
            struct csp *csp = running_start_seeded(&seams, seed);
            run_case(csp, &cases[at]);
            csp_stop(csp);
        }
}

static void issue21576(void)
{
    static const char text[] = "fatal error: all goroutines are asleep - deadlock!\n";
    for (unsigned workers = 1; workers <= 4; workers++) {
        int status = 0;
        const char *report = running_report(workers, language_issue21576, NULL, &status);
        CHECK(strncmp(report, text, strlen(text)) == 0);
        CHECK(strstr(report, "[chan send (nil chan)]:") != NULL);
        CHECK_EQ(status, 2);
    }
}

/* TestStealOrder: each stride reaches every worker once, and all strides are there. */
static void steal_order(void)
{
    for (unsigned workers = 1; workers <= 32; workers++) {
        struct csp *csp = running_start(workers);
        unsigned coprimes = 0;
        for (unsigned i = 0; i < csp->coprimes_count; i++) {
            uint64_t seen = 0;
            for (unsigned step = 0, at = 0; step < workers; step++) {
                seen |= UINT64_C(1) << at;
                at = (at + csp->coprimes[i]) % workers;
            }
            CHECK_EQ(seen, (UINT64_C(1) << workers) - 1);
            coprimes++;
        }
        if (workers == 7 || workers == 12)
            CHECK_EQ(coprimes, workers == 7 ? 6 : 4); /* Euler's totient */
        csp_stop(csp);
    }
}

static int print_answers(void)
{
    struct csp *csp = running_start(4), *alone = running_start(1);
    for (int at = 0; at < CASES; at++) {
        struct said said = {.used = 0};
        int status = csp_run(cases[at].most == 1 ? alone : csp, cases[at].run, &said);
        printf("%s: %d %s\n", cases[at].name, status, said.text);
    }
    csp_stop(csp);
    csp_stop(alone);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct check_case all[] = {
        CHECK_CASE(every_case_on_any_number_of_workers),
        CHECK_CASE(every_case_under_seeds),
        CHECK_CASE(issue21576),
        CHECK_CASE(steal_order),
    };
    if (argc == 2 && strcmp(argv[1], "--answers") == 0)
        return print_answers();
    return check_main(all, sizeof all / sizeof *all, argc, argv);
}
