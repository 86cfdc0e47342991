/* Many tasks, a bounded number of them at once.
 *
 * The tasks that are there stand in places. Whoever answers frees the place for the next
 * item; in ordered mode the answer is kept in the place until those before it have been
 * taken, so that never more than max_tasks items are started and not taken.
 */
#include "task.h"

#include <assert.h>
#include <errno.h>

struct place {
    struct actor_task task;
    size_t index;
    enum { PLACE_FREE, PLACE_RUNS, PLACE_KEEPS } state;
    const struct actor_message *kept;
};

struct mapping {
    const struct actor_map *map;
    void (*take)(void *context, size_t index, const struct actor_result *result);
    void *context;
    size_t places;
    size_t started; /* items; those before `taken` are done with */
    size_t taken;
    struct place place[];
};

static struct place *place_of(struct mapping *mapping,
                              const struct actor_message *message)
{
    struct actor_answer body;
    const bool down = message->kind == ACTOR_DOWN;
    if (!down && wire_what(message, &body) != WIRE_ANSWER)
        return NULL;
    for (size_t i = 0; i < mapping->places; i++) {
        struct place *place = &mapping->place[i];
        if (place->state != PLACE_RUNS)
            continue;
        if (down ? ((const struct actor_down *)message->data)->monitor ==
                       place->task.monitor
                 : wire_tag(message) == place->task.tag)
            return place;
    }
    return NULL;
}

static bool is_ours(const struct actor_message *message, void *mapping)
{
    return place_of(mapping, message) != NULL;
}

static void hand_over(struct mapping *mapping, struct place *place,
                      const struct actor_message *message)
{
    struct actor_answer answer;
    struct actor_result result;
    if (message->kind == ACTOR_DOWN) {
        const struct actor_down *down = message->data;
        answer = (struct actor_answer){down->reason.data, down->reason.size};
        result = task_result(-ESRCH, &answer);
    } else {
        wire_what(message, &answer);
        result = task_result(0, &answer);
    }
    assert(place->state != PLACE_FREE && place->index < mapping->map->count);
    place->state = PLACE_FREE;
    mapping->taken++;
    mapping->take(mapping->context, place->index, &result);
}

/* Hands over what is next in order, as long as it is there. */
static void hand_over_kept(struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->places; i++) {
        struct place *place = &mapping->place[i];
        if (place->state != PLACE_KEEPS || place->index != mapping->taken)
            continue;
        hand_over(mapping, place, place->kept);
        actor_drop(place->kept);
        i = (size_t)-1; /* the next one may stand before it */
    }
}

static void take_one(struct mapping *mapping)
{
    const int64_t timeout_ns = mapping->map->timeout_ns;
    const struct actor_message *message = actor_receive_match(
        is_ours, mapping, timeout_ns == 0 ? ACTOR_CALL_TIMEOUT_NS : timeout_ns);
    if (message == NULL)
        actor_exit("timeout");
    struct place *place = place_of(mapping, message);
    assert(place != NULL && place->state == PLACE_RUNS);
    actor_keep(message);
    place->kept = message;
    place->state = PLACE_KEEPS;
    actor_demonitor(place->task.monitor, true);
    if (mapping->map->unordered) {
        hand_over(mapping, place, message);
        actor_drop(message);
    } else {
        hand_over_kept(mapping);
    }
}

static struct place *free_place(struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->places; i++)
        if (mapping->place[i].state == PLACE_FREE)
            return &mapping->place[i];
    return NULL;
}

static int start_next(struct mapping *mapping, struct place *place)
{
    const struct actor_map *map = mapping->map;
    const char *item = (const char *)map->items + mapping->started * map->item_bytes;
    int rc = actor_task_async(map->function, item, map->item_bytes, &place->task);
    if (rc != 0)
        return rc;
    place->state = PLACE_RUNS;
    place->index = mapping->started++;
    return 0;
}

static void give_up(struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->places; i++) {
        struct place *place = &mapping->place[i];
        if (place->state == PLACE_RUNS)
            actor_task_shutdown(&place->task, 0);
        else if (place->state == PLACE_KEEPS)
            actor_drop(place->kept);
    }
}

static int map_all(struct mapping *mapping)
{
    while (mapping->taken < mapping->map->count) {
        struct place *place =
            mapping->started < mapping->map->count ? free_place(mapping) : NULL;
        if (place == NULL) {
            take_one(mapping);
            continue;
        }
        int rc = start_next(mapping, place);
        if (rc != 0) {
            give_up(mapping);
            return rc;
        }
    }
    return 0;
}

int actor_task_map(const struct actor_map *map,
                   void (*take)(void *context, size_t index,
                                const struct actor_result *result),
                   void *context)
{
    const size_t wanted = map->max_tasks == 0 ? 8 : map->max_tasks;
    const size_t places = wanted < map->count ? wanted : map->count;
    struct mapping *mapping =
        wire_alloc(sizeof *mapping + places * sizeof *mapping->place);
    mapping->map = map;
    mapping->take = take;
    mapping->context = context;
    mapping->places = places;
    int rc = map_all(mapping);
    actor_free(mapping);
    return rc;
}
