/* info.h - questions to a process, which it answers itself. */
#ifndef ACTORS_INFO_H
#define ACTORS_INFO_H

#include "internal.h"

enum question { /* the first four are enum actor_relation */
                QUESTION_LINKS,
                QUESTION_MONITORS,
                QUESTION_MONITORED_BY,
                QUESTION_SUSPENDS,
                QUESTION_MESSAGES,
};
/* Asks and waits; the answer, which the caller releases: a struct actor_info and `room`
 * bytes of what was asked for; or NULL with *error. */
const struct blob *info_ask(actor_pid pid, enum question question, size_t room,
                            int *error);
/* The answer's side, on the stack of the process or of its scheduler. */
void info_fill(struct scheduler *scheduler, const struct process *process,
               struct blob *answer, enum question question, bool own);

#endif
