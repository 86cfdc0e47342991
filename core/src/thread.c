#include <core/thread.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

int core_thread_bind(int cpu)
{
    if (cpu < 0)
        return 0;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    return -pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

void core_thread_name(const char *name)
{
    char cut[16];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(pthread_self(), cut);
}
