/* steps.h - interleavings at the granularity of single atomic steps, each chosen by a
 * seed.
 *
 * Simulated threads are contexts on one thread of the system. A lock-free file is
 * compiled a second time with CORE_STEP() defined as sim_step(), which lets the seed
 * choose who takes the next step. Memory is sequentially consistent here: what a weaker
 * order would allow is ThreadSanitizer's business, in the tests under real threads.
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include <stdbool.h>
#include <stdint.h>

enum { SIM_THREADS_MOST = 6 };

/* Between two steps: another simulated thread may go on. Outside of one: nothing. */
void sim_step(void);

/* Sleeps on an address until woken; false when the seed let the time run out instead, and
 * outside of simulated threads. */
bool sim_sleep(const void *on, bool may_time_out);
/* Wakes one sleeper of that address, which one is the seed's choice. */
void sim_wake(const void *on);

/* A number below `bound` from the seed. */
uint32_t sim_choose(uint32_t bound);

/* Ends the history as a violation of an invariant. Returns outside of simulated threads.
 */
void sim_fail(const char *why);
#define SIM_CHECK(condition, why) ((condition) ? (void)0 : sim_fail(why))

/* Runs run(shared, 0 .. count - 1) as simulated threads until all ended, one called
 * sim_fail, all sleep, or they seem to run forever; true when all ended. */
bool sim_run(unsigned count, void (*run)(void *, unsigned), void *shared);

/* Plays `history` under seeds 1 to `histories`. Arguments: [--must-fail] [SEED]; a SEED
 * is played alone. With --must-fail a violation is what is expected, and it must come
 * again when its seed is replayed. Returns the exit status. */
int sim_main(int argc, char **argv, uint32_t histories, void (*history)(void));

#endif
