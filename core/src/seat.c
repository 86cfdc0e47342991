#include <core/clock.h>
#include <core/seat.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

void core_seat_init(struct core_seat *seat, struct core_seams *seams)
{
    memset(seat, 0, sizeof *seat);
    seat->seams = seams;
}

void core_seat_close(struct core_seat *seat)
{
    assert(!core_seat_taken(seat) && "somebody still sits there");
    if (!core_load_relaxed(&seat->open)) /* the caller is alone */
        return;
    core_poller_close(&seat->poller);
    core_store_relaxed(&seat->open, false); /* as above */
}

static int open_once(struct core_seat *seat)
{
    int rc = 0;
    /* acquire: pairs with the release below: the poller is complete */
    if (core_load_acquire(&seat->open))
        return 0;
    core_lock_take(&seat->opening);
    if (!core_load_relaxed(&seat->open)) { /* written under the lock that we hold */
        rc = core_fails(seat->seams, CORE_FAIL_POLLER) ? -EMFILE
                                                       : core_poller_open(&seat->poller);
        core_store_release(&seat->open, rc == 0); /* pairs with the acquire above */
    }
    core_lock_give(&seat->opening);
    return rc;
}

int core_seat_watch(struct core_seat *seat, int fd, unsigned events, void *context)
{
    int rc = open_once(seat);
    if (rc == 0)
        rc = core_poller_add(&seat->poller, fd, events, context);
    if (rc == 0)
        /* release: pairs with the acquire in take: the poller is open */
        core_add_acq_rel(&seat->watched, 1);
    return rc;
}

int core_seat_rewatch(struct core_seat *seat, int fd, unsigned events, void *context)
{
    assert(core_load_relaxed(&seat->open) && "nothing was ever watched"); /* by us */
    return core_poller_modify(&seat->poller, fd, events, context);
}

int core_seat_unwatch(struct core_seat *seat, int fd)
{
    assert(core_load_relaxed(&seat->open) && "nothing was ever watched"); /* by us */
    int rc = core_poller_remove(&seat->poller, fd);
    if (rc == 0) {
        uint32_t before = core_sub_relaxed(&seat->watched, 1); /* a hint */
        assert(before > 0);
        (void)before;
    }
    return rc;
}

/* False: it is taken, or nothing is watched. */
static bool take(struct core_seat *seat)
{
    /* acquire: pairs with the release in core_seat_watch. Subtractions in between are
     * read-modify-writes, so they do not break that chain. */
    if (core_load_acquire(&seat->watched) == 0)
        return false;
    /* relaxed: a hint. acquire: pairs with the release in leave; what the last sitter
     * wrote to the poller's own fields is ours to go on with. */
    return !core_load_relaxed(&seat->taken) && !core_exchange_acquire(&seat->taken, true);
}

static void leave(struct core_seat *seat)
{
    assert(core_seat_taken(seat));
    core_store_release(&seat->taken, false); /* pairs with the acquire in take */
}

int core_seat_look(struct core_seat *seat, struct core_poll_result *results, int room)
{
    if (!take(seat))
        return 0;
    int count = core_poller_wait(&seat->poller, results, room, 0, NULL);
    leave(seat);
    assert(count >= 0 || count == -EINTR);
    return count < 0 ? 0 : count;
}

static int64_t left_until(uint64_t deadline_ns)
{
    if (deadline_ns == CORE_PARK_FOREVER)
        return -1;
    uint64_t now_ns = core_now_ns();
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    return left_ns < INT64_MAX ? (int64_t)left_ns : INT64_MAX;
}

/* Waits in the poller until a token, results or the deadline. A wake-up that was meant
 * for an earlier sitter, or a signal, is not one of them. */
static int wait_seated(struct core_seat *seat, struct core_parker *parker,
                       uint64_t deadline_ns, struct core_poll_result *results, int room)
{
    int count = 0;
    int64_t left_ns = left_until(deadline_ns);
    while (core_park_sits(parker)) {
        count = core_poller_wait(&seat->poller, results, room, left_ns, NULL);
        assert(count >= 0 || count == -EINTR);
        if (count > 0 || left_ns == 0)
            break;
        left_ns = left_until(deadline_ns);
    }
    return count < 0 ? 0 : count;
}

int core_seat_park(struct core_seat *seat, struct core_parker *parker,
                   uint64_t deadline_ns, struct core_poll_result *results, int room,
                   bool *token)
{
    int count = 0;
    assert(parker->poller == &seat->poller && "the waker would look elsewhere");
    if (!core_seat_in_use(seat) || !take(seat)) {
        *token = core_park(parker, deadline_ns);
        return 0;
    }
    bool sits = core_park_sit(parker);
    if (sits)
        count = wait_seated(seat, parker, deadline_ns, results, room);
    *token = !sits || core_park_rise(parker);
    leave(seat);
    return count;
}
