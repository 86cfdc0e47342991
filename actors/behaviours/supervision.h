/* supervision.h - the state of a supervisor, and the three things it does to children. */
#ifndef ACTORS_BEHAVIOURS_SUPERVISION_H
#define ACTORS_BEHAVIOURS_SUPERVISION_H

#include "children.h"
#include "wire.h"

struct supervision {
    struct children children;
    const struct family *family; /* its own, for as long as it lives */
    uint64_t *restarts_ns;       /* a ring of the last `intensity` restarts */
    uint64_t restarts;
};

/* --- starting: supervisor.c */

/* Starts a child as its specification says; 0 or the error of its start, which *why
 * explains if it is not NULL (in private memory). */
int child_start(struct children *children, struct child *child, struct actor_reason *why);
/* What an error means that was not explained. */
const char *error_text(int error);

/* --- stopping: stopping.c. Each returns when the children have ended. */
void child_stop(struct children *children, struct child *child);
void stop_all_from(struct supervision *supervision, struct child *first);
void stop_all_at_once(struct supervision *supervision);

/* --- starting again: restart.c. false: the supervisor is to end with "shutdown". */
bool child_ended(struct supervision *supervision, struct child *child,
                 const struct actor_reason *reason);
/* What the message of this number, sent to oneself, asks for. */
bool retry_restart(struct supervision *supervision, uint64_t number);

#endif
