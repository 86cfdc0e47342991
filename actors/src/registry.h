/* registry.h - names of processes. */
#ifndef ACTORS_REGISTRY_H
#define ACTORS_REGISTRY_H

#include <actors.h>
#include <core/lock.h>

struct process;
struct scheduler;

struct registry {
    struct core_lock lock;
    struct name **buckets;
    uint32_t count;    /* published */
    uint32_t capacity; /* a power of two; 0: none yet */
};

/* Takes the name of a process that ends, and lets it have none any more. */
void registry_close(struct scheduler *scheduler, struct process *process);
/* Copies the name of a process, "" if it has none. Thread: any. */
void registry_name_of(struct registry *registry, const struct process *process,
                      actor_pid pid, char name[ACTOR_NAME_ROOM]);
void registry_free(struct scheduler *scheduler, struct registry *registry);

#endif
