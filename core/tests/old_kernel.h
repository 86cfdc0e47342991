/* old_kernel.h - included before stack.c by the compiler's command line: a kernel
 * before 6.13, which does not know light guards. */
#ifndef CORE_TESTS_OLD_KERNEL_H
#define CORE_TESTS_OLD_KERNEL_H

#include <errno.h>
#include <sys/mman.h>

enum { ADVICE_GUARD_INSTALL = 102 };

static inline int old_madvise(void *at, size_t bytes, int advice)
{
    if (advice != ADVICE_GUARD_INSTALL)
        return madvise(at, bytes, advice);
    errno = EINVAL;
    return -1;
}
#define madvise(at, bytes, advice) old_madvise(at, bytes, advice)

#endif
