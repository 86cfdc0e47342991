/* Select, on one worker and on many. */
#include "tasks_select.h"

#include "check.h"
#include "running.h"

#define EVERYWHERE(name)                \
    static void test_##name(void)       \
    {                                   \
        running_everywhere(name, NULL); \
    }

EVERYWHERE(doubleselect)
EVERYWHERE(select3)
EVERYWHERE(select6)
EVERYWHERE(nonblock_select_race)
EVERYWHERE(nonblock_select_race2)
EVERYWHERE(self_select)
EVERYWHERE(select_stress)
EVERYWHERE(select_fairness)
EVERYWHERE(select_duplicate_channel)
EVERYWHERE(pseudo_random_send)
EVERYWHERE(select_timeout)
EVERYWHERE(select_large)
EVERYWHERE(timeout_race)

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(test_doubleselect),
        CHECK_CASE(test_select3),
        CHECK_CASE(test_select6),
        CHECK_CASE(test_nonblock_select_race),
        CHECK_CASE(test_nonblock_select_race2),
        CHECK_CASE(test_self_select),
        CHECK_CASE(test_select_stress),
        CHECK_CASE(test_select_fairness),
        CHECK_CASE(test_select_duplicate_channel),
        CHECK_CASE(test_pseudo_random_send),
        CHECK_CASE(test_select_timeout),
        CHECK_CASE(test_select_large),
        CHECK_CASE(test_timeout_race),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
