/* Timers that send a message: send_after and start_timer.
 *
 *  1. An alarm lies in the heap and in the table of the scheduler on which it was set,
 *     both under that scheduler's timers_lock; its reference names the scheduler. Who
 *     takes it out of both owns it: to fire it, to cancel it, or at the runtime's end.
 *  2. It is the signal that it sends: firing needs no memory.
 *  3. Its receiver has a relation for it, so that a death cancels it. The signal that
 *     makes the relation is pushed before the alarm is set, so it is handled before the
 *     alarm arrives, and before any word of its cancelling.
 *  4. A receiver that died before the alarm was set is found by a look at its pid
 *     afterwards: its end either sees the alarm in the table, or is seen by that look
 *     (the lock of the table orders the two).
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

struct alarm {
    struct timeout timeout;
    struct alarm *next; /* in a bucket */
    struct actor_timeout told;
};

static_assert(sizeof(struct alarm) == 112, "an alarm of 16 bytes fills two cache lines");

static struct alarm *alarm_of(struct timeout *timeout)
{
    return CORE_CONTAINER_OF(timeout, struct alarm, timeout);
}

void alarm_free(struct scheduler *scheduler, struct signal *signal)
{
    assert(signal->kind == SIGNAL_ALARM);
    struct timeout *timeout = CORE_CONTAINER_OF(signal, struct timeout, signal);
    struct alarm *alarm = alarm_of(timeout);
    core_pool_give(&scheduler->pool, alarm, sizeof *alarm + alarm->told.size);
}

actor_ref alarm_ref(struct signal *signal)
{
    assert(signal->kind == SIGNAL_ALARM);
    return alarm_of(CORE_CONTAINER_OF(signal, struct timeout, signal))->told.timer;
}

/* --- the table, under the lock ------------------------------------------------- */

static struct alarm **place_of(const struct alarms *alarms, actor_ref ref)
{
    assert(alarms->capacity > 0 && (alarms->capacity & (alarms->capacity - 1)) == 0);
    struct alarm **at = &alarms->buckets[(ref >> 10) & (alarms->capacity - 1)];
    while (*at != NULL && (*at)->told.timer != ref)
        at = &(*at)->next;
    return at;
}

/* Without memory the chains grow longer, but there must be one. */
static bool make_room(struct scheduler *scheduler, struct alarms *alarms)
{
    uint32_t old = alarms->capacity;
    if (alarms->count < old)
        return true;
    uint32_t capacity = old == 0 ? 64 : 2 * old;
    struct alarm **buckets = core_pool_take(&scheduler->pool, capacity * sizeof *buckets);
    if (buckets == NULL)
        return old > 0;
    memset(buckets, 0, capacity * sizeof *buckets);
    for (uint32_t i = 0; i < old; i++)
        while (alarms->buckets[i] != NULL) {
            struct alarm *alarm = alarms->buckets[i];
            struct alarm **bucket = &buckets[(alarm->told.timer >> 10) & (capacity - 1)];
            alarms->buckets[i] = alarm->next;
            alarm->next = *bucket;
            *bucket = alarm;
        }
    if (old > 0)
        core_pool_give(&scheduler->pool, alarms->buckets, old * sizeof *buckets);
    alarms->buckets = buckets;
    alarms->capacity = capacity;
    return true;
}

static void unlist(struct alarms *alarms, struct alarm *alarm)
{
    struct alarm **at = place_of(alarms, alarm->told.timer);
    assert(*at == alarm);
    assert(alarms->count > 0);
    *at = alarm->next;
    alarms->count--;
}

static int enlist(struct scheduler *scheduler, struct alarm *alarm, uint64_t deadline_ns)
{
    struct alarms *alarms = &scheduler->alarms;
    assert(is_held(&scheduler->timers_lock));
    if (!make_room(scheduler, alarms) ||
        core_timers_insert(&scheduler->timers, &alarm->timeout.timer, deadline_ns) != 0)
        return -ENOMEM;
    struct alarm **at = place_of(alarms, alarm->told.timer);
    assert(*at == NULL && "a reference set twice");
    alarm->next = NULL;
    *at = alarm;
    alarms->count++;
    timeouts_publish(scheduler);
    return 0;
}

void alarm_due(struct scheduler *scheduler, struct timeout *timeout)
{
    assert(is_held(&scheduler->timers_lock));
    assert(timeout->scheduler == scheduler && "due in a heap of another scheduler");
    unlist(&scheduler->alarms, alarm_of(timeout));
}

/* --- setting and cancelling ---------------------------------------------------- */

/* The scheduler whose alarm this may be, or NULL. */
static struct scheduler *owner_of(struct actors *runtime, actor_ref ref)
{
    unsigned index = ref & 1023;
    return index < runtime->config.schedulers ? &runtime->schedulers[index] : NULL;
}

static int64_t left_of(const struct actors *runtime, const struct alarm *alarm)
{
    uint64_t now_ns = runtime_now_ns(runtime);
    uint64_t deadline_ns = alarm->timeout.timer.deadline_ns;
    return deadline_ns > now_ns ? (int64_t)(deadline_ns - now_ns) : 0;
}

/* Takes an alarm out; NULL when it is not there. *left_ns may be NULL. */
static struct alarm *take(struct actors *runtime, actor_ref ref, int64_t *left_ns)
{
    struct scheduler *owner = owner_of(runtime, ref);
    struct alarm *alarm = NULL;
    if (owner == NULL)
        return NULL;
    core_lock_take(&owner->timers_lock);
    if (owner->alarms.capacity > 0)
        alarm = *place_of(&owner->alarms, ref);
    if (alarm != NULL) {
        assert(alarm->timeout.scheduler == owner && "rule 1");
        if (left_ns != NULL)
            *left_ns = left_of(runtime, alarm);
        unlist(&owner->alarms, alarm);
        bool pending = core_timers_remove(&owner->timers, &alarm->timeout.timer);
        assert(pending);
        (void)pending;
        timeouts_publish(owner);
    }
    core_lock_give(&owner->timers_lock);
    return alarm;
}

void alarm_cancel(struct scheduler *scheduler, actor_ref ref)
{
    struct alarm *alarm = take(scheduler->runtime, ref, NULL);
    if (alarm != NULL)
        alarm_free(scheduler, &alarm->timeout.signal);
}

void alarms_close(struct scheduler *scheduler)
{
    struct alarms *alarms = &scheduler->alarms;
    for (uint32_t i = 0; i < alarms->capacity; i++)
        while (alarms->buckets[i] != NULL) {
            struct alarm *alarm = alarms->buckets[i];
            alarms->buckets[i] = alarm->next;
            alarm_free(scheduler, &alarm->timeout.signal);
        }
    if (alarms->capacity > 0)
        core_pool_give(&scheduler->pool, alarms->buckets,
                       alarms->capacity * sizeof *alarms->buckets);
}

static struct alarm *alarm_new(struct scheduler *scheduler, actor_pid to,
                               const void *data, size_t size, bool told)
{
    struct alarm *alarm = core_pool_take(&scheduler->pool, sizeof *alarm + size);
    if (alarm == NULL)
        return NULL;
    *alarm = (struct alarm){
        .timeout = {.signal = {.to = to, .kind = SIGNAL_ALARM}, .scheduler = scheduler},
        .told = {ref_new(scheduler), alarm + 1, (uint32_t)size},
    };
    if (size > 0)
        memcpy(alarm + 1, data, size);
    struct actor_message *message = &alarm->timeout.signal.message;
    message->from = core_load_relaxed(&scheduler->current->pid); /* our own */
    message->kind = told ? ACTOR_TIMEOUT : ACTOR_MESSAGE;
    message->size = told ? sizeof alarm->told : (uint32_t)size;
    message->data = told ? (const void *)&alarm->told : alarm + 1;
    return alarm;
}

/* Makes the receiver know of an alarm (rule 3). */
static bool attach(struct scheduler *scheduler, actor_ref ref, actor_pid to)
{
    struct process *self = scheduler->current;
    actor_pid own = core_load_relaxed(&self->pid);
    struct control *request =
        to == own ? control_new(scheduler) : question_new(scheduler);
    if (request == NULL)
        return false;
    if (to == own) {
        relation_add(scheduler, &self->relations, request, RELATION_TIMER, ref, own);
        return true;
    }
    request->key = ref;
    control_send(scheduler, request, SIGNAL_TIMER, own, to);
    return true;
}

/* Makes it forget a cancelled one. Without memory for that a relation to nothing stays
 * until the receiver ends. */
static void detach(struct scheduler *scheduler, actor_ref ref, actor_pid to)
{
    struct process *self = scheduler->current;
    actor_pid own = core_load_relaxed(&self->pid); /* nobody else changes it */
    if (to == own) {
        relation_end(scheduler, &self->relations, RELATION_TIMER, ref);
        return;
    }
    struct control *request = control_new(scheduler);
    if (request == NULL)
        return;
    request->key = ref;
    control_send(scheduler, request, SIGNAL_UNTIMER, own, to);
}

static int set(int64_t delay_ns, actor_pid to, const void *data, size_t size, bool told,
               actor_ref *timer)
{
    struct scheduler *scheduler = scheduler_try(1);
    *timer = 0;
    if (scheduler == NULL)
        return -EPERM;
    struct process *receiver = table_find(scheduler->runtime, to);
    if (receiver == NULL || delay_ns < 0 || size >= UINT32_MAX ||
        (data == NULL && size > 0))
        return -EINVAL;
    struct alarm *alarm = alarm_new(scheduler, to, data, size, told);
    if (alarm == NULL)
        return -ENOMEM;
    actor_ref ref = alarm->told.timer;
    if (!attach(scheduler, ref, to)) {
        alarm_free(scheduler, &alarm->timeout.signal);
        return -ENOMEM;
    }
    uint64_t deadline_ns = runtime_now_ns(scheduler->runtime) + (uint64_t)delay_ns;
    core_lock_take(&scheduler->timers_lock);
    int rc = enlist(scheduler, alarm, deadline_ns);
    core_lock_give(&scheduler->timers_lock);
    if (rc != 0) {
        detach(scheduler, ref, to);
        alarm_free(scheduler, &alarm->timeout.signal);
        return rc;
    }
    *timer = ref;
    /* acquire: rule 4 */
    if (core_load_acquire(&receiver->pid) != to)
        alarm_cancel(scheduler, ref);
    return 0;
}

int actor_send_after(int64_t delay_ns, actor_pid to, const void *data, size_t size,
                     actor_ref *timer)
{
    return set(delay_ns, to, data, size, false, timer);
}

int actor_start_timer(int64_t delay_ns, actor_pid to, const void *data, size_t size,
                      actor_ref *timer)
{
    return set(delay_ns, to, data, size, true, timer);
}

int64_t actor_cancel_timer(actor_ref timer)
{
    struct scheduler *scheduler = scheduler_try_handled(1);
    int64_t left_ns;
    if (scheduler == NULL)
        return -EPERM;
    struct alarm *alarm = take(scheduler->runtime, timer, &left_ns);
    if (alarm == NULL)
        return -ESRCH;
    detach(scheduler, timer, alarm->timeout.signal.to);
    alarm_free(scheduler, &alarm->timeout.signal);
    return left_ns;
}

int64_t actor_read_timer(actor_ref timer)
{
    struct scheduler *scheduler = scheduler_try(1);
    if (scheduler == NULL)
        return -EPERM;
    struct scheduler *owner = owner_of(scheduler->runtime, timer);
    int64_t left_ns = -ESRCH;
    if (owner == NULL)
        return left_ns;
    core_lock_take(&owner->timers_lock);
    if (owner->alarms.capacity > 0) {
        const struct alarm *alarm = *place_of(&owner->alarms, timer);
        if (alarm != NULL)
            left_ns = left_of(scheduler->runtime, alarm);
    }
    core_lock_give(&owner->timers_lock);
    return left_ns;
}
