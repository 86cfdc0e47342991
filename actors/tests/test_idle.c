/* What an idle runtime costs: `actors_idle [PROCESSES SECONDS]` parks so many processes,
 * compaction as by default, and prints the CPU time of each second until all are packed
 * and nobody has woken for one. A second may take 0.5 % of a core (and what measuring it costs), and in the end
 * it is nothing. */
#include "bodies_parked.h"

#include <core/clock.h>
#include <core/sanitize.h>
#include <time.h>

enum { COMPACT_ABOVE = 8192 }; /* as by default */
enum { SLACK_PERMILLE = 5 };   /* the starts of sleeping threads, and the looks of ours */

static void sleep_ns(uint64_t ns)
{
    struct timespec left = {(time_t)(ns / CORE_NS_PER_S), (long)(ns % CORE_NS_PER_S)};
    while (nanosleep(&left, &left) != 0)
        ;
}

/* One second of idleness; returns how often a scheduler went to sleep in it. */
static uint64_t idle_second(const struct actors *runtime)
{
    uint64_t parks = parked_count(runtime, "parks");
    uint64_t begun_ns = core_now_ns(), cpu = core_cpu_ns();
    sleep_ns(CORE_NS_PER_S);
    uint64_t permille = (core_cpu_ns() - cpu) * 1000 / (core_now_ns() - begun_ns);
    parks = parked_count(runtime, "parks") - parks;
    printf("  %llu/1000 of a core, %llu wake-ups, %llu packed\n",
           (unsigned long long)permille, (unsigned long long)parks,
           (unsigned long long)parked_count(runtime, "packed"));
    fflush(stdout);
    CHECK(permille <= 5 + SLACK_PERMILLE || CORE_SANITIZED);
    return parks;
}

int main(int argc, char **argv)
{
    bool asked = argc == 3;
    uint32_t processes = asked ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    unsigned long seconds = asked ? strtoul(argv[2], NULL, 10) : 60;
    struct parked parked = {.processes = processes};
    CHECK_EQ(actors_start(&(struct actors_config){.schedulers = 2,
                                                  .process_limit = processes + 1024},
                          &parked.runtime),
             0);
    CHECK_EQ(actors_run(parked.runtime, parked_spawn_only, &parked), 0);
    uint64_t began_ns = core_cpu_ns(), parks = 1;
    unsigned long second = 0;
    bool packed = false;
    for (; second < seconds && (parks > 0 || !packed); second++) {
        parks = idle_second(parked.runtime);
        packed = parked_count(parked.runtime, "packed") + COMPACT_ABOVE >= processes;
    }
    printf("%u processes, %lu s: %.2f ms CPU\n", (unsigned)processes, second,
           (double)(core_cpu_ns() - began_ns) / 1e6);
    CHECK(asked || (packed && parks == 0)); /* wholly asleep */
    actors_stop(parked.runtime);
    return 0;
}
