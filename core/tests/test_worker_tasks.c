/* Task code for test_worker.c: loops that call nothing, and mistakes. */
#include "loops.h"

#include <stddef.h>

void task_spin(atomic_uint_least64_t *count, atomic_bool *stop)
{
    /* relaxed, here and below: the flag and the counts stand for themselves */
    while (!atomic_load_explicit(stop, memory_order_relaxed))
        atomic_store_explicit(count,
                              atomic_load_explicit(count, memory_order_relaxed) + 1,
                              memory_order_relaxed);
}

/* Keeps vector registers, flags and a red zone alive: any of them lost changes the
 * answer. */
double task_spin_vectors(atomic_bool *stop, double seed)
{
    double a = seed, b = seed + 1, c = seed + 2, d = seed + 3;
    uint64_t wrong = 0;
    /* relaxed: as above */
    while (!atomic_load_explicit(stop, memory_order_relaxed)) {
        for (int i = 0; i < 1000; i++) {
            double t = a;
            a = b;
            b = c;
            c = d;
            d = t;
        }
        if (a + b + c + d != 4 * seed + 6)
            wrong++;
    }
    return wrong == 0 ? a + b + c + d : -1;
}

void task_null_write(void)
{
    *(volatile int *)NULL = 1; // NOLINT(clang-analyzer-core.NullDereference): on purpose
}

uint64_t task_divide(uint64_t a, uint64_t b)
{
    return a / b; /* aarch64 answers 0, as its architecture says */
}

void task_call_nowhere(void (*function)(void))
{
    function();
    __asm__ volatile(""); /* or the call would become a jump, whose origin nobody knows */
}

uint64_t task_recurse(uint64_t depth)
{
    volatile uint64_t frame[32];
    frame[depth % 32] = depth;
    if (depth == UINT64_MAX) /* never: the stack ends long before */
        return 0;
    return task_recurse(depth + 1) + frame[(depth + 1) % 32];
}

void task_illegal(void)
{
    __builtin_trap();
}
