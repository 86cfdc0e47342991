/* Wrong on purpose: errno belongs to a thread, a task does not. */
#include <errno.h>

int planted_errno(void);

int planted_errno(void)
{
    return errno;
}
