/* The processes of test_dirty.c. Nothing here depends on how long anything takes: who
 * waits for a native function waits for what it counts. */
#include "bodies_dirty.h"

#include <errno.h>

/* --- schedulers stay free ------------------------------------------------------ */

static void at_gate_io(void *argument)
{
    const struct dirty_call *call = argument;
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_IO, native_gate, call->world), 0);
    send_word(call->parent, call->number);
}

static void echo(void *argument)
{
    (void)argument;
    for (;;) {
        const struct actor_message *message = actor_receive();
        send_word(message->from, word(message) + 1);
    }
}

/* Two of each kind are inside (the limits are two and two), two of each wait behind. */
void body_schedulers_stay_free(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 1000000);
    for (int i = 0; i < 4; i++) {
        spawn(at_gate_cpu, &call, sizeof call);
        spawn(at_gate_io, &call, sizeof call);
    }
    await(&world->inside, 4);
    actor_pid other = spawn(echo, NULL, 0);
    uint64_t value = 0;
    while (value < 2000) {
        send_word(other, value);
        value = word(actor_receive());
    }
    CHECK(actor_receive_within(2 * MS) == NULL);
    CHECK_EQ(now(&world->inside), 4);
    CHECK_EQ(now(&world->gone), 0);
    open_gate(world);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(word(actor_receive()), 1000000);
    CHECK_EQ(now(&world->gone), 8);
    CHECK_EQ(actor_exit_signal(other, "kill"), 0);
    world->answer = value;
}

/* --- order --------------------------------------------------------------------- */

static void await_queue(struct dirty_world *world, uint64_t length)
{
    struct dirty_call look = {world, 0, 0, NULL, NULL};
    do
        CHECK_EQ(actor_dirty(ACTOR_DIRTY_IO, native_queue, &look), 0);
    while (look.number < length);
    CHECK_EQ(look.number, length);
}

/* One CPU thread, occupied; more follow in the order in which they came. */
void body_fifo(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 0);
    spawn(at_gate_cpu, &call, sizeof call);
    await(&world->inside, 1);
    for (call.number = 1; call.number <= 20; call.number++) {
        spawn(numbered, &call, sizeof call);
        await_queue(world, call.number);
    }
    open_gate(world);
    for (int i = 0; i <= 20; i++)
        actor_receive();
    for (uint64_t i = 0; i < 20; i++)
        CHECK_EQ(world->order[i], i + 1);
    world->answer = now(&world->ordered);
}

/* --- ends ---------------------------------------------------------------------- */

static void heir(void *argument)
{
    struct dirty_call *call = argument, here = *call;
    uint64_t *memory = actor_alloc(100000);
    CHECK(memory != NULL);
    *memory = 4711;
    here.memory = memory;
    here.message = actor_receive()->data;
    CHECK_EQ(actor_register("heir", actor_self()), 0);
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_IO, native_inherits, &here), 0);
    send_word(call->parent, 1); /* never */
}

/* Killed inside: ended for everybody at once; the function keeps what it uses. */
void body_killed_inside(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 0);
    struct actor_info info;
    actor_ref monitor, late;
    actor_trap_exit(true);
    actor_pid pid = spawn_monitored(heir, &call, &monitor);
    CHECK_EQ(actor_link(pid), 0);
    send_word(pid, 4711);
    await(&world->inside, 1);
    send_word(pid, 1);
    send_word(pid, 2);
    CHECK(actor_is_alive(pid));
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    CHECK_EQ(info.mailbox_length, 2);
    CHECK_EQ(info.status, ACTOR_RUNNING);
    CHECK_EQ(info.links, 1);
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    CHECK(!actor_is_alive(pid));
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), -ESRCH);
    CHECK_EQ(actor_whereis("heir"), 0);
    const struct actor_message *message = take(ACTOR_EXIT);
    CHECK(message->from == pid && message->size == 6);
    CHECK(memcmp(message->data, "killed", 6) == 0);
    CHECK(down_is(monitor, "killed"));
    CHECK_EQ(actor_monitor(pid, &late), 0);
    CHECK(down_is(late, "noproc"));
    CHECK_EQ(now(&world->gone), 0); /* it is still inside */
    open_gate(world);
    await(&world->gone, 1);
    CHECK(actor_receive_within(0) == NULL);
    world->answer = 1;
}

static void trapper(void *argument)
{
    const struct dirty_call *call = argument;
    actor_trap_exit(true);
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_IO, native_gate, call->world), 0);
    const struct actor_message *message = take(ACTOR_EXIT);
    bool kept = message->from == call->parent && message->size == 3;
    send_word(call->parent, kept);
}

/* Ends by "boom" when it is told to, linked to one at the gate. */
static void bad_friend(void *argument)
{
    struct actor_options options = {.link = true};
    actor_pid child;
    CHECK_EQ(actor_spawn_with(&options, at_gate_io, argument, sizeof(struct dirty_call),
                              &child),
             0);
    send_word(((struct dirty_call *)argument)->parent, child);
    actor_receive();
    actor_exit_with("boom", 4);
}

/* Exit signals inside do what they do elsewhere. */
void body_exit_signals_inside(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 7);
    actor_ref plain_end, trapper_end, linked_end;
    actor_pid plain = spawn_monitored(at_gate_io, &call, &plain_end);
    actor_pid traps = spawn_monitored(trapper, &call, &trapper_end);
    actor_pid friend = spawn(bad_friend, &call, sizeof call);
    actor_pid linked = word(actor_receive());
    await(&world->inside, 3);
    CHECK_EQ(actor_monitor(linked, &linked_end), 0);
    CHECK_EQ(actor_exit_signal(plain, "normal"), 0);
    CHECK(actor_is_alive(plain) && actor_is_alive(linked));
    CHECK_EQ(actor_exit_signal(plain, "foo"), 0);
    CHECK(down_is(plain_end, "foo"));
    send_word(friend, 0);
    CHECK(down_is(linked_end, "boom"));
    CHECK_EQ(actor_exit_signal(traps, "bar"), 0);
    CHECK(actor_is_alive(traps) && nothing_of(ACTOR_DOWN));
    CHECK_EQ(now(&world->gone), 0);
    open_gate(world);
    world->answer = word(take(ACTOR_MESSAGE)); /* the trapper's */
    CHECK(down_is(trapper_end, "normal"));
    await(&world->gone, 3);
    CHECK(actor_receive_within(0) == NULL);
}

/* Killed while queued: its function is never called. */
void body_killed_in_queue(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 1);
    struct actor_info info;
    actor_ref monitor;
    spawn(at_gate_cpu, &call, sizeof call);
    await(&world->inside, 1);
    call.number = 2;
    actor_pid second = spawn_monitored(numbered, &call, &monitor);
    await_queue(world, 1);
    CHECK_EQ(actor_process_info(second, &info, NULL, 0), 0);
    CHECK_EQ(info.status, ACTOR_RUNNABLE);
    call.number = 3;
    spawn(numbered, &call, sizeof call);
    await_queue(world, 2);
    CHECK_EQ(actor_exit_signal(second, "kill"), 0);
    CHECK(down_is(monitor, "killed"));
    await_queue(world, 1);
    open_gate(world);
    CHECK_EQ(word(actor_receive()) + word(actor_receive()), 4);
    CHECK_EQ(world->order[0], 3);
    world->answer = now(&world->ordered);
}

/* Its own code does not run on until it is resumed; messages keep their order. */
void body_suspended_inside(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 5);
    actor_pid pid = spawn(at_gate_io, &call, sizeof call);
    await(&world->inside, 1);
    CHECK_EQ(actor_suspend(pid), 0);
    open_gate(world);
    await(&world->gone, 1);
    for (int i = 0; i < 100; i++) { /* each is handled, and starts nothing */
        send_word(pid, 1);
        CHECK(actor_is_alive(pid));
    }
    CHECK(actor_receive_within(2 * MS) == NULL);
    CHECK_EQ(actor_resume(pid), 0);
    world->answer = word(actor_receive());
}

/* --- native functions send ----------------------------------------------------- */

static void sender(void *argument)
{
    struct dirty_call *call = argument;
    for (int round = 0; round < 3; round++) {
        call->number = 100;
        if (round < 2)
            CHECK_EQ(actor_dirty((enum actor_dirty_kind)round, native_sends, call), 0);
        else
            CHECK_EQ(actor_native(native_step_sends, call), 0);
        send_word(call->parent, 100);
    }
}

void body_sends_from_native(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 0);
    actor_pid pid = spawn(sender, &call, sizeof call);
    for (int round = 0; round < 3; round++)
        for (uint64_t i = 0; i <= 100; i++) {
            const struct actor_message *message = actor_receive();
            CHECK_EQ(word(message), i);
            CHECK(message->from == pid);
            world->answer++;
        }
}

static void speaker(void *argument)
{
    struct dirty_call *call = argument;
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_CPU, native_talks_for_the_dead, call), 0);
}

/* Nothing comes after DOWN, though the function sends all the time. */
void body_silent_after_death(void *argument)
{
    struct dirty_world *world = argument;
    for (uint64_t i = 0; i < 50; i++) {
        struct dirty_call call = call_of(world, 0);
        actor_ref monitor;
        actor_pid pid = spawn_monitored(speaker, &call, &monitor);
        CHECK_EQ(word(actor_receive()), 0);
        CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
        const struct actor_message *message;
        for (uint64_t next = 1; (message = actor_receive())->kind == ACTOR_MESSAGE;)
            CHECK_EQ(word(message), next++);
        CHECK(message->kind == ACTOR_DOWN);
        CHECK(actor_receive_within(0) == NULL);
        world->answer++;
    }
    await(&world->gone, 50);
    CHECK(actor_receive_within(0) == NULL);
}

/* --- many ---------------------------------------------------------------------- */

static void one_of_many(void *argument)
{
    struct dirty_call *call = argument;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(actor_dirty((enum actor_dirty_kind)(i % 2), native_add, call), 0);
        call->number++;
    }
    send_word(call->parent, call->number - 3);
}

void body_thousand(void *argument)
{
    struct dirty_world *world = argument;
    uint64_t heard = 0;
    for (uint64_t i = 1; i <= 1000; i++) {
        struct dirty_call call = call_of(world, i);
        spawn(one_of_many, &call, sizeof call);
    }
    for (int i = 0; i < 1000; i++)
        heard += word(actor_receive());
    CHECK_EQ(heard, 500500);
    world->answer = now(&world->ordered); /* the sum that the native functions made */
}

static void mortal(void *argument)
{
    struct dirty_call *call = argument;
    uint64_t *memory = actor_alloc(64 + call->number % 1000);
    for (;;) {
        *memory = call->number;
        CHECK_EQ(
            actor_dirty((enum actor_dirty_kind)(call->number % 2), native_sends, call),
            0);
        CHECK_EQ(*memory, call->number);
    }
}

/* Processes are killed somewhere in their calls; each death is heard once, after all that
 * its function sent. */
void body_random_deaths(void *argument)
{
    struct dirty_world *world = argument;
    actor_pid pids[30] = {0};
    actor_ref monitors[30];
    uint32_t dice = world->schedulers;
    uint64_t deaths = 0, born = 0;
    while (deaths < 300) {
        dice = dice * 1664525 + 1013904223;
        uint32_t at = (dice >> 16) % 30;
        if (pids[at] == 0 && born < 300) {
            struct dirty_call call = call_of(world, 1 + dice % 4);
            pids[at] = spawn_monitored(mortal, &call, &monitors[at]);
            born++;
        } else if (pids[at] != 0) {
            CHECK_EQ(actor_exit_signal(pids[at], dice & 1 ? "kill" : "shot"), 0);
        }
        const struct actor_message *message = actor_receive_within(0);
        for (; message != NULL; message = actor_receive_within(0)) {
            bool known = false;
            if (message->kind != ACTOR_DOWN) {
                for (int i = 0; i < 30; i++)
                    known = known || pids[i] == message->from;
                CHECK(known); /* nobody speaks after his death */
                continue;
            }
            const struct actor_down *down = message->data;
            for (int i = 0; i < 30; i++)
                if (pids[i] == down->pid && monitors[i] == down->monitor) {
                    pids[i] = 0;
                    known = true;
                }
            CHECK(known);
            deaths++;
        }
    }
    world->answer = deaths;
}

/* Leaves some inside, one of them dead, and some queued; the test stops the runtime. */
void body_left_inside(void *argument)
{
    struct dirty_world *world = argument;
    struct dirty_call call = call_of(world, 1);
    actor_ref monitor;
    actor_pid pid = spawn_monitored(at_gate_io, &call, &monitor);
    await(&world->inside, 1);
    for (int i = 0; i < 3; i++) {
        spawn(at_gate_cpu, &call, sizeof call);
        spawn(at_gate_io, &call, sizeof call);
    }
    await(&world->inside, 4);
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    CHECK(down_is(monitor, "killed"));
}
