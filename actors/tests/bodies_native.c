/* More processes of test_dirty.c: failures, native functions in place, and what ends the
 * program. */
#include "bodies_dirty.h"

#include <errno.h>

/* --- bad input, and failures --------------------------------------------------- */

void body_bad_arguments(void *argument)
{
    struct dirty_world *world = argument;
    uint64_t value = 1;
    CHECK_EQ(actor_dirty((enum actor_dirty_kind)2, native_room, world), -EINVAL);
    CHECK_EQ(actor_dirty((enum actor_dirty_kind) - 1, native_room, world), -EINVAL);
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_CPU, NULL, world), -EINVAL);
    CHECK_EQ(actor_native(NULL, world), -EINVAL);
    CHECK_EQ(actor_native_send(actor_self(), &value, sizeof value), -EPERM);
    CHECK(!actor_native_is_alive());
    CHECK(actor_receive_within(0) == NULL);
    world->answer = 1;
}

/* Each call works, or says why not and has done nothing. */
void body_failures(void *argument)
{
    struct dirty_world *world = argument;
    for (int i = 0; i < 3; i++) {
        struct dirty_call call = call_of(world, 1);
        uint64_t before = now(&world->ordered);
        int rc = i < 2 ? actor_dirty((enum actor_dirty_kind)i, native_add, &call)
                       : actor_native(native_step_sends, &call);
        CHECK(rc == 0 || rc == -ENOMEM || rc == -EAGAIN);
        if (i < 2)
            CHECK_EQ(now(&world->ordered), before + (rc == 0));
        world->answer += rc == 0;
    }
    while (actor_receive_within(0) != NULL)
        ;
}

/* Whoever fails to get a thread hears of it; the next call tries again. */
void body_few_threads(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 1);
    world->answer = (uint64_t)-actor_dirty(ACTOR_DIRTY_IO, native_add, &call);
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_IO, native_add, &call), 0);
    CHECK_EQ(now(&world->ordered), 1);
}

/* The first gets a thread; the second's fails, so it waits for the first's. */
void body_one_thread(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 1);
    spawn(at_gate_cpu, &call, sizeof call);
    await(&world->inside, 1);
    spawn(numbered, &call, sizeof call);
    spawn(at_gate_cpu, &call, sizeof call); /* gets the second thread */
    await(&world->inside, 2);
    open_gate(world);
    for (int i = 0; i < 3; i++)
        world->answer += word(actor_receive());
}

/* --- in place ------------------------------------------------------------------ */

static void counter(void *argument)
{
    struct dirty_call *call = argument;
    for (;;) {
        core_add_relaxed(&call->world->ordered, 1); /* a count by itself */
        actor_yield();
    }
}

/* Between two steps of two ticks each another process has its turn. */
void body_steps(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 5);
    spawn(counter, &call, sizeof call);
    CHECK_EQ(actor_native(native_step, &call), 0);
    CHECK_EQ(now(&world->gone), 5);
    world->answer = now(&world->ordered) >= 4;
}

/* Shorter steps are paid for too. */
void body_steps_charged(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 45);
    spawn(counter, &call, sizeof call);
    CHECK_EQ(actor_native(native_step_watches, &call), 0);
    CHECK(world->order[2] <= 10);
    world->answer = now(&world->ordered) >= 4;
}

static void steps_for_ever(void *argument)
{
    struct dirty_call *call = argument;
    call->number = UINT64_MAX;
    actor_native(native_step, call);
    CHECK(false);
}

void body_steps_killed(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 0);
    actor_ref monitor;
    actor_pid pid = spawn_monitored(steps_for_ever, &call, &monitor);
    await(&world->gone, 2);
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    CHECK(down_is(monitor, "killed"));
    uint64_t steps = now(&world->gone);
    CHECK(actor_receive_within(10 * MS) == NULL);
    CHECK_EQ(now(&world->gone), steps);
    world->answer = 1;
}

void body_rooms(void *argument)
{
    struct dirty_world *world = argument;
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(actor_dirty(ACTOR_DIRTY_CPU, native_room, world), 0);
        CHECK_EQ(actor_dirty(ACTOR_DIRTY_IO, native_room, world), 0);
        CHECK_EQ(actor_native(native_step_room, world), 0);
    }
    world->answer = now(&world->ordered);
}

static void hoarder(void *argument)
{
    struct dirty_call *call = argument;
    actor_dirty(ACTOR_DIRTY_IO, native_gate, call->world);
    CHECK(false);
}

/* Messages that come meanwhile count. */
void body_too_large_inside(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 0);
    char large[5000] = {0};
    actor_ref monitor;
    struct actor_options options = {.monitor = &monitor, .heap_limit_bytes = 20000};
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(&options, hoarder, &call, sizeof call, &pid), 0);
    await(&world->inside, 1);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(actor_send(pid, large, sizeof large), 0);
    CHECK(down_is(monitor, "killed"));
    open_gate(world);
    await(&world->gone, 1);
    world->answer = 1;
}

/* --- what ends the program ----------------------------------------------------- */

void body_calls_receives(void *world)
{
    actor_dirty(ACTOR_DIRTY_CPU, native_receives, world);
}

void body_calls_exits(void *world)
{
    actor_dirty(ACTOR_DIRTY_CPU, native_exits, world);
}

void body_calls_faults(void *world)
{
    actor_dirty(ACTOR_DIRTY_CPU, native_faults, world);
}

void body_calls_step_receives(void *world)
{
    actor_native(native_step_receives, world);
}
