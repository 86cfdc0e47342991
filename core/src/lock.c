#include <core/lock.h>

#include <sched.h>
#include <time.h>

enum { SPINS = 64, YIELDS = 16, SLEEP_NS = 50000 };

void core_lock_wait(struct core_lock *lock)
{
    for (unsigned round = 0;; round++) {
        for (int i = 0; i < SPINS; i++) {
            if (core_lock_try(lock))
                return;
            core_pause();
        }
        /* Still held: its holder is probably not running. Let the kernel run it. */
        if (round < YIELDS)
            sched_yield();
        else
            nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL);
    }
}
