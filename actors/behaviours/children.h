/* children.h - the children of a supervisor: a list in the order of their start, and a
 * table that finds one by its pid however many there are. */
#ifndef ACTORS_BEHAVIOURS_CHILDREN_H
#define ACTORS_BEHAVIOURS_CHILDREN_H

#include "spec.h"

/* A child waits to be restarted (restarting), runs (its key is its pid), or neither (its
 * key is 0). */
struct child {
    const struct spec *spec;
    const void *argument; /* of its own: a simple_one_for_one's; else the spec's */
    size_t size;
    uint64_t key; /* its pid, or while restarting a number that no other such child has */
    bool restarting;
    bool owns_spec;
    struct child *previous, *next; /* started before and after it */
    struct child *chain;           /* in the table */
};

struct children {
    struct child *first, *last;
    size_t count;
    size_t keyed; /* in the table */
    struct child **table;
    size_t buckets; /* a power of two, or 0 */
    uint64_t numbers;
};

/* Ends the caller without memory. */
struct child *children_add(struct children *children, const struct spec *spec);
void children_remove(struct children *children, struct child *child);

/* What a child is from now on. */
void children_run(struct children *children, struct child *child, actor_pid pid);
void children_rest(struct children *children, struct child *child);
void children_restart(struct children *children, struct child *child);

actor_pid child_pid(const struct child *child);
struct child *children_find(const struct children *children, uint64_t key,
                            bool restarting);
struct child *children_named(const struct children *children, const char *id);

#endif
