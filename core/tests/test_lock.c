/* Mutual exclusion: plain fields that only the holder touches, with more threads than
 * cores. ThreadSanitizer judges the orders, the sums judge the rest. */
#include "check.h"
#include "crew.h"

#include <core/lock.h>
#include <sched.h>

enum { INCREMENTS = 120000 };

struct account {
    struct core_lock lock;
    unsigned threads;
    uint64_t left, right; /* equal whenever the lock is free */
    uint64_t refused[CREW_MOST];
};

static void deposit(struct account *account)
{
    CHECK_EQ(account->left, account->right);
    account->left++;
    if (account->left % 1024 == 0)
        sched_yield(); /* a holder that the kernel takes off its core */
    account->right++;
}

static void take_and_deposit(void *shared, unsigned index)
{
    struct account *account = shared;
    (void)index;
    for (unsigned i = 0; i < INCREMENTS / account->threads; i++) {
        core_lock_take(&account->lock);
        deposit(account);
        core_lock_give(&account->lock);
    }
}

static void try_and_deposit(void *shared, unsigned index)
{
    struct account *account = shared;
    for (unsigned i = 0; i < INCREMENTS / account->threads;) {
        if (!core_lock_try(&account->lock)) {
            account->refused[index]++;
            sched_yield();
            continue;
        }
        deposit(account);
        core_lock_give(&account->lock);
        i++;
    }
}

static void check_exclusion(unsigned threads, void (*run)(void *, unsigned))
{
    struct account account = {.threads = threads};
    crew_run(threads, run, &account);
    uint64_t all = (uint64_t)(INCREMENTS / threads) * threads;
    CHECK_EQ(account.left, all);
    CHECK_EQ(account.right, all);
    CHECK(core_lock_try(&account.lock)); /* free at the end */
}

static void two_threads_exclude_each_other(void)
{
    check_exclusion(2, take_and_deposit);
    check_exclusion(2, try_and_deposit);
}

static void sixteen_threads_exclude_each_other(void)
{
    check_exclusion(16, take_and_deposit);
    check_exclusion(16, try_and_deposit);
}

static void sixty_four_threads_exclude_each_other(void)
{
    check_exclusion(64, take_and_deposit);
}

static void a_held_lock_refuses(void)
{
    struct core_lock lock = {0};
    CHECK(core_lock_try(&lock));
    CHECK(!core_lock_try(&lock));
    core_lock_give(&lock);
    core_lock_take(&lock);
    CHECK(!core_lock_try(&lock));
    core_lock_give(&lock);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_held_lock_refuses),
        CHECK_CASE(two_threads_exclude_each_other),
        CHECK_CASE(sixteen_threads_exclude_each_other),
        CHECK_CASE(sixty_four_threads_exclude_each_other),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
