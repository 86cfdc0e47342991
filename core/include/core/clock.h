/* clock.h - the one clock of the project: CLOCK_MONOTONIC in nanoseconds. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

#define CORE_NS_PER_US UINT64_C(1000)
#define CORE_NS_PER_MS UINT64_C(1000000)
#define CORE_NS_PER_S UINT64_C(1000000000)

/* Nanoseconds since an arbitrary start; never goes back. Thread: any, signal handlers
 * too. */
uint64_t core_now_ns(void);

/* CPU time of the whole process in nanoseconds. Thread: any. */
uint64_t core_cpu_ns(void);
/* CPU time of the calling thread in nanoseconds. Thread: any. */
uint64_t core_thread_cpu_ns(void);

#endif
