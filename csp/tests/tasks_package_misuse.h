/* Misuse of the packages: how the run must end. */
#ifndef CSP_TESTS_TASKS_PACKAGE_MISUSE_H
#define CSP_TESTS_TASKS_PACKAGE_MISUSE_H

#include <stddef.h>

struct misuse {
    const char *name;
    void (*run)(void *nothing);
    const char *report; /* its first line */
};

extern const struct misuse misuses[];
extern const size_t misuses_count;

#endif
