/* csp+compacted.c - as csp.c, but the goroutines promise that their stacks are their own,
 * and each round finds all of them compacted. */
#include "idle_tasks.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct task {
    struct csp_chan *wake; /* unbuffered: the driver finds the task waiting */
    struct csp_chan *answers;
    uint64_t number;
};

struct play {
    void *runtime;
    uint64_t tasks, ops;
    struct workload_answer *answer;
};

/* --- Roles --------------------------------------------------------------------- */

#define LOOK_NS 1000000 /* how often the driver looks whether all are compacted */

static void say(struct csp_chan *to, uint64_t value)
{
    struct idle_tasks_word word = {value};
    csp_send(to, &word);
}

static uint64_t hear(struct csp_chan *from)
{
    struct idle_tasks_word word;
    csp_recv(from, &word);
    return word.value;
}

static void be_task(void *argument)
{
    const struct task *task = argument;
    uint64_t round;
    say(task->answers, task->number);
    while ((round = hear(task->wake)) > 0)
        say(task->answers, idle_tasks_answer(task->number, round));
}

/* The driver's end of the channel of answers has a place for each: as many can come. */
static struct task *start_tasks(const struct play *play)
{
    struct task *tasks = csp_alloc(play->tasks * sizeof *tasks);
    struct csp_chan *answers =
        csp_chan_make(sizeof(struct idle_tasks_word), (ptrdiff_t)play->tasks);
    for (uint64_t i = 0; i < play->tasks; i++) {
        struct csp_chan *wake = csp_chan_make(sizeof(struct idle_tasks_word), 0);
        tasks[i] = (struct task){wake, answers, i};
        csp_go_with(CSP_PRIVATE_STACK, be_task, &tasks[i]);
    }
    return tasks;
}

/* All but one, which may be left: the least that compaction is started for. */
static void await_compaction(const struct play *play)
{
    while (on_csp_compacted(play->runtime) + 1 < play->tasks)
        csp_sleep(LOOK_NS);
}

/* --- Run ----------------------------------------------------------------------- */

/* The main goroutine is the driver. */
static void drive(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.units = play->tasks + 1};
    struct task *tasks = start_tasks(play);
    struct csp_chan *answers = tasks[0].answers;
    for (uint64_t i = 0; i < play->tasks; i++, answer.messages++)
        hear(answers);
    await_compaction(play);
    on_csp_measure_parked(play->runtime);
    for (uint64_t round = 1; answer.ops < play->ops; round++) {
        await_compaction(play);
        for (uint64_t i = 0; i < play->tasks; i++, answer.messages++)
            say(tasks[i].wake, round);
        for (uint64_t i = 0; i < play->tasks; i++, answer.messages++, answer.ops++)
            answer.checksum += hear(answers);
    }
    for (uint64_t i = 0; i < play->tasks; i++, answer.messages++)
        say(tasks[i].wake, 0);
    answer.bytes = answer.messages * sizeof(struct idle_tasks_word);
    *play->answer = answer;
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.runtime = runtime,
                        .tasks = idle_tasks_count(shape),
                        .ops = shape->ops,
                        .answer = answer};
    return on_csp_run(runtime, drive, &play);
}

const struct workload_entry idle_tasks_csp_compacted = {
    .workload = "idle_tasks",
    .model = "csp",
    .variant = "compacted",
    .entry_class = "idiomatic",
    .workers_max = 0,
    .quantum = IDLE_TASKS_QUANTUM,
    .sizes = idle_tasks_sizes,
    .size_count = IDLE_TASKS_SIZE_COUNT,
    .ops_by_size = true,
    .start = on_csp_start_compacted,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = idle_tasks_expect,
};
