/* wire.h - what the behaviours say to each other, in messages of actor_send.
 *
 * A message begins with two words: what it is, and the tag of the request that it belongs
 * to (a mark of the requester's, so that no answer is ever taken for another's). The rest
 * is the user's bytes.
 */
#ifndef ACTORS_BEHAVIOURS_WIRE_H
#define ACTORS_BEHAVIOURS_WIRE_H

#include <actors/server.h>

#define WIRE_CALL UINT64_C(0x24726f7463612063)
#define WIRE_CAST UINT64_C(0x24726f7463612061)
#define WIRE_STOP UINT64_C(0x24726f7463612073)
#define WIRE_ANSWER UINT64_C(0x24726f7463612072)
#define WIRE_STARTED UINT64_C(0x24726f7463612069)

struct wire {
    uint64_t what;
    uint64_t tag;
};

/* Errors: as actor_send. */
int wire_send(actor_pid to, uint64_t what, uint64_t tag, const void *data, size_t size);

/* What this message is, 0: none of ours; its bytes go to *body. */
uint64_t wire_what(const struct actor_message *message, struct actor_answer *body);
uint64_t wire_tag(const struct actor_message *message);

/* An answer that is awaited: it comes under this tag, or its giver's end comes. */
struct wire_await {
    uint64_t what;
    uint64_t tag;
    actor_ref monitor; /* 0: of no end is heard */
};

/* Waits, then removes the monitor unless the time was up. Errors: -ETIMEDOUT, -ESRCH (the
 * giver has ended; *answer is the reason). */
int wire_await(const struct wire_await *await, int64_t timeout_ns,
               struct actor_answer *answer);

/* Bytes in private memory, followed by a NUL; ends the caller without memory. */
void *wire_copy(const void *data, size_t size);
void *wire_alloc(size_t size); /* zeroed */

/* {shutdown, Term} is here the text "shutdown: " and more. */
bool wire_is_shutdown(const struct actor_reason *reason);

/* Ends the caller; of a normal or an ordered end nothing is reported. */
_Noreturn void wire_leave(const struct actor_reason *reason);

#endif
