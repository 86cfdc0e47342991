/* fairness on actors: a ticker waits in a receive that times out; a hog is an infinite
 * loop, which its maker kills. */
#include "fairness.h"
#include "on_actors.h"

#include <errno.h>

/* Messages: struct fairness_done, ticker -> driver. */

/* Roles */

struct place { /* what a ticker or hog is told when it is spawned */
    const struct fairness_log *log;
    actor_pid driver;
    uint64_t number;
};

struct play {
    struct fairness_log log;
    struct workload_answer *answer;
};

static uint64_t wait_until(uint64_t due_ns)
{
    uint64_t now_ns;
    while ((now_ns = core_now_ns()) < due_ns)
        actor_check(actor_receive_within((int64_t)(due_ns - now_ns)) == NULL);
    return now_ns;
}

static void tick(void *argument)
{
    const struct place *place = argument;
    uint64_t ticks = 0;
    for (; ticks < place->log->ticks; ticks++)
        fairness_note(place->log, place->number, ticks,
                      wait_until(fairness_due_ns(place->log, ticks)));
    struct fairness_done done = {(place->number + 1) * ticks};
    actor_check(actor_send(place->driver, &done, sizeof done) == 0);
}

static void hog(void *argument)
{
    const struct place *place = argument;
    struct fairness_work *work = &place->log->work[place->number];
    for (uint64_t loops = 1;; loops++)
        fairness_hog_step(work, loops);
}

static actor_pid make(void (*role)(void *), const struct play *play, uint64_t number)
{
    struct place place = {&play->log, actor_self(), number};
    actor_pid pid;
    actor_check(actor_spawn(role, &place, sizeof place, &pid) == 0);
    return pid;
}

/* A hog hears of nothing, but it can be killed; it has counted all it will when it is
 * down. */
static void end(actor_pid hog)
{
    actor_ref monitor;
    actor_check(actor_monitor(hog, &monitor) == 0);
    actor_check(actor_exit_signal(hog, "kill") == 0);
    actor_check(actor_receive()->kind == ACTOR_DOWN);
}

static void drive(void *argument)
{
    struct play *play = argument;
    struct workload_answer answer = {.ops = play->log.ticks * FAIRNESS_TICKERS,
                                     .units = 1};
    actor_pid hogs[FAIRNESS_HOGS_MAX];
    play->log.begin_ns = core_now_ns();
    for (uint64_t i = 0; i < FAIRNESS_TICKERS; i++, answer.units++)
        make(tick, play, i);
    for (uint64_t i = 0; i < play->log.hogs; i++, answer.units++)
        hogs[i] = make(hog, play, i);
    for (; answer.messages < FAIRNESS_TICKERS; answer.messages++) {
        const struct actor_message *message = actor_receive();
        answer.checksum += ((const struct fairness_done *)message->data)->value;
        answer.bytes += message->size;
    }
    for (uint64_t i = 0; i < play->log.hogs; i++)
        end(hogs[i]);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    if (shape->size > 0 && !on_actors_stops_loops()) /* a hog would never be stopped */
        return -ENOTSUP;
    struct play play = {.answer = answer};
    int error = fairness_log_begin(&play.log, shape) ? 0 : -ENOMEM;
    if (error == 0)
        error = on_actors_run(runtime, drive, &play);
    fairness_log_end(&play.log, error == 0 ? shape->told : NULL);
    return error;
}

const struct workload_entry fairness_actors = {
    .workload = "fairness",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = FAIRNESS_QUANTUM,
    .sizes = fairness_sizes,
    .size_count = FAIRNESS_SIZE_COUNT,
    .size_name = "hogs",
    .figures = fairness_figures,
    .histogram = "lateness",
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = fairness_expect,
};
