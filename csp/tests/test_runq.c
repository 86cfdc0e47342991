/* The run queue of one worker: Go's TestRunq..., and exactly-once under real thieves. */
#include "../src/runq.h"

#include "check.h"
#include <core/sanitize.h>
#include <pthread.h>
#include <stdint.h>

/* The queue does not look into what it holds. */
static struct csp_goroutine *number(uintptr_t n)
{
    return (struct csp_goroutine *)(n + 1); // NOLINT(performance-no-int-to-ptr)
}

static uintptr_t number_of(struct csp_goroutine *goroutine)
{
    return (uintptr_t)goroutine - 1;
}

static void holds_256_in_order(void)
{
    static struct csp_runq queue;
    for (uintptr_t start = 0; start < 3; start++) { /* also across the wrap */
        for (uintptr_t i = 0; i < RUNQ_SLOTS; i++)
            CHECK(csp_runq_put(&queue, number(i)));
        CHECK(!csp_runq_put(&queue, number(0)));
        CHECK_EQ(csp_runq_count(&queue), RUNQ_SLOTS);
        for (uintptr_t i = 0; i < RUNQ_SLOTS; i++)
            CHECK(csp_runq_take(&queue) == number(i));
        CHECK(csp_runq_take(&queue) == NULL);
        CHECK(csp_runq_put(&queue, number(7)));
        CHECK(csp_runq_take(&queue) == number(7));
    }
}

static void next_kicks_its_occupant_out(void)
{
    static struct csp_runq queue;
    CHECK(csp_runq_swap_next(&queue, number(1)) == NULL);
    CHECK(csp_runq_swap_next(&queue, number(2)) == number(1));
    CHECK(!csp_runq_steal_next(&queue, number(1)));
    CHECK(csp_runq_take_next(&queue) == number(2));
    CHECK(csp_runq_take_next(&queue) == NULL);
    CHECK(csp_runq_swap_next(&queue, number(3)) == NULL);
    CHECK(csp_runq_steal_next(&queue, number(3)));
    CHECK(csp_runq_take_next(&queue) == NULL);
}

static void overflow_takes_the_older_half(void)
{
    static struct csp_runq queue;
    struct csp_goroutine *batch[RUNQ_HALF];
    CHECK(!csp_runq_take_half(&queue, batch));
    for (uintptr_t i = 0; i < RUNQ_SLOTS; i++)
        csp_runq_put(&queue, number(i));
    CHECK(csp_runq_take_half(&queue, batch));
    for (uintptr_t i = 0; i < RUNQ_HALF; i++)
        CHECK(batch[i] == number(i) && csp_runq_take(&queue) == number(RUNQ_HALF + i));
    CHECK(csp_runq_take(&queue) == NULL);
}

/* For each fill: a thief gets n - n/2, and together each goroutine comes once. */
static void a_thief_takes_half(void)
{
    static struct csp_runq victim, thief;
    for (uintptr_t fill = 0; fill <= RUNQ_SLOTS; fill++) {
        unsigned seen[RUNQ_SLOTS] = {0};
        uint32_t taken = 99, count = 0;
        struct csp_goroutine *one = NULL;
        for (uintptr_t i = 0; i < fill; i++)
            csp_runq_put(&victim, number(i));
        struct csp_goroutine *first = csp_runq_steal(&thief, &victim, &taken);
        CHECK_EQ(taken, fill - fill / 2);
        CHECK((first == NULL) == (fill == 0));
        CHECK_EQ(csp_runq_count(&victim), fill / 2);
        if (first != NULL)
            seen[number_of(first)]++;
        while ((one = csp_runq_take(&thief)) != NULL || (one = csp_runq_take(&victim)))
            seen[number_of(one)]++;
        for (uintptr_t i = 0; i < fill; i++, count++)
            CHECK_EQ(seen[i], 1);
        CHECK_EQ(count, fill);
    }
}

/* --- Real threads -------------------------------------------------------------- */

enum { THIEVES = 3, TOTAL = CORE_SANITIZED ? 20000 : 200000 };

static struct csp_runq shared;
static _Atomic unsigned char seen_by_any[TOTAL];
static atomic_bool owner_done;

static void note(struct csp_goroutine *goroutine)
{
    uintptr_t n = number_of(goroutine);
    CHECK(n < TOTAL);
    CHECK_EQ(core_add_relaxed(&seen_by_any[n], 1), 0); /* a count by itself */
}

static void *steal_all(void *argument)
{
    struct csp_runq *own = argument;
    bool last_look = false;
    while (!last_look) {
        last_look = core_load_acquire(&owner_done); /* pairs with the owner's release */
        uint32_t taken = 0;
        struct csp_goroutine *one = csp_runq_steal(own, &shared, &taken);
        for (; one != NULL; one = csp_runq_take(own)) {
            last_look = false;
            note(one);
        }
        struct csp_goroutine *next = core_load_relaxed(&shared.next); /* a hint */
        if (next != NULL && csp_runq_steal_next(&shared, next))
            note(next);
    }
    return NULL;
}

static void put_or_note(struct csp_goroutine *goroutine)
{
    struct csp_goroutine *batch[RUNQ_HALF];
    while (!csp_runq_put(&shared, goroutine))
        if (csp_runq_take_half(&shared, batch))
            for (unsigned i = 0; i < RUNQ_HALF; i++)
                note(batch[i]);
}

static void each_comes_once_whoever_takes_it(void)
{
    static struct csp_runq own[THIEVES];
    pthread_t threads[THIEVES];
    struct csp_goroutine *one = NULL;
    for (int i = 0; i < THIEVES; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, steal_all, &own[i]), 0);
    for (uintptr_t i = 0; i < TOTAL; i++) {
        if (i % 3 != 0)
            put_or_note(number(i));
        else if ((one = csp_runq_swap_next(&shared, number(i))) != NULL)
            put_or_note(one);
        if (i % 7 == 0 && (one = csp_runq_take(&shared)) != NULL)
            note(one);
        if (i % 11 == 0 && (one = csp_runq_take_next(&shared)) != NULL)
            note(one);
    }
    while ((one = csp_runq_take_next(&shared)) != NULL ||
           (one = csp_runq_take(&shared)) != NULL)
        note(one);
    core_store_release(&owner_done, true); /* pairs with the thieves' acquire */
    for (int i = 0; i < THIEVES; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < TOTAL; i++)
        CHECK_EQ(seen_by_any[i], 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(holds_256_in_order),
        CHECK_CASE(next_kicks_its_occupant_out),
        CHECK_CASE(overflow_takes_the_older_half),
        CHECK_CASE(a_thief_takes_half),
        CHECK_CASE(each_comes_once_whoever_takes_it),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
