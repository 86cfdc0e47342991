/* Task code for test_preempt.c: loops that call nothing and hold what a planted call must
 * bring back. */
#include "preempt_tasks.h"

#include <stdbool.h>

enum { SPINS = 5000 };

/* relaxed: the flag stands for itself */
static inline bool stopped(const atomic_bool *stop)
{
    return atomic_load_explicit(stop, memory_order_relaxed);
}

/* Adds SPINS times a step to each of eight vectors, takes the sum away again and
 * compares. The empty statement makes the compiler keep all eight in registers at each
 * spin. */
#define HOLD_VECTORS(vector, constraint)                                                \
    uint64_t wrong = 0;                                                                 \
    while (!stopped(stop)) {                                                            \
        vector step = (vector){0} + 3;                                                  \
        vector a = step + 1, b = step + 2, c = step + 3, d = step + 4;                  \
        vector e = step + 5, f = step + 6, g = step + 7, h = step + 8;                  \
        for (int i = 0; i < SPINS; i++) {                                               \
            __asm__ volatile(""                                                         \
                             : "+" constraint(a), "+" constraint(b), "+" constraint(c), \
                               "+" constraint(d), "+" constraint(e), "+" constraint(f), \
                               "+" constraint(g), "+" constraint(h));                   \
            a += step, b += step, c += step, d += step;                                 \
            e += step, f += step, g += step, h += step;                                 \
        }                                                                               \
        vector sum = a + b + c + d + e + f + g + h - 8 * (SPINS + 1) * step - 36;       \
        for (unsigned i = 0; i < sizeof sum / sizeof sum[0]; i++)                       \
            wrong += sum[i] != 0;                                                       \
    }                                                                                   \
    return wrong

typedef double two_doubles __attribute__((vector_size(16)));
typedef uint64_t four_words __attribute__((vector_size(32)));
typedef uint64_t eight_words __attribute__((vector_size(64)));

#if defined(__x86_64__)
uint64_t task_hold_doubles(const atomic_bool *stop)
{
    HOLD_VECTORS(two_doubles, "x");
}

__attribute__((target("avx2"))) uint64_t task_hold_avx2(const atomic_bool *stop)
{
    HOLD_VECTORS(four_words, "x");
}

/* Registers 16 to 31 and the masks exist in this extension only: one statement holds them
 * all while it spins, and adds up what is wrong. */
__attribute__((target("avx512f"))) static inline uint64_t hold_upper_half(void)
{
    uint64_t spins = SPINS;
    uint32_t mask1 = 0x5a5a, mask7 = 0xa5a5;
    eight_words low = {1, 2, 3, 4, 5, 6, 7, 8}, high = {9, 10, 11, 12, 13, 14, 15, 16};
    __asm__ volatile("kmovw %[m1], %%k1\n\tkmovw %[m7], %%k7\n\t"
                     "vmovdqa64 %[low], %%zmm16\n\tvmovdqa64 %[high], %%zmm31\n\t"
                     "1: decq %[spins]\n\tjnz 1b\n\t"
                     "kmovw %%k1, %[m1]\n\tkmovw %%k7, %[m7]\n\t"
                     "vmovdqa64 %%zmm16, %[low]\n\tvmovdqa64 %%zmm31, %[high]"
                     : [spins] "+r"(spins), [m1] "+r"(mask1), [m7] "+r"(mask7),
                       [low] "+x"(low), [high] "+x"(high)
                     :
                     : "cc", "k1", "k7", "xmm16", "xmm31");
    uint64_t wrong = mask1 != 0x5a5a || mask7 != 0xa5a5;
    for (unsigned i = 0; i < 8; i++)
        wrong += low[i] != i + 1 || high[i] != i + 9;
    return wrong;
}

__attribute__((target("avx512f"))) uint64_t task_hold_masks(const atomic_bool *stop)
{
    uint64_t wrong = 0;
    while (!stopped(stop))
        wrong += hold_upper_half();
    return wrong;
}

__attribute__((target("avx512f"))) uint64_t task_hold_avx512(const atomic_bool *stop)
{
    HOLD_VECTORS(eight_words, "v");
}
#endif

void task_wait(const atomic_bool *stop)
{
    while (!stopped(stop))
        continue;
}

uint64_t task_wait_deep(const char *bottom, size_t room, atomic_bool *there,
                        const atomic_bool *stop)
{
    volatile char frame[256];
    frame[0] = 1;
    if ((size_t)((const char *)__builtin_frame_address(0) - bottom) >= room) {
        frame[1] = (char)task_wait_deep(bottom, room, there, stop);
    } else {
        atomic_store_explicit(there, true, memory_order_relaxed); /* as above */
        task_wait(stop);
    }
    return (uint64_t)frame[0]; /* read after the call: no frame is given up early */
}

size_t task_measure(size_t (*measure)(const char *), const char *text)
{
    return measure(text) + 1;
}
