/* Names of processes: one hash table under one lock.
 *
 * process->name says which entry is the process's: NULL, an entry, or the closed mark
 * from the moment its end begins. Whoever takes an entry out of that field, by exchange
 * or compare, under the lock or not, frees it; the lock guards the table alone.
 *
 *  1. A registration sets the field only from NULL, under the lock, and then looks
 * whether the pid still lives there. So either the end finds the entry, or the
 * registration finds the mark or another pid.
 *  2. The end closes the field before the pid goes, so a name never outlives its process.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum { NAME_LONGEST = 255, FIRST_CAPACITY = 64 };

static_assert((FIRST_CAPACITY & (FIRST_CAPACITY - 1)) == 0, "a power of two");

struct name {
    struct name *next; /* in a bucket */
    struct process *process;
    actor_pid pid;
    uint64_t hash;
    const struct blob *text;
    bool listed; /* in the table; under the lock */
};

static const struct name closed; /* only its address is used */

static struct name *closed_mark(void)
{
    return (struct name *)(uintptr_t)&closed;
}

/* FNV-1a. */
static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool acceptable(const char *text)
{
    size_t length = text == NULL ? 0 : strnlen(text, NAME_LONGEST + 1);
    return length > 0 && length <= NAME_LONGEST && strcmp(text, "undefined") != 0;
}

/* Under the lock, all below. */
static struct name **place_of(struct registry *registry, const char *text)
{
    assert(is_held(&registry->lock) && registry->capacity > 0);
    size_t length = strlen(text);
    uint64_t hash = hash_of(text, length);
    struct name **at = &registry->buckets[hash & (registry->capacity - 1)];
    while (*at != NULL && ((*at)->hash != hash || (*at)->text->size != length ||
                           memcmp((*at)->text->data, text, length) != 0))
        at = &(*at)->next;
    return at;
}

static struct name *find(struct registry *registry, const char *text)
{
    if (registry->capacity == 0 || text == NULL)
        return NULL;
    return *place_of(registry, text);
}

/* Twice the buckets; without memory the chains grow longer, but there must be one. */
static bool make_room(struct scheduler *scheduler, struct registry *registry)
{
    uint32_t old = registry->capacity;
    if (registry->count < old)
        return true;
    uint32_t capacity = old == 0 ? FIRST_CAPACITY : 2 * old;
    struct name **buckets = core_pool_take(&scheduler->pool, capacity * sizeof *buckets);
    if (buckets == NULL)
        return old > 0;
    memset(buckets, 0, capacity * sizeof *buckets);
    for (uint32_t i = 0; i < old; i++)
        while (registry->buckets[i] != NULL) {
            struct name *name = registry->buckets[i];
            registry->buckets[i] = name->next;
            name->next = buckets[name->hash & (capacity - 1)];
            buckets[name->hash & (capacity - 1)] = name;
        }
    if (old > 0)
        core_pool_give(&scheduler->pool, registry->buckets, old * sizeof *buckets);
    registry->buckets = buckets;
    registry->capacity = capacity;
    return true;
}

static void unlist(struct registry *registry, struct name *name)
{
    if (!name->listed)
        return;
    struct name **at = place_of(registry, name->text->data);
    assert(*at == name);
    assert(registry->count > 0);
    *at = name->next;
    name->listed = false;
    core_publish(&registry->count, registry->count - 1);
}

static int enlist(struct scheduler *scheduler, struct registry *registry,
                  struct name *name)
{
    struct name *none = NULL;
    struct process *process = name->process;
    assert(!name->listed && name->pid != 0);
    if (find(registry, name->text->data) != NULL)
        return -EEXIST;
    if (!make_room(scheduler, registry))
        return -ENOMEM;
    /* acq_rel: pairs with the exchange in registry_close (rule 1) */
    if (!core_cas_acq_rel(&process->name, &none, name))
        return none == closed_mark() ? -ESRCH : -EEXIST;
    /* acquire: pairs with the store in process_new: after a stale pid comes another */
    if (core_load_acquire(&process->pid) != name->pid) {
        struct name *ours = name;
        /* On failure the slot's owner ends right now, and frees the entry. */
        return core_cas_acq_rel(&process->name, &ours, NULL) ? -ESRCH : 1;
    }
    struct name **at = place_of(registry, name->text->data);
    assert(*at == NULL && "a name given twice");
    name->next = NULL;
    *at = name;
    name->listed = true;
    core_publish(&registry->count, registry->count + 1);
    return 0;
}

/* --- without the lock ---------------------------------------------------------- */

static void name_free(struct scheduler *scheduler, struct name *name)
{
    assert(!name->listed && "freed while in the table");
    blob_release(scheduler, name->text);
    core_pool_give(&scheduler->pool, name, sizeof *name);
}

static struct name *name_new(struct scheduler *scheduler, const char *text,
                             struct process *process, actor_pid pid)
{
    struct name *name = core_pool_take(&scheduler->pool, sizeof *name);
    const struct blob *copy = blob_new(scheduler, text, strlen(text));
    if (name == NULL || copy == NULL) {
        if (name != NULL)
            core_pool_give(&scheduler->pool, name, sizeof *name);
        blob_release(scheduler, copy);
        return NULL;
    }
    *name = (struct name){
        .process = process, .pid = pid, .hash = hash_of(text, copy->size), .text = copy};
    return name;
}

void registry_close(struct scheduler *scheduler, struct process *process)
{
    struct registry *registry = &scheduler->runtime->registry;
    /* acq_rel: pairs with the compare in enlist (rule 1) */
    struct name *name = core_exchange_acq_rel(&process->name, closed_mark());
    if (name == NULL || name == closed_mark())
        return;
    assert(name->process == process && "an entry of another process");
    core_lock_take(&registry->lock);
    unlist(registry, name);
    core_lock_give(&registry->lock);
    name_free(scheduler, name);
}

void registry_name_of(struct registry *registry, const struct process *process,
                      actor_pid pid, char into[ACTOR_NAME_ROOM])
{
    into[0] = 0;
    /* acquire: a glance, so that the many without a name cost no lock */
    struct name *name = core_load_acquire(&process->name);
    if (name == NULL || name == closed_mark())
        return;
    core_lock_take(&registry->lock);
    /* acquire: pairs with the compare in enlist. What is in the field under the lock is
     * freed only after its removal from the table, which needs the lock. */
    name = core_load_acquire(&process->name);
    if (name != NULL && name != closed_mark() && name->pid == pid) {
        assert(name->listed && name->text->size < ACTOR_NAME_ROOM);
        memcpy(into, name->text->data, name->text->size + 1);
    }
    core_lock_give(&registry->lock);
}

void registry_free(struct scheduler *scheduler, struct registry *registry)
{
    assert(registry->count == 0);
    if (registry->capacity > 0)
        core_pool_give(&scheduler->pool, registry->buckets,
                       registry->capacity * sizeof *registry->buckets);
}

int actor_register(const char *text, actor_pid pid)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    if (scheduler == NULL)
        return -EPERM;
    struct registry *registry = &scheduler->runtime->registry;
    struct process *process = table_find(scheduler->runtime, pid);
    if (process == NULL || !acceptable(text))
        return -EINVAL;
    if (!actor_is_alive(pid)) /* asks, when we have just ended it */
        return -ESRCH;
    scheduler = scheduler_self();
    struct name *name = name_new(scheduler, text, process, pid);
    if (name == NULL)
        return -ENOMEM;
    core_lock_take(&registry->lock);
    int rc = enlist(scheduler, registry, name);
    core_lock_give(&registry->lock);
    if (rc < 0)
        name_free(scheduler, name);
    return rc > 0 ? -ESRCH : rc;
}

int actor_unregister(const char *text)
{
    struct scheduler *scheduler = scheduler_try(1);
    if (scheduler == NULL)
        return -EPERM;
    struct registry *registry = &scheduler->runtime->registry;
    bool ours = false;
    core_lock_take(&registry->lock);
    struct name *name = find(registry, text);
    if (name != NULL) {
        struct name *expected = name;
        assert(name->listed);
        unlist(registry, name);
        /* acq_rel: pairs with the exchange in registry_close: one of the two frees */
        ours = core_cas_acq_rel(&name->process->name, &expected, NULL);
    }
    core_lock_give(&registry->lock);
    if (ours)
        name_free(scheduler, name);
    return name != NULL ? 0 : -ESRCH;
}

actor_pid actor_whereis(const char *text)
{
    struct registry *registry = &scheduler_enter(1)->runtime->registry;
    core_lock_take(&registry->lock);
    const struct name *name = find(registry, text);
    actor_pid pid = name == NULL ? 0 : name->pid;
    core_lock_give(&registry->lock);
    return pid;
}

int actor_send_name(const char *text, const void *data, size_t size)
{
    if (scheduler_try(0) == NULL)
        return -EPERM;
    actor_pid pid = actor_whereis(text);
    return pid == 0 ? -ESRCH : actor_send(pid, data, size);
}
