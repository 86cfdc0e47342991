/* Async tasks that hand messages to each other; and queues that grow. */
#include "script.h"

#include <errno.h>

struct task {
    struct loop_inbox inbox;
    struct loop_inbox *peer;
    uint64_t last, left;
};

static void on_ball(struct loop *loop, void *context)
{
    struct task *task = context;
    CHECK(loop != NULL);
    CHECK(loop_inbox_take(&task->inbox, &task->last));
    if (task->left-- == 0)
        return;
    uint64_t ball = task->last + 1;
    CHECK_EQ(loop_inbox_put(task->peer, &ball), 0);
    CHECK_EQ(loop_inbox_await(&task->inbox, on_ball, task), 0);
}

static void two_tasks_hand_a_ball_back_and_forth(void)
{
    struct loop *loop = script_begin();
    struct task a = {.left = 500}, b = {.left = 500};
    uint64_t ball = 1;
    loop_inbox_open(loop, &a.inbox, sizeof ball);
    loop_inbox_open(loop, &b.inbox, sizeof ball);
    a.peer = &b.inbox;
    b.peer = &a.inbox;
    CHECK_EQ(loop_inbox_await(&a.inbox, on_ball, &a), 0);
    CHECK_EQ(loop_inbox_await(&b.inbox, on_ball, &b), 0);
    CHECK_EQ(loop_inbox_put(&a.inbox, &ball), 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(a.last, 1001);
    CHECK_EQ(b.last, 1000);
    loop_inbox_close(&a.inbox);
    loop_inbox_close(&b.inbox); /* b awaits for ever: a promise nobody resolves */
    CHECK_EQ(loop_free(loop), 0);
}

/* `await` of a promise that is resolved already still takes one microtask. */
static void say_message(struct loop *loop, void *inbox)
{
    char word[8];
    CHECK(loop != NULL);
    CHECK(loop_inbox_take(inbox, word));
    script_say(word);
    CHECK(!loop_inbox_take(inbox, word));
}

static void awaiting_what_is_there_takes_a_microtask(void)
{
    struct loop *loop = script_begin();
    struct loop_inbox inbox;
    loop_inbox_open(loop, &inbox, 8);
    CHECK_EQ(loop_inbox_put(&inbox, "message"), 0);
    micro(loop, "before");
    CHECK_EQ(loop_inbox_await(&inbox, say_message, &inbox), 0);
    micro(loop, "after");
    tick(loop, "tick");
    script_say("sync");
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    loop_inbox_close(&inbox);
    script_end(loop, "sync tick before message after");
}

static void one_waiter_at_a_time(void)
{
    struct loop *loop = script_begin();
    struct loop_inbox inbox;
    loop_inbox_open(loop, &inbox, 8);
    CHECK_EQ(loop_inbox_await(&inbox, say_message, &inbox), 0);
    CHECK_EQ(loop_inbox_await(&inbox, say_message, &inbox), -EBUSY);
    CHECK_EQ(loop_inbox_put(&inbox, "one\0..."), 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    loop_inbox_close(&inbox);
    script_end(loop, "one");
}

/* Grows while it is wrapped around: order and content stay. */
static void an_inbox_grows_in_the_middle(void)
{
    struct loop *loop = script_begin();
    struct loop_inbox inbox;
    uint64_t put = 0, taken = 0, value;
    loop_inbox_open(loop, &inbox, sizeof value);
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 11; i++, put++)
            CHECK_EQ(loop_inbox_put(&inbox, &put), 0);
        for (int i = 0; i < 7; i++, taken++) {
            CHECK(loop_inbox_take(&inbox, &value));
            CHECK_EQ(value, taken);
        }
    }
    while (loop_inbox_take(&inbox, &value))
        CHECK_EQ(value, taken++);
    CHECK_EQ(taken, put);
    loop_inbox_close(&inbox);
    CHECK_EQ(loop_free(loop), 0);
}

/* The same of the tick queue: each tick queues two until there are enough. */
static uint64_t ticks_queued, ticks_run;

static void breed(struct loop *loop, void *number)
{
    CHECK_EQ((uint64_t)(uintptr_t)number, ticks_run);
    ticks_run++;
    for (int i = 0; i < 2 && ticks_queued < 10000; i++)
        CHECK_EQ(loop_next_tick(loop, breed, (void *)(uintptr_t)ticks_queued++), 0);
}

static void the_tick_queue_grows_in_the_middle(void)
{
    struct loop *loop = script_begin();
    CHECK_EQ(loop_next_tick(loop, breed, (void *)(uintptr_t)ticks_queued++), 0);
    script_end(loop, "");
    CHECK_EQ(ticks_run, 10000);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(two_tasks_hand_a_ball_back_and_forth),
        CHECK_CASE(awaiting_what_is_there_takes_a_microtask),
        CHECK_CASE(one_waiter_at_a_time),
        CHECK_CASE(an_inbox_grows_in_the_middle),
        CHECK_CASE(the_tick_queue_grows_in_the_middle),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
