/* csp.c - all_to_all as 120 goroutines, each with a channel of questions and one for the
 * answer it waits for. */
#include "all_to_all.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

/* To a player: who asks, and what; 8 bytes, as every message but the first. */
struct question {
    uint32_t from, number;
};

_Static_assert(sizeof(struct question) == sizeof(struct all_to_all_message),
               "the payload is 8 bytes");

struct game;

struct player {
    struct game *game;
    struct csp_chan *questions; /* a place for each other player: nobody asks twice */
    struct csp_chan *answers;   /* a place for the one answer that can come */
    uint32_t number;
};

struct game {
    uint64_t questions; /* of each player */
    struct workload_answer *answer;
    struct csp_chan *opening, *sums, *end;
    struct player players[ALL_TO_ALL_PLAYERS];
};

/* --- Roles --------------------------------------------------------------------- */

static struct player *player_at(const struct all_to_all_players *players, uint32_t number)
{
    return (struct player *)(uintptr_t)players->task[number];
}

/* Answers what it is asked until something comes from `other`, and returns that. */
static uint64_t hear(const struct player *me, const struct all_to_all_players *players,
                     struct csp_chan *other)
{
    struct question question;
    uint64_t heard;
    struct csp_case cases[] = {
        {.op = CSP_RECV, .chan = me->questions, .element = &question},
        {.op = CSP_RECV, .chan = other, .element = &heard}};
    while (csp_select(cases, 2) == 0) {
        uint64_t answer = question.number + me->number;
        csp_send(player_at(players, question.from)->answers, &answer);
    }
    return heard;
}

static void play_on(void *argument)
{
    const struct player *me = argument;
    struct all_to_all_players players;
    csp_recv(me->game->opening, &players);
    struct core_rng rng;
    uint64_t sum = 0;
    core_rng_seed(&rng, me->number);
    for (uint64_t i = 0; i < me->game->questions; i++) {
        struct question question = {me->number, (uint32_t)all_to_all_number(i)};
        csp_send(player_at(&players, all_to_all_draw(&rng, me->number))->questions,
                 &question);
        sum += hear(me, &players, me->answers);
    }
    csp_send(me->game->sums, &sum);
    hear(me, &players, me->game->end);
}

/* Makes the players and tells each of all; counts what it sent. */
static void open_game(struct game *game, struct workload_answer *answer)
{
    struct all_to_all_players players;
    for (uint32_t i = 0; i < ALL_TO_ALL_PLAYERS; i++, answer->units++) {
        struct player *player = &game->players[i];
        *player = (struct player){.game = game, .number = i};
        player->questions =
            csp_chan_make(sizeof(struct question), ALL_TO_ALL_PLAYERS - 1);
        player->answers = csp_chan_make(sizeof(uint64_t), 1);
        players.task[i] = (uintptr_t)player;
        csp_go(play_on, player);
    }
    for (unsigned i = 0; i < ALL_TO_ALL_PLAYERS; i++, answer->messages++)
        csp_send(game->opening, &players);
    answer->bytes += answer->messages * sizeof players;
}

/* The main goroutine is the umpire. */
static void umpire(void *argument)
{
    struct game *game = argument;
    struct workload_answer answer = {.units = 1};
    uint64_t sum, over = 0;
    game->opening = csp_chan_make(sizeof(struct all_to_all_players), 0);
    game->sums = csp_chan_make(sizeof sum, 0);
    game->end = csp_chan_make(sizeof over, 0);
    open_game(game, &answer);
    for (unsigned i = 0; i < ALL_TO_ALL_PLAYERS; i++, answer.ops += game->questions) {
        csp_recv(game->sums, &sum);
        answer.checksum += sum;
    }
    for (unsigned i = 0; i < ALL_TO_ALL_PLAYERS; i++)
        csp_send(game->end, &over);
    uint64_t small = 2 * answer.ops + 2 * ALL_TO_ALL_PLAYERS;
    answer.messages += small;
    answer.bytes += small * sizeof(struct all_to_all_message);
    *game->answer = answer;
}

/* --- Run ----------------------------------------------------------------------- */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct game game = {.questions = shape->ops / ALL_TO_ALL_PLAYERS, .answer = answer};
    return on_csp_run(runtime, umpire, &game);
}

const struct workload_entry all_to_all_csp = {
    .workload = "all_to_all",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = ALL_TO_ALL_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = all_to_all_expect,
};
