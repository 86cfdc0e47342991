/* Small histories of a run queue, step by step: an owner that hands off, appends and
 * takes, and two thieves. Each process comes out once, whoever takes it; nothing is left
 * behind; alone, the owner gets them in the order in which they came. */
#include "../src/internal.h"

#include <core/sanitize.h>
#include <string.h>

enum { THIEVES = 2, PROCESSES = 12, HISTORIES = CORE_SANITIZED ? 2000 : 20000 };

struct history {
    struct run_queue owner, thief[THIEVES];
    struct process process[PROCESSES];
    unsigned seen[PROCESSES];
    unsigned put, last;
    bool robbed, done;
};

static void note(struct history *h, const struct process *process)
{
    size_t n = (size_t)(process - h->process);
    SIM_CHECK(n < h->put, "what comes out was put in");
    SIM_CHECK(n >= PROCESSES || h->seen[n]++ == 0, "one came out twice");
}

static void take(struct history *h)
{
    struct process *process = run_queue_shift(&h->owner);
    if (process == NULL)
        return;
    note(h, process);
    unsigned n = (unsigned)(process - h->process) + 1;
    SIM_CHECK(h->robbed || n == h->last + 1, "an older one was passed over");
    h->last = n;
}

static void own(struct history *h)
{
    while (h->put < PROCESSES) {
        struct process *process = &h->process[h->put++];
        if (!run_queue_hand_off(&h->owner, process))
            run_queue_append(&h->owner, process);
        for (uint32_t i = sim_choose(3); i > 0; i--)
            take(h);
    }
    h->done = true;
}

static void rob(struct history *h, struct run_queue *into)
{
    while (!h->done) {
        unsigned stolen;
        sim_step();
        if (run_queue_total(&h->owner) == 0)
            continue;
        h->robbed =
            true; /* before it is, so that the owner's check errs to the safe side */
        struct process *process = run_queue_steal(&h->owner, into, &stolen);
        for (; process != NULL; process = run_queue_shift(into))
            note(h, process);
    }
}

static void take_part(void *shared, unsigned index)
{
    struct history *h = shared;
    if (index == 0)
        own(h);
    else
        rob(h, &h->thief[index - 1]);
}

static void play(void)
{
    static struct history h;
    memset(&h, 0, sizeof h);
    for (unsigned i = 0; i < PROCESSES; i++) {
        h.process[i].state = PROCESS_RUNNABLE;
        h.process[i].priority = ACTOR_NORMAL;
        core_store_relaxed(&h.process[i].pid, i + 1); /* one thread of the system */
    }
    if (!sim_run(1 + sim_choose(THIEVES + 1), take_part, &h))
        return;
    while (run_queue_total(&h.owner) > 0)
        note(&h, run_queue_shift(&h.owner));
    for (unsigned i = 0; i < PROCESSES; i++)
        SIM_CHECK(h.seen[i] == 1, "one was left behind");
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, HISTORIES, play);
}
