#include "turns.h"

#include "check.h"
#include "crew.h"

#include <core/clock.h>
#include <sched.h>

enum { STACK_BYTES = 64 * 1024 };

static bool take_every_turn(struct core_worker *worker)
{
    (void)worker;
    return true;
}

/* relaxed, here and below: counts, and a flag that stands for itself */
static void stop_when_enough(struct turns *turns)
{
    if (core_load_relaxed(&turns->yields) >= turns->enough_yields &&
        core_load_relaxed(&turns->moves) >= turns->enough_moves)
        core_store_relaxed(&turns->stop, true); /* as above */
}

static void give_turn(struct core_worker *worker)
{
    struct turns_place *place = worker->runtime;
    core_preempt_clear(worker);
    core_add_relaxed(&place->turns->yields, 1); /* as above */
    core_context_switch(&place->running->context, &place->main);
    /* Perhaps another worker from here on: `worker` and `place` may be others'. */
}

static void no_fault(struct core_worker *worker, const struct core_fault *fault)
{
    char text[80];
    (void)worker;
    core_fault_text(fault, text, sizeof text);
    check_fail("task code", 0, text);
}

void turns_open(struct turns *turns)
{
    *turns = (struct turns){
        .hooks = {.tick = take_every_turn, .yield = give_turn, .fault = no_fault},
        .tick_ns = 50 * CORE_NS_PER_US,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
    };
    core_list_init(&turns->runnable);
    CHECK_EQ(core_stacks_open(&turns->stacks, STACK_BYTES, NULL), 0);
}

static void enter_task(void *argument)
{
    struct turns_task *task = argument;
    core_context_landed(&task->context);
    task->run(task);
    task->ended = true;
    struct turns_place *place = core_worker_self()->runtime;
    core_context_leave(&task->context, &place->main);
}

static struct turns_task *add(struct turns *turns, void (*run)(struct turns_task *))
{
    CHECK(turns->left < TURNS_TASKS);
    struct turns_task *task = &turns->task[turns->left++];
    task->run = run;
    task->turns = turns;
    task->stack = core_stacks_take(&turns->stacks);
    CHECK(task->stack != NULL);
    core_context_open(&task->context, task->stack->bottom, task->stack->size, enter_task,
                      task);
    core_list_append(&turns->runnable, &task->runnable);
    return task;
}

void turns_add(struct turns *turns, void (*run)(struct turns_task *))
{
    add(turns, run);
}

static void run_hold(struct turns_task *task)
{
    task->wrong = task->hold(&task->turns->stop);
}

void turns_add_hold(struct turns *turns, uint64_t (*hold)(const atomic_bool *))
{
    add(turns, run_hold)->hold = hold;
}

/* The next runnable task; NULL: none now, or, with *done, none any more. */
static struct turns_task *next_task(struct turns *turns, bool *done)
{
    pthread_mutex_lock(&turns->mutex);
    struct core_list *node = core_list_shift(&turns->runnable);
    *done = turns->left == 0;
    pthread_mutex_unlock(&turns->mutex);
    return node != NULL ? CORE_CONTAINER_OF(node, struct turns_task, runnable) : NULL;
}

static void put_back(struct turns *turns, struct turns_task *task)
{
    pthread_mutex_lock(&turns->mutex);
    if (task->ended)
        turns->left--;
    else
        core_list_append(&turns->runnable, &task->runnable);
    pthread_mutex_unlock(&turns->mutex);
}

static void run_task(struct turns_place *place, struct turns_task *task)
{
    if (task->last_worker != place->worker.index + 1) {
        if (task->last_worker != 0)
            core_add_relaxed(&place->turns->moves, 1); /* as above */
        task->last_worker = place->worker.index + 1;
    }
    place->running = task;
    core_worker_set_stack(&place->worker, &task->stack, core_stack_floor(task->stack));
    core_context_switch(&place->main, &task->context);
    core_worker_set_stack(&place->worker, NULL, 0);
}

static void run_worker(void *shared, unsigned index)
{
    struct turns *turns = shared;
    struct turns_place *place = &turns->place[index];
    place->turns = turns;
    place->worker = (struct core_worker){.hooks = &turns->hooks,
                                         .runtime = place,
                                         .index = index,
                                         .nopreempt = turns->nopreempt};
    core_context_adopt(&place->main);
    CHECK_EQ(core_worker_enter(&place->worker, turns->tick_ns), 0);
    core_worker_arm(&place->worker);
    for (bool done = false; !done;) {
        struct turns_task *task = next_task(turns, &done);
        if (task == NULL) {
            sched_yield();
            continue;
        }
        run_task(place, task);
        put_back(turns, task);
        stop_when_enough(turns);
    }
    core_worker_exit(&place->worker);
}

void turns_run(struct turns *turns, unsigned workers)
{
    CHECK(workers <= TURNS_WORKERS);
    crew_run(workers, run_worker, turns);
}

void turns_close(struct turns *turns)
{
    for (int i = 0; i < TURNS_TASKS; i++)
        if (turns->task[i].stack != NULL)
            core_context_close(&turns->task[i].context);
    core_stacks_close(&turns->stacks);
}
