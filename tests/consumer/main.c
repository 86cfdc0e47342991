/* Uses what was installed: a header, a library and the section of task code. */
#include <core/rng.h>
#include <stdint.h>
#include <stdio.h>

extern char __start_quartet_task[], __stop_quartet_task[];
long twice(long number);

int main(void)
{
    struct core_rng rng = {.state = {1, 2, 3, 4}};
    uint32_t first = core_rng_next(&rng);
    uintptr_t task = (uintptr_t)twice;
    int in_section =
        task >= (uintptr_t)__start_quartet_task && task < (uintptr_t)__stop_quartet_task;

    printf("rng %u, task code %d, twice %ld\n", first, in_section, twice(21));
    return !(first == 11520 && in_section && twice(21) == 42);
}
