/* Small histories of the run queue, step by step: an owner that puts, swaps, takes and
 * spills, two thieves that steal half of the ring into their own, or the next one. Each
 * goroutine comes out once, whoever takes it; nothing is left behind. */
#include "../src/runq.h"
#include "steps.h"

#include <core/sanitize.h>

enum { THIEVES = 2, GOROUTINES = 12, HISTORIES = CORE_SANITIZED ? 2000 : 20000 };

struct history {
    struct csp_runq owner, thief[THIEVES];
    unsigned seen[GOROUTINES];
    unsigned put;
    bool done;
};

static struct csp_goroutine *number(uintptr_t n)
{
    return (struct csp_goroutine *)(n + 1); // NOLINT(performance-no-int-to-ptr)
}

static void note(struct history *h, struct csp_goroutine *goroutine)
{
    uintptr_t n = (uintptr_t)goroutine - 1;
    SIM_CHECK(n < h->put, "what comes out was put in");
    SIM_CHECK(n >= GOROUTINES || h->seen[n]++ == 0, "one came out twice");
}

static void note_some(struct history *h, struct csp_goroutine *goroutine)
{
    if (goroutine != NULL)
        note(h, goroutine);
}

static void put(struct history *h, struct csp_goroutine *goroutine)
{
    struct csp_goroutine *batch[RUNQ_HALF];
    while (!csp_runq_put(&h->owner, goroutine))
        if (csp_runq_take_half(&h->owner, batch))
            for (unsigned i = 0; i < RUNQ_HALF; i++)
                note(h, batch[i]);
}

static void own(struct history *h)
{
    while (h->put < GOROUTINES) {
        struct csp_goroutine *one = number(h->put++);
        if (sim_choose(2) == 0 || (one = csp_runq_swap_next(&h->owner, one)) != NULL)
            put(h, one);
        switch (sim_choose(4)) {
        case 0:
            note_some(h, csp_runq_take(&h->owner));
            break;
        case 1:
            note_some(h, csp_runq_take_next(&h->owner));
            break;
        default:
            sim_step();
        }
    }
    h->done = true;
}

static void steal(struct history *h, struct csp_runq *into)
{
    while (!h->done) {
        uint32_t taken = 0;
        struct csp_goroutine *one = NULL;
        sim_step();
        if (sim_choose(3) > 0) {
            one = csp_runq_steal(into, &h->owner, &taken);
        } else {
            /* relaxed: a hint */
            struct csp_goroutine *next = core_load_relaxed(&h->owner.next);
            sim_step();
            if (next != NULL && csp_runq_steal_next(&h->owner, next))
                one = next;
        }
        for (; one != NULL; one = csp_runq_take(into))
            note(h, one);
    }
}

static void take_part(void *shared, unsigned index)
{
    struct history *h = shared;
    if (index == 0)
        own(h);
    else
        steal(h, &h->thief[index - 1]);
}

static void play(void)
{
    static struct history h;
    h = (struct history){.put = 0};
    if (!sim_run(1 + THIEVES, take_part, &h))
        return;
    struct csp_goroutine *one = NULL;
    while ((one = csp_runq_take_next(&h.owner)) != NULL ||
           (one = csp_runq_take(&h.owner)) != NULL)
        note(&h, one);
    for (unsigned i = 0; i < GOROUTINES; i++)
        SIM_CHECK(h.seen[i] == 1, "one was lost");
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, HISTORIES, play);
}
