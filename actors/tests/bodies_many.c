/* The processes that prove things about many schedulers and many processes. */
#include "bodies.h"

#include <core/rng.h>

static void compute(void)
{
    uint64_t end = core_now_ns() + 5 * (uint64_t)MS;
    volatile uint64_t work = 0;
    while (core_now_ns() < end)
        for (int i = 0; i < 1000; i++)
            work = work + 1;
}

static void second_stage(void *argument)
{
    uint64_t *order = argument; /* parent, items */
    for (uint64_t i = 0; i < order[1]; i++) {
        actor_receive();
        compute();
    }
    send_word(order[0], order[1]);
}

void body_pipeline(void *argument)
{
    struct result *result = argument;
    uint64_t order[2] = {actor_self(), 20};
    actor_pid second = spawn(second_stage, order, sizeof order);
    for (uint64_t i = 0; i < order[1]; i++) {
        compute();
        send_word(second, i);
    }
    result->value[0] = word(actor_receive());
}

enum { STORM_PROCESSES = 40, STORM_MESSAGES = 500 };

struct storm_order {
    actor_pid parent;
    uint32_t seed;
};

static bool is_from(const struct actor_message *message, void *context)
{
    return message->from == *(const actor_pid *)context;
}

/* Sends to random siblings, receives what comes, and says how much of each. */
static void storm(void *argument)
{
    const struct storm_order *order = argument;
    struct core_rng rng;
    actor_pid siblings[STORM_PROCESSES];
    uint64_t counts[2] = {0, 0}; /* received, sum */
    core_rng_seed(&rng, order->seed);
    /* A sibling that was told earlier may overtake the parent: order is per pair only. */
    actor_pid parent = order->parent;
    const struct actor_message *message =
        actor_receive_match(is_from, &parent, ACTOR_FOREVER);
    CHECK_EQ(message->size, sizeof siblings);
    memcpy(siblings, message->data, sizeof siblings);
    for (uint64_t i = 1; i <= STORM_MESSAGES; i++) {
        send_word(siblings[core_rng_below(&rng, STORM_PROCESSES)], i);
        if (core_rng_below(&rng, 8) == 0)
            actor_yield();
        while ((message = actor_receive_within(0)) != NULL) {
            counts[0]++;
            counts[1] += word(message);
        }
    }
    send_word(order->parent, 0); /* all sent */
    while ((message = actor_receive()) != NULL && message->from != order->parent) {
        counts[0]++;
        counts[1] += word(message);
    }
    CHECK_EQ(actor_send(order->parent, counts, sizeof counts), 0);
}

void body_storm(void *argument)
{
    struct result *result = argument;
    actor_pid children[STORM_PROCESSES];
    for (uint32_t i = 0; i < STORM_PROCESSES; i++) {
        struct storm_order order = {actor_self(), i + 1};
        children[i] = spawn(storm, &order, sizeof order);
    }
    for (int i = 0; i < STORM_PROCESSES; i++)
        CHECK_EQ(actor_send(children[i], children, sizeof children), 0);
    for (int i = 0; i < STORM_PROCESSES; i++)
        CHECK_EQ(word(actor_receive()), 0);
    for (int i = 0; i < STORM_PROCESSES; i++)
        send_word(children[i], 0); /* after all others: order is kept between each pair */
    for (int i = 0; i < STORM_PROCESSES; i++) {
        const uint64_t *counts = actor_receive()->data;
        result->value[0] += counts[0];
        result->value[1] += counts[1];
    }
}

static void die_after_some(void *argument)
{
    uint64_t *order = argument; /* parent, messages to take */
    for (uint64_t i = 0; i < order[1]; i++)
        actor_receive();
    send_word(order[0], order[1]);
}

static void pelt(void *argument)
{
    uint64_t *order = argument; /* parent, target, messages */
    for (uint64_t i = 0; i < order[2]; i++)
        send_word(order[1], i);
    send_word(order[0], 0);
}

/* Processes die while others still send to them, and their slots are taken again. */
void body_stale_storm(void *argument)
{
    struct result *result = argument;
    for (uint64_t round = 0; round < 200; round++) {
        uint64_t victim[2] = {actor_self(), 1 + round % 7};
        actor_pid target = spawn(die_after_some, victim, sizeof victim);
        for (int i = 0; i < 4; i++) {
            uint64_t order[3] = {actor_self(), target, 20};
            spawn(pelt, order, sizeof order);
        }
        for (int i = 0; i < 5; i++)
            result->value[0] += word(actor_receive());
    }
    CHECK(actor_receive_within(0) == NULL);
}

static void echo_once(void *argument)
{
    (void)argument;
    const struct actor_message *message = actor_receive();
    send_word(message->from, word(message) + 1);
}

void body_many_waiting(void *argument)
{
    enum { COUNT = 20000 };
    struct result *result = argument;
    actor_pid *pids = actor_alloc(COUNT * sizeof *pids);
    for (int i = 0; i < COUNT; i++)
        pids[i] = spawn(echo_once, NULL, 0);
    for (int i = 0; i < COUNT; i++)
        send_word(pids[i], (uint64_t)i);
    for (int i = 0; i < COUNT; i++)
        result->value[0] += word(actor_receive());
}
