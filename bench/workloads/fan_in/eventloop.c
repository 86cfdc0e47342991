/* fan_in on the event loop: eight async tasks push into one unbounded queue. */
#include "fan_in.h"
#include "on_eventloop.h"

/* Messages: struct fan_in_message, producer -> consumer. */

/* Roles */

struct producer {
    struct loop_inbox *queue;
    uint64_t messages; /* to be sent */
    uint64_t sent;
    unsigned number;
};

struct consumer {
    struct loop_inbox queue;
    uint64_t messages; /* to be received */
    uint64_t received;
    uint64_t sum;
};

/* Pushes one message, then gives its turn away (`await null`), as a producer does that
 * reads from a source. */
static void produce(struct loop *loop, void *context)
{
    struct producer *producer = context;
    if (producer->sent == producer->messages)
        return;
    struct fan_in_message message = {fan_in_value(producer->sent, producer->number)};
    on_eventloop_check(loop, loop_inbox_put(producer->queue, &message));
    producer->sent++;
    on_eventloop_check(loop, loop_microtask(loop, produce, producer));
}

/* Takes all that is there, then awaits more. */
static void consume(struct loop *loop, void *context)
{
    struct consumer *consumer = context;
    struct fan_in_message message;
    while (loop_inbox_take(&consumer->queue, &message)) {
        consumer->sum += message.value;
        consumer->received++;
    }
    if (consumer->received < consumer->messages)
        on_eventloop_check(loop, loop_inbox_await(&consumer->queue, consume, consumer));
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct loop *loop = on_eventloop_loop(runtime);
    struct consumer consumer = {.messages = shape->ops};
    struct producer producers[FAN_IN_PRODUCERS];
    loop_inbox_open(loop, &consumer.queue, sizeof(struct fan_in_message));
    consume(loop, &consumer);
    for (unsigned p = 0; p < FAN_IN_PRODUCERS; p++) {
        producers[p] = (struct producer){.queue = &consumer.queue,
                                         .messages = shape->ops / FAN_IN_PRODUCERS,
                                         .number = p};
        produce(loop, &producers[p]);
    }
    int error = on_eventloop_run(runtime);
    loop_inbox_close(&consumer.queue);
    *answer = (struct workload_answer){
        .ops = consumer.received,
        .units = FAN_IN_TASKS,
        .checksum = consumer.sum,
    };
    for (unsigned p = 0; p < FAN_IN_PRODUCERS; p++)
        answer->messages += producers[p].sent;
    answer->bytes = answer->messages * sizeof(struct fan_in_message);
    return error;
}

const struct workload_entry fan_in_eventloop = {
    .workload = "fan_in",
    .model = "eventloop",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 1,
    .quantum = FAN_IN_QUANTUM,
    .start = on_eventloop_start,
    .run = run,
    .stop = on_eventloop_stop,
    .counters = on_eventloop_counters,
    .expect = fan_in_expect,
};
