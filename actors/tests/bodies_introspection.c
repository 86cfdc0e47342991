#include "bodies_introspection.h"

/* --- time and counts ------------------------------------------------------------- */

static void hog(void *argument)
{
    struct stage *stage = argument;
    /* relaxed, both: nothing is passed with them */
    core_store_relaxed(&stage->hog, actor_self());
    while (!core_load_relaxed(&stage->stop))
        ;
    send_word(stage->value[0], 1);
}

void stage_hog(void *argument)
{
    struct stage *stage = argument;
    stage->value[0] = actor_self();
    spawn(hog, stage, 0);
    CHECK_EQ(word(actor_receive()), 1);
}

static void echo(void *argument)
{
    (void)argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        actor_pid from = message->from;
        uint64_t value = word(message);
        send_word(from, value);
        if (value == 0)
            return;
    }
}

static void talk(void *argument)
{
    const uint64_t *order = argument; /* parent, rounds */
    actor_pid partner = spawn(echo, NULL, 0);
    for (uint64_t i = order[1]; i-- > 0;) {
        send_word(partner, i);
        CHECK_EQ(word(actor_receive()), i);
    }
    send_word(order[0], 1);
}

void stage_traffic(void *argument)
{
    struct stage *stage = argument;
    uint64_t order[2] = {actor_self(), stage->rounds};
    for (int i = 0; i < 8; i++)
        spawn(talk, order, sizeof order);
    for (int i = 0; i < 8; i++)
        actor_receive();
    core_store_release(&stage->stop, true); /* pairs with the watcher's acquire */
}

/* --- listing --------------------------------------------------------------------- */

void stage_idle(void *argument)
{
    (void)argument;
    actor_receive();
}

static void nothing(void *argument)
{
    (void)argument;
}

static void breed(void *argument)
{
    struct stage *stage = argument;
    while (!core_load_relaxed(&stage->stop)) { /* only stops loops */
        for (int i = 0; i < 20; i++)
            actor_spawn(nothing, NULL, 0, NULL); /* at the limit: next time */
        actor_yield();
    }
}

static bool is_listed(const actor_pid *pids, size_t count, actor_pid wanted)
{
    size_t times = 0;
    for (size_t i = 0; i < count; i++)
        times += pids[i] == wanted;
    CHECK(times <= 1); /* shown twice */
    return times == 1;
}

/* Lists itself and all that live, and nobody whose end it has heard of. */
static void check_list(struct stage *stage, const actor_pid *heard, size_t ends)
{
    actor_pid *pids = actor_alloc(LISTED * sizeof *pids);
    size_t found = actor_processes(pids, LISTED);
    CHECK(found > LIVING && found <= LISTED);
    CHECK(is_listed(pids, found, actor_self()));
    for (int i = 0; i < LIVING; i++) /* relaxed: our own stores */
        CHECK(is_listed(pids, found, core_load_relaxed(&stage->living[i])));
    for (size_t i = 0; i < ends; i++)
        CHECK(!is_listed(pids, found, heard[i]));
    actor_free(pids);
}

static actor_pid hear_an_end(void)
{
    struct actor_options options = {.monitor = &(actor_ref){0}};
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(&options, nothing, NULL, 0, &pid), 0);
    const struct actor_message *message = actor_receive();
    CHECK_EQ(message->kind, ACTOR_DOWN);
    CHECK(((const struct actor_down *)message->data)->pid == pid);
    return pid;
}

void stage_churn(void *argument)
{
    struct stage *stage = argument;
    actor_pid heard[64];
    for (int i = 0; i < LIVING; i++) /* relaxed: published by `set` */
        core_store_relaxed(&stage->living[i], spawn(stage_idle, NULL, 0));
    core_store_release(&stage->set, true); /* pairs with the watcher's acquire */
    for (int i = 0; i < 4; i++)
        spawn(breed, stage, 0);
    for (unsigned i = 0; i < stage->rounds; i++) {
        heard[i % 64] = hear_an_end();
        check_list(stage, heard, i < 64 ? i + 1 : 64);
    }
    core_store_release(&stage->stop, true); /* pairs with the watcher's acquire */
}

/* --- run queues ------------------------------------------------------------------ */

void stage_queue(void *argument)
{
    struct stage *stage = argument;
    struct actors_scheduler row;
    struct actors_snapshot before, after;
    actors_snapshot(stage->runtime, &before, &row, 1);
    CHECK_EQ(row.activity, ACTORS_RUNNING);
    CHECK(row.running == actor_self());
    CHECK_EQ(before.runnable, 0);
    for (unsigned p = 0; p <= ACTOR_MAX; p++)
        for (unsigned i = 0; i <= p; i++) {
            struct actor_options options = {.priority = (enum actor_priority)p};
            CHECK_EQ(actor_spawn_with(&options, stage_idle, NULL, 0, NULL), 0);
        }
    actors_snapshot(stage->runtime, &after, &row, 1);
    for (unsigned p = 0; p <= ACTOR_MAX; p++)
        CHECK_EQ(row.runnable[p], p + 1);
    CHECK_EQ(after.runnable, 10);
    CHECK_EQ(after.processes, before.processes + 10);
    CHECK(after.process_slots >= after.processes);
    CHECK(after.stacks >= before.stacks && after.stacks_idle <= after.stacks);
}

/* --- portraits ------------------------------------------------------------------- */

struct gallery {
    actor_pid wanted;
    struct actors_process found;
};

static void pick(void *context, const struct actors_process *process)
{
    struct gallery *gallery = context;
    if (process->pid == gallery->wanted)
        gallery->found = *process;
}

static struct actors_process portrait(struct stage *stage, actor_pid pid)
{
    struct gallery gallery = {.wanted = pid};
    actors_visit_processes(stage->runtime, pick, &gallery);
    CHECK(gallery.found.pid == pid);
    return gallery.found;
}

static bool is_nothing(const struct actor_message *message, void *context)
{
    (void)message, (void)context;
    return false;
}

static void sleeper(void *argument)
{
    (void)argument;
    actor_receive_match(is_nothing, NULL, ACTOR_FOREVER);
}

static void hibernator(void *argument)
{
    actor_hibernate(sleeper, argument);
}

static void loop(void *argument)
{
    (void)argument;
    for (;;)
        actor_yield();
}

static void work(void *argument)
{
    (void)argument;
    for (int i = 0; i < 200; i++)
        actor_bump(1000);
    actor_receive();
}

/* On one scheduler, so that all have settled when the caller goes on. */
void stage_portraits(void *argument)
{
    struct stage *stage = argument;
    actor_pid self = actor_self();
    actor_pid waiting = spawn(sleeper, NULL, 0), asleep = spawn(hibernator, NULL, 0);
    actor_pid worker = spawn(work, NULL, 0);
    actor_pid looping = spawn(loop, NULL, 0), stopped = spawn(loop, NULL, 0);
    struct actor_options options = {.link = true, .priority = ACTOR_HIGH};
    actor_pid child;
    CHECK_EQ(actor_spawn_with(&options, sleeper, NULL, 0, &child), 0);
    CHECK_EQ(actor_register("child", child), 0);
    for (int i = 0; i < 3; i++)
        send_word(waiting, 1);
    CHECK_EQ(actor_suspend(stopped), 0);
    for (int i = 0; i < 100; i++) /* 200 turns of 1,000 reductions fit in 50 of 4,000 */
        actor_yield();

    struct actors_process seen = portrait(stage, worker);
    CHECK_EQ(seen.reductions, 200 * 1000 + 1);
    seen = portrait(stage, waiting);
    CHECK_EQ(seen.status, ACTOR_WAITING);
    CHECK_EQ(seen.messages, 3);
    CHECK_EQ(seen.heap_bytes, 3 * sizeof(uint64_t));
    CHECK(seen.stack_bytes > 0 && seen.reductions > 0 && seen.parent == self);
    CHECK(seen.initial == sleeper && seen.current == sleeper);
    CHECK_STR(seen.name, "");
    seen = portrait(stage, asleep);
    CHECK_EQ(seen.status, ACTOR_HIBERNATING);
    CHECK_EQ(seen.stack_bytes, 0);
    CHECK(seen.initial == hibernator && seen.current == sleeper);
    CHECK_EQ(portrait(stage, looping).status, ACTOR_RUNNABLE);
    CHECK_EQ(portrait(stage, stopped).status, ACTOR_SUSPENDED);
    seen = portrait(stage, child);
    CHECK_EQ(seen.priority, ACTOR_HIGH);
    CHECK_EQ(seen.relations, 1);
    CHECK_STR(seen.name, "child");
    seen = portrait(stage, self);
    CHECK_EQ(seen.status, ACTOR_RUNNING);
    CHECK_EQ(seen.relations, 2); /* a link and a suspension */
    CHECK(seen.parent == 0);
    CHECK_EQ(actor_unregister("child"), 0);
    CHECK_STR(portrait(stage, child).name, "");
    actor_unlink(child);
    actor_exit_signal(looping, "kill");
    actor_exit_signal(stopped, "kill");
}
