/* timers.c - array heap of arity 4.
 *
 * Slot i has the children 4i+1 .. 4i+4 and the parent (i-1)/4. Arity 4 halves the depth
 * of a binary heap, and the four children of a slot lie side by side (96 bytes: two cache
 * lines), so that a removal costs about one miss a level. Moving a slot writes the
 * timer's index, which touches the timer, but comparing does not.
 *
 * Invariants, true between calls:
 *  1. no slot goes before its parent in the order (deadline, rank);
 *  2. slots[i].timer->index == i + 1 and slots[i].timer->deadline_ns ==
 * slots[i].deadline_ns;
 *  3. ranks are unique, so the order is total and the same inserts fire in the same
 * order.
 */
#include <core/timers.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { ARITY = 4, FIRST_CAPACITY = 64 };

void core_timers_init(struct core_timers *timers)
{
    *timers = (struct core_timers){0};
}

void core_timers_close(struct core_timers *timers)
{
    for (size_t i = 0; i < timers->count; i++)
        timers->slots[i].timer->index = 0;
    free(timers->slots);
    core_timers_init(timers);
}

static bool goes_before(const struct core_timer_slot *a, const struct core_timer_slot *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->rank < b->rank;
}

static void put(struct core_timers *timers, size_t place,
                const struct core_timer_slot *slot)
{
    timers->slots[place] = *slot;
    slot->timer->index = place + 1;
}

/* Carries `slot` from the hole `place` towards the root. */
static void sift_up(struct core_timers *timers, size_t place, struct core_timer_slot slot)
{
    while (place > 0) {
        size_t parent = (place - 1) / ARITY;
        if (!goes_before(&slot, &timers->slots[parent]))
            break;
        put(timers, place, &timers->slots[parent]);
        place = parent;
    }
    put(timers, place, &slot);
}

/* The child of `place` that goes first; the caller made sure that there is one. */
static size_t first_child(const struct core_timers *timers, size_t place)
{
    size_t first = place * ARITY + 1;
    size_t end = first + ARITY < timers->count ? first + ARITY : timers->count;
    assert(first < end);
    size_t best = first;
    for (size_t child = first + 1; child < end; child++)
        if (goes_before(&timers->slots[child], &timers->slots[best]))
            best = child;
    return best;
}

/* Carries `slot` from the hole `place` towards the leaves. */
static void sift_down(struct core_timers *timers, size_t place,
                      struct core_timer_slot slot)
{
    while (place * ARITY + 1 < timers->count) {
        size_t child = first_child(timers, place);
        if (!goes_before(&timers->slots[child], &slot))
            break;
        put(timers, place, &timers->slots[child]);
        place = child;
    }
    put(timers, place, &slot);
}

/* Puts `slot` into the hole `place`, wherever from there it belongs. */
static void settle(struct core_timers *timers, size_t place, struct core_timer_slot slot)
{
    if (place > 0 && goes_before(&slot, &timers->slots[(place - 1) / ARITY]))
        sift_up(timers, place, slot);
    else
        sift_down(timers, place, slot);
}

static int grow(struct core_timers *timers)
{
    size_t capacity = timers->capacity ? timers->capacity * 2 : FIRST_CAPACITY;
    struct core_timer_slot *slots =
        reallocarray(timers->slots, capacity, sizeof *timers->slots);
    if (!slots)
        return -ENOMEM;
    timers->slots = slots;
    timers->capacity = capacity;
    return 0;
}

static size_t place_of(const struct core_timers *timers, const struct core_timer *timer)
{
    assert(timer->index > 0 && timer->index <= timers->count && "timer of another heap");
    assert(timers->slots[timer->index - 1].timer == timer &&
           "timer moved or of another heap");
    (void)timers;
    return timer->index - 1;
}

int core_timers_insert(struct core_timers *timers, struct core_timer *timer,
                       uint64_t deadline_ns)
{
    assert(!core_timer_pending(timer) && "a timer is in one heap once");
    if (timers->count == timers->capacity) {
        int error = grow(timers);
        if (error)
            return error;
    }
    timer->deadline_ns = deadline_ns;
    struct core_timer_slot slot = {deadline_ns, timers->next_rank++, timer};
    sift_up(timers, timers->count++, slot);
    return 0;
}

bool core_timers_remove(struct core_timers *timers, struct core_timer *timer)
{
    if (!core_timer_pending(timer))
        return false;
    size_t place = place_of(timers, timer);
    struct core_timer_slot last = timers->slots[--timers->count];
    if (place < timers->count)
        settle(timers, place, last);
    timer->index = 0;
    return true;
}

int core_timers_reset(struct core_timers *timers, struct core_timer *timer,
                      uint64_t deadline_ns)
{
    if (!core_timer_pending(timer))
        return core_timers_insert(timers, timer, deadline_ns);
    struct core_timer_slot slot = {deadline_ns, timers->next_rank++, timer};
    timer->deadline_ns = deadline_ns;
    settle(timers, place_of(timers, timer), slot);
    return 0;
}

uint64_t core_timers_next(const struct core_timers *timers)
{
    return timers->count ? timers->slots[0].deadline_ns : CORE_TIMER_NEVER;
}

struct core_timer *core_timers_first(const struct core_timers *timers)
{
    return timers->count ? timers->slots[0].timer : NULL;
}

struct core_timer *core_timers_pop_due(struct core_timers *timers, uint64_t now_ns)
{
    if (timers->count == 0 || timers->slots[0].deadline_ns > now_ns)
        return NULL;
    struct core_timer *timer = timers->slots[0].timer;
    bool removed = core_timers_remove(timers, timer);
    assert(removed);
    (void)removed;
    return timer;
}
