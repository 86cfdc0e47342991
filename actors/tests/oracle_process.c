/* Options, flags and memory of a process. */
#include "oracle.h"

#include <errno.h>

static actor_pid spawn_with(const struct actor_options *options, void (*body)(void *),
                            const void *argument, size_t bytes)
{
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(options, body, argument, bytes, &pid), 0);
    return pid;
}

static void end(actor_pid pid)
{
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
}

/* --- catching -------------------------------------------------------------------- */

static void exit_die(void *argument)
{
    (void)argument;
    actor_exit("die");
}

static void signal_self_die(void *argument)
{
    (void)argument;
    CHECK_EQ(actor_exit_signal(actor_self(), "die"), 0);
}

static void catch_it(void *argument)
{
    void (*const *body)(void *) = argument;
    struct actor_reason reason;
    if (!actor_catch(*body, NULL, &reason))
        CHECK(actor_reason_is(&reason, "die"));
}

static bool caught_ends_with(void (*body)(void *), const char *reason)
{
    actor_ref monitor;
    oracle_spawn_monitor(catch_it, &body, sizeof body, &monitor);
    return oracle_down(monitor, reason);
}

static bool exit2_not_catchable(void)
{
    return caught_ends_with(signal_self_die, "die");
}

static bool exit1_catchable(void)
{
    return caught_ends_with(exit_die, "normal");
}

static void catch_twice(void *argument)
{
    struct actor_reason reason;
    catch_it(argument);
    CHECK(actor_catch(oracle_return, NULL, &reason));
    catch_it(argument);
    actor_exit("outer");
}

static bool catches_nest(void)
{
    void (*body)(void *) = exit_die;
    struct actor_reason reason;
    return !actor_catch(catch_twice, &body, &reason) && actor_reason_is(&reason, "outer");
}

/* --- priorities ------------------------------------------------------------------ */

static void tell_parent(void *argument)
{
    oracle_tell(*(const actor_pid *)argument, 1);
}

static bool low_prio_not_starved(void)
{
    enum { LOOPS = 8 };
    const struct actor_options low = {.priority = ACTOR_LOW};
    actor_pid loops[LOOPS], self = actor_self();
    for (int i = 0; i < LOOPS; i++)
        loops[i] = oracle_spawn(oracle_loop, NULL, 0);
    spawn_with(&low, tell_parent, &self, sizeof self);
    bool ran = actor_receive_within(5000 * MS) != NULL;
    for (int i = 0; i < LOOPS; i++)
        end(loops[i]);
    return ran;
}

struct race {
    actor_pid parent;
    uint64_t name;
};

static void say_name(void *argument)
{
    const struct race *race = argument;
    oracle_tell(race->parent, race->name);
}

/* On one scheduler: whoever is made ready while this process runs goes by priority. */
static bool max_before_high_before_normal(void)
{
    static const enum actor_priority order[] = {ACTOR_LOW, ACTOR_NORMAL, ACTOR_HIGH,
                                                ACTOR_MAX};
    struct actor_info info;
    CHECK_EQ(actor_set_priority(ACTOR_MAX), ACTOR_NORMAL);
    CHECK_EQ(actor_process_info(actor_self(), &info, NULL, 0), 0);
    CHECK_EQ(info.priority, ACTOR_MAX);
    for (uint64_t i = 0; i < 4; i++) {
        const struct actor_options options = {.priority = order[i]};
        struct race race = {actor_self(), i};
        spawn_with(&options, say_name, &race, sizeof race);
    }
    bool in_order = true;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t name = oracle_word(actor_receive());
        in_order = in_order && name == 3 - i;
        sum += name;
    }
    /* Other schedulers may have stolen some; then only the set is certain. */
    return sum == 6 && (in_order || oracle_schedulers() > 1);
}

static void set_badly(void *argument)
{
    actor_set_priority((enum actor_priority)(*(const int *)argument));
}

static bool bad_options_are_refused(void)
{
    const int bad = 77;
    const struct actor_options options[] = {
        {.priority = (enum actor_priority)77},
        {.stack_bytes = SIZE_MAX / 2},
        {.stack_bytes = (size_t)1 << 32},
    };
    actor_ref monitor;
    for (int i = 0; i < 3; i++) {
        actor_pid pid = 1;
        CHECK_EQ(actor_spawn_with(&options[i], oracle_return, NULL, 0, &pid), -EINVAL);
        CHECK_EQ(pid, 0);
    }
    oracle_spawn_monitor(set_badly, &bad, sizeof bad, &monitor);
    return oracle_down(monitor, "badarg");
}

/* --- memory ---------------------------------------------------------------------- */

static uint64_t sum_deep(uint64_t depth)
{
    volatile char frame[1000];
    frame[depth % 1000] = 1;
    return depth == 0 ? 0 : (uint64_t)frame[depth % 1000] + sum_deep(depth - 1);
}

static void go_deep(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    oracle_tell(parent, sum_deep(1000)); /* about a megabyte of stack */
}

static bool a_larger_stack_is_larger(void)
{
    const struct actor_options options = {.stack_bytes = 2 << 20};
    actor_pid self = actor_self();
    spawn_with(&options, go_deep, &self, sizeof self);
    return oracle_word(actor_receive_within(5000 * MS)) == 1000;
}

static void grow(void *argument)
{
    (void)argument;
    for (;;)
        if (actor_alloc(1000) == NULL)
            actor_exit("no memory");
}

static bool spawn_opt_max_heap_size(void)
{
    actor_ref monitor;
    const struct actor_options small = {.heap_limit_bytes = 100000, .monitor = &monitor};
    static const char junk[1000];
    spawn_with(&small, grow, NULL, 0);
    if (!oracle_down(monitor, "killed"))
        return false;
    actor_pid pid = spawn_with(&small, oracle_loop, NULL, 0);
    for (int i = 0; i < 200; i++) /* the mailbox counts when its process looks at it */
        CHECK_EQ(actor_send(pid, junk, sizeof junk), 0);
    struct actor_info info;
    int rc = actor_process_info(pid, &info, NULL, 0);
    CHECK(rc == 0 || rc == -ESRCH);
    return oracle_down(monitor, "killed");
}

/* Not the BEAM's: it has no limit. */
static void fill(void *argument)
{
    static const char large[100];
    uint64_t refused = 0;
    const struct actor_message *first = actor_receive();
    actor_pid to = *(const actor_pid *)first->data;
    const struct actor_binary *binary = actor_binary_new(large, sizeof large);
    (void)argument;
    for (int i = 0; i < 100; i++) {
        int rc = i % 2 == 0 ? actor_send(to, &refused, sizeof refused)
                            : actor_send_binary(to, binary);
        CHECK(rc == 0 || rc == -ENOBUFS);
        refused += rc != 0;
    }
    CHECK_EQ(actor_send(first->from, &refused, sizeof refused), 0);
}

static void hold_until_down(void *argument)
{
    const actor_pid *witness = argument;
    actor_ref monitor;
    const struct actor_message *message;
    uint64_t seen = 0;
    CHECK_EQ(actor_monitor(*witness, &monitor), 0);
    actor_trap_exit(true);
    while ((message = actor_receive_within(2000 * MS))->kind != ACTOR_DOWN)
        seen++;
    oracle_tell(*(const actor_pid *)(witness + 1), seen);
}

static bool a_mailbox_may_have_a_limit(void)
{
    const struct actor_options bounded = {.mailbox_limit = 10};
    actor_pid sender = oracle_spawn(fill, NULL, 0), full;
    actor_pid told[] = {sender, actor_self()};
    full = spawn_with(&bounded, hold_until_down, told, sizeof told);
    CHECK_EQ(actor_suspend(full), 0);
    CHECK_EQ(actor_send(sender, &full, sizeof full), 0);
    bool most = oracle_word(actor_receive()) == 90;
    CHECK_EQ(actor_resume(full), 0); /* the signal came though the mailbox was full */
    return most && oracle_word(actor_receive()) == 10;
}

static void tells_first(void *argument)
{
    const uint64_t *words = argument;
    oracle_tell(words[1], words[0]);
}

/* The pid may go into the very argument: the child gets what was there before. */
static bool an_argument_is_copied_before_the_pid_is_told(void)
{
    uint64_t words[] = {42, actor_self()};
    CHECK_EQ(actor_spawn(tells_first, words, sizeof words, &words[0]), 0);
    return oracle_word(actor_receive()) == 42 && words[0] != 42;
}

static bool messages_may_be_kept(void)
{
    oracle_tell(actor_self(), 1);
    oracle_tell(actor_self(), 2);
    oracle_tell(actor_self(), 3);
    const struct actor_message *one = actor_receive();
    actor_keep(one);
    const struct actor_message *two = actor_receive();
    actor_keep(two);
    bool right = oracle_word(actor_receive()) == 3 && oracle_word(one) == 1 &&
                 oracle_word(two) == 2;
    actor_drop(one); /* the other goes with the process */
    return right && oracle_word(two) == 2;
}

static void pass_on(void *argument)
{
    uint64_t left = *(const uint64_t *)argument;
    const struct actor_message *message = actor_receive();
    const struct actor_binary *binary = actor_binary_of(message);
    CHECK(binary != NULL);
    actor_pid back = message->from;
    if (left == 0) {
        oracle_tell(back, (uint64_t)(uintptr_t)binary->data);
        return; /* the handle goes with the process */
    }
    left--;
    actor_pid next = oracle_spawn(pass_on, &left, sizeof left);
    CHECK_EQ(actor_send_binary(next, binary), 0);
    actor_binary_free(binary);
    oracle_tell(back, oracle_word(actor_receive()));
}

/* Large ones are passed on where they are, small ones by copy; nobody's end takes them
 * from others. */
static bool large_binaries_are_shared(void)
{
    static const size_t sizes[] = {0, 64, 65, 100000};
    for (int i = 0; i < 4; i++) {
        unsigned char *bytes = actor_alloc(sizes[i] + 1);
        memset(bytes, 7, sizes[i] + 1);
        const struct actor_binary *binary = actor_binary_new(bytes, sizes[i]);
        CHECK(binary != NULL && binary->size == sizes[i]);
        bytes[0] = 1; /* no longer theirs */
        uint64_t hops = 20;
        CHECK_EQ(actor_send_binary(oracle_spawn(pass_on, &hops, sizeof hops), binary), 0);
        bool same = oracle_word(actor_receive()) == (uint64_t)(uintptr_t)binary->data;
        if (same != (sizes[i] > 64))
            return false;
        const unsigned char *kept = binary->data;
        for (size_t at = 0; at < sizes[i]; at++)
            CHECK_EQ(kept[at], 7);
        CHECK_EQ(actor_send_binary(oracle_dead(), binary), 0);
        CHECK_EQ(actor_send_binary(0, binary), -EINVAL);
        if (i % 2 == 0)
            actor_binary_free(binary);
    }
    return true;
}

static void get_k(void *argument)
{
    (void)argument;
    actor_exit(actor_get("k", NULL) == NULL ? "undefined" : "something");
}

static bool process_dict_private(void)
{
    uint64_t one = 1, two = 2;
    size_t size;
    actor_ref monitor;
    CHECK_EQ(actor_put("k", &two, sizeof two), 0);
    CHECK_EQ(actor_put("k", &one, sizeof one), 0);
    CHECK_EQ(actor_put("other", "text", 5), 0);
    oracle_spawn_monitor(get_k, NULL, 0, &monitor);
    if (!oracle_down(monitor, "undefined"))
        return false;
    const uint64_t *got = actor_get("k", &size);
    bool right = got != NULL && size == sizeof one && *got == 1;
    return right && actor_erase("k") && !actor_erase("k") &&
           actor_get("k", &size) == NULL && size == 0 && actor_get("other", NULL) != NULL;
}

/* --- hibernating and suspending -------------------------------------------------- */

static void awake(void *argument)
{
    (void)argument;
    const struct actor_message *message = actor_receive();
    oracle_tell(message->from, 1000 + oracle_word(message));
    oracle_idle(NULL);
}

static void go_to_sleep(void *argument)
{
    (void)argument;
    actor_hibernate(awake, NULL);
}

static bool hibernate_wakes_on_msg(void)
{
    actor_pid pid = oracle_spawn(go_to_sleep, NULL, 0);
    struct actor_info info;
    oracle_sleep(20);
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    size_t asleep = info.memory_bytes;
    oracle_tell(pid, 7); /* a question has not woken it, this does */
    bool woken = oracle_word(actor_receive()) == 1007;
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    end(pid);
    return woken && asleep < 1500 && info.memory_bytes > 10000;
}

static bool hibernate_with_a_message_wakes_at_once(void)
{
    for (int i = 0; i < 200; i++) {
        actor_pid pid = oracle_spawn(go_to_sleep, NULL, 0);
        oracle_tell(pid, (uint64_t)i);
        if (oracle_word(actor_receive()) != 1000 + (uint64_t)i)
            return false;
        end(pid);
    }
    return true;
}

static void echo(void *argument)
{
    (void)argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        oracle_tell(message->from, oracle_word(message));
    }
}

static bool answers(actor_pid pid, int64_t timeout_ns)
{
    return actor_receive_within(timeout_ns) != NULL && actor_is_alive(pid);
}

/* process_SUITE otp_7738: suspended while waiting, twice, then resumed. */
static bool suspend_counts(void)
{
    actor_pid pid = oracle_spawn(echo, NULL, 0);
    CHECK_EQ(actor_suspend(pid), 0);
    CHECK_EQ(actor_suspend(pid), 0);
    oracle_tell(pid, 1);
    bool silent = !answers(pid, 20 * MS);
    CHECK_EQ(actor_resume(pid), 0);
    silent = silent && !answers(pid, 20 * MS);
    CHECK_EQ(actor_resume(pid), 0);
    bool back = answers(pid, 5000 * MS);
    CHECK_EQ(actor_resume(pid), -EINVAL);
    CHECK_EQ(actor_suspend(actor_self()), -EINVAL);
    CHECK_EQ(actor_suspend(oracle_dead()), -ESRCH);
    end(pid);
    return silent && back;
}

static void suspend_and_die(void *argument)
{
    actor_pid pid = *(const actor_pid *)argument;
    CHECK_EQ(actor_suspend(pid), 0);
    CHECK_EQ(actor_suspend(pid), 0);
}

static bool suspension_ends_with_its_maker(void)
{
    actor_pid pid = oracle_spawn(echo, NULL, 0);
    actor_ref monitor;
    oracle_spawn_monitor(suspend_and_die, &pid, sizeof pid, &monitor);
    if (!oracle_down(monitor, "normal"))
        return false;
    oracle_tell(pid, 1);
    bool back = answers(pid, 5000 * MS);
    end(pid);
    return back;
}

static bool suspended_dies_of_signals(void)
{
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(oracle_loop, NULL, 0, &monitor);
    CHECK_EQ(actor_suspend(pid), 0);
    CHECK_EQ(actor_exit_signal(pid, "x"), 0);
    return oracle_down(monitor, "x") && !actor_is_alive(pid);
}

const struct oracle_case oracle_process[] = {
    ORACLE_CASE(exit2_not_catchable),
    ORACLE_CASE(exit1_catchable),
    ORACLE_CASE(catches_nest),
    ORACLE_CASE(low_prio_not_starved),
    ORACLE_CASE(max_before_high_before_normal),
    ORACLE_CASE(bad_options_are_refused),
    ORACLE_CASE(a_larger_stack_is_larger),
    ORACLE_CASE(spawn_opt_max_heap_size),
    ORACLE_CASE(a_mailbox_may_have_a_limit),
    ORACLE_CASE(an_argument_is_copied_before_the_pid_is_told),
    ORACLE_CASE(messages_may_be_kept),
    ORACLE_CASE(large_binaries_are_shared),
    ORACLE_CASE(process_dict_private),
    ORACLE_CASE(hibernate_wakes_on_msg),
    ORACLE_CASE(hibernate_with_a_message_wakes_at_once),
    ORACLE_CASE(suspend_counts),
    ORACLE_CASE(suspension_ends_with_its_maker),
    ORACLE_CASE(suspended_dies_of_signals),
    {NULL, NULL},
};
