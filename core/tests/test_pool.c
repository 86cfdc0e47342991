/* The pool: blocks are whole, aligned, handed out once, and travel between pools without
 * piling up. Each block in use carries a mark behind its links, so that a block that is
 * handed out twice shows. */
#include "check.h"
#include "crew.h"

#include <core/mpsc.h>
#include <core/pool.h>
#include <core/sanitize.h>
#include <sched.h>

enum { FLOW = 60000, IN_FLIGHT = 1000, TRADERS = 4, TRADES = 20000, HELD = 100 };

#define IN_USE UINT64_C(0xb10c1d1ed0fbead5)

static const size_t sizes[] = {1,    2,    63,   64,   65,   127,  128,  129,
                               255,  256,  257,  511,  512,  513,  1024, 1025,
                               2048, 2049, 4096, 4097, 8191, 8192, 8193, 100000};
enum { SIZES = sizeof sizes / sizeof *sizes, OF_EACH = 150 };

static size_t chunks(const struct core_depot *depot)
{
    size_t count = 0;
    for (struct core_block *chunk = depot->chunks; chunk != NULL; chunk = chunk->next)
        count++;
    return count;
}

static void fill(unsigned char *block, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(seed * 31 + i * 7);
}

static void check_filled(const unsigned char *block, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        CHECK_EQ(block[i], (unsigned char)(seed * 31 + i * 7));
}

static void blocks_are_whole_aligned_and_apart(void)
{
    static unsigned char *block[SIZES][OF_EACH];
    struct core_depot depot;
    struct core_pool pool;
    core_depot_open(&depot, NULL);
    core_pool_open(&pool, &depot);
    for (unsigned s = 0; s < SIZES; s++)
        for (unsigned i = 0; i < OF_EACH; i++) {
            block[s][i] = core_pool_take(&pool, sizes[s]);
            CHECK(block[s][i] != NULL);
            CHECK_EQ((uintptr_t)block[s][i] % 64, 0);
            fill(block[s][i], sizes[s], s * OF_EACH + i);
        }
    CHECK_EQ(core_depot_bytes(&depot), chunks(&depot) * 64 * 1024);
    for (unsigned s = 0; s < SIZES; s++)
        for (unsigned i = 0; i < OF_EACH; i++)
            check_filled(block[s][i], sizes[s], s * OF_EACH + i);
    for (unsigned s = 0; s < SIZES; s++)
        for (unsigned i = 0; i < OF_EACH; i++)
            core_pool_give(&pool, block[s][i], sizes[s]);
    core_depot_close(&depot);
}

#if !CORE_ASAN
static void check_same_class(struct core_pool *pool, size_t one, size_t other, bool same)
{
    void *block = core_pool_take(pool, one);
    core_pool_give(pool, block, one);
    void *again = core_pool_take(pool, other);
    CHECK_EQ(block == again, same); /* last in, first out */
    core_pool_give(pool, again, other);
}

static void classes_end_where_they_say(void)
{
    struct core_depot depot;
    struct core_pool pool;
    core_depot_open(&depot, NULL);
    core_pool_open(&pool, &depot);
    check_same_class(&pool, 1, 64, true);
    for (size_t edge = 64; edge < CORE_POOL_LARGEST; edge *= 2) {
        check_same_class(&pool, edge, edge + 1, false);
        check_same_class(&pool, edge + 1, 2 * edge, true);
    }
    size_t before = chunks(&depot);
    void *large = core_pool_take(&pool, CORE_POOL_LARGEST + 1);
    core_pool_give(&pool, large, CORE_POOL_LARGEST + 1);
    CHECK_EQ(chunks(&depot), before); /* a large block is not cut from a chunk */
    core_depot_close(&depot);
}
#endif

struct parcel {
    struct core_mpsc_node node; /* lies over the free block's links */
    _Alignas(16) uint64_t state;
};

static struct parcel *take_parcel(struct core_pool *pool, size_t size)
{
    struct parcel *parcel = core_pool_take(pool, size);
    CHECK(parcel != NULL);
    /* Nobody has it now. (malloc's own blocks may show what an earlier owner left.) */
    CHECK(CORE_ASAN || parcel->state != IN_USE);
    parcel->state = IN_USE;
    return parcel;
}

static void give_parcel(struct core_pool *pool, struct parcel *parcel, size_t size)
{
    CHECK_EQ(parcel->state, IN_USE);
    parcel->state = 0;
    core_pool_give(pool, parcel, size);
}

struct flow {
    struct core_depot depot;
    struct core_pool pool[2];
    struct core_mpsc queue;
    _Atomic uint32_t in_flight;
    size_t size; /* of a parcel */
};

static void send_parcels(struct flow *flow)
{
    for (int i = 0; i < FLOW; i++) {
        /* relaxed, here and below: a bound on memory, not an order */
        while (core_load_relaxed(&flow->in_flight) >= IN_FLIGHT)
            sched_yield();
        core_add_relaxed(&flow->in_flight, 1);
        core_mpsc_push(&flow->queue, &take_parcel(&flow->pool[0], flow->size)->node);
    }
}

static void receive_parcels(struct flow *flow)
{
    for (int left = FLOW; left > 0;) {
        struct core_mpsc_node *node, *retired;
        if (core_mpsc_pop(&flow->queue, &node, &retired) != CORE_MPSC_NODE) {
            sched_yield();
            continue;
        }
        give_parcel(&flow->pool[1], (struct parcel *)(void *)retired, flow->size);
        core_sub_relaxed(&flow->in_flight, 1); /* as above */
        left--;
    }
}

static void send_or_receive(void *shared, unsigned index)
{
    if (index == 0)
        send_parcels(shared);
    else
        receive_parcels(shared);
}

/* What one side frees must come back to the other: the memory is bounded by what is in
 * flight and what two pools may hold, however long the flow lasts. */
static void check_flow(size_t size, size_t blocks_per_chunk)
{
    struct flow flow = {.size = size};
    core_depot_open(&flow.depot, NULL);
    core_pool_open(&flow.pool[0], &flow.depot);
    core_pool_open(&flow.pool[1], &flow.depot);
    core_mpsc_init(&flow.queue, &take_parcel(&flow.pool[0], size)->node, false);
    crew_run(2, send_or_receive, &flow);
    give_parcel(&flow.pool[1], (struct parcel *)(void *)flow.queue.tail, size);
    /* A chunk is cut when the sender and the depot have none: all blocks are in flight,
     * the queue's stub, or in the receiver's two magazines. */
    size_t most = (IN_FLIGHT + 1 + 2 * CORE_POOL_MAGAZINE) / blocks_per_chunk + 1;
    CHECK(CORE_ASAN || (chunks(&flow.depot) >= 1 && chunks(&flow.depot) <= most));
    core_depot_close(&flow.depot);
}

static void a_one_way_flow_does_not_grow(void)
{
    check_flow(64, 1023);
    check_flow(CORE_POOL_LARGEST, 7);
}

struct market {
    struct core_depot depot;
    struct core_lock lock;
    struct parcel *stall[TRADERS * HELD]; /* under the lock */
    unsigned filled;
};

/* Takes from its own pool or from the stall, gives to its own pool or to the stall. */
static void trade(void *shared, unsigned index)
{
    struct market *market = shared;
    struct core_pool pool;
    struct parcel *held[HELD] = {NULL};
    struct core_rng rng;
    core_rng_seed(&rng, index);
    core_pool_open(&pool, &market->depot);
    for (int i = 0; i < TRADES; i++) {
        struct parcel **slot = &held[core_rng_below(&rng, HELD)];
        if (*slot == NULL) {
            *slot = take_parcel(&pool, sizeof **slot);
            continue;
        }
        struct parcel *other = *slot;
        *slot = NULL;
        core_lock_take(&market->lock);
        unsigned at = core_rng_below(&rng, TRADERS * HELD);
        struct parcel *found = market->stall[at];
        market->stall[at] = other;
        core_lock_give(&market->lock);
        if (found != NULL)
            give_parcel(&pool, found, sizeof *found);
    }
    for (int i = 0; i < HELD; i++)
        if (held[i] != NULL)
            give_parcel(&pool, held[i], sizeof *held[i]);
}

static void no_block_is_handed_out_twice(void)
{
    static struct market market;
    core_depot_open(&market.depot, NULL);
    crew_run(TRADERS, trade, &market);
    struct core_pool pool;
    core_pool_open(&pool, &market.depot);
    for (int i = 0; i < TRADERS * HELD; i++)
        if (market.stall[i] != NULL)
            give_parcel(&pool, market.stall[i], sizeof *market.stall[i]);
    CHECK(chunks(&market.depot) <= 3); /* 800 blocks and 4 pools of 2 magazines at most */
    core_depot_close(&market.depot);
}

static void check_failure(struct core_pool *pool, size_t size)
{
    core_fail_nth(pool->depot->seams, CORE_FAIL_MEMORY, 1);
    CHECK(core_pool_take(pool, size) == NULL);
    unsigned char *block = core_pool_take(pool, size); /* the pool is none the worse */
    CHECK(block != NULL);
    fill(block, size, 1);
    check_filled(block, size, 1);
    core_pool_give(pool, block, size);
}

static void a_failing_allocation_is_an_answer(void)
{
    struct core_seams seams = {.seeded = false};
    struct core_depot depot;
    struct core_pool pool;
    core_depot_open(&depot, &seams);
    core_pool_open(&pool, &depot);
    for (size_t size = 64; size <= 2 * (size_t)CORE_POOL_LARGEST; size *= 2)
        check_failure(&pool, size); /* its class has no blocks yet: memory is asked for */
    core_depot_close(&depot);
}

static void a_size_beyond_the_address_space_is_refused(void)
{
    struct core_depot depot;
    struct core_pool pool;
    core_depot_open(&depot, NULL);
    core_pool_open(&pool, &depot);
    volatile size_t absurd = SIZE_MAX; /* or the compiler would warn of it */
    CHECK(core_pool_take(&pool, absurd) == NULL);
    CHECK(core_pool_take(&pool, absurd - 62) == NULL);
    core_depot_close(&depot);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(blocks_are_whole_aligned_and_apart),
#if !CORE_ASAN /* there every block is malloc's */
        CHECK_CASE(classes_end_where_they_say),
#endif
        CHECK_CASE(a_one_way_flow_does_not_grow),
        CHECK_CASE(no_block_is_handed_out_twice),
        CHECK_CASE(a_failing_allocation_is_an_answer),
        CHECK_CASE(a_size_beyond_the_address_space_is_refused),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
