/* Compaction: goroutines with a private stack that have waited for long give its pages
 * back. Ordinary goroutines are left alone, since others may point into their stacks.
 *
 *            park                 a sweep          a sweep, a pass later
 *   IN_USE -------> PARKED ----------------> NOTED ---------> PACKING --> PACKED
 *      ^               |                       |    (no memory: NOTED)       |
 *      '---------------+-----------------------+-----------------------------'
 *                                   its next turn
 *
 * A sweep goes over all descriptors, in steps that the alarm of one worker calls: so it
 * wakes a sleeper, and between the turns of a busy worker it is one alarm more. Passes are
 * compact_after_ns apart, so who is found with the note of the pass before has not run for
 * at least that long.
 *
 *  1. Nothing that others touch while a private goroutine is parked lies on its stack:
 *     waiters and alarm are in its descriptor or allocated, and elements that lie on the
 *     stack are staged (chan.c, select.c).
 *  2. The word that holds the state holds a generation too, which each turn raises. So
 *     the worker may give the goroutine's locks back before it says PARKED: if the
 *     goroutine has run elsewhere meanwhile, the word has changed and is left alone.
 *  3. Who runs a goroutine while it is PACKING waits for that, one batch of a sweep.
 *  4. A step's CPU time is measured, and the pause after it is so long that compaction
 *     keeps to its share of a core, the wake-up included.
 *  5. `hot` counts the private stacks that hold memory. While it is above compact_above
 *     there is a next pass, else none: who sleeps, sleeps. Both sides write one of `hot`
 *     and `sweeps` and then look at the other (Dekker), so no excess is left unseen.
 *  6. The alarm of a sweep keeps no run alive: if it is the only one, all are asleep.
 */
#include "compaction.h"

#include <sched.h>
#include <stdlib.h>

enum { LOOKS_A_STEP = 1024, PACKS_A_STEP = 128, WAKE_UP_NS = 20000 };

/* The state in a goroutine's stack_use; above it the generation. */
enum { IN_USE, PARKED, NOTED, PACKING, PACKED, STATES = 8 };

struct batch {
    struct csp_goroutine *goroutines[PACKS_A_STEP];
    size_t count;
};

/* --- Turns --------------------------------------------------------------------- */

void csp_compaction_park(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    uint32_t use = core_load_relaxed(&goroutine->stack_use); /* it has run here */
    /* relaxed: own. A native call may be given what lies on its caller's stack. */
    bool lends = core_load_relaxed(&goroutine->wait) == WAIT_SYSCALL;
    assert(use % STATES == IN_USE && csp_state(goroutine) == G_WAITING);
    worker->release(goroutine); /* from here on it may run elsewhere: rule 2 */
    if (lends)
        return;
    /* release: what is on the stack; pairs with the sweep's acquire */
    core_cas_release(&goroutine->stack_use, &use, use + PARKED);
}

void csp_compaction_resume(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    uint32_t use = core_load_relaxed(&goroutine->stack_use); /* the exchange orders */
    for (;;) {
        if (use % STATES == PACKING) {
            sched_yield();
            use = core_load_relaxed(&goroutine->stack_use);
            continue;
        }
        /* acquire: pairs with the release of who packed */
        if (core_cas_acquire(&goroutine->stack_use, &use, use - use % STATES + STATES))
            break;
    }
    assert((use % STATES == PACKED) == (goroutine->stack->packed_bytes > 0));
    if (use % STATES != PACKED)
        return;
    core_stack_unpack(goroutine->stack);
    csp_count(worker, CSP_UNPACKED);
    csp_compaction_grow(worker);
}

/* --- Sweeps -------------------------------------------------------------------- */

static void arm(struct csp_worker *worker, uint64_t delay_ns)
{
    struct csp_compaction *compaction = &worker->csp->compaction;
    assert(core_load_relaxed(&compaction->sweeps)); /* our own store */
    if (csp_alarm_start(worker, &compaction->alarm, delay_ns)) {
        core_lock_give(&worker->timers_lock);
        return;
    }
    compaction->chunk = NULL;
    /* seq_cst: as at the end of a pass. Without memory the next stack begins anew. */
    core_store_seq_cst(&compaction->sweeps, false);
}

/* Whether there is to be a next pass. seq_cst: rule 5. */
static bool has_many(struct csp *csp)
{
    return core_load_seq_cst(&csp->compaction.hot) > csp->compaction.above;
}

static bool begins(struct csp_compaction *compaction)
{
    bool off = false;
    /* seq_cst: rule 5; and the fields of who swept last */
    return core_cas_seq_cst(&compaction->sweeps, &off, true);
}

void csp_compaction_grow(struct csp_worker *worker)
{
    struct csp_compaction *compaction = &worker->csp->compaction;
    core_add_seq_cst(&compaction->hot, 1); /* rule 5 */
    if (!has_many(worker->csp) || compaction->after_ns == CSP_NEVER ||
        core_load_seq_cst(&compaction->sweeps) || !begins(compaction)) /* rule 5 */
        return;
    assert(compaction->chunk == NULL && "the last pass is over");
    arm(worker, compaction->after_ns);
}

void csp_compaction_shrink(struct csp_worker *worker)
{
    /* relaxed: a pass too many does no harm */
    uint32_t before = core_sub_relaxed(&worker->csp->compaction.hot, 1);
    assert(before > 0);
    (void)before;
}

static void look(struct csp_goroutine *goroutine, struct batch *batch)
{
    uint32_t use = core_load_relaxed(&goroutine->stack_use); /* the exchanges decide */
    if (use % STATES == PARKED) {
        /* acq_rel: passes on what came with PARKED */
        core_cas_acq_rel(&goroutine->stack_use, &use, use - PARKED + NOTED);
    } else if (use % STATES == NOTED) {
        /* acquire: pairs with the release of who parked it, for what is on the stack */
        if (core_cas_acquire(&goroutine->stack_use, &use, use - NOTED + PACKING))
            batch->goroutines[batch->count++] = goroutine;
    }
}

static int by_address(const void *left, const void *right)
{
    const struct csp_goroutine *const *l = left, *const *r = right;
    const char *a = (*l)->stack->bottom, *b = (*r)->stack->bottom;
    return (a > b) - (a < b);
}

/* In the order of the stacks, so that neighbours' pages go back in one system call. */
static void pack(struct csp_worker *worker, struct batch *batch)
{
    struct core_stack *stacks[PACKS_A_STEP];
    void *sps[PACKS_A_STEP];
    qsort(batch->goroutines, batch->count, sizeof batch->goroutines[0], by_address);
    for (size_t i = 0; i < batch->count; i++) {
        assert(batch->goroutines[i]->is_private && "nobody points into its stack");
        stacks[i] = batch->goroutines[i]->stack;
        sps[i] = batch->goroutines[i]->context.sp;
    }
    size_t packed = core_stack_pack_many(stacks, sps, batch->count);
    core_count(&worker->counters, CSP_PACKED, packed);
    for (size_t i = 0; i < batch->count; i++) {
        struct csp_goroutine *goroutine = batch->goroutines[i];
        uint32_t use = core_load_relaxed(&goroutine->stack_use); /* ours */
        assert(use % STATES == PACKING);
        bool done = stacks[i]->packed_bytes > 0; /* no memory: perhaps the next time */
        if (done)
            csp_compaction_shrink(worker);
        /* release: pairs with the acquire of its next turn */
        core_store_release(&goroutine->stack_use,
                           use - PACKING + (done ? PACKED : NOTED));
    }
}

/* The part of a pass that fits into a step; true: the pass is over. */
static bool sweep(struct csp_worker *worker)
{
    struct csp_compaction *compaction = &worker->csp->compaction;
    struct batch batch = {.count = 0};
    for (unsigned looks = 0;
         looks < LOOKS_A_STEP && batch.count < PACKS_A_STEP && compaction->chunk != NULL;
         looks++) {
        look(&compaction->chunk->goroutines[compaction->at], &batch);
        if (++compaction->at == CSP_GOROUTINE_CHUNK) {
            compaction->chunk = compaction->chunk->next;
            compaction->at = 0;
        }
    }
    if (batch.count > 0)
        pack(worker, &batch);
    return compaction->chunk == NULL;
}

static void begin_pass(struct csp *csp)
{
    core_lock_take(&csp->lock); /* the list grows at its head only */
    csp->compaction.chunk = csp->chunks;
    core_lock_give(&csp->lock);
    assert(csp->compaction.at == 0);
}

/* Rule 4. */
static uint64_t pause_ns(const struct csp_compaction *compaction, uint64_t took_ns)
{
    uint32_t share = compaction->permille;
    assert(share > 0 && share <= 1000);
    return (took_ns + WAKE_UP_NS) * (1000 - share) / share + 1;
}

void csp_compaction_step(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    struct csp_compaction *compaction = &csp->compaction;
    uint64_t began_ns = csp->seeded ? 0 : core_thread_cpu_ns();
    assert(core_load_relaxed(&compaction->sweeps)); /* ours until we say otherwise */
    if (compaction->chunk == NULL)
        begin_pass(csp);
    bool over = sweep(worker);
    uint64_t took_ns = csp->seeded ? 0 : core_thread_cpu_ns() - began_ns;
    uint64_t delay_ns = pause_ns(compaction, took_ns) + (over ? compaction->after_ns : 0);
    if (over && !has_many(csp)) {
        core_store_seq_cst(&compaction->sweeps, false); /* rule 5 */
        if (!has_many(csp) || !begins(compaction))
            return;
    }
    arm(worker, delay_ns);
}

bool csp_compaction_alone(const struct csp_worker *worker)
{
    return worker->timers.count == 1 &&
           core_timers_first(&worker->timers) == &worker->csp->compaction.alarm.core;
}

void csp_compaction_draw(struct csp_worker *worker)
{
    struct csp *csp = worker->csp;
    assert(csp->seeded);
    if (core_timers_first(&worker->timers) != &csp->compaction.alarm.core ||
        core_choose(csp->seams, 4, 1) != 0)
        return;
    csp->virtual_ns = core_timers_next(&worker->timers);
    csp_alarms_run(worker, worker);
}

void csp_compaction_reset(struct csp *csp)
{
    struct csp_compaction *compaction = &csp->compaction;
    assert(!core_timer_pending(&compaction->alarm.core) && "the heaps were emptied");
    compaction->chunk = NULL;
    compaction->at = 0;
    /* relaxed: all are at rest */
    core_store_relaxed(&compaction->hot, 0U);
    core_store_relaxed(&compaction->sweeps, false);
}
