/* bad_input.h - processes that ask for what cannot be; they are task code (bad_input.c). */
#ifndef ACTORS_TESTS_BAD_INPUT_H
#define ACTORS_TESTS_BAD_INPUT_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>

#define MS INT64_C(1000000)

struct bad_input {
    struct actors *runtime;
    unsigned limit;   /* of processes */
    unsigned workers; /* how many reach for it at once */
    atomic_uint_least64_t spawned;
    atomic_bool full;
    uint64_t done; /* set by the body at its end */
};

/* Each takes a struct bad_input *. */
void bad_options(void *input);
void bad_sizes(void *input);
void bad_names(void *input);
void bad_nulls(void *input);
void bad_timeouts(void *input);
void bad_stale_pids(void *input);
void bad_no_pids(void *input);
void bad_run_within(void *input);
void bad_full_table(void *input);
void bad_rush_for_the_last(void *input);
void bad_full_without_main(void *input);

/* Every call that returns an errno, with input that is good; each must return `rc`. */
void bad_all_errno_calls(int rc);
/* The other calls: there are so many, and each must abort outside a process. */
extern void (*const bad_calls_without_errno[])(void);
extern const unsigned bad_calls_count;

#endif
