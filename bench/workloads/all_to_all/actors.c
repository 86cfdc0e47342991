/* all_to_all on actors: 120 players, each a process; the umpire is one too. */
#include "all_to_all.h"
#include "on_actors.h"

/* Messages: struct all_to_all_players, umpire -> player, once; then struct
 * all_to_all_message of each kind. An answer goes to the pid the question came from. */

/* Roles */

struct player { /* what a player is told when it is spawned; its own copy */
    uint64_t questions;
    actor_pid umpire;
    uint32_t number;
};

struct play {
    uint64_t questions;
    struct workload_answer *answer;
};

static void say(actor_pid to, enum all_to_all_kind kind, uint64_t value)
{
    struct all_to_all_message message = {.kind = kind,
                                         .value = value & ((UINT64_C(1) << 61) - 1)};
    actor_check(actor_send(to, &message, sizeof message) == 0);
}

/* Answers what it is asked until something else comes, and returns that. */
static struct all_to_all_message hear(const struct player *player)
{
    for (;;) {
        const struct actor_message *received = actor_receive();
        struct all_to_all_message message =
            *(const struct all_to_all_message *)received->data;
        if (message.kind != ALL_TO_ALL_QUESTION)
            return message;
        say(received->from, ALL_TO_ALL_ANSWER, message.value + player->number);
    }
}

/* The first message comes from the umpire, but another player may be faster. */
static bool is_players(const struct actor_message *message, void *context)
{
    (void)context;
    return message->size == sizeof(struct all_to_all_players);
}

static void play_on(void *argument)
{
    const struct player *player = argument;
    struct all_to_all_players players =
        *(const struct all_to_all_players *)actor_receive_match(is_players, NULL,
                                                                ACTOR_FOREVER)
             ->data;
    struct core_rng rng;
    uint64_t sum = 0;
    core_rng_seed(&rng, player->number);
    for (uint64_t i = 0; i < player->questions; i++) {
        say(players.task[all_to_all_draw(&rng, player->number)], ALL_TO_ALL_QUESTION,
            all_to_all_number(i));
        struct all_to_all_message answer = hear(player);
        actor_check(answer.kind == ALL_TO_ALL_ANSWER);
        sum += answer.value;
    }
    say(player->umpire, ALL_TO_ALL_SUM, sum);
    actor_check(hear(player).kind == ALL_TO_ALL_END);
}

/* Makes the players and tells each of all; counts what it sent. */
static void open_game(const struct play *play, struct all_to_all_players *players,
                      struct workload_answer *answer)
{
    struct player player = {.umpire = actor_self(),
                            .questions = play->questions / ALL_TO_ALL_PLAYERS};
    for (; player.number < ALL_TO_ALL_PLAYERS; player.number++) {
        actor_pid *made = &players->task[player.number];
        actor_check(actor_spawn(play_on, &player, sizeof player, made) == 0);
        answer->units++;
    }
    for (unsigned i = 0; i < ALL_TO_ALL_PLAYERS; i++) {
        actor_check(actor_send(players->task[i], players, sizeof *players) == 0);
        answer->messages++;
        answer->bytes += sizeof *players;
    }
}

static void umpire(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.units = 1};
    struct all_to_all_players players;
    open_game(play, &players, &answer);
    for (unsigned i = 0; i < ALL_TO_ALL_PLAYERS; i++) {
        struct all_to_all_message sum =
            *(const struct all_to_all_message *)actor_receive()->data;
        actor_check(sum.kind == ALL_TO_ALL_SUM);
        answer.checksum += sum.value;
        answer.ops += play->questions / ALL_TO_ALL_PLAYERS;
    }
    for (unsigned i = 0; i < ALL_TO_ALL_PLAYERS; i++)
        say(players.task[i], ALL_TO_ALL_END, 0);
    uint64_t small = 2 * answer.ops + 2 * ALL_TO_ALL_PLAYERS;
    answer.messages += small;
    answer.bytes += small * sizeof(struct all_to_all_message);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.questions = shape->ops, .answer = answer};
    return on_actors_run(runtime, umpire, &play);
}

const struct workload_entry all_to_all_actors = {
    .workload = "all_to_all",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = ALL_TO_ALL_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = all_to_all_expect,
};
