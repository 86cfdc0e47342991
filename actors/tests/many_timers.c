#include "many_timers.h"

#include <core/rng.h>
#include <errno.h>

enum { CANCEL_PERCENT = 15, REARM_PERCENT = 10, BATCH = 1000 };

struct keeper {
    struct many_timers *many;
    actor_pid parent;
    uint32_t seed, count;
};

/* What a timer sends. */
struct due {
    uint32_t index;
    uint64_t not_before_ns;
};

struct timers {
    struct many_timers *many;
    struct core_rng rng;
    uint32_t count, open; /* timers; those of them that will still be heard of */
    actor_ref *refs;
    bool *seen;
};

/* Messages of the keepers' own: no struct due, by their size. */
enum { SET, CHANGE, WORD_BYTES = 1 };

static void tell(actor_pid to, uint8_t word)
{
    CHECK_EQ(actor_send(to, &word, WORD_BYTES), 0);
}

static bool is_own(const struct actor_message *message, void *context)
{
    (void)context;
    return message->size != sizeof(struct due);
}

static void arm(struct timers *timers, uint32_t index)
{
    uint64_t spread_ns = (uint64_t)timers->many->spread_ns;
    uint64_t later_ns = spread_ns / 1000000 * core_rng_below(&timers->rng, 1000000);
    int64_t delay_ns = timers->many->lead_ns + (int64_t)later_ns;
    const struct due due = {index, core_now_ns() + (uint64_t)delay_ns};
    CHECK_EQ(
        actor_send_after(delay_ns, actor_self(), &due, sizeof due, &timers->refs[index]),
        0);
}

static void take_due(struct timers *timers, const struct actor_message *message)
{
    const struct due *due = message->data;
    CHECK_EQ(message->size, sizeof *due);
    CHECK(core_now_ns() >= due->not_before_ns);
    CHECK(due->index < timers->count && !timers->seen[due->index]);
    timers->seen[due->index] = true;
    CHECK(timers->open > 0);
    timers->open--;
    core_add_relaxed(&timers->many->fired, 1); /* a count by itself */
}

/* Cancels a share of the timers named, and says how many it was in time for. */
static void cancel_others(void *argument)
{
    struct many_timers *many = *(struct many_timers **)argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        const actor_ref *refs = message->data;
        uint32_t cancelled = 0;
        for (size_t i = 0; i < message->size / sizeof *refs; i++) {
            int64_t left_ns = actor_cancel_timer(refs[i]);
            CHECK(left_ns >= 0 || left_ns == -ESRCH);
            cancelled += left_ns >= 0;
        }
        core_add_relaxed(&many->cancelled_by_other, cancelled); /* a count by itself */
        CHECK_EQ(actor_send(message->from, &cancelled, sizeof cancelled), 0);
    }
}

/* A tenth set anew, and of the rest some cancelled here and some by the other. */
static void change(struct timers *timers, actor_pid other, uint32_t *asked)
{
    actor_ref batch[BATCH];
    size_t given = 0;
    for (uint32_t i = 0; i < timers->count; i++) {
        uint32_t drawn = core_rng_below(&timers->rng, 100);
        if (drawn < CANCEL_PERCENT) {
            batch[given++] = timers->refs[i];
        } else if (drawn < 2 * CANCEL_PERCENT + REARM_PERCENT &&
                   actor_cancel_timer(timers->refs[i]) >= 0) {
            bool again = drawn >= 2 * CANCEL_PERCENT;
            timers->open -= !again;
            if (again)
                arm(timers, i);
            core_add_relaxed(again ? &timers->many->rearmed : &timers->many->cancelled,
                             1); /* a count by itself */
        }
        if (given == BATCH || (i + 1 == timers->count && given > 0)) {
            CHECK_EQ(actor_send(other, batch, given * sizeof *batch), 0);
            given = 0;
            ++*asked;
        }
    }
}

static void hear_all(struct timers *timers, uint32_t asked)
{
    while (timers->open > 0 || asked > 0) {
        const struct actor_message *message = actor_receive();
        if (message->size != sizeof(uint32_t)) {
            take_due(timers, message);
            continue;
        }
        CHECK(timers->open >= *(const uint32_t *)message->data && asked > 0);
        timers->open -= *(const uint32_t *)message->data;
        asked--;
    }
    CHECK(actor_receive_within(MS) == NULL); /* nothing fires twice */
}

static void keep_timers(void *argument)
{
    const struct keeper *keeper = argument;
    actor_pid parent = keeper->parent, other;
    uint32_t asked = 0;
    struct timers timers = {.many = keeper->many,
                            .count = keeper->count,
                            .open = keeper->count,
                            .refs = actor_alloc(keeper->count * sizeof(actor_ref)),
                            .seen = actor_alloc(keeper->count)};
    CHECK(timers.refs != NULL && timers.seen != NULL);
    memset(timers.seen, 0, timers.count);
    core_rng_seed(&timers.rng, keeper->seed);
    CHECK_EQ(actor_spawn(cancel_others, &timers.many, sizeof timers.many, &other), 0);
    for (uint32_t i = 0; i < timers.count; i++)
        arm(&timers, i);
    tell(parent, SET);
    CHECK(actor_receive_match(is_own, NULL, ACTOR_FOREVER) != NULL);
    change(&timers, other, &asked);
    hear_all(&timers, asked);
    CHECK_EQ(actor_exit_signal(other, "kill"), 0);
    tell(parent, CHANGE);
}

void many_timers_body(void *argument)
{
    struct many_timers *many = argument;
    actor_pid keepers[16];
    CHECK(many->keepers <= 16);
    uint64_t until_ns = core_now_ns() + (uint64_t)many->lead_ns;
    for (uint32_t i = 0; i < many->keepers; i++) {
        const struct keeper keeper = {many, actor_self(), i + 1,
                                      many->count / many->keepers};
        CHECK_EQ(actor_spawn(keep_timers, &keeper, sizeof keeper, &keepers[i]), 0);
    }
    for (uint32_t i = 0; i < many->keepers; i++)
        CHECK_EQ(*(const uint8_t *)actor_receive()->data, SET);
    many->all_pending = core_now_ns() < until_ns; /* none can have fired: never early */
    for (uint32_t i = 0; i < many->keepers; i++)
        tell(keepers[i], CHANGE);
    for (uint32_t i = 0; i < many->keepers; i++)
        CHECK_EQ(*(const uint8_t *)actor_receive()->data, CHANGE);
}
