#include "bodies.h"

#include <errno.h>

void body_returns(void *argument)
{
    struct result *result = argument;
    result->value[0]++;
    CHECK(actor_self() != 0 && actor_is_alive(actor_self()));
}

/* --- pids ---------------------------------------------------------------------- */

static void tell_pid(void *argument)
{
    send_word(*(actor_pid *)argument, actor_self());
}

void body_many_pids(void *argument)
{
    enum { COUNT = 50000 };
    struct result *result = argument;
    actor_pid self = actor_self();
    uint64_t *seen = actor_alloc(COUNT * sizeof *seen);
    for (int i = 0; i < COUNT; i++) {
        actor_pid child = spawn(tell_pid, &self, sizeof self);
        seen[i] = word(actor_receive());
        CHECK_EQ(seen[i], child);
    }
    /* Sorting by hand: task code calls no libc that calls back. */
    for (int gap = COUNT / 2; gap > 0; gap /= 2)
        for (int i = gap; i < COUNT; i++)
            for (int j = i - gap; j >= 0 && seen[j] > seen[j + gap]; j -= gap) {
                uint64_t swap = seen[j];
                seen[j] = seen[j + gap];
                seen[j + gap] = swap;
            }
    for (int i = 1; i < COUNT; i++)
        result->value[0] += seen[i] != seen[i - 1];
}

void body_stale_pid(void *argument)
{
    struct result *result = argument;
    actor_pid self = actor_self();
    actor_pid dead = spawn(tell_pid, &self, sizeof self);
    CHECK_EQ(word(actor_receive()), dead);
    while (actor_is_alive(dead))
        actor_yield();
    /* Its slot is used again, by someone who must not get the messages for the dead one.
     */
    for (int i = 0; i < 1000; i++) {
        actor_pid next = spawn(tell_pid, &self, sizeof self);
        CHECK(next != dead);
        CHECK_EQ(word(actor_receive()), next);
        send_word(dead, 1);
        CHECK(!actor_is_alive(dead));
    }
    result->value[0] = actor_mailbox_length();
    result->value[1] = (uint64_t)-actor_send(~(actor_pid)0, &self, sizeof self);
}

/* --- messages ------------------------------------------------------------------ */

static void change_argument(void *argument)
{
    uint64_t *values = argument;
    actor_pid parent = values[1];
    values[0] = 99;
    send_word(parent, values[0]);
}

void body_private_copy(void *argument)
{
    struct result *result = argument;
    uint64_t values[2] = {7, actor_self()};
    spawn(change_argument, values, sizeof values);
    result->value[1] = word(actor_receive());
    result->value[0] = values[0];
    uint64_t sent = 5;
    CHECK_EQ(actor_send(actor_self(), &sent, sizeof sent), 0);
    sent = 6; /* after the copy was made */
    result->value[2] = word(actor_receive());
}

static void count_to(void *argument)
{
    uint64_t *order = argument; /* parent, count, tag */
    for (uint64_t i = 0; i < order[1]; i++)
        send_word(order[0], order[2] << 32 | i);
}

void body_order(void *argument)
{
    enum { SENDERS = 10, EACH = 2000 };
    struct result *result = argument;
    uint64_t next[SENDERS] = {0};
    for (uint64_t s = 0; s < SENDERS; s++) {
        uint64_t order[3] = {actor_self(), EACH, s};
        spawn(count_to, order, sizeof order);
    }
    for (int i = 0; i < SENDERS * EACH; i++) {
        uint64_t got = word(actor_receive());
        CHECK_EQ(got & UINT32_MAX, next[got >> 32]++);
        result->value[0]++;
    }
}

static bool is_value(const struct actor_message *message, void *context)
{
    return *(const uint64_t *)message->data == *(const uint64_t *)context;
}

static bool is_even(const struct actor_message *message, void *context)
{
    (void)context;
    return *(const uint64_t *)message->data % 2 == 0;
}

void body_selective(void *argument)
{
    struct result *result = argument;
    for (uint64_t i = 0; i < 10; i++)
        send_word(actor_self(), i);
    uint64_t wanted = 7;
    CHECK_EQ(word(actor_receive_match(is_value, &wanted, 0)), 7);
    CHECK(actor_receive_match(is_value, &wanted, 0) == NULL);
    CHECK_EQ(actor_mailbox_length(), 9);
    for (uint64_t i = 0; i < 10; i += 2)
        CHECK_EQ(word(actor_receive_match(is_even, NULL, ACTOR_FOREVER)), i);
    send_word(actor_self(), 11);
    static const uint64_t left[] = {1, 3, 5, 9, 11};
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(word(actor_receive()), left[i]); /* kept in place, in order of arrival */
        result->value[0]++;
    }
    CHECK(actor_receive_within(0) == NULL);
}

void body_large_messages(void *argument)
{
    struct result *result = argument;
    for (size_t size = 0; size <= 1 << 20; size = size == 0 ? 1 : size * 4) {
        unsigned char *bytes = actor_alloc(size + 1);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)(i * 31 + size);
        CHECK_EQ(actor_send(actor_self(), bytes, size), 0);
        const struct actor_message *message = actor_receive();
        CHECK_EQ(message->size, size);
        CHECK_EQ(message->from, actor_self());
        const unsigned char *got = message->data;
        for (size_t i = 0; i < size; i++)
            CHECK_EQ(got[i], bytes[i]);
        actor_free(bytes);
        result->value[0]++;
    }
}

/* --- time limits --------------------------------------------------------------- */

void body_timeouts(void *argument)
{
    struct result *result = argument;
    uint64_t before = core_now_ns();
    CHECK(actor_receive_within(5 * MS) == NULL);
    CHECK(core_now_ns() - before >= (uint64_t)(5 * MS)); /* never early */
    send_word(actor_self(), 1);
    CHECK_EQ(word(actor_receive_within(1000 * MS)), 1);
    send_word(actor_self(), 2);
    CHECK_EQ(word(actor_receive_within(0)), 2); /* 0 looks before it gives up */
    CHECK(actor_receive_within(1) == NULL);
    result->value[0] = 1;
}

static void sleep_and_tell(void *argument)
{
    uint64_t *order = argument; /* parent, delay in ms */
    CHECK(actor_receive_within((int64_t)order[1] * MS) == NULL);
    send_word(order[0], order[1]);
}

void body_timeout_order(void *argument)
{
    struct result *result = argument;
    for (uint64_t delay = 8; delay > 0; delay--) {
        uint64_t order[2] = {actor_self(), delay * 10};
        spawn(sleep_and_tell, order, sizeof order);
    }
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++)
        sum += word(actor_receive());
    result->value[0] = sum;
}

static void answer_once(void *argument)
{
    actor_pid parent = *(actor_pid *)argument;
    send_word(parent, 1);
}

/* Limits that nearly pass, so that some fire while the message is on its way: a timeout
 * that comes late must end no later wait. */
void body_late_timeout(void *argument)
{
    struct result *result = argument;
    actor_pid self = actor_self();
    for (int i = 0; i < 2000; i++) {
        uint64_t got = 0;
        spawn(answer_once, &self, sizeof self);
        if (actor_receive_within(i % 50 * US / 10) != NULL)
            got++;
        /* Either it came in time, or it comes now; never twice, and nothing else does. */
        if (got == 0) {
            CHECK_EQ(word(actor_receive()), 1);
            result->value[1]++;
        }
        result->value[0]++;
    }
    CHECK(actor_receive_within(5 * MS) == NULL);
}

void body_bad_timeout(void *argument)
{
    (void)argument;
    actor_receive_within(-1);
}

/* A process that calls nothing must not keep its scheduler from firing time limits. */
static void spin_until_stopped(void *argument)
{
    struct result *result = argument;
    /* relaxed, both: nothing is passed with them */
    while (!core_load_relaxed(&result->stop))
        core_add_relaxed(&result->shared[0], 1);
}

void body_spin_with_timer(void *argument)
{
    struct result *result = argument;
    for (unsigned i = 0; i < result->schedulers; i++)
        spawn(spin_until_stopped, result, 0);
    for (int i = 0; i < 5; i++)
        CHECK(actor_receive_within(3 * MS) == NULL);
    core_store_relaxed(&result->stop, true); /* only stops loops */
    result->value[0] = 1;
}

/* --- memory and limits --------------------------------------------------------- */

void body_memory(void *argument)
{
    struct result *result = argument;
    for (size_t size = 1; size <= 1 << 16; size *= 2) {
        unsigned char *kept = actor_alloc(size), *freed = actor_alloc(size);
        CHECK(kept != NULL && freed != NULL && (uintptr_t)kept % 16 == 0);
        memset(kept, 1, size);
        memset(freed, 2, size);
        actor_free(freed);
        result->value[0]++;
    }
    actor_free(NULL); /* what is kept goes with the process; ASan would find a leak */
}

static void wait_for_ever(void *argument)
{
    (void)argument;
    actor_receive();
}

void body_limit(void *argument)
{
    struct result *result = argument;
    actor_pid pid = 1;
    int rc;
    while ((rc = actor_spawn(wait_for_ever, NULL, 0, &pid)) == 0)
        result->value[0]++;
    result->value[1] = (uint64_t)-rc;
    CHECK_EQ(pid, 0);
}

void body_no_memory(void *argument)
{
    struct result *result = argument;
    while (actor_alloc(4096) != NULL) /* until the injected failure */
        result->value[0]++;
    CHECK(actor_alloc(4096) != NULL);
}

/* --- hogs and faults ----------------------------------------------------------- */

void body_hogs(void *argument)
{
    struct result *result = argument;
    actor_pid self = actor_self();
    for (unsigned i = 0; i < 2 * result->schedulers; i++)
        spawn(spin_until_stopped, result, 0);
    for (int i = 0; i < 20; i++) {
        spawn(answer_once, &self, sizeof self);
        result->value[0] += word(actor_receive());
    }
    core_store_relaxed(&result->stop, true); /* only stops loops */
}

static void write_null(void *argument)
{
    *(volatile int *)argument = 1; // NOLINT(clang-analyzer-core.NullDereference): meant
}

static void divide(void *argument)
{
    volatile uint64_t *zero = argument;
    *zero = 1000 / *zero; /* 1/z would be compiled to a comparison */
}

static uint64_t recurse(uint64_t depth)
{
    volatile uint64_t frame[64];
    frame[depth % 64] = depth;
    if (depth == UINT64_MAX) /* never: the stack ends long before */
        return 0;
    return recurse(depth + 1) + frame[depth % 64];
}

static void overflow(void *argument)
{
    *(uint64_t *)argument = recurse(0);
}

static uint64_t recurse_with_calls(uint64_t depth)
{
    volatile uint64_t frame[64];
    frame[depth % 64] = depth;
    actor_bump(1);
    if (depth == UINT64_MAX)
        return 0;
    return recurse_with_calls(depth + 1) + frame[depth % 64];
}

static void overflow_in_calls(void *argument)
{
    *(uint64_t *)argument = recurse_with_calls(0);
}

static void fail_check(void *argument)
{
    actor_check(argument == NULL);
}

static bool match_badly(const struct actor_message *message, void *context)
{
    (void)message;
    *(volatile int *)context = 1;
    return true;
}

static void fail_in_match(void *argument)
{
    (void)argument;
    send_word(actor_self(), 1);
    actor_receive_match(match_badly, NULL, ACTOR_FOREVER);
}

void body_null_write(void *argument)
{
    (void)argument;
    write_null(NULL);
}

void body_overflow(void *argument)
{
    overflow(argument);
}

void body_failed_check(void *argument)
{
    fail_check(argument);
}

/* Every kind of failure, again and again, beside a process that keeps answering. */
void body_faults(void *argument)
{
    struct result *result = argument;
    static void (*const bad[])(void *) = {divide, overflow, overflow_in_calls, fail_check,
                                          fail_in_match};
    actor_pid self = actor_self();
    for (int i = 0; i < 50; i++) {
        uint64_t zero = 0;
        actor_pid pids[6];
        CHECK_EQ(actor_spawn(write_null, NULL, 0, &pids[5]), 0);
        for (int b = 0; b < 5; b++)
            pids[b] = spawn(bad[b], &zero, sizeof zero);
        spawn(answer_once, &self, sizeof self);
        result->value[0] += word(actor_receive());
        for (int b = 0; b < 6; b++)
            while (actor_is_alive(pids[b]))
                actor_yield();
    }
}

/* --- seeded schedules ---------------------------------------------------------- */

void body_seeded(void *argument)
{
    struct result *result = argument;
    actor_pid self = actor_self();
    for (uint64_t s = 0; s < 4; s++) {
        uint64_t order[3] = {self, 5, s};
        spawn(count_to, order, sizeof order);
    }
    uint64_t sleeper[2] = {self, 3600000}; /* an hour, on a virtual clock */
    spawn(sleep_and_tell, sleeper, sizeof sleeper);
    for (int i = 0; i < 20; i++) {
        uint64_t got = word(actor_receive());
        result->value[0] += got & UINT32_MAX;
        result->value[1] = result->value[1] * 31 + got; /* names the order of arrival */
    }
    result->value[2] = word(actor_receive());
}

void body_waits_for_ever(void *argument)
{
    (void)argument;
    actor_receive();
}

void body_leaves_many_behind(void *argument)
{
    struct result *result = argument;
    for (int i = 0; i < 100; i++) {
        actor_pid child = spawn(wait_for_ever, NULL, 0);
        if (i % 2 == 0)
            actor_yield();
        if (i % 3 == 0)
            send_word(child, 1);
    }
    uint64_t order[2] = {actor_self(), 3600000};
    spawn(sleep_and_tell, order, sizeof order);
    result->value[0] = 100;
}
