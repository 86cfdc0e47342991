/* Task code as it should be: its arguments, its stack, and calls. */
#include <stdlib.h>

long planted_clean(const long *numbers, long count);

long planted_clean(const long *numbers, long count)
{
    long sum = 0;
    for (long i = 0; i < count; i++)
        sum += labs(numbers[i]);
    return sum;
}
