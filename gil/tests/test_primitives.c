/* Lock, Condition and Queue as Python's threading and queue modules have them. */
#include "runtime.h"

/* ---- Lock ---- */

GIL_HELD static void release_it(void *argument)
{
    CHECK_EQ(gil_lock_release(argument), 0);
}

GIL_HELD static void use_lock(void *argument)
{
    struct gil_lock *lock = argument;
    CHECK(!gil_lock_locked(lock));
    CHECK_EQ(gil_lock_release(lock), -EPERM);
    CHECK_EQ(gil_lock_acquire(lock, 0), 0);
    CHECK(gil_lock_locked(lock));
    CHECK_EQ(gil_lock_acquire(lock, 0), -ETIMEDOUT); /* not reentrant */
    uint64_t began = core_now_ns();
    CHECK_EQ(gil_lock_acquire(lock, 2 * CORE_NS_PER_MS), -ETIMEDOUT);
    CHECK(core_now_ns() - began >= 2 * CORE_NS_PER_MS);
    join(spawn(release_it, lock)); /* owned by nobody: another may release it */
    CHECK(!gil_lock_locked(lock));
    CHECK_EQ(gil_lock_acquire(lock, GIL_FOREVER), 0);
    CHECK_EQ(gil_lock_release(lock), 0);
    CHECK_EQ(gil_lock_release(lock), -EPERM);
}

static void a_lock_behaves_as_pythons(void)
{
    struct gil_lock *lock = gil_lock_new();
    run_alone(use_lock, lock);
    gil_lock_free(lock);
}

GIL_HELD static void lock_and_unlock(void *argument)
{
    struct gil_lock *lock = argument;
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(gil_lock_acquire(lock, GIL_FOREVER), 0);
        CHECK_EQ(gil_lock_release(lock), 0);
    }
}

/* The lock is tried before the global lock is given up, so alone nobody gives it up. */
static void a_free_lock_is_taken_without_a_release(void)
{
    struct gil_config config = gil_config_default();
    struct gil *gil = start(&config);
    struct gil_lock *lock = gil_lock_new();
    CHECK_EQ(gil_run(gil, lock_and_unlock, lock), 0);
    CHECK_EQ(gil_counter(gil, GIL_VOLUNTARY_RELEASES), 0);
    CHECK_EQ(gil_counter(gil, GIL_TAKES), 1);
    gil_lock_free(lock);
    gil_stop(gil);
}

enum { LOCKERS = 6, TURNS = 3000 };

struct section {
    struct gil_lock *lock;
    bool occupied;
    uint64_t visits;
};

/* The lock, unlike the global one, is held across checkpoints and releases. */
GIL_HELD static void visit(void *argument)
{
    struct section *section = argument;
    for (int i = 0; i < TURNS; i++) {
        CHECK_EQ(gil_lock_acquire(section->lock, GIL_FOREVER), 0);
        CHECK(!section->occupied);
        section->occupied = true;
        section->visits++;
        gil_checkpoint();
        if (i % 100 == 0)
            gil_sleep(0);
        section->occupied = false;
        CHECK_EQ(gil_lock_release(section->lock), 0);
        gil_checkpoint();
    }
}

GIL_HELD static void visit_together(void *argument)
{
    struct gil_thread *threads[LOCKERS];
    for (int i = 0; i < LOCKERS; i++)
        threads[i] = spawn(visit, argument);
    for (int i = 0; i < LOCKERS; i++)
        join(threads[i]);
}

static void a_lock_excludes(void)
{
    struct gil_config config = config_with(20 * CORE_NS_PER_US);
    struct gil *gil = start(&config);
    struct section section = {.lock = gil_lock_new()};
    CHECK_EQ(gil_run(gil, visit_together, &section), 0);
    CHECK_EQ(section.visits, (uint64_t)LOCKERS * TURNS);
    gil_lock_free(section.lock);
    gil_stop(gil);
}

/* ---- Condition ---- */

enum { WAITERS = 5 };

struct meeting {
    struct gil_lock *lock;
    struct gil_condition *condition;
    int arrived;
    int woken[WAITERS]; /* in the order of waking: who */
    int count;
};

struct guest {
    struct meeting *meeting;
    int number;
};

GIL_HELD static void wait_for_call(void *argument)
{
    const struct guest *guest = argument;
    struct meeting *m = guest->meeting;
    CHECK_EQ(gil_lock_acquire(m->lock, GIL_FOREVER), 0);
    m->arrived++;
    CHECK_EQ(gil_condition_wait(m->condition, GIL_FOREVER), 0);
    m->woken[m->count++] = guest->number;
    CHECK_EQ(gil_lock_release(m->lock), 0);
}

GIL_HELD static void notify(struct meeting *m, size_t count)
{
    CHECK_EQ(gil_lock_acquire(m->lock, GIL_FOREVER), 0);
    CHECK_EQ(gil_condition_notify(m->condition, count), 0);
    CHECK_EQ(gil_lock_release(m->lock), 0);
}

GIL_HELD static void wait_for_count(const struct meeting *m, int count)
{
    while (m->count < count)
        gil_sleep(0);
}

GIL_HELD static void call_guests(void *argument)
{
    struct meeting *m = argument;
    struct guest guests[WAITERS];
    struct gil_thread *threads[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        guests[i] = (struct guest){.meeting = m, .number = i};
        threads[i] = spawn(wait_for_call, &guests[i]);
        while (m->arrived < i + 1)
            gil_sleep(0);
    }
    for (int i = 0; i < 3; i++) { /* one by one: first come, first served */
        notify(m, 1);
        wait_for_count(m, i + 1);
        CHECK_EQ(m->woken[i], i);
        CHECK_EQ(m->count, i + 1);
    }
    notify(m, SIZE_MAX);
    wait_for_count(m, WAITERS);
    notify(m, 1); /* to nobody, and not kept for later */
    for (int i = 0; i < WAITERS; i++)
        join(threads[i]);
    CHECK_EQ(gil_lock_acquire(m->lock, 0), 0);
    CHECK_EQ(gil_condition_wait(m->condition, CORE_NS_PER_MS), -ETIMEDOUT);
    CHECK(gil_lock_locked(m->lock)); /* taken again after the timeout, too */
    CHECK_EQ(gil_condition_wait(m->condition, 0), -ETIMEDOUT);
    CHECK_EQ(gil_lock_release(m->lock), 0);
    CHECK_EQ(gil_condition_wait(m->condition, 0), -EPERM);
    CHECK_EQ(gil_condition_notify(m->condition, 1), -EPERM);
}

static void a_condition_behaves_as_pythons(void)
{
    struct meeting meeting = {.lock = gil_lock_new()};
    meeting.condition = gil_condition_new(meeting.lock);
    run_alone(call_guests, &meeting);
    gil_condition_free(meeting.condition);
    gil_lock_free(meeting.lock);
}

/* Waits with a timeout race with notifications: none is lost, none is counted twice. */
struct race {
    struct gil_lock *lock;
    struct gil_condition *condition;
    int tokens; /* notified and not yet taken */
    int taken;
    int wanted;
};

GIL_HELD static void take_tokens(void *argument)
{
    struct race *race = argument;
    CHECK_EQ(gil_lock_acquire(race->lock, GIL_FOREVER), 0);
    while (race->taken < race->wanted) {
        int error = gil_condition_wait(race->condition, 20 * CORE_NS_PER_US);
        CHECK(error == 0 || error == -ETIMEDOUT);
        if (race->tokens > 0) {
            race->tokens--;
            race->taken++;
        }
    }
    CHECK_EQ(gil_lock_release(race->lock), 0);
}

GIL_HELD static void race_tokens(void *argument)
{
    struct race *race = argument;
    struct gil_thread *threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = spawn(take_tokens, race);
    for (int i = 0; i < race->wanted; i++) {
        CHECK_EQ(gil_lock_acquire(race->lock, GIL_FOREVER), 0);
        race->tokens++;
        CHECK_EQ(gil_condition_notify(race->condition, 1), 0);
        CHECK_EQ(gil_lock_release(race->lock), 0);
        if (i % 3 == 0)
            gil_sleep(10 * CORE_NS_PER_US);
    }
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    CHECK_EQ(race->taken, race->wanted);
    CHECK_EQ(race->tokens, 0);
}

static void timeouts_and_notifications_may_meet(void)
{
    struct race race = {.lock = gil_lock_new(), .wanted = 1000};
    race.condition = gil_condition_new(race.lock);
    run_alone(race_tokens, &race);
    gil_condition_free(race.condition);
    gil_lock_free(race.lock);
}

/* ---- Queue ---- */

static void *item_of(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

static uint64_t value_of(const void *item)
{
    return (uint64_t)(uintptr_t)item;
}

GIL_HELD static uint64_t get(struct gil_queue *queue)
{
    void *item = NULL;
    CHECK_EQ(gil_queue_get(queue, &item, GIL_FOREVER), 0);
    return value_of(item);
}

GIL_HELD static void use_queue(void *argument)
{
    struct gil_queue *queue = argument; /* of at most 2 */
    void *item = item_of(99);
    CHECK_EQ(gil_queue_get(queue, &item, 0), -ETIMEDOUT);
    uint64_t began = core_now_ns();
    CHECK_EQ(gil_queue_get(queue, &item, 2 * CORE_NS_PER_MS), -ETIMEDOUT);
    CHECK(core_now_ns() - began >= 2 * CORE_NS_PER_MS);
    CHECK_EQ(value_of(item), 99); /* untouched */
    CHECK_EQ(gil_queue_put(queue, item_of(1), 0), 0);
    CHECK_EQ(gil_queue_put(queue, item_of(2), GIL_FOREVER), 0);
    CHECK_EQ(gil_queue_size(queue), 2);
    CHECK_EQ(gil_queue_put(queue, item_of(3), 0), -ETIMEDOUT);
    CHECK_EQ(gil_queue_put(queue, item_of(3), CORE_NS_PER_MS), -ETIMEDOUT);
    CHECK_EQ(get(queue), 1);
    CHECK_EQ(get(queue), 2);
    CHECK_EQ(gil_queue_size(queue), 0);
    CHECK_EQ(gil_queue_task_done(queue), 0);
    CHECK_EQ(gil_queue_task_done(queue), 0);
    CHECK_EQ(gil_queue_task_done(queue), -EINVAL);
    gil_queue_join(queue); /* nothing is open: does not wait */
}

static void a_queue_behaves_as_pythons(void)
{
    struct gil_queue *queue = gil_queue_new(2);
    run_alone(use_queue, queue);
    gil_queue_free(queue);
}

GIL_HELD static void grow_queue(void *argument)
{
    struct gil_queue *queue = argument;
    uint64_t put = 0, got = 0;
    for (int round = 0; round < 50;
         round++) { /* the ring wraps before each time it grows */
        for (int i = 0; i < 3 * (round + 1); i++)
            CHECK_EQ(gil_queue_put(queue, item_of(put++), 0), 0);
        for (int i = 0; i < 2 * (round + 1); i++)
            CHECK_EQ(get(queue), got++);
    }
    CHECK_EQ(gil_queue_size(queue), put - got);
    while (got < put)
        CHECK_EQ(get(queue), got++);
}

static void an_unbounded_queue_grows_in_order(void)
{
    struct gil_queue *queue = gil_queue_new(0);
    run_alone(grow_queue, queue);
    gil_queue_free(queue);
}

enum { PRODUCERS = 8, CONSUMERS = 8, EACH = 2000 };

struct market {
    struct gil_queue *queue;
    uint64_t sums[CONSUMERS];
    uint64_t counts[CONSUMERS];
};

struct trader {
    struct market *market;
    uint64_t number;
};

GIL_HELD static void produce(void *argument)
{
    const struct trader *trader = argument;
    for (uint64_t i = 0; i < EACH; i++) {
        uint64_t value = 1 + i * PRODUCERS + trader->number;
        CHECK_EQ(gil_queue_put(trader->market->queue, item_of(value), GIL_FOREVER), 0);
        gil_checkpoint();
    }
}

/* Takes items until a 0; checks that each producer's come in its order. */
GIL_HELD static void consume(void *argument)
{
    const struct trader *trader = argument;
    struct market *market = trader->market;
    uint64_t last[PRODUCERS] = {0};
    for (uint64_t value; (value = get(market->queue)) != 0;) {
        CHECK(value > last[(value - 1) % PRODUCERS]);
        last[(value - 1) % PRODUCERS] = value;
        market->sums[trader->number] += value;
        market->counts[trader->number]++;
        CHECK_EQ(gil_queue_task_done(market->queue), 0);
        gil_checkpoint();
    }
    CHECK_EQ(gil_queue_task_done(market->queue), 0);
}

GIL_HELD static void trade(void *argument)
{
    struct market *market = argument;
    struct trader traders[PRODUCERS];
    struct gil_thread *producers[PRODUCERS], *consumers[CONSUMERS];
    for (uint64_t i = 0; i < PRODUCERS; i++) {
        traders[i] = (struct trader){.market = market, .number = i};
        producers[i] = spawn(produce, &traders[i]);
        consumers[i] = spawn(consume, &traders[i]);
    }
    for (int i = 0; i < PRODUCERS; i++)
        join(producers[i]);
    for (int i = 0; i < CONSUMERS; i++)
        CHECK_EQ(gil_queue_put(market->queue, item_of(0), GIL_FOREVER), 0);
    gil_queue_join(market->queue);
    for (int i = 0; i < CONSUMERS; i++)
        join(consumers[i]);
    CHECK_EQ(gil_queue_size(market->queue), 0);
}

static void check_market(size_t maxsize)
{
    struct gil_config config = config_with(50 * CORE_NS_PER_US);
    struct gil *gil = start(&config);
    struct market market = {.queue = gil_queue_new(maxsize)};
    CHECK_EQ(gil_run(gil, trade, &market), 0);
    uint64_t total = (uint64_t)PRODUCERS * EACH, sum = 0, count = 0;
    for (int i = 0; i < CONSUMERS; i++) {
        sum += market.sums[i];
        count += market.counts[i];
    }
    CHECK_EQ(count, total);
    CHECK_EQ(sum, total * (total + 1) / 2);
    gil_queue_free(market.queue);
    gil_stop(gil);
}

static void a_small_queue_conserves_items(void)
{
    check_market(3);
}

static void an_unbounded_queue_conserves_items(void)
{
    check_market(0);
}

GIL_HELD static void finish_late(void *argument)
{
    struct gil_queue *queue = argument;
    get(queue);
    gil_sleep(2 * CORE_NS_PER_MS);
    CHECK_EQ(gil_queue_put(queue, item_of(7), 0),
             0); /* one more before the first is done */
    CHECK_EQ(gil_queue_task_done(queue), 0);
    get(queue);
    gil_sleep(CORE_NS_PER_MS);
    CHECK_EQ(gil_queue_task_done(queue), 0);
}

GIL_HELD static void join_queue(void *argument)
{
    struct gil_queue *queue = argument;
    CHECK_EQ(gil_queue_put(queue, item_of(5), 0), 0);
    struct gil_thread *worker = spawn(finish_late, queue);
    gil_queue_join(queue);
    CHECK_EQ(gil_queue_size(queue), 0);
    CHECK_EQ(gil_queue_task_done(queue), -EINVAL);
    join(worker);
}

static void joining_a_queue_waits_for_all_tasks(void)
{
    struct gil_queue *queue = gil_queue_new(0);
    run_alone(join_queue, queue);
    gil_queue_free(queue);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_lock_behaves_as_pythons),
        CHECK_CASE(a_free_lock_is_taken_without_a_release),
        CHECK_CASE(a_lock_excludes),
        CHECK_CASE(a_condition_behaves_as_pythons),
        CHECK_CASE(timeouts_and_notifications_may_meet),
        CHECK_CASE(a_queue_behaves_as_pythons),
        CHECK_CASE(an_unbounded_queue_grows_in_order),
        CHECK_CASE(a_small_queue_conserves_items),
        CHECK_CASE(an_unbounded_queue_conserves_items),
        CHECK_CASE(joining_a_queue_waits_for_all_tasks),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
