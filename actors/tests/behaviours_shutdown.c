/* Supervisors: how children are stopped, and when a supervisor ends of itself. Names
 * after supervisor_SUITE. */
#include "behaviours.h"

#include <errno.h>

/* --- stopping ------------------------------------------------------------------------ */

/* The reasons of a plain child and of one with manners when the supervisor is stopped. */
static bool stops(int64_t shutdown_ns, enum part_manner manner, const char *plain_reason,
                  const char *reason)
{
    const struct part part = {actor_self(), 2, manner, NULL};
    struct actor_child two[] = {
        PART("child1", 1, ACTOR_PERMANENT),
        {.id = "child2", .body = part_body, .argument = &part, .size = sizeof part}};
    two[1].shutdown_ns = shutdown_ns;
    two[0].shutdown_ns = shutdown_ns == ACTOR_BRUTAL_KILL ? shutdown_ns : 0;
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = two, .count = 2});
    actor_ref plain = part_watch(part_pid(pid, "child1"));
    actor_ref other = part_watch(part_pid(pid, "child2"));
    CHECK(part_started(1) && part_started(2));
    actor_server_stop(pid, "shutdown", ACTOR_FOREVER);
    return oracle_down(plain, plain_reason) && oracle_down(other, reason) &&
           part_over(pid, "shutdown");
}

static bool sup_stop_infinity(void)
{
    return stops(ACTOR_FOREVER, PART_SLOW, "shutdown", "shutdown");
}

static bool sup_stop_timeout(void)
{
    return stops(10 * MS, PART_STUBBORN, "shutdown", "killed");
}

static bool sup_stop_in_time(void)
{
    return stops(5000 * MS, PART_SLOW, "shutdown", "shutdown");
}

static bool sup_stop_brutal_kill(void)
{
    return stops(ACTOR_BRUTAL_KILL, PART_SLOW, "killed", "killed");
}

/* The same for children of one kind, which share their time. */
static bool stops_dynamic(int64_t shutdown_ns, enum part_manner manner,
                          const char *reason)
{
    enum { MANY = 20 };
    const struct part part = {actor_self(), 1, manner, NULL};
    const struct actor_child kind = {.id = "kind",
                                     .body = part_body,
                                     .argument = &part,
                                     .size = sizeof part,
                                     .shutdown_ns = shutdown_ns};
    actor_ref watched[MANY];
    actor_pid one,
        pid = part_supervisor(&(struct actor_supervisor){
            .strategy = ACTOR_SIMPLE_ONE_FOR_ONE, .children = &kind, .count = 1});
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(actor_supervisor_start_another(pid, NULL, 0, &one, NULL), 0);
        CHECK(part_started(1));
        watched[i] = part_watch(one);
    }
    actor_server_stop(pid, "shutdown", ACTOR_FOREVER);
    for (int i = 0; i < MANY; i++)
        if (!oracle_down(watched[i], reason))
            return false;
    return true;
}

static bool simple_one_for_one_shutdown(void)
{
    return stops_dynamic(5000 * MS, PART_SLOW, "shutdown");
}

static bool sup_stop_timeout_dynamic(void)
{
    return stops_dynamic(10 * MS, PART_STUBBORN, "killed");
}

static bool sup_stop_brutal_kill_dynamic(void)
{
    return stops_dynamic(ACTOR_BRUTAL_KILL, PART_STUBBORN, "killed");
}

static void say_its_end(void *argument)
{
    const struct part part = *(const struct part *)argument;
    actor_trap_exit(true);
    oracle_tell(part.home, part.number);
    while (actor_receive()->kind != ACTOR_EXIT)
        ;
    oracle_tell(part.home, part.number + 100);
    actor_exit("shutdown");
}

/* Started in order, stopped in the reverse order, each only when the one after it has
 * ended. */
static bool stop_order(void)
{
    struct part parts[3];
    struct actor_child three[3];
    static const char *const ids[] = {"child1", "child2", "child3"};
    for (uint64_t i = 0; i < 3; i++) {
        parts[i] = (struct part){.home = actor_self(), .number = i + 1};
        three[i] = (struct actor_child){.id = ids[i],
                                        .body = say_its_end,
                                        .argument = &parts[i],
                                        .size = sizeof *parts};
    }
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = three, .count = 3});
    CHECK(part_started(1) && part_started(2) && part_started(3));
    actor_server_stop(pid, "shutdown", ACTOR_FOREVER);
    for (uint64_t i = 3; i >= 1; i--)
        if (oracle_word(actor_receive()) != i + 100)
            return false;
    return true;
}

/* A child that removed its link is stopped all the same, and nobody waits for ever. */
static bool child_unlink(void)
{
    const struct actor_child child = PART("child1", 1, ACTOR_PERMANENT);
    struct actor_info info;
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = &child, .count = 1});
    const struct part_order unlink = {PART_UNLINK, pid};
    actor_pid one = part_pid(pid, "child1");
    CHECK_EQ(actor_send(one, &unlink, sizeof unlink), 0);
    do
        CHECK_EQ(actor_process_info(one, &info, NULL, 0), 0);
    while (info.links > 0);
    bool held =
        actor_supervisor_terminate_child(pid, "child1") == 0 && !actor_is_alive(one);
    actor_server_stop(pid, "normal", 5000 * MS);
    return held;
}

/* A child that ended unheard, having removed its link, is no obstacle either. */
static bool child_unlinked_and_dead(void)
{
    const struct actor_child child = PART("child1", 1, ACTOR_PERMANENT);
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = &child, .count = 1});
    const struct part_order unlink = {PART_UNLINK, pid};
    actor_pid one = part_pid(pid, "child1");
    CHECK_EQ(actor_send(one, &unlink, sizeof unlink), 0);
    part_end(pid, "child1", PART_ABNORMAL);
    bool held = part_pid(pid, "child1") == one &&
                actor_supervisor_terminate_child(pid, "child1") == 0;
    actor_server_stop(pid, "normal", 5000 * MS);
    return held;
}

static void owner(void *argument)
{
    const struct part part = *(const struct part *)argument;
    const struct actor_child child = {
        .id = "child1", .body = part_body, .argument = &part, .size = sizeof part};
    actor_pid pid;
    CHECK_EQ(actor_supervisor_start_link(
                 &(struct actor_supervisor){.children = &child, .count = 1}, &pid, NULL),
             0);
    pid = part_pid(pid, "child1");
    CHECK_EQ(actor_send(part.home, &pid, sizeof pid), 0);
    actor_receive();
    actor_exit("over");
}

static bool parents_end_ends_all(void)
{
    const struct part part = {.home = actor_self(), .number = 1};
    actor_pid parent = oracle_spawn(owner, &part, sizeof part);
    CHECK(part_started(1));
    actor_ref child = part_watch(oracle_word(actor_receive()));
    oracle_tell(parent, 0);
    return oracle_down(child, "shutdown");
}

/* --- significant children ------------------------------------------------------------- */

static actor_pid significant_two(enum actor_auto_shutdown auto_shutdown)
{
    struct actor_child two[] = {PART("child1", 1, ACTOR_TEMPORARY),
                                PART("child2", 2, ACTOR_TRANSIENT)};
    two[0].significant = two[1].significant = true;
    return part_supervisor(&(struct actor_supervisor){
        .auto_shutdown = auto_shutdown, .children = two, .count = 2});
}

static bool any_significant(void)
{
    actor_pid pid = significant_two(ACTOR_ANY_SIGNIFICANT);
    actor_ref other = part_watch(part_pid(pid, "child2"));
    part_end(pid, "child1", PART_NORMAL);
    return oracle_down(other, "shutdown") && part_over(pid, "shutdown");
}

static bool all_significant(void)
{
    actor_pid pid = significant_two(ACTOR_ALL_SIGNIFICANT);
    CHECK(part_started(2));
    part_end(pid, "child1", PART_NORMAL);
    if (!part_comes_to(pid, "child1", false, false))
        return false;
    part_end(pid, "child2", PART_ABNORMAL); /* is started again: not the end */
    if (!part_started(2))
        return false;
    part_end(pid, "child2", PART_NORMAL);
    return part_over(pid, "shutdown");
}

/* Stopping one by request is not its own doing. */
static bool significant_by_request(void)
{
    actor_pid pid = significant_two(ACTOR_ANY_SIGNIFICANT);
    bool held = actor_supervisor_terminate_child(pid, "child1") == 0 &&
                actor_supervisor_terminate_child(pid, "child2") == 0 &&
                actor_supervisor_count_children(pid).specs == 1;
    actor_server_stop(pid, "normal", 5000 * MS);
    return held;
}

const struct oracle_case behaviours_shutdown[] = {
    ORACLE_CASE(sup_stop_infinity),
    ORACLE_CASE(sup_stop_timeout),
    ORACLE_CASE(sup_stop_in_time),
    ORACLE_CASE(sup_stop_brutal_kill),
    ORACLE_CASE(simple_one_for_one_shutdown),
    ORACLE_CASE(sup_stop_timeout_dynamic),
    ORACLE_CASE(sup_stop_brutal_kill_dynamic),
    ORACLE_CASE(stop_order),
    ORACLE_CASE(child_unlink),
    ORACLE_CASE(child_unlinked_and_dead),
    ORACLE_CASE(parents_end_ends_all),
    ORACLE_CASE(any_significant),
    ORACLE_CASE(all_significant),
    ORACLE_CASE(significant_by_request),
    {NULL, NULL},
};
