/* bench_switch.c - what core's mechanisms cost by themselves, without a model around
 * them.
 *
 *   core_bench [ROUND_MS]     prints one JSON line a figure, nanoseconds an operation
 *
 * The switch is measured against a floor: a hand-written pair that saves the same
 * registers and returns in the same way. Both sides run in every round, in turn, and
 * change who goes first, so that a slower second half of the run hits both. Everything
 * runs on one thread: these are costs without contention, in CPU time, so that a
 * neighbour on the machine adds less to them. Exit status 2: usage; 6: a
 * build that must not be measured.
 */
#include <core/clock.h>
#include <core/context.h>
#include <core/lock.h>
#include <core/mpsc.h>
#include <core/pool.h>
#include <core/stack.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 9, ROUND_MS = 20, BATCH = 1000, STACK_BYTES = 64 * 1024 };

#if defined(NDEBUG) && !CORE_SANITIZED
#define MEASURABLE 1
#else
#define MEASURABLE 0
#endif

/* floor_<machine>.S */
void floor_switch(void **save, void *load);
void *floor_open(void *top, void (*entry)(void));

struct bench {
    struct core_context main, task;
    struct core_lock lock;
    struct core_mpsc queue;
    struct core_mpsc_node node[2], *free_node;
    struct core_depot depot;
    struct core_pool pool;
    uint64_t clock_ns;
};

static struct bench bench;
static void *floor_main, *floor_task; /* the entry of the floor takes no argument */

static void answer(void *argument)
{
    struct bench *b = argument;
    core_context_landed(&b->task);
    for (;;)
        core_context_switch(&b->task, &b->main);
}

static void floor_answer(void)
{
    for (;;)
        floor_switch(&floor_task, floor_main);
}

static void context_switch_pair(struct bench *b)
{
    core_context_switch(&b->main, &b->task);
}

static void floor_switch_pair(struct bench *b)
{
    (void)b;
    floor_switch(&floor_main, floor_task);
}

static void lock_take_give(struct bench *b)
{
    core_lock_take(&b->lock);
    core_lock_give(&b->lock);
}

static void mpsc_push_pop(struct bench *b)
{
    struct core_mpsc_node *node;
    core_mpsc_push(&b->queue, b->free_node);
    if (core_mpsc_pop(&b->queue, &node, &b->free_node) != CORE_MPSC_NODE)
        abort(); /* a figure of a queue that does not work is no figure */
}

static void pool_take_give(struct bench *b)
{
    void *block = core_pool_take(&b->pool, 64);
    if (block == NULL)
        abort();
    core_pool_give(&b->pool, block, 64);
}

static void now_ns(struct bench *b)
{
    b->clock_ns += core_now_ns();
}

/* Runs `op` for about `round_ns`; nanoseconds a call. Inlined into one loop an operation,
 * so that no call through a pointer is measured. */
__attribute__((always_inline)) static inline double
time_op(void (*op)(struct bench *), struct bench *b, uint64_t round_ns)
{
    uint64_t start_ns = core_cpu_ns(), calls = 0, passed_ns;
    do {
        for (int i = 0; i < BATCH; i++)
            op(b);
        calls += BATCH;
        passed_ns = core_cpu_ns() - start_ns;
    } while (passed_ns < round_ns);
    return (double)passed_ns / (double)calls;
}

static int ascending(const void *left, const void *right)
{
    const double *l = left, *r = right;
    return (*l > *r) - (*l < *r);
}

static void print(const char *name, const char *unit, double samples[ROUNDS])
{
    qsort(samples, ROUNDS, sizeof *samples, ascending);
    printf("{\"schema\":\"quartet-core-bench/1\",\"name\":\"%s\",\"unit\":\"%s\","
           "\"rounds\":%d,\"median\":%.3f,\"min\":%.3f,\"max\":%.3f}\n",
           name, unit, (int)ROUNDS, samples[ROUNDS / 2], samples[0], samples[ROUNDS - 1]);
}

static void compare_switches(uint64_t round_ns)
{
    double core[ROUNDS], least[ROUNDS], ratio[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 2 == 0)
            core[i] = time_op(context_switch_pair, &bench, round_ns);
        least[i] = time_op(floor_switch_pair, &bench, round_ns);
        if (i % 2 != 0)
            core[i] = time_op(context_switch_pair, &bench, round_ns);
        ratio[i] = core[i] / least[i];
    }
    print("context_switch_pair", "ns", core);
    print("floor_switch_pair", "ns", least);
    print("switch_ratio", "1", ratio);
}

#define MEASURE(op)                                     \
    do {                                                \
        double samples[ROUNDS];                         \
        for (int i = 0; i < ROUNDS; i++)                \
            samples[i] = time_op(op, &bench, round_ns); \
        print(#op, "ns", samples);                      \
    } while (0)

static void measure(uint64_t round_ns)
{
    compare_switches(round_ns);
    MEASURE(lock_take_give);
    MEASURE(mpsc_push_pop);
    MEASURE(pool_take_give);
    MEASURE(now_ns);
}

static void open_bench(struct core_stacks *stacks)
{
    struct core_stack *stack, *other;
    if (core_stacks_open(stacks, STACK_BYTES, NULL) != 0 ||
        (stack = core_stacks_take(stacks)) == NULL ||
        (other = core_stacks_take(stacks)) == NULL) {
        fprintf(stderr, "core_bench: no memory for two stacks\n");
        exit(7);
    }
    core_context_adopt(&bench.main);
    core_context_open(&bench.task, stack->bottom, stack->size, answer, &bench);
    floor_task = floor_open(other->bottom + other->size, floor_answer);
    core_mpsc_init(&bench.queue, &bench.node[0], false);
    bench.free_node = &bench.node[1];
    core_depot_open(&bench.depot, NULL);
    core_pool_open(&bench.pool, &bench.depot);
}

int main(int argc, char **argv)
{
    char *end = "";
    long round_ms = argc > 1 ? strtol(argv[1], &end, 10) : ROUND_MS;
    struct core_stacks stacks;
    if (argc > 2 || *end != '\0' || round_ms < 1 || round_ms > 10000) {
        fprintf(stderr, "usage: core_bench [ROUND_MS, 1 to 10000]\n");
        return 2;
    }
    if (!MEASURABLE) {
        fprintf(stderr,
                "core_bench: this build has assertions or a sanitizer; measure the "
                "preset `release`\n");
        return 6;
    }
    open_bench(&stacks);
    measure((uint64_t)round_ms * CORE_NS_PER_MS);
    core_context_close(&bench.task);
    core_depot_close(&bench.depot);
    core_stacks_close(&stacks);
    return 0;
}
