/* backtrace_victim.c - what test_backtrace.sh steps through: a task and its scheduler,
 * each some calls deep, switch to and fro. Function names are what the test looks for. */
#include "check.h"

#include <core/context.h>
#include <core/stack.h>

enum { STACK_BYTES = 64 * 1024, ROUNDS = 3 };

struct pair {
    struct core_context scheduler, task;
    unsigned turns;
};

/* The functions that call keep something to do after the call, so that none becomes a
 * jump and disappears from the stack. */
__attribute__((noinline)) static void task_inner(struct pair *pair)
{
    pair->turns++;
    core_context_switch(&pair->task, &pair->scheduler);
    pair->turns++;
}

__attribute__((noinline)) static void task_outer(void *argument)
{
    struct pair *pair = argument;
    core_context_landed(&pair->task);
    for (;;)
        task_inner(pair);
}

__attribute__((noinline)) static void scheduler_inner(struct pair *pair)
{
    pair->turns++;
    core_context_switch(&pair->scheduler, &pair->task);
    pair->turns++;
}

int main(void)
{
    struct core_stacks stacks;
    struct pair pair = {.turns = 0};
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    struct core_stack *stack = core_stacks_take(&stacks);
    core_context_adopt(&pair.scheduler);
    core_context_open(&pair.task, stack->bottom, stack->size, task_outer, &pair);
    for (int i = 0; i < ROUNDS; i++)
        scheduler_inner(&pair);
    CHECK_EQ(pair.turns, 4 * ROUNDS - 1);
    core_context_close(&pair.task);
    core_stacks_close(&stacks);
    return 0;
}
