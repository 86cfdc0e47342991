/* csp.c - ring as 503 goroutines, each with an unbuffered channel to the next. */
#include "ring.h"

#include "on_csp.h"

/* --- Messages ------------------------------------------------------------------ */

struct ring;

struct member {
    struct ring *ring;
    struct csp_chan *in, *next;
    int64_t number;
};

struct ring {
    uint64_t hops;
    struct workload_answer *answer;
    struct csp_waitgroup others; /* that have not ended */
    struct member members[RING_MEMBERS];
};

/* --- Roles --------------------------------------------------------------------- */

static void hand_on(const struct member *member, int64_t count)
{
    struct ring_token token = {.count = count};
    csp_send(member->next, &token);
}

/* What a member does with a token until it has heard or said the farewell; returns the
 * holder's number. */
static int64_t pass(const struct member *member, int64_t count)
{
    struct ring_token token = {.count = count};
    while (token.count > 0) {
        hand_on(member, token.count - 1);
        csp_recv(member->in, &token);
    }
    if (token.count == 0) {
        hand_on(member, -1 - member->number);
        return member->number;
    }
    int64_t holder = -1 - token.count;
    if (holder != (member->number + 1) % RING_MEMBERS)
        hand_on(member, token.count);
    return holder;
}

static void be_member(void *argument)
{
    struct member *member = argument;
    struct ring_token token;
    csp_recv(member->in, &token);
    pass(member, token.count);
    csp_waitgroup_done(&member->ring->others);
}

/* --- Run ----------------------------------------------------------------------- */

/* The main goroutine is member 0: makes the others. */
static void first(void *argument)
{
    struct ring *ring = argument;
    struct workload_answer answer = {.units = 1};
    for (unsigned i = 0; i < RING_MEMBERS; i++) {
        ring->members[i] = (struct member){.ring = ring, .number = i};
        ring->members[i].in = csp_chan_make(sizeof(struct ring_token), 0);
    }
    for (unsigned i = 0; i < RING_MEMBERS; i++)
        ring->members[i].next = ring->members[(i + 1) % RING_MEMBERS].in;
    csp_waitgroup_add(&ring->others, RING_MEMBERS - 1);
    for (; answer.units < RING_MEMBERS; answer.units++)
        csp_go(be_member, &ring->members[answer.units]);
    answer.checksum = (uint64_t)pass(&ring->members[0], (int64_t)ring->hops);
    csp_waitgroup_wait(&ring->others);
    answer.ops = ring->hops; /* the token counted them down */
    answer.messages = answer.ops + RING_FAREWELLS;
    answer.bytes = answer.messages * sizeof(struct ring_token);
    *ring->answer = answer;
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    struct ring ring = {.hops = shape->ops, .answer = answer};
    return on_csp_run(runtime, first, &ring);
}

const struct workload_entry ring_csp = {
    .workload = "ring",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = RING_QUANTUM,
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = ring_expect,
};
