/* Stacks: guards that hold, many of them, reuse, packing that returns memory and brings
 * every byte back, and memory that runs out. */
#include "check.h"

#include <core/context.h>
#include <core/stack.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_BYTES = 16 * 1024 };

static void the_guard_refuses_access(void)
{
    struct core_stacks stacks;
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    for (int i = 0; i < 100; i++) {
        struct core_stack *stack = core_stacks_take(&stacks);
        CHECK(core_stack_in_guard(stack, stack->bottom - 1));
        CHECK(!core_stack_in_guard(stack, stack->bottom));
        /* The kernel reads a path from there on our behalf: it must answer EFAULT. */
        errno = 0;
        CHECK_EQ(access(stack->bottom - 1, F_OK), -1);
        CHECK_EQ(errno, EFAULT);
        stack->bottom[0] = 1;
        stack->bottom[stack->size - 1] = 1;
    }
    CHECK_EQ(core_stacks_unguarded(&stacks), 0);
    core_stacks_close(&stacks);
}

/* More guarded stacks than vm.max_map_count allows mappings (65,530). */
static void a_hundred_thousand_stacks(void)
{
    struct core_stacks stacks;
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    size_t with = stacks.guards_left < 100000 ? stacks.guards_left : 100000;
    for (int i = 0; i < 100000; i++)
        CHECK(core_stacks_take(&stacks) != NULL);
    CHECK_EQ(core_stacks_unguarded(&stacks), 100000 - with);
    void *other = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(other != MAP_FAILED); /* mappings are left for others */
    munmap(other, 1);
    printf("  %zu of 100000 without a guard\n", core_stacks_unguarded(&stacks));
    core_stacks_close(&stacks);
}

static void stacks_are_counted(void)
{
    struct core_stacks stacks;
    struct core_stack *taken[3];
    size_t made, idle;
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    for (int i = 0; i < 3; i++)
        taken[i] = core_stacks_take(&stacks);
    core_stacks_give(&stacks, taken[0]);
    core_stacks_give(&stacks, taken[1]);
    CHECK(core_stacks_take(&stacks) == taken[1]);
    core_stacks_count(&stacks, &made, &idle);
    CHECK_EQ(made, 3);
    CHECK_EQ(idle, 1);
    core_stacks_close(&stacks);
}

static void given_back_stacks_come_again(void)
{
    struct core_stacks stacks;
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    struct core_stack *first = core_stacks_take(&stacks);
    struct core_stack *second = core_stacks_take(&stacks);
    CHECK(first != second);
    core_stacks_give(&stacks, first);
    CHECK(core_stacks_take(&stacks) == first);
    core_stacks_close(&stacks);
}

static void bad_sizes_are_refused(void)
{
    struct core_stacks stacks;
    CHECK_EQ(core_stacks_open(&stacks, 100, NULL), -EINVAL);
    CHECK_EQ(core_stacks_open(&stacks, (size_t)2 << 30, NULL), -EINVAL);
}

static void no_memory_is_an_answer(void)
{
    struct core_stacks stacks;
    struct core_seams seams = {0};
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, &seams), 0);
    core_fail_nth(&seams, CORE_FAIL_STACK, 1);
    CHECK(core_stacks_take(&stacks) == NULL);
    CHECK(core_stacks_take(&stacks) != NULL);
    core_stacks_close(&stacks);
}

struct sleeper {
    struct core_context main, task;
    struct core_stack *stack;
    uint64_t sum;
};

/* Keeps a filled array on its stack across a switch. */
static void hold_bytes(void *argument)
{
    struct sleeper *sleeper = argument;
    core_context_landed(&sleeper->task);
    volatile uint64_t held[100];
    for (uint64_t i = 0; i < 100; i++)
        held[i] = i * i;
    core_context_switch(&sleeper->task, &sleeper->main);
    sleeper->sum = 0;
    for (uint64_t i = 0; i < 100; i++)
        sleeper->sum += held[i];
    core_context_leave(&sleeper->task, &sleeper->main);
}

static size_t resident_pages(const struct core_stack *stack)
{
    unsigned char pages[64];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 0;
    CHECK_EQ(mincore(stack->bottom, stack->size, pages), 0);
    for (size_t i = 0; i < stack->size / page; i++)
        count += pages[i] & 1;
    return count;
}

static void packing_returns_pages_and_brings_bytes_back(void)
{
    enum { SLEEPERS = 50 };
    static struct sleeper sleepers[SLEEPERS];
    struct core_stack *packed[SLEEPERS];
    void *sps[SLEEPERS];
    struct core_stacks stacks;
    CHECK_EQ(core_stacks_open(&stacks, STACK_BYTES, NULL), 0);
    for (int i = 0; i < SLEEPERS; i++) {
        struct sleeper *s = &sleepers[i];
        s->stack = core_stacks_take(&stacks);
        core_context_adopt(&s->main);
        core_context_open(&s->task, s->stack->bottom, s->stack->size, hold_bytes, s);
        core_context_switch(&s->main, &s->task);
        CHECK(resident_pages(s->stack) > 0);
        packed[i] = s->stack;
        sps[i] = s->task.sp;
    }
    CHECK_EQ(core_stack_pack_many(packed, sps, SLEEPERS), SLEEPERS);
    for (int i = 0; i < SLEEPERS; i++)
        CHECK_EQ(resident_pages(sleepers[i].stack), 0);
    for (int i = 0; i < SLEEPERS; i++) {
        core_stack_unpack(sleepers[i].stack);
        core_context_switch(&sleepers[i].main, &sleepers[i].task);
        CHECK_EQ(sleepers[i].sum, 328350); /* sum of squares below 100 */
        core_context_close(&sleepers[i].task);
        /* The guard is still there after the pages went. */
        CHECK_EQ(access(sleepers[i].stack->bottom - 1, F_OK), -1);
        core_stacks_give(&stacks, sleepers[i].stack);
    }
    core_stacks_close(&stacks);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(the_guard_refuses_access),
        CHECK_CASE(a_hundred_thousand_stacks),
        CHECK_CASE(stacks_are_counted),
        CHECK_CASE(given_back_stacks_come_again),
        CHECK_CASE(bad_sizes_are_refused),
        CHECK_CASE(no_memory_is_an_answer),
        CHECK_CASE(packing_returns_pages_and_brings_bytes_back),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
