/* The same program as the Go files here: `ends NAME` runs a case, `ends list` names them all. */
#include "golden.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct golden_case *const tables[] = {golden_recovers, golden_panics,
                                                   golden_ends, golden_network};

int64_t golden_blocks_natively(void *unused)
{
    int ends[2];
    char byte;
    (void)unused;
    return pipe(ends) != 0 ? -1 : read(ends[0], &byte, 1);
}

static void list(void)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct golden_case *one = tables[i]; one->run; one++)
            puts(one->name);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s list|NAME\n", argv[0]);
        return 64;
    }
    if (strcmp(argv[1], "list") == 0) {
        list();
        return 0;
    }
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct golden_case *one = tables[i]; one->run; one++)
            if (strcmp(one->name, argv[1]) == 0)
                csp_main(one->run, NULL);
    fprintf(stderr, "no case %s\n", argv[1]);
    return 64;
}
