/* Channels, on one worker and on many. */
#include "tasks_chan.h"

#include "check.h"
#include "running.h"

#define EVERYWHERE(name)                \
    static void test_##name(void)       \
    {                                   \
        running_everywhere(name, NULL); \
    }

EVERYWHERE(chan_blocks)
EVERYWHERE(chan_closes)
EVERYWHERE(chan_orders)
EVERYWHERE(chan_shares)
EVERYWHERE(fifo)
EVERYWHERE(chancap)
EVERYWHERE(closedchan)
EVERYWHERE(zerosize)
EVERYWHERE(element_sizes)
EVERYWHERE(nonblock)
EVERYWHERE(sieve1)
EVERYWHERE(multi_consumer)
EVERYWHERE(nonblock_recv_race)
EVERYWHERE(free_and_reuse)

static void test_blocked_in_order(void)
{
    CHECK_EQ(running(1, blocked_in_order, NULL), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(test_chan_blocks),
        CHECK_CASE(test_chan_closes),
        CHECK_CASE(test_chan_orders),
        CHECK_CASE(test_chan_shares),
        CHECK_CASE(test_fifo),
        CHECK_CASE(test_chancap),
        CHECK_CASE(test_closedchan),
        CHECK_CASE(test_zerosize),
        CHECK_CASE(test_element_sizes),
        CHECK_CASE(test_nonblock),
        CHECK_CASE(test_sieve1),
        CHECK_CASE(test_multi_consumer),
        CHECK_CASE(test_nonblock_recv_race),
        CHECK_CASE(test_free_and_reuse),
        CHECK_CASE(test_blocked_in_order),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
