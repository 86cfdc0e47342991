/* ring.h - a token goes round a ring of processes; one op is one hop.
 *
 * Member 0 holds the token first, with a count of `ops`. Who holds it and reads a count
 * above zero takes one off and hands it to the next; who reads zero is the holder. The
 * holder's number then goes round the ring once as a farewell, so that each member ends
 * and member 0, which made the others, learns it. The holder is ops mod 503: a lost,
 * doubled or invented hop moves it, or never lets the count reach zero.
 */
#ifndef RING_H
#define RING_H

#include "workload.h"

#define RING_QUANTUM 1u                    /* ops are a multiple of this */
#define RING_MEMBERS 503u                  /* a prime, as in the thread-ring of old */
#define RING_FAREWELLS (RING_MEMBERS - 1u) /* to every member but the holder */

/* The only message. */
struct ring_token {
    int64_t count; /* hops left; farewell: -1 - the holder's number */
};

_Static_assert(sizeof(struct ring_token) == 8, "the payload is 8 bytes");

/* What a run of shape->ops hops must answer in every model and peer. */
static inline void ring_expect(const struct workload_shape *shape,
                               struct workload_answer *answer)
{
    uint64_t messages = shape->ops + RING_FAREWELLS;
    *answer = (struct workload_answer){
        .ops = shape->ops,
        .units = RING_MEMBERS,
        .messages = messages,
        .bytes = sizeof(struct ring_token) * messages,
        .checksum = shape->ops % RING_MEMBERS,
    };
}

#endif
