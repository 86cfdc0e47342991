/* A million timers pending at once: never early, each once or cancelled, by its receiver
 * or by a process on perhaps another scheduler; and all their memory comes back. */
#include "many_timers.h"
#include "timers_here.h"

#include <core/sanitize.h>
#include <unistd.h>

enum { MILLION = CORE_TSAN ? 32000 : CORE_ASAN ? 100000 : 1000000 };

static size_t resident_pages(void)
{
    unsigned long whole, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_EQ(fscanf(file, "%lu %lu", &whole, &resident), 2);
    fclose(file);
    return resident;
}

/* False: on this machine, now, the first were due before the last was set. */
static bool play_once(struct actors *runtime, uint32_t count, int64_t lead_ns)
{
    struct many_timers many = {
        .count = count, .keepers = 8, .lead_ns = lead_ns, .spread_ns = 1000 * MS};
    CHECK_EQ(actors_run(runtime, many_timers_body, &many), 0);
    /* relaxed: main has heard from all who counted */
    uint64_t fired = core_load_relaxed(&many.fired);
    uint64_t own = core_load_relaxed(&many.cancelled);
    uint64_t other = core_load_relaxed(&many.cancelled_by_other);
    uint64_t again = core_load_relaxed(&many.rearmed);
    CHECK_EQ(fired + own + other, count);
    if (!many.all_pending)
        return false;
    printf("  %u at once: %llu fired, %llu cancelled, %llu by another, %llu set anew\n",
           (unsigned)count, (unsigned long long)fired, (unsigned long long)own,
           (unsigned long long)other, (unsigned long long)again);
    return true;
}

static void play(struct actors *runtime, uint32_t count)
{
    /* Setting one takes a microsecond or two, more where others run too. */
    int64_t lead_ns = 200 * MS + 3000 * (int64_t)count;
    while (!play_once(runtime, count, lead_ns)) {
        printf("  %lld ms are not enough\n", (long long)(lead_ns / MS));
        lead_ns *= 2;
        CHECK(lead_ns < 60000 * MS);
    }
    while (actors_processes(runtime) > 0) /* those that were killed last */
        usleep(100);
}

static struct actors *start(unsigned schedulers)
{
    struct actors *runtime;
    CHECK_EQ(actors_start(&(struct actors_config){.schedulers = schedulers}, &runtime),
             0);
    return runtime;
}

/* Twice in one runtime: the second time needs no more memory than the first. */
static void a_million_timers(void)
{
    struct actors *runtime = start(2);
    play(runtime, MILLION);
    size_t before = resident_pages();
    play(runtime, MILLION);
    size_t after = resident_pages();
    printf("  %zu pages after the first, %zu after the second\n", before, after);
    CHECK(CORE_SANITIZED || after < before + before / 5);
    actors_stop(runtime);
}

static void on_one_and_on_many_schedulers(void)
{
    static const unsigned counts[] = {1, 16};
    for (int i = 0; i < (timers_here(16) ? 2 : 1); i++) {
        struct actors *runtime = start(counts[i]);
        play(runtime, MILLION / 20);
        actors_stop(runtime);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_million_timers),
        CHECK_CASE(on_one_and_on_many_schedulers),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
