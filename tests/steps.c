#include "steps.h"

#include "check.h"

#include <core/context.h>
#include <core/seam.h>
#include <core/stack.h>

enum { STACK_BYTES = 64 * 1024, STEPS_MOST = 100000 };

struct sim_thread {
    struct core_context context;
    struct core_stack *stack;
    const void *asleep_on; /* NULL: runnable */
    bool may_time_out;
    bool timed_out;
    bool ended;
};

static struct sim {
    struct core_context main;
    struct core_stacks stacks;
    struct core_seams seams;
    struct sim_thread thread[SIM_THREADS_MOST];
    unsigned count;
    struct sim_thread *running; /* NULL: outside */
    void (*run)(void *, unsigned);
    void *shared;
    const char *violation; /* the first one; NULL: none */
} sim;

static void back_to_main(struct sim_thread *self)
{
    sim.running = NULL;
    core_context_switch(&self->context, &sim.main);
}

void sim_step(void)
{
    if (sim.running != NULL)
        back_to_main(sim.running);
}

bool sim_sleep(const void *on, bool may_time_out)
{
    struct sim_thread *self = sim.running;
    CHECK(on != NULL);
    if (self == NULL)
        return false;
    self->asleep_on = on;
    self->may_time_out = may_time_out;
    self->timed_out = false;
    back_to_main(self);
    return !self->timed_out;
}

void sim_wake(const void *on)
{
    struct sim_thread *sleeper[SIM_THREADS_MOST];
    uint32_t sleepers = 0;
    for (unsigned i = 0; i < sim.count; i++)
        if (sim.thread[i].asleep_on == on)
            sleeper[sleepers++] = &sim.thread[i];
    if (sleepers > 0)
        sleeper[sim_choose(sleepers)]->asleep_on = NULL;
}

uint32_t sim_choose(uint32_t bound)
{
    return core_choose(&sim.seams, bound, 0);
}

void sim_fail(const char *why)
{
    if (sim.violation == NULL)
        sim.violation = why;
    if (sim.running != NULL)
        back_to_main(sim.running); /* for good */
}

static void enter_thread(void *argument)
{
    struct sim_thread *self = argument;
    core_context_landed(&self->context);
    sim.run(sim.shared, (unsigned)(self - sim.thread));
    self->ended = true;
    sim.running = NULL;
    core_context_leave(&self->context, &sim.main);
}

/* A thread that can go on; a sleeper with a deadline can, by running out of time. */
static struct sim_thread *choose_thread(void)
{
    struct sim_thread *able[SIM_THREADS_MOST];
    uint32_t count = 0;
    for (unsigned i = 0; i < sim.count; i++) {
        struct sim_thread *thread = &sim.thread[i];
        if (!thread->ended && (thread->asleep_on == NULL || thread->may_time_out))
            able[count++] = thread;
    }
    return count > 0 ? able[sim_choose(count)] : NULL;
}

static bool all_ended(void)
{
    for (unsigned i = 0; i < sim.count; i++)
        if (!sim.thread[i].ended)
            return false;
    return true;
}

static void take_turns(void)
{
    for (unsigned steps = 0; sim.violation == NULL && !all_ended(); steps++) {
        struct sim_thread *next = choose_thread();
        if (next == NULL) {
            sim_fail("all sleep: a wake-up was lost");
            return;
        }
        if (steps == STEPS_MOST) {
            sim_fail("no end: somebody waits for what never comes");
            return;
        }
        if (next->asleep_on != NULL) {
            next->asleep_on = NULL;
            next->timed_out = true;
        }
        sim.running = next;
        core_context_switch(&sim.main, &next->context);
    }
}

bool sim_run(unsigned count, void (*run)(void *, unsigned), void *shared)
{
    CHECK(count <= SIM_THREADS_MOST && sim.running == NULL);
    sim.count = count;
    sim.run = run;
    sim.shared = shared;
    for (unsigned i = 0; i < count; i++) {
        struct sim_thread *thread = &sim.thread[i];
        *thread = (struct sim_thread){.stack = core_stacks_take(&sim.stacks)};
        CHECK(thread->stack != NULL);
        core_context_open(&thread->context, thread->stack->bottom, thread->stack->size,
                          enter_thread, thread);
    }
    take_turns();
    for (unsigned i = 0; i < count; i++) {
        core_context_close(&sim.thread[i].context);
        core_stacks_give(&sim.stacks, sim.thread[i].stack);
    }
    return sim.violation == NULL;
}

/* The violation that `seed` leads to, or NULL; *signature names the interleaving. */
static const char *play(uint32_t seed, void (*history)(void), uint64_t *signature)
{
    sim.violation = NULL;
    core_seams_seed(&sim.seams, seed);
    history();
    *signature = sim.seams.signature;
    return sim.violation;
}

static int ascending(const void *left, const void *right)
{
    const uint64_t *l = left, *r = right;
    return (*l > *r) - (*l < *r);
}

static uint32_t distinct(uint64_t *signatures, uint32_t count)
{
    uint32_t kinds = count > 0;
    qsort(signatures, count, sizeof *signatures, ascending);
    for (uint32_t i = 1; i < count; i++)
        kinds += signatures[i] != signatures[i - 1];
    return kinds;
}

static int report(const char *program, uint32_t seed, const char *why, uint64_t signature)
{
    fprintf(stderr, "seed %u, interleaving %016llx: %s\nreplay: %s %u\n", seed,
            (unsigned long long)signature, why, program, seed);
    return 1;
}

/* The seed that broke an invariant must break it again, in the same steps. */
static int expect_again(uint32_t seed, void (*history)(void), const char *why,
                        uint64_t signature)
{
    uint64_t again;
    const char *why_again = play(seed, history, &again);
    CHECK(why_again != NULL && strcmp(why, why_again) == 0);
    CHECK(signature == again);
    printf("caught at seed %u, and again in its replay: %s\n", seed, why);
    return 0;
}

static int play_all(const char *program, bool must_fail, uint32_t histories,
                    void (*history)(void))
{
    uint64_t *signatures = calloc(histories, sizeof *signatures), again;
    CHECK(signatures != NULL);
    const char *why = NULL;
    uint32_t seed = 0;
    while (why == NULL && seed < histories) {
        seed++;
        why = play(seed, history, &signatures[seed - 1]);
    }
    uint64_t last = signatures[seed - 1];
    uint32_t kinds = distinct(signatures, seed);
    free(signatures);
    if (why != NULL)
        return must_fail ? expect_again(seed, history, why, last)
                         : report(program, seed, why, last);
    CHECK(play(seed, history, &again) == NULL && again == last);
    printf("%u histories, %u different interleavings\n", histories, kinds);
    CHECK(kinds > histories / 2); /* the seeds do lead to different ones */
    return must_fail;
}

static int play_one(const char *program, const char *text, void (*history)(void))
{
    char *end;
    unsigned long seed = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || seed > UINT32_MAX) {
        fprintf(stderr, "usage: %s [--must-fail | SEED]\n", program);
        return 2;
    }
    uint64_t signature;
    const char *why = play((uint32_t)seed, history, &signature);
    if (why != NULL)
        return report(program, (uint32_t)seed, why, signature);
    printf("seed %lu, interleaving %016llx: well\n", seed, (unsigned long long)signature);
    return 0;
}

int sim_main(int argc, char **argv, uint32_t histories, void (*history)(void))
{
    bool must_fail = argc > 1 && strcmp(argv[1], "--must-fail") == 0;
    core_context_adopt(&sim.main);
    CHECK_EQ(core_stacks_open(&sim.stacks, STACK_BYTES, NULL), 0);
    int rc = argc > 1 && !must_fail ? play_one(argv[0], argv[1], history)
                                    : play_all(argv[0], must_fail, histories, history);
    core_stacks_close(&sim.stacks);
    return rc;
}
