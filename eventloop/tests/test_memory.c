/* No memory: each allocation of a script fails once. The call that needed it says
 * -ENOMEM, nothing has changed, and the loop goes on. */
#include "script.h"

#include <errno.h>

/* The linker puts these in the place of the C library's: an allocator that runs out. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);

static long until_failure =
    -1; /* allocations that succeed before one fails; < 0: all do */

static bool fails(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return fails() ? NULL : __real_reallocarray(memory, count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static void making_a_loop(void)
{
    struct loop_options options = {.trace_events = 8};
    struct loop *loop = NULL;
    int failures = 0;
    for (;; failures++) {
        until_failure = failures;
        int error = loop_new(&options, &loop);
        if (error == 0)
            break;
        CHECK_EQ(error, -ENOMEM);
        CHECK(loop == NULL);
    }
    until_failure = -1;
    CHECK_EQ(failures, 2); /* the loop, the ring */
    CHECK_EQ(loop_free(loop), 0);
}

/* Calls until it succeeds, with the first, the second … allocation failing; how many
 * calls failed. */
static int failures_of(struct loop *loop, int (*call)(struct loop *loop, void *context),
                       void *context)
{
    for (int failures = 0;; failures++) {
        until_failure = failures;
        int error = call(loop, context);
        until_failure = -1;
        if (error == 0)
            return failures;
        CHECK_EQ(error, -ENOMEM);
    }
}

/* On a new loop each time, as what was allocated before a failure stays. */
static void starting_the_first_timer(void)
{
    for (int failures = 0; failures < 4; failures++) {
        struct loop *loop = script_begin();
        struct loop_timer timer = {0};
        until_failure = failures;
        int error = loop_timeout(loop, &timer, 1, say, "first");
        until_failure = -1;
        CHECK_EQ(error, failures < 3 ? -ENOMEM : 0); /* buckets, list, heap */
        CHECK_EQ(loop_is_active(&timer.handle), error == 0);
        CHECK_EQ(loop_alive(loop), error == 0);
        CHECK_EQ(loop_timeout(loop, &timer, 1, say, "second"), 0);
        script_end(loop, "second");
    }
}

static int queue_tick(struct loop *loop, void *word)
{
    return loop_next_tick(loop, say, word);
}

static int queue_microtask(struct loop *loop, void *word)
{
    return loop_microtask(loop, say, word);
}

static int post(struct loop *loop, void *word)
{
    return loop_post(loop, say, word);
}

static void everything_that_queues(void)
{
    struct loop *loop = script_begin();
    CHECK_EQ(failures_of(loop, queue_tick, "tick"), 1);
    CHECK_EQ(failures_of(loop, queue_microtask, "micro"), 1);
    CHECK_EQ(failures_of(loop, post, "post"), 1);
    script_end(loop, "tick micro post");
}

static int put_word(struct loop *loop, void *inbox)
{
    CHECK(loop != NULL);
    return loop_inbox_put(inbox, "message");
}

static void say_and_take(struct loop *loop, void *inbox)
{
    char word[8];
    CHECK(loop != NULL);
    CHECK(loop_inbox_take(inbox, word));
    script_say(word);
}

/* A put that fails leaves the waiter waiting. */
static void putting_to_who_awaits(void)
{
    struct loop *loop = script_begin();
    struct loop_inbox inbox;
    loop_inbox_open(loop, &inbox, 8);
    CHECK_EQ(loop_inbox_await(&inbox, say_and_take, &inbox), 0);
    CHECK_EQ(failures_of(loop, put_word, &inbox), 2); /* the ring, the microtask */
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    loop_inbox_close(&inbox);
    script_end(loop, "message");
}

/* The one place where no caller is there to be told: an interval whose list was taken
 * down by its callback. The run ends with the error. */
static void clear_then_run_out(struct loop *loop, void *other)
{
    CHECK(loop != NULL);
    script_say("interval");
    CHECK(loop_clear_timer(other));
    until_failure = 0;
}

static void an_interval_that_cannot_be_kept(void)
{
    struct loop *loop = script_begin();
    struct loop_timer interval = {0}, other = {0};
    CHECK_EQ(loop_interval(loop, &interval, 1, clear_then_run_out, &other), 0);
    CHECK_EQ(loop_timeout(loop, &other, 1, say, "never"), 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), -ENOMEM);
    until_failure = -1;
    CHECK(!loop_is_active(&interval.handle));
    CHECK_EQ(loop_timeout(loop, &other, 1, say, "other"), 0);
    script_end(loop, "interval other");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(making_a_loop),
        CHECK_CASE(starting_the_first_timer),
        CHECK_CASE(everything_that_queues),
        CHECK_CASE(putting_to_who_awaits),
        CHECK_CASE(an_interval_that_cannot_be_kept),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
