/* requests.h - what a supervisor is asked, and what it answers. */
#ifndef ACTORS_BEHAVIOURS_REQUESTS_H
#define ACTORS_BEHAVIOURS_REQUESTS_H

#include "spec.h"

enum request_what {
    REQUEST_START,     /* a specification follows */
    REQUEST_ANOTHER,   /* an argument follows */
    REQUEST_TERMINATE, /* an id follows, with its NUL, in this and the next two */
    REQUEST_RESTART,
    REQUEST_DELETE,
    REQUEST_TERMINATE_PID,
    REQUEST_WHICH,
    REQUEST_COUNT,
};

struct request {
    uint64_t what;
    actor_pid pid;
};

/* The answer to all but the last two; the reason follows. */
struct outcome {
    int64_t error;
    actor_pid pid;
};

/* The answer to REQUEST_WHICH is these, then the ids, each with its NUL. */
struct child_record {
    actor_pid pid;
    size_t id_at; /* from the answer's start */
    bool restarting;
    bool is_supervisor;
};

extern const struct actor_server supervisor_server;

#endif
