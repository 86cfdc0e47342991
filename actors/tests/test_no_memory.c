/* Each allocation of a program that uses every part of the interface fails, one in each
 * run: it is reported by the call that lacked it, or is the process's documented end;
 * everything else holds, each end is heard once, and the books of messages close. Nothing
 * leaks, which AddressSanitizer would see.
 *
 * Under AddressSanitizer every block is an allocation, so the first test meets each of
 * them. Elsewhere blocks come from chunks of 64 KiB, and most runs would not need a second
 * one: there the second test first takes so many blocks of a size that the program's
 * first, second, third … needs the next chunk. */
#include "no_memory.h"

#include <core/pool.h>
#include <core/sanitize.h>
#include <errno.h>

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0 && reason != NULL);
}

struct books {
    uint64_t in, out;
};

static void enter(void *context, const char *name, uint64_t value)
{
    struct books *books = context;
    if (strcmp(name, "sent") == 0 || strcmp(name, "told") == 0)
        books->in += value;
    if (strcmp(name, "received") == 0 || strcmp(name, "dropped") == 0)
        books->out += value;
}

/* Whether anything failed. The process that main spawns for may be what fails to start:
 * then it has ended for want of a stack. */
static bool play(struct trial *trial, unsigned schedulers, void (*body)(void *))
{
    struct core_seams seams = {.seeded = false};
    struct books books = {0, 0};
    struct actors *runtime;
    const struct actors_config config = {
        .schedulers = schedulers, .seams = &seams, .report = ignore};
    CHECK_EQ(actors_start(&config, &runtime), 0);
    trial->seams = &seams;
    CHECK_EQ(actors_run(runtime, body, trial), 0);
    CHECK(trial->done);
    /* relaxed: the process that asked has ended */
    bool failed = core_load_relaxed(&seams.fail_after[trial->site]) <= 0;
    core_fail_nth(&seams, trial->site, 0);
    CHECK(failed || core_load_relaxed(&trial->refused) == 0);
    CHECK_EQ(actors_processes(runtime), 0);
    actors_halt(runtime);
    actors_counters(runtime, enter, &books);
    CHECK_EQ(books.in, books.out);
    actors_stop(runtime);
    return failed;
}

static void each_allocation_fails_once(void)
{
    for (unsigned schedulers = 1; schedulers <= 2; schedulers++) {
        int64_t nth = 1;
        unsigned refused = 0;
        struct trial trial = {.nth = nth};
        while (play(&trial, schedulers, trial_of_memory)) {
            refused += core_load_relaxed(&trial.refused); /* all have ended */
            trial = (struct trial){.nth = ++nth};
        }
        printf(
            "  %lld allocations failed one at a time, %u of them were refused to a call "
            "or ended a process\n",
            (long long)nth - 1, refused);
        CHECK(nth > 4 && refused > 0);
    }
}

/* The chunk ends at each depth of blocks that the program reaches. */
static void each_block_is_the_last(void)
{
    if (CORE_ASAN) {
        printf("  skipped: no chunks under AddressSanitizer\n");
        return;
    }
    for (size_t bytes = CORE_POOL_SMALLEST; bytes <= 4096; bytes *= 2) {
        size_t blocks = 64 * 1024 / bytes - 1, spare = 0;
        unsigned refused = 0;
        for (bool failed = true; failed && spare < blocks; spare++) {
            /* A block of private memory has a head of its own. */
            struct trial trial = {
                .nth = 1, .hoard_bytes = bytes - 48, .hoard_count = blocks - spare};
            failed = play(&trial, 1, trial_of_memory);
            refused += core_load_relaxed(&trial.refused); /* all have ended */
        }
        printf("  blocks of %zu: %zu chunks failed, %u times that was said\n", bytes,
               spare - 1, refused);
        CHECK(refused > 0 || bytes > 256); /* all that it takes many of is small */
    }
}

static void each_stack_fails_once(void)
{
    bool failed = true;
    for (int64_t nth = 1; failed; nth++) {
        struct trial trial = {.site = CORE_FAIL_STACK, .nth = nth};
        failed = play(&trial, 1, trial_of_stacks);
        CHECK_EQ(core_load_relaxed(&trial.refused), failed); /* all have ended */
        CHECK(failed || nth > 1);
    }
}

/* Memory, stacks, threads and timers that a start needs. */
static void each_part_of_a_start_fails_once(void)
{
    static const enum core_fail_site sites[] = {CORE_FAIL_MEMORY, CORE_FAIL_THREAD,
                                                CORE_FAIL_TIMER};
    for (int s = 0; s < 3; s++) {
        int rc = -1;
        for (int64_t nth = 1; rc != 0; nth++) {
            struct core_seams seams = {.seeded = false};
            struct actors *runtime;
            const struct actors_config config = {
                .schedulers = 5, .trace_events = 16, .seams = &seams};
            core_fail_nth(&seams, sites[s], nth);
            rc = actors_start(&config, &runtime);
            CHECK(rc == 0 ? nth > 5 : runtime == NULL);
            if (rc == 0)
                actors_stop(runtime);
            else
                CHECK_EQ(rc, sites[s] == CORE_FAIL_MEMORY ? -ENOMEM : -EAGAIN);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(each_allocation_fails_once),
        CHECK_CASE(each_block_is_the_last),
        CHECK_CASE(each_stack_fails_once),
        CHECK_CASE(each_part_of_a_start_fails_once),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
