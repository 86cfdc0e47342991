/* The order of Node 20, program by program. Where a case has a Node program as its
 * comment, `expected` is what `node -e` prints for it (v20.20, 12 runs each). */
#include "script.h"

#include <math.h>
#include <unistd.h>

/* setTimeout(timeout0, 0); setImmediate(immediate); nextTick(tick); then(micro);
 * queueMicrotask(qm); log(sync) - with the 1 ms over before the loop starts. */
static void basic(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timeout = {0};
    struct loop_immediate immediate = {0};
    CHECK_EQ(loop_timeout(loop, &timeout, 0, say, "timeout0"), 0);
    loop_set_immediate(loop, &immediate, say, "immediate");
    tick(loop, "tick");
    micro(loop, "micro");
    micro(loop, "qm");
    script_say("sync");
    spin_ms(3);
    script_end(loop, "sync tick micro qm timeout0 immediate");
}

static void m1(struct loop *loop, void *unused)
{
    (void)unused;
    script_say("m1");
    tick(loop, "t-from-m1");
    micro(loop, "m2");
}

static void t1(struct loop *loop, void *unused)
{
    (void)unused;
    script_say("t1");
    tick(loop, "t2");
    micro(loop, "m-from-t1");
}

static void ticks_before_microtasks_nested(void)
{
    struct loop *loop = script_begin();
    CHECK_EQ(loop_microtask(loop, m1, NULL), 0);
    CHECK_EQ(loop_next_tick(loop, t1, NULL), 0);
    script_end(loop, "t1 t2 m1 m-from-t1 m2 t-from-m1");
}

/* Says its word, and queues a tick and a microtask. */
static void say_and_queue(struct loop *loop, void *word)
{
    script_say(word);
    tick(loop, "t");
    micro(loop, "m");
}

static void queues_drain_between_immediates(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate i1 = {0}, i2 = {0};
    loop_set_immediate(loop, &i1, say_and_queue, "i1");
    loop_set_immediate(loop, &i2, say, "i2");
    script_end(loop, "i1 t m i2");
}

static void queues_drain_between_timers(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0};
    CHECK_EQ(loop_timeout(loop, &a, 1, say_and_queue, "a"), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "b"), 0);
    spin_ms(5);
    script_end(loop, "a t m b");
}

static void set_nested(struct loop *loop, void *nested)
{
    script_say("i1");
    loop_set_immediate(loop, nested, say, "i1-nested");
}

static void nested_immediates_wait_a_turn(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate i1 = {0}, i2 = {0}, nested = {0};
    loop_set_immediate(loop, &i1, set_nested, &nested);
    loop_set_immediate(loop, &i2, say, "i2");
    script_end(loop, "i1 i2 i1-nested");
}

static void equal_durations_are_first_in_first_out(void)
{
    static char *const words[] = {"t0", "t1", "t2", "t3", "t4"};
    struct loop *loop = script_begin();
    struct loop_timer timers[5] = {0};
    for (int i = 0; i < 5; i++)
        CHECK_EQ(loop_timeout(loop, &timers[i], 3, say, words[i]), 0);
    script_end(loop, "t0 t1 t2 t3 t4");
}

/* Infinity and 2^31 become 1 too (Node warns: TimeoutOverflowWarning). */
static void delays_below_one_and_beyond_are_one(void)
{
    static const struct {
        double delay_ms;
        char *word;
    } delays[] = {{1, "1ms"},   {0, "0ms"},           {-5, "neg"},      {NAN, "nan"},
                  {1.9, "1.9"}, {2147483648., "max"}, {INFINITY, "inf"}};
    struct loop *loop = script_begin();
    struct loop_timer timers[7] = {0};
    for (int i = 0; i < 7; i++)
        CHECK_EQ(loop_timeout(loop, &timers[i], delays[i].delay_ms, say, delays[i].word),
                 0);
    script_end(loop, "1ms 0ms neg nan 1.9 max inf");
}

struct late {
    struct loop_timer a, b, c, d;
    bool in_time; /* the machine let the four starts come close together */
};

static void start_late(struct loop *loop, void *context)
{
    struct late *late = context;
    CHECK_EQ(loop_timeout(loop, &late->a, 100, say, "A100"), 0);
    uint64_t first_ms = loop_now_ms(loop);
    spin_ms(3);
    CHECK_EQ(loop_timeout(loop, &late->b, 4, say, "B4"), 0);
    CHECK_EQ(loop_timeout(loop, &late->c, 100, say, "C100"), 0);
    CHECK_EQ(loop_timeout(loop, &late->d, 99, say, "D99"), 0);
    late->in_time = loop_now_ms(loop) - first_ms < 90;
    spin_ms(110);
}

/* Due after 100, 7, 103 and 102 ms: a heap of timers would fire B A D C. Lists of a
 * duration fire C with A. (The oracle has 10, 4, 10 and 9: too close together for a busy
 * machine.) */
static void a_late_loop_fires_list_by_list(void)
{
    struct late late;
    do {
        struct loop *loop = script_begin();
        struct loop_immediate immediate = {0};
        late = (struct late){0};
        loop_set_immediate(loop, &immediate, start_late, &late);
        CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
        CHECK_EQ(loop_free(loop), 0);
    } while (!late.in_time);
    CHECK_STR(script_said, "B4 A100 C100 D99");
}

struct every {
    struct loop_timer interval;
    struct loop_immediate immediate;
    long n;
};

static void say_imm(struct loop *loop, void *every)
{
    (void)loop;
    say_number("imm", ((struct every *)every)->n);
}

static void say_tick(struct loop *loop, void *every)
{
    (void)loop;
    say_number("tick", ((struct every *)every)->n);
}

static void on_interval(struct loop *loop, void *context)
{
    struct every *every = context;
    say_number("int", ++every->n);
    if (every->n == 3)
        CHECK(loop_clear_timer(&every->interval));
    loop_set_immediate(loop, &every->immediate, say_imm, every);
    CHECK_EQ(loop_next_tick(loop, say_tick, every), 0);
}

static void interval_then_tick_then_immediate(void)
{
    struct loop *loop = script_begin();
    struct every every = {0};
    CHECK_EQ(loop_interval(loop, &every.interval, 5, on_interval, &every), 0);
    script_end(loop, "int1 tick1 imm1 int2 tick2 imm2 int3 tick3 imm3");
}

/* Two async functions and a chain of then: `await null` is one microtask. */
static char *const steps_a[] = {"a1", "a2", "a3", NULL};
static char *const steps_b[] = {"b1", "b2", NULL};
static char *const steps_c[] = {"c1", "c2", "c3", NULL};

static void next_step(struct loop *loop, void *context)
{
    char *const *steps = context;
    script_say(*steps);
    if (steps[1])
        CHECK_EQ(loop_microtask(loop, next_step, (void *)(uintptr_t)(steps + 1)), 0);
}

static void chains_of_microtasks_take_turns(void)
{
    struct loop *loop = script_begin();
    next_step(loop, (void *)(uintptr_t)steps_a);
    next_step(loop, (void *)(uintptr_t)steps_b);
    CHECK_EQ(loop_microtask(loop, next_step, (void *)(uintptr_t)steps_c), 0);
    script_end(loop, "a1 b1 a2 b2 c1 a3 c2 c3");
}

static long ticks_run;

static void tick_again(struct loop *loop, void *unused)
{
    if (++ticks_run < 1000)
        CHECK_EQ(loop_next_tick(loop, tick_again, unused), 0);
}

static void say_ticks(struct loop *loop, void *unused)
{
    (void)loop;
    (void)unused;
    say_number("after", ticks_run);
}

static void ticks_starve_timers(void)
{
    struct loop *loop = script_begin();
    struct loop_timer timeout = {0};
    ticks_run = 0;
    CHECK_EQ(loop_timeout(loop, &timeout, 1, say_ticks, NULL), 0);
    tick_again(loop, NULL);
    script_end(loop, "after1000");
}

struct spinner {
    struct loop_immediate immediate;
    struct loop_timer timeout;
    long hits;
    bool done;
};

static void stop_spinner(struct loop *loop, void *spinner)
{
    ((struct spinner *)spinner)->done = true;
    say(loop, "timeout");
}

static void immediate_again(struct loop *loop, void *context)
{
    struct spinner *spinner = context;
    spinner->hits++;
    if (spinner->done)
        script_say(spinner->hits > 1 ? "many" : "one");
    else
        loop_set_immediate(loop, &spinner->immediate, immediate_again, spinner);
}

static void immediates_do_not_starve_timers(void)
{
    struct loop *loop = script_begin();
    struct spinner spinner = {0};
    CHECK_EQ(loop_timeout(loop, &spinner.timeout, 2, stop_spinner, &spinner), 0);
    immediate_again(loop, &spinner);
    script_end(loop, "timeout many");
}

/* node test/parallel/test-timers-immediate-queue: a due timer runs between two turns. */
enum { QUEUE = 10 };
static struct spinner queue_spinners[QUEUE];
static long queue_hits;
static bool queue_ticked;

static void set_ticked(struct loop *loop, void *unused)
{
    (void)loop;
    (void)unused;
    queue_ticked = true;
}

static void queue_run(struct loop *loop, void *context)
{
    struct spinner *spinner = context;
    if (queue_hits == 0) {
        CHECK_EQ(loop_timeout(loop, &spinner->timeout, 1, set_ticked, NULL), 0);
        spin_ms(2);
    }
    if (queue_ticked)
        return;
    queue_hits++;
    loop_set_immediate(loop, &spinner->immediate, queue_run, spinner);
}

static void a_due_timer_runs_between_turns(void)
{
    struct loop *loop = script_begin();
    for (int i = 0; i < QUEUE; i++)
        loop_set_immediate(loop, &queue_spinners[i].immediate, queue_run,
                           &queue_spinners[i]);
    script_end(loop, "");
    CHECK_EQ(queue_hits, QUEUE);
}

/* The closing phase comes after check, and before timers. */
struct closer {
    struct loop_hook hook;
    struct loop_immediate immediate;
    struct loop_timer timeout;
};

static void imm_and_tick(struct loop *loop, void *unused)
{
    (void)unused;
    script_say("imm");
    tick(loop, "tick");
}

static void close_it(struct loop *loop, void *context)
{
    struct closer *closer = context;
    loop_set_immediate(loop, &closer->immediate, imm_and_tick, NULL);
    CHECK_EQ(loop_close(&closer->hook.handle, say, "close"), 0);
    CHECK_EQ(loop_timeout(loop, &closer->timeout, 1, say, "timeout"), 0);
    spin_ms(3);
}

static void close_callbacks_come_after_check(void)
{
    struct loop *loop = script_begin();
    struct closer closer = {0};
    CHECK_EQ(loop_hook(loop, &closer.hook, LOOP_PREPARE, close_it, &closer), 0);
    script_end(loop, "imm tick close timeout");
}

/* fs.stat('.', () => { timer(0); immediate(() => fs.stat(io2)); spin }): poll, check,
 * timers. */
struct io {
    struct loop_watcher watcher;
    struct loop_timer timer;
    struct loop_immediate immediate;
    int fd;
};

static void say_io2(struct loop *loop, void *context, unsigned events)
{
    struct io *io = context;
    CHECK(loop != NULL);
    CHECK_EQ(events, LOOP_WRITABLE);
    CHECK(loop_unwatch(&io->watcher));
    script_say("io2");
}

static void check_then_io(struct loop *loop, void *context)
{
    struct io *io = context;
    script_say("check");
    CHECK_EQ(loop_watch(loop, &io->watcher, io->fd, LOOP_WRITABLE, say_io2, io), 0);
}

static void on_io(struct loop *loop, void *context, unsigned events)
{
    struct io *io = context;
    CHECK_EQ(events, LOOP_WRITABLE);
    script_say("io");
    CHECK(loop_unwatch(&io->watcher));
    CHECK_EQ(loop_timeout(loop, &io->timer, 0, say, "timer"), 0);
    loop_set_immediate(loop, &io->immediate, check_then_io, io);
    spin_ms(5);
}

static void poll_then_check_then_timers(void)
{
    struct loop *loop = script_begin();
    struct io io = {0};
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    io.fd = ends[1];
    CHECK_EQ(loop_watch(loop, &io.watcher, io.fd, LOOP_WRITABLE, on_io, &io), 0);
    script_end(loop, "io check timer io2");
    close(ends[0]);
    close(ends[1]);
}

/* setTimeout(() => { a; setTimeout(nested, 1); spin }, 1); b at 1; c2 at 2; immediate. */
static void nest_timeout(struct loop *loop, void *timer)
{
    script_say("a");
    CHECK_EQ(loop_timeout(loop, timer, 1, say, "nested"), 0);
    spin_ms(5);
}

static void a_timer_set_by_a_timer_waits_for_the_next_turn(void)
{
    struct loop *loop = script_begin();
    struct loop_timer a = {0}, b = {0}, c = {0}, nested = {0};
    struct loop_immediate immediate = {0};
    CHECK_EQ(loop_timeout(loop, &a, 1, nest_timeout, &nested), 0);
    CHECK_EQ(loop_timeout(loop, &b, 1, say, "b"), 0);
    CHECK_EQ(loop_timeout(loop, &c, 2, say, "c2"), 0);
    loop_set_immediate(loop, &immediate, say, "imm");
    spin_ms(5);
    script_end(loop, "a b c2 imm nested");
}

/* Delays of 2, 1, 2 and 0 ms: two lists (a heap with a finer clock would call t3 first).
 */
static void lists_go_by_when_they_are_due(void)
{
    static const int delays[] = {2, 1, 2, 0};
    static char *const words[] = {"t0", "t1", "t2", "t3"};
    struct loop *loop = script_begin();
    struct loop_timer timers[4] = {0};
    CHECK_EQ(loop_timeout(loop, &timers[1], delays[1], say, words[1]), 0);
    for (int i = 0; i < 4; i++)
        if (i != 1)
            CHECK_EQ(loop_timeout(loop, &timers[i], delays[i], say, words[i]), 0);
    spin_ms(5);
    script_end(loop, "t1 t3 t0 t2");
}

/* node test-timers-unrefed-in-beforeexit: it neither fires nor revives the loop. */
static struct loop_timer unrefd;
static long before_exits;

static void start_unrefd(struct loop *loop, void *unused)
{
    (void)unused;
    before_exits++;
    CHECK_EQ(loop_timeout(loop, &unrefd, 1, say, "never"), 0);
    loop_unref(&unrefd.handle);
}

static void an_unrefd_timer_in_before_exit(void)
{
    struct loop *loop = script_begin();
    loop_on_before_exit(loop, start_unrefd, NULL);
    script_end(loop, "");
    CHECK_EQ(before_exits, 1);
}

static void clear_other(struct loop *loop, void *other)
{
    CHECK(loop != NULL);
    script_say("i1");
    CHECK(loop_clear_immediate(other));
    CHECK(!loop_clear_immediate(other));
}

static void an_immediate_cleared_by_one_before_it_does_not_run(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate i1 = {0}, i2 = {0}, i3 = {0};
    loop_set_immediate(loop, &i1, clear_other, &i2);
    loop_set_immediate(loop, &i2, say, "i2");
    loop_set_immediate(loop, &i3, say, "i3");
    script_end(loop, "i1 i3");
}

static void an_unrefd_immediate_does_not_keep_the_loop(void)
{
    struct loop *loop = script_begin();
    struct loop_immediate never = {0};
    loop_set_immediate(loop, &never, say, "never");
    loop_unref(&never.handle);
    CHECK(!loop_has_ref(&never.handle));
    script_end(loop, "");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(basic),
        CHECK_CASE(ticks_before_microtasks_nested),
        CHECK_CASE(queues_drain_between_immediates),
        CHECK_CASE(queues_drain_between_timers),
        CHECK_CASE(nested_immediates_wait_a_turn),
        CHECK_CASE(equal_durations_are_first_in_first_out),
        CHECK_CASE(delays_below_one_and_beyond_are_one),
        CHECK_CASE(a_late_loop_fires_list_by_list),
        CHECK_CASE(interval_then_tick_then_immediate),
        CHECK_CASE(chains_of_microtasks_take_turns),
        CHECK_CASE(ticks_starve_timers),
        CHECK_CASE(immediates_do_not_starve_timers),
        CHECK_CASE(a_due_timer_runs_between_turns),
        CHECK_CASE(close_callbacks_come_after_check),
        CHECK_CASE(poll_then_check_then_timers),
        CHECK_CASE(a_timer_set_by_a_timer_waits_for_the_next_turn),
        CHECK_CASE(lists_go_by_when_they_are_due),
        CHECK_CASE(an_unrefd_timer_in_before_exit),
        CHECK_CASE(an_immediate_cleared_by_one_before_it_does_not_run),
        CHECK_CASE(an_unrefd_immediate_does_not_keep_the_loop),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
