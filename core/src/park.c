#include <core/clock.h>
#include <core/park.h>
#include <core/poller.h>
#include <core/seam.h>

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { EMPTY, TOKEN, PARKED, SEATED };

/* Sleeps while the word is PARKED; wake-ups without reason are the caller's business. */
static int futex_wait_until(_Atomic uint32_t *word, uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / CORE_NS_PER_S),
                             .tv_nsec = (long)(deadline_ns % CORE_NS_PER_S)};
    long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, PARKED,
                      deadline_ns == CORE_PARK_FOREVER ? NULL : &until, NULL,
                      FUTEX_BITSET_MATCH_ANY);
    return rc == 0 ? 0 : -errno;
}

bool core_park(struct core_parker *parker, uint64_t deadline_ns)
{
    uint32_t found = TOKEN;
    /* acquire: pairs with the release in core_unpark */
    if (core_cas_acquire(&parker->state, &found, EMPTY))
        return true;
    assert(found == EMPTY && "two threads park on one parker");
    CORE_STEP();
    found = EMPTY;
    /* Failing means that a token came in between; acquire as above. */
    if (core_cas_acquire(&parker->state, &found, PARKED)) {
        CORE_STEP();
        int rc = 0;
        /* relaxed: only decides whether to sleep again; the exchange below orders */
        while (rc != -ETIMEDOUT && core_load_relaxed(&parker->state) == PARKED)
            rc = futex_wait_until(&parker->state, deadline_ns);
    }
    CORE_STEP();
    /* acquire: pairs with the release in core_unpark. An exchange on every way out:
     * tokens do not add up, so a store here could wipe out a second one, and what its
     * waker wrote before it would not be visible, though its token is gone. */
    return core_exchange_acquire(&parker->state, EMPTY) == TOKEN;
}

void core_unpark(struct core_parker *parker)
{
    /* release: what the waker wrote is visible to the owner that consumes the token */
    uint32_t was = core_exchange_release(&parker->state, TOKEN);
    CORE_STEP();
    if (was == PARKED)
        syscall(SYS_futex, &parker->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    else if (was == SEATED)
        core_poller_wake(parker->poller);
}

bool core_park_sit(struct core_parker *parker)
{
    uint32_t found = EMPTY;
    assert(parker->poller != NULL && "it has no poller to sit in");
    /* acquire, for the token that failing means: pairs with the release in core_unpark */
    if (core_cas_acquire(&parker->state, &found, SEATED))
        return true;
    assert(found == TOKEN && "two threads sit on one parker");
    CORE_STEP();
    found = core_exchange_acquire(&parker->state, EMPTY); /* as at the end of core_park */
    assert(found == TOKEN && "tokens are consumed by the owner only");
    return false;
}

bool core_park_sits(const struct core_parker *parker)
{
    return core_load_relaxed(&parker->state) == SEATED; /* the rise orders */
}

bool core_park_rise(struct core_parker *parker)
{
    /* acquire: as at the end of core_park */
    uint32_t was = core_exchange_acquire(&parker->state, EMPTY);
    assert(was == SEATED || was == TOKEN);
    return was == TOKEN;
}
