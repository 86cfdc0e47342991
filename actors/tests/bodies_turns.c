/* The processes of test_turns.c: hogs that call nothing, and two stages that compute. */
#include "bodies.h"

enum { SPAWNS = 20 };

static void hog(void *argument)
{
    struct result *result = argument;
    /* relaxed, both: nothing is passed with them */
    while (!core_load_relaxed(&result->stop))
        core_add_relaxed(&result->shared[0], 1);
}

static void answer(void *argument)
{
    send_word(*(actor_pid *)argument, 1);
}

/* value[1] hogs run; then processes that answer are spawned, one after the other. */
void body_turns(void *argument)
{
    struct result *result = argument;
    actor_pid self = actor_self();
    for (uint64_t i = 0; i < result->value[1]; i++)
        spawn(hog, result, 0);
    CHECK(actor_receive_within(50 * MS) == NULL); /* the hogs find their schedulers */
    for (int i = 0; i < SPAWNS; i++) {
        spawn(answer, &self, sizeof self);
        result->value[0] += word(actor_receive());
    }
    core_store_relaxed(&result->stop, true); /* only stops loops */
}

/* Work that the compiler cannot shorten; the same for each item. */
static uint64_t compute(uint64_t steps)
{
    volatile uint64_t x = 1;
    for (uint64_t i = 0; i < steps; i++)
        x = x * 3 + i;
    return x;
}

static void second_stage(void *argument)
{
    const uint64_t *order = argument; /* parent, items, steps */
    for (uint64_t i = 0; i < order[1]; i++) {
        actor_receive();
        compute(order[2]);
    }
    send_word(order[0], order[1]);
}

/* value[1] items pass two stages of value[2] steps each. */
void body_two_stages(void *argument)
{
    struct result *result = argument;
    uint64_t order[3] = {actor_self(), result->value[1], result->value[2]};
    actor_pid second = spawn(second_stage, order, sizeof order);
    for (uint64_t i = 0; i < order[1]; i++) {
        compute(order[2]);
        send_word(second, i);
    }
    result->value[0] = word(actor_receive());
}
