/* Cases of OTP's scheduler_SUITE: who gets how many turns. Counted, not timed: on one
 * scheduler the shares are exact but for a turn or two; on several it depends on who runs
 * where, and only what holds anywhere is asked. */
#include "oracle.h"

enum { MOST = 16, ROUNDS = 200 };

struct loops {
    atomic_uint_least64_t turns[MOST];
    actor_pid pids[MOST];
    unsigned count;
};

struct place {
    struct loops *loops;
    unsigned index;
};

static void take_turns(void *argument)
{
    const struct place *place = argument;
    for (;;) {
        core_add_relaxed(&place->loops->turns[place->index], 1); /* a count by itself */
        actor_yield();
    }
}

static uint64_t turns(const struct loops *loops, unsigned index)
{
    return core_load_relaxed(&loops->turns[index]); /* as above */
}

static void add(struct loops *loops, unsigned count, enum actor_priority priority)
{
    const struct actor_options options = {.priority = priority};
    for (unsigned i = 0; i < count; i++) {
        struct place place = {loops, loops->count++};
        CHECK_EQ(actor_spawn_with(&options, take_turns, &place, sizeof place,
                                  &loops->pids[place.index]),
                 0);
    }
}

/* The caller must run beside any of them. */
static struct loops *begin(void)
{
    struct loops *loops = actor_alloc(sizeof *loops);
    memset(loops, 0, sizeof *loops);
    actor_set_priority(ACTOR_MAX);
    return loops;
}

static void run_until(const struct loops *loops, unsigned index, uint64_t count)
{
    while (turns(loops, index) < count)
        oracle_sleep(1);
}

/* Ends them, once each has had its turn. */
static void end(struct loops *loops)
{
    for (unsigned i = 0; i < loops->count; i++)
        run_until(loops, i, 1);
    for (unsigned i = 0; i < loops->count; i++)
        CHECK_EQ(actor_exit_signal(loops->pids[i], "kill"), 0);
    for (unsigned i = 0; i < loops->count; i++)
        while (actor_is_alive(loops->pids[i]))
            oracle_sleep(1);
}

static bool alone(void)
{
    return oracle_schedulers() == 1;
}

/* All of a kind have had as many turns, but for a few that a tick has cut short. */
static bool are_equal(const struct loops *loops, unsigned first, unsigned count)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (unsigned i = first; i < first + count; i++) {
        uint64_t now = turns(loops, i);
        least = now < least ? now : least;
        most = now > most ? now : most;
    }
    return !alone() || (least > 0 && most - least <= 2 + most / 8);
}

static bool share(unsigned normal, unsigned low)
{
    struct loops *loops = begin();
    uint64_t normals = 0, lows = 0;
    add(loops, normal, ACTOR_NORMAL);
    add(loops, low, ACTOR_LOW);
    run_until(loops, normal, ROUNDS); /* the first low one */
    for (unsigned i = 0; i < normal; i++)
        normals += turns(loops, i);
    for (unsigned i = normal; i < normal + low; i++)
        lows += turns(loops, i);
    bool right = are_equal(loops, 0, normal) && lows >= ROUNDS;
    /* A low one is passed over eight times: about an eighth or a ninth of the turns. */
    uint64_t ratio = normals * low * 100 / (lows * normal);
    end(loops);
    return right && (!alone() || (ratio >= 650 && ratio <= 1050));
}

static bool equal(void)
{
    struct loops *loops = begin();
    add(loops, 8, ACTOR_NORMAL);
    run_until(loops, 7, 10 * ROUNDS);
    bool right = are_equal(loops, 0, 8);
    end(loops);
    return right;
}

static bool few_low(void)
{
    return share(8, 2);
}

static bool many_low(void)
{
    return share(2, 8);
}

/* Above one, nobody below has a turn; when it ends they all have. */
static bool strictly_above(enum actor_priority above, enum actor_priority below)
{
    struct loops *loops = begin();
    add(loops, 3, above);
    add(loops, 3, below);
    run_until(loops, 2, ROUNDS);
    bool right = are_equal(loops, 0, 3);
    for (unsigned i = 3; i < 6; i++)
        right = right && (!alone() || turns(loops, i) == 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(actor_exit_signal(loops->pids[i], "kill"), 0);
    for (unsigned i = 3; i < 6; i++)
        run_until(loops, i, ROUNDS);
    end(loops);
    return right;
}

static bool equal_with_high(void)
{
    return strictly_above(ACTOR_HIGH, ACTOR_NORMAL);
}

static bool equal_with_max(void)
{
    return strictly_above(ACTOR_MAX, ACTOR_NORMAL);
}

static bool equal_with_high_max(void)
{
    return strictly_above(ACTOR_MAX, ACTOR_HIGH);
}

static bool high_above_low(void)
{
    return strictly_above(ACTOR_HIGH, ACTOR_LOW);
}

const struct oracle_case otp_shares[] = {
    ORACLE_CASE(equal),          ORACLE_CASE(few_low),
    ORACLE_CASE(many_low),       ORACLE_CASE(equal_with_high),
    ORACLE_CASE(equal_with_max), ORACLE_CASE(equal_with_high_max),
    ORACLE_CASE(high_above_low), {NULL, NULL},
};
