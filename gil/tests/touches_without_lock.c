/* Not a program: gil/tests/thread_safety.sh compiles it with clang, once as it is, which
 * must pass, and once with each WRONG, which must not. */
#include <gil.h>

static int guarded GIL_GUARDED;

GIL_HELD static void touch(void)
{
    guarded++;
    gil_checkpoint();
    gil_release_begin();
#if WRONG == 1
    guarded++; /* data, while others may hold the lock */
#elif WRONG == 2
    gil_checkpoint(); /* a function that needs the lock */
#elif WRONG == 3
    gil_release_begin(); /* what was given up already */
#endif
    gil_release_end();
#if WRONG == 4
    gil_release_begin(); /* and never taken back */
#endif
}

#if WRONG == 5
int main(void) /* is in no runtime */
#else
GIL_HELD int main(void)
#endif
{
    touch();
}
