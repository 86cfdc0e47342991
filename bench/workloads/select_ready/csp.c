/* csp.c - select_ready: a select over as many unbuffered channels as there are senders. */
#include "select_ready.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct sender {
    struct csp_chan *out;
    uint64_t messages;
    unsigned number, channels;
};

struct play {
    uint64_t ops;
    unsigned channels;
    struct workload_answer *answer;
    struct sender senders[SELECT_READY_MOST];
};

/* --- Roles --------------------------------------------------------------------- */

static void be_sender(void *argument)
{
    const struct sender *sender = argument;
    for (uint64_t i = 0; i < sender->messages; i++) {
        struct select_ready_message message = {
            select_ready_value(i, sender->number, sender->channels)};
        csp_send(sender->out, &message);
    }
}

static void receive(const struct play *play, struct csp_case *cases,
                    const struct select_ready_message *message,
                    struct workload_answer *answer)
{
    uint64_t next[SELECT_READY_MOST] = {0}; /* message of each sender */
    for (; answer->ops < play->ops; answer->ops++) {
        unsigned from = (unsigned)csp_select(cases, play->channels);
        if (message->value == select_ready_value(next[from]++, from, play->channels))
            answer->checksum += message->value;
    }
}

/* The main goroutine is the receiver. */
static void start_all(void *argument)
{
    struct play *play = argument;
    struct workload_answer answer = {.units = play->channels + 1u};
    struct select_ready_message message;
    struct csp_case cases[SELECT_READY_MOST];
    for (unsigned i = 0; i < play->channels; i++) {
        struct csp_chan *chan = csp_chan_make(sizeof message, 0);
        play->senders[i] =
            (struct sender){chan, play->ops / play->channels, i, play->channels};
        cases[i] = (struct csp_case){.op = CSP_RECV, .chan = chan, .element = &message};
        csp_go(be_sender, &play->senders[i]);
    }
    receive(play, cases, &message, &answer);
    answer.messages = answer.ops;
    answer.bytes = sizeof message * answer.ops;
    *play->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .ops = shape->ops, .channels = select_ready_channels(shape), .answer = answer};
    return on_csp_run(runtime, start_all, &play);
}

const struct workload_entry select_ready_csp = {
    .workload = "select_ready",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = SELECT_READY_QUANTUM,
    .sizes = select_ready_sizes,
    .size_count = SELECT_READY_SIZE_COUNT,
    .ops_by_size = true,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = select_ready_expect,
};
