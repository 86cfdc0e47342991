/* said.h - what a case of the packages' tests answers: one text, the same on any number
 * of workers, and the same that Go answers (answers.go).
 */
#ifndef CSP_TESTS_SAID_H
#define CSP_TESTS_SAID_H

#include <stddef.h>

struct said {
    size_t used;
    char text[2000];
};

/* Appends to it; called by one goroutine at a time. */
__attribute__((format(printf, 2, 3))) void say(struct said *said, const char *format,
                                               ...);

#endif
