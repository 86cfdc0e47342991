/* fake_entries.h - entries that behave well or badly on purpose, so that the harness can
 * be tested.
 *
 * They are linked in place of the real workloads into quartet-bench-fake, which is the
 * real program in all else. fake_entries.c lists them.
 */
#ifndef TESTS_FAKE_ENTRIES_H
#define TESTS_FAKE_ENTRIES_H

#include "workload.h"

#define FAKE_QUANTUM 4u
#define FAKE_UNITS 3u

/* The right answer: units FAKE_UNITS, messages 2 ops, bytes 16 ops, checksum 1 + … + ops
 * modulo 2^32.
 */
void fake_expect(const struct workload_shape *shape, struct workload_answer *answer);

#endif
