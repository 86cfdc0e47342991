/* no_memory.h - a program that uses every part of the interface while one allocation
 * fails; it is task code (no_memory.c). */
#ifndef ACTORS_TESTS_NO_MEMORY_H
#define ACTORS_TESTS_NO_MEMORY_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>
#include <core/seam.h>

#define MS INT64_C(1000000)

struct trial {
    struct core_seams *seams;
    enum core_fail_site site;
    int64_t nth; /* to fail, from when the program begins; 0: none */
    /* So many private blocks of this size are taken first, to empty a scheduler's cache of
     * blocks; 0: none. */
    size_t hoard_bytes, hoard_count;
    atomic_uint refused; /* calls or processes that lacked what failed */
    bool done;           /* all was heard, and all went */
};

/* Each takes a struct trial *. */
void trial_of_memory(void *trial);
void trial_of_stacks(void *trial);

#endif
