/* script.h - a test as a small Node program: callbacks say words, the order is compared.
 */
#ifndef EVENTLOOP_TESTS_SCRIPT_H
#define EVENTLOOP_TESTS_SCRIPT_H

#include "check.h"

#include <core/clock.h>
#include <eventloop.h>

/* Reset by script_begin. One thread runs scripts. */
static char script_said[4096];

static inline void script_say(const char *word)
{
    size_t used = strlen(script_said);
    CHECK(used + strlen(word) + 2 < sizeof script_said);
    snprintf(script_said + used, sizeof script_said - used, "%s%s", used ? " " : "",
             word);
}

/* The callback `() => console.log(word)`. */
static inline void say(struct loop *loop, void *word)
{
    CHECK(loop != NULL);
    script_say(word);
}

static inline void say_number(const char *word, long number)
{
    char text[64];
    snprintf(text, sizeof text, "%s%ld", word, number);
    script_say(text);
}

/* Keeps the thread busy: `while (Date.now() < end);` */
static inline void spin_ms(unsigned ms)
{
    uint64_t end_ns = core_now_ns() + ms * CORE_NS_PER_MS;
    while (core_now_ns() < end_ns)
        continue;
}

static inline struct loop *script_begin(void)
{
    struct loop *loop = NULL;
    script_said[0] = '\0';
    CHECK_EQ(loop_new(NULL, &loop), 0);
    return loop;
}

static inline void script_end_with(struct loop *loop, int status, const char *expected)
{
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), status);
    CHECK_STR(script_said, expected);
    CHECK_EQ(loop_free(loop), 0);
}

static inline void script_end(struct loop *loop, const char *expected)
{
    script_end_with(loop, 0, expected);
}

struct counted {
    const char *name;
    uint64_t value;
};

static inline void find_counter(void *context, const char *name, uint64_t value)
{
    struct counted *counted = context;
    if (strcmp(name, counted->name) == 0)
        counted->value = value;
}

/* One of the loop's event counts. */
static inline uint64_t counter(const struct loop *loop, const char *name)
{
    struct counted counted = {name, UINT64_MAX};
    loop_counters(loop, find_counter, &counted);
    CHECK(counted.value != UINT64_MAX);
    return counted.value;
}

static inline void tick(struct loop *loop, char *word)
{
    CHECK_EQ(loop_next_tick(loop, say, word), 0);
}

static inline void micro(struct loop *loop, char *word)
{
    CHECK_EQ(loop_microtask(loop, say, word), 0);
}

#endif
