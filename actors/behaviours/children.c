/* A list and a chained table over the same records. */
#include "children.h"
#include "wire.h"

#include <assert.h>
#include <string.h>

static struct child **bucket(const struct children *children, uint64_t key)
{
    assert(children->buckets > 0 && (children->buckets & (children->buckets - 1)) == 0);
    /* a pid's slot is in its low bits, and slots are given out one after the other */
    return &children->table[(key ^ key >> 32) & (children->buckets - 1)];
}

static void enter(struct children *children, struct child *child)
{
    struct child **at = bucket(children, child->key);
    child->chain = *at;
    *at = child;
    children->keyed++;
}

static void leave(struct children *children, struct child *child)
{
    struct child **at = bucket(children, child->key);
    while (*at != child) {
        assert(*at != NULL && "a child with a key is in the table");
        at = &(*at)->chain;
    }
    *at = child->chain;
    child->chain = NULL;
    children->keyed--;
}

static void grow(struct children *children)
{
    if (children->keyed < children->buckets)
        return;
    actor_free(children->table);
    children->buckets = children->buckets == 0 ? 8 : 2 * children->buckets;
    children->table = wire_alloc(children->buckets * sizeof *children->table);
    children->keyed = 0;
    for (struct child *child = children->first; child != NULL; child = child->next)
        if (child->key != 0)
            enter(children, child);
}

struct child *children_add(struct children *children, const struct spec *spec)
{
    struct child *child = wire_alloc(sizeof *child);
    child->spec = spec;
    child->argument = spec->bytes;
    child->size = spec->size;
    child->previous = children->last;
    if (children->last != NULL)
        children->last->next = child;
    else
        children->first = child;
    children->last = child;
    children->count++;
    return child;
}

static void change(struct children *children, struct child *child, uint64_t key,
                   bool restarting)
{
    if (child->key != 0)
        leave(children, child);
    child->key = 0; /* so that growing passes it over */
    if (key != 0)
        grow(children);
    child->key = key;
    child->restarting = restarting;
    if (key != 0)
        enter(children, child);
}

void children_remove(struct children *children, struct child *child)
{
    assert(children->count > 0);
    change(children, child, 0, false);
    if (child->previous != NULL)
        child->previous->next = child->next;
    else
        children->first = child->next;
    if (child->next != NULL)
        child->next->previous = child->previous;
    else
        children->last = child->previous;
    children->count--;
    if (child->argument != child->spec->bytes)
        actor_free((void *)(uintptr_t)child->argument);
    if (child->owns_spec)
        actor_free((void *)(uintptr_t)child->spec);
    actor_free(child);
}

void children_run(struct children *children, struct child *child, actor_pid pid)
{
    change(children, child, pid, false);
}

void children_rest(struct children *children, struct child *child)
{
    change(children, child, 0, false);
}

void children_restart(struct children *children, struct child *child)
{
    change(children, child, ++children->numbers, true);
}

actor_pid child_pid(const struct child *child)
{
    return child->restarting ? 0 : child->key;
}

struct child *children_find(const struct children *children, uint64_t key,
                            bool restarting)
{
    if (children->buckets == 0 || key == 0)
        return NULL;
    struct child *at = *bucket(children, key);
    while (at != NULL && (at->key != key || at->restarting != restarting))
        at = at->chain;
    return at;
}

struct child *children_named(const struct children *children, const char *id)
{
    struct child *at = children->first;
    while (at != NULL && strcmp(spec_id(at->spec), id) != 0)
        at = at->next;
    return at;
}
