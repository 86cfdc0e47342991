/* files.h - output that is there completely or not at all, and what is said when it
 * fails. */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include <stdio.h>

#define REPORT_PATH_SIZE 4096

/* Says one line on stderr, "quartet-bench: WHAT", and returns `error`, so that a caller
 * can write `return report_say(-EIO, ...)`. */
int report_say(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Joins a folder and a name. Errors: -ENAMETOOLONG, said. */
int report_path(char to[static REPORT_PATH_SIZE], const char *dir, const char *name);

/* A file being written under a name of its own beside the final one. */
struct report_file {
    FILE *stream;
    char path[REPORT_PATH_SIZE], draft[REPORT_PATH_SIZE];
};

/* Opens DIR/NAME for writing; the old file stays until report_close() succeeds.
 * Errors: errno of the open, said. */
int report_create(struct report_file *file, const char *dir, const char *name);

/* Moves the draft into place. Errors: errno of the first write, close or rename that
 * failed, said; the draft is gone then and the old file untouched. */
int report_close(struct report_file *file);

/* Throws the draft away; the old file stays. */
void report_discard(struct report_file *file);

/* Reads a whole file; *text is freed by the caller. Errors: errno, said. */
int report_read(const char *path, char **text);

#endif
