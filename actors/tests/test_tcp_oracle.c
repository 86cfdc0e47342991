/* Prints what actors/tcp.h answers to the cases of tcp_oracle.c, a line each; what a real
 * BEAM answers is compared by tcp_oracle.sh. `program SCHEDULERS`: 1 unless it is said. */
#include "check.h"
#include "tcp_oracle.h"

#include <actors.h>

int main(int argc, char **argv)
{
    static struct answers answers;
    struct actors *runtime;
    struct actors_config config = {.schedulers = 1};
    if (argc > 1)
        config.schedulers = (unsigned)atoi(argv[1]);
    CHECK_EQ(actors_start(&config, &runtime), 0);
    CHECK_EQ(actors_run(runtime, body_tcp_oracle, &answers), 0);
    actors_stop(runtime);
    fputs(answers.text, stdout);
    return 0;
}
