/* The processes of test_introspection.c that are watched (system_monitor). */
#include "bodies_introspection.h"

#include <errno.h>

/* Waits for an alert about that process, and about no other thing. */
static uint64_t expect(actor_pid pid, enum actor_alarm what)
{
    const struct actor_message *message = actor_receive();
    const struct actor_alert *alert = message->data;
    CHECK_EQ(message->kind, ACTOR_ALERT);
    CHECK_EQ(message->size, sizeof *alert);
    CHECK(message->from == pid && alert->pid == pid);
    CHECK_EQ(alert->what, what);
    return alert->amount;
}

static void compute(void *argument)
{
    uint64_t until_ns = core_now_ns() + *(uint64_t *)argument;
    while (core_now_ns() < until_ns)
        ;
}

static void long_turns(actor_pid self)
{
    struct actor_limits limits = {.turn_ns = 5 * MS};
    uint64_t ns = 20 * MS;
    CHECK_EQ(actor_system_monitor(self, &limits), 0);
    actor_pid pid = spawn(compute, &ns, sizeof ns);
    CHECK(expect(pid, ACTOR_LONG_TURN) >= limits.turn_ns);
    CHECK_EQ(actor_system_monitor(0, NULL), 0);
    while (actor_receive_within(0) != NULL) /* a turn that was divided */
        ;
}

/* Takes and gives memory as it is told. */
static void eat(void *argument)
{
    void *eaten = NULL;
    (void)argument;
    for (;;) {
        uint64_t bytes = word(actor_receive());
        actor_free(eaten);
        eaten = bytes > 0 ? actor_alloc(bytes) : NULL;
        if (bytes == 1)
            return;
    }
}

static void large_heaps(actor_pid self)
{
    struct actor_limits limits = {.heap_bytes = 100000};
    CHECK_EQ(actor_system_monitor(self, &limits), 0);
    actor_pid pid = spawn(eat, NULL, 0);
    send_word(pid, 90000);
    send_word(pid, 200000);
    CHECK(expect(pid, ACTOR_LARGE_HEAP) >= limits.heap_bytes);
    send_word(pid, 300000); /* still over: not told again */
    actor_yield();
    send_word(pid, 0);
    actor_yield(); /* a turn below the limit */
    send_word(pid, 400000);
    CHECK(expect(pid, ACTOR_LARGE_HEAP) >= 400000);
    CHECK_EQ(actor_system_monitor(self, &limits), 0); /* anew: told anew */
    send_word(pid, 500000);
    CHECK(expect(pid, ACTOR_LARGE_HEAP) >= 500000);
    send_word(pid, 1);
}

static bool is_large(const struct actor_message *message, void *context)
{
    (void)context;
    return message->size == sizeof(uint64_t) && word(message) >= 100;
}

/* Leaves small words where they are until a large one comes, then takes them all. */
static void hoard(void *argument)
{
    (void)argument;
    actor_receive_match(is_large, NULL, ACTOR_FOREVER);
    while (actor_receive_within(0) != NULL)
        ;
    actor_receive();
}

static void deaf(void *argument)
{
    struct stage *stage = argument;
    while (!core_load_relaxed(&stage->stop)) /* only stops a loop */
        actor_yield();
    while (actor_receive_within(0) != NULL)
        actor_yield();
}

static void long_queues(struct stage *stage, actor_pid self)
{
    struct actor_limits limits = {.queue = 10, .queue_end = 2};
    CHECK_EQ(actor_system_monitor(self, &limits), 0);
    actor_pid hoarder = spawn(hoard, NULL, 0);
    for (uint64_t i = 0; i < 30; i++)
        send_word(hoarder, i);
    CHECK_EQ(expect(hoarder, ACTOR_LONG_QUEUE), 10 + 20); /* it has looked at all */
    send_word(hoarder, 100);
    CHECK(expect(hoarder, ACTOR_LONG_QUEUE_END) <= 2);
    send_word(hoarder, 1);
    /* One that does not receive: what lies in its queue counts. */
    actor_pid other = spawn(deaf, stage, 0);
    for (uint64_t i = 0; i < 30; i++)
        send_word(other, i);
    CHECK_EQ(expect(other, ACTOR_LONG_QUEUE), 10);
    core_store_relaxed(&stage->stop, true); /* only stops a loop */
    CHECK(expect(other, ACTOR_LONG_QUEUE_END) <= 2);
}

static void become_watcher(void *argument)
{
    struct actor_limits limits = {.heap_bytes = 1};
    (void)argument;
    CHECK_EQ(actor_system_monitor(actor_self(), &limits), 0);
}

static void refusals(actor_pid self)
{
    struct actor_limits limits = {.queue = 10, .queue_end = 10};
    actor_ref monitor;
    struct actor_options options = {.monitor = &monitor};
    actor_pid watcher;
    CHECK_EQ(actor_system_monitor(self, &limits), -EINVAL);
    limits.queue_end = 9;
    CHECK_EQ(actor_system_monitor(UINT32_MAX, &limits), -EINVAL);
    /* A watcher's end is the end of watching. */
    CHECK_EQ(actor_spawn_with(&options, become_watcher, NULL, 0, &watcher), 0);
    CHECK_EQ(actor_receive()->kind, ACTOR_DOWN);
    CHECK_EQ(actor_system_monitor(watcher, &limits), -ESRCH);
    void *memory = actor_alloc(100);
    actor_yield();
    actor_free(memory);
    CHECK(actor_receive_within(MS) == NULL);
}

/* On one scheduler, so that each turn is over when the next begins. */
void stage_alerts(void *argument)
{
    struct stage *stage = argument;
    actor_pid self = actor_self();
    long_turns(self);
    large_heaps(self);
    long_queues(stage, self);
    CHECK_EQ(actor_system_monitor(0, NULL), 0);
    CHECK(actor_receive_within(0) == NULL);
    refusals(self);
}
