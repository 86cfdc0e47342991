/* bounded_buffer on actors: the buffer is a process that is asked to put and to get. */
#include "bounded_buffer.h"
#include "on_actors.h"

/* Messages: struct bounded_buffer_item of each kind, but for the reports. A reply goes to
 * the pid the request came from; the buffer keeps it back until there is an item, or a
 * place. */
enum kind {
    PUT,   /* producer -> buffer */
    GET,   /* consumer -> buffer */
    REPLY, /* buffer -> producer: it is in; buffer -> consumer: the item */
};

/* Roles */

struct order { /* what a process is told when it is spawned */
    actor_pid main, buffer;
    uint64_t items;
    unsigned number, pairs;
};

struct play {
    uint64_t ops;
    unsigned pairs;
    struct workload_answer *answer;
};

/* First in, first out; more than the most it must hold are never added. */
struct queue {
    struct waiting {
        actor_pid from; /* 0: of an item that is in */
        struct bounded_buffer_item item;
    } at[BOUNDED_BUFFER_PLACES_MOST];
    unsigned first, count;
};

static void add(struct queue *queue, actor_pid from, struct bounded_buffer_item item)
{
    unsigned end = queue->first + queue->count++;
    queue->at[end % BOUNDED_BUFFER_PLACES_MOST] = (struct waiting){from, item};
}

static struct waiting take(struct queue *queue)
{
    struct waiting taken = queue->at[queue->first];
    queue->first = (queue->first + 1) % BOUNDED_BUFFER_PLACES_MOST;
    queue->count--;
    return taken;
}

static void say(actor_pid to, enum kind kind, struct bounded_buffer_item item)
{
    item.kind = kind & 3u;
    actor_check(actor_send(to, &item, sizeof item) == 0);
}

static struct bounded_buffer_item ask(actor_pid buffer, enum kind kind,
                                      struct bounded_buffer_item item)
{
    say(buffer, kind, item);
    return *(const struct bounded_buffer_item *)actor_receive()->data;
}

/* Replies to whom it can, until nobody who waits can go on. */
static void serve(struct queue *items, struct queue *putting, struct queue *getting,
                  unsigned places)
{
    for (;;) {
        if (putting->count > 0 && items->count < places) {
            struct waiting put = take(putting);
            say(put.from, REPLY, put.item);
            add(items, 0, put.item);
        } else if (getting->count > 0 && items->count > 0) {
            say(take(getting).from, REPLY, take(items).item);
        } else {
            return;
        }
    }
}

static void buffer(void *argument)
{
    const struct order *order = argument;
    struct queue *queues = actor_alloc(3 * sizeof *queues);
    actor_check(queues != NULL);
    struct queue *items = queues, *putting = queues + 1, *getting = queues + 2;
    items->first = putting->first = getting->first = 0;
    items->count = putting->count = getting->count = 0;
    for (uint64_t left = 2 * order->items * order->pairs; left > 0; left--) {
        const struct actor_message *message = actor_receive();
        struct bounded_buffer_item item =
            *(const struct bounded_buffer_item *)message->data;
        add(item.kind == PUT ? putting : getting, message->from, item);
        serve(items, putting, getting, bounded_buffer_places(order->pairs));
    }
}

static void produce(void *argument)
{
    const struct order *me = argument;
    struct bounded_buffer_item item = {.producer = me->number & 63u};
    for (uint64_t left = me->items; left > 0; left--, item.number++)
        actor_check(ask(me->buffer, PUT, item).number == item.number);
}

static void consume(void *argument)
{
    const struct order *me = argument;
    struct bounded_buffer_report report = {0};
    uint64_t next[BOUNDED_BUFFER_MOST] = {0};
    for (uint64_t left = me->items; left > 0; left--)
        report.sum += bounded_buffer_count(
            next, ask(me->buffer, GET, (struct bounded_buffer_item){0}));
    actor_check(actor_send(me->main, &report, sizeof report) == 0);
}

/* Starts all and hears the reports. */
static void start_all(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.units = 2};
    struct order order = {
        .main = actor_self(), .items = play->ops / play->pairs, .pairs = play->pairs};
    actor_check(actor_spawn(buffer, &order, sizeof order, &order.buffer) == 0);
    for (; order.number < play->pairs; order.number++, answer.units += 2) {
        actor_check(actor_spawn(produce, &order, sizeof order, NULL) == 0);
        actor_check(actor_spawn(consume, &order, sizeof order, NULL) == 0);
    }
    for (unsigned i = 0; i < play->pairs; i++, answer.ops += order.items)
        answer.checksum +=
            ((const struct bounded_buffer_report *)actor_receive()->data)->sum;
    answer.messages = BOUNDED_BUFFER_HANDS * answer.ops + play->pairs;
    answer.bytes = answer.messages * sizeof(struct bounded_buffer_item);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {
        .ops = shape->ops, .pairs = bounded_buffer_pairs(shape), .answer = answer};
    return on_actors_run(runtime, start_all, &play);
}

const struct workload_entry bounded_buffer_actors = {
    .workload = "bounded_buffer",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = BOUNDED_BUFFER_QUANTUM,
    .sizes = bounded_buffer_sizes,
    .size_count = BOUNDED_BUFFER_SIZE_COUNT,
    .ops_by_size = true,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = bounded_buffer_expect_requests,
};
