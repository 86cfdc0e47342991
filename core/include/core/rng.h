/* rng.h - the one random generator of the project: xoshiro128** 1.1 (Blackman and Vigna,
 * "Scrambled linear pseudorandom number generators", 2019), seeded through splitmix32
 * steps.
 *
 * 32 bits, so that JavaScript and Erlang compute it without big integers: each workload
 * draws the same numbers in six languages. The state {1, 2, 3, 4} must give 11520, 0,
 * 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
 * 4258142804.
 */
#ifndef CORE_RNG_H
#define CORE_RNG_H

#include <stdint.h>

struct core_rng {
    uint32_t state[4];
};

/* Seeds a generator; equal seeds give equal sequences in every language of the project.
 */
void core_rng_seed(struct core_rng *rng, uint32_t seed);

/* The next 32 bits. Thread: the generator's owner. */
uint32_t core_rng_next(struct core_rng *rng);

/* A uniform number below `bound` (> 0) by multiplication: (next * bound) >> 32. */
uint32_t core_rng_below(struct core_rng *rng, uint32_t bound);

#endif
