/* verbs.h - the verbs of quartet-bench and the exit codes they share.
 *
 * A verb is one function in one file: it gets its own arguments (argv[0] is the verb's
 * name), parses them with argp, writes data to stdout and progress to stderr, and returns
 * one of the codes of trouble.h. main.c holds the table.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "trouble.h" /* the exit codes */

int verb_run(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_plan(int argc, char **argv);
int verb_topo(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_plot(int argc, char **argv);
int verb_help(int argc, char **argv);

/* Whether this build is fit to measure; prints one line and returns EXIT_MACHINE where
 * assertions or a sanitizer are on, unless QUARTET_ALLOW_DEBUG=1 (for tests; the manifest
 * says so). Thread: main. */
enum exit_code verbs_check_build(void);

#endif
