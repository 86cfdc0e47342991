/* The processes of test_trace_events.c. */
#include "bodies_introspection.h"

static void answer(void *argument)
{
    (void)argument;
    send_word(actor_receive()->from, 1);
}

static void crash(void *argument)
{
    (void)argument;
    actor_exit("crash");
}

static void rest(void *argument)
{
    (void)argument;
}

/* Says in value[] who it was: itself, who answered, who crashed, who hibernated. */
void stage_script(void *argument)
{
    struct stage *stage = argument;
    stage->value[0] = actor_self();
    stage->value[1] = spawn(answer, NULL, 0);
    send_word(stage->value[1], 1);
    actor_receive();
    actor_yield();
    stage->value[2] = spawn(crash, NULL, 0);
    CHECK(actor_receive_within(MS) == NULL);
    const struct actor_binary *binary = actor_binary_new(stage, 65);
    CHECK_EQ(actor_send_binary(actor_self(), binary), 0);
    actor_hibernate(rest, NULL); /* goes on at once: there is a message */
}

static void spin(void *argument)
{
    struct stage *stage = argument;
    core_store_relaxed(&stage->hog, actor_self()); /* read after the end */
    while (!core_load_relaxed(&stage->stop))       /* only stops a loop */
        ;
}

void stage_preempt(void *argument)
{
    struct stage *stage = argument;
    spawn(spin, stage, 0);
    actor_yield();                          /* comes back when that one is stopped */
    core_store_relaxed(&stage->stop, true); /* as above */
}
