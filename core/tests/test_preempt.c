/* Where a tick takes the turn by a planted call, where it may only set the flag, and what
 * must come back from a planted call: every register, the flags and the red zone, also
 * when the task goes on at another worker. Ends are counted in ticks, yields and moves,
 * not in time. */
#include "check.h"
#include "preempt_tasks.h"
#include "turns.h"

#include <core/sanitize.h>

enum { ENOUGH = CORE_SANITIZED ? 300 : 2000, TICKS = 5 };

static struct turns turns;

/* Planting can be judged once the machine was probed, by the first worker. */
static bool plants(void)
{
    struct core_worker probe = {.hooks = &turns.hooks};
    CHECK_EQ(core_worker_enter(&probe, 0), 0);
    core_worker_exit(&probe);
    if (!core_preempt_plants())
        printf("  skipped: no planted preemption here\n");
    return core_preempt_plants();
}

static uint64_t planted(void)
{
    return turns.place[0].worker.planted + turns.place[1].worker.planted;
}

/* --- what survives ------------------------------------------------------------- */

#if defined(__x86_64__)
static void check_hold(uint64_t (*hold)(const atomic_bool *))
{
    turns_open(&turns);
    turns.enough_yields = ENOUGH;
    for (int i = 0; i < 2; i++)
        turns_add_hold(&turns, hold);
    turns_run(&turns, 1);
    CHECK(planted() >= ENOUGH);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(turns.task[i].wrong, 0);
    turns_close(&turns);
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}

static void registers_flags_and_red_zone_survive(void)
{
    if (plants())
        check_hold(task_hold_general);
}

static void vectors_survive(void)
{
    if (!plants())
        return;
    check_hold(task_hold_doubles);
    if (has_avx2())
        check_hold(task_hold_avx2);
    if (has_avx512()) {
        check_hold(task_hold_avx512);
        check_hold(task_hold_masks);
    }
    printf("  doubles%s%s\n", has_avx2() ? ", AVX2" : "",
           has_avx512() ? ", AVX-512" : "");
}

static void tasks_move_between_workers_in_the_middle_of_a_loop(void)
{
    if (!plants())
        return;
    turns_open(&turns);
    turns.enough_moves = ENOUGH;
    for (int i = 0; i < 2; i++) {
        turns_add_hold(&turns, task_hold_general);
        turns_add_hold(&turns, task_hold_doubles);
        turns_add_hold(&turns, has_avx2() ? task_hold_avx2 : task_hold_general);
        turns_add_hold(&turns, has_avx512() ? task_hold_masks : task_hold_general);
    }
    turns_run(&turns, 2);
    CHECK(turns.moves >= ENOUGH && planted() >= ENOUGH);
    for (int i = 0; i < TURNS_TASKS; i++)
        CHECK_EQ(turns.task[i].wrong, 0);
    turns_close(&turns);
}
#endif

/* --- where only the flag is set ------------------------------------------------ */

/* Wants the turn at TICKS ticks while the task stands where it was sent, and lets it go
 * at the last: on its way there and back ticks do not count. */
static bool stop_after_ticks(struct core_worker *worker)
{
    struct turns_place *place = worker->runtime;
    /* relaxed: both written by this thread */
    if (!core_load_relaxed(&turns.there) || core_load_relaxed(&turns.stop))
        return false;
    if (++place->ticks >= TICKS)
        core_store_relaxed(&turns.stop, true); /* the flag stands for itself */
    return true;
}

static bool want_nothing(struct core_worker *worker)
{
    stop_after_ticks(worker);
    return false;
}

static void wait_in_task_code(struct turns_task *task)
{
    core_store_relaxed(&task->turns->there, true); /* read by this thread's handler */
    task_wait(&task->turns->stop);
}

static void wait_at_the_end_of_the_stack(struct turns_task *task)
{
    task->wrong = task_wait_deep(task->stack->bottom, CORE_STACK_RESERVE + 1024,
                                 &task->turns->there, &task->turns->stop);
}

/* Not task code, as the functions of a runtime are not. */
static void wait_outside_of_task_code(struct turns_task *task)
{
    core_store_relaxed(&task->turns->there, true); /* as above */
    while (!core_load_relaxed(&task->turns->stop)) /* as above */
        continue;
}

/* Runs one task over some ticks; returns how many of them planted a call. */
static uint64_t run_over_ticks(void (*run)(struct turns_task *), bool flagged)
{
    struct turns_place *place = &turns.place[0];
    turns.enough_yields = UINT64_MAX;
    turns_add(&turns, run);
    turns_run(&turns, 1);
    CHECK(place->ticks >= TICKS);
    CHECK_EQ(turns.yields, planted());
    if (planted() == 0)
        CHECK_EQ(core_preempt_wanted(&place->worker), flagged);
    return planted();
}

static void check_flag_only(void (*run)(struct turns_task *), int nopreempt)
{
    turns_open(&turns);
    turns.hooks.tick = stop_after_ticks;
    turns.nopreempt = nopreempt;
    CHECK_EQ(run_over_ticks(run, true), 0);
    turns_close(&turns);
}

static void a_callback_keeps_the_turn(void)
{
    check_flag_only(wait_in_task_code, 1);
    check_flag_only(wait_in_task_code, 2);
}

static void too_little_stack_keeps_the_turn(void)
{
    check_flag_only(wait_at_the_end_of_the_stack, 0);
}

static void code_of_the_runtime_keeps_the_turn(void)
{
    check_flag_only(wait_outside_of_task_code, 0);
}

static void a_tick_that_wants_nothing_leaves_no_flag(void)
{
    turns_open(&turns);
    turns.hooks.tick = want_nothing;
    CHECK_EQ(run_over_ticks(wait_in_task_code, false), 0);
    turns_close(&turns);
}

/* The same loop, with nothing in the way: or the cases above would prove nothing. */
static void task_code_loses_the_turn_at_each_tick(void)
{
    bool here = plants();
    turns_open(&turns);
    turns.hooks.tick = stop_after_ticks;
    uint64_t times = run_over_ticks(wait_in_task_code, true);
    CHECK_EQ(times > 0, here);
    turns_close(&turns);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
#if defined(__x86_64__)
        CHECK_CASE(registers_flags_and_red_zone_survive),
        CHECK_CASE(vectors_survive),
        CHECK_CASE(tasks_move_between_workers_in_the_middle_of_a_loop),
#endif
        CHECK_CASE(task_code_loses_the_turn_at_each_tick),
        CHECK_CASE(a_callback_keeps_the_turn),
        CHECK_CASE(too_little_stack_keeps_the_turn),
        CHECK_CASE(code_of_the_runtime_keeps_the_turn),
        CHECK_CASE(a_tick_that_wants_nothing_leaves_no_flag),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
