/* bodies.h - the processes of test_actors.c; they are task code (bodies.c). */
#ifndef ACTORS_TESTS_BODIES_H
#define ACTORS_TESTS_BODIES_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>
#include <core/clock.h>

struct result {
    uint64_t value[8];
    atomic_uint_least64_t shared[4];
    atomic_bool stop;
    unsigned schedulers;
};

/* Each takes a struct result *. */
void body_returns(void *result);
void body_many_pids(void *result);
void body_stale_pid(void *result);
void body_private_copy(void *result);
void body_order(void *result);
void body_selective(void *result);
void body_timeouts(void *result);
void body_timeout_order(void *result);
void body_late_timeout(void *result);
void body_bad_timeout(void *result);
void body_memory(void *result);
void body_limit(void *result);
void body_hogs(void *result);
void body_faults(void *result);
void body_null_write(void *result);
void body_overflow(void *result);
void body_failed_check(void *result);
void body_pipeline(void *result);
void body_storm(void *result);
void body_stale_storm(void *result);
void body_many_waiting(void *result);
void body_large_messages(void *result);
void body_spin_with_timer(void *result);
void body_no_memory(void *result);
void body_seeded(void *result);
void body_waits_for_ever(void *result);
void body_leaves_many_behind(void *result);
void body_turns(void *result);      /* bodies_turns.c */
void body_two_stages(void *result); /* bodies_turns.c */

#define US INT64_C(1000)
#define MS (1000 * US)

static inline uint64_t word(const struct actor_message *message)
{
    CHECK_EQ(message->size, sizeof(uint64_t));
    return *(const uint64_t *)message->data;
}

static inline void send_word(actor_pid to, uint64_t value)
{
    CHECK_EQ(actor_send(to, &value, sizeof value), 0);
}

static inline actor_pid spawn(void (*body)(void *), const void *argument, size_t bytes)
{
    actor_pid pid = 0;
    CHECK_EQ(actor_spawn(body, argument, bytes, &pid), 0);
    CHECK(pid != 0);
    return pid;
}

#endif
