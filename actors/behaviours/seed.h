/* seed.h - what a starter gives to the server that it starts, and hears back. */
#ifndef ACTORS_BEHAVIOURS_SEED_H
#define ACTORS_BEHAVIOURS_SEED_H

#include "wire.h"

struct server_seed {
    const struct actor_server *callbacks;
    actor_pid starter;
    uint64_t tag;
    bool linked;
    size_t size;    /* of the argument, which comes first in bytes[] */
    size_t name_at; /* in bytes[]; 0: nameless */
    _Alignas(16) char bytes[];
};

/* The body of WIRE_STARTED; the reason follows. */
struct server_started {
    int error; /* 0, or a negative errno */
    actor_pid pid;
};

/* The body of a server's process; its argument is a seed. */
void server_main(void *seed);

#endif
