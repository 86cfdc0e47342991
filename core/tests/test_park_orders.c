/* Two unparks between the steps of one park: the token of the second meets that of the
 * first and is consumed with it, so what both wakers wrote must be visible. Other threads
 * give the tokens while the owner stands still. Who waits for whom goes through relaxed
 * atomics, so that nothing but the token orders the letters; ThreadSanitizer is the judge
 * of that. Everywhere else this shows that one park consumes both. */
#include "park_orders.h"

#include "check.h"
#include "crew.h"

#include <core/park.h>
#include <sched.h>
#include <stdbool.h>

enum { WAKERS = 2, ROUNDS = 500 };

static struct scene {
    struct core_parker parker;
    _Atomic unsigned allowed; /* unparks that may begin: round * WAKERS + waker */
    _Atomic unsigned done;
    bool letter[ROUNDS][WAKERS]; /* plain */
    unsigned steps;              /* the owner's, in this round */
} scene;

static _Thread_local bool owns;

/* relaxed, here and below: the order must come from the parker alone */
static void await(_Atomic unsigned *count, unsigned wanted)
{
    while (core_load_relaxed(count) < wanted)
        sched_yield();
}

/* The owner stands between two steps: one waker gives its token, to the end. */
void park_step(void)
{
    if (!owns || scene.steps == WAKERS)
        return;
    scene.steps++;
    unsigned next = core_add_relaxed(&scene.allowed, 1) + 1; /* as above */
    await(&scene.done, next);
}

static void park_often(void)
{
    owns = true;
    for (unsigned round = 0; round < ROUNDS; round++) {
        scene.steps = 0;
        CHECK(core_park(&scene.parker, CORE_PARK_FOREVER));
        CHECK_EQ(scene.steps, WAKERS);
        CHECK(scene.letter[round][0] && scene.letter[round][1]);
        CHECK(!core_park(&scene.parker, 0)); /* the two tokens were one */
    }
}

static void take_part(void *shared, unsigned index)
{
    (void)shared;
    if (index == WAKERS) {
        park_often();
        return;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        await(&scene.allowed, round * WAKERS + index + 1);
        scene.letter[round][index] = true;
        core_unpark(&scene.parker);
        core_add_relaxed(&scene.done, 1); /* as above */
    }
}

static void a_second_token_shows_its_letter_too(void)
{
    crew_run(WAKERS + 1, take_part, NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_second_token_shows_its_letter_too),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
