/* Supervisors: who is started again, and when it is too much. Names after supervisor_SUITE.
 */
#include "behaviours.h"

#include <errno.h>

/* --- nine ways to end ---------------------------------------------------------------- */

static bool ends(enum actor_restart restart, enum part_end end, bool again)
{
    const struct actor_child child = PART("child1", 1, restart);
    actor_pid supervisor =
        part_supervisor(&(struct actor_supervisor){.children = &child, .count = 1});
    actor_pid first = part_pid(supervisor, "child1");
    if (!part_started(1))
        return false;
    part_end(supervisor, "child1", end);
    bool held =
        again ? part_started(1) && part_pid(supervisor, "child1") != first &&
                    part_pid(supervisor, "child1") != 0
              : part_comes_to(supervisor, "child1", restart != ACTOR_TEMPORARY, false) &&
                    part_is_quiet(1);
    actor_server_stop(supervisor, "normal", 5000 * MS);
    return held;
}

static bool permanent_normal(void)
{
    return ends(ACTOR_PERMANENT, PART_NORMAL, true);
}
static bool permanent_shutdown(void)
{
    return ends(ACTOR_PERMANENT, PART_SHUTDOWN, true);
}
static bool permanent_abnormal(void)
{
    return ends(ACTOR_PERMANENT, PART_ABNORMAL, true);
}
static bool transient_normal(void)
{
    return ends(ACTOR_TRANSIENT, PART_NORMAL, false);
}
static bool transient_shutdown(void)
{
    return ends(ACTOR_TRANSIENT, PART_SHUTDOWN, false);
}
static bool transient_abnormal(void)
{
    return ends(ACTOR_TRANSIENT, PART_ABNORMAL, true);
}
static bool temporary_normal(void)
{
    return ends(ACTOR_TEMPORARY, PART_NORMAL, false);
}
static bool temporary_shutdown(void)
{
    return ends(ACTOR_TEMPORARY, PART_SHUTDOWN, false);
}
static bool temporary_abnormal(void)
{
    return ends(ACTOR_TEMPORARY, PART_ABNORMAL, false);
}

/* --- who is started again ------------------------------------------------------------ */

/* Of three, the second ends. again[] says who must have a new pid; they start in order. */
static bool strategy(enum actor_strategy strategy, const bool again[3])
{
    static const char *const ids[] = {"child1", "child2", "child3"};
    const struct actor_child three[] = {PART("child1", 1, ACTOR_PERMANENT),
                                        PART("child2", 2, ACTOR_PERMANENT),
                                        PART("child3", 3, ACTOR_PERMANENT)};
    actor_pid before[3], supervisor = part_supervisor(&(struct actor_supervisor){
                             .strategy = strategy, .children = three, .count = 3});
    for (int i = 0; i < 3; i++) {
        before[i] = part_pid(supervisor, ids[i]);
        CHECK(part_started((uint64_t)i + 1) && before[i] != 0);
    }
    part_end(supervisor, "child2", PART_ABNORMAL);
    if (!part_started(2))
        return false;
    for (int i = 0; i < 3; i++) {
        const actor_pid now = part_pid(supervisor, ids[i]);
        if (now == 0 || (now != before[i]) != again[i])
            return false;
        if (again[i] && i != 1 && !part_started((uint64_t)i + 1))
            return false;
    }
    actor_server_stop(supervisor, "normal", 5000 * MS);
    return true;
}

static bool one_for_one(void)
{
    return strategy(ACTOR_ONE_FOR_ONE, (const bool[]){false, true, false});
}

static bool one_for_all(void)
{
    return strategy(ACTOR_ONE_FOR_ALL, (const bool[]){true, true, true});
}

static bool rest_for_one(void)
{
    return strategy(ACTOR_REST_FOR_ONE, (const bool[]){false, true, true});
}

/* Intensity 0: the first failure is one too many, and takes the other child along. */
static bool escalation(enum actor_strategy strategy)
{
    const struct actor_child two[] = {PART("child1", 1, ACTOR_PERMANENT),
                                      PART("child2", 2, ACTOR_PERMANENT)};
    actor_pid supervisor =
        part_supervisor(&(struct actor_supervisor){.strategy = strategy,
                                                   .intensity = ACTOR_NO_RESTART,
                                                   .children = two,
                                                   .count = 2});
    actor_ref other = part_watch(part_pid(supervisor, "child2"));
    part_end(supervisor, "child1", PART_ABNORMAL);
    return oracle_down(other, "shutdown") && part_over(supervisor, "shutdown");
}

static bool one_for_one_escalation(void)
{
    return escalation(ACTOR_ONE_FOR_ONE);
}

static bool one_for_all_escalation(void)
{
    return escalation(ACTOR_ONE_FOR_ALL);
}

static bool rest_for_one_escalation(void)
{
    return escalation(ACTOR_REST_FOR_ONE);
}

/* By default one failure in five seconds is forgiven, and no second. */
static bool default_intensity(void)
{
    const struct actor_child child = PART("child1", 1, ACTOR_PERMANENT);
    actor_pid supervisor =
        part_supervisor(&(struct actor_supervisor){.children = &child, .count = 1});
    part_end(supervisor, "child1", PART_ABNORMAL);
    if (!part_started(1) || !part_started(1))
        return false;
    part_end(supervisor, "child1", PART_ABNORMAL);
    return part_over(supervisor, "shutdown") && part_is_quiet(1);
}

/* Failures that are further apart than the period are forgiven for ever. */
static bool multiple_restarts(void)
{
    const struct actor_child child = PART("child1", 1, ACTOR_PERMANENT);
    actor_pid supervisor = part_supervisor(
        &(struct actor_supervisor){.period_ns = 5 * MS, .children = &child, .count = 1});
    for (int i = 0; i < 8; i++) {
        if (!part_started(1))
            return false;
        oracle_sleep(10);
        part_end(supervisor, "child1", PART_ABNORMAL);
    }
    actor_server_stop(supervisor, "normal", 5000 * MS);
    return true;
}

/* --- starts that fail while restarting ----------------------------------------------- */

static struct actor_child troubled(const char *id, const struct part *part)
{
    return (struct actor_child){
        .id = id, .start = part_start, .argument = part, .size = sizeof *part};
}

/* The second fails to start twice when both are started again; the first is then stopped
 * and started with it, each time. */
static bool other_fails(enum actor_strategy strategy, int most_starts_of_first)
{
    struct part_trouble trouble = {0, 0};
    const struct part second = {actor_self(), 2, PART_PLAIN, &trouble};
    const struct actor_child two[] = {PART("child1", 1, ACTOR_PERMANENT),
                                      troubled("child2", &second)};
    actor_pid supervisor = part_supervisor(&(struct actor_supervisor){
        .strategy = strategy, .intensity = 3, .children = two, .count = 2});
    if (!part_started(1) || !part_started(2))
        return false;
    core_store_relaxed(&trouble.failures, 2); /* the supervisor has yet to hear of it */
    part_end(supervisor, "child1", PART_ABNORMAL);
    if (!part_started(2))
        return false;
    bool both = part_pid(supervisor, "child1") != 0 && part_started(1);
    int starts = 1;
    while (!part_is_quiet(1)) /* one that is stopped at once may not have said so */
        starts++;
    actor_server_stop(supervisor, "normal", 5000 * MS);
    return both && starts <= most_starts_of_first;
}

static bool one_for_all_other_child_fails_restart(void)
{
    return other_fails(ACTOR_ONE_FOR_ALL, 3);
}

static bool rest_for_one_other_child_fails_restart(void)
{
    return other_fails(ACTOR_REST_FOR_ONE, 1);
}

/* A child whose starts keep failing: the supervisor answers all the while. */
static bool hanging(enum actor_strategy strategy)
{
    struct part_trouble trouble = {0, 1};
    const struct part part = {actor_self(), 1, PART_PLAIN, &trouble};
    const struct actor_child child = troubled("child1", &part);
    struct actor_child_info info;
    actor_pid pid,
        supervisor = part_supervisor(&(struct actor_supervisor){
            .strategy = strategy, .intensity = 100000, .children = &child, .count = 1});
    core_store_relaxed(&trouble.failures, 100000); /* as above */
    part_end(supervisor, "child1", PART_ABNORMAL);
    if (!part_comes_to(supervisor, "child1", true, false))
        return false;
    for (int i = 0; i < 5; i++)
        if (!part_info(supervisor, "child1", &info) || !info.restarting)
            return false;
    if (actor_supervisor_restart_child(supervisor, "child1", &pid) != -EAGAIN ||
        actor_supervisor_delete_child(supervisor, "child1") != -EAGAIN ||
        actor_supervisor_terminate_child(supervisor, "child1") != 0)
        return false;
    if (!part_info(supervisor, "child1", &info) || info.restarting)
        return false;
    core_store_relaxed(&trouble.failures, 0); /* as above */
    bool again = actor_supervisor_restart_child(supervisor, "child1", &pid) == 0;
    actor_server_stop(supervisor, "normal", 5000 * MS);
    return again && pid != 0;
}

static bool hanging_restart_loop(void)
{
    return hanging(ACTOR_ONE_FOR_ONE);
}

static bool hanging_restart_loop_rest_for_one(void)
{
    return hanging(ACTOR_REST_FOR_ONE);
}

static bool restarts_that_fail_count(void)
{
    struct part_trouble trouble = {0, 0};
    const struct part part = {actor_self(), 1, PART_PLAIN, &trouble};
    const struct actor_child child = troubled("child1", &part);
    actor_pid supervisor = part_supervisor(
        &(struct actor_supervisor){.intensity = 10, .children = &child, .count = 1});
    core_store_relaxed(&trouble.failures, 1000); /* as above */
    part_end(supervisor, "child1", PART_ABNORMAL);
    /* relaxed: the supervisor has ended */
    return part_over(supervisor, "shutdown") &&
           core_load_relaxed(&trouble.failures) == 990;
}

/* --- temporary children beside one that fails ---------------------------------------- */

static bool bystander(enum actor_strategy strategy)
{
    const struct actor_child two[] = {PART("child1", 1, ACTOR_PERMANENT),
                                      PART("child2", 2, ACTOR_TEMPORARY)};
    actor_pid supervisor = part_supervisor(
        &(struct actor_supervisor){.strategy = strategy, .children = two, .count = 2});
    actor_ref other = part_watch(part_pid(supervisor, "child2"));
    CHECK(part_started(1) && part_started(2));
    part_end(supervisor, "child1", PART_ABNORMAL);
    bool held = part_started(1) && oracle_down(other, "shutdown") &&
                part_comes_to(supervisor, "child2", false, false) && part_is_quiet(2);
    actor_server_stop(supervisor, "normal", 5000 * MS);
    return held;
}

static bool temporary_bystander(void)
{
    return bystander(ACTOR_ONE_FOR_ALL) && bystander(ACTOR_REST_FOR_ONE);
}

const struct oracle_case behaviours_supervisor[] = {
    ORACLE_CASE(permanent_normal),
    ORACLE_CASE(permanent_shutdown),
    ORACLE_CASE(permanent_abnormal),
    ORACLE_CASE(transient_normal),
    ORACLE_CASE(transient_shutdown),
    ORACLE_CASE(transient_abnormal),
    ORACLE_CASE(temporary_normal),
    ORACLE_CASE(temporary_shutdown),
    ORACLE_CASE(temporary_abnormal),
    ORACLE_CASE(one_for_one),
    ORACLE_CASE(one_for_all),
    ORACLE_CASE(rest_for_one),
    ORACLE_CASE(one_for_one_escalation),
    ORACLE_CASE(one_for_all_escalation),
    ORACLE_CASE(rest_for_one_escalation),
    ORACLE_CASE(default_intensity),
    ORACLE_CASE(multiple_restarts),
    ORACLE_CASE(one_for_all_other_child_fails_restart),
    ORACLE_CASE(rest_for_one_other_child_fails_restart),
    ORACLE_CASE(hanging_restart_loop),
    ORACLE_CASE(hanging_restart_loop_rest_for_one),
    ORACLE_CASE(restarts_that_fail_count),
    ORACLE_CASE(temporary_bystander),
    {NULL, NULL},
};
