/* task.h - what task.c and task_map.c share. */
#ifndef ACTORS_BEHAVIOURS_TASK_H
#define ACTORS_BEHAVIOURS_TASK_H

#include "wire.h"

#include <actors/task.h>

/* Of an answer (error 0) or an end (-ESRCH). */
struct actor_result task_result(int error, const struct actor_answer *answer);

#endif
