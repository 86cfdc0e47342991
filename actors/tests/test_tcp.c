/* The promises of actors/tcp.h, by processes (tcp_bodies*.c) on several schedulers. Only
 * loopback. */
#include "check.h"
#include "tcp_bodies.h"
#include "timers_here.h"

#include <core/seam.h>
#include <core/worker.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    CHECK(dir != NULL);
    int count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void play(unsigned schedulers, void (*body)(void *), uint64_t expected)
{
    struct result result = {.schedulers = schedulers};
    struct actors_config config = {.schedulers = schedulers};
    struct actors *runtime;
    int before = open_fds();
    CHECK_EQ(actors_start(&config, &runtime), 0);
    CHECK_EQ(actors_run(runtime, body, &result), 0);
    actors_stop(runtime);
    CHECK_EQ(result.value[0], expected);
    CHECK_EQ(open_fds(), before); /* whatever was left open is closed with the runtime */
}

static void play_all(void (*body)(void *), uint64_t expected)
{
    play(1, body, expected);
    play(2, body, expected);
    if (timers_here(16))
        play(16, body, expected);
}

static void ignore_report(void *context, actor_pid pid, const char *reason)
{
    (void)context, (void)pid, (void)reason;
}

static void echo_between_processes(void)
{
    play_all(body_echo, 200 + 8 * 50);
}

static void sixty_four_connections_beside_a_loop(void)
{
    if (!core_preempt_plants()) {
        printf("  skipped: a loop without calls is not stopped here\n");
        return;
    }
    play(1, body_echo_beside_a_loop, (uint64_t)64 * 3);
    play(2, body_echo_beside_a_loop, (uint64_t)64 * 3);
}

static void accepts_go_in_order(void)
{
    play_all(body_accept_in_order, 4);
}

static void a_dead_acceptor_hands_its_turn_on(void)
{
    play_all(body_acceptors_die, 3);
}

static void exact_lengths_across_split_writes(void)
{
    play_all(body_exact_lengths, 1);
}

static void half_closed(void)
{
    play_all(body_half_close, 1);
}

static void who_does_not_read_stops_only_its_sender(void)
{
    play_all(body_slow_reader, ETIMEDOUT);
}

static void senders_take_turns(void)
{
    play_all(body_senders_in_turn, 1);
}

static void a_socket_closes_with_its_owner(void)
{
    play_all(body_owner_dies, 1);
}

static void closing_wakes_all_who_wait(void)
{
    play_all(body_close_wakes, 1);
}

static void active_modes(void)
{
    play_all(body_active, 1);
    play_all(body_active_once, 1);
    play_all(body_active_count, 1);
}

static void resets(void)
{
    play_all(body_resets, 1);
}

static void packets(void)
{
    play_all(body_packets, 1);
}

static void a_flood_is_whole_and_in_order(void)
{
    play_all(body_flood, 1);
}

static void a_new_owner_gets_the_messages(void)
{
    play_all(body_new_owner, 2);
    play_all(body_new_owner_is_gone, 1);
}

static void errors(void)
{
    play_all(body_errors, 1);
}

static void a_thousand_connects_at_once(void)
{
    play_all(body_burst, 1000);
}

/* Each failure in its turn, until one comes too late for the body. */
static void play_failing(enum core_fail_site site, unsigned schedulers)
{
    uint64_t whole = 0;
    for (int64_t nth = 1; whole < 3; nth++) {
        struct core_seams seams = {.seeded = false};
        struct result result = {.schedulers = schedulers};
        struct actors_config config = {
            .schedulers = schedulers, .seams = &seams, .report = ignore_report};
        struct actors *runtime;
        int before = open_fds();
        CHECK(nth < 500);
        CHECK_EQ(actors_start(&config, &runtime), 0);
        core_fail_nth(&seams, site, nth);
        int status = actors_run(runtime, body_without, &result);
        CHECK(status == 0 || status == 1 || status == -ENOMEM);
        actors_stop(runtime);
        CHECK_EQ(open_fds(), before);
        whole += result.value[0];
    }
}

static void what_is_missing_is_an_answer(void)
{
    for (unsigned schedulers = 1; schedulers <= 2; schedulers++) {
        play_failing(CORE_FAIL_MEMORY, schedulers);
        play_failing(CORE_FAIL_POLLER, schedulers);
    }
}

/* --- with a hand on the process from outside ------------------------------------------- */

struct outside {
    struct actors *runtime;
    struct result result;
    void (*body)(void *);
    int status;
};

static void *run_body(void *argument)
{
    struct outside *outside = argument;
    outside->status = actors_run(outside->runtime, outside->body, &outside->result);
    return NULL;
}

static pthread_t begin(struct outside *outside, struct actors_config *config)
{
    pthread_t thread;
    CHECK_EQ(actors_start(config, &outside->runtime), 0);
    CHECK_EQ(pthread_create(&thread, NULL, run_body, outside), 0);
    return thread;
}

static uint64_t asked(struct outside *outside)
{
    uint64_t wish;
    /* acquire: pairs with the release of the process that asks */
    while ((wish = core_load_acquire(&outside->result.shared[0])) == 0)
        sched_yield();
    return wish;
}

static void no_descriptors_left(void)
{
    struct actors_config config = {.schedulers = 2};
    struct outside outside = {.body = body_no_descriptors};
    struct rlimit before, tight;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    pthread_t thread = begin(&outside, &config);
    for (int i = 0; i < 3; i++) {
        rlim_t left = asked(&outside) - 1;
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
        int lowest = dup(0); /* the numbers below it are taken */
        CHECK(lowest >= 0);
        close(lowest);
        tight = (struct rlimit){(rlim_t)lowest + left, before.rlim_max};
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, left == 1000 ? &before : &tight), 0);
        /* release: pairs with the acquire of the process that asks */
        core_store_release(&outside.result.shared[0], 0);
    }
    pthread_join(thread, NULL);
    CHECK_EQ(outside.status, 0);
    CHECK_EQ(outside.result.value[0], 1);
    actors_stop(outside.runtime);
}

struct tally {
    uint64_t parks, looks, ready;
};

static void take_tally(void *context, const char *name, uint64_t value)
{
    struct tally *tally = context;
    if (strcmp(name, "parks") == 0)
        tally->parks = value;
    if (strcmp(name, "looks") == 0)
        tally->looks = value;
    if (strcmp(name, "ready") == 0)
        tally->ready = value;
}

/* Descriptors for so many connections, or as many as the machine grants. */
static uint64_t connections_here(uint64_t wanted)
{
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    uint64_t granted = (limit.rlim_cur - 100) / 2;
    if (granted < wanted)
        printf("  %llu connections only\n", (unsigned long long)granted);
    return granted < wanted ? granted : wanted;
}

/* Nobody wakes up without a reason: counted, not timed. */
static void a_thousand_idle_connections_wake_nobody(void)
{
    for (unsigned schedulers = 1; schedulers <= 2; schedulers++) {
        struct actors_config config = {.schedulers = schedulers};
        struct outside outside = {.body = body_idle_connections};
        struct tally then = {0}, now = {0};
        outside.result.value[1] = connections_here(1000);
        pthread_t thread = begin(&outside, &config);
        asked(&outside);
        actors_counters(outside.runtime, take_tally, &then);
        CHECK(then.ready > 0);
        nanosleep(&(struct timespec){.tv_nsec = 150 * 1000 * 1000}, NULL);
        actors_counters(outside.runtime, take_tally, &now);
        CHECK_EQ(now.ready, then.ready);
        CHECK(now.parks - then.parks <= 4); /* who was about to fall asleep */
        CHECK(now.looks - then.looks <= 4);
        pthread_join(thread, NULL);
        CHECK_EQ(outside.status, 0);
        actors_stop(outside.runtime);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(echo_between_processes),
        CHECK_CASE(sixty_four_connections_beside_a_loop),
        CHECK_CASE(accepts_go_in_order),
        CHECK_CASE(a_dead_acceptor_hands_its_turn_on),
        CHECK_CASE(exact_lengths_across_split_writes),
        CHECK_CASE(half_closed),
        CHECK_CASE(who_does_not_read_stops_only_its_sender),
        CHECK_CASE(senders_take_turns),
        CHECK_CASE(a_socket_closes_with_its_owner),
        CHECK_CASE(closing_wakes_all_who_wait),
        CHECK_CASE(active_modes),
        CHECK_CASE(resets),
        CHECK_CASE(packets),
        CHECK_CASE(a_flood_is_whole_and_in_order),
        CHECK_CASE(a_new_owner_gets_the_messages),
        CHECK_CASE(errors),
        CHECK_CASE(what_is_missing_is_an_answer),
        CHECK_CASE(no_descriptors_left),
        CHECK_CASE(a_thousand_connects_at_once),
        CHECK_CASE(a_thousand_idle_connections_wake_nobody),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
