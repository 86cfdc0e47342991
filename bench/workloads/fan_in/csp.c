/* csp.c - fan_in as eight goroutines that send into one channel of 128 places. */
#include "fan_in.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct producer {
    struct csp_chan *messages;
    unsigned number;
    uint64_t count;
};

struct fan_in {
    uint64_t ops;
    struct workload_answer *answer;
    struct producer producers[FAN_IN_PRODUCERS];
};

/* --- Roles --------------------------------------------------------------------- */

static void produce(void *argument)
{
    struct producer *producer = argument;
    for (uint64_t i = 0; i < producer->count; i++) {
        struct fan_in_message message = {fan_in_value(i, producer->number)};
        csp_send(producer->messages, &message);
    }
}

static void consume(struct csp_chan *messages, uint64_t ops,
                    struct workload_answer *answer)
{
    struct fan_in_message message;
    uint64_t sum = 0;
    for (uint64_t received = 0; received < ops; received++) {
        csp_recv(messages, &message);
        sum += message.value;
    }
    answer->ops = answer->messages = ops;
    answer->bytes = sizeof message * ops;
    answer->checksum = sum;
}

/* --- Run ----------------------------------------------------------------------- */

/* The main goroutine is the consumer. */
static void start_all(void *argument)
{
    struct fan_in *fan_in = argument;
    struct csp_chan *messages =
        csp_chan_make(sizeof(struct fan_in_message), FAN_IN_BUFFER);
    for (unsigned p = 0; p < FAN_IN_PRODUCERS; p++) {
        fan_in->producers[p] =
            (struct producer){messages, p, fan_in->ops / FAN_IN_PRODUCERS};
        csp_go(produce, &fan_in->producers[p]);
    }
    consume(messages, fan_in->ops, fan_in->answer);
    fan_in->answer->units = FAN_IN_TASKS;
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    *answer = (struct workload_answer){0};
    struct fan_in fan_in = {.ops = shape->ops, .answer = answer};
    return on_csp_run(runtime, start_all, &fan_in);
}

const struct workload_entry fan_in_csp = {
    .workload = "fan_in",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = FAN_IN_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = fan_in_expect,
};
