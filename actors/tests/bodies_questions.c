/* Processes that ask each other (process_info of OTP's process suite). */
#include "bodies_introspection.h"

#include <errno.h>

static bool is_done(const struct actor_message *message, void *context)
{
    (void)context;
    return message->kind == ACTOR_MESSAGE && message->size == 4;
}

/* Takes no message but the four bytes that end it. */
static void collector(void *argument)
{
    struct actor_info info;
    actor_ref monitor, timer;
    (void)argument;
    actor_trap_exit(true);
    CHECK_EQ(actor_put("a", "1", 1), 0);
    CHECK_EQ(actor_put("b", "2", 1), 0);
    CHECK(actor_alloc(1000) != NULL);
    CHECK_EQ(actor_monitor_name("nobody of that name", &monitor), 0);
    CHECK_EQ(actor_start_timer(0, actor_self(), "tick", 4, &timer), 0);
    CHECK_EQ(actor_start_timer(1000 * 1000 * MS, actor_self(), "tock", 4, &timer), 0);
    do /* until the first timer has fired */
        CHECK_EQ(actor_process_info(actor_self(), &info, NULL, 0), 0);
    while (info.timers == 2 || info.mailbox_length < 2);
    CHECK_EQ(info.status, ACTOR_RUNNING);
    send_word(info.parent, 0); /* ready */
    actor_receive_match(is_done, NULL, ACTOR_FOREVER);
}

struct album {
    unsigned messages, downs, ticks, exits;
    uint64_t next;
};

static void leaf_through(void *context, const struct actor_message *message)
{
    struct album *album = context;
    if (message->kind == ACTOR_DOWN) {
        const struct actor_down *down = message->data;
        CHECK(actor_reason_is(&down->reason, "noproc"));
        CHECK_STR(down->name, "nobody of that name");
        album->downs++;
    } else if (message->kind == ACTOR_TIMEOUT) {
        const struct actor_timeout *timeout = message->data;
        CHECK(timeout->size == 4 && memcmp(timeout->data, "tick", 4) == 0);
        album->ticks++;
    } else if (message->kind == ACTOR_EXIT) {
        CHECK_STR(message->data, "an exit");
        album->exits++;
    } else {
        CHECK_EQ(word(message), album->next++);
        album->messages++;
    }
}

static void check_album(actor_pid pid, unsigned messages)
{
    struct album album = {.next = 100};
    CHECK_EQ(actor_process_messages(pid, 4096, leaf_through, &album), messages + 3);
    CHECK_EQ(album.messages, messages);
    CHECK(album.downs == 1 && album.ticks == 1 && album.exits == 1);
}

static void looper(void *argument)
{
    (void)argument;
    for (;;)
        actor_bump(100);
}

/* Contents in order: of one that waits, is suspended, was resumed; of one that runs. */
static void process_info_other_msg(actor_pid pid)
{
    struct album album = {.next = 100};
    CHECK_EQ(actor_exit_signal(pid, "an exit"), 0);
    for (uint64_t i = 0; i < 5; i++)
        send_word(pid, 100 + i);
    check_album(pid, 5);
    CHECK_EQ(actor_suspend(pid), 0);
    send_word(pid, 105);
    check_album(pid, 6);
    CHECK_EQ(actor_resume(pid), 0);
    send_word(pid, 106);
    check_album(pid, 7);
    /* What does not fit is left out at the end: the DOWN and TIMEOUT came first. */
    int64_t fit = actor_process_messages(pid, 400, leaf_through, &album);
    CHECK(fit >= 2 && fit < 10);
    CHECK_EQ(actor_process_messages(pid, 0, leaf_through, &album), 0);
    actor_pid busy = spawn(looper, NULL, 0);
    album.next = 0;
    for (uint64_t i = 0; i < 3; i++)
        send_word(busy, i);
    CHECK_EQ(actor_process_messages(busy, 4096, leaf_through, &album), 3);
    CHECK_EQ(actor_exit_signal(busy, "kill"), 0);
    CHECK_EQ(actor_process_messages(busy, 4096, leaf_through, &album), -ESRCH);
}

static void check_facts(actor_pid pid)
{
    struct actor_info info;
    actor_pid links[2] = {0, 0};
    CHECK_EQ(actor_process_info(pid, &info, links, 2), 0);
    CHECK(info.parent == actor_self() && info.initial == collector);
    CHECK(info.current == collector && info.traps_exits);
    CHECK_EQ(info.dictionary, 2);
    CHECK_EQ(info.timers, 1);
    CHECK_EQ(info.mailbox_length, 10);
    CHECK_EQ(info.links, 1);
    CHECK(links[0] == actor_self());
    CHECK_EQ(info.monitors, 0); /* of nobody, so it is over */
    CHECK_EQ(info.monitored_by, 2);
    CHECK_EQ(info.heap_limit_bytes, 1 << 20);
    CHECK(info.heap_bytes > 1000 && info.heap_bytes < info.memory_bytes);
    CHECK(info.stack_bytes > 0 && info.reductions > 5 && info.suspended == 0);
    CHECK_STR(info.name, "collector");
}

static void check_relations(actor_pid pid)
{
    actor_pid pids[4], self = actor_self();
    CHECK_EQ(actor_process_related(pid, ACTOR_LINKS, pids, 4), 1);
    CHECK(pids[0] == self);
    pids[1] = 0;
    CHECK_EQ(actor_process_related(pid, ACTOR_MONITORED_BY, pids, 4), 2);
    CHECK(pids[0] == self && pids[1] == self);
    pids[1] = 0;
    CHECK_EQ(actor_process_related(pid, ACTOR_MONITORED_BY, pids, 1), 2); /* no room */
    CHECK(pids[0] == self && pids[1] == 0);
    CHECK_EQ(actor_process_related(pid, ACTOR_MONITORS, pids, 4), 0);
    CHECK_EQ(actor_process_related(self, ACTOR_MONITORS, pids, 4), 2);
    CHECK(pids[0] == pid && pids[1] == pid);
    CHECK_EQ(actor_suspend(pid), 0);
    CHECK_EQ(actor_suspend(pid), 0);
    struct actor_info info;
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    CHECK_EQ(info.status, ACTOR_SUSPENDED);
    CHECK_EQ(info.suspended, 2);
    CHECK_EQ(actor_process_related(self, ACTOR_SUSPENDS, pids, 4), 1);
    CHECK(pids[0] == pid);
    CHECK_EQ(actor_resume(pid), 0);
    CHECK_EQ(actor_resume(pid), 0);
}

static void check_refusals(actor_pid dead)
{
    struct actor_info info;
    struct album album = {.next = 0};
    actor_pid pid, self = actor_self();
    CHECK_EQ(actor_process_info(dead, &info, NULL, 0), -ESRCH);
    CHECK_EQ(actor_process_related(dead, ACTOR_LINKS, &pid, 1), -ESRCH);
    CHECK_EQ(actor_process_messages(dead, 10, leaf_through, &album), -ESRCH);
    CHECK_EQ(actor_process_info(0, &info, NULL, 0), -EINVAL);
    CHECK_EQ(actor_process_related(0, ACTOR_LINKS, &pid, 1), -EINVAL);
    CHECK_EQ(actor_process_messages(0, 10, leaf_through, &album), -EINVAL);
    CHECK_EQ(actor_process_related(self, (enum actor_relation)4, &pid, 1), -EINVAL);
    CHECK_EQ(actor_process_related(self, ACTOR_LINKS, &pid, (size_t)1 << 60), -EINVAL);
    CHECK_EQ(actor_process_info(self, &info, &pid, (size_t)1 << 61), -EINVAL);
    CHECK_EQ(actor_process_messages(self, SIZE_MAX, leaf_through, &album), -EINVAL);
}

static void faulty_visit(void *context, const struct actor_message *message)
{
    (void)message;
    *(volatile int *)context = 1;
}

static void visit_and_fault(void *argument)
{
    send_word(actor_self(), 1);
    actor_process_messages(actor_self(), 4096, faulty_visit, argument);
}

static bool is_down(const struct actor_message *message, void *context)
{
    (void)context;
    return message->kind == ACTOR_DOWN;
}

static void wait_for_down(void)
{
    CHECK(actor_receive_match(is_down, NULL, ACTOR_FOREVER) != NULL);
}

/* The copies of a visit that ends its process, or that is caught, are freed. */
static void visits_that_fail(void)
{
    struct actor_reason reason;
    actor_ref monitor;
    struct actor_options options = {.monitor = &monitor};
    CHECK_EQ(actor_spawn_with(&options, visit_and_fault, NULL, 0, NULL), 0);
    wait_for_down();
    CHECK(!actor_catch(visit_and_fault, NULL, &reason));
    struct album album = {.next = 1};
    CHECK_EQ(actor_process_messages(actor_self(), 4096, leaf_through, &album), 1);
    CHECK_EQ(word(actor_receive()), 1);
}

static void status_when_asked(void)
{
    struct actor_info info;
    actor_pid pid = spawn(stage_idle, NULL, 0);
    do
        CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    while (info.status != ACTOR_WAITING); /* runnable at first */
    actor_pid busy = spawn(looper, NULL, 0);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(actor_process_info(busy, &info, NULL, 0), 0);
        CHECK(info.status == ACTOR_RUNNABLE || info.status == ACTOR_RUNNING);
    }
    actor_exit_signal(busy, "kill");
    send_word(pid, 1);
}

void stage_questions(void *argument)
{
    struct stage *stage = argument;
    actor_ref first, second;
    struct actor_options options = {
        .link = true, .monitor = &first, .heap_limit_bytes = 1 << 20};
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(&options, collector, NULL, 0, &pid), 0);
    CHECK_EQ(actor_monitor(pid, &second), 0);
    CHECK_EQ(actor_register("collector", pid), 0);
    CHECK_EQ(word(actor_receive()), 0);
    process_info_other_msg(pid);
    check_facts(pid);
    check_relations(pid);
    CHECK_EQ(actor_send(pid, "done", 4), 0);
    wait_for_down();
    wait_for_down();
    check_refusals(pid);
    status_when_asked();
    if (stage->rounds > 0) /* faults are survived here */
        visits_that_fail();
}
