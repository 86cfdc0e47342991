/* bodies.h - the processes of test_actors.c; they are task code (bodies.c). */
#ifndef ACTORS_TESTS_BODIES_H
#define ACTORS_TESTS_BODIES_H

#include <actors.h>
#include <stdatomic.h>

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

#endif
