/* ping_pong on actors: two processes; the ball is a message. */
#include "on_actors.h"
#include "ping_pong.h"

/* Messages: struct ping_pong_ball both ways; ping's pid comes with the ball. */

/* Roles */

struct play {
    uint64_t round_trips;
    struct workload_answer *answer;
};

static void pong(void *argument)
{
    uint64_t round_trips = *(const uint64_t *)argument;
    for (uint64_t i = 0; i < round_trips; i++) {
        const struct actor_message *message = actor_receive();
        struct ping_pong_ball ball = *(const struct ping_pong_ball *)message->data;
        ball.hops++;
        actor_check(actor_send(message->from, &ball, sizeof ball) == 0);
    }
}

static void ping(void *argument)
{
    const struct play *play = argument;
    struct ping_pong_ball ball = {.hops = 0};
    actor_pid other;
    actor_check(actor_spawn(pong, &play->round_trips, sizeof play->round_trips, &other) ==
                0);
    uint64_t round_trips = 0;
    while (round_trips < play->round_trips) {
        ball.hops++;
        actor_check(actor_send(other, &ball, sizeof ball) == 0);
        ball = *(const struct ping_pong_ball *)actor_receive()->data;
        round_trips++;
    }
    *play->answer = (struct workload_answer){
        .ops = round_trips,
        .units = PING_PONG_TASKS,
        .messages = ball.hops, /* each hop was one message, counted by its sender */
        .bytes = ball.hops * sizeof ball,
        .checksum = ball.hops,
    };
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.round_trips = shape->ops, .answer = answer};
    return on_actors_run(runtime, ping, &play);
}

const struct workload_entry ping_pong_actors = {
    .workload = "ping_pong",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = PING_PONG_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = ping_pong_expect,
};
