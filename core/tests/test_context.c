/* Switching: values survive, floating point survives, contexts nest, and stacks are
 * reusable. */
#include "check.h"

#include <core/context.h>
#include <core/stack.h>
#include <stdint.h>
#include <sys/mman.h>

enum { STACK_BYTES = 64 * 1024 };

struct pair {
    struct core_context main, task;
    uint64_t count;
    double sum;
};

static void count_forever(void *argument)
{
    struct pair *pair = argument;
    core_context_landed(&pair->task);
    double x = 0.5;
    for (uint64_t i = 1;; i++) {
        pair->count = i;
        pair->sum += x;
        x += 1.0; /* lives across switches, in a register or on this stack */
        core_context_switch(&pair->task, &pair->main);
    }
}

static void values_survive_a_million_switches(void)
{
    struct core_stacks stacks;
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    struct core_stack *stack = core_stacks_take(&stacks);
    struct pair pair = {.count = 0};
    core_context_adopt(&pair.main);
    core_context_open(&pair.task, stack->bottom, stack->size, count_forever, &pair);
    double expected = 0;
    for (uint64_t i = 1; i <= 1000000; i++) {
        core_context_switch(&pair.main, &pair.task);
        CHECK_EQ(pair.count, i);
        expected += (double)i - 0.5;
    }
    CHECK(pair.sum == expected);
    core_context_close(&pair.task);
    core_stacks_close(&stacks);
}

struct chain {
    struct core_context context[64];
    struct core_context main;
    int visited;
    int at;
};

static void visit_next(void *argument)
{
    struct chain *chain = argument;
    int me = chain->at;
    core_context_landed(&chain->context[me]);
    chain->visited++;
    chain->at = me + 1;
    struct core_context *next = me + 1 < 64 ? &chain->context[me + 1] : &chain->main;
    core_context_leave(&chain->context[me], next);
}

static void contexts_chain_and_leave(void)
{
    struct core_stacks stacks;
    struct chain chain = {.visited = 0};
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    core_context_adopt(&chain.main);
    for (int i = 0; i < 64; i++) {
        struct core_stack *stack = core_stacks_take(&stacks);
        core_context_open(&chain.context[i], stack->bottom, stack->size, visit_next,
                          &chain);
    }
    core_context_switch(&chain.main, &chain.context[0]);
    CHECK_EQ(chain.visited, 64);
    for (int i = 0; i < 64; i++)
        core_context_close(&chain.context[i]);
    core_stacks_close(&stacks);
}

static void entry_is_aligned(void *argument)
{
    struct pair *pair = argument;
    core_context_landed(&pair->task);
    /* A vector on the stack faults by itself where sp is off; the address shows it too.
     */
    volatile _Alignas(16) char vector[16] = {0};
    pair->count = (uintptr_t)vector % 16 + (uintptr_t)__builtin_frame_address(0) % 16;
    core_context_leave(&pair->task, &pair->main);
}

static void a_fresh_stack_is_aligned_for_vectors(void)
{
    struct core_stacks stacks;
    struct pair pair = {.count = 99};
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    struct core_stack *stack = core_stacks_take(&stacks);
    core_context_adopt(&pair.main);
    core_context_open(&pair.task, stack->bottom, stack->size, entry_is_aligned, &pair);
    core_context_switch(&pair.main, &pair.task);
    CHECK_EQ(pair.count, 0);
    core_context_close(&pair.task);
    core_stacks_close(&stacks);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(values_survive_a_million_switches),
        CHECK_CASE(contexts_chain_and_leave),
        CHECK_CASE(a_fresh_stack_is_aligned_for_vectors),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
