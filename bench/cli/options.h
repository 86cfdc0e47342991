/* options.h - the flags that `run` and `plan` share, and what they come to. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "plan.h"

struct options {
    struct plan_options plan;
    const char *resume; /* NULL: a new campaign */
    const char *out;    /* NULL: results/<machine>/<UTC>-<commit> */
    bool seed_given;
    bool shaped; /* some flag that --resume takes from the manifest was given */
};

/* Reads the flags; `about` is one line for --help, which prints and exits. After a bad
 * flag or value it has printed one line. Errors: EXIT_USAGE. Thread: main. */
enum exit_code options_read(int argc, char **argv, const char *about,
                            struct options *options);

/* Machine, peers where wanted, and the plan. */
struct setup {
    struct machine *machine;
    struct peers *peers;
    struct plan plan;
};

/* Opens all three; prints one line on failure. Owns: setup_close(). Thread: main. */
enum exit_code setup_open(struct setup *setup, const struct plan_options *options);
void setup_close(struct setup *setup);

/* Compiles the peers of the plan; one that does not compile is marked and told. May:
 * block for a minute. Thread: main. */
void setup_prepare(struct setup *setup);

#endif
