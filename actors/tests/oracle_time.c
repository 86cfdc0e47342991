/* Receives with a limit, timers, and what the mailbox keeps. */
#include "oracle.h"

#include <errno.h>

static bool is_word(const struct actor_message *message, void *context)
{
    return message->kind == ACTOR_MESSAGE &&
           *(const uint64_t *)message->data == *(const uint64_t *)context;
}

static bool take_word(uint64_t word, int64_t timeout_ns)
{
    return actor_receive_match(is_word, &word, timeout_ns) != NULL;
}

static bool selective_receive_keeps_order(void)
{
    static const uint64_t rest[] = {1, 2, 4, 5};
    for (uint64_t i = 1; i <= 5; i++)
        oracle_tell(actor_self(), i);
    if (!take_word(3, ACTOR_FOREVER))
        return false;
    for (int i = 0; i < 4; i++)
        if (oracle_word(actor_receive()) != rest[i])
            return false;
    return true;
}

static bool receive_after_0_scans_queue_first(void)
{
    oracle_tell(actor_self(), 1);
    return take_word(1, 0);
}

static bool receive_after_0_no_match_leaves_queue(void)
{
    oracle_tell(actor_self(), 1);
    return !take_word(2, 0) && take_word(1, 0);
}

static bool receive_after_never_early(void)
{
    uint64_t before_ns = core_now_ns();
    CHECK(actor_receive_within(50 * MS) == NULL);
    return core_now_ns() - before_ns >= (uint64_t)(50 * MS);
}

static void wait_badly(void *argument)
{
    actor_receive_within(*(const int64_t *)argument);
}

/* Of Erlang's four bad values C's types leave these; the rest is no program here. */
static bool receive_timeout_badvalue(void)
{
    static const int64_t bad[] = {-1, INT64_MIN, INT64_C(0x100000000) * MS,
                                  ACTOR_FOREVER - 1};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        actor_ref monitor;
        oracle_spawn_monitor(wait_badly, &bad[i], sizeof bad[i], &monitor);
        if (!oracle_down(monitor, "timeout_value"))
            return false;
    }
    return true;
}

static actor_ref after(int64_t ms, actor_pid to, uint64_t word)
{
    actor_ref timer;
    CHECK_EQ(actor_send_after(ms * MS, to, &word, sizeof word, &timer), 0);
    CHECK(timer != 0);
    return timer;
}

static bool send_after_order(void)
{
    static const uint64_t order[] = {3, 0, 2, 1};
    for (int i = 0; i < 4; i++)
        after(50 * (int64_t)order[i], actor_self(), order[i]);
    for (uint64_t i = 0; i < 4; i++)
        if (oracle_word(actor_receive()) != i)
            return false;
    return true;
}

static bool start_timer_wraps_ref(void)
{
    uint64_t word = 42;
    actor_ref timer;
    CHECK_EQ(actor_start_timer(10 * MS, actor_self(), &word, sizeof word, &timer), 0);
    const struct actor_message *message = actor_receive_within(5000 * MS);
    if (message == NULL || message->kind != ACTOR_TIMEOUT)
        return false;
    const struct actor_timeout *timeout = message->data;
    return timeout->timer == timer && timeout->size == sizeof word &&
           *(const uint64_t *)timeout->data == word;
}

static bool cancel_timer_returns_left_then_false(void)
{
    actor_ref timer = after(100000, actor_self(), 1);
    int64_t read_ns = actor_read_timer(timer);
    int64_t left_ns = actor_cancel_timer(timer);
    return read_ns > 0 && left_ns > 0 && left_ns <= read_ns && read_ns <= 100000 * MS &&
           actor_cancel_timer(timer) == -ESRCH && actor_read_timer(timer) == -ESRCH;
}

static bool cancel_fired_timer_false(void)
{
    actor_ref timer = after(1, actor_self(), 9);
    CHECK_EQ(oracle_word(actor_receive()), 9);
    return actor_cancel_timer(timer) == -ESRCH && actor_read_timer(timer) == -ESRCH;
}

static bool timer_autocancel_on_death(void)
{
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(oracle_idle, NULL, 0, &monitor);
    actor_ref timer = after(100000, pid, 1);
    CHECK(actor_read_timer(timer) > 0);
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    CHECK(oracle_down(monitor, "killed"));
    for (int i = 0; actor_read_timer(timer) >= 0; i++) {
        if (i == 5000)
            return false;
        oracle_sleep(1);
    }
    return actor_read_timer(after(100000, pid, 1)) == -ESRCH; /* dead from the start */
}

static bool timer_negative_badarg(void)
{
    actor_ref timer;
    return actor_send_after(-4, actor_self(), NULL, 0, &timer) == -EINVAL && timer == 0;
}

/* timer_bif_SUITE cleanup, evil: many timers, cancelled by others, fired and outlived. */
static bool many_timers_of_one_process(void)
{
    enum { COUNT = 20000 };
    actor_ref *timers = actor_alloc(COUNT * sizeof *timers);
    uint64_t fired = 0, cancelled = 0;
    for (uint64_t i = 0; i < COUNT; i++)
        timers[i] = after((int64_t)(i * 7919 % 50), actor_self(), i);
    for (int i = 0; i < COUNT; i += 2)
        cancelled += actor_cancel_timer(timers[i]) >= 0;
    while (fired + cancelled < COUNT) {
        CHECK(oracle_word(actor_receive()) < COUNT);
        fired++;
    }
    return actor_receive_within(80 * MS) == NULL;
}

static void set_and_die(void *argument)
{
    actor_pid target = *(const actor_pid *)argument;
    for (int i = 0; i < 100; i++) {
        after(100000, actor_self(), 1);
        after(100000, target, 1);
    }
}

/* A timer belongs to its receiver, not to its maker. */
static bool timers_outlive_their_maker_only(void)
{
    actor_pid self = actor_self();
    actor_ref monitor;
    oracle_spawn_monitor(set_and_die, &self, sizeof self, &monitor);
    return oracle_down(monitor, "normal") && actor_receive_within(0) == NULL;
}

static void set_many(void *argument)
{
    const uint64_t *order = argument; /* parent, count */
    for (uint64_t i = 0; i < order[1]; i++)
        after(3600000 + (int64_t)(i % 1000), actor_self(), i);
    oracle_tell(order[0], after(3600000, actor_self(), 0));
    oracle_idle(NULL);
}

static bool many_pending_timers_leave_with_their_receiver(void)
{
    uint64_t order[2] = {actor_self(), 200000};
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(set_many, order, sizeof order, &monitor);
    actor_ref last = oracle_word(actor_receive());
    bool pending = actor_read_timer(last) > 0;
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    if (!oracle_down(monitor, "killed"))
        return false;
    for (int i = 0; i < 5000 && actor_read_timer(last) >= 0; i++)
        oracle_sleep(1);
    return pending && actor_read_timer(last) == -ESRCH;
}

static void answer(void *argument)
{
    (void)argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        oracle_tell(message->from, oracle_word(message));
    }
}

struct search {
    uint64_t word;
    uint64_t looked;
};

static bool is_searched(const struct actor_message *message, void *context)
{
    struct search *search = context;
    search->looked++;
    return *(const uint64_t *)message->data == search->word;
}

/* One call; how many messages its receive looked at. */
static uint64_t call(actor_pid server, bool marked)
{
    struct search search = {actor_mark(), 0};
    oracle_tell(server, search.word);
    const struct actor_message *message =
        marked ? actor_receive_marked(search.word, is_searched, &search, ACTOR_FOREVER)
               : actor_receive_match(is_searched, &search, ACTOR_FOREVER);
    CHECK_EQ(oracle_word(message), search.word);
    return search.looked;
}

/* receive_SUITE: counted, not timed. */
static bool call_with_huge_message_queue(void)
{
    enum { QUEUED = 100000, CALLS = 200 };
    actor_pid server = oracle_spawn(answer, NULL, 0);
    for (uint64_t i = 0; i < QUEUED; i++)
        oracle_tell(actor_self(), 1);
    for (int i = 0; i < CALLS; i++)
        if (call(server, true) != 1)
            return false;
    if (call(server, false) != QUEUED + 1)
        return false;
    for (uint64_t i = 0; i < QUEUED; i++)
        CHECK_EQ(oracle_word(actor_receive_within(0)), 1);
    return actor_receive_within(0) == NULL;
}

/* receive_SUITE: other receives between mark and receive take the marked message away. */
static bool receive_in_between(void)
{
    for (uint64_t queued = 0; queued < 4; queued++)
        for (uint64_t taken = 0; taken <= queued; taken++) {
            for (uint64_t i = 0; i < queued; i++)
                oracle_tell(actor_self(), 1);
            struct search search = {actor_mark(), 0};
            oracle_tell(actor_self(), search.word);
            for (uint64_t i = 0; i < taken; i++)
                CHECK_EQ(oracle_word(actor_receive()), 1);
            if (actor_receive_marked(search.word, is_searched, &search, 0) == NULL ||
                search.looked != 1)
                return false;
            for (uint64_t i = taken; i < queued; i++)
                CHECK_EQ(oracle_word(actor_receive_within(0)), 1);
        }
    return actor_receive_within(0) == NULL;
}

static bool a_stale_mark_is_harmless(void)
{
    uint64_t stale = actor_mark();
    struct search search = {1, 0};
    oracle_tell(actor_self(), 1);
    for (int i = 0; i < 8; i++)
        actor_mark();
    return actor_receive_marked(stale, is_searched, &search, 0) != NULL;
}

/* Eight calls under way at once, behind a long queue; answered in any order, and the
 * messages between their marks taken meanwhile. */
static bool eight_marks_at_once(void)
{
    enum { CALLS = 8, QUEUED = 1000 };
    struct search searches[CALLS];
    for (uint64_t i = 0; i < QUEUED; i++)
        oracle_tell(actor_self(), 1);
    for (unsigned i = 0; i < CALLS; i++) {
        searches[i] = (struct search){actor_mark(), 0};
        oracle_tell(actor_self(), 1);
    }
    CHECK_EQ(oracle_word(actor_receive()), 1); /* moves every mark, not what it means */
    for (unsigned i = CALLS; i-- > 0;)
        oracle_tell(actor_self(), searches[i].word);
    uint64_t looked = 0;
    for (unsigned i = 0; i < CALLS; i++) {
        uint64_t mark = searches[i].word;
        if (actor_receive_marked(mark, is_searched, &searches[i], 0) == NULL)
            return false;
        looked += searches[i].looked;
    }
    for (unsigned i = 1; i < QUEUED + CALLS; i++)
        CHECK_EQ(oracle_word(actor_receive_within(0)), 1);
    return looked <= CALLS * 2 * CALLS && actor_receive_within(0) == NULL;
}

const struct oracle_case oracle_time[] = {
    ORACLE_CASE(selective_receive_keeps_order),
    ORACLE_CASE(receive_after_0_scans_queue_first),
    ORACLE_CASE(receive_after_0_no_match_leaves_queue),
    ORACLE_CASE(receive_after_never_early),
    ORACLE_CASE(receive_timeout_badvalue),
    ORACLE_CASE(send_after_order),
    ORACLE_CASE(start_timer_wraps_ref),
    ORACLE_CASE(cancel_timer_returns_left_then_false),
    ORACLE_CASE(cancel_fired_timer_false),
    ORACLE_CASE(timer_autocancel_on_death),
    ORACLE_CASE(timer_negative_badarg),
    ORACLE_CASE(many_timers_of_one_process),
    ORACLE_CASE(timers_outlive_their_maker_only),
    ORACLE_CASE(call_with_huge_message_queue),
    ORACLE_CASE(receive_in_between),
    ORACLE_CASE(a_stale_mark_is_harmless),
    ORACLE_CASE(eight_marks_at_once),
    ORACLE_CASE(many_pending_timers_leave_with_their_receiver),
    {NULL, NULL},
};
