#include <core/rng.h>

#include <assert.h>

static uint32_t rotate_left(uint32_t x, unsigned k)
{
    return (x << k) | (x >> (32U - k));
}

/* Step of splitmix with a 32-bit state: Weyl sequence and the finaliser of MurmurHash3.
 */
static uint32_t splitmix32(uint32_t *state)
{
    uint32_t z = *state += UINT32_C(0x9e3779b9);
    z = (z ^ (z >> 16)) * UINT32_C(0x85ebca6b);
    z = (z ^ (z >> 13)) * UINT32_C(0xc2b2ae35);
    return z ^ (z >> 16);
}

void core_rng_seed(struct core_rng *rng, uint32_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->state[i] = splitmix32(&seed);
}

uint32_t core_rng_next(struct core_rng *rng)
{
    uint32_t *s = rng->state;
    assert((s[0] | s[1] | s[2] | s[3]) != 0 && "an all-zero state stays zero");
    uint32_t result = rotate_left(s[1] * 5, 7) * 9;
    uint32_t t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 11);
    return result;
}

uint32_t core_rng_below(struct core_rng *rng, uint32_t bound)
{
    assert(bound > 0);
    return (uint32_t)(((uint64_t)core_rng_next(rng) * bound) >> 32);
}
