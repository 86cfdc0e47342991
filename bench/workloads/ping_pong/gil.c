/* ping_pong on gil: two threads, one queue for each direction; the ball is the item. */
#include "on_gil.h"
#include "ping_pong.h"

/* Messages: struct ping_pong_ball's counter, through `there` and `back`. */

/* Roles */

struct play {
    uint64_t round_trips;
    struct gil_queue *there;
    struct gil_queue *back;
    struct workload_answer *answer;
};

GIL_HELD static void pong(void *argument)
{
    const struct play *play = argument;
    for (uint64_t i = 0; i < play->round_trips; i++) {
        on_gil_put(play->back, on_gil_get(play->there) + 1);
        gil_checkpoint();
    }
}

GIL_HELD static void ping(void *argument)
{
    const struct play *play = argument;
    struct workload_answer *answer = play->answer;
    uint64_t hops = 0;
    while (answer->ops < play->round_trips) {
        on_gil_put(play->there, hops + 1);
        hops = on_gil_get(play->back);
        answer->ops++;
        gil_checkpoint();
    }
    answer->messages = hops; /* each hop was one message, counted by its sender */
    answer->bytes = hops * sizeof(struct ping_pong_ball);
    answer->checksum = hops;
}

GIL_HELD static void play_both(void *argument)
{
    struct play *play = argument;
    *play->answer = (struct workload_answer){.ops = 0};
    play->there = on_gil_queue();
    play->back = on_gil_queue();
    struct gil_thread *threads[] = {on_gil_spawn(ping, play), on_gil_spawn(pong, play)};
    for (unsigned i = 0; i < PING_PONG_TASKS; i++) {
        on_gil_join(threads[i]);
        play->answer->units++;
    }
    gil_queue_free(play->there);
    gil_queue_free(play->back);
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.round_trips = shape->ops, .answer = answer};
    return on_gil_run(runtime, play_both, &play);
}

const struct workload_entry ping_pong_gil = {
    .workload = "ping_pong",
    .model = "gil",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = PING_PONG_QUANTUM,
    .start = on_gil_start,
    .run = run,
    .stop = on_gil_stop,
    .counters = on_gil_counters,
    .expect = ping_pong_expect,
};
