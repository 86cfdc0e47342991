/* This machine: the mask of taskset is obeyed, and a binding is seen to have happened.
 *
 * main() first cuts the process to CPU 0 as `taskset -c 0` would (to the lowest allowed
 * CPU), so that all cases run alike on machines of any size. */
#include "fake.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

static int our_cpu;        /* the one we cut ourselves to */
static cpu_set_t our_cpus; /* what was allowed before */

static struct machine_placement assign(const struct machine *machine, const char *text,
                                       unsigned workers)
{
    struct machine_place place;
    struct machine_placement placement;
    struct machine_error error;
    CHECK_EQ(machine_place_parse(text, &place, NULL), 0);
    CHECK_EQ(machine_assign(machine, &place, workers, &placement, &error), 0);
    return placement;
}

static void only_the_mask_is_used(void)
{
    static const char *const policies[] = {"one-per-core", "compact", "scatter"};
    struct machine *machine = fake_open(NULL, NULL);
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", our_cpu);
    CHECK_EQ(machine_pus(machine), 1);
    CHECK_EQ(machine_cores(machine), 1);
    CHECK_STR(machine_allowed(machine), wanted);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct machine_placement placement = assign(machine, policies[i], 3);
        for (int w = 0; w < 3; w++)
            CHECK_EQ(placement.cpus[w], our_cpu);
        CHECK(placement.bound && placement.oversubscribed);
    }
    machine_close(machine);
}

static void a_forbidden_cpu_is_refused(void)
{
    struct machine *machine = fake_open(NULL, NULL);
    struct machine_place place = {.policy = MACHINE_EXPLICIT, .count = 1};
    struct machine_placement placement;
    struct machine_error error;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (cpu == our_cpu || !CPU_ISSET((unsigned)cpu, &our_cpus))
            continue;
        place.cpus[0] = cpu;
        CHECK(machine_assign(machine, &place, 1, &placement, &error) < 0);
        CHECK(strstr(error.text, "is not allowed here") != NULL);
    }
    machine_close(machine);
}

/* The name of a results folder must not change because somebody used taskset. */
static void slug_ignores_the_mask(void)
{
    struct machine *cut = fake_open(NULL, NULL);
    char slug_cut[MACHINE_SLUG_SIZE], slug_whole[MACHINE_SLUG_SIZE];
    machine_slug(cut, slug_cut);
    machine_close(cut);
    CHECK_EQ(sched_setaffinity(0, sizeof our_cpus, &our_cpus), 0);
    struct machine *whole = fake_open(NULL, NULL);
    machine_slug(whole, slug_whole);
    CHECK_EQ(machine_pus(whole), CPU_COUNT(&our_cpus));
    machine_close(whole);
    CHECK_STR(slug_cut, slug_whole);
}

struct worker {
    pthread_t thread;
    int cpu;
    sem_t ready, leave;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    if (worker->cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((unsigned)worker->cpu, &set);
        CHECK_EQ(pthread_setaffinity_np(pthread_self(), sizeof set, &set), 0);
    }
    sem_post(&worker->ready);
    while (sem_wait(&worker->leave) != 0)
        continue;
    return NULL;
}

static void start(struct worker *worker, int cpu)
{
    worker->cpu = cpu;
    CHECK_EQ(sem_init(&worker->ready, 0, 0), 0);
    CHECK_EQ(sem_init(&worker->leave, 0, 0), 0);
    CHECK_EQ(pthread_create(&worker->thread, NULL, work, worker), 0);
    while (sem_wait(&worker->ready) != 0)
        continue;
}

static void stop(struct worker *worker)
{
    sem_post(&worker->leave);
    CHECK_EQ(pthread_join(worker->thread, NULL), 0);
    sem_destroy(&worker->ready);
    sem_destroy(&worker->leave);
}

static void a_thread_is_verified(void)
{
    struct machine_error error;
    CHECK_EQ(machine_verify_thread(gettid(), our_cpu, &error), 0);
    CHECK(machine_verify_thread(gettid(), our_cpu + 1, &error) < 0);
    CHECK(strstr(error.text, "should run on CPU") != NULL);
    CHECK(machine_verify_thread(1 << 30, our_cpu, &error) < 0);
    CHECK(strstr(error.text, "no thread") != NULL);
}

/* Needs a main thread that may run everywhere, so at least two CPUs. */
static void the_process_is_verified(void)
{
    CHECK_EQ(sched_setaffinity(0, sizeof our_cpus, &our_cpus), 0);
    if (CPU_COUNT(&our_cpus) < 2)
        return;
    struct machine *machine = fake_open(NULL, NULL);
    struct machine_placement placement = assign(machine, "compact", 2);
    struct machine_error error;
    struct worker first, second;
    CHECK(machine_verify_process(&placement, &error) < 0);
    CHECK(strstr(error.text, "0 thread(s) are bound") != NULL);
    start(&first, placement.cpus[0]);
    start(&second, -1);
    CHECK(machine_verify_process(&placement, &error) < 0);
    stop(&second);
    start(&second, placement.cpus[1]);
    CHECK_EQ(machine_verify_process(&placement, &error), 0);
    stop(&second);
    /* Two workers on one CPU need two threads there. */
    placement.cpus[1] = placement.cpus[0];
    CHECK(machine_verify_process(&placement, &error) < 0);
    start(&second, placement.cpus[0]);
    CHECK_EQ(machine_verify_process(&placement, &error), 0);
    stop(&second);
    stop(&first);
    CHECK_EQ(machine_verify_process(&(struct machine_placement){.workers = 2}, &error),
             0);
    machine_close(machine);
}

static void cut_to_one_cpu(void)
{
    cpu_set_t one;
    CHECK_EQ(sched_getaffinity(0, sizeof our_cpus, &our_cpus), 0);
    while (!CPU_ISSET((unsigned)our_cpu, &our_cpus))
        our_cpu++;
    CPU_ZERO(&one);
    CPU_SET((unsigned)our_cpu, &one);
    CHECK_EQ(sched_setaffinity(0, sizeof one, &one), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(only_the_mask_is_used),
        CHECK_CASE(a_forbidden_cpu_is_refused),
        CHECK_CASE(a_thread_is_verified),
        CHECK_CASE(slug_ignores_the_mask), /* takes the mask off */
        CHECK_CASE(the_process_is_verified),
    };
    cut_to_one_cpu();
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
