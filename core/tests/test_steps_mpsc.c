/* Small histories of the queue, step by step: two or three producers of two or three
 * pushes, a consumer that drains and marks, somebody who claims. Whoever finds the mark
 * is the consumer from then on. After mpsc.h's invariants:
 *  - a node comes out once, in its producer's order, and not after one that was pushed
 *    when its own push had already ended (the order of the exchanges);
 *  - the queue never says "empty" while a push that ended is still inside;
 *  - one mark, one finder: there is never a second consumer, and at the end all is out
 * and the mark is set. Retired nodes are pushed again at once, whatever they hold.
 */
#include "steps.h"

#include <core/list.h>
#include <core/mpsc.h>
#include <core/sanitize.h>
#include <stddef.h>

enum { PRODUCERS = 3, EACH = 3, HISTORIES = CORE_SANITIZED ? 2000 : 20000 };

struct item {
    struct core_mpsc_node node;
    unsigned producer, number;
    unsigned begun, ended; /* of its push, by the history's clock */
    struct item *next_free;
};

struct history {
    struct core_mpsc queue;
    struct item item[PRODUCERS * EACH + 1];
    struct item *idle_items;
    unsigned producers, each, claims;
    unsigned clock;
    unsigned pushed; /* pushes that ended */
    unsigned popped;
    unsigned last[PRODUCERS];
    unsigned latest_begin; /* of all that were popped */
    bool marked;
};

static void retire(struct history *h, struct core_mpsc_node *node)
{
    struct item *item = CORE_CONTAINER_OF(node, struct item, node);
    item->next_free = h->idle_items;
    h->idle_items = item;
}

static void receive(struct history *h, const struct item *item)
{
    unsigned *last = &h->last[item->producer];
    SIM_CHECK(item->number == *last + 1, "a producer's nodes came out of order");
    SIM_CHECK(item->ended == 0 || item->ended > h->latest_begin,
              "a push that ended came out after one that began later");
    *last = item->number;
    if (item->begun > h->latest_begin)
        h->latest_begin = item->begun;
    h->popped++;
}

static void drain(struct history *h)
{
    for (;;) {
        struct core_mpsc_node *node, *retired;
        unsigned ended_before = h->pushed;
        switch (core_mpsc_pop(&h->queue, &node, &retired)) {
        case CORE_MPSC_EMPTY:
            SIM_CHECK(h->popped >= ended_before, "empty, with a finished push inside");
            return;
        case CORE_MPSC_BUSY:
            sim_step();
            break;
        case CORE_MPSC_NODE:
            receive(h, CORE_CONTAINER_OF(node, struct item, node));
            retire(h, retired);
        }
    }
}

/* The caller found the mark: consumes until it sets the mark again. */
static void consume(struct history *h)
{
    SIM_CHECK(h->marked, "a second consumer");
    h->marked = false;
    do {
        drain(h);
    } while (!core_mpsc_mark_idle(&h->queue));
    SIM_CHECK(!h->marked, "marked twice");
    SIM_CHECK(h->popped == h->pushed, "marked idle, with a finished push inside");
    h->marked = true;
}

static void push(struct history *h, unsigned producer, unsigned number)
{
    struct item *item = h->idle_items;
    h->idle_items = item->next_free;
    *item = (struct item){
        .node = item->node, .producer = producer, .number = number, .begun = ++h->clock};
    bool found = core_mpsc_push(&h->queue, &item->node);
    item->ended = ++h->clock;
    h->pushed++;
    if (found)
        consume(h);
}

static void take_part(void *shared, unsigned index)
{
    struct history *h = shared;
    if (index < h->producers) {
        for (unsigned i = 1; i <= h->each; i++)
            push(h, index, i);
        return;
    }
    for (unsigned i = 0; i < h->claims; i++) {
        sim_step();
        if (core_mpsc_claim(&h->queue))
            consume(h);
    }
}

static void play(void)
{
    struct history h = {
        .producers = 2 + sim_choose(PRODUCERS - 1),
        .each = 2 + sim_choose(EACH - 1),
        .claims = 1 + sim_choose(3),
        .marked = true,
    };
    for (unsigned i = 1; i < sizeof h.item / sizeof *h.item; i++)
        retire(&h, &h.item[i].node);
    core_mpsc_init(&h.queue, &h.item[0].node, true);
    if (!sim_run(h.producers + 2, take_part, &h)) /* two of them claim */
        return;
    SIM_CHECK(h.popped == h.producers * h.each, "a node was lost or doubled");
    SIM_CHECK(h.marked && core_mpsc_claim(&h.queue), "no mark at the end");
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, HISTORIES, play);
}
