/* verbs.h - the verbs of quartet-bench and the exit codes they share.
 *
 * A verb is one function in one file: it gets its own arguments (argv[0] is the verb's
 * name), parses them with argp, writes data to stdout and progress to stderr, and returns
 * one of the codes below. main.c holds the table.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

enum exit_code {
    EXIT_GOOD = 0,
    EXIT_REGRESSION = 1,    /* only with --gate */
    EXIT_USAGE = 2,         /* unknown verb, flag or value */
    EXIT_RESULT = 3,        /* a result failed verification, crashed or timed out */
    EXIT_NOTHING = 4,       /* nothing matched */
    EXIT_INCONCLUSIVE = 5,  /* only with --gate */
    EXIT_MACHINE = 6,       /* the machine or the build lacks something */
    EXIT_IO = 7,            /* input or output failed */
    EXIT_INTERRUPTED = 130, /* after printing the command that resumes */
};

int verb_run(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_plan(int argc, char **argv);
int verb_topo(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_plot(int argc, char **argv);
int verb_help(int argc, char **argv);

#endif
