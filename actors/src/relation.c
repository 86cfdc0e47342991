/* The links and monitors of one process: a hash table that only its process touches. It
 * grows by doubling; without memory its chains grow longer instead, so adding cannot
 * fail. */
#include "internal.h"

#include <string.h>

static struct control **bucket_of(const struct relations *relations, uint64_t key)
{
    if (relations->capacity == 0)
        return (struct control **)(uintptr_t)&relations->only;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    return &relations->buckets[(hash >> 32) & (relations->capacity - 1)];
}

struct control *relation_find(const struct relations *relations, enum relation relation,
                              uint64_t key)
{
    struct control *at = relations->count == 0 ? NULL : *bucket_of(relations, key);
    while (at != NULL && (at->key != key || at->relation != relation))
        at = at->next;
    return at;
}

static void insert(struct relations *relations, struct control *record)
{
    struct control **bucket = bucket_of(relations, record->key);
    record->next = *bucket;
    *bucket = record;
}

/* Back to the one bucket that needs no memory. */
static void free_buckets(struct scheduler *scheduler, struct relations *relations)
{
    if (relations->capacity > 0)
        core_pool_give(&scheduler->pool, relations->buckets,
                       relations->capacity * sizeof *relations->buckets);
    relations->capacity = 0;
    relations->only = NULL;
}

static uint32_t chains_of(const struct relations *relations)
{
    return relations->capacity == 0 ? 1 : relations->capacity;
}

static struct control *chain_of(const struct relations *relations, uint32_t i)
{
    assert(i < chains_of(relations));
    return relations->capacity == 0 ? relations->only : relations->buckets[i];
}

static void grow(struct scheduler *scheduler, struct relations *relations)
{
    struct relations old = *relations;
    uint32_t capacity = old.capacity == 0 ? 8 : 2 * old.capacity;
    size_t bytes = capacity * sizeof *old.buckets;
    struct control **buckets = core_pool_take(&scheduler->pool, bytes);
    if (buckets == NULL)
        return;
    memset(buckets, 0, bytes);
    relations->buckets = buckets;
    relations->capacity = capacity;
    for (uint32_t i = 0; i < chains_of(&old); i++) {
        struct control *at = chain_of(&old, i);
        while (at != NULL) {
            struct control *record = at;
            at = at->next;
            insert(relations, record);
        }
    }
    assert((capacity & (capacity - 1)) == 0);
    free_buckets(scheduler, &old);
}

void relation_add(struct scheduler *scheduler, struct relations *relations,
                  struct control *record, enum relation relation, uint64_t key,
                  actor_pid other)
{
    assert(relation_find(relations, relation, key) == NULL);
    assert(key != 0 && (relation != RELATION_LINK || key == other));
    if (relations->count >= 4 && relations->count >= relations->capacity)
        grow(scheduler, relations);
    record->relation = relation;
    record->key = key;
    record->other = other;
    record->unlinking = 0;
    insert(relations, record);
    core_publish(&relations->count, relations->count + 1);
}

void relation_remove(struct relations *relations, struct control *record)
{
    assert(relations->count > 0);
    struct control **at = bucket_of(relations, record->key);
    while (*at != record) {
        assert(*at != NULL && "a relation of another process");
        at = &(*at)->next;
    }
    *at = record->next;
    core_publish(&relations->count, relations->count - 1);
}

void relation_end(struct scheduler *scheduler, struct relations *relations,
                  enum relation relation, uint64_t key)
{
    struct control *record = relation_find(relations, relation, key);
    if (record == NULL)
        return;
    relation_remove(relations, record);
    control_free(scheduler, record);
}

struct control *relation_shift(struct scheduler *scheduler, struct relations *relations,
                               uint32_t *emptied)
{
    while (relations->count > 0 && *emptied < chains_of(relations)) {
        struct control **bucket =
            relations->capacity == 0 ? &relations->only : &relations->buckets[*emptied];
        struct control *record = *bucket;
        if (record == NULL) {
            ++*emptied;
            continue;
        }
        *bucket = record->next;
        core_publish(&relations->count, relations->count - 1);
        return record;
    }
    assert(relations->count == 0);
    free_buckets(scheduler, relations);
    return NULL;
}

void relation_visit(const struct relations *relations,
                    void (*visit)(void *context, const struct control *record),
                    void *context)
{
    for (uint32_t i = 0; i < chains_of(relations); i++)
        for (const struct control *at = chain_of(relations, i); at != NULL; at = at->next)
            visit(context, at);
}
