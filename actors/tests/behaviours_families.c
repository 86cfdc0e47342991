/* Supervisors: specifications, requests, trees, many children. Names after
 * supervisor_SUITE. */
#include "behaviours.h"

#include <errno.h>

static void stop(actor_pid supervisor)
{
    actor_server_stop(supervisor, "normal", 8000 * MS);
}

/* --- starting ------------------------------------------------------------------------ */

static bool sup_start_normal(void)
{
    const struct actor_child two[] = {PART("child1", 1, ACTOR_PERMANENT),
                                      PART("child2", 2, ACTOR_PERMANENT)};
    actor_pid pid = part_supervisor(
        &(struct actor_supervisor){.name = "sup", .children = two, .count = 2});
    bool held = part_started(1) && part_started(2) && actor_whereis("sup") == pid;
    stop(pid);
    return held && part_over(pid, "normal") && actor_whereis("sup") == 0;
}

static bool sup_start_twice(void)
{
    const struct actor_supervisor named = {.name = "sup"};
    actor_pid other, pid = part_supervisor(&named);
    int rc = actor_supervisor_start_link(&named, &other, NULL);
    stop(pid);
    return rc == -EEXIST && other == pid;
}

static bool sup_start_ignore_child(void)
{
    const struct actor_child two[] = {
        {.id = "child1", .start = part_ignore},
        {.id = "child2", .start = part_ignore, .restart = ACTOR_TEMPORARY}};
    struct actor_child_info info;
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = two, .count = 2});
    bool held = part_info(pid, "child1", &info) && info.pid == 0 &&
                !part_info(pid, "child2", &info);
    stop(pid);
    return held;
}

/* The second does not start: the first is stopped, and the reason says which it was. */
static bool sup_start_fail(void)
{
    struct part_trouble trouble = {1, 0};
    const struct part part = {actor_self(), 2, PART_PLAIN, &trouble};
    const struct actor_child two[] = {
        PART("child1", 1, ACTOR_PERMANENT),
        {.id = "child2", .start = part_start, .argument = &part, .size = sizeof part}};
    struct actor_reason why;
    actor_pid pid;
    actor_trap_exit(true);
    int rc = actor_supervisor_start_link(
        &(struct actor_supervisor){.name = "sup", .children = two, .count = 2}, &pid,
        &why);
    return rc == -ECANCELED && pid == 0 && actor_whereis("sup") == 0 &&
           actor_reason_is(&why, "shutdown: failed_to_start_child child2: badarg");
}

static const char *said(const struct actor_supervisor *supervisor)
{
    struct actor_reason why = {"", 0};
    actor_pid pid;
    CHECK_EQ(actor_supervisor_start_link(supervisor, &pid, &why), -EINVAL);
    return why.data;
}

static bool sup_flags(void)
{
    const struct actor_child one = PART("child1", 1, ACTOR_PERMANENT);
    return strcmp(said(&(struct actor_supervisor){.strategy = 9}), "bad_strategy") == 0 &&
           strcmp(said(&(struct actor_supervisor){.intensity = -2}), "bad_intensity") ==
               0 &&
           strcmp(said(&(struct actor_supervisor){.period_ns = -1}), "bad_period") == 0 &&
           strcmp(said(&(struct actor_supervisor){.auto_shutdown = 7}),
                  "bad_auto_shutdown") == 0 &&
           strcmp(said(&(struct actor_supervisor){.strategy = ACTOR_SIMPLE_ONE_FOR_ONE}),
                  "bad_children") == 0 &&
           strcmp(said(&(struct actor_supervisor){
                      .children = (const struct actor_child[]){one, one}, .count = 2}),
                  "duplicate_child_name") == 0;
}

static const char *wrong(struct actor_child child)
{
    return said(&(struct actor_supervisor){.children = &child, .count = 1});
}

static bool child_specs(void)
{
    const struct actor_child good = PART("child1", 1, ACTOR_TRANSIENT);
    struct actor_child bad[6];
    static const char *const names[6] = {"bad_id",       "bad_start",
                                         "bad_start",    "bad_restart",
                                         "bad_shutdown", "bad_significant"};
    for (int i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].id = NULL;
    bad[1].body = NULL;
    bad[2].start = part_start;
    bad[3].restart = 9;
    bad[4].shutdown_ns = -2;
    bad[5].significant = true;
    for (int i = 0; i < 6; i++)
        if (strcmp(wrong(bad[i]), names[i]) != 0)
            return false;
    const struct actor_supervisor nested = {.strategy = 9};
    if (strcmp(wrong((struct actor_child){.id = "sub", .supervisor = &nested}),
               "bad_strategy") != 0)
        return false;
    struct actor_reason why;
    actor_pid child, pid = part_supervisor(&(struct actor_supervisor){.count = 0});
    int wrongly = actor_supervisor_start_child(pid, &bad[3], &child, &why);
    int significant = actor_supervisor_start_child(pid, &bad[5], &child, NULL);
    stop(pid);
    return wrongly == -EINVAL && actor_reason_is(&why, "bad_restart") &&
           significant == -EINVAL;
}

/* --- requests ------------------------------------------------------------------------ */

static bool child_adm(void)
{
    const struct actor_child child = PART("child1", 1, ACTOR_PERMANENT);
    struct actor_child_info info;
    actor_pid first, again, pid = part_supervisor(&(struct actor_supervisor){.count = 0});
    CHECK_EQ(actor_supervisor_start_child(pid, &child, &first, NULL), 0);
    bool held =
        actor_supervisor_start_child(pid, &child, &again, NULL) == -EEXIST &&
        again == first && actor_supervisor_delete_child(pid, "child1") == -EBUSY &&
        actor_supervisor_restart_child(pid, "child1", &again) == -EBUSY &&
        actor_supervisor_terminate_child(pid, "child1") == 0 && !actor_is_alive(first) &&
        part_info(pid, "child1", &info) && info.pid == 0 && !info.restarting &&
        actor_supervisor_terminate_child(pid, "child1") == 0 &&
        actor_supervisor_start_child(pid, &child, &again, NULL) == -EALREADY &&
        actor_supervisor_restart_child(pid, "child1", &again) == 0 && again != first &&
        actor_supervisor_terminate_child(pid, "child1") == 0 &&
        actor_supervisor_delete_child(pid, "child1") == 0 &&
        !part_info(pid, "child1", &info) &&
        actor_supervisor_delete_child(pid, "child1") == -ENOENT &&
        actor_supervisor_terminate_child(pid, "child1") == -ENOENT &&
        actor_supervisor_restart_child(pid, "child1", &again) == -ENOENT &&
        actor_supervisor_terminate_pid(pid, first) == -ENOTSUP &&
        actor_supervisor_start_another(pid, NULL, 0, &again, NULL) == -ENOTSUP;
    stop(pid);
    return held;
}

/* A temporary child is forgotten when it is stopped. */
static bool temporary_child_is_forgotten(void)
{
    const struct actor_child child = PART("child1", 1, ACTOR_TEMPORARY);
    struct actor_child_info info;
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = &child, .count = 1});
    bool held = actor_supervisor_terminate_child(pid, "child1") == 0 &&
                !part_info(pid, "child1", &info);
    stop(pid);
    return held;
}

static bool sup_start_child_returns_error(void)
{
    struct part_trouble trouble = {1, 0};
    const struct part part = {actor_self(), 1, PART_PLAIN, &trouble};
    const struct actor_child child = {
        .id = "child1", .start = part_start, .argument = &part, .size = sizeof part};
    struct actor_child_info info;
    actor_pid started, pid = part_supervisor(&(struct actor_supervisor){.count = 0});
    bool held = actor_supervisor_start_child(pid, &child, &started, NULL) == -ECANCELED &&
                started == 0 && !part_info(pid, "child1", &info) &&
                actor_supervisor_start_child(pid, &child, &started, NULL) == 0 &&
                started != 0;
    stop(pid);
    return held;
}

static bool which_children(void)
{
    static const char *const ids[] = {"a", "b", "c"};
    const struct actor_supervisor none = {.count = 0};
    const struct actor_child three[] = {PART("a", 1, ACTOR_PERMANENT),
                                        {.id = "b", .supervisor = &none},
                                        PART("c", 3, ACTOR_PERMANENT)};
    size_t count;
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = three, .count = 3});
    struct actor_child_info *infos = actor_supervisor_which_children(pid, &count);
    bool held = count == 3;
    for (size_t i = 0; held && i < 3; i++)
        held = strcmp(infos[i].id, ids[i]) == 0 && actor_is_alive(infos[i].pid) &&
               infos[i].is_supervisor == (i == 1);
    actor_free(infos);
    stop(pid);
    return held;
}

static bool count_children(void)
{
    const struct actor_supervisor none = {.count = 0};
    const struct actor_child three[] = {PART("a", 1, ACTOR_PERMANENT),
                                        {.id = "b", .supervisor = &none},
                                        PART("c", 3, ACTOR_PERMANENT)};
    actor_pid pid =
        part_supervisor(&(struct actor_supervisor){.children = three, .count = 3});
    CHECK_EQ(actor_supervisor_terminate_child(pid, "c"), 0);
    struct actor_child_count count = actor_supervisor_count_children(pid);
    stop(pid);
    return count.specs == 3 && count.active == 2 && count.supervisors == 1 &&
           count.workers == 2;
}

/* --- trees --------------------------------------------------------------------------- */

/* A supervisor in a supervisor: its failure is its parent's to mend, and the end of the
 * top is the end of all. The tree is data. */
static bool tree(void)
{
    const struct actor_child leaves[] = {PART("leaf1", 1, ACTOR_PERMANENT),
                                         PART("leaf2", 2, ACTOR_PERMANENT)};
    const struct actor_supervisor branch = {.name = "branch",
                                            .strategy = ACTOR_ONE_FOR_ALL,
                                            .intensity = ACTOR_NO_RESTART,
                                            .children = leaves,
                                            .count = 2};
    const struct actor_child two[] = {
        {.id = "branch", .supervisor = &branch},
        {.id = "server", .server = &told_server, .name = "server"}};
    actor_pid top =
        part_supervisor(&(struct actor_supervisor){.children = two, .count = 2});
    actor_pid before = actor_whereis("branch"), server = actor_whereis("server");
    CHECK(part_started(1) && part_started(2));
    part_end(before, "leaf1", PART_ABNORMAL);
    if (!part_started(1) || !part_started(2))
        return false;
    actor_pid after = part_pid(top, "branch");
    bool held = after != before && actor_whereis("branch") == after &&
                actor_whereis("server") == server &&
                told_order(server, ORDER_ADD, 5) == 5;
    actor_ref leaf = part_watch(part_pid(after, "leaf2"));
    stop(top);
    return held && oracle_down(leaf, "shutdown") && !actor_is_alive(after) &&
           !actor_is_alive(server);
}

/* A server that faults is started again, under its name. */
static bool a_supervised_server(void)
{
    const struct actor_child one = {
        .id = "server", .server = &told_server, .name = "server"};
    struct actor_answer answer;
    const struct order_form fault = {ORDER_FAULT, 0};
    actor_pid top =
        part_supervisor(&(struct actor_supervisor){.children = &one, .count = 1});
    actor_pid before = actor_whereis("server");
    int rc = actor_server_try_call(before, &fault, sizeof fault, 8000 * MS, &answer);
    bool held = rc == -ESRCH && part_comes_to(top, "server", true, true);
    for (int ms = 0; ms < 8000 && part_pid(top, "server") == before; ms++)
        oracle_sleep(1);
    held = held && actor_whereis("server") != before &&
           told_order(actor_whereis("server"), ORDER_ADD, 3) == 3;
    stop(top);
    return held;
}

/* --- many of one kind ---------------------------------------------------------------- */

static bool simple_one_for_one(void)
{
    const struct actor_child kind = PART("kind", 1, ACTOR_PERMANENT);
    const struct actor_child named = PART("child1", 1, ACTOR_PERMANENT);
    actor_pid one, two,
        pid = part_supervisor(&(struct actor_supervisor){
            .strategy = ACTOR_SIMPLE_ONE_FOR_ONE, .children = &kind, .count = 1});
    const struct part_order end = {PART_ABNORMAL, pid};
    CHECK_EQ(actor_supervisor_start_another(pid, NULL, 0, &one, NULL), 0);
    CHECK_EQ(actor_supervisor_start_another(pid, NULL, 0, &two, NULL), 0);
    CHECK(part_started(1) && part_started(1) && one != two);
    CHECK_EQ(actor_send(one, &end, sizeof end), 0);
    bool held = part_started(1) && !actor_is_alive(one) && actor_is_alive(two) &&
                actor_supervisor_terminate_pid(pid, two) == 0 && !actor_is_alive(two) &&
                actor_supervisor_terminate_pid(pid, two) == 0 &&
                actor_supervisor_terminate_pid(pid, actor_self()) == -ENOENT &&
                actor_supervisor_terminate_child(pid, "kind") == -ENOTSUP &&
                actor_supervisor_start_child(pid, &named, &one, NULL) == -ENOTSUP;
    struct actor_child_count count = actor_supervisor_count_children(pid);
    stop(pid);
    return held && count.specs == 1 && count.active == 1 && count.workers == 1;
}

/* The kind's argument is the beginning, the caller's the rest. */
static bool simple_one_for_one_extra(void)
{
    const struct part whole = {.home = actor_self(), .number = 42};
    const size_t half = sizeof(actor_pid);
    const struct actor_child kind = {
        .id = "kind", .body = part_body, .argument = &whole, .size = half};
    actor_pid one, pid = part_supervisor(
                       &(struct actor_supervisor){.strategy = ACTOR_SIMPLE_ONE_FOR_ONE,
                                                  .intensity = 3,
                                                  .children = &kind,
                                                  .count = 1});
    const struct part_order end = {PART_ABNORMAL, pid};
    CHECK_EQ(actor_supervisor_start_another(pid, (const char *)&whole + half,
                                            sizeof whole - half, &one, NULL),
             0);
    bool held = part_started(42);
    CHECK_EQ(actor_send(one, &end, sizeof end), 0);
    held = held && part_started(42); /* its own argument was remembered */
    stop(pid);
    return held;
}

static bool simple_one_for_one_escalation(void)
{
    const struct actor_child kind = PART("kind", 1, ACTOR_PERMANENT);
    actor_pid one, two,
        pid = part_supervisor(
            &(struct actor_supervisor){.strategy = ACTOR_SIMPLE_ONE_FOR_ONE,
                                       .intensity = ACTOR_NO_RESTART,
                                       .children = &kind,
                                       .count = 1});
    const struct part_order end = {PART_ABNORMAL, pid};
    CHECK_EQ(actor_supervisor_start_another(pid, NULL, 0, &one, NULL), 0);
    CHECK_EQ(actor_supervisor_start_another(pid, NULL, 0, &two, NULL), 0);
    actor_ref other = part_watch(two);
    CHECK_EQ(actor_send(one, &end, sizeof end), 0);
    return oracle_down(other, "shutdown") && part_over(pid, "shutdown");
}

static bool simple_one_for_one_scale_many_temporary_children(void)
{
    enum { MANY = 3000 };
    const struct part_order end = {PART_NORMAL, 0};
    const struct actor_child kind = PART("kind", 1, ACTOR_TEMPORARY);
    actor_pid one,
        pid = part_supervisor(&(struct actor_supervisor){
            .strategy = ACTOR_SIMPLE_ONE_FOR_ONE, .children = &kind, .count = 1});
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(actor_supervisor_start_another(pid, NULL, 0, &one, NULL), 0);
        if (i % 2 == 0)
            CHECK_EQ(actor_send(one, &end, sizeof end), 0);
    }
    size_t active = MANY;
    for (int ms = 0; ms < 8000 && active != MANY / 2; ms++) {
        active = actor_supervisor_count_children(pid).active;
        oracle_sleep(1);
    }
    stop(pid);
    return active == MANY / 2 && !actor_is_alive(one);
}

const struct oracle_case behaviours_families[] = {
    ORACLE_CASE(sup_start_normal),
    ORACLE_CASE(sup_start_twice),
    ORACLE_CASE(sup_start_ignore_child),
    ORACLE_CASE(sup_start_fail),
    ORACLE_CASE(sup_flags),
    ORACLE_CASE(child_specs),
    ORACLE_CASE(child_adm),
    ORACLE_CASE(temporary_child_is_forgotten),
    ORACLE_CASE(sup_start_child_returns_error),
    ORACLE_CASE(which_children),
    ORACLE_CASE(count_children),
    ORACLE_CASE(tree),
    ORACLE_CASE(a_supervised_server),
    ORACLE_CASE(simple_one_for_one),
    ORACLE_CASE(simple_one_for_one_extra),
    ORACLE_CASE(simple_one_for_one_escalation),
    ORACLE_CASE(simple_one_for_one_scale_many_temporary_children),
    {NULL, NULL},
};
