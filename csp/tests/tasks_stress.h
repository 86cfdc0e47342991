/* tasks_stress.h - main goroutines of test_stress.c. */
#ifndef TASKS_STRESS_H
#define TASKS_STRESS_H

#include <stdint.h>

struct tokens {
    uint32_t seed;
    int hops; /* that each token makes */
};
void tokens(void *argument);

void churn(void *argument);

#endif
