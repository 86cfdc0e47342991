/* Task code of somebody else's project. */
long twice(long number);

long twice(long number)
{
    return 2 * number;
}
