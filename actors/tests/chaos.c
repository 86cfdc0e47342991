/* Random programs of spawn, link, monitor, exit, send: each process keeps books of what
 * it must hear, and settles them with a monitor of its own at the end. */
#include "chaos.h"

#include <core/rng.h>

enum { MAX_CHILDREN = 8, GENERATIONS = 3 };

struct life {
    struct chaos *chaos;
    actor_pid parent;
    uint32_t seed;
    uint32_t generation;
};

struct child {
    actor_pid pid;
    actor_ref monitor;
    bool linked;
    bool heard_exit;
    bool heard_down;
};

struct family {
    struct chaos *chaos;
    struct child children[MAX_CHILDREN];
    unsigned count;
};

static struct child *find(struct family *family, actor_pid pid)
{
    for (unsigned i = 0; i < family->count; i++)
        if (family->children[i].pid == pid)
            return &family->children[i];
    return NULL;
}

static void note(struct family *family, const struct actor_message *message)
{
    struct child *child = find(family, message->from);
    if (message->kind == ACTOR_EXIT && child != NULL) {
        CHECK(child->linked && !child->heard_exit);
        child->heard_exit = true;
    }
    if (message->kind == ACTOR_DOWN) {
        const struct actor_down *down = message->data;
        CHECK(child != NULL && down->pid == child->pid);
        CHECK(child->monitor == down->monitor && !child->heard_down);
        child->heard_down = true;
        /* Whoever hears of a death finds the process gone. */
        CHECK(!actor_is_alive(child->pid));
    }
    if (message->kind == ACTOR_MESSAGE)
        core_add_relaxed(&family->chaos->received, 1); /* a count by itself */
}

static void hear(struct family *family, int64_t timeout_ns)
{
    const struct actor_message *message;
    while ((message = actor_receive_within(timeout_ns)) != NULL)
        note(family, message);
}

static void live(void *argument);

static void give_birth(struct family *family, const struct life *own,
                       struct core_rng *rng)
{
    struct child *child = &family->children[family->count];
    struct life life = {own->chaos, actor_self(), core_rng_next(rng),
                        own->generation + 1};
    *child = (struct child){.linked = core_rng_below(rng, 2) == 0};
    const struct actor_options options = {.link = child->linked,
                                          .monitor = &child->monitor};
    CHECK_EQ(actor_spawn_with(&options, live, &life, sizeof life, &child->pid), 0);
    family->count++;
    core_add_relaxed(&own->chaos->born, 1); /* a count by itself */
}

static bool is_exit_of(const struct actor_message *message, void *context)
{
    const struct child *child = context;
    return message->kind == ACTOR_EXIT && message->from == child->pid;
}

/* Links and unlinks in a hurry: the last word counts. What was in the mailbox when an
 * unlink returned stays there, as in Erlang. */
static void change_link(struct family *family, struct child *child, struct core_rng *rng)
{
    if (child->heard_exit || child->heard_down)
        return;
    for (uint32_t i = core_rng_below(rng, 4); i > 0; i--) {
        CHECK_EQ(actor_unlink(child->pid), 0);
        const struct actor_message *message = actor_receive_match(is_exit_of, child, 0);
        if (message != NULL) {
            note(family, message);
            return;
        }
        CHECK_EQ(actor_link(child->pid), 0);
        child->linked = true;
    }
}

static void act(struct family *family, const struct life *own, struct core_rng *rng)
{
    static const char *const reasons[] = {"normal", "kill", "shutdown", "bad"};
    struct child *child =
        family->count == 0 ? NULL : &family->children[core_rng_below(rng, family->count)];
    switch (core_rng_below(rng, 8)) {
    case 0:
    case 1:
        if (own->generation < GENERATIONS && family->count < MAX_CHILDREN)
            give_birth(family, own, rng);
        break;
    case 2:
        if (child != NULL)
            CHECK_EQ(actor_exit_signal(child->pid, reasons[core_rng_below(rng, 4)]), 0);
        break;
    case 3:
        if (child != NULL)
            change_link(family, child, rng);
        break;
    case 4:
        actor_yield();
        break;
    case 5:
        if (core_rng_below(rng, 16) == 0)
            actor_exit(reasons[core_rng_below(rng, 4)]);
        break;
    default:
        CHECK_EQ(actor_send(own->parent, &own->seed, sizeof own->seed), 0);
        core_add_relaxed(&own->chaos->sent, 1); /* a count by itself */
        hear(family, 0);
        break;
    }
}

static bool settled(const struct family *family)
{
    for (unsigned i = 0; i < family->count; i++) {
        const struct child *child = &family->children[i];
        if (!child->heard_down || (child->linked && !child->heard_exit))
            return false;
    }
    return true;
}

/* Ends all children, and waits until each end has been heard as often as was agreed. */
static void settle(struct family *family)
{
    for (unsigned i = 0; i < family->count; i++)
        CHECK_EQ(actor_exit_signal(family->children[i].pid, "kill"), 0);
    while (!settled(family))
        note(family, actor_receive());
    hear(family, 0);
    core_add_relaxed(&family->chaos->settled, 1); /* a count by itself */
}

static void live(void *argument)
{
    const struct life *own = argument;
    struct family family = {.chaos = own->chaos};
    struct core_rng rng;
    core_rng_seed(&rng, own->seed);
    if (core_rng_below(&rng, 4) != 0)
        actor_trap_exit(true);
    else
        actor_trap_exit(false); /* dies with the first child that fails */
    for (int i = 0; i < 60; i++)
        act(&family, own, &rng);
    settle(&family);
}

/* The root hears of everything below it: it traps, and nobody ends it. */
void chaos_body(void *argument)
{
    struct chaos *chaos = argument;
    struct life own = {chaos, actor_self(), chaos->seed, 0};
    struct family family = {.chaos = chaos};
    struct core_rng rng;
    core_rng_seed(&rng, chaos->seed);
    actor_trap_exit(true);
    for (int i = 0; i < MAX_CHILDREN; i++)
        give_birth(&family, &own, &rng);
    for (int i = 0; i < 40; i++)
        if (core_rng_below(&rng, 4) == 0)
            change_link(&family, &family.children[core_rng_below(&rng, family.count)],
                        &rng);
        else
            hear(&family, 0);
    settle(&family);
    chaos->signature = chaos->seams == NULL ? 0 : chaos->seams->signature;
    chaos->done = true;
}
