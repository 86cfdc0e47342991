#include <core/atomic.h>
#include <core/seam.h>

#include <assert.h>
#include <stddef.h>

void core_seams_seed(struct core_seams *seams, uint32_t seed)
{
    seams->seeded = true;
    core_rng_seed(&seams->rng, seed);
    seams->choices = 0;
    seams->signature = UINT64_C(14695981039346656037); /* FNV-1a's offset basis */
}

uint32_t core_choose(struct core_seams *seams, uint32_t bound, uint32_t usual)
{
    assert(bound > 0 && usual < bound);
    if (seams == NULL || !seams->seeded)
        return usual;
    uint32_t choice = core_rng_below(&seams->rng, bound);
    seams->choices++;
    seams->signature =
        (seams->signature ^ choice) * UINT64_C(1099511628211); /* FNV prime */
    return choice;
}

bool core_fails(struct core_seams *seams, enum core_fail_site site)
{
    if (seams == NULL)
        return false;
    /* Relaxed: a counter by itself; no other data is passed through it. */
    if (core_load_relaxed(&seams->fail_after[site]) <= 0)
        return false;
    return core_sub_relaxed(&seams->fail_after[site], 1) == 1; /* as above */
}

void core_fail_nth(struct core_seams *seams, enum core_fail_site site, int64_t nth)
{
    core_store_relaxed(&seams->fail_after[site], nth); /* as above */
}
