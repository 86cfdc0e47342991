/* The process dictionary: a list in private memory, made for a few values. */
#include "internal.h"

#include <errno.h>
#include <string.h>

struct word {
    struct word *next;
    size_t size;
    const char *key; /* behind the value, in the same block */
    _Alignas(16) unsigned char value[];
};

/* NULL is no key that anything is under. */
static struct word **place_of(struct process *process, const char *key)
{
    struct word **at = &process->dictionary;
    while (*at != NULL && (key == NULL || strcmp((*at)->key, key) != 0))
        at = &(*at)->next;
    return at;
}

static void erase(struct scheduler *scheduler, struct word **place)
{
    struct word *word = *place;
    assert(word->key == (const char *)word->value + word->size);
    *place = word->next;
    process_free(scheduler, scheduler->current, word);
}

size_t dictionary_count(const struct process *process)
{
    size_t count = 0;
    for (const struct word *word = process->dictionary; word != NULL; word = word->next)
        count++;
    return count;
}

int actor_put(const char *key, const void *data, size_t size)
{
    struct scheduler *scheduler = scheduler_try(1);
    if (scheduler == NULL)
        return -EPERM;
    if (key == NULL || (data == NULL && size > 0))
        return -EINVAL;
    struct process *self = scheduler->current;
    size_t key_bytes = strlen(key) + 1;
    if (size > SIZE_MAX - sizeof(struct word) - key_bytes)
        return -ENOMEM;
    struct word *word = process_alloc(scheduler, self, sizeof *word + size + key_bytes);
    if (word == NULL)
        return -ENOMEM;
    word->size = size;
    word->key = memcpy(word->value + size, key, key_bytes);
    if (size > 0)
        memcpy(word->value, data, size);
    struct word **place = place_of(self, key);
    if (*place != NULL)
        erase(scheduler, place);
    assert(*place_of(self, key) == NULL && "a key is there once");
    word->next = self->dictionary;
    self->dictionary = word;
    if (process_is_too_large(self))
        process_kill(self);
    return 0;
}

const void *actor_get(const char *key, size_t *size)
{
    const struct word *word = *place_of(scheduler_enter(1)->current, key);
    if (size != NULL)
        *size = word == NULL ? 0 : word->size;
    return word == NULL ? NULL : word->value;
}

bool actor_erase(const char *key)
{
    struct scheduler *scheduler = scheduler_enter(1);
    struct word **place = place_of(scheduler->current, key);
    if (*place == NULL)
        return false;
    erase(scheduler, place);
    return true;
}
