/* Timers: never early, cleared and restarted from anywhere, in and out of their lists. */
#include "script.h"

#include <core/rng.h>

static void run_dry(struct loop *loop)
{
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
}

static void a_timer_is_never_early(void)
{
    struct loop *loop = script_begin();
    for (int delay_ms = 1; delay_ms < 12; delay_ms++) {
        struct loop_timer timer = {0};
        CHECK_EQ(loop_timeout(loop, &timer, delay_ms, say, "t"), 0);
        uint64_t due_ms = loop_now_ms(loop) + (uint64_t)delay_ms;
        run_dry(loop);
        CHECK(loop_now_ms(loop) >= due_ms);
        CHECK(!loop_is_active(&timer.handle));
    }
    CHECK_EQ(loop_free(loop), 0);
}

/* libuv timer_start_twice: the last start wins. */
static void starting_twice_restarts(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timer = {0};
    CHECK_EQ(loop_timeout(loop, &timer, 86400 * 1000, say, "first"), 0);
    CHECK_EQ(loop_timeout(loop, &timer, 1, say, "second"), 0);
    script_end(loop, "second");
}

/* libuv timer_huge_timeout. */
static void the_longest_delay_does_not_overflow(void)
{
    struct loop *loop = script_begin();
    struct loop_timer longest = {0}, soon = {0};
    CHECK_EQ(loop_timeout(loop, &longest, 2147483647., say, "never"), 0);
    CHECK_EQ(loop_poll_timeout_ms(loop), 2147483647);
    CHECK_EQ(loop_timeout(loop, &soon, 1, say, "soon"), 0);
    CHECK_EQ(loop_run(loop, LOOP_ONCE), 0);
    CHECK(loop_is_active(&longest.handle));
    CHECK(loop_clear_timer(&longest));
    script_end(loop, "soon");
}

static void clearing_takes_a_timer_out(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0}, c = {0};
    CHECK_EQ(loop_timeout(loop, &a, 1, say, "a"), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "b"), 0);
    CHECK_EQ(loop_timeout(loop, &c, 2, say, "c"), 0);
    CHECK(loop_clear_timer(&a));
    CHECK(!loop_clear_timer(&a));
    CHECK(loop_clear_timer(&c));
    script_end(loop, "b");
}

static void clear_and_say(struct loop *loop, void *other)
{
    CHECK(loop != NULL);
    script_say("clears");
    CHECK(loop_clear_timer(other));
}

/* node test-timers-next-tick: cleared by a tick of the timer before it. */
static void clear_from_tick(struct loop *loop, void *other)
{
    CHECK_EQ(loop_next_tick(loop, clear_and_say, other), 0);
}

static void a_due_timer_can_be_cleared_by_one_before_it(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0}, c = {0}, d = {0};
    CHECK_EQ(loop_timeout(loop, &a, 1, clear_and_say, &b), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "b"), 0);
    CHECK_EQ(loop_timeout(loop, &c, 2, clear_from_tick, &d), 0);
    CHECK_EQ(loop_timeout(loop, &d, 2, say, "d"), 0);
    spin_ms(5);
    script_end(loop, "clears clears");
}

/* node test-timers-same-timeout-wrong-list-deleted: the list whose timers are being
 * called is emptied and made anew meanwhile. */
static struct loop_timer fresh;

static void empty_the_list_and_refill(struct loop *loop, void *other)
{
    script_say("a");
    CHECK(loop_clear_timer(other));
    CHECK_EQ(loop_timeout(loop, &fresh, 1, say, "fresh"), 0);
}

static void the_running_list_can_be_made_anew(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0};
    CHECK_EQ(loop_timeout(loop, &a, 1, empty_the_list_and_refill, &b), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "never"), 0);
    spin_ms(3);
    script_end(loop, "a fresh");
}

struct again {
    struct loop_timer timer;
    struct loop_timer other;
    long n;
};

static void clear_the_other_and_stay(struct loop *loop, void *context)
{
    struct again *again = context;
    say_number("i", ++again->n);
    loop_clear_timer(&again->other);
    if (again->n == 1)
        CHECK_EQ(loop_timeout(loop, &again->other, 1, say, "other"), 0);
    if (again->n == 3)
        CHECK(loop_clear_timer(&again->timer));
}

/* The same with an interval, which goes back into the list made meanwhile. */
static void an_interval_finds_its_list_again(void)
{
    struct loop *loop = script_begin();
    struct again again = {0};
    CHECK_EQ(loop_interval(loop, &again.timer, 1, clear_the_other_and_stay, &again), 0);
    CHECK_EQ(loop_timeout(loop, &again.other, 1, say, "never"), 0);
    spin_ms(3);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(again.n, 3);
    CHECK_EQ(loop_free(loop), 0);
}

/* setTimeout(t, 100); setTimeout(() => { t.refresh(); refreshed }, 50); at 120: t is
 * later. */
static void refresh_other(struct loop *loop, void *other)
{
    CHECK(loop != NULL);
    CHECK_EQ(loop_refresh(other), 0);
    script_say("refreshed");
}

static void refresh_starts_the_period_anew(void)
{
    struct loop *loop = script_begin();
    struct loop_timer t = {0}, refresher = {0}, unrefd = {0};
    CHECK_EQ(loop_timeout(loop, &t, 40, say, "t"), 0);
    CHECK_EQ(loop_timeout(loop, &refresher, 20, refresh_other, &t), 0);
    CHECK_EQ(loop_timeout(loop, &unrefd, 1000, say, "never"), 0);
    loop_unref(&unrefd.handle);
    CHECK(!loop_has_ref(&unrefd.handle));
    CHECK(loop_has_ref(&t.handle));
    uint64_t start_ms = loop_now_ms(loop);
    run_dry(loop);
    CHECK(loop_now_ms(loop) - start_ms >= 60);
    script_end(loop, "refreshed t");
}

static void refresh_self(struct loop *loop, void *context)
{
    struct again *again = context;
    CHECK(loop != NULL);
    say_number("fired", ++again->n);
    if (again->n < 3)
        CHECK_EQ(loop_refresh(&again->timer), 0);
}

static void a_fired_timeout_can_be_refreshed(void)
{
    struct loop *loop = script_begin();
    struct again again = {0};
    CHECK_EQ(loop_timeout(loop, &again.timer, 2, refresh_self, &again), 0);
    script_end(loop, "fired1 fired2 fired3");
}

static void a_cleared_timer_cannot(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timer = {0};
    CHECK_EQ(loop_timeout(loop, &timer, 2, say, "never"), 0);
    CHECK(loop_clear_timer(&timer));
    CHECK_EQ(loop_refresh(&timer), 0);
    CHECK(!loop_is_active(&timer.handle));
    script_end(loop, "");
}

static void interval_refreshes_itself(struct loop *loop, void *context)
{
    struct again *again = context;
    CHECK(loop != NULL);
    say_number("i", ++again->n);
    CHECK_EQ(loop_refresh(&again->timer), 0);
    if (again->n == 3)
        CHECK(loop_clear_timer(&again->timer));
}

static void an_interval_can_refresh_itself(void)
{
    struct loop *loop = script_begin();
    struct again again = {0};
    CHECK_EQ(loop_interval(loop, &again.timer, 1, interval_refreshes_itself, &again), 0);
    script_end(loop, "i1 i2 i3");
}

static void become_a_timeout(struct loop *loop, void *context)
{
    struct again *again = context;
    script_say("interval");
    CHECK_EQ(loop_timeout(loop, &again->timer, 1, say, "timeout"), 0);
}

static void an_interval_can_become_a_timeout(void)
{
    struct loop *loop = script_begin();
    struct again again = {0};
    CHECK_EQ(loop_interval(loop, &again.timer, 1, become_a_timeout, &again), 0);
    script_end(loop, "interval timeout");
}

/* Oracle 32: three missed periods collapse into one. */
static void block_once(struct loop *loop, void *context)
{
    struct again *again = context;
    CHECK(loop != NULL);
    if (++again->n == 1)
        spin_ms(55);
    if (again->n == 4)
        CHECK(loop_clear_timer(&again->timer));
}

static void a_blocked_interval_does_not_burst(void)
{
    struct loop *loop = script_begin();
    struct again again = {0};
    CHECK_EQ(loop_interval(loop, &again.timer, 10, block_once, &again), 0);
    uint64_t start_ms = loop_now_ms(loop);
    run_dry(loop);
    CHECK(loop_now_ms(loop) - start_ms >= 10 + 55 + 20);
    CHECK_EQ(again.n, 4);
    CHECK_EQ(loop_free(loop), 0);
}

static void free_it(struct loop *loop, void *timer)
{
    CHECK(loop != NULL);
    free(timer);
}

static void clear_and_free(struct loop *loop, void *timer)
{
    CHECK(loop != NULL);
    CHECK(loop_clear_timer(timer));
    free(timer);
}

static void a_callback_may_free_its_timer(void)
{
    struct loop *loop = script_begin();
    struct loop_timer *once = calloc(1, sizeof *once), *often = calloc(1, sizeof *often);
    CHECK(once && often);
    CHECK_EQ(loop_timeout(loop, once, 1, free_it, once), 0);
    CHECK_EQ(loop_interval(loop, often, 1, clear_and_free, often), 0);
    script_end(loop, "");
}

static void freeing_a_loop_deactivates_its_timers(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timers[300] = {0};
    for (int i = 0; i < 300; i++)
        CHECK_EQ(loop_timeout(loop, &timers[i], 1000 + i % 100, say, "never"), 0);
    CHECK_EQ(loop_free(loop), 0);
    for (int i = 0; i < 300; i++)
        CHECK(!loop_is_active(&timers[i].handle));
    loop = script_begin();
    CHECK_EQ(loop_timeout(loop, &timers[7], 1, say, "again"), 0);
    script_end(loop, "again");
}

static void the_time_is_cached(void)
{
    struct loop *loop = script_begin();
    uint64_t before = loop_now_ms(loop);
    spin_ms(3);
    CHECK_EQ(loop_now_ms(loop), before);
    loop_update_time(loop);
    CHECK(loop_now_ms(loop) >= before + 3);
    CHECK_EQ(loop_free(loop), 0);
}

/* Many timers of many durations, started, cleared, restarted, refreshed at random: each
 * that was left alone fires once, not early, and in the order of starts among equal
 * durations. */
enum { MANY = 3000, DURATIONS = 40 };
struct many {
    struct loop_timer timer;
    uint64_t due_ms;
    uint64_t order; /* of its last start */
    uint32_t duration_ms;
    bool waits;
};
static struct many many[MANY];
static uint64_t starts, last_order[DURATIONS + 1], fired;

static void check_fired(struct loop *loop, void *context)
{
    struct many *one = context;
    CHECK(one->waits);
    one->waits = false;
    fired++;
    CHECK(loop_now_ms(loop) >= one->due_ms);
    CHECK(one->order > last_order[one->duration_ms]);
    last_order[one->duration_ms] = one->order;
}

static void start_one(struct loop *loop, struct many *one, struct core_rng *rng)
{
    if (one->waits && core_rng_below(rng, 2) == 0) {
        CHECK_EQ(loop_refresh(&one->timer), 0);
    } else {
        one->duration_ms = 1 + core_rng_below(rng, DURATIONS);
        CHECK_EQ(loop_timeout(loop, &one->timer, one->duration_ms, check_fired, one), 0);
    }
    one->due_ms = loop_now_ms(loop) + one->duration_ms;
    one->order = ++starts;
    one->waits = true;
}

static void random_use_fires_each_once_and_in_order(void)
{
    struct loop *loop = script_begin();
    struct core_rng rng;
    uint64_t left = 0;
    core_rng_seed(&rng, 20);
    for (int step = 0; step < 4 * MANY; step++) {
        struct many *one = &many[core_rng_below(&rng, MANY)];
        if (core_rng_below(&rng, 4) == 0) {
            CHECK_EQ(loop_clear_timer(&one->timer), one->waits);
            one->waits = false;
        } else {
            start_one(loop, one, &rng);
        }
        if (step % 1000 == 999)
            CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    }
    for (int i = 0; i < MANY; i++)
        left += many[i].waits;
    fired = 0;
    run_dry(loop);
    CHECK_EQ(fired, left);
    CHECK_EQ(loop_free(loop), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_timer_is_never_early),
        CHECK_CASE(starting_twice_restarts),
        CHECK_CASE(the_longest_delay_does_not_overflow),
        CHECK_CASE(clearing_takes_a_timer_out),
        CHECK_CASE(a_due_timer_can_be_cleared_by_one_before_it),
        CHECK_CASE(the_running_list_can_be_made_anew),
        CHECK_CASE(an_interval_finds_its_list_again),
        CHECK_CASE(refresh_starts_the_period_anew),
        CHECK_CASE(a_fired_timeout_can_be_refreshed),
        CHECK_CASE(a_cleared_timer_cannot),
        CHECK_CASE(an_interval_can_refresh_itself),
        CHECK_CASE(an_interval_can_become_a_timeout),
        CHECK_CASE(a_blocked_interval_does_not_burst),
        CHECK_CASE(a_callback_may_free_its_timer),
        CHECK_CASE(freeing_a_loop_deactivates_its_timers),
        CHECK_CASE(the_time_is_cached),
        CHECK_CASE(random_use_fires_each_once_and_in_order),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
