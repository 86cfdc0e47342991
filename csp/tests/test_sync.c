/* WaitGroup and Mutex, on one worker and on many. */
#include "tasks_sync.h"

#include "check.h"
#include "running.h"

#define EVERYWHERE(name)                \
    static void test_##name(void)       \
    {                                   \
        running_everywhere(name, NULL); \
    }

EVERYWHERE(waitgroup_counts)
EVERYWHERE(waitgroup_many_wait)
EVERYWHERE(mutex_excludes)
EVERYWHERE(mutex_is_fair)
EVERYWHERE(mutex_tries)

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(test_waitgroup_counts), CHECK_CASE(test_waitgroup_many_wait),
        CHECK_CASE(test_mutex_excludes),   CHECK_CASE(test_mutex_is_fair),
        CHECK_CASE(test_mutex_tries),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
