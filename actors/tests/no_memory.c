#include "no_memory.h"

#include <core/pool.h>

#include <errno.h>

static void note_refusal(struct trial *trial)
{
    /* relaxed: a count by itself; only one call fails */
    CHECK_EQ(core_add_relaxed(&trial->refused, 1), 0);
}

/* Whether a call worked; it may only say that there was no memory, and only once. */
static bool worked(struct trial *trial, int rc)
{
    CHECK(rc == 0 || rc == -ENOMEM);
    if (rc != 0)
        note_refusal(trial);
    return rc == 0;
}

/* The same call again must work: nothing was left half done. */
#define MUST(trial, call)                 \
    do {                                  \
        if (!worked((trial), (call)))     \
            CHECK(worked((trial), call)); \
    } while (0)

/* An end for this reason, or for want of memory to say so. */
static void check_end(struct trial *trial, const struct actor_reason *reason,
                      const char *usual, const char *without_memory)
{
    if (actor_reason_is(reason, usual))
        return;
    CHECK(actor_reason_is(reason, without_memory));
    note_refusal(trial);
}

static const struct actor_reason *await_down(actor_ref monitor)
{
    const struct actor_message *message = actor_receive();
    const struct actor_down *down = message->data;
    CHECK_EQ(message->kind, ACTOR_DOWN);
    CHECK_EQ(down->monitor, monitor);
    return &down->reason;
}

/* --- the servant: answers words, then does what its last word says ------------------ */

enum { WORD_SLEEP = 1000, WORD_STOP, WORD_WAIT };

struct servant {
    struct trial *trial;
};

static void serve(void *argument)
{
    struct servant *servant = argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        uint64_t word = *(const uint64_t *)message->data;
        if (word == WORD_STOP)
            actor_exit("stopped");
        if (word == WORD_SLEEP)
            actor_hibernate(serve, servant);
        if (word == WORD_WAIT) {
            CHECK(actor_receive_within(1) == NULL);
            return;
        }
        MUST(servant->trial, actor_send(message->from, &word, sizeof word));
    }
}

static actor_pid servant_of(struct trial *trial, actor_ref *monitor)
{
    const struct servant servant = {trial};
    const struct actor_options options = {.link = true, .monitor = monitor};
    actor_pid pid;
    MUST(trial, actor_spawn_with(&options, serve, &servant, sizeof servant, &pid));
    CHECK(pid != 0 && *monitor != 0);
    return pid;
}

static void tell(struct trial *trial, actor_pid to, uint64_t word)
{
    MUST(trial, actor_send(to, &word, sizeof word));
}

static void await_word(uint64_t word)
{
    const struct actor_message *message = actor_receive();
    CHECK_EQ(message->kind, ACTOR_MESSAGE);
    CHECK_EQ(*(const uint64_t *)message->data, word);
}

/* --- the parts ---------------------------------------------------------------------- */

static void use_memory(struct trial *trial)
{
    static const size_t sizes[] = {1, 64, 100, 1000, 5000, 20000};
    size_t size;
    /* A block that is no pool's is an allocation of its own; when only the chunks of one
     * size are to fail, there is none. */
    int count = trial->hoard_bytes > 0 ? 5 : 6;
    for (int i = 0; i < count; i++) {
        void *memory = actor_alloc(sizes[i]);
        if (memory == NULL) {
            note_refusal(trial);
            memory = actor_alloc(sizes[i]);
        }
        memset(memory, 1, sizes[i]);
        MUST(trial, actor_put("key", memory, sizes[i]));
        CHECK(actor_get("key", &size) != NULL && size == sizes[i]);
        actor_free(memory);
    }
    CHECK(actor_erase("key"));
}

static void fail(void *argument)
{
    actor_exit(argument);
}

static void use_catch(struct trial *trial)
{
    static char why[] = "caught";
    struct actor_reason reason;
    CHECK(!actor_catch(fail, why, &reason));
    check_end(trial, &reason, why, "system_limit: no memory for the reason");
}

static const struct actor_binary *binary_new(struct trial *trial, const void *data,
                                             size_t size)
{
    const struct actor_binary *binary = actor_binary_new(data, size);
    if (binary != NULL)
        return binary;
    note_refusal(trial);
    binary = actor_binary_new(data, size);
    CHECK(binary != NULL);
    return binary;
}

static void use_binaries(struct trial *trial, actor_pid servant)
{
    uint64_t words[50] = {7};
    const struct actor_binary *large = binary_new(trial, words, sizeof words),
                              *small = binary_new(trial, words, 8), *held;
    MUST(trial, actor_send_binary(servant, small));
    MUST(trial, actor_send_binary(servant, large));
    MUST(trial, actor_send_binary(actor_self(), large));
    const struct actor_message *message = actor_receive();
    while (message->size != sizeof words) {
        CHECK_EQ(*(const uint64_t *)message->data, 7);
        message = actor_receive();
    }
    actor_keep(message);
    held = actor_binary_of(message);
    if (held == NULL) {
        note_refusal(trial);
        held = actor_binary_of(message);
    }
    CHECK(held->data == large->data);
    actor_drop(message);
    actor_binary_free(large); /* the others go with the process */
}

static void use_names(struct trial *trial, actor_pid servant)
{
    uint64_t word = 5;
    actor_ref monitor;
    MUST(trial, actor_register("servant", servant));
    CHECK_EQ(actor_whereis("servant"), servant);
    MUST(trial, actor_send_name("servant", &word, sizeof word));
    await_word(5);
    CHECK_EQ(actor_unregister("servant"), 0);
    MUST(trial, actor_monitor_name("servant", &monitor));
    CHECK(actor_reason_is(await_down(monitor), "noproc"));
    MUST(trial, actor_register("servant", servant));
}

static void use_timers(struct trial *trial, actor_pid servant)
{
    uint64_t word = 6;
    actor_ref timer;
    for (int i = 0; i < 2; i++) {
        actor_pid to = i == 0 ? servant : actor_self();
        MUST(trial, actor_send_after(3600000 * MS, to, &word, sizeof word, &timer));
        CHECK(actor_read_timer(timer) > 0);
        CHECK(actor_cancel_timer(timer) > 0);
        CHECK_EQ(actor_cancel_timer(timer), -ESRCH);
    }
    MUST(trial, actor_start_timer(0, actor_self(), &word, sizeof word, &timer));
    const struct actor_message *message = actor_receive();
    const struct actor_timeout *timeout = message->data;
    CHECK(message->kind == ACTOR_TIMEOUT && timeout->timer == timer);
    MUST(trial, actor_send_after(0, servant, &word, sizeof word, &timer));
    await_word(6); /* sent back to who set it */
    /* This one goes with the servant. */
    MUST(trial, actor_send_after(3600000 * MS, servant, &word, sizeof word, &timer));
}

static bool is_word(const struct actor_message *message, void *context)
{
    return message->kind == ACTOR_MESSAGE &&
           *(const uint64_t *)message->data == *(const uint64_t *)context;
}

static void use_mailbox(struct trial *trial, actor_pid servant)
{
    uint64_t before = 8;
    tell(trial, actor_self(), before);
    uint64_t mark = actor_mark();
    tell(trial, servant, mark + WORD_WAIT + 1); /* no order, whatever the mark is */
    uint64_t word = mark + WORD_WAIT + 1;
    CHECK(actor_receive_marked(mark, is_word, &word, ACTOR_FOREVER) != NULL);
    CHECK_EQ(actor_mailbox_length(), 1);
    CHECK(actor_receive_match(is_word, &before, 0) != NULL);
}

static void use_relations(struct trial *trial, actor_pid servant)
{
    struct actor_info info;
    actor_pid link;
    actor_ref monitors[20];
    for (int i = 0; i < 20; i++)
        MUST(trial, actor_monitor(servant, &monitors[i]));
    MUST(trial, actor_process_info(servant, &info, &link, 1));
    CHECK(info.monitored_by == 21 && info.links == 1 && link == actor_self());
    for (int i = 0; i < 20; i++)
        CHECK(actor_demonitor(monitors[i], true));
    MUST(trial, actor_unlink(servant));
    MUST(trial, actor_process_info(servant, &info, &link, 1));
    CHECK(info.monitored_by == 1 && info.links == 0);
    MUST(trial, actor_link(servant));
    for (int i = 0; i < 3; i++)
        MUST(trial, actor_suspend(servant));
    for (int i = 0; i < 3; i++)
        MUST(trial, actor_resume(servant));
    CHECK_EQ(actor_resume(servant), -EINVAL);
}

/* --- the ends: by a signal, by its own doing, for want of memory --------------------- */

static void end_by_signal(struct trial *trial, actor_pid servant, actor_ref monitor)
{
    static const char why[300] = "a reason of some length";
    bool down = false;
    MUST(trial, actor_exit_signal_with(servant, why, sizeof why));
    for (int i = 0; i < 2; i++) {
        const struct actor_message *message = actor_receive();
        const struct actor_down *told = message->data;
        bool is_down = message->kind == ACTOR_DOWN;
        CHECK_EQ(message->from, servant);
        CHECK_EQ(is_down ? told->reason.size : message->size, sizeof why);
        CHECK(is_down ? told->monitor == monitor : message->kind == ACTOR_EXIT);
        CHECK(i == 0 || is_down != down); /* one of each */
        down = is_down;
    }
    CHECK_EQ(actor_whereis("servant"), 0);
}

static void end_by_itself(struct trial *trial)
{
    actor_ref monitor;
    actor_pid servant = servant_of(trial, &monitor);
    MUST(trial, actor_unlink(servant));
    tell(trial, servant, WORD_SLEEP);
    tell(trial, servant, 9);
    await_word(9);
    tell(trial, servant, WORD_STOP);
    check_end(trial, await_down(monitor), "stopped",
              "system_limit: no memory for the reason");
}

static void end_without_limit(struct trial *trial)
{
    actor_ref monitor;
    actor_pid servant = servant_of(trial, &monitor);
    CHECK(actor_demonitor(monitor, true));
    tell(trial, servant, WORD_WAIT);
    const struct actor_message *message = actor_receive();
    CHECK(message->kind == ACTOR_EXIT && message->from == servant);
    const struct actor_reason reason = {message->data, message->size};
    check_end(trial, &reason, "normal", "no memory for a receive's time limit");
}

static void settle(struct trial *trial)
{
    struct actor_info info;
    MUST(trial, actor_process_info(actor_self(), &info, NULL, 0));
    CHECK_EQ(info.links + info.monitors + info.monitored_by + info.mailbox_length, 0);
    CHECK(actor_receive_within(0) == NULL);
    trial->done = true;
}

/* Each size has its first chunk, and that of one size is nearly used up. */
static void hoard(const struct trial *trial)
{
    for (size_t bytes = CORE_POOL_SMALLEST; bytes <= CORE_POOL_LARGEST; bytes *= 2)
        if (trial->hoard_bytes > 0)
            actor_free(actor_alloc(bytes - 48)); /* a block has a head of its own */
    for (size_t i = 0; i < trial->hoard_count; i++)
        CHECK(actor_alloc(trial->hoard_bytes) != NULL);
}

void trial_of_memory(void *argument)
{
    struct trial *trial = argument;
    actor_ref monitor;
    hoard(trial);
    core_fail_nth(trial->seams, trial->site, trial->nth);
    actor_trap_exit(true);
    use_memory(trial);
    use_catch(trial);
    actor_pid servant = servant_of(trial, &monitor);
    use_binaries(trial, servant);
    tell(trial, actor_self(), 1);
    while (*(const uint64_t *)actor_receive()->data != 1) /* what the servant answered */
        ;
    tell(trial, servant, 2);
    while (*(const uint64_t *)actor_receive()->data != 2)
        ;
    use_names(trial, servant);
    use_timers(trial, servant);
    use_mailbox(trial, servant);
    use_relations(trial, servant);
    end_by_signal(trial, servant, monitor);
    end_by_itself(trial);
    end_without_limit(trial);
    settle(trial);
}

/* --- stacks ------------------------------------------------------------------------- */

static void bodyless(void *argument)
{
    (void)argument;
    actor_receive();
}

/* Whose stack cannot be had ends before it has run, and is heard of like any other. */
void trial_of_stacks(void *argument)
{
    enum { COUNT = 8 };
    struct trial *trial = argument;
    actor_ref monitors[COUNT];
    actor_pid pids[COUNT];
    core_fail_nth(trial->seams, trial->site, trial->nth);
    for (int i = 0; i < COUNT; i++) {
        const struct actor_options options = {.monitor = &monitors[i],
                                              .stack_bytes = i % 2 == 0 ? 0 : 1 << 20};
        CHECK_EQ(actor_spawn_with(&options, bodyless, NULL, 0, &pids[i]), 0);
    }
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(actor_send(pids[i], NULL, 0), 0);
    for (int i = 0; i < COUNT; i++) {
        const struct actor_down *down = actor_receive()->data;
        check_end(trial, &down->reason, "normal", "system_limit: no stack");
    }
    settle(trial);
}
