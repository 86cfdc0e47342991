#include "check.h"
#include "running.h"
#include "tasks_chan.h"

static void matrix(void)
{
    running_everywhere(chan_matrix, NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(matrix)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
