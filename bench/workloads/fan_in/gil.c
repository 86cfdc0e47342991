/* fan_in on gil: eight threads put into one queue. */
#include "fan_in.h"
#include "on_gil.h"

/* Messages: struct fan_in_message's value, producer -> consumer, through one queue. */

/* Roles */

struct play {
    uint64_t messages;
    struct gil_queue *queue;
    struct workload_answer *answer;
};

struct producer {
    const struct play *play;
    unsigned number;
};

GIL_HELD static void produce(void *argument)
{
    const struct producer *me = argument;
    uint64_t messages = me->play->messages / FAN_IN_PRODUCERS;
    for (uint64_t i = 0; i < messages; i++) {
        on_gil_put(me->play->queue, fan_in_value(i, me->number));
        gil_checkpoint();
    }
}

GIL_HELD static void consume(void *argument)
{
    const struct play *play = argument;
    struct workload_answer *answer = play->answer;
    while (answer->ops < play->messages) {
        answer->checksum += on_gil_get(play->queue);
        answer->bytes += sizeof(struct fan_in_message);
        answer->ops++;
        gil_checkpoint();
    }
    answer->messages = answer->ops;
}

GIL_HELD static void play_all(void *argument)
{
    struct play *play = argument;
    *play->answer = (struct workload_answer){.ops = 0};
    play->queue = on_gil_queue();
    struct producer producers[FAN_IN_PRODUCERS];
    struct gil_thread *threads[FAN_IN_TASKS] = {on_gil_spawn(consume, play)};
    for (unsigned p = 0; p < FAN_IN_PRODUCERS; p++) {
        producers[p] = (struct producer){.play = play, .number = p};
        threads[1 + p] = on_gil_spawn(produce, &producers[p]);
    }
    for (unsigned i = 0; i < FAN_IN_TASKS; i++) {
        on_gil_join(threads[i]);
        play->answer->units++;
    }
    gil_queue_free(play->queue);
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.messages = shape->ops, .answer = answer};
    return on_gil_run(runtime, play_all, &play);
}

const struct workload_entry fan_in_gil = {
    .workload = "fan_in",
    .model = "gil",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = FAN_IN_QUANTUM,
    .start = on_gil_start,
    .run = run,
    .stop = on_gil_stop,
    .counters = on_gil_counters,
    .expect = fan_in_expect,
};
