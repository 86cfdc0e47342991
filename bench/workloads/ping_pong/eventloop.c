/* ping_pong on the event loop: two async tasks; a put resolves the promise that the other
 * side awaits, so each hop is one microtask and no turn of the loop. */
#include "on_eventloop.h"
#include "ping_pong.h"

/* Messages: struct ping_pong_ball both ways. */

/* Roles: an async function is what runs up to its first await, and what goes on after it.
 */

struct player {
    struct loop_inbox inbox;
    struct player *other;
    uint64_t rounds; /* still to be played */
    uint64_t played;
    uint64_t sent;
    uint64_t hops; /* of the ball when last held */
};

static void hit(struct loop *loop, struct player *player)
{
    struct ping_pong_ball ball = {.hops = player->hops + 1};
    on_eventloop_check(loop, loop_inbox_put(&player->other->inbox, &ball));
    player->sent++;
}

static void hold(struct loop *loop, struct player *player)
{
    struct ping_pong_ball ball = {.hops = 0};
    if (!loop_inbox_take(&player->inbox, &ball))
        loop_throw(loop, "woken without a ball");
    player->hops = ball.hops;
}

static void ping_goes_on(struct loop *loop, void *context)
{
    struct player *ping = context;
    hold(loop, ping);
    if (++ping->played == ping->rounds)
        return;
    hit(loop, ping);
    on_eventloop_check(loop, loop_inbox_await(&ping->inbox, ping_goes_on, ping));
}

static void pong_goes_on(struct loop *loop, void *context)
{
    struct player *pong = context;
    hold(loop, pong);
    hit(loop, pong);
    if (++pong->played < pong->rounds)
        on_eventloop_check(loop, loop_inbox_await(&pong->inbox, pong_goes_on, pong));
}

static void start_playing(struct loop *loop, struct player *ping, struct player *pong)
{
    if (ping->rounds == 0)
        return;
    hit(loop, ping);
    on_eventloop_check(loop, loop_inbox_await(&ping->inbox, ping_goes_on, ping));
    on_eventloop_check(loop, loop_inbox_await(&pong->inbox, pong_goes_on, pong));
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct loop *loop = on_eventloop_loop(runtime);
    struct player ping = {.rounds = shape->ops}, pong = {.rounds = shape->ops};
    ping.other = &pong;
    pong.other = &ping;
    loop_inbox_open(loop, &ping.inbox, sizeof(struct ping_pong_ball));
    loop_inbox_open(loop, &pong.inbox, sizeof(struct ping_pong_ball));
    start_playing(loop, &ping, &pong);
    int error = on_eventloop_run(runtime);
    loop_inbox_close(&ping.inbox);
    loop_inbox_close(&pong.inbox);
    uint64_t messages = ping.sent + pong.sent;
    *answer = (struct workload_answer){
        .ops = ping.played,
        .units = PING_PONG_TASKS,
        .messages = messages,
        .bytes = messages * sizeof(struct ping_pong_ball),
        .checksum = ping.hops,
    };
    return error;
}

const struct workload_entry ping_pong_eventloop = {
    .workload = "ping_pong",
    .model = "eventloop",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 1,
    .quantum = PING_PONG_QUANTUM,
    .start = on_eventloop_start,
    .run = run,
    .stop = on_eventloop_stop,
    .counters = on_eventloop_counters,
    .expect = ping_pong_expect,
};
