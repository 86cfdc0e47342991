/* verbs_main.c - runs the verbs of this room alone: argv[1] is the verb. */
#include <stdio.h>
#include <string.h>

int verb_topo(int argc, char **argv);
int verb_doctor(int argc, char **argv);

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "topo") == 0)
        return verb_topo(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "doctor") == 0)
        return verb_doctor(argc - 1, argv + 1);
    fputs("topo or doctor\n", stderr);
    return 2;
}
