/* Tasks, as Elixir's documentation of Task describes them. */
#include "behaviours.h"

#include <errno.h>

static void square(struct actor_from from, const void *argument, size_t size)
{
    CHECK_EQ(size, sizeof(uint64_t));
    const uint64_t word = *(const uint64_t *)argument, answer = word * word;
    actor_reply(from, &answer, sizeof answer);
}

static void square_late(struct actor_from from, const void *argument, size_t size)
{
    oracle_sleep(300);
    square(from, argument, size);
}

static void say_nothing(struct actor_from from, const void *argument, size_t size)
{
    CHECK(from.pid != 0 && argument == NULL && size == 0);
}

static void sleep_on(struct actor_from from, const void *argument, size_t size)
{
    CHECK(from.pid != 0 && argument == NULL && size == 0);
    oracle_sleep(10000);
}

static void fail(struct actor_from from, const void *argument, size_t size)
{
    CHECK(from.pid != 0 && argument == NULL && size == 0);
    actor_exit("failed");
}

/* Ends when it is told to, but not before it has answered. */
static void answer_at_the_end(struct actor_from from, const void *argument, size_t size)
{
    const actor_pid home = *(const actor_pid *)argument;
    const uint64_t answer = 5;
    CHECK_EQ(size, sizeof home);
    actor_trap_exit(true);
    oracle_tell(home, 1);
    while (actor_receive()->kind != ACTOR_EXIT)
        ;
    actor_reply(from, &answer, sizeof answer);
}

static void tell_home(struct actor_from from, const void *argument, size_t size)
{
    CHECK(from.pid == 0 && size == sizeof(actor_pid));
    oracle_tell(*(const actor_pid *)argument, 3);
}

static struct actor_task task_of(actor_task_function *function, uint64_t word)
{
    struct actor_task task;
    CHECK_EQ(actor_task_async(function, &word, sizeof word, &task), 0);
    return task;
}

static struct actor_task task_without(actor_task_function *function)
{
    struct actor_task task;
    CHECK_EQ(actor_task_async(function, NULL, 0, &task), 0);
    return task;
}

static bool task_await(void)
{
    struct actor_task tasks[20];
    for (uint64_t i = 0; i < 20; i++)
        tasks[i] = task_of(square, i);
    for (uint64_t i = 20; i-- > 0;) /* in another order than they were started */
        if (*(const uint64_t *)actor_task_await(&tasks[i]).data != i * i)
            return false;
    return actor_mailbox_length() == 0;
}

static bool task_without_an_answer(void)
{
    struct actor_task task = task_without(say_nothing);
    const struct actor_answer answer = actor_task_await(&task);
    return answer.size == 0 && answer.data == NULL;
}

static void await_briefly(void *task)
{
    actor_task_await_within(task, 1 * MS);
}

static void await_it(void *task)
{
    actor_task_await(task);
}

static bool task_await_timeout(void)
{
    struct actor_task task = task_without(sleep_on);
    struct actor_reason why;
    bool held =
        !actor_catch(await_briefly, &task, &why) && actor_reason_is(&why, "timeout");
    actor_task_shutdown(&task, 0);
    return held;
}

static bool task_await_failure(void)
{
    struct actor_reason why;
    actor_trap_exit(true);
    struct actor_task task = task_without(fail);
    return !actor_catch(await_it, &task, &why) && actor_reason_is(&why, "failed") &&
           oracle_exit(task.pid, "failed", 8000 * MS);
}

static void own_a_failure(void *argument)
{
    (void)argument;
    struct actor_task task = task_without(fail);
    oracle_sleep(10000);
    actor_task_await(&task);
}

/* The link ends an owner that does not trap exits, whether it awaits or not. */
static bool task_failure_ends_its_owner(void)
{
    actor_ref monitor;
    oracle_spawn_monitor(own_a_failure, NULL, 0, &monitor);
    return oracle_down(monitor, "failed");
}

static void own_a_sleeper(void *argument)
{
    struct actor_task task = task_without(sleep_on);
    oracle_tell(*(const actor_pid *)argument, task.pid);
    actor_receive();
    actor_exit("over");
}

static bool owners_end_ends_the_task(void)
{
    const actor_pid self = actor_self();
    actor_pid owner = oracle_spawn(own_a_sleeper, &self, sizeof self);
    actor_ref monitor = part_watch(oracle_word(actor_receive()));
    oracle_tell(owner, 0);
    return oracle_down(monitor, "over");
}

static void await_anothers(void *argument)
{
    actor_task_await(argument);
}

static bool only_the_owner_awaits(void)
{
    actor_ref monitor;
    struct actor_task task = task_of(square, 3);
    oracle_spawn_monitor(await_anothers, &task, sizeof task, &monitor);
    return oracle_down(monitor, "not_owner") &&
           *(const uint64_t *)actor_task_await(&task).data == 9;
}

static bool task_yield(void)
{
    struct actor_task task = task_of(square_late, 6);
    struct actor_result result = actor_task_yield(&task, 0);
    bool not_yet = result.kind == ACTOR_RESULT_NONE;
    while (result.kind == ACTOR_RESULT_NONE)
        result = actor_task_yield(&task, 1 * MS);
    return not_yet && result.kind == ACTOR_RESULT_OK &&
           *(const uint64_t *)result.data == 36;
}

static bool task_yield_exit(void)
{
    actor_trap_exit(true);
    struct actor_task task = task_without(fail);
    const struct actor_result result = actor_task_yield(&task, 8000 * MS);
    return result.kind == ACTOR_RESULT_EXIT && result.size == 6 &&
           memcmp(result.data, "failed", 6) == 0;
}

static bool task_shutdown(void)
{
    struct actor_task task = task_without(sleep_on);
    const struct actor_result result = actor_task_shutdown(&task, 5000 * MS);
    return result.kind == ACTOR_RESULT_NONE && !actor_is_alive(task.pid);
}

static bool task_shutdown_brutal_kill(void)
{
    struct actor_task task = task_without(sleep_on);
    const struct actor_result result = actor_task_shutdown(&task, 0);
    return result.kind == ACTOR_RESULT_NONE && !actor_is_alive(task.pid);
}

static bool task_shutdown_with_an_answer(void)
{
    struct actor_task task = task_of(answer_at_the_end, actor_self());
    CHECK_EQ(oracle_word(actor_receive()), 1);
    const struct actor_result result = actor_task_shutdown(&task, 8000 * MS);
    return result.kind == ACTOR_RESULT_OK && *(const uint64_t *)result.data == 5;
}

static bool task_start(void)
{
    const actor_pid self = actor_self();
    CHECK_EQ(actor_task_start(tell_home, &self, sizeof self, NULL), 0);
    bool first = oracle_word(actor_receive()) == 3;
    CHECK_EQ(actor_task_start_link(tell_home, &self, sizeof self, NULL), 0);
    return first && oracle_word(actor_receive()) == 3;
}

/* --- many ---------------------------------------------------------------------------- */

enum { ITEMS = 50, AT_ONCE = 4 };

struct seen {
    size_t count;
    size_t exits;
    bool in_order;
    uint64_t sum;
};

static void see(void *context, size_t index, const struct actor_result *result)
{
    struct seen *seen = context;
    seen->in_order = seen->in_order && index == seen->count;
    seen->count++;
    seen->exits += result->kind == ACTOR_RESULT_EXIT;
    if (result->kind == ACTOR_RESULT_OK)
        seen->sum += *(const uint64_t *)result->data;
}

/* Even numbers take their time, so that answers come in another order. */
static void square_unevenly(struct actor_from from, const void *argument, size_t size)
{
    if (*(const uint64_t *)argument % 2 == 0)
        oracle_sleep(2);
    square(from, argument, size);
}

/* Fails for 7, so that one of them is an exit. */
static void square_but_7(struct actor_from from, const void *argument, size_t size)
{
    if (*(const uint64_t *)argument == 7)
        actor_exit("seven");
    square(from, argument, size);
}

static struct seen map(actor_task_function *function, bool unordered)
{
    uint64_t items[ITEMS];
    struct seen seen = {.in_order = true};
    const struct actor_map map = {.function = function,
                                  .items = items,
                                  .count = ITEMS,
                                  .item_bytes = sizeof *items,
                                  .max_tasks = AT_ONCE,
                                  .unordered = unordered};
    for (uint64_t i = 0; i < ITEMS; i++)
        items[i] = i;
    CHECK_EQ(actor_task_map(&map, see, &seen), 0);
    return seen;
}

static const uint64_t squares = 40425; /* of 0 to 49, added up */

static bool async_stream_is_ordered(void)
{
    const struct seen seen = map(square_unevenly, false);
    return seen.count == ITEMS && seen.in_order && seen.sum == squares &&
           seen.exits == 0 && actor_mailbox_length() == 0;
}

static bool async_stream_unordered(void)
{
    const struct seen seen = map(square_unevenly, true);
    return seen.count == ITEMS && seen.sum == squares && seen.exits == 0;
}

static bool async_stream_with_an_exit(void)
{
    actor_trap_exit(true);
    const struct seen seen = map(square_but_7, false);
    return seen.count == ITEMS && seen.exits == 1 && seen.sum == squares - 49;
}

struct crowd {
    _Atomic uint64_t now, most;
};

static void be_counted(struct actor_from from, const void *argument, size_t size)
{
    struct crowd *crowd = *(struct crowd *const *)argument;
    const uint64_t none = 0;
    CHECK_EQ(size, sizeof crowd);
    /* all below relaxed: numbers that the test reads when all tasks have answered */
    const uint64_t now = core_add_relaxed(&crowd->now, 1) + 1;
    uint64_t most = core_load_relaxed(&crowd->most);
    if (now > most) /* a race may lose a greatest number, never invent one */
        core_store_relaxed(&crowd->most, now);
    oracle_sleep(1);
    core_sub_relaxed(&crowd->now, 1);
    actor_reply(from, &none, sizeof none);
}

static bool async_stream_max_concurrency(void)
{
    struct crowd crowd = {0, 0}, *items[ITEMS];
    struct seen seen = {.in_order = true};
    const struct actor_map map = {.function = be_counted,
                                  .items = items,
                                  .count = ITEMS,
                                  .item_bytes = sizeof *items,
                                  .max_tasks = AT_ONCE};
    for (int i = 0; i < ITEMS; i++)
        items[i] = &crowd;
    CHECK_EQ(actor_task_map(&map, see, &seen), 0);
    return seen.count == ITEMS && crowd.most >= 1 && crowd.most <= AT_ONCE;
}

static bool async_stream_of_nothing(void)
{
    struct seen seen = {.in_order = true};
    const struct actor_map map = {.function = square};
    return actor_task_map(&map, see, &seen) == 0 && seen.count == 0;
}

static void map_sleepers(void *argument)
{
    const struct actor_map map = {.function = sleep_on, .count = 3, .timeout_ns = 5 * MS};
    (void)argument;
    actor_task_map(&map, see, NULL);
}

static bool async_stream_timeout(void)
{
    actor_ref monitor;
    oracle_spawn_monitor(map_sleepers, NULL, 0, &monitor);
    return oracle_down(monitor, "timeout");
}

const struct oracle_case behaviours_task[] = {
    ORACLE_CASE(task_await),
    ORACLE_CASE(task_without_an_answer),
    ORACLE_CASE(task_await_timeout),
    ORACLE_CASE(task_await_failure),
    ORACLE_CASE(task_failure_ends_its_owner),
    ORACLE_CASE(owners_end_ends_the_task),
    ORACLE_CASE(only_the_owner_awaits),
    ORACLE_CASE(task_yield),
    ORACLE_CASE(task_yield_exit),
    ORACLE_CASE(task_shutdown),
    ORACLE_CASE(task_shutdown_brutal_kill),
    ORACLE_CASE(task_shutdown_with_an_answer),
    ORACLE_CASE(task_start),
    ORACLE_CASE(async_stream_is_ordered),
    ORACLE_CASE(async_stream_unordered),
    ORACLE_CASE(async_stream_with_an_exit),
    ORACLE_CASE(async_stream_max_concurrency),
    ORACLE_CASE(async_stream_of_nothing),
    ORACLE_CASE(async_stream_timeout),
    {NULL, NULL},
};
