/* ring on actors: 503 processes, each knows the next. */
#include "on_actors.h"
#include "ring.h"

/* Messages: struct ring_token, from each member to the next. */

/* Roles */

struct place { /* what a member is told when it is spawned */
    actor_pid next;
    int64_t member;
};

struct play {
    uint64_t hops;
    struct workload_answer *answer;
};

static void hand_on(const struct place *place, int64_t count)
{
    struct ring_token token = {.count = count};
    actor_check(actor_send(place->next, &token, sizeof token) == 0);
}

/* What a member does with a token until it has heard or said the farewell; returns the
 * holder's number. */
static int64_t pass(const struct place *place, int64_t count)
{
    while (count > 0) {
        hand_on(place, count - 1);
        count = ((const struct ring_token *)actor_receive()->data)->count;
    }
    if (count == 0) {
        hand_on(place, -1 - place->member);
        return place->member;
    }
    int64_t holder = -1 - count;
    if (holder != (place->member + 1) % RING_MEMBERS)
        hand_on(place, count);
    return holder;
}

static void member(void *argument)
{
    pass(argument, ((const struct ring_token *)actor_receive()->data)->count);
}

/* Member 0: makes the others, the last one first. */
static void first(void *argument)
{
    const struct play *play = argument;
    struct workload_answer answer = {.units = 1};
    struct place place = {.next = actor_self(), .member = RING_MEMBERS - 1};
    for (; place.member > 0; place.member--) {
        actor_pid made;
        actor_check(actor_spawn(member, &place, sizeof place, &made) == 0);
        place.next = made;
        answer.units++;
    }
    answer.checksum = (uint64_t)pass(&place, (int64_t)play->hops);
    answer.ops = play->hops; /* the token counted them down */
    answer.messages = answer.ops + RING_FAREWELLS;
    answer.bytes = answer.messages * sizeof(struct ring_token);
    *play->answer = answer;
}

/* Run */

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct play play = {.hops = shape->ops, .answer = answer};
    return on_actors_run(runtime, first, &play);
}

const struct workload_entry ring_actors = {
    .workload = "ring",
    .model = "actors",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = RING_QUANTUM,
    .start = on_actors_start,
    .run = run,
    .stop = on_actors_stop,
    .counters = on_actors_counters,
    .expect = ring_expect,
};
