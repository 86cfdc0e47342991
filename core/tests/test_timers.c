/* The timer heap against a model that sorts: order, ties, removal from anywhere. */
#include "check.h"

#include <core/rng.h>
#include <core/timers.h>

enum { MANY = 2000 };

struct item {
    struct core_timer timer;
    uint64_t rank; /* the model's own idea of the order of insertion */
    bool in_model;
};

static struct item *item_of(struct core_timer *timer)
{
    return (struct item *)(void *)timer; /* the timer is its first member */
}

/* What the heap must give next, by looking at everything. */
static struct item *model_first(struct item *items, size_t count)
{
    struct item *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct item *item = &items[i];
        if (!item->in_model)
            continue;
        if (!first || item->timer.deadline_ns < first->timer.deadline_ns ||
            (item->timer.deadline_ns == first->timer.deadline_ns &&
             item->rank < first->rank))
            first = item;
    }
    return first;
}

static void an_empty_heap_has_nothing(void)
{
    struct core_timers timers;
    core_timers_init(&timers);
    struct core_timer timer = {0};
    CHECK(core_timers_next(&timers) == CORE_TIMER_NEVER);
    CHECK(core_timers_first(&timers) == NULL);
    CHECK(core_timers_pop_due(&timers, UINT64_MAX) == NULL);
    CHECK(!core_timers_remove(&timers, &timer));
    core_timers_close(&timers);
}

static void equal_deadlines_fire_in_order_of_insertion(void)
{
    static struct core_timer many[MANY];
    struct core_timers timers;
    core_timers_init(&timers);
    for (size_t i = 0; i < MANY; i++)
        CHECK_EQ(core_timers_insert(&timers, &many[i], 7), 0);
    for (size_t i = 0; i < MANY; i++)
        CHECK(core_timers_pop_due(&timers, 7) == &many[i]);
    CHECK_EQ(timers.count, 0);
    core_timers_close(&timers);
}

static void nothing_fires_early(void)
{
    struct core_timers timers;
    core_timers_init(&timers);
    struct core_timer timer = {0};
    CHECK_EQ(core_timers_insert(&timers, &timer, 100), 0);
    CHECK_EQ(core_timers_next(&timers), 100);
    CHECK(core_timers_pop_due(&timers, 99) == NULL);
    CHECK(core_timer_pending(&timer));
    CHECK(core_timers_pop_due(&timers, 100) == &timer);
    CHECK(!core_timer_pending(&timer));
    core_timers_close(&timers);
}

static void a_reset_goes_behind_its_equals(void)
{
    struct core_timers timers;
    core_timers_init(&timers);
    struct core_timer a = {0}, b = {0}, c = {0};
    CHECK_EQ(core_timers_insert(&timers, &a, 5), 0);
    CHECK_EQ(core_timers_insert(&timers, &b, 5), 0);
    CHECK_EQ(core_timers_insert(&timers, &c, 5), 0);
    CHECK_EQ(core_timers_reset(&timers, &a, 5), 0);
    CHECK(core_timers_pop_due(&timers, 5) == &b);
    CHECK(core_timers_pop_due(&timers, 5) == &c);
    CHECK(core_timers_pop_due(&timers, 5) == &a);
    CHECK_EQ(core_timers_reset(&timers, &c, 8), 0); /* inserts where it was in no heap */
    CHECK_EQ(core_timers_next(&timers), 8);
    core_timers_close(&timers);
    CHECK(!core_timer_pending(&c));
}

static void random_step(struct core_timers *timers, struct item *item, uint64_t *rank,
                        struct core_rng *rng)
{
    uint64_t deadline = core_rng_below(rng, 50); /* few values: many ties */
    if (core_rng_below(rng, 3) == 0) {
        CHECK_EQ(core_timers_remove(timers, &item->timer), item->in_model);
        item->in_model = false;
    } else {
        CHECK_EQ(core_timers_reset(timers, &item->timer, deadline), 0);
        item->rank = (*rank)++;
        item->in_model = true;
    }
}

static void random_use_agrees_with_a_sorted_model(void)
{
    enum { ITEMS = 150 };
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct item items[ITEMS] = {0};
        struct core_timers timers;
        struct core_rng rng;
        uint64_t rank = 0;
        core_timers_init(&timers);
        core_rng_seed(&rng, seed);
        for (int step = 0; step < 1000; step++) {
            random_step(&timers, &items[core_rng_below(&rng, ITEMS)], &rank, &rng);
            struct item *first = model_first(items, ITEMS);
            CHECK(core_timers_first(&timers) == (first ? &first->timer : NULL));
            uint64_t now = core_rng_below(&rng, 400);
            if (!first || first->timer.deadline_ns > now)
                continue;
            CHECK(item_of(core_timers_pop_due(&timers, now)) == first);
            first->in_model = false;
        }
        core_timers_close(&timers);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(an_empty_heap_has_nothing),
        CHECK_CASE(equal_deadlines_fire_in_order_of_insertion),
        CHECK_CASE(nothing_fires_early),
        CHECK_CASE(a_reset_goes_behind_its_equals),
        CHECK_CASE(random_use_agrees_with_a_sorted_model),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
