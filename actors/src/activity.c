#include "activity.h"

#include <assert.h>
#include <core/clock.h>
#include <string.h>

static void add(struct activity *activity, enum actors_activity of, int64_t ns)
{
    _Atomic int64_t *account = &activity->account_ns[of];
    /* relaxed, both: one writer; who reads checks the sum (rule 1) */
    core_store_relaxed(account, core_load_relaxed(account) + ns);
}

void activity_open(struct activity *activity)
{
    assert(activity->start_ns == 0 && "opened twice");
    activity->start_ns = (int64_t)core_now_ns();
    activity->now = ACTORS_RUNNING;
    activity->since_ns = activity->start_ns;
    add(activity, ACTORS_RUNNING, -activity->start_ns);
    core_store_release(&activity->open, 1); /* pairs with activity_read: the start */
}

void activity_close(struct activity *activity)
{
    assert(activity->now == ACTORS_RUNNING && "a halt is no sleep");
    add(activity, ACTORS_RUNNING, (int64_t)core_now_ns());
    core_store_release(&activity->open, 0); /* pairs with activity_read: the accounts */
}

void activity_change(struct activity *activity, enum actors_activity next)
{
    assert((unsigned)next < ACTORS_ACTIVITIES);
    if (next == activity->now)
        return;
    int64_t now_ns = (int64_t)core_now_ns();
    assert(now_ns >= activity->start_ns && "a monotonic clock");
    add(activity, activity->now, now_ns);
    add(activity, next, -now_ns);
    activity->now = next;
    activity->since_ns = now_ns;
}

/* Copies the accounts; returns their sum. */
static int64_t copy(const struct activity *activity, int64_t account_ns[])
{
    int64_t sum_ns = 0;
    for (unsigned i = 0; i < ACTORS_ACTIVITIES; i++) {
        account_ns[i] = core_load_relaxed(&activity->account_ns[i]); /* the sum decides */
        sum_ns += account_ns[i];
    }
    return sum_ns;
}

/* Copies the accounts as they were at some time, which it returns; or at the end, then 0. */
static int64_t copy_at(const struct activity *activity, int64_t account_ns[])
{
    int64_t again_ns[ACTORS_ACTIVITIES];
    size_t bytes = sizeof again_ns;
    for (;; core_pause()) {
        /* acquire: pairs with the release in activity_open and activity_close */
        if (core_load_acquire(&activity->open) == 0) {
            copy(activity, account_ns);
            return 0;
        }
        int64_t sum_ns = copy(activity, account_ns);
        int64_t now_ns = (int64_t)core_now_ns();
        copy(activity, again_ns);
        if (sum_ns == -activity->start_ns && memcmp(account_ns, again_ns, bytes) == 0)
            return now_ns;
    }
}

struct activity_split activity_read(const struct activity *activity)
{
    int64_t account_ns[ACTORS_ACTIVITIES];
    struct activity_split split = {.now = ACTORS_HALTED};
    int64_t now_ns = copy_at(activity, account_ns);
    for (unsigned i = 0; i < ACTORS_ACTIVITIES; i++) {
        if (account_ns[i] < 0) { /* the present one */
            assert(now_ns > 0 && split.now == ACTORS_HALTED && "rule 1");
            split.now = (enum actors_activity)i;
            account_ns[i] += now_ns;
        }
        assert(account_ns[i] >= 0 && "rule 1");
        split.spent_ns[i] = (uint64_t)account_ns[i];
        split.wall_ns += split.spent_ns[i];
    }
    return split;
}
