/* report_dir.h - which campaign `report` and `plot` are about. */
#ifndef CLI_REPORT_DIR_H
#define CLI_REPORT_DIR_H

#include "report.h"
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REPORT_DIR_SIZE 4096

/* The folder that was asked for, without a slash at its end, or the newest campaign under
 * results/. Returns EXIT_GOOD or, after one line on stderr, EXIT_IO. Thread: main. */
static inline enum exit_code report_dir(const char *asked,
                                        char dir[static REPORT_DIR_SIZE])
{
    if (asked == NULL) {
        int error = report_newest("results", dir, REPORT_DIR_SIZE);
        if (error == 0)
            return EXIT_GOOD;
        fprintf(stderr, "quartet-bench: no campaign under results/: %s\n",
                error == -ENOENT ? "measure one with ./quartet run, or name a folder"
                                 : strerror(-error));
        return EXIT_IO;
    }
    size_t length = strlen(asked);
    while (length > 1 && asked[length - 1] == '/')
        length--;
    if (length == 0 || length >= REPORT_DIR_SIZE) {
        fprintf(stderr, "quartet-bench: the folder's name is %s\n",
                length == 0 ? "empty" : "too long");
        return EXIT_IO;
    }
    memcpy(dir, asked, length);
    dir[length] = '\0';
    return EXIT_GOOD;
}

#endif
