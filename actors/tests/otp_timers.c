/* More cases of OTP's after, timer_bif and receive suites, named as there. */
#include "oracle.h"

#include <core/sanitize.h>
#include <errno.h>

static actor_ref after(int64_t delay_ns, actor_pid to, uint64_t word)
{
    actor_ref timer;
    CHECK_EQ(actor_send_after(delay_ns, to, &word, sizeof word, &timer), 0);
    CHECK(timer != 0);
    return timer;
}

static void signal(actor_pid to, const char *reason)
{
    CHECK_EQ(actor_exit_signal(to, reason), 0);
}

/* --- after_SUITE, receive_SUITE ----------------------------------------------------- */

static bool t_after(void)
{
    static const int64_t ms[] = {0, 1, 2, 5, 10, 20};
    for (int i = 0; i < 6; i++) {
        uint64_t before_ns = core_now_ns();
        CHECK(actor_receive_within(ms[i] * MS) == NULL);
        if (core_now_ns() - before_ns < (uint64_t)(ms[i] * MS))
            return false;
    }
    return true;
}

static void wait_longest(void *argument)
{
    actor_receive_within(INT64_C(0xffffffff) * MS);
    oracle_tell(*(const actor_pid *)argument, 1);
}

/* The longest limit does not come at once. */
static bool receive_after_32bit(void)
{
    actor_pid pids[10], self = actor_self();
    for (int i = 0; i < 10; i++)
        pids[i] = oracle_spawn(wait_longest, &self, sizeof self);
    bool silent = actor_receive_within(50 * MS) == NULL;
    for (int i = 0; i < 10; i++)
        signal(pids[i], "kill");
    return silent;
}

static void wait_until(void *argument)
{
    const uint64_t *order = argument; /* parent, when */
    uint64_t now_ns = core_now_ns();
    actor_receive_within(order[1] > now_ns ? (int64_t)(order[1] - now_ns) : 0);
    oracle_tell(order[0], core_now_ns() >= order[1]);
}

/* Very many limits of one moment. */
static bool receive_after_blast(void)
{
    const int count = CORE_SANITIZED ? 1000 : 10000;
    uint64_t order[2] = {actor_self(), core_now_ns() + 50 * (uint64_t)MS};
    int in_time = 0;
    for (int i = 0; i < count; i++)
        oracle_spawn(wait_until, order, sizeof order);
    for (int i = 0; i < count; i++)
        in_time += oracle_word(actor_receive()) == 1;
    return in_time == count && actor_receive_within(0) == NULL;
}

static bool is_word(const struct actor_message *message, void *context)
{
    return *(const uint64_t *)message->data == *(const uint64_t *)context;
}

static uint64_t ask(void)
{
    uint64_t mark = actor_mark();
    oracle_tell(actor_self(), mark);
    return mark;
}

static bool answered(uint64_t mark)
{
    return actor_receive_marked(mark, is_word, &mark, 0) != NULL;
}

/* Two calls under way; each is answered whether its mark is the last or not. */
static bool multi_recv_opt(void)
{
    for (int i = 0; i < 20; i++) {
        oracle_tell(actor_self(), 1);
        uint64_t one = ask(), two = ask(), three = ask();
        if (!answered(i % 2 == 0 ? one : three) || !answered(two) ||
            !answered(i % 2 == 0 ? three : one))
            return false;
    }
    return actor_mailbox_length() == 20;
}

static void mark_and_fail(void *argument)
{
    *(uint64_t *)argument = ask();
    actor_exit("in between");
}

/* A failure between the mark and the receive leaves nothing but a stale mark. */
static bool receive_opt_exception(void)
{
    for (uint64_t i = 1; i <= 20; i++) {
        struct actor_reason reason;
        uint64_t mark = 0, word = i;
        oracle_tell(actor_self(), i);
        CHECK(!actor_catch(mark_and_fail, &mark, &reason));
        if (actor_receive_match(is_word, &word, 0) == NULL || !answered(mark))
            return false;
    }
    return actor_receive_within(0) == NULL;
}

static bool ask_deeper(int depth)
{
    uint64_t mark = ask();
    return depth == 0 ? answered(mark) : ask_deeper(depth - 1) && answered(mark);
}

static bool receive_opt_recursion(void)
{
    oracle_tell(actor_self(), 1);
    return ask_deeper(30) && actor_mailbox_length() == 1;
}

/* --- timer_bif_SUITE ---------------------------------------------------------------- */

static bool start_timer_1(void)
{
    actor_ref timers[3];
    for (int i = 0; i < 3; i++)
        CHECK_EQ(
            actor_start_timer((3 - i) * 20 * MS, actor_self(), &i, sizeof i, &timers[i]),
            0);
    for (int i = 2; i >= 0; i--) {
        const struct actor_message *message = actor_receive();
        const struct actor_timeout *timeout = message->data;
        CHECK_EQ(message->kind, ACTOR_TIMEOUT);
        if (timeout->timer != timers[i] || *(const int *)timeout->data != i)
            return false;
    }
    return actor_receive_within(0) == NULL;
}

static bool send_after_big(void)
{
    enum { BYTES = 100000 };
    unsigned char *bytes = actor_alloc(BYTES);
    actor_ref timer;
    memset(bytes, 5, BYTES);
    CHECK_EQ(actor_send_after(MS, actor_self(), bytes, BYTES, &timer), 0);
    CHECK_EQ(actor_start_timer(20 * MS, actor_self(), bytes, BYTES, &timer), 0);
    memset(bytes, 6, BYTES); /* they took copies */
    const struct actor_message *message = actor_receive();
    const unsigned char *got = message->data;
    if (message->size != BYTES || got[0] != 5 || got[BYTES - 1] != 5)
        return false;
    const struct actor_timeout *timeout = actor_receive()->data;
    got = timeout->data;
    return timeout->size == BYTES && got[0] == 5 && got[BYTES - 1] == 5;
}

static bool send_after_e(void)
{
    actor_ref timer = 1;
    return actor_send_after(-1, actor_self(), NULL, 0, &timer) == -EINVAL && timer == 0 &&
           actor_send_after(1, 0, NULL, 0, &timer) == -EINVAL && timer == 0 &&
           actor_start_timer(INT64_MIN, actor_self(), NULL, 0, &timer) == -EINVAL;
}

/* To one that has ended: nothing is sent, nothing stays. */
static bool send_after_dead(void)
{
    actor_pid pid = oracle_dead();
    for (int i = 0; i < 100; i++)
        if (actor_read_timer(after(1000 * MS, pid, 1)) != -ESRCH)
            return false;
    return actor_receive_within(0) == NULL;
}

static bool cancel_timer_1(void)
{
    actor_ref timer = after(50 * MS, actor_self(), 1);
    int64_t left_ns = actor_cancel_timer(timer);
    return left_ns > 0 && left_ns <= 50 * MS && actor_cancel_timer(timer) == -ESRCH &&
           actor_receive_within(70 * MS) == NULL;
}

static bool read_timer(void)
{
    actor_ref timer = after(100000 * MS, actor_self(), 1);
    int64_t before_ns = 100000 * MS;
    for (int i = 0; i < 5; i++) {
        int64_t left_ns = actor_read_timer(timer);
        if (left_ns <= 0 || left_ns > before_ns)
            return false;
        before_ns = left_ns;
        oracle_sleep(1);
    }
    return actor_cancel_timer(timer) < before_ns && actor_read_timer(timer) == -ESRCH;
}

enum { SAME = 5000 };

/* Receives all words below `count`, each once; how many that were. */
static int take_once(uint64_t count, int expected)
{
    bool *seen = actor_alloc(count);
    memset(seen, 0, count);
    for (int i = 0; i < expected; i++) {
        uint64_t word = oracle_word(actor_receive());
        CHECK(word < count && !seen[word]);
        seen[word] = true;
    }
    actor_free(seen);
    return expected;
}

static int64_t until(uint64_t when_ns)
{
    uint64_t now_ns = core_now_ns();
    return when_ns > now_ns ? (int64_t)(when_ns - now_ns) : 0;
}

static bool same_time_yielding(void)
{
    uint64_t when_ns = core_now_ns() + 20 * (uint64_t)MS;
    for (uint64_t i = 0; i < SAME; i++)
        after(until(when_ns), actor_self(), i);
    return take_once(SAME, SAME) == SAME && actor_receive_within(0) == NULL;
}

static bool same_time_yielding_with_cancel(void)
{
    actor_ref *timers = actor_alloc(SAME * sizeof *timers);
    uint64_t when_ns = core_now_ns() + 10 * (uint64_t)MS;
    int cancelled = 0;
    for (uint64_t i = 0; i < SAME; i++)
        timers[i] = after(until(when_ns), actor_self(), i);
    while (core_now_ns() < when_ns) /* they become due while we cancel */
        actor_yield();
    for (int i = SAME - 1; i >= 0; i -= 2)
        cancelled += actor_cancel_timer(timers[i]) >= 0;
    take_once(SAME, SAME - cancelled);
    return actor_receive_within(MS) == NULL;
}

static void cancel_all(void *argument)
{
    (void)argument;
    const struct actor_message *message = actor_receive();
    const actor_ref *timers = message->data;
    uint64_t cancelled = 0;
    for (size_t i = 0; i < message->size / sizeof *timers; i++)
        cancelled += actor_cancel_timer(timers[i]) >= 0;
    oracle_tell(message->from, SAME + cancelled);
}

static bool is_count(const struct actor_message *message, void *context)
{
    (void)context;
    return *(const uint64_t *)message->data >= SAME;
}

/* The same by another process, perhaps on another scheduler, while they fire. */
static bool same_time_yielding_with_cancel_other(void)
{
    actor_ref *timers = actor_alloc(SAME * sizeof *timers);
    uint64_t when_ns = core_now_ns() + 10 * (uint64_t)MS;
    for (uint64_t i = 0; i < SAME; i++)
        timers[i] = after(until(when_ns), actor_self(), i);
    actor_pid other = oracle_spawn(cancel_all, NULL, 0);
    while (core_now_ns() < when_ns)
        actor_yield();
    CHECK_EQ(actor_send(other, timers, SAME * sizeof *timers), 0);
    uint64_t cancelled =
        oracle_word(actor_receive_match(is_count, NULL, ACTOR_FOREVER)) - SAME;
    take_once(SAME, SAME - (int)cancelled);
    return actor_receive_within(MS) == NULL;
}

static bool same_time_yielding_with_reschedule(void)
{
    enum { TIMERS = 500, ROUNDS = 6 };
    int rounds[TIMERS] = {0};
    for (uint64_t i = 0; i < TIMERS; i++)
        after(MS, actor_self(), i);
    for (int i = 0; i < TIMERS * ROUNDS; i++) {
        uint64_t word = oracle_word(actor_receive());
        CHECK(word < TIMERS);
        if (++rounds[word] < ROUNDS)
            after(i % 3 == 0 ? 0 : MS, actor_self(), word);
    }
    for (int i = 0; i < TIMERS; i++)
        if (rounds[i] != ROUNDS)
            return false;
    return actor_receive_within(3 * MS) == NULL;
}

/* A receiver ends while its timers fire. */
static bool auto_cancel_yielding(void)
{
    actor_ref *timers = actor_alloc(SAME * sizeof *timers);
    for (int round = 0; round < 5; round++) {
        actor_ref monitor;
        actor_pid pid = oracle_spawn_monitor(oracle_idle, NULL, 0, &monitor);
        for (uint64_t i = 0; i < SAME; i++)
            timers[i] = after(i % 2 == 0 ? 100000 * MS : MS, pid, 1);
        signal(pid, "kill");
        if (!oracle_down(monitor, "killed"))
            return false;
        for (int i = 0; i < SAME; i++)
            while (actor_read_timer(timers[i]) >= 0)
                actor_yield();
    }
    return true;
}

static void suspend_a_while(void *argument)
{
    const actor_pid *order = argument; /* parent, timer's receiver */
    CHECK_EQ(actor_suspend(order[1]), 0);
    oracle_sleep(10);
    oracle_tell(order[0], 1);
    CHECK_EQ(actor_resume(order[1]), 0);
}

static void pass_on_one(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    oracle_tell(parent, 100 + oracle_word(actor_receive()));
}

/* A timer fires for one that is suspended, and waits in its mailbox. */
static bool timer_of_a_suspended_process(void)
{
    actor_pid self = actor_self();
    actor_pid order[2] = {self, oracle_spawn(pass_on_one, &self, sizeof self)};
    after(5 * MS, order[1], 5);
    oracle_spawn(suspend_a_while, order, sizeof order);
    uint64_t first = oracle_word(actor_receive()), second = oracle_word(actor_receive());
    return first + second == 106 && (first == 1 || first == 105);
}

const struct oracle_case otp_timers[] = {
    ORACLE_CASE(t_after),
    ORACLE_CASE(receive_after_32bit),
    ORACLE_CASE(receive_after_blast),
    ORACLE_CASE(multi_recv_opt),
    ORACLE_CASE(receive_opt_exception),
    ORACLE_CASE(receive_opt_recursion),
    ORACLE_CASE(start_timer_1),
    ORACLE_CASE(send_after_big),
    ORACLE_CASE(send_after_e),
    ORACLE_CASE(send_after_dead),
    ORACLE_CASE(cancel_timer_1),
    ORACLE_CASE(read_timer),
    ORACLE_CASE(same_time_yielding),
    ORACLE_CASE(same_time_yielding_with_cancel),
    ORACLE_CASE(same_time_yielding_with_cancel_other),
    ORACLE_CASE(same_time_yielding_with_reschedule),
    ORACLE_CASE(auto_cancel_yielding),
    ORACLE_CASE(timer_of_a_suspended_process),
    {NULL, NULL},
};
