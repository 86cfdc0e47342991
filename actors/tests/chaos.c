/* Random programs of spawn, link, monitor, exit, send (to pids and names, bytes and
 * binaries), register, timers, suspend, trap_exit: each process keeps books of what it
 * must hear, and settles them with a monitor of its own at the end. */
#include "chaos.h"

#include <core/rng.h>
#include <errno.h>

enum { MAX_CHILDREN = 8, GENERATIONS = 3, NAMES = 6, TIMERS = 4 };

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
    bool ended_normally; /* by its DOWN */
    unsigned suspended;
};

struct family {
    struct chaos *chaos;
    actor_ref timers[TIMERS];
    bool trusts; /* has not trapped exits at some time: a normal end may be silent */
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
    core_add_relaxed(&family->chaos->received, 1); /* a count by itself */
    if (message->kind == ACTOR_EXIT && child != NULL) {
        CHECK(child->linked && !child->heard_exit);
        child->heard_exit = true;
    }
    if (message->kind == ACTOR_DOWN) {
        const struct actor_down *down = message->data;
        CHECK(child != NULL && down->pid == child->pid);
        CHECK(child->monitor == down->monitor && !child->heard_down);
        child->heard_down = true;
        child->ended_normally = actor_reason_is(&down->reason, "normal");
        /* Whoever hears of a death finds the process gone. */
        CHECK(!actor_is_alive(child->pid));
    }
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

static void count_sent(struct family *family, int rc)
{
    CHECK(rc == 0 || rc == -ESRCH); /* nobody has that name */
    if (rc == 0)
        core_add_relaxed(&family->chaos->sent, 1); /* a count by itself */
}

/* One of few names, taken, given up, looked up or sent to by anybody. */
static void use_name(struct family *family, const struct child *child,
                     struct core_rng *rng)
{
    char name[] = "name 0";
    uint64_t word = 1;
    actor_pid pid = child == NULL ? actor_self() : child->pid;
    name[5] = (char)('0' + core_rng_below(rng, NAMES));
    int rc = 0;
    switch (core_rng_below(rng, 4)) {
    case 0:
        rc = actor_register(name, pid);
        CHECK(rc == 0 || rc == -EEXIST || rc == -ESRCH);
        break;
    case 1:
        rc = actor_unregister(name);
        CHECK(rc == 0 || rc == -ESRCH);
        break;
    case 2:
        pid = actor_whereis(name); /* it may be gone, but it was a process */
        if (pid != 0)
            count_sent(family, actor_send(pid, &word, sizeof word));
        break;
    default:
        count_sent(family, actor_send_name(name, &word, sizeof word));
    }
}

static void use_timer(struct family *family, actor_pid to, struct core_rng *rng)
{
    actor_ref *timer = &family->timers[core_rng_below(rng, TIMERS)];
    int64_t delay_ns = core_rng_below(rng, 3) * INT64_C(500000), left_ns;
    uint64_t word = 2;
    switch (core_rng_below(rng, 4)) {
    case 0:
        CHECK_EQ(actor_start_timer(delay_ns, to, &word, sizeof word, timer), 0);
        break;
    case 1:
        CHECK_EQ(actor_send_after(delay_ns, to, &word, sizeof word, timer), 0);
        break;
    case 2:
        left_ns = actor_read_timer(*timer);
        CHECK(left_ns >= 0 || left_ns == -ESRCH);
        break;
    default:
        left_ns = actor_cancel_timer(*timer);
        CHECK(left_ns >= 0 || left_ns == -ESRCH);
        CHECK_EQ(actor_cancel_timer(*timer), -ESRCH);
    }
}

static void suspend_or_resume(struct child *child, struct core_rng *rng)
{
    if (core_rng_below(rng, 2) == 0) {
        int rc = actor_suspend(child->pid);
        CHECK(rc == 0 || rc == -ESRCH);
        child->suspended += rc == 0;
    } else if (child->suspended > 0) {
        CHECK_EQ(actor_resume(child->pid), 0); /* also when it has ended since */
        child->suspended--;
    }
}

static void send_binary(struct family *family, actor_pid to, struct core_rng *rng)
{
    static const char bytes[200];
    const struct actor_binary *binary =
        actor_binary_new(bytes, core_rng_below(rng, sizeof bytes));
    CHECK(binary != NULL);
    count_sent(family, actor_send_binary(to, binary));
    if (core_rng_below(rng, 2) == 0) /* else it goes with the process */
        actor_binary_free(binary);
}

static void change_trap(struct family *family, struct core_rng *rng)
{
    bool on = core_rng_below(rng, 4) != 0;
    actor_trap_exit(on);
    family->trusts = family->trusts || !on;
}

static void act_more(struct family *family, const struct life *own, struct child *child,
                     struct core_rng *rng)
{
    actor_pid to =
        child != NULL && core_rng_below(rng, 2) == 0 ? child->pid : own->parent;
    switch (core_rng_below(rng, 5)) {
    case 0:
        use_timer(family, to, rng);
        break;
    case 1:
        if (child != NULL)
            suspend_or_resume(child, rng);
        break;
    case 2:
        send_binary(family, to, rng);
        break;
    case 3:
        change_trap(family, rng);
        break;
    default:
        use_name(family, child, rng);
    }
}

static void act(struct family *family, const struct life *own, struct core_rng *rng)
{
    static const char *const reasons[] = {"normal", "kill", "shutdown", "bad"};
    struct child *child =
        family->count == 0 ? NULL : &family->children[core_rng_below(rng, family->count)];
    switch (core_rng_below(rng, 12)) {
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
    case 6:
    case 7:
        count_sent(family, actor_send(own->parent, &own->seed, sizeof own->seed));
        hear(family, 0);
        break;
    default:
        act_more(family, own, child, rng);
    }
}

static bool settled(const struct family *family)
{
    for (unsigned i = 0; i < family->count; i++) {
        const struct child *child = &family->children[i];
        bool silent = !child->linked || (child->ended_normally && family->trusts);
        if (!child->heard_down || (!silent && !child->heard_exit))
            return false;
    }
    return true;
}

/* Ends all children, and waits until each end has been heard as often as was agreed. */
static void settle(struct family *family)
{
    actor_trap_exit(true);
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
    struct family family = {.chaos = own->chaos, .trusts = true};
    struct core_rng rng;
    core_rng_seed(&rng, own->seed);
    if (core_rng_below(&rng, 4) != 0) {
        actor_trap_exit(true);
        family.trusts = false;
    } /* else it dies with the first child that fails */
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
