/* csp.c - ping_pong as two goroutines and two unbuffered channels, one each way. */
#include "ping_pong.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct game {
    uint64_t rounds;
    struct workload_answer *answer;
    struct csp_chan *there; /* ping to pong */
    struct csp_chan *back;
};

/* --- Roles --------------------------------------------------------------------- */

static void pong(void *argument)
{
    struct game *game = argument;
    struct ping_pong_ball ball;
    while (csp_recv(game->there, &ball)) {
        ball.hops++;
        csp_send(game->back, &ball);
    }
}

static void ping(void *argument)
{
    struct game *game = argument;
    struct workload_answer *answer = game->answer;
    struct ping_pong_ball ball = {0};
    for (uint64_t round = 0; round < game->rounds; round++) {
        ball.hops++;
        csp_send(game->there, &ball);
        csp_recv(game->back, &ball);
        answer->ops++;
    }
    answer->messages = PING_PONG_HOPS * answer->ops;
    answer->bytes = sizeof ball * answer->messages;
    answer->checksum = ball.hops;
    csp_close(game->there);
}

/* --- Run ----------------------------------------------------------------------- */

/* The main goroutine is ping. */
static void start_game(void *argument)
{
    struct game *game = argument;
    game->there = csp_chan_make(sizeof(struct ping_pong_ball), 0);
    game->back = csp_chan_make(sizeof(struct ping_pong_ball), 0);
    csp_go(pong, game);
    game->answer->units = PING_PONG_TASKS;
    ping(game);
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    *answer = (struct workload_answer){0};
    struct game game = {.rounds = shape->ops, .answer = answer};
    return on_csp_run(runtime, start_game, &game);
}

const struct workload_entry ping_pong_csp = {
    .workload = "ping_pong",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = PING_PONG_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = ping_pong_expect,
};
