/* The seat: who sleeps in the poller, who on a futex, and that neither loses a wake-up.
 * What is lost shows as a deadline that passes: GIVE_UP is far beyond what a loaded
 * machine needs. */
#include "check.h"
#include "crew.h"

#include <core/clock.h>
#include <core/seat.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

enum { SLEEPERS = 3, ROUNDS = 2000, PIPES = 4 };
#define GIVE_UP (30 * CORE_NS_PER_S)

static void make_pipe(struct core_seat *seat, int ends[2], void *context)
{
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0);
    CHECK_EQ(core_seat_watch(seat, ends[0], CORE_POLL_READ | CORE_POLL_EDGE, context), 0);
}

static void drop_pipe(struct core_seat *seat, int ends[2])
{
    CHECK_EQ(core_seat_unwatch(seat, ends[0]), 0);
    close(ends[0]);
    close(ends[1]);
}

static void nothing_watched_is_an_ordinary_park(void)
{
    struct core_seat seat;
    struct core_poll_result result;
    bool token;
    core_seat_init(&seat, NULL);
    struct core_parker parker = {.poller = &seat.poller};
    CHECK(!core_seat_in_use(&seat));
    CHECK_EQ(core_seat_look(&seat, &result, 1), 0);
    CHECK_EQ(core_seat_park(&seat, &parker, 0, &result, 1, &token), 0);
    CHECK(!token);
    core_unpark(&parker);
    CHECK_EQ(core_seat_park(&seat, &parker, CORE_PARK_FOREVER, &result, 1, &token), 0);
    CHECK(token);
    CHECK(!core_load_relaxed(&seat.open)); /* one thread: nothing was opened */
    core_seat_close(&seat);
}

static void readiness_tokens_and_deadlines_end_a_park(void)
{
    struct core_seat seat;
    struct core_poll_result result;
    bool token;
    int ends[2], mark;
    core_seat_init(&seat, NULL);
    struct core_parker parker = {.poller = &seat.poller};
    make_pipe(&seat, ends, &mark);
    CHECK(core_seat_in_use(&seat) && !core_seat_taken(&seat));
    uint64_t deadline_ns = core_now_ns() + 3 * CORE_NS_PER_MS;
    CHECK_EQ(core_seat_park(&seat, &parker, deadline_ns, &result, 1, &token), 0);
    CHECK(!token && core_now_ns() >= deadline_ns);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(core_seat_park(&seat, &parker, CORE_PARK_FOREVER, &result, 1, &token), 1);
    CHECK(!token && result.context == &mark && result.events == CORE_POLL_READ);
    core_unpark(&parker);
    core_unpark(&parker); /* two are one */
    CHECK_EQ(core_seat_park(&seat, &parker, CORE_PARK_FOREVER, &result, 1, &token), 0);
    CHECK(token);
    CHECK_EQ(core_seat_park(&seat, &parker, 0, &result, 1, &token), 0);
    CHECK(!token);
    CHECK_EQ(write(ends[1], "y", 1), 1);
    CHECK_EQ(core_seat_look(&seat, &result, 1), 1);
    CHECK_EQ(core_seat_look(&seat, &result, 1), 0); /* the edge has passed */
    CHECK_EQ(
        core_seat_rewatch(&seat, ends[0], CORE_POLL_READ | CORE_POLL_EDGE, &mark + 1), 0);
    CHECK_EQ(core_seat_look(&seat, &result, 1), 1);
    CHECK(result.context == &mark + 1);
    CHECK_EQ(core_seat_look(&seat, &result, 1), 0);
    CHECK_EQ(core_seat_rewatch(&seat, ends[1], CORE_POLL_READ, &mark), -ENOENT);
    CHECK(!core_seat_taken(&seat));
    drop_pipe(&seat, ends);
    CHECK(!core_seat_in_use(&seat));
    core_seat_close(&seat);
}

/* A wake-up for somebody who has left the seat ends nobody else's sleep. */
static void a_stray_wake_ends_no_park(void)
{
    struct core_seat seat;
    struct core_poll_result result;
    bool token;
    int ends[2], mark;
    core_seat_init(&seat, NULL);
    struct core_parker parker = {.poller = &seat.poller};
    make_pipe(&seat, ends, &mark);
    core_poller_wake(&seat.poller);
    uint64_t deadline_ns = core_now_ns() + 2 * CORE_NS_PER_MS;
    CHECK_EQ(core_seat_park(&seat, &parker, deadline_ns, &result, 1, &token), 0);
    CHECK(!token && core_now_ns() >= deadline_ns);
    drop_pipe(&seat, ends);
    core_seat_close(&seat);
}

static void errors_are_answers_and_leave_nothing(void)
{
    struct core_seams seams = {.seeded = false};
    struct core_seat seat;
    int ends[2], mark;
    CHECK_EQ(pipe(ends), 0);
    core_seat_init(&seat, &seams);
    core_fail_nth(&seams, CORE_FAIL_POLLER, 1);
    CHECK_EQ(core_seat_watch(&seat, ends[0], CORE_POLL_READ, &mark), -EMFILE);
    CHECK(!core_seat_in_use(&seat));
    CHECK_EQ(core_seat_watch(&seat, -1, CORE_POLL_READ, &mark), -EBADF);
    CHECK_EQ(core_seat_watch(&seat, ends[0], CORE_POLL_READ, NULL), -EINVAL);
    CHECK(!core_seat_in_use(&seat));
    CHECK_EQ(core_seat_watch(&seat, ends[0], CORE_POLL_READ, &mark), 0);
    CHECK_EQ(core_seat_watch(&seat, ends[0], CORE_POLL_READ, &mark), -EEXIST);
    CHECK_EQ(core_seat_unwatch(&seat, ends[1]), -ENOENT);
    CHECK(core_seat_in_use(&seat));
    drop_pipe(&seat, ends);
    core_seat_close(&seat);
}

/* --- under threads: each sleeper may be met in the seat or on its futex ------------ */

struct bedroom {
    struct core_seat seat;
    struct core_parker parkers[SLEEPERS];
    int ends[PIPES][2];
    bool letters[SLEEPERS][ROUNDS]; /* plain: the token must order them */
    _Atomic unsigned asked[SLEEPERS], answered[SLEEPERS];
    _Atomic unsigned bytes[PIPES];
    _Atomic unsigned visits; /* results handled in all */
    _Atomic unsigned finished;
};

enum { MEMBERS = 2 * SLEEPERS + PIPES };

static void empty_pipe(struct bedroom *room, const struct core_poll_result *result)
{
    int(*ends)[2] = result->context;
    long index = ends - room->ends;
    char byte;
    CHECK(index >= 0 && index < PIPES);
    core_add_relaxed(&room->visits, 1); /* a count */
    while (read((*ends)[0], &byte, 1) == 1)
        core_add_relaxed(&room->bytes[index], 1); /* the number is all */
}

static bool all_are_done(struct bedroom *room)
{
    /* acquire: pairs with the release of each party's end */
    return core_load_acquire(&room->finished) == SLEEPERS + PIPES;
}

/* Sleeps without a deadline worth the name, so whatever is lost hangs here. */
static void sleep_often(struct bedroom *room, unsigned self)
{
    while (!all_are_done(room)) {
        struct core_poll_result results[PIPES];
        bool token;
        int count = core_seat_park(&room->seat, &room->parkers[self],
                                   core_now_ns() + GIVE_UP, results, PIPES, &token);
        CHECK(token || count > 0);
        for (int i = 0; i < count; i++)
            empty_pipe(room, &results[i]);
        if (!token)
            continue;
        /* relaxed: the token must have made the request visible */
        unsigned asked = core_load_relaxed(&room->asked[self]);
        CHECK(asked == 0 || room->letters[self][asked - 1]);
        core_store_relaxed(&room->answered[self], asked); /* stands for itself */
    }
}

static void knock(struct bedroom *room, unsigned sleeper)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        room->letters[sleeper][i - 1] = true;
        core_store_relaxed(&room->asked[sleeper], i); /* ordered by the unpark */
        core_unpark(&room->parkers[sleeper]);
        while (core_load_relaxed(&room->answered[sleeper]) != i) /* only the number */
            sched_yield();
    }
}

static void fill_pipe(struct bedroom *room, unsigned index)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        CHECK_EQ(write(room->ends[index][1], "x", 1), 1);
        while (core_load_relaxed(&room->bytes[index]) != i) /* only the number */
            sched_yield();
    }
}

static void take_part(void *shared, unsigned index)
{
    struct bedroom *room = shared;
    if (index < SLEEPERS) {
        sleep_often(room, index);
        return;
    }
    if (index < 2 * SLEEPERS)
        knock(room, index - SLEEPERS);
    else
        fill_pipe(room, index - 2 * SLEEPERS);
    core_add_acq_rel(&room->finished, 1); /* pairs with the acquire in all_are_done */
    for (unsigned i = 0; i < SLEEPERS; i++)
        core_unpark(&room->parkers[i]);
}

static void nobody_is_forgotten(void)
{
    static struct bedroom room;
    core_seat_init(&room.seat, NULL);
    for (unsigned i = 0; i < SLEEPERS; i++)
        room.parkers[i].poller = &room.seat.poller;
    for (unsigned i = 0; i < PIPES; i++)
        make_pipe(&room.seat, room.ends[i], &room.ends[i]);
    crew_run(MEMBERS, take_part, &room);
    for (unsigned i = 0; i < PIPES; i++)
        CHECK_EQ(core_load_relaxed(&room.bytes[i]), ROUNDS);  /* all have ended */
    CHECK(core_load_relaxed(&room.visits) <= PIPES * ROUNDS); /* as above: by edges */
    for (unsigned i = 0; i < PIPES; i++)
        drop_pipe(&room.seat, room.ends[i]);
    core_seat_close(&room.seat);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(nothing_watched_is_an_ordinary_park),
        CHECK_CASE(readiness_tokens_and_deadlines_end_a_park),
        CHECK_CASE(a_stray_wake_ends_no_park),
        CHECK_CASE(errors_are_answers_and_leave_nothing),
        CHECK_CASE(nobody_is_forgotten),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
