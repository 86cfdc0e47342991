/* The queue under real threads. Oracles: every node comes out once and in its producer's
 * order; each mark is found by exactly one push or claim; who finds it is alone with the
 * consumer's plain fields. Nodes come from malloc and retired ones go back to it, so that
 * AddressSanitizer sees a queue that still touches them. */
#include "check.h"
#include "crew.h"

#include <core/list.h>
#include <core/mpsc.h>
#include <core/park.h>
#include <core/rng.h>
#include <sched.h>

enum { PRODUCERS_MOST = 63, ALL = 40000 };

struct item {
    struct core_mpsc_node node;
    unsigned producer;
    uint64_t number; /* 1, 2, 3 … of its producer */
};

struct scene {
    struct core_mpsc queue;
    struct core_parker parker;
    _Atomic uint64_t wakes; /* pushes that were told to wake the consumer */
    /* the consumer's, whichever thread that is: plain on purpose */
    uint64_t marks;
    uint64_t received;
    uint64_t last[PRODUCERS_MOST + 1];
    bool busy;
    /* constant */
    unsigned producers;
    uint64_t each;
};

static struct item *new_item(unsigned producer, uint64_t number)
{
    struct item *item = malloc(sizeof *item);
    CHECK(item != NULL);
    item->producer = producer;
    item->number = number;
    return item;
}

static struct item *item_of(struct core_mpsc_node *node)
{
    return CORE_CONTAINER_OF(node, struct item, node);
}

static void open_scene(struct scene *scene, unsigned producers)
{
    *scene = (struct scene){.producers = producers, .each = ALL / producers};
    core_mpsc_init(&scene->queue, &new_item(0, 0)->node, true);
}

static void close_scene(struct scene *scene)
{
    CHECK_EQ(scene->received, scene->producers * scene->each);
    CHECK(core_mpsc_empty(&scene->queue));
    for (unsigned i = 1; i <= scene->producers; i++)
        CHECK_EQ(scene->last[i], scene->each);
    free(item_of(scene->queue.tail));
}

/* Pops all there is, or until `most` were received. */
static void drain(struct scene *scene, uint64_t most)
{
    struct core_mpsc_node *node, *retired;
    while (scene->received < most) {
        enum core_mpsc_pop answer = core_mpsc_pop(&scene->queue, &node, &retired);
        if (answer == CORE_MPSC_EMPTY)
            return;
        if (answer == CORE_MPSC_BUSY) {
            sched_yield(); /* the producer between its steps may need this core */
            continue;
        }
        struct item *item = item_of(node);
        CHECK_EQ(item->number, scene->last[item->producer] + 1);
        scene->last[item->producer] = item->number;
        scene->received++;
        free(item_of(retired));
    }
}

static void park_until_woken(struct scene *scene)
{
    scene->marks++;
    CHECK(core_park(&scene->parker, CORE_PARK_FOREVER));
    /* relaxed: the token orders it; counted before the unpark, so never behind */
    CHECK_EQ(core_load_relaxed(&scene->wakes), scene->marks);
}

static void produce(struct scene *scene, unsigned producer)
{
    struct core_rng rng;
    core_rng_seed(&rng, producer);
    for (uint64_t i = 1; i <= scene->each; i++) {
        if (core_mpsc_push(&scene->queue, &new_item(producer, i)->node)) {
            core_add_relaxed(&scene->wakes, 1); /* read after the token, see above */
            core_unpark(&scene->parker);
        }
        /* Lets the consumer run dry. Seldom: on a busy machine each costs a time slice of
         * everybody else's. */
        if (core_rng_below(&rng, 128) == 0)
            sched_yield();
    }
}

static void consume(struct scene *scene)
{
    const uint64_t all = scene->producers * scene->each;
    park_until_woken(scene); /* the queue was opened with the mark set */
    while (scene->received < all) {
        drain(scene, all);
        if (scene->received < all && core_mpsc_mark_idle(&scene->queue))
            park_until_woken(scene);
    }
}

static void produce_or_consume(void *shared, unsigned index)
{
    if (index == 0)
        consume(shared);
    else
        produce(shared, index);
}

static void check_wakes(unsigned producers)
{
    struct scene scene;
    open_scene(&scene, producers);
    crew_run(producers + 1, produce_or_consume, &scene);
    CHECK_EQ(scene.wakes, scene.marks);
    CHECK(!core_park(&scene.parker, 0)); /* no wake-up beyond those */
    printf("  %llu marks, each found once\n", (unsigned long long)scene.marks);
    close_scene(&scene);
}

static void exactly_one_push_finds_each_mark(void)
{
    check_wakes(1);
    check_wakes(4);
    check_wakes(16);
    check_wakes(PRODUCERS_MOST);
}

/* The role of the consumer: entered by who found the mark, given up by setting it. */
static void be_the_consumer(struct scene *scene)
{
    do {
        CHECK(!scene->busy);
        scene->busy = true;
        drain(scene, UINT64_MAX);
        scene->busy = false;
    } while (!core_mpsc_mark_idle(&scene->queue));
}

static void push_and_claim(void *shared, unsigned index)
{
    struct scene *scene = shared;
    unsigned producer = index + 1;
    struct core_rng rng;
    core_rng_seed(&rng, 100 + producer);
    for (uint64_t i = 1; i <= scene->each; i++) {
        if (core_mpsc_push(&scene->queue, &new_item(producer, i)->node))
            be_the_consumer(scene);
        if (core_rng_below(&rng, 2) == 0 && core_mpsc_claim(&scene->queue))
            be_the_consumer(scene);
    }
}

static void check_claims(unsigned producers)
{
    struct scene scene;
    open_scene(&scene, producers);
    crew_run(producers, push_and_claim, &scene);
    CHECK(core_mpsc_claim(&scene.queue)); /* idle at the end, and only once */
    CHECK(!core_mpsc_claim(&scene.queue));
    close_scene(&scene);
}

static void a_claim_or_a_push_but_never_both_take_the_mark(void)
{
    check_claims(2);
    check_claims(16);
    check_claims(PRODUCERS_MOST);
}

static void one_thread_sees_each_answer(void)
{
    struct core_mpsc queue;
    struct core_mpsc_node stub, first, *node = NULL, *retired = NULL;
    core_mpsc_init(&queue, &stub, false);
    CHECK(core_mpsc_empty(&queue));
    CHECK_EQ(core_mpsc_pop(&queue, &node, &retired), CORE_MPSC_EMPTY);
    CHECK(!core_mpsc_claim(&queue)); /* not idle */
    CHECK(!core_mpsc_push(&queue, &first));
    CHECK(!core_mpsc_empty(&queue));
    CHECK(!core_mpsc_mark_idle(&queue)); /* not empty */
    CHECK_EQ(core_mpsc_pop(&queue, &node, &retired), CORE_MPSC_NODE);
    CHECK(node == &first && retired == &stub);
    CHECK(core_mpsc_mark_idle(&queue));
    CHECK(core_mpsc_empty(&queue)); /* the mark is no content */
    CHECK(core_mpsc_push(&queue, &stub));
    CHECK_EQ(core_mpsc_pop(&queue, &node, &retired), CORE_MPSC_NODE);
    CHECK(node == &stub && retired == &first);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(one_thread_sees_each_answer),
        CHECK_CASE(exactly_one_push_finds_each_mark),
        CHECK_CASE(a_claim_or_a_push_but_never_both_take_the_mark),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
