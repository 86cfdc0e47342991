/* Starting again, strategy by strategy.
 *
 * A start that fails is tried again by a message of the supervisor to itself, so that
 * whoever asks it something meanwhile is answered; each try counts as a restart.
 */
#include "supervision.h"

#include <assert.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Counts a restart; false when there have been too many. The ring knows the last
 * `intensity` of them: one more is too many while the oldest is in the period. */
static bool may_restart(struct supervision *supervision)
{
    const struct family *family = supervision->family;
    const uint64_t intensity = (uint64_t)family->intensity, now = now_ns();
    if (intensity == 0)
        return false;
    uint64_t *oldest = &supervision->restarts_ns[supervision->restarts % intensity];
    assert(supervision->restarts < intensity || *oldest <= now);
    if (supervision->restarts >= intensity &&
        now - *oldest <= (uint64_t)family->period_ns)
        return false;
    *oldest = now;
    supervision->restarts++;
    return true;
}

static void try_later(struct supervision *supervision, struct child *child)
{
    children_restart(&supervision->children, child);
    if (actor_server_cast(actor_self(), &child->key, sizeof child->key) != 0)
        actor_exit("no_memory");
}

static void start_from(struct supervision *supervision, struct child *first)
{
    for (struct child *at = first; at != NULL; at = at->next)
        if (child_start(&supervision->children, at, NULL) != 0) {
            try_later(supervision, at);
            return;
        }
}

/* Where to start again: temporary children go while those from there on are stopped. */
static void restart_from(struct supervision *supervision, struct child *first,
                         struct child *failed)
{
    struct child *before = first->previous;
    assert(failed->spec->restart != ACTOR_TEMPORARY && child_pid(failed) == 0);
    (void)failed;
    stop_all_from(supervision, first);
    start_from(supervision, before == NULL ? supervision->children.first : before->next);
}

static bool restart(struct supervision *supervision, struct child *child)
{
    struct children *children = &supervision->children;
    children_rest(children, child);
    if (!may_restart(supervision))
        return false;
    switch (supervision->family->strategy) {
    case ACTOR_ONE_FOR_ALL:
        restart_from(supervision, children->first, child);
        break;
    case ACTOR_REST_FOR_ONE:
        restart_from(supervision, child, child);
        break;
    case ACTOR_ONE_FOR_ONE:
    case ACTOR_SIMPLE_ONE_FOR_ONE:
        if (child_start(children, child, NULL) != 0)
            try_later(supervision, child);
        break;
    }
    return true;
}

bool retry_restart(struct supervision *supervision, uint64_t number)
{
    struct child *child = children_find(&supervision->children, number, true);
    return child == NULL || restart(supervision, child);
}

static bool others_are_significant(const struct supervision *supervision)
{
    for (const struct child *at = supervision->children.first; at != NULL; at = at->next)
        if (at->spec->significant && at->key != 0)
            return true;
    return false;
}

/* Whether the supervisor goes on without this child, which is not started again. */
static bool goes_on(const struct supervision *supervision, bool significant)
{
    switch (supervision->family->auto_shutdown) {
    case ACTOR_ANY_SIGNIFICANT:
        return !significant;
    case ACTOR_ALL_SIGNIFICANT:
        return !significant || others_are_significant(supervision);
    default:
        return true;
    }
}

static bool forget(struct supervision *supervision, struct child *child)
{
    const bool significant = child->spec->significant;
    if (child->spec->restart == ACTOR_TEMPORARY ||
        supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE)
        children_remove(&supervision->children, child);
    else
        children_rest(&supervision->children, child);
    return goes_on(supervision, significant);
}

bool child_ended(struct supervision *supervision, struct child *child,
                 const struct actor_reason *reason)
{
    const bool orderly = actor_reason_is(reason, "normal") || wire_is_shutdown(reason);
    switch (child->spec->restart) {
    case ACTOR_PERMANENT:
        return restart(supervision, child);
    case ACTOR_TRANSIENT:
        return orderly ? forget(supervision, child) : restart(supervision, child);
    default:
        return forget(supervision, child);
    }
}
