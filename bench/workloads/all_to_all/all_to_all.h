/* all_to_all.h - many processes ask each other at random; one op is a question and its
 * answer.
 *
 * Each of 120 players asks ops/120 times: it draws another player, sends it the number of
 * the question and waits for the answer, which is that number plus the asked player's
 * own. While it waits it answers what it is asked; when it is done it tells the umpire
 * the sum of its answers, and goes on answering until the umpire, who has heard from all,
 * ends the game. Whom a player draws is known beforehand (core/rng.h, seeded with the
 * player's number), so the sum can be computed without any runtime, and an answer that
 * came from the wrong player changes it.
 */
#ifndef ALL_TO_ALL_H
#define ALL_TO_ALL_H

#include "workload.h"

#include <core/rng.h>

#define ALL_TO_ALL_PLAYERS 120u
#define ALL_TO_ALL_QUANTUM ALL_TO_ALL_PLAYERS      /* ops are a multiple of this */
#define ALL_TO_ALL_TASKS (ALL_TO_ALL_PLAYERS + 1u) /* and the umpire */
#define ALL_TO_ALL_NUMBERS (UINT64_C(1) << 20)     /* questions are 0 .. this - 1 */

enum all_to_all_kind {
    ALL_TO_ALL_QUESTION, /* player -> player; value: its number */
    ALL_TO_ALL_ANSWER,   /* back; value: the number and the answerer's */
    ALL_TO_ALL_SUM,      /* player -> umpire; value: the sum of its answers */
    ALL_TO_ALL_END,      /* umpire -> player */
};

/* All messages but the first, which tells a player who plays. */
struct all_to_all_message {
    uint64_t kind : 3; /* enum all_to_all_kind */
    uint64_t value : 61;
};

_Static_assert(sizeof(struct all_to_all_message) == 8, "the payload is 8 bytes");

/* The umpire's first message to each player: whom each number means. */
struct all_to_all_players {
    uint64_t task[ALL_TO_ALL_PLAYERS];
};

/* What question number `index` of a player carries. */
static inline uint64_t all_to_all_number(uint64_t index)
{
    return index & (ALL_TO_ALL_NUMBERS - 1);
}

/* Whom a player asks next: anybody but itself. */
static inline uint32_t all_to_all_draw(struct core_rng *rng, uint32_t player)
{
    uint32_t drawn = core_rng_below(rng, ALL_TO_ALL_PLAYERS - 1);
    return drawn >= player ? drawn + 1 : drawn;
}

/* The sum of the answers to one player's questions. */
static inline uint64_t all_to_all_sum(uint32_t player, uint64_t questions)
{
    struct core_rng rng;
    uint64_t sum = 0;
    core_rng_seed(&rng, player);
    for (uint64_t i = 0; i < questions; i++)
        sum += all_to_all_number(i) + all_to_all_draw(&rng, player);
    return sum;
}

/* What a run of shape->ops questions must answer in every model and peer. */
static inline void all_to_all_expect(const struct workload_shape *shape,
                                     struct workload_answer *answer)
{
    uint64_t small = 2 * shape->ops + 2 * ALL_TO_ALL_PLAYERS; /* of 8 bytes */
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = ALL_TO_ALL_TASKS,
        .messages = small + ALL_TO_ALL_PLAYERS,
        .bytes = small * sizeof(struct all_to_all_message) +
                 ALL_TO_ALL_PLAYERS * sizeof(struct all_to_all_players),
    };
    for (uint32_t player = 0; player < ALL_TO_ALL_PLAYERS; player++)
        answer->checksum += all_to_all_sum(player, shape->ops / ALL_TO_ALL_PLAYERS);
}

#endif
