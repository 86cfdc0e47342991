/* Small histories of one sleeper and its wakers, step by step. The futex is played by the
 * simulation: it wakes by the seed's choice, sometimes without reason, and its time runs
 * out when the seed says so.
 *  - no request is left unanswered: a lost token shows as "all sleep";
 *  - a park without a deadline never ends without a token, one with a deadline only when
 *    its time ran out;
 *  - there are never more tokens than unparks, and two that meet are one. */
#include "steps_park.h"

#include <core/park.h>
#include <core/sanitize.h>
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>

enum { WAKERS = 3, EACH = 3, HISTORIES = CORE_SANITIZED ? 2000 : 20000 };

struct history {
    struct core_parker parker;
    unsigned wakers, each;
    bool timed;
    unsigned asked, answered; /* one step never tears them */
    unsigned unparks;         /* begun */
    unsigned tokens;          /* consumed */
};

static bool time_ran_out;

long sim_futex(long number, _Atomic uint32_t *word, int operation, uint32_t value,
               const void *until, const void *unused, uint32_t mask)
{
    (void)unused, (void)mask;
    SIM_CHECK(number == SYS_futex, "not a futex call");
    if (operation == FUTEX_WAKE_PRIVATE) {
        sim_wake(word);
        return 0;
    }
    SIM_CHECK(operation == FUTEX_WAIT_BITSET_PRIVATE, "an unknown futex operation");
    errno = EAGAIN;
    if (core_load_relaxed(word) != value) /* the simulation has one order for all */
        return -1;
    if (sim_choose(4) == 0)
        return 0; /* woken without reason */
    if (sim_sleep(word, until != NULL))
        return 0;
    time_ran_out = true;
    errno = ETIMEDOUT;
    return -1;
}

static void answer(struct history *h)
{
    const unsigned all = h->wakers * h->each;
    while (h->answered < all) {
        bool timed = h->timed && sim_choose(2) == 0;
        time_ran_out = false;
        bool token = core_park(&h->parker, timed ? 1 : CORE_PARK_FOREVER);
        h->tokens += token;
        SIM_CHECK(token || timed, "woke from an endless park without a token");
        SIM_CHECK(token || time_ran_out, "woke before its time without a token");
        SIM_CHECK(h->tokens <= h->unparks, "more tokens than unparks");
        if (token) /* only then: a request must never need the deadline */
            h->answered = h->asked;
    }
}

static void take_part(void *shared, unsigned index)
{
    struct history *h = shared;
    if (index == 0) {
        answer(h);
        return;
    }
    for (unsigned i = 0; i < h->each; i++) {
        sim_step();
        h->asked++;
        sim_step();
        h->unparks++;
        core_unpark(&h->parker);
    }
}

static void play(void)
{
    struct history h = {
        .wakers = 1 + sim_choose(WAKERS),
        .each = 1 + sim_choose(EACH),
        .timed = sim_choose(2) == 0,
    };
    if (!sim_run(h.wakers + 1, take_part, &h))
        return;
    bool kept = core_park(&h.parker, 0);
    SIM_CHECK(h.tokens + kept <= h.unparks, "a token from nowhere");
    SIM_CHECK(core_load_relaxed(&h.parker.state) == 0, "tokens add up"); /* all ended */
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, HISTORIES, play);
}
