/* idle_tasks on actors: a million processes that wait in a receive. */
#include "idle_tasks.h"
#include "on_actors.h"

/* Messages: struct idle_tasks_word, both ways. */

/* Roles */

struct place { /* what a task is told when it is spawned */
    actor_pid driver;
    uint64_t task;
};

struct play {
    void *runtime;
    uint64_t tasks, ops;
    struct workload_answer *answer;
};

static void say(actor_pid to, uint64_t value)
{
    struct idle_tasks_word word = {value};
    actor_check(actor_send(to, &word, sizeof word) == 0);
}

static uint64_t hear(void)
{
    return ((const struct idle_tasks_word *)actor_receive()->data)->value;
}

static void task(void *argument)
{
    const struct place *place = argument;
    uint64_t round;
    say(place->driver, place->task);
    while ((round = hear()) > 0)
        say(place->driver, idle_tasks_answer(place->task, round));
}

static void end(const actor_pid *pids, uint64_t tasks)
{
    for (uint64_t i = 0; i < tasks; i++)
        say(pids[i], 0);
}

static void drive(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.units = 1};
    actor_pid *pids = actor_alloc(play->tasks * sizeof *pids);
    actor_check(pids != NULL);
    for (; answer.units <= play->tasks; answer.units++) {
        struct place place = {actor_self(), answer.units - 1};
        actor_check(actor_spawn(task, &place, sizeof place, &pids[place.task]) == 0);
    }
    for (uint64_t i = 0; i < play->tasks; i++, answer.messages++)
        hear();
    on_actors_measure_parked(play->runtime);
    for (uint64_t round = 1; answer.ops < play->ops; round++) {
        for (uint64_t i = 0; i < play->tasks; i++, answer.messages++)
            say(pids[i], round);
        for (uint64_t i = 0; i < play->tasks; i++, answer.messages++, answer.ops++)
            answer.checksum += hear();
    }
    end(pids, play->tasks);
    answer.messages += play->tasks;
    answer.bytes = answer.messages * sizeof(struct idle_tasks_word);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.runtime = runtime,
                        .tasks = idle_tasks_count(shape),
                        .ops = shape->ops,
                        .answer = answer};
    return on_actors_run(runtime, drive, &play);
}

const struct workload_entry idle_tasks_actors = {
    .workload = "idle_tasks",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = IDLE_TASKS_QUANTUM,
    .sizes = idle_tasks_sizes,
    .size_count = IDLE_TASKS_SIZE_COUNT,
    .ops_by_size = true,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = idle_tasks_expect,
};
