/* check.h - the assertions and the runner of the C tests.
 *
 * Why not a framework: their failed assertions leave by longjmp, which is not defined
 * on a task's stack or on another thread. Here a failed check prints one line and aborts,
 * from whichever thread or task it stands in, so a debugger finds the guilty frame.
 *
 *   static void adds(void) { CHECK_EQ(1 + 1, 2); }
 *   int main(int argc, char **argv)
 *   {
 *       static const struct check_case cases[] = {CHECK_CASE(adds)};
 *       return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
 *   }
 *
 * `program NAME ...` runs only the named cases.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_SKIP 77

struct check_case {
    const char *name;
    void (*run)(void);
};
#define CHECK_CASE(function)                 \
    {                                        \
        .name = #function, .run = (function) \
    }

#define CHECK(condition)                                \
    do {                                                \
        if (!(condition))                               \
            check_fail(__FILE__, __LINE__, #condition); \
    } while (0)

#define CHECK_EQ(left, right)                                                         \
    do {                                                                              \
        long long check_l = (long long)(left), check_r = (long long)(right);          \
        if (check_l != check_r)                                                       \
            check_fail_eq(__FILE__, __LINE__, #left " == " #right, check_l, check_r); \
    } while (0)

#define CHECK_STR(left, right)                                           \
    do {                                                                 \
        const char *check_l = (left), *check_r = (right);                \
        if (strcmp(check_l, check_r) != 0)                               \
            check_fail_str(__FILE__, __LINE__, #left, check_l, check_r); \
    } while (0)

_Noreturn static inline void check_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what);
    fflush(stderr);
    abort();
}

_Noreturn static inline void check_fail_eq(const char *file, int line, const char *what,
                                           long long left, long long right)
{
    fprintf(stderr, "%s:%d: check failed: %s (%lld and %lld)\n", file, line, what, left,
            right);
    fflush(stderr);
    abort();
}

_Noreturn static inline void check_fail_str(const char *file, int line, const char *what,
                                            const char *left, const char *right)
{
    fprintf(stderr, "%s:%d: check failed: %s is \"%s\", not \"%s\"\n", file, line, what,
            left, right);
    fflush(stderr);
    abort();
}

static inline int check_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc < 2;
}

static inline int check_main(const struct check_case *cases, size_t count, int argc,
                             char **argv)
{
    size_t passed = 0;
    for (size_t i = 0; i < count; i++) {
        if (!check_wanted(cases[i].name, argc, argv))
            continue;
        printf("run  %s\n", cases[i].name);
        fflush(stdout);
        cases[i].run();
        passed++;
    }
    printf("%zu passed, 0 failed\n", passed);
    if (passed == 0)
        fprintf(stderr, "no case of that name\n");
    return passed == 0;
}

#endif
