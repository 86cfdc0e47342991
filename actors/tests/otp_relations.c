/* More cases of OTP's monitor_SUITE and erl_link_SUITE, named as there. */
#include "oracle.h"

#include <core/rng.h>
#include <errno.h>

static void signal(actor_pid to, const char *reason)
{
    CHECK_EQ(actor_exit_signal(to, reason), 0);
}

static actor_ref watch(actor_pid pid)
{
    actor_ref monitor;
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    return monitor;
}

static actor_pid idle_one(void)
{
    return oracle_spawn(oracle_idle, NULL, 0);
}

static bool knows(actor_pid pid, size_t links, size_t monitors, size_t monitored_by)
{
    struct actor_info info;
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    return info.links == links && info.monitors == monitors &&
           info.monitored_by == monitored_by;
}

/* --- monitors ------------------------------------------------------------------- */

static void kill_monitor(void *argument)
{
    (void)argument;
    actor_pid watcher = oracle_word(actor_receive());
    signal(watcher, "shot");
    actor_exit("shooter");
}

static void monitor_it(void *argument)
{
    actor_pid pid = *(const actor_pid *)argument;
    watch(pid);
    oracle_tell(pid, actor_self());
    oracle_idle(NULL);
}

/* The monitored ends its monitor, then itself. */
static bool case_1(void)
{
    for (int i = 0; i < 50; i++) {
        actor_ref first, second;
        actor_pid pid = oracle_spawn_monitor(kill_monitor, NULL, 0, &first);
        oracle_spawn_monitor(monitor_it, &pid, sizeof pid, &second);
        if (!oracle_down(first, "shooter") || !oracle_down(second, "shot"))
            return false;
    }
    return actor_receive_within(0) == NULL;
}

static void demonitor_received(void *argument)
{
    (void)argument;
    const struct actor_message *message = actor_receive();
    actor_pid parent = message->from;
    oracle_tell(parent, actor_demonitor(oracle_word(message), false));
}

/* Another's reference removes nothing. */
static bool case_2(void)
{
    actor_pid pid = idle_one();
    actor_ref monitor = watch(pid);
    oracle_tell(oracle_spawn(demonitor_received, NULL, 0), monitor);
    bool removed = oracle_word(actor_receive()) != 0;
    signal(pid, "x");
    return !removed && oracle_down(monitor, "x");
}

static bool mon_1(void)
{
    actor_pid named = idle_one(), other = idle_one();
    actor_ref monitor;
    oracle_spawn_monitor(oracle_return, NULL, 0, &monitor);
    bool right = oracle_down(monitor, "normal");
    oracle_spawn_monitor(oracle_exit_text, "foo", 4, &monitor);
    right = right && oracle_down(monitor, "foo");
    monitor = watch(other);
    signal(other, "bar");
    right = right && oracle_down(monitor, "bar") && oracle_down(watch(other), "noproc");
    CHECK_EQ(actor_register("mon_1", named), 0);
    CHECK_EQ(actor_monitor_name("mon_1", &monitor), 0);
    signal(named, "kill");
    return right && oracle_down(monitor, "killed") && actor_receive_within(0) == NULL;
}

static bool mon_e_1(void)
{
    static const actor_pid wrong[] = {0, UINT64_MAX, (actor_pid)1 << 32};
    actor_ref monitor = 1;
    for (int i = 0; i < 3; i++)
        if (actor_monitor(wrong[i], &monitor) != -EINVAL || monitor != 0)
            return false;
    return actor_monitor_name(NULL, &monitor) == -EINVAL && knows(actor_self(), 0, 0, 0);
}

static bool demon_1(void)
{
    return !actor_demonitor(actor_make_ref(), false) && !actor_demonitor(0, true);
}

static bool demon_2(void)
{
    actor_pid pid = idle_one();
    actor_ref monitor = watch(pid);
    bool first = actor_demonitor(monitor, false);
    bool second = actor_demonitor(monitor, false);
    signal(pid, "kill");
    return first && !second && actor_receive_within(MS) == NULL;
}

/* One of two goes, the other stays. */
static bool demon_3(void)
{
    actor_pid pid = idle_one();
    actor_ref one = watch(pid), two = watch(pid);
    CHECK(actor_demonitor(one, false));
    bool known = knows(pid, 0, 0, 1) && knows(actor_self(), 0, 1, 0);
    signal(pid, "x");
    return known && oracle_down(two, "x") && actor_receive_within(MS) == NULL &&
           !actor_demonitor(two, false);
}

enum { LARGE = 100000, WATCHERS = 100 };

/* A large reason, heard by many. */
static bool large_exit(void)
{
    char *reason = actor_alloc(LARGE);
    actor_ref monitors[WATCHERS];
    actor_pid pid = idle_one();
    for (int i = 0; i < LARGE; i++)
        reason[i] = (char)(i * 7);
    for (int i = 0; i < WATCHERS; i++)
        monitors[i] = watch(pid);
    CHECK_EQ(actor_exit_signal_with(pid, reason, LARGE), 0);
    for (int i = 0; i < WATCHERS; i++) {
        const struct actor_message *message = actor_receive();
        const struct actor_down *down = message->data;
        CHECK(message->kind == ACTOR_DOWN && down->reason.size == LARGE);
        if (memcmp(down->reason.data, reason, LARGE) != 0)
            return false;
        for (int m = 0; m < WATCHERS; m++)
            if (monitors[m] == down->monitor)
                monitors[m] = 0;
    }
    for (int i = 0; i < WATCHERS; i++)
        CHECK_EQ(monitors[i], 0); /* each was heard */
    return true;
}

static void watch_parent(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    watch(parent);
    CHECK_EQ(actor_link(parent), 0);
    oracle_tell(parent, 1);
    oracle_idle(NULL);
}

/* What others know of us goes when they go. */
static bool list_cleanup_of_the_monitored(void)
{
    actor_pid self = actor_self();
    actor_trap_exit(true);
    for (int i = 0; i < 50; i++) {
        actor_pid pid = oracle_spawn(watch_parent, &self, sizeof self);
        CHECK_EQ(oracle_word(actor_receive()), 1);
        if (!knows(self, 1, 0, 1))
            return false;
        signal(pid, "x");
        if (!oracle_exit(pid, "x", 8000 * MS))
            return false;
        while (!knows(self, 0, 0, 0)) /* the two tell in any order */
            actor_yield();
    }
    return true;
}

/* --- links ----------------------------------------------------------------------- */

static void exit_soon(void *argument)
{
    (void)argument;
    actor_receive();
    actor_exit("gone");
}

static bool otp_5772_link(void)
{
    actor_trap_exit(true);
    for (int i = 0; i < 500; i++) {
        actor_pid pid = oracle_spawn_link(exit_soon, NULL, 0);
        oracle_tell(pid, 1);
        if (i % 3 == 0)
            actor_yield();
        CHECK_EQ(actor_unlink(pid), 0);
        oracle_exit(pid, NULL, 0); /* it may have come before */
        if (i % 5 == 0)
            oracle_sleep(1);
        if (oracle_exit(pid, NULL, 0))
            return false;
    }
    return true;
}

static bool otp_5772_monitor(void)
{
    for (int i = 0; i < 500; i++) {
        actor_ref monitor;
        actor_pid pid = oracle_spawn_monitor(exit_soon, NULL, 0, &monitor);
        oracle_tell(pid, 1);
        if (i % 3 == 0)
            actor_yield();
        actor_demonitor(monitor, true);
        if (actor_receive_within(i % 5 == 0 ? MS : 0) != NULL)
            return false;
    }
    return true;
}

static void link_on(void *argument)
{
    const uint64_t *order = argument; /* parent, how many more */
    uint64_t next[2] = {order[0], order[1] - 1};
    if (order[1] == 0)
        oracle_tell(order[0], actor_self());
    else
        oracle_spawn_link(link_on, next, sizeof next);
    oracle_idle(NULL);
}

/* The end of the last goes up a chain of links, or stops at once when it is normal. */
static bool exits_go_along_a_chain(void)
{
    uint64_t order[2] = {actor_self(), 100};
    actor_ref monitor;
    for (int i = 0; i < 2; i++) {
        actor_pid first = oracle_spawn_monitor(link_on, order, sizeof order, &monitor);
        actor_pid last = oracle_word(actor_receive());
        if (i == 0) {
            oracle_tell(last, 0); /* ends it normally */
            while (actor_is_alive(last))
                actor_yield();
            oracle_sleep(1);
            if (!actor_is_alive(first))
                return false;
            signal(first, "first");
            if (!oracle_down(monitor, "first"))
                return false;
        } else {
            signal(last, "last");
            if (!oracle_down(monitor, "last"))
                return false;
        }
    }
    return true;
}

static void trap_and_link(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    actor_trap_exit(true);
    CHECK_EQ(actor_link(parent), 0);
    oracle_tell(parent, 1);
    oracle_idle(NULL);
}

/* Made from both ends it is still one, and goes with one unlink. */
static bool a_link_made_from_both_ends_is_one(void)
{
    actor_pid self = actor_self();
    actor_trap_exit(true);
    for (int i = 0; i < 50; i++) {
        actor_pid pid = oracle_spawn(trap_and_link, &self, sizeof self);
        CHECK_EQ(actor_link(pid), 0);
        CHECK_EQ(oracle_word(actor_receive()), 1);
        if (!knows(pid, 1, 0, 0) || !knows(self, 1, 0, 0))
            return false;
        CHECK_EQ(actor_unlink(pid), 0);
        if (!knows(pid, 0, 0, 0) || !knows(self, 0, 0, 0))
            return false;
        signal(pid, "kill");
    }
    return actor_receive_within(MS) == NULL;
}

/* --- both, in random order --------------------------------------------------------- */

enum { OTHERS = 40, STEPS = 2000, MOST = 4 };

struct other {
    actor_pid pid;
    actor_ref monitors[MOST];
    unsigned count;
    bool linked;
};

static void change(struct other *other, struct core_rng *rng)
{
    switch (core_rng_below(rng, 4)) {
    case 0:
        CHECK_EQ(actor_link(other->pid), 0);
        other->linked = true;
        break;
    case 1:
        CHECK_EQ(actor_unlink(other->pid), 0);
        other->linked = false;
        break;
    case 2:
        if (other->count < MOST)
            other->monitors[other->count++] = watch(other->pid);
        break;
    default:
        if (other->count > 0) {
            uint32_t drawn = core_rng_below(rng, other->count);
            CHECK(actor_demonitor(other->monitors[drawn], false));
            other->monitors[drawn] = other->monitors[--other->count];
        }
    }
}

/* Both ends know what is there after each change, and nothing when all have ended. */
static bool relations_in_random_order(void)
{
    struct other others[OTHERS] = {{0}};
    size_t links = 0, monitors = 0;
    struct core_rng rng;
    core_rng_seed(&rng, 4711);
    actor_trap_exit(true);
    for (int i = 0; i < OTHERS; i++)
        others[i].pid = idle_one();
    for (int i = 0; i < STEPS; i++) {
        struct other *other = &others[core_rng_below(&rng, OTHERS)];
        links -= other->linked;
        monitors -= other->count;
        change(other, &rng);
        links += other->linked;
        monitors += other->count;
        if (!knows(other->pid, other->linked, 0, other->count))
            return false;
    }
    if (!knows(actor_self(), links, monitors, 0))
        return false;
    for (int i = 0; i < OTHERS; i++)
        signal(others[i].pid, "x");
    for (size_t i = 0; i < links + monitors; i++)
        CHECK(actor_receive()->kind != ACTOR_MESSAGE);
    return knows(actor_self(), 0, 0, 0) && actor_receive_within(MS) == NULL;
}

const struct oracle_case otp_relations[] = {
    ORACLE_CASE(case_1),
    ORACLE_CASE(case_2),
    ORACLE_CASE(mon_1),
    ORACLE_CASE(mon_e_1),
    ORACLE_CASE(demon_1),
    ORACLE_CASE(demon_2),
    ORACLE_CASE(demon_3),
    ORACLE_CASE(large_exit),
    ORACLE_CASE(list_cleanup_of_the_monitored),
    ORACLE_CASE(otp_5772_link),
    ORACLE_CASE(otp_5772_monitor),
    ORACLE_CASE(exits_go_along_a_chain),
    ORACLE_CASE(a_link_made_from_both_ends_is_one),
    ORACLE_CASE(relations_in_random_order),
    {NULL, NULL},
};
