/* timers.c - Node's timers: a list for each duration, and a heap of lists.
 *
 * Timers of one duration become due in the order in which they start, so a list needs no
 * sorting: a start appends, a clear unlinks. The heap orders the lists by when their
 * first timer is due; among equals the list that got its time first goes first. A turn
 * calls what is due of the first list, then of the next. Hence the order differs from a
 * heap of timers when the loop is late: timers of one duration fire together (oracle 10,
 * README.md).
 *
 * Invariants, true between callbacks:
 *  1. an active timer is in timer->list, which is in its bucket and in the heap;
 *  2. no list but table->running is empty;
 *  3. a list is due no later than its first timer (earlier is possible after a clear;
 * then the list is only put back where it belongs).
 */
#include "loop.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 64 };

struct loop_timer_list {
    struct core_timer due;
    struct core_list timers;
    struct loop_timer_list *next; /* in its bucket, or among the spare ones */
    uint32_t duration_ms;
};

void loop_timers_init(struct loop_timer_table *table)
{
    *table = (struct loop_timer_table){0};
    core_timers_init(&table->due);
}

static void free_lists(struct loop_timer_list *list)
{
    while (list) {
        struct loop_timer_list *next = list->next;
        free(list);
        list = next;
    }
}

void loop_timers_close(struct loop_timer_table *table)
{
    struct core_timer *due;
    while ((due = core_timers_pop_due(&table->due, CORE_TIMER_NEVER)) != NULL)
        loop_forget_all(&CORE_CONTAINER_OF(due, struct loop_timer_list, due)->timers);
    core_timers_close(&table->due);
    for (size_t i = 0; i < table->bucket_count; i++)
        free_lists(table->buckets[i]);
    free_lists(table->spare);
    free(table->buckets);
}

static struct loop_timer_list **bucket_of(const struct loop_timer_table *table,
                                          uint32_t duration_ms)
{
    uint32_t hash = duration_ms * UINT32_C(2654435769); /* Knuth: 2^32 / golden ratio */
    return &table->buckets[(hash ^ (hash >> 16)) & (table->bucket_count - 1)];
}

static struct loop_timer_list *find_list(const struct loop_timer_table *table,
                                         uint32_t duration_ms)
{
    if (table->bucket_count == 0)
        return NULL;
    struct loop_timer_list *list = *bucket_of(table, duration_ms);
    while (list && list->duration_ms != duration_ms)
        list = list->next;
    return list;
}

/* Doubles the buckets. */
static int grow_buckets(struct loop_timer_table *table)
{
    struct loop_timer_table grown = *table;
    grown.bucket_count = table->bucket_count ? table->bucket_count * 2 : FIRST_BUCKETS;
    grown.buckets = calloc(grown.bucket_count, sizeof *grown.buckets);
    if (!grown.buckets)
        return -ENOMEM;
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct loop_timer_list *list = table->buckets[i], *next;
        for (; list; list = next) {
            next = list->next;
            struct loop_timer_list **bucket = bucket_of(&grown, list->duration_ms);
            list->next = *bucket;
            *bucket = list;
        }
    }
    free(table->buckets);
    *table = grown;
    return 0;
}

static struct loop_timer_list *new_list(struct loop_timer_table *table)
{
    struct loop_timer_list *list = table->spare;
    if (list) {
        table->spare = list->next;
        return list;
    }
    list = calloc(1, sizeof *list);
    if (list)
        core_list_init(&list->timers);
    return list;
}

/* A list for this duration that had none, due at due_ms; NULL without memory. */
static struct loop_timer_list *open_list(struct loop_timer_table *table,
                                         uint32_t duration_ms, uint64_t due_ms)
{
    if (table->list_count == table->bucket_count && grow_buckets(table) != 0)
        return NULL;
    struct loop_timer_list *list = new_list(table);
    if (!list)
        return NULL;
    if (core_timers_insert(&table->due, &list->due, due_ms * CORE_NS_PER_MS) != 0) {
        list->next = table->spare;
        table->spare = list;
        return NULL;
    }
    struct loop_timer_list **bucket = bucket_of(table, duration_ms);
    list->duration_ms = duration_ms;
    list->next = *bucket;
    *bucket = list;
    table->list_count++;
    return list;
}

/* Takes an empty list out of heap and bucket. The running one is left to who runs it. */
static void drop_list(struct loop_timer_table *table, struct loop_timer_list *list)
{
    assert(core_list_empty(&list->timers));
    struct loop_timer_list **link = bucket_of(table, list->duration_ms);
    while (*link != list)
        link = &(*link)->next;
    *link = list->next;
    table->list_count--;
    core_timers_remove(&table->due, &list->due);
    assert(table->list_count == table->due.count &&
           "a list in a bucket or the heap only");
    if (list == table->running)
        return;
    list->next = table->spare;
    table->spare = list;
}

/* Appends an active timer to the list of its duration. */
static int append(struct loop *loop, struct loop_timer *timer, uint64_t start_ms)
{
    struct loop_timer_table *table = &loop->timers;
    assert(timer->duration_ms >= 1 && "a timer of no duration would starve the loop");
    struct loop_timer_list *list = find_list(table, timer->duration_ms);
    if (!list) {
        list = open_list(table, timer->duration_ms, start_ms + timer->duration_ms);
        if (!list)
            return -ENOMEM;
    }
    timer->start_ms = start_ms;
    timer->list = list;
    core_list_append(&list->timers, &timer->handle.node);
    return 0;
}

static int start(struct loop *loop, struct loop_timer *timer, loop_callback *callback,
                 void *context)
{
    if (timer->handle.flags & HANDLE_CLOSING)
        return -EINVAL;
    loop_activate(loop, &timer->handle, KIND_TIMER, callback, context);
    loop_update_time(loop); /* as Node: it counts from here, not from the turn's start */
    int error = append(loop, timer, loop->now_ms);
    if (error) {
        loop_deactivate(&timer->handle);
        timer->list = NULL;
    }
    return error;
}

/* Takes an active timer out, and its list with it when that is empty. */
static void take_out(struct loop_timer *timer)
{
    struct loop_timer_list *list = timer->list;
    struct loop *loop = timer->handle.loop;
    assert(list && list->duration_ms == timer->duration_ms && "in a list not its own");
    loop_deactivate(&timer->handle);
    timer->list = NULL;
    if (core_list_empty(&list->timers))
        drop_list(&loop->timers, list);
}

/* Whether this is the interval whose callback runs now; from here on it is not. */
static bool forget_current(struct loop_timer *timer)
{
    struct loop_timer_table *table = &timer->handle.loop->timers;
    if (table->current != timer)
        return false;
    table->current = NULL;
    return true;
}

static uint32_t whole_ms(double delay_ms)
{
    return delay_ms >= 1 && delay_ms <= INT32_MAX ? (uint32_t)delay_ms : 1;
}

static int start_new(struct loop *loop, struct loop_timer *timer, double delay_ms,
                     const struct loop_job *job)
{
    loop_clear_timer(timer);
    timer->cleared = false;
    timer->duration_ms = whole_ms(delay_ms);
    return start(loop, timer, job->callback, job->context);
}

int loop_timeout(struct loop *loop, struct loop_timer *timer, double delay_ms,
                 loop_callback *callback, void *context)
{
    timer->repeats = false;
    return start_new(loop, timer, delay_ms, &(struct loop_job){callback, context});
}

int loop_interval(struct loop *loop, struct loop_timer *timer, double period_ms,
                  loop_callback *callback, void *context)
{
    timer->repeats = true;
    return start_new(loop, timer, period_ms, &(struct loop_job){callback, context});
}

bool loop_clear_timer(struct loop_timer *timer)
{
    timer->cleared = true;
    if (!loop_is_active(&timer->handle))
        return false;
    if (forget_current(timer)) {
        loop_deactivate(&timer->handle);
        timer->list = NULL;
    } else {
        take_out(timer);
    }
    return true;
}

int loop_refresh(struct loop_timer *timer)
{
    struct loop *loop = timer->handle.loop;
    if (!loop)
        return -EINVAL;
    if (timer->cleared)
        return 0;
    if (loop_is_active(&timer->handle)) {
        forget_current(timer);
        loop_deactivate(&timer->handle); /* it goes back into its list, empty or not */
    }
    return start(loop, timer, timer->handle.callback, timer->handle.context);
}

/* Calls a timer that is due. A timeout is inactive before its callback, which may free
 * it; an interval stays active, and goes back into a list unless its callback touched it.
 */
static void fire(struct loop *loop, struct loop_timer *timer)
{
    struct loop_timer_table *table = &loop->timers;
    core_list_remove(&timer->handle.node);
    uint64_t start_ms = loop->now_ms;
    if (timer->repeats) {
        loop_update_time(loop);
        start_ms = loop->now_ms;
        table->current = timer;
    } else {
        timer->list = NULL;
        loop_deactivate(&timer->handle);
    }
    loop_begin_call(loop, LOOP_FROM_TIMERS);
    timer->handle.callback(loop, timer->handle.context);
    if (table->current) { /* before ticks, as in Node */
        assert(table->current == timer);
        table->current = NULL;
        if (append(loop, timer, start_ms) != 0) {
            timer->list = NULL;
            loop_deactivate(&timer->handle);
            loop->failure = -ENOMEM;
        }
    }
    loop_end_call(loop);
}

/* Calls what is due of the running list. Left empty, it has no duration any more. */
static void run_list(struct loop *loop, struct loop_timer_list *list, uint64_t now_ms)
{
    struct loop_timer_table *table = &loop->timers;
    while (!loop->ended && !core_list_empty(&list->timers)) {
        struct loop_timer *timer =
            CORE_CONTAINER_OF(list->timers.next, struct loop_timer, handle.node);
        assert(timer->list == list && loop_is_active(&timer->handle));
        uint64_t due_ms = timer->start_ms + list->duration_ms;
        if (due_ms > now_ms) {
            core_timers_reset(&table->due, &list->due, due_ms * CORE_NS_PER_MS);
            return;
        }
        fire(loop, timer);
    }
    if (!core_list_empty(&list->timers))
        return;
    if (core_timer_pending(&list->due)) /* else a callback cleared its last timer */
        drop_list(table, list);
    list->next = table->spare;
    table->spare = list;
}

void loop_run_timers(struct loop *loop)
{
    struct loop_timer_table *table = &loop->timers;
    uint64_t now_ms = loop->now_ms;
    assert(!table->running && !table->current && "timers inside timers");
    while (!loop->ended && core_timers_next(&table->due) <= now_ms * CORE_NS_PER_MS) {
        struct core_timer *due = core_timers_first(&table->due);
        table->running = CORE_CONTAINER_OF(due, struct loop_timer_list, due);
        run_list(loop, table->running, now_ms);
        table->running = NULL;
    }
}
