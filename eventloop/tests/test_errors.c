/* Errors nobody caught, exit, beforeExit: order and status as `node -e` gives them
 * (v20.20). */
#include "script.h"

#include <errno.h>

static void catch_it(struct loop *loop, void *unused, const char *message)
{
    (void)unused;
    CHECK(loop != NULL);
    script_say("caught");
    script_say(message);
}

static void throw_again(struct loop *loop, void *unused, const char *message)
{
    (void)unused;
    CHECK_STR(message, "first");
    loop_throw(loop, "again");
}

static void say_exit(struct loop *loop, void *unused, int status)
{
    (void)unused;
    CHECK(loop != NULL);
    say_number("exit", status);
}

/* Says its word and throws it. */
static void throw_word(struct loop *loop, void *word)
{
    script_say(word);
    loop_throw(loop, word);
}

static void queue_and_throw(struct loop *loop, void *word)
{
    tick(loop, "tick");
    micro(loop, "micro");
    throw_word(loop, word);
}

/* Oracle 15. */
static void the_loop_goes_on_after_a_handled_error(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate i1 = {0}, i2 = {0};
    struct loop_timer t1 = {0}, t2 = {0};
    loop_on_uncaught(loop, catch_it, NULL);
    loop_set_immediate(loop, &i1, throw_word, "i1");
    loop_set_immediate(loop, &i2, say, "i2");
    CHECK_EQ(loop_timeout(loop, &t1, 20, throw_word, "t1"), 0);
    CHECK_EQ(loop_timeout(loop, &t2, 20, say, "t2"), 0);
    script_end(loop, "i1 caught i1 i2 t1 caught t1 t2");
}

/* nextTick(throw); nextTick(t2); then(m1); timeout due; immediate. */
static void an_error_in_a_tick_leaves_the_rest_to_the_next_callback(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timeout = {0};
    struct loop_immediate immediate = {0};
    loop_on_uncaught(loop, catch_it, NULL);
    CHECK_EQ(loop_next_tick(loop, throw_word, "t1"), 0);
    tick(loop, "t2");
    micro(loop, "m1");
    CHECK_EQ(loop_timeout(loop, &timeout, 0, say, "timeout"), 0);
    loop_set_immediate(loop, &immediate, say, "imm");
    spin_ms(5);
    script_end(loop, "t1 caught t1 timeout t2 m1 imm");
}

static void what_an_error_left_runs_even_if_nothing_else_does(void)
{
    struct loop *loop = script_begin();
    loop_on_uncaught(loop, catch_it, NULL);
    CHECK_EQ(loop_next_tick(loop, throw_word, "t1"), 0);
    tick(loop, "t2");
    script_end(loop, "t1 caught t1 t2");
}

static void an_error_in_an_immediate_defers_its_ticks(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate i1 = {0}, i2 = {0}, i3 = {0};
    loop_on_uncaught(loop, catch_it, NULL);
    loop_set_immediate(loop, &i1, queue_and_throw, "i1");
    loop_set_immediate(loop, &i2, say, "i2");
    loop_set_immediate(loop, &i3, say, "i3");
    script_end(loop, "i1 caught i1 i2 tick micro i3");
}

static void an_error_in_a_microtask_is_handled_on_the_spot(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0};
    loop_on_uncaught(loop, catch_it, NULL);
    CHECK_EQ(loop_microtask(loop, throw_word, "m1"), 0);
    micro(loop, "m2");
    CHECK_EQ(loop_timeout(loop, &a, 1, queue_and_throw, "a"), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "b"), 0);
    spin_ms(5);
    script_end(loop, "m1 caught m1 m2 a caught a b tick micro");
}

static void an_error_of_the_main_script_can_be_handled(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timeout = {0};
    loop_on_uncaught(loop, catch_it, NULL);
    CHECK_EQ(loop_timeout(loop, &timeout, 0, say, "timeout"), 0);
    spin_ms(3);
    tick(loop, "tick");
    loop_throw(loop, "main");
    loop_throw(loop, "ignored");
    script_end(loop, "caught main timeout tick");
}

struct thrower {
    struct loop_timer interval;
    long n;
};

static void third_time_clear(struct loop *loop, void *context)
{
    struct thrower *thrower = context;
    say_number("i", ++thrower->n);
    if (thrower->n == 3)
        loop_clear_timer(&thrower->interval);
    if (thrower->n == 1)
        loop_throw(loop, "x");
}

static void an_interval_survives_its_error(void)
{
    struct loop *loop = script_begin();
    struct thrower thrower = {0};
    loop_on_uncaught(loop, catch_it, NULL);
    CHECK_EQ(loop_interval(loop, &thrower.interval, 2, third_time_clear, &thrower), 0);
    script_end(loop, "i1 caught x i2 i3");
}

static void an_unhandled_error_ends_with_1(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0};
    loop_on_exit(loop, say_exit, NULL);
    loop_set_exit_code(loop, 6);
    CHECK_EQ(loop_timeout(loop, &a, 1, queue_and_throw, "x"), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "never"), 0);
    spin_ms(3);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 1);
    CHECK_STR(loop_error(loop), "x");
    CHECK(loop_is_active(&b.handle));
    script_end_with(loop, 1, "x exit1"); /* it stays ended */
    CHECK(!loop_is_active(&b.handle));
}

static void an_error_in_the_handler_ends_with_7(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate immediate = {0};
    loop_on_uncaught(loop, throw_again, NULL);
    loop_on_exit(loop, say_exit, NULL); /* is not told, as in Node */
    loop_set_immediate(loop, &immediate, throw_word, "first");
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 7);
    CHECK_STR(loop_error(loop), "again");
    script_end_with(loop, 7, "first");
}

static void exit_with_2(struct loop *loop, void *unused)
{
    (void)unused;
    tick(loop, "never");
    loop_exit(loop, 2);
}

static void exit_ends_it_at_once(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate i1 = {0}, i2 = {0};
    loop_on_before_exit(loop, say, "never");
    loop_on_exit(loop, say_exit, NULL);
    loop_set_immediate(loop, &i1, exit_with_2, NULL);
    loop_set_immediate(loop, &i2, say, "never");
    script_end_with(loop, 2, "exit2");
}

static void exit_from_a_tick_and_from_a_microtask(void)
{
    struct loop *loop = script_begin();
    CHECK_EQ(loop_next_tick(loop, exit_with_2, NULL), 0);
    tick(loop, "never");
    script_end_with(loop, 2, "");
    loop = script_begin();
    CHECK_EQ(loop_microtask(loop, exit_with_2, NULL), 0);
    micro(loop, "never");
    script_end_with(loop, 2, "");
}

/* Oracle 29, with the status that the exit callback sets. */
static struct loop_immediate dead;

static void set_code_in_exit(struct loop *loop, void *unused, int status)
{
    (void)unused;
    say_number("exit", status);
    loop_set_exit_code(loop, 3);
    loop_set_immediate(loop, &dead, say, "never");
    tick(loop, "never");
}

static void the_exit_callback_has_the_last_word(void)
{
    struct loop *loop = script_begin();
    loop_on_exit(loop, set_code_in_exit, NULL);
    tick(loop, "tick");
    script_end_with(loop, 3, "tick exit0");
    CHECK(!loop_is_active(&dead.handle));
}

static void exit_9(struct loop *loop, void *unused, int status)
{
    (void)unused;
    say_number("exit", status);
    loop_exit(loop, 9);
}

static void exit_inside_exit(void)
{
    struct loop *loop = script_begin();
    loop_on_exit(loop, exit_9, NULL);
    loop_exit(loop, 4);
    script_end_with(loop, 9, "exit4");
}

static void throw_in_exit(struct loop *loop, void *unused, int status)
{
    (void)unused;
    say_number("exit", status);
    loop_throw(loop, "in exit");
}

static void an_error_inside_exit(void)
{
    struct loop *loop = script_begin();
    loop_on_exit(loop, throw_in_exit, NULL);
    script_end_with(loop, 1, "exit0");
    loop = script_begin();
    loop_on_exit(loop, throw_in_exit, NULL);
    loop_on_uncaught(loop, catch_it, NULL);
    script_end_with(loop, 0, "exit0 caught in exit");
}

/* Oracle 14. */
struct reviver {
    struct loop_immediate immediate;
    long n;
};

static void revive(struct loop *loop, void *context)
{
    struct reviver *reviver = context;
    say_number("beforeExit", ++reviver->n);
    if (reviver->n < 3)
        loop_set_immediate(loop, &reviver->immediate, say, "revived");
}

static void before_exit_may_revive_the_loop(void)
{
    struct loop *loop = script_begin();
    struct reviver reviver = {0};
    loop_on_before_exit(loop, revive, &reviver);
    loop_on_exit(loop, say_exit, NULL);
    script_end(loop, "beforeExit1 revived beforeExit2 revived beforeExit3 exit0");
}

static void tick_and_set_code(struct loop *loop, void *unused)
{
    (void)unused;
    tick(loop, "tick");
    loop_set_exit_code(loop, 5);
}

static void before_exit_drains_and_may_set_the_status(void)
{
    struct loop *loop = script_begin();
    loop_on_before_exit(loop, tick_and_set_code, NULL);
    loop_on_exit(loop, say_exit, NULL);
    script_end_with(loop, 5, "tick exit5");
}

/* Oracle 13. */
static void unrefd_timers_do_not_keep_the_loop(void)
{
    struct loop *loop = script_begin();
    struct loop_timer never = {0}, kept = {0};
    loop_on_exit(loop, say_exit, NULL);
    CHECK_EQ(loop_timeout(loop, &never, 1000, say, "never"), 0);
    loop_unref(&never.handle);
    CHECK_EQ(loop_timeout(loop, &kept, 5, say, "kept"), 0);
    script_end(loop, "kept exit0");
}

static void run_inside(struct loop *loop, void *unused)
{
    (void)unused;
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), -EBUSY);
    CHECK_EQ(loop_free(loop), -EBUSY);
    script_say("refused");
}

static void bad_use_is_answered(void)
{
    struct loop *loop = script_begin();
    struct loop_hook hook = {0};
    struct loop_timer timer = {0};
    struct loop_immediate immediate = {0};
    struct loop *odd = NULL;
    CHECK_EQ(loop_new(&(struct loop_options){.trace_events = 3}, &odd), -EINVAL);
    CHECK(odd == NULL);
    CHECK_EQ(loop_hook(loop, &hook, (enum loop_phase)3, say, "never"), -EINVAL);
    CHECK_EQ(loop_refresh(&timer), -EINVAL);
    CHECK_EQ(loop_close(&timer.handle, NULL, NULL), -EINVAL);
    CHECK(!loop_clear_timer(&timer));
    CHECK(!loop_clear_immediate(&immediate));
    CHECK(!loop_unhook(&hook));
    CHECK_EQ(loop_timeout(loop, &timer, 1, say, "never"), 0);
    CHECK_EQ(loop_close(&timer.handle, NULL, NULL), 0);
    CHECK_EQ(loop_close(&timer.handle, NULL, NULL), -EALREADY);
    CHECK_EQ(loop_timeout(loop, &timer, 1, say, "never"), -EINVAL); /* it is closing */
    CHECK_EQ(loop_hook(loop, &hook, LOOP_IDLE, say, "never"), 0);
    CHECK_EQ(loop_close(&hook.handle, NULL, NULL), 0);
    CHECK_EQ(loop_hook(loop, &hook, LOOP_IDLE, say, "never"), -EINVAL);
    loop_set_immediate(loop, &immediate, run_inside, NULL);
    script_end(loop, "refused");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(the_loop_goes_on_after_a_handled_error),
        CHECK_CASE(an_error_in_a_tick_leaves_the_rest_to_the_next_callback),
        CHECK_CASE(what_an_error_left_runs_even_if_nothing_else_does),
        CHECK_CASE(an_error_in_an_immediate_defers_its_ticks),
        CHECK_CASE(an_error_in_a_microtask_is_handled_on_the_spot),
        CHECK_CASE(an_error_of_the_main_script_can_be_handled),
        CHECK_CASE(an_interval_survives_its_error),
        CHECK_CASE(an_unhandled_error_ends_with_1),
        CHECK_CASE(an_error_in_the_handler_ends_with_7),
        CHECK_CASE(exit_ends_it_at_once),
        CHECK_CASE(exit_from_a_tick_and_from_a_microtask),
        CHECK_CASE(the_exit_callback_has_the_last_word),
        CHECK_CASE(exit_inside_exit),
        CHECK_CASE(an_error_inside_exit),
        CHECK_CASE(before_exit_may_revive_the_loop),
        CHECK_CASE(before_exit_drains_and_may_set_the_status),
        CHECK_CASE(unrefd_timers_do_not_keep_the_loop),
        CHECK_CASE(bad_use_is_answered),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
