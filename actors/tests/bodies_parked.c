/* Processes that wait with something on their stacks, which they check whenever they
 * wake. */
#include "bodies_parked.h"

#include <core/clock.h>
#include <core/rng.h>

enum { HELD = 48 };

struct sleeper {
    struct parked *parked;
    actor_pid driver;
    uint32_t number;
};

struct order {
    uint64_t value; /* 0: end */
};

struct answer {
    uint64_t value;
    uint32_t number;
};

struct search {
    const char *name;
    uint64_t value;
};

static void visit(void *context, const char *name, uint64_t value)
{
    struct search *search = context;
    if (strcmp(name, search->name) == 0)
        search->value = value;
}

uint64_t parked_count(const struct actors *runtime, const char *name)
{
    struct search search = {name, UINT64_MAX};
    actors_counters(runtime, visit, &search);
    CHECK(search.value != UINT64_MAX);
    return search.value;
}

static void fill(volatile uint64_t *held, uint64_t number)
{
    for (uint64_t i = 0; i < HELD; i++)
        held[i] = number * 1000003 + i;
}

static void check(const volatile uint64_t *held, uint64_t number)
{
    for (uint64_t i = 0; i < HELD; i++)
        CHECK_EQ(held[i], number * 1000003 + i);
}

static void sleeper(void *argument)
{
    const struct sleeper *own = argument;
    volatile uint64_t held[HELD];
    fill(held, own->number);
    core_add_relaxed(&own->parked->ready, 1); /* a count by itself */
    for (;;) {
        const struct order *order = actor_receive()->data;
        struct answer answer = {order->value + own->number, own->number};
        check(held, own->number);
        if (order->value == 0)
            return;
        CHECK_EQ(actor_send(own->driver, &answer, sizeof answer), 0);
    }
}

static actor_pid *spawn_all(struct parked *parked, void (*body)(void *),
                            const struct actor_options *options)
{
    actor_pid *pids = actor_alloc(parked->processes * sizeof *pids);
    CHECK(pids != NULL);
    for (uint32_t i = 0; i < parked->processes; i++) {
        struct sleeper own = {parked, actor_self(), i};
        CHECK_EQ(actor_spawn_with(options, body, &own, sizeof own, &pids[i]), 0);
    }
    return pids;
}

static void wait_ready(struct parked *parked)
{
    while (core_load_relaxed(&parked->ready) < parked->processes) /* a count */
        actor_receive_within(CORE_NS_PER_MS);
}

void parked_spawn_only(void *argument)
{
    struct parked *parked = argument;
    const struct actor_options options = {.link = false};
    spawn_all(parked, sleeper, &options);
    wait_ready(parked);
}

static void wait_packed(struct parked *parked)
{
    uint64_t packed, unpacked;
    do {
        CHECK(actor_receive_within(CORE_NS_PER_MS) == NULL);
        unpacked = parked_count(parked->runtime, "unpacked");
        packed = parked_count(parked->runtime, "packed");
    } while (packed - unpacked + 1 < parked->processes); /* one may stay: compact_above */
}

static void hear(struct parked *parked)
{
    const struct answer *answer = actor_receive()->data;
    parked->answers++;
    parked->sum += answer->value;
}

static void tell(actor_pid to, uint64_t value)
{
    struct order order = {value};
    CHECK_EQ(actor_send(to, &order, sizeof order), 0);
}

void parked_wake_all(void *argument)
{
    struct parked *parked = argument;
    const struct actor_options options = {.link = false};
    actor_pid *pids = spawn_all(parked, sleeper, &options);
    wait_ready(parked);
    wait_packed(parked);
    struct actor_info info;
    /* The question itself brings the stack back; the answer comes before that. */
    for (uint32_t i = 0; i < parked->processes; i += 16) {
        CHECK_EQ(actor_process_info(pids[i], &info, NULL, 0), 0);
        if (info.memory_bytes > parked->largest)
            parked->largest = info.memory_bytes;
    }
    for (uint32_t round = 1; round <= parked->rounds; round++) {
        wait_packed(parked);
        for (uint32_t i = 0; i < parked->processes; i++)
            tell(pids[i], round);
        for (uint32_t i = 0; i < parked->processes; i++)
            hear(parked);
    }
    for (uint32_t i = 0; i < parked->processes; i++)
        tell(pids[i], 0);
}

/* --- at random ------------------------------------------------------------------- */

struct storm {
    struct parked *parked;
    actor_pid *pids;
    bool *dead;
    struct core_rng rng;
    uint32_t alive;
    uint64_t asked; /* answers on their way */
};

static void note(struct storm *storm, const struct actor_message *message)
{
    struct parked *parked = storm->parked;
    if (message->kind == ACTOR_DOWN) {
        parked->deaths++;
        return;
    }
    CHECK(message->kind == ACTOR_MESSAGE && storm->asked > 0);
    storm->asked--;
    parked->answers++;
    parked->sum += ((const struct answer *)message->data)->value;
}

static void strike(struct storm *storm)
{
    uint32_t i = core_rng_below(&storm->rng, storm->parked->processes);
    actor_pid to = storm->pids[i];
    struct actor_info info;
    if (storm->dead[i])
        return;
    switch (core_rng_below(&storm->rng, 16)) {
    case 0: /* a process that is killed answers no more; so only after its answers */
        if (storm->asked > 0 || storm->alive * 2 < storm->parked->processes)
            break;
        CHECK_EQ(actor_exit_signal(to, "bad"), 0);
        storm->dead[i] = true;
        storm->alive--;
        break;
    case 1:
        CHECK_EQ(actor_suspend(to), 0);
        tell(to, 1);
        storm->asked++;
        actor_yield();
        CHECK_EQ(actor_resume(to), 0);
        break;
    case 2:
        CHECK_EQ(actor_link(to), 0);
        CHECK_EQ(actor_unlink(to), 0);
        break;
    case 3:
        CHECK_EQ(actor_process_info(to, &info, NULL, 0), 0);
        CHECK(info.monitored_by == 1 && info.links == 0);
        break;
    case 4: {
        struct order order = {2};
        actor_ref timer;
        CHECK_EQ(actor_send_after(50000, to, &order, sizeof order, &timer), 0);
        storm->asked++;
        break;
    }
    default:
        tell(to, 3);
        storm->asked++;
    }
}

void parked_disturb(void *argument)
{
    struct parked *parked = argument;
    struct storm storm = {.parked = parked, .alive = parked->processes};
    actor_ref monitor;
    const struct actor_options options = {.monitor = &monitor};
    const struct actor_message *message;
    core_rng_seed(&storm.rng, parked->seed);
    storm.pids = spawn_all(parked, sleeper, &options);
    storm.dead = actor_alloc(parked->processes * sizeof *storm.dead);
    CHECK(storm.dead != NULL);
    memset(storm.dead, 0, parked->processes * sizeof *storm.dead);
    for (uint32_t round = 0; round < parked->rounds; round++) {
        for (uint32_t i = core_rng_below(&storm.rng, 8); i > 0; i--)
            strike(&storm);
        int64_t wait_ns = core_rng_below(&storm.rng, 4) == 0 ? 20000 : 0;
        while ((message = actor_receive_within(wait_ns)) != NULL)
            note(&storm, message);
    }
    while (storm.asked > 0)
        note(&storm, actor_receive());
    for (uint32_t i = 0; i < parked->processes; i++)
        tell(storm.pids[i], 0);
    while (parked->deaths < parked->processes)
        note(&storm, actor_receive());
}

/* --- by themselves --------------------------------------------------------------- */

static void pauses(void *argument)
{
    const struct sleeper *own = argument;
    volatile uint64_t held[HELD];
    fill(held, own->number);
    for (uint32_t i = 0; i < own->parked->rounds; i++) {
        CHECK(actor_receive_within(own->parked->pause_ns) == NULL);
        check(held, own->number);
    }
}

void parked_pauses(void *argument)
{
    struct parked *parked = argument;
    actor_ref monitor;
    const struct actor_options options = {.monitor = &monitor};
    spawn_all(parked, pauses, &options);
    for (uint32_t i = 0; i < parked->processes; i++) {
        CHECK_EQ(actor_receive()->kind, ACTOR_DOWN);
        parked->deaths++;
    }
}
