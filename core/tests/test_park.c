/* Parking under real threads and signals. A token that is lost shows as a deadline that
 * passes: GIVE_UP is far beyond what a loaded machine needs. */
#include "check.h"
#include "crew.h"

#include <core/clock.h>
#include <core/park.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>

enum { ROUNDS = 3000, WAKERS = 3, RINGS = 100 };
#define GIVE_UP (30 * CORE_NS_PER_S)

static void check_token(struct core_parker *parker)
{
    CHECK(core_park(parker, core_now_ns() + GIVE_UP));
}

struct table {
    struct core_parker side[2];
    int ball; /* plain: the token must order it */
};

static void play(void *shared, unsigned index)
{
    struct table *table = shared;
    for (int i = 0; i < ROUNDS; i++) {
        if (index == 1 || i > 0)
            check_token(&table->side[index]);
        CHECK_EQ(table->ball % 2, (int)index);
        table->ball++;
        core_unpark(&table->side[1 - index]);
    }
}

static void a_token_goes_to_and_fro(void)
{
    struct table table = {.ball = 0};
    crew_run(2, play, &table);
    CHECK_EQ(table.ball, 2 * ROUNDS);
    CHECK(core_park(&table.side[0], 0)); /* the last one, kept */
    CHECK(!core_park(&table.side[0], 0) && !core_park(&table.side[1], 0));
}

struct desk {
    struct core_parker parker;
    _Atomic uint32_t asked[WAKERS];
    _Atomic uint32_t answered[WAKERS];
};

/* Sleeps on the token alone, so a request whose token was swallowed is never answered. */
static void answer_all(struct desk *desk)
{
    uint32_t left = WAKERS * ROUNDS;
    while (left > 0) {
        check_token(&desk->parker);
        for (int i = 0; i < WAKERS; i++) {
            /* relaxed: the token must make the request visible, nothing else does */
            uint32_t asked = core_load_relaxed(&desk->asked[i]);
            if (asked == core_load_relaxed(&desk->answered[i]))
                continue;
            left--;
            core_store_relaxed(&desk->answered[i], asked); /* stands for itself */
        }
    }
}

static void ask(struct desk *desk, unsigned waker)
{
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        core_store_relaxed(&desk->asked[waker], i); /* ordered by the unpark */
        core_unpark(&desk->parker);
        /* relaxed: only the number itself is waited for */
        while (core_load_relaxed(&desk->answered[waker]) != i)
            sched_yield();
    }
}

static void ask_or_answer(void *shared, unsigned index)
{
    if (index == 0)
        answer_all(shared);
    else
        ask(shared, index - 1);
}

static void tokens_that_meet_lose_no_request(void)
{
    struct desk desk = {.parker = {0}};
    crew_run(WAKERS + 1, ask_or_answer, &desk);
}

static void a_timeout_is_never_early(void)
{
    struct core_parker parker = {0};
    for (uint64_t wait_ns = 1; wait_ns <= 20 * CORE_NS_PER_MS; wait_ns *= 3) {
        uint64_t deadline_ns = core_now_ns() + wait_ns;
        CHECK(!core_park(&parker, deadline_ns));
        CHECK(core_now_ns() >= deadline_ns);
    }
    CHECK(!core_park(&parker, 0)); /* long past */
}

static void two_tokens_are_one_and_beat_a_deadline_that_passed(void)
{
    struct core_parker parker = {0};
    core_unpark(&parker);
    core_unpark(&parker);
    CHECK(core_park(&parker, 0));
    CHECK(!core_park(&parker, 0));
    core_unpark(&parker);
    CHECK(core_park(&parker, CORE_PARK_FOREVER));
}

static struct core_parker rung;
static volatile sig_atomic_t rings;

static void ring(int signal)
{
    (void)signal;
    int kept = errno;
    rings++;
    core_unpark(&rung);
    errno = kept;
}

/* The signal hits the sleeping thread itself: its token must end the sleep, not only
 * interrupt it. */
static void a_signal_handler_may_unpark(void)
{
    struct sigaction action = {.sa_handler = ring}, before;
    struct itimerval soon = {.it_value.tv_usec = 200};
    CHECK_EQ(sigaction(SIGALRM, &action, &before), 0);
    for (int i = 1; i <= RINGS; i++) {
        CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
        check_token(&rung);
        CHECK_EQ(rings, i);
    }
    CHECK_EQ(sigaction(SIGALRM, &before, NULL), 0);
}

struct pestering {
    pthread_t sleeper;
    struct core_parker parker;
    atomic_bool done;
};

static void ignore(int signal)
{
    (void)signal;
}

static void sleep_or_pester(void *shared, unsigned index)
{
    struct pestering *p = shared;
    if (index == 0) {
        p->sleeper = pthread_self();
        core_unpark(&p->parker); /* publishes `sleeper` */
        uint64_t deadline_ns = core_now_ns() + 20 * CORE_NS_PER_MS;
        struct core_parker nobody = {0};
        CHECK(!core_park(&nobody, deadline_ns));
        CHECK(core_now_ns() >= deadline_ns);
        core_store_release(&p->done, true); /* pairs with the load below */
        return;
    }
    check_token(&p->parker);
    while (!core_load_acquire(&p->done)) { /* pairs with the store above */
        pthread_kill(p->sleeper, SIGALRM);
        sched_yield();
    }
}

static void a_signal_without_a_token_wakes_nobody(void)
{
    struct sigaction action = {.sa_handler = ignore}, before;
    struct pestering pestering = {.parker = {0}};
    CHECK_EQ(sigaction(SIGALRM, &action, &before), 0);
    crew_run(2, sleep_or_pester, &pestering);
    CHECK_EQ(sigaction(SIGALRM, &before, NULL), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(two_tokens_are_one_and_beat_a_deadline_that_passed),
        CHECK_CASE(a_timeout_is_never_early),
        CHECK_CASE(a_token_goes_to_and_fro),
        CHECK_CASE(tokens_that_meet_lose_no_request),
        CHECK_CASE(a_signal_handler_may_unpark),
        CHECK_CASE(a_signal_without_a_token_wakes_nobody),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
