/* More cases of OTP's suites, named as there: process, signal. */
#include "oracle.h"

#include <errno.h>

enum { LARGE = 20000 };

static void signal(actor_pid to, const char *reason)
{
    CHECK_EQ(actor_exit_signal(to, reason), 0);
}

static actor_pid watched(void (*body)(void *), actor_ref *monitor)
{
    actor_pid self = actor_self();
    return oracle_spawn_monitor(body, &self, sizeof self, monitor);
}

static bool ends(void (*body)(void *), const char *reason)
{
    actor_ref monitor;
    watched(body, &monitor);
    return oracle_down(monitor, reason);
}

static void tell_parent(void *argument)
{
    oracle_tell(*(const actor_pid *)argument, 1);
}

/* --- process_SUITE: exits -------------------------------------------------------- */

static bool t_exit_2_other(void)
{
    uint64_t *numbers = actor_alloc(LARGE * sizeof *numbers);
    actor_ref monitor;
    actor_pid pid = watched(oracle_idle, &monitor);
    for (uint64_t i = 0; i < LARGE; i++)
        numbers[i] = i;
    CHECK_EQ(actor_exit_signal_with(pid, numbers, LARGE * sizeof *numbers), 0);
    const struct actor_message *message = actor_receive_within(8000 * MS);
    if (message == NULL || message->kind != ACTOR_DOWN)
        return false;
    const struct actor_down *down = message->data;
    return down->reason.size == LARGE * sizeof *numbers &&
           memcmp(down->reason.data, numbers, down->reason.size) == 0;
}

static void signal_self(void *argument)
{
    signal(actor_self(), "garbage");
    oracle_idle(argument);
}

static bool abnormal_suicide_exit(void)
{
    return ends(signal_self, "garbage");
}

static void catch_signal(void *argument)
{
    struct actor_reason reason;
    actor_catch(signal_self, argument, &reason);
    oracle_idle(NULL);
}

static bool t_exit_2_catch(void)
{
    actor_trap_exit(true);
    return oracle_exit(oracle_spawn_link(catch_signal, NULL, 0), "garbage", 8000 * MS);
}

static void wait_a_moment(void *argument)
{
    actor_receive_within(MS);
    oracle_idle(argument);
}

/* An exit signal and a receive's time limit at once. */
static bool exit_and_timeout(void)
{
    for (int i = 0; i < 50; i++) {
        actor_ref monitor;
        actor_pid pid = watched(wait_a_moment, &monitor);
        CHECK(actor_receive_within(MS + i % 7 * MS / 70) == NULL);
        signal(pid, "x");
        if (!oracle_down(monitor, "x"))
            return false;
    }
    return true;
}

static void exit_when_told(void *argument)
{
    (void)argument;
    actor_receive();
    actor_exit("own");
}

/* Its own end may come before a signal that is on its way. */
static bool exit_before_pending_exit(void)
{
    for (int i = 0; i < 200; i++) {
        actor_ref monitor;
        actor_pid pid = watched(exit_when_told, &monitor);
        oracle_tell(pid, 1);
        if (i % 2 == 0)
            actor_yield();
        signal(pid, "pending");
        const struct actor_message *message = actor_receive_within(8000 * MS);
        CHECK(message != NULL && message->kind == ACTOR_DOWN);
        const struct actor_reason reason =
            ((const struct actor_down *)message->data)->reason;
        if (!actor_reason_is(&reason, "own") && !actor_reason_is(&reason, "pending"))
            return false;
    }
    return true;
}

static void trap_then_not(void *argument)
{
    actor_trap_exit(true);
    oracle_tell(*(const actor_pid *)argument, 1);
    actor_pid parent = *(const actor_pid *)argument;
    CHECK_EQ(actor_receive()->kind, ACTOR_EXIT);
    actor_trap_exit(false);
    oracle_tell(parent, 2);
    oracle_idle(NULL);
}

static bool trap_exit_counts_when_the_signal_comes(void)
{
    actor_ref monitor;
    actor_pid pid = watched(trap_then_not, &monitor);
    CHECK_EQ(oracle_word(actor_receive()), 1);
    signal(pid, "trapped");
    CHECK_EQ(oracle_word(actor_receive()), 2);
    signal(pid, "not trapped");
    return oracle_down(monitor, "not trapped");
}

static bool normal_is_a_message_to_who_traps(void)
{
    actor_trap_exit(true);
    actor_pid pid = oracle_spawn_link(oracle_return, NULL, 0);
    bool heard = oracle_exit(pid, "normal", 8000 * MS);
    signal(actor_self(), "normal");
    return heard && oracle_exit(actor_self(), "normal", 8000 * MS);
}

/* --- process_SUITE: information and suspension ------------------------------------- */

static bool is_99(const struct actor_message *message, void *context)
{
    (void)context;
    return *(const uint64_t *)message->data == 99;
}

static void wait_for_99(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    actor_receive_match(is_99, NULL, ACTOR_FOREVER);
    for (int i = 0; i < 5; i++)
        oracle_tell(parent, oracle_word(actor_receive_within(0)));
}

static bool process_info_other_msg(void)
{
    actor_pid self = actor_self();
    actor_pid pid = oracle_spawn(wait_for_99, &self, sizeof self);
    struct actor_info info;
    for (uint64_t i = 1; i <= 5; i++) {
        oracle_tell(pid, i);
        CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
        if (info.mailbox_length != i)
            return false;
    }
    oracle_tell(pid, 99);
    for (uint64_t i = 1; i <= 5; i++)
        if (oracle_word(actor_receive()) != i)
            return false;
    return true;
}

struct counting {
    atomic_uint_least64_t turns;
};

static void count_turns(void *argument)
{
    struct counting *counting = *(struct counting **)argument;
    for (;;) {
        core_add_relaxed(&counting->turns, 1); /* a count by itself */
        actor_yield();
    }
}

static uint64_t turns_of(const struct counting *counting)
{
    return core_load_relaxed(&counting->turns); /* as above */
}

static bool yield(void)
{
    actor_pid self = actor_self();
    oracle_spawn(tell_parent, &self, sizeof self);
    for (int i = 0; i < 10000000; i++) {
        actor_yield();
        if (actor_receive_within(0) != NULL)
            return true;
    }
    return false;
}

/* The turn is over with its 4,000 reductions, and not long before. */
static bool yield2(void)
{
    struct counting *counting = actor_alloc(sizeof *counting);
    *counting = (struct counting){0};
    actor_pid pid = oracle_spawn(count_turns, &counting, sizeof counting);
    uint64_t before, gained = 0;
    actor_yield();
    for (int i = 0; i < 10; i++) {
        before = turns_of(counting);
        actor_bump(4000);
        gained += turns_of(counting) > before;
    }
    signal(pid, "kill");
    while (actor_is_alive(pid)) /* it writes to our memory */
        actor_yield();
    return gained == 10 || oracle_schedulers() > 1; /* else it may run elsewhere */
}

static void echo(void *argument)
{
    (void)argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        oracle_tell(message->from, oracle_word(message));
    }
}

static bool otp_7738_waiting(void)
{
    actor_pid pid = oracle_spawn(echo, NULL, 0);
    for (uint64_t i = 0; i < 20; i++) {
        oracle_tell(pid, i);
        CHECK_EQ(oracle_word(actor_receive()), i); /* it waits, or is about to */
        CHECK_EQ(actor_suspend(pid), 0);
        oracle_tell(pid, 100 + i);
        if (actor_receive_within(MS) != NULL)
            return false;
        CHECK_EQ(actor_resume(pid), 0);
        if (oracle_word(actor_receive()) != 100 + i)
            return false;
    }
    signal(pid, "kill");
    return true;
}

static void suspend_until_told(void *argument)
{
    const actor_pid *order = argument; /* parent, whom */
    CHECK_EQ(actor_suspend(order[1]), 0);
    oracle_tell(order[0], 1);
    actor_receive();
    CHECK_EQ(actor_resume(order[1]), 0);
}

/* Suspended by two: it runs when both have had enough, in either order. */
static bool otp_7738_suspended(void)
{
    for (int i = 0; i < 10; i++) {
        actor_pid order[2] = {actor_self(), oracle_spawn(echo, NULL, 0)};
        actor_ref monitor;
        actor_pid other =
            oracle_spawn_monitor(suspend_until_told, order, sizeof order, &monitor);
        CHECK_EQ(oracle_word(actor_receive()), 1);
        CHECK_EQ(actor_suspend(order[1]), 0);
        oracle_tell(order[1], 7);
        oracle_tell(other, 1);
        if (!oracle_down(monitor, "normal") || actor_receive_within(MS) != NULL)
            return false;
        CHECK_EQ(actor_resume(order[1]), 0);
        if (oracle_word(actor_receive()) != 7)
            return false;
        signal(order[1], "kill");
    }
    return true;
}

/* A running one stands still from suspend's return to resume's call. */
static bool otp_7738_resume(void)
{
    struct counting *counting = actor_alloc(sizeof *counting);
    *counting = (struct counting){0};
    actor_pid pid = oracle_spawn(count_turns, &counting, sizeof counting);
    bool still = true;
    for (int i = 0; i < 10; i++) {
        uint64_t before = turns_of(counting);
        while (turns_of(counting) == before)
            actor_yield();
        CHECK_EQ(actor_suspend(pid), 0);
        before = turns_of(counting);
        oracle_sleep(1);
        still = still && turns_of(counting) == before;
        CHECK_EQ(actor_resume(pid), 0);
    }
    signal(pid, "kill");
    while (actor_is_alive(pid))
        actor_yield();
    return still;
}

/* A question to one of low priority is answered beside loops of normal priority. */
static bool no_priority_inversion(void)
{
    enum { LOOPS = 6 };
    const struct actor_options low = {.priority = ACTOR_LOW};
    struct actor_info info;
    actor_pid loops[LOOPS], pid;
    CHECK_EQ(actor_set_priority(ACTOR_MAX), ACTOR_NORMAL);
    for (int i = 0; i < LOOPS; i++)
        loops[i] = oracle_spawn(oracle_loop, NULL, 0);
    CHECK_EQ(actor_spawn_with(&low, oracle_loop, NULL, 0, &pid), 0);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    for (int i = 0; i < LOOPS; i++)
        signal(loops[i], "kill");
    signal(pid, "kill");
    return info.priority == ACTOR_LOW;
}

static void ask_often(void *argument)
{
    const actor_pid *order = argument; /* parent, whom */
    uint64_t answers = 0;
    for (int i = 0; i < 50; i++) {
        struct actor_info info;
        answers += actor_process_info(order[1], &info, NULL, 0) == 0;
        answers += actor_is_alive(order[1]);
    }
    oracle_tell(order[0], answers);
}

static bool system_task_blast(void)
{
    enum { ASKERS = 20 };
    actor_pid order[2] = {actor_self(), oracle_spawn(oracle_loop, NULL, 0)};
    uint64_t answers = 0;
    for (int i = 0; i < ASKERS; i++)
        oracle_spawn(ask_often, order, sizeof order);
    for (int i = 0; i < ASKERS; i++)
        answers += oracle_word(actor_receive());
    signal(order[1], "kill");
    return answers == ASKERS * 100;
}

struct huge {
    actor_pid parent;
    uint64_t numbers[100000];
};

static void sum_up(void *argument)
{
    const struct huge *huge = argument;
    uint64_t sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += huge->numbers[i];
    oracle_tell(huge->parent, sum);
}

static bool spawn_huge_arglist(void)
{
    struct huge *huge = actor_alloc(sizeof *huge);
    huge->parent = actor_self();
    for (uint64_t i = 0; i < 100000; i++)
        huge->numbers[i] = i;
    oracle_spawn(sum_up, huge, sizeof *huge);
    memset(huge->numbers, 0, sizeof huge->numbers);
    return oracle_word(actor_receive()) == UINT64_C(100000) * 99999 / 2;
}

/* --- signal_SUITE: many senders at once ------------------------------------------- */

enum { SENDERS = 8, EACH = 300 };

static void send_many_kinds(void *argument)
{
    const actor_pid *order = argument; /* parent, number */
    for (uint64_t i = 0; i < EACH; i++) {
        actor_ref monitor;
        CHECK_EQ(actor_monitor(order[0], &monitor), 0);
        oracle_tell(order[0], order[1] << 32 | i);
        CHECK(actor_demonitor(monitor, false));
    }
}

static bool simultaneous_signals_basic(void)
{
    uint64_t next[SENDERS] = {0};
    struct actor_info info;
    for (uint64_t i = 0; i < SENDERS; i++) {
        actor_pid order[2] = {actor_self(), i};
        oracle_spawn(send_many_kinds, order, sizeof order);
    }
    for (int i = 0; i < SENDERS * EACH; i++) {
        uint64_t word = oracle_word(actor_receive());
        if ((word & UINT32_MAX) != next[word >> 32]++)
            return false;
    }
    do /* the last demonitors are on their way */
        CHECK_EQ(actor_process_info(actor_self(), &info, NULL, 0), 0);
    while (info.monitored_by > 0);
    return actor_receive_within(0) == NULL;
}

static void signal_other(void *argument)
{
    const actor_pid *order = argument; /* parent, whom */
    signal(order[1], "x");
    oracle_tell(order[0], 1);
}

static bool simultaneous_signals_exit(void)
{
    for (int round = 0; round < 20; round++) {
        actor_ref monitor;
        actor_pid order[2] = {actor_self(), watched(oracle_idle, &monitor)};
        for (int i = 0; i < SENDERS; i++)
            oracle_spawn(signal_other, order, sizeof order);
        if (!oracle_down(monitor, "x"))
            return false;
        for (int i = 0; i < SENDERS; i++)
            CHECK_EQ(oracle_word(actor_receive()), 1);
    }
    return actor_receive_within(0) == NULL;
}

const struct oracle_case otp_process[] = {
    ORACLE_CASE(t_exit_2_other),
    ORACLE_CASE(abnormal_suicide_exit),
    ORACLE_CASE(t_exit_2_catch),
    ORACLE_CASE(exit_and_timeout),
    ORACLE_CASE(exit_before_pending_exit),
    ORACLE_CASE(trap_exit_counts_when_the_signal_comes),
    ORACLE_CASE(normal_is_a_message_to_who_traps),
    ORACLE_CASE(process_info_other_msg),
    ORACLE_CASE(yield),
    ORACLE_CASE(yield2),
    ORACLE_CASE(otp_7738_waiting),
    ORACLE_CASE(otp_7738_suspended),
    ORACLE_CASE(otp_7738_resume),
    ORACLE_CASE(no_priority_inversion),
    ORACLE_CASE(system_task_blast),
    ORACLE_CASE(spawn_huge_arglist),
    ORACLE_CASE(simultaneous_signals_basic),
    ORACLE_CASE(simultaneous_signals_exit),
    {NULL, NULL},
};
