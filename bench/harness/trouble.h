/* trouble.h - one clear line and an exit code: how everything in bench/ says what went
 * wrong.
 *
 * A function that may fail in a way a person must read takes a `struct trouble`, fills it
 * once and returns its code; the verb prints the line and exits with the code.
 */
#ifndef HARNESS_TROUBLE_H
#define HARNESS_TROUBLE_H

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

struct trouble {
    enum exit_code code;
    char text[512]; /* one line, without a newline */
};

/* Fills `trouble` and returns `code`. May: nothing. Thread: any. */
enum exit_code trouble_set(struct trouble *trouble, enum exit_code code,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints "quartet-bench: <text>" to stderr and returns the code. Thread: any. */
enum exit_code trouble_print(const struct trouble *trouble);

#endif
