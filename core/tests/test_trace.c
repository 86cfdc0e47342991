#include "check.h"

#include <core/trace.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

static void keeps_what_fits(void)
{
    struct core_trace trace;
    CHECK_EQ(core_trace_open(&trace, 8, 3), 0);
    for (uint64_t i = 0; i < 5; i++)
        core_trace(&trace, CORE_TRACE_RUN, i, 10 * i);
    struct core_trace_event events[16];
    CHECK_EQ(core_trace_read(&trace, events, 16), 5);
    for (uint64_t i = 0; i < 5; i++) {
        CHECK_EQ(events[i].id, i);
        CHECK_EQ(events[i].arg, 10 * i);
        CHECK_EQ(events[i].kind, CORE_TRACE_RUN);
        CHECK_EQ(events[i].worker, 3);
        CHECK(i == 0 || events[i].time_ns >= events[i - 1].time_ns);
    }
    core_trace_close(&trace);
}

static void overwrites_the_oldest(void)
{
    struct core_trace trace;
    CHECK_EQ(core_trace_open(&trace, 8, 0), 0);
    for (uint64_t i = 0; i < 21; i++)
        core_trace(&trace, CORE_TRACE_WAKE, i, 0);
    struct core_trace_event events[8];
    CHECK_EQ(core_trace_read(&trace, events, 8), 8);
    CHECK_EQ(events[0].id, 13);
    CHECK_EQ(events[7].id, 20);
    CHECK_EQ(core_trace_read(&trace, events, 3),
             3); /* little room: the oldest come first */
    CHECK_EQ(events[0].id, 13);
    CHECK_EQ(events[2].id, 15);
    CHECK_EQ(trace.written, 21);
    core_trace_close(&trace);
}

enum { RING = 64, EVENTS = 200000 };

static void *write_events(void *argument)
{
    struct core_trace *trace = argument;
    for (uint64_t i = 0; i < EVENTS; i++)
        core_trace(trace, CORE_TRACE_SEND, i, ~i);
    core_trace(trace, CORE_TRACE_PARK, EVENTS, ~(uint64_t)EVENTS);
    return NULL;
}

/* Each event is whole, comes once, in order; the others are said to be lost. */
static void a_reader_follows_a_writer(void)
{
    struct core_trace trace;
    struct core_trace_event events[RING / 2];
    uint64_t from = 0, seen = 0, next = 0;
    pthread_t writer;
    CHECK_EQ(core_trace_open(&trace, RING, 7), 0);
    CHECK_EQ(pthread_create(&writer, NULL, write_events, &trace), 0);
    for (bool over = false; !over;) {
        uint64_t before = from;
        size_t count = core_trace_follow(&trace, &from, events, RING / 2);
        CHECK(from - before >= count);
        for (size_t i = 0; i < count; i++) {
            CHECK(events[i].id >= next && events[i].arg == ~events[i].id);
            CHECK_EQ(events[i].worker, 7);
            next = events[i].id + 1;
        }
        CHECK(next <= from);
        seen += count;
        over = count > 0 && events[count - 1].kind == CORE_TRACE_PARK;
    }
    CHECK_EQ(pthread_join(writer, NULL), 0);
    CHECK_EQ(from, EVENTS + 1);
    CHECK(seen <= EVENTS + 1);
    printf("  %llu of %d events were read in time\n", (unsigned long long)seen, EVENTS);
    CHECK_EQ(core_trace_follow(&trace, &from, events, RING / 2), 0);
    core_trace_close(&trace);
}

static void off_notes_nothing(void)
{
    struct core_trace trace;
    CHECK_EQ(core_trace_open(&trace, 0, 0), 0);
    core_trace(&trace, CORE_TRACE_RUN, 1, 2);
    struct core_trace_event event;
    CHECK_EQ(core_trace_read(&trace, &event, 1), 0);
    CHECK_EQ(trace.written, 0);
    core_trace_close(&trace);
}

static void a_crooked_capacity_is_refused(void)
{
    struct core_trace trace;
    CHECK_EQ(core_trace_open(&trace, 3, 0), -EINVAL);
    CHECK_EQ(core_trace_open(&trace, 1000, 0), -EINVAL);
    CHECK_EQ(core_trace_open(&trace, 1, 0), 0);
    core_trace_close(&trace);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(keeps_what_fits),
        CHECK_CASE(overwrites_the_oldest),
        CHECK_CASE(a_reader_follows_a_writer),
        CHECK_CASE(off_notes_nothing),
        CHECK_CASE(a_crooked_capacity_is_refused),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
