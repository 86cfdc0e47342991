/* Preemption of loops that call nothing, and faults that stay with their task, on a
 * scheduler of a few lines: each worker has its own tasks and runs them in turn. */
#include "check.h"
#include "loops.h"

#include <core/clock.h>
#include <core/context.h>
#include <core/sanitize.h>
#include <core/worker.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { TASKS = 4, TICK_NS = 1000000, STACK_BYTES = 64 * 1024 };

struct task {
    struct core_context context;
    struct core_stack *stack;
    void (*run)(struct task *);
    struct loop *loop;
    atomic_uint_least64_t count;
    double answer;
    struct core_fault fault;
    bool ended;
};

struct loop {
    struct core_worker worker;
    struct core_context main;
    struct core_stacks stacks;
    struct task task[TASKS];
    struct task *running;
    atomic_bool stop;
    uint64_t turns;
};

static struct loop *own_loop(void)
{
    return core_worker_self()->runtime;
}

static bool always_take_the_turn(struct core_worker *worker)
{
    (void)worker;
    return true;
}

static void give_turn(struct core_worker *worker)
{
    struct loop *loop = worker->runtime;
    core_preempt_clear(worker);
    core_context_switch(&loop->running->context, &loop->main);
}

static void end_task(struct task *task)
{
    struct loop *loop = own_loop();
    task->ended = true;
    core_context_leave(&task->context, &loop->main);
}

static void note_fault(struct core_worker *worker, const struct core_fault *fault)
{
    struct loop *loop = worker->runtime;
    loop->running->fault = *fault;
    end_task(loop->running);
}

static const struct core_worker_hooks hooks = {
    .tick = always_take_the_turn, .yield = give_turn, .fault = note_fault};

static void enter_task(void *argument)
{
    struct task *task = argument;
    core_context_landed(&task->context);
    task->run(task);
    end_task(task);
}

static void open_loop(struct loop *loop, void (*const run[TASKS])(struct task *))
{
    loop->worker.hooks = &hooks;
    loop->worker.runtime = loop;
    CHECK_EQ(core_stacks_open(&loop->stacks, STACK_BYTES, NULL), 0);
    for (int i = 0; i < TASKS; i++) {
        struct task *task = &loop->task[i];
        task->run = run[i];
        task->loop = loop;
        task->stack = core_stacks_take(&loop->stacks);
        core_context_open(&task->context, task->stack->bottom, task->stack->size,
                          enter_task, task);
    }
}

static void close_loop(struct loop *loop)
{
    for (int i = 0; i < TASKS; i++)
        core_context_close(&loop->task[i].context);
    core_stacks_close(&loop->stacks);
}

/* Runs the tasks in turn until all ended, or for `for_ns` and then until all saw `stop`.
 */
static void run_loop(struct loop *loop, uint64_t for_ns)
{
    uint64_t end_ns = core_now_ns() + for_ns;
    int left = TASKS;
    core_context_adopt(&loop->main);
    CHECK_EQ(core_worker_enter(&loop->worker, TICK_NS), 0);
    core_worker_arm(&loop->worker);
    while (left > 0) {
        left = 0;
        for (int i = 0; i < TASKS; i++) {
            struct task *task = &loop->task[i];
            if (task->ended)
                continue;
            left++;
            loop->turns++;
            loop->running = task;
            core_worker_set_stack(&loop->worker, &task->stack,
                                  core_stack_floor(task->stack));
            core_context_switch(&loop->main, &task->context);
            core_worker_set_stack(&loop->worker, NULL, 0);
        }
        if (core_now_ns() > end_ns)
            core_store_relaxed(&loop->stop, true); /* publishes nothing but itself */
    }
    core_worker_exit(&loop->worker);
}

static void spin(struct task *task)
{
    task_spin(&task->count, &task->loop->stop);
}

static void spin_vectors(struct task *task)
{
    task->answer =
        task_spin_vectors(&task->loop->stop, (double)(task - task->loop->task));
}

static void *run_spinners(void *argument)
{
    static void (*const run[TASKS])(struct task *) = {spin, spin, spin, spin};
    struct loop *loop = argument;
    open_loop(loop, run);
    run_loop(loop, 300 * CORE_NS_PER_MS);
    return NULL;
}

static void loops_that_call_nothing_share_their_core(void)
{
    static struct loop loops[2];
    pthread_t threads[2];
    if (!core_preempt_plants()) {
        struct core_worker probe = {.hooks = &hooks};
        CHECK_EQ(core_worker_enter(&probe, 0), 0);
        core_worker_exit(&probe);
        if (!core_preempt_plants()) {
            printf("  skipped: no planted preemption here\n");
            return;
        }
    }
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, run_spinners, &loops[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CHECK(loops[i].worker.planted >= TASKS);
        CHECK(loops[i].turns >= 2 * TASKS);
        for (int t = 0; t < TASKS; t++)
            CHECK(loops[i].task[t].count > 0);
        close_loop(&loops[i]);
    }
}

static void every_register_survives(void)
{
    static void (*const run[TASKS])(struct task *) = {spin_vectors, spin_vectors,
                                                      spin_vectors, spin_vectors};
    static struct loop loop;
    if (!core_preempt_plants()) {
        printf("  skipped: no planted preemption here\n");
        return;
    }
    open_loop(&loop, run);
    run_loop(&loop, 300 * CORE_NS_PER_MS);
    CHECK(loop.worker.planted >= TASKS);
    for (int t = 0; t < TASKS; t++)
        CHECK(loop.task[t].answer == 4.0 * t + 6);
    close_loop(&loop);
}

static void write_null(struct task *task)
{
    (void)task;
    task_null_write();
}

static void divide_by_zero(struct task *task)
{
    task->answer = (double)task_divide(1, task->count);
}

static void call_nowhere(struct task *task)
{
    (void)task;
    task_call_nowhere(NULL);
}

static void recurse_forever(struct task *task)
{
    task->answer = (double)task_recurse(0);
}

static void run_illegal(struct task *task)
{
    (void)task;
    task_illegal();
}

static void stays_well(struct task *task)
{
    task->answer = 42;
}

static const char *text_of(const struct core_fault *fault)
{
    static char text[80];
    core_fault_text(fault, text, sizeof text);
    return text;
}

static void faults_end_their_task_and_no_other(void)
{
    static void (*const first[TASKS])(struct task *) = {write_null, divide_by_zero,
                                                        call_nowhere, stays_well};
    static void (*const second[TASKS])(struct task *) = {recurse_forever, run_illegal,
                                                         stays_well, stays_well};
    static struct loop a, b;
    if (CORE_SANITIZED) {
        printf("  skipped: a sanitizer turns these mistakes into its own reports\n");
        return;
    }
    open_loop(&a, first);
    run_loop(&a, 0);
    CHECK_EQ(a.task[0].fault.signal, SIGSEGV);
    CHECK(a.task[0].fault.address == NULL && !a.task[0].fault.overflow);
#if defined(__x86_64__)
    CHECK_EQ(a.task[1].fault.signal, SIGFPE);
    CHECK_STR(text_of(&a.task[1].fault), "integer division by zero");
#endif
    CHECK_EQ(a.task[2].fault.signal, SIGSEGV);
    CHECK(a.task[3].answer == 42);
    close_loop(&a);
    open_loop(&b, second);
    run_loop(&b, 0);
    CHECK(b.task[0].fault.overflow);
    CHECK_STR(text_of(&b.task[0].fault), "stack overflow");
    CHECK(b.task[1].fault.signal == SIGILL || b.task[1].fault.signal == SIGTRAP);
    CHECK(b.task[2].answer == 42 && b.task[3].answer == 42);
    close_loop(&b);
}

static void signals_are_given_back(void)
{
    struct sigaction before, after;
    struct core_worker worker = {.hooks = &hooks};
    sigaction(SIGSEGV, NULL, &before);
    CHECK_EQ(core_worker_enter(&worker, TICK_NS), 0);
    sigaction(SIGSEGV, NULL, &after);
    CHECK(before.sa_sigaction != after.sa_sigaction);
    core_worker_exit(&worker);
    sigaction(SIGSEGV, NULL, &after);
    CHECK(before.sa_sigaction == after.sa_sigaction);
    CHECK(core_worker_self() == NULL);
}

static void failures_to_start_are_answers(void)
{
    struct core_seams seams = {0};
    struct core_worker worker = {.hooks = &hooks, .seams = &seams};
    core_fail_nth(&seams, CORE_FAIL_TIMER, 1);
    CHECK_EQ(core_worker_enter(&worker, TICK_NS), -11 /* EAGAIN */);
    core_fail_nth(&seams, CORE_FAIL_MEMORY, 1);
    CHECK_EQ(core_worker_enter(&worker, TICK_NS), -12 /* ENOMEM */);
    CHECK(core_worker_self() == NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(loops_that_call_nothing_share_their_core),
        CHECK_CASE(every_register_survives),
        CHECK_CASE(faults_end_their_task_and_no_other),
        CHECK_CASE(signals_are_given_back),
        CHECK_CASE(failures_to_start_are_answers),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
