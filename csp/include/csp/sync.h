/* sync.h - Go's package sync: Mutex, RWMutex, WaitGroup, Once, Cond.
 *
 * All of them are structs of the caller's, ready for use when zeroed (a Cond names its
 * mutex first), and must stay where they are from their first use on. Their fields are
 * the runtime's. They end with the memory they lie in; nobody may be in a call on them
 * then. All functions are called by goroutines. Misuse ends the run in Go's words.
 * Source: Go 1.19's package sync.
 */
#ifndef CSP_SYNC_H
#define CSP_SYNC_H

#include <csp.h>

/* --- Mutex --------------------------------------------------------------------- */

/* Normally a goroutine that comes by gets the free mutex, even while others, in the order
 * of their arrival, wait for it. When one of them has waited for more than 1 ms the mutex
 * starves: it is handed from each holder to the first that waits, until that one has
 * waited for less, or is the last. */
struct csp_mutex {
    uintptr_t fields[4];
};

/* May: block, yield. */
void csp_mutex_lock(struct csp_mutex *mutex);
/* Locks it if that can be done at once, and it does not starve. */
bool csp_mutex_try_lock(struct csp_mutex *mutex);
/* Any goroutine may unlock. May: yield. Fatal: "sync: unlock of unlocked mutex". */
void csp_mutex_unlock(struct csp_mutex *mutex);

/* --- RWMutex ------------------------------------------------------------------- */

/* Many readers or one writer. A writer that waits keeps new readers out, so that it gets
 * its turn; the readers that came meanwhile go before the next writer. A goroutine that
 * holds it for reading must not do so a second time. */
struct csp_rwmutex {
    struct csp_mutex writers;
    uintptr_t fields[7];
};

/* May: block, yield. */
void csp_rwmutex_lock(struct csp_rwmutex *rwmutex);
void csp_rwmutex_rlock(struct csp_rwmutex *rwmutex);
bool csp_rwmutex_try_lock(struct csp_rwmutex *rwmutex);
bool csp_rwmutex_try_rlock(struct csp_rwmutex *rwmutex);
/* Fatal: "sync: Unlock of unlocked RWMutex". */
void csp_rwmutex_unlock(struct csp_rwmutex *rwmutex);
/* Fatal: "sync: RUnlock of unlocked RWMutex". */
void csp_rwmutex_runlock(struct csp_rwmutex *rwmutex);

/* --- WaitGroup ----------------------------------------------------------------- */

/* A counter, of at most 2^31 - 1, that can be waited for to become zero. */
struct csp_waitgroup {
    uintptr_t fields[4];
};

/* Panics: "sync: negative WaitGroup counter"; "sync: WaitGroup misuse: Add called
 * concurrently with Wait". */
void csp_waitgroup_add(struct csp_waitgroup *group, int64_t delta);
void csp_waitgroup_done(struct csp_waitgroup *group);
/* Waits until the counter is zero. May: block. Panics: "sync: WaitGroup is reused before
 * previous Wait has returned". */
void csp_waitgroup_wait(struct csp_waitgroup *group);

/* --- Once ---------------------------------------------------------------------- */

struct csp_once {
    uintptr_t done;
    struct csp_mutex mutex;
};

/* Runs function(argument) if it is the first call for this once; returns when that one
 * has ended, also by a panic or a Goexit. A function that calls csp_once_do on its own once blocks for ever. May:
 * block. */
void csp_once_do(struct csp_once *once, void (*function)(void *), void *argument);

/* sync.OnceValue: what function(argument) returned in the first call. */
struct csp_once_value {
    struct csp_once once;
    void *value;
};

void *csp_once_value(struct csp_once_value *once, void *(*function)(void *),
                     void *argument);

/* --- Cond ---------------------------------------------------------------------- */

/* A meeting point of goroutines that wait until something they have looked at under
 * `mutex` has changed. Set .mutex, zero the rest. */
struct csp_cond {
    struct csp_mutex *mutex;
    uintptr_t fields[5];
};

/* Unlocks the mutex, waits, and locks it again. As nothing else wakes a waiter, there are
 * no spurious wake-ups, but the state may have changed again: wait in a loop. May: block.
 * Panics, as the other two: "sync.Cond is copied". */
void csp_cond_wait(struct csp_cond *cond);
/* Wakes the one that has waited for the longest time, or nobody. With or without the
 * mutex. */
void csp_cond_signal(struct csp_cond *cond);
/* Wakes all. */
void csp_cond_broadcast(struct csp_cond *cond);

#endif
