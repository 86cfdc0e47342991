/* Dirty schedulers and native functions: the processes are in bodies_dirty.c and
 * bodies_native.c, the native functions here. */
#include "bodies_dirty.h"
#include "timers_here.h"

#include <core/sanitize.h>
#include <core/seam.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const unsigned scheduler_counts[] = {1, 2, 16};
enum { COUNTS = sizeof scheduler_counts / sizeof *scheduler_counts };

/* --- native functions ---------------------------------------------------------- */

static void nap(long ns)
{
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void add(atomic_uint_least64_t *count, uint64_t n)
{
    core_add_relaxed(count, n); /* a count by itself */
}

static void expect(struct dirty_world *world, bool holds)
{
    add(&world->wrong, !holds);
}

void native_gate(void *argument)
{
    struct dirty_world *world = argument;
    add(&world->inside, 1);
    while (!core_load_relaxed(&world->open)) /* a flag by itself */
        nap(100000);
    add(&world->gone, 1);
}

void native_number(void *argument)
{
    struct dirty_call *call = argument;
    struct dirty_world *world = call->world;
    /* relaxed: a place by itself; read after the caller's message */
    world->order[core_add_relaxed(&world->ordered, 1) % DIRTY_ROOM] = call->number;
}

void native_inherits(void *argument)
{
    struct dirty_call *call = argument;
    struct dirty_world *world = call->world;
    uint64_t value = 0;
    add(&world->inside, 1);
    expect(world, actor_native_is_alive());
    while (!core_load_relaxed(&world->open)) /* a flag by itself */
        nap(100000);
    expect(world, !actor_native_is_alive());
    expect(world, *call->memory == 4711 && *call->message == 4711);
    expect(world, actor_native_send(call->parent, &value, sizeof value) == -ESRCH);
    add(&world->gone, 1);
}

void native_sends(void *argument)
{
    struct dirty_call *call = argument;
    for (uint64_t i = 0; i < call->number; i++) {
        int rc = actor_native_send(call->parent, &i, sizeof i);
        expect(call->world, rc == 0 || (rc == -ESRCH && !actor_native_is_alive()));
    }
}

void native_talks_for_the_dead(void *argument)
{
    struct dirty_call *call = argument;
    while (actor_native_send(call->parent, &call->number, sizeof call->number) == 0)
        call->number++;
    expect(call->world, !actor_native_is_alive());
    add(&call->world->gone, 1);
}

void native_add(void *argument)
{
    struct dirty_call *call = argument;
    add(&call->world->ordered, call->number);
}

/* What libc wants: a large stack, errno, thread-locals; all of one thread. */
void native_room(void *argument)
{
    static _Thread_local uint64_t mine;
    volatile char room[512 * 1024];
    pthread_t thread = pthread_self();
    uint64_t was = ++mine;
    for (size_t i = 0; i < sizeof room; i += 512)
        room[i] = (char)i;
    errno = 0;
    expect(argument, close(-1) == -1 && errno == EBADF && room[512] == 0);
    expect(argument, mine == was && pthread_equal(thread, pthread_self()));
    add(&((struct dirty_world *)argument)->ordered, 1);
}

static void find_queue(void *context, const char *name, uint64_t value)
{
    if (strcmp(name, "dirty_cpu_queue") == 0)
        *(uint64_t *)context = value;
}

void native_queue(void *argument)
{
    struct dirty_call *call = argument;
    call->number = UINT64_MAX;
    actors_counters(call->world->runtime, find_queue, &call->number);
    nap(100000);
}

void native_receives(void *world)
{
    (void)world;
    actor_receive();
}

void native_exits(void *world)
{
    (void)world;
    actor_exit("not here");
}

void native_faults(void *world)
{
    volatile uintptr_t nowhere = 64; /* a null pointer is caught by sanitizers */
    (void)world;
    *(volatile int *)nowhere = 1; // NOLINT(performance-no-int-to-ptr)
}

bool native_step(void *argument)
{
    struct dirty_call *call = argument;
    uint64_t end_ns = core_now_ns() + 2 * CORE_NS_PER_MS;
    while (core_now_ns() < end_ns)
        ;
    add(&call->world->gone, 1);
    return --call->number > 0;
}

/* order[0]: what others had done at the last step; order[1]: steps since they did more;
 * order[2]: the most of those. */
bool native_step_watches(void *argument)
{
    struct dirty_call *call = argument;
    uint64_t *seen = call->world->order;
    uint64_t done = core_load_relaxed(&call->world->ordered); /* a count by itself */
    seen[1] = done == seen[0] ? seen[1] + 1 : 1;
    seen[0] = done;
    if (seen[1] > seen[2])
        seen[2] = seen[1];
    return native_step(argument);
}

bool native_step_room(void *world)
{
    native_room(world);
    return false;
}

bool native_step_sends(void *argument)
{
    struct dirty_call *call = argument;
    uint64_t value = 100 - call->number;
    int rc = actor_native_send(call->parent, &value, sizeof value);
    expect(call->world, (rc == 0 || rc == -ENOMEM) && actor_native_is_alive());
    return --call->number > 0;
}

bool native_step_receives(void *world)
{
    native_receives(world);
    return false;
}

/* --- playing ------------------------------------------------------------------- */

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context;
    CHECK(pid != 0 && reason != NULL);
}

static uint64_t counted(const struct actors *runtime, const char *name);

/* Runs one body in a runtime of its own; `expected` is its answer. */
static void play_with(struct actors_config config, void (*body)(void *),
                      uint64_t expected, uint64_t runs)
{
    struct dirty_world world = {.schedulers = config.schedulers};
    config.report = ignore;
    CHECK_EQ(actors_start(&config, &world.runtime), 0);
    CHECK_EQ(actors_run(world.runtime, body, &world), 0);
    actors_halt(world.runtime);
    CHECK_EQ(world.answer, expected);
    CHECK_EQ(core_load_relaxed(&world.wrong), 0); /* the threads have been joined */
    if (runs > 0)
        CHECK_EQ(counted(world.runtime, "dirty_cpu_runs") +
                     counted(world.runtime, "dirty_io_runs"),
                 runs);
    actors_stop(world.runtime);
}

static void play_all(unsigned cpu, unsigned io, void (*body)(void *), uint64_t expected,
                     uint64_t runs)
{
    for (int i = 0; i < COUNTS; i++)
        play_with((struct actors_config){.schedulers = scheduler_counts[i],
                                         .dirty_cpu = cpu,
                                         .dirty_io = io},
                  body, expected, runs);
}

struct found {
    const char *name;
    uint64_t value;
};

static void find_counter(void *context, const char *name, uint64_t value)
{
    struct found *found = context;
    if (strcmp(found->name, name) == 0)
        found->value = value;
}

static uint64_t counted(const struct actors *runtime, const char *name)
{
    struct found found = {name, UINT64_MAX};
    actors_counters(runtime, find_counter, &found);
    CHECK(found.value != UINT64_MAX);
    return found.value;
}

static void normal_schedulers_stay_free(void)
{
    play_all(2, 2, body_schedulers_stay_free, 2000, 8);
}

static void jobs_start_in_order(void)
{
    play_all(1, 0, body_fifo, 20, 0);
}

static void killed_inside_is_dead_at_once(void)
{
    play_all(0, 0, body_killed_inside, 1, 1);
}

static void exit_signals_are_handled_inside(void)
{
    play_all(0, 0, body_exit_signals_inside, 1, 3);
}

static void killed_in_the_queue_never_runs(void)
{
    play_all(1, 0, body_killed_in_queue, 1, 0);
}

static void suspended_inside(void)
{
    play_all(0, 0, body_suspended_inside, 5, 1);
}

static void native_functions_send(void)
{
    play_all(0, 0, body_sends_from_native, 303, 2);
}

static void nothing_follows_a_death(void)
{
    play_all(0, 0, body_silent_after_death, 50, 50);
}

static void a_thousand_processes(void)
{
    uint64_t sum = 3 * UINT64_C(500500) + 3 * 1000; /* n, n + 1, n + 2 */
    play_all(0, 0, body_thousand, sum, 3000);
    play_all(1, 1, body_thousand, sum, 3000);
    play_all(16, 64, body_thousand, sum, 3000);
}

static void deaths_at_any_moment(void)
{
    play_all(0, 0, body_random_deaths, 300, 0);
    play_all(1, 1, body_random_deaths, 300, 0);
}

static void *open_late(void *argument)
{
    struct dirty_world *world = argument;
    nap(20000000);
    core_store_relaxed(&world->open, true); /* a flag by itself */
    return NULL;
}

static void stop_waits_for_who_is_inside(void)
{
    for (int i = 0; i < COUNTS; i++) {
        struct dirty_world world = {.schedulers = scheduler_counts[i]};
        pthread_t opener;
        CHECK_EQ(actors_start(&(struct actors_config){.schedulers = scheduler_counts[i],
                                                      .dirty_cpu = 2,
                                                      .dirty_io = 2,
                                                      .report = ignore},
                              &world.runtime),
                 0);
        CHECK_EQ(actors_run(world.runtime, body_left_inside, &world), 0);
        CHECK_EQ(pthread_create(&opener, NULL, open_late, &world), 0);
        actors_stop(world.runtime);
        /* relaxed: the threads have been joined */
        CHECK(core_load_relaxed(&world.inside) >= 4);
        CHECK_EQ(core_load_relaxed(&world.gone), core_load_relaxed(&world.inside));
        pthread_join(opener, NULL);
    }
}

static void bad_arguments(void)
{
    play_all(0, 0, body_bad_arguments, 1, 0);
    const struct actors_config bad[] = {{.dirty_cpu = ACTORS_MAX_SCHEDULERS + 1},
                                        {.dirty_io = ACTORS_MAX_SCHEDULERS + 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct actors *runtime;
        CHECK_EQ(actors_start(&bad[i], &runtime), -EINVAL);
        CHECK(runtime == NULL);
    }
}

/* The nth time that a site is met from the start of the run it fails, for each n. */
static void fail_each(enum core_fail_site site, const char *what)
{
    int64_t nth = 1;
    for (bool reached = true; reached; nth++) {
        struct core_seams seams = {.seeded = false};
        struct dirty_world world = {.schedulers = 1};
        CHECK_EQ(actors_start(&(struct actors_config){.seams = &seams, .report = ignore},
                              &world.runtime),
                 0);
        core_fail_nth(&seams, site, nth);
        int rc = actors_run(world.runtime, body_failures, &world);
        /* The first stack is the process's own. */
        CHECK(rc == -ENOMEM || rc == 0 ||
              (rc == 1 && site == CORE_FAIL_STACK && nth == 1));
        actors_halt(world.runtime);
        /* relaxed, both: the threads have been joined */
        reached = core_load_relaxed(&seams.fail_after[site]) <= 0;
        CHECK_EQ(core_load_relaxed(&world.wrong), 0);
        CHECK(reached || world.answer == 3);
        actors_stop(world.runtime);
    }
    printf("  %lld failures of %s\n", (long long)nth - 2, what);
    CHECK(nth > 2);
}

static void failures_are_answers(void)
{
    fail_each(CORE_FAIL_MEMORY, "memory");
    fail_each(CORE_FAIL_STACK, "stacks");
    fail_each(CORE_FAIL_THREAD, "threads");
}

static void a_lacking_thread_is_tried_again(void)
{
    struct core_seams seams = {.seeded = false};
    struct dirty_world world = {.schedulers = 1};
    struct actors_config config = {.seams = &seams, .dirty_cpu = 3};
    CHECK_EQ(actors_start(&config, &world.runtime), 0);
    core_fail_nth(&seams, CORE_FAIL_THREAD, 1);
    CHECK_EQ(actors_run(world.runtime, body_few_threads, &world), 0);
    CHECK_EQ(world.answer, EAGAIN);
    world.answer = 0;
    core_fail_nth(&seams, CORE_FAIL_THREAD, 2);
    CHECK_EQ(actors_run(world.runtime, body_one_thread, &world), 0);
    CHECK_EQ(world.answer, 3);
    actors_stop(world.runtime);
}

static void long_work_in_steps(void)
{
    play_with((struct actors_config){.schedulers = 1}, body_steps, 1, 0);
    play_all(0, 0, body_steps_killed, 1, 0);
    /* Ten steps of 2 ms are a turn of 20 ms; a tick alone would see that much later. */
    play_with((struct actors_config){.schedulers = 1, .tick_ns = 20 * CORE_NS_PER_MS},
              body_steps_charged, 1, 0);
}

static void native_functions_have_room(void)
{
    play_all(0, 0, body_rooms, 60, 40);
}

static void mailboxes_have_limits_inside(void)
{
    play_all(0, 0, body_too_large_inside, 1, 1);
}

static void one_seed_is_one_interleaving(void)
{
    uint64_t signatures[2];
    for (uint32_t seed = 1; seed <= 10; seed++) {
        for (int i = 0; i < 2; i++) {
            struct core_seams seams = {.seeded = false};
            core_seams_seed(&seams, seed);
            play_with((struct actors_config){.schedulers = 1, .seams = &seams},
                      body_thousand, 3 * UINT64_C(500500) + 3 * 1000, 3000);
            signatures[i] = seams.signature;
        }
        CHECK_EQ(signatures[0], signatures[1]);
    }
}

/* --- what ends the program ----------------------------------------------------- */

/* Plays a body in a child, which dies of `signal` and says `words`. */
static void check_death(void (*body)(void *), int signal, const char *words)
{
    int ends[2], status;
    char said[1000] = {0};
    CHECK_EQ(pipe(ends), 0);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct dirty_world world = {.schedulers = 1};
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* the death is no news */
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        if (actors_start(&(struct actors_config){.schedulers = 1}, &world.runtime) == 0)
            actors_run(world.runtime, body, &world);
        _exit(0);
    }
    close(ends[1]);
    size_t held = 0;
    for (ssize_t n; (n = read(ends[0], said + held, sizeof said - 1 - held)) > 0;)
        held += (size_t)n;
    close(ends[0]);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(strstr(said, words) != NULL);
    if (!CORE_SANITIZED) { /* they end the program their own way */
        CHECK(WIFSIGNALED(status));
        CHECK_EQ(WTERMSIG(status), signal);
    }
}

static void what_no_native_function_may_do(void)
{
    const char *refused = "a native function called what only a process may";
    check_death(body_calls_receives, SIGABRT, refused);
    check_death(body_calls_exits, SIGABRT, refused);
    check_death(body_calls_step_receives, SIGABRT, refused);
    check_death(body_calls_faults, SIGSEGV, "outside task code");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(normal_schedulers_stay_free),
        CHECK_CASE(jobs_start_in_order),
        CHECK_CASE(killed_inside_is_dead_at_once),
        CHECK_CASE(exit_signals_are_handled_inside),
        CHECK_CASE(killed_in_the_queue_never_runs),
        CHECK_CASE(suspended_inside),
        CHECK_CASE(native_functions_send),
        CHECK_CASE(nothing_follows_a_death),
        CHECK_CASE(a_thousand_processes),
        CHECK_CASE(deaths_at_any_moment),
        CHECK_CASE(stop_waits_for_who_is_inside),
        CHECK_CASE(bad_arguments),
        CHECK_CASE(failures_are_answers),
        CHECK_CASE(a_lacking_thread_is_tried_again),
        CHECK_CASE(long_work_in_steps),
        CHECK_CASE(native_functions_have_room),
        CHECK_CASE(mailboxes_have_limits_inside),
        CHECK_CASE(one_seed_is_one_interleaving),
        CHECK_CASE(what_no_native_function_may_do),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
