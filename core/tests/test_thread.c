/* Threads are bound to the CPUs this process may use, and to no others. */
#include "check.h"

#include <core/thread.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

static cpu_set_t allowed_cpus(void)
{
    cpu_set_t set;
    CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

static void *bind_everywhere(void *argument)
{
    const cpu_set_t *allowed = argument;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        int rc = core_thread_bind(cpu);
        if (CPU_ISSET((unsigned)cpu, allowed)) {
            CHECK_EQ(rc, 0);
            CHECK_EQ(sched_getcpu(), cpu);
        } else if (rc != 0) {
            CHECK_EQ(rc, -EINVAL);
        } else {
            CHECK_EQ(sched_getcpu(), cpu); /* a wider set than this thread was given */
        }
    }
    return NULL;
}

static void a_bound_thread_runs_where_it_was_told(void)
{
    pthread_t thread;
    cpu_set_t allowed = allowed_cpus();
    CHECK_EQ(pthread_create(&thread, NULL, bind_everywhere, &allowed), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    cpu_set_t after = allowed_cpus();
    CHECK(CPU_EQUAL(&allowed, &after)); /* it bound itself, not its creator */
}

static void a_cpu_that_does_not_exist_is_refused(void)
{
    cpu_set_t before = allowed_cpus();
    CHECK_EQ(core_thread_bind(CPU_SETSIZE - 1), -EINVAL);
    CHECK_EQ(core_thread_bind(CPU_SETSIZE), -EINVAL);
    CHECK_EQ(core_thread_bind(1 << 30), -EINVAL);
    cpu_set_t after = allowed_cpus();
    CHECK(CPU_EQUAL(&before, &after));
}

static void a_negative_cpu_leaves_the_thread_alone(void)
{
    cpu_set_t before = allowed_cpus();
    CHECK_EQ(core_thread_bind(-1), 0);
    cpu_set_t after = allowed_cpus();
    CHECK(CPU_EQUAL(&before, &after));
}

static void *name_itself(void *argument)
{
    char name[32];
    (void)argument;
    core_thread_name("a name that is far too long");
    CHECK_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    CHECK_STR(name, "a name that is ");
    core_thread_name("w3");
    CHECK_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    CHECK_STR(name, "w3");
    return NULL;
}

static void a_name_is_kept_as_far_as_it_fits(void)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, name_itself, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_bound_thread_runs_where_it_was_told),
        CHECK_CASE(a_cpu_that_does_not_exist_is_refused),
        CHECK_CASE(a_negative_cpu_leaves_the_thread_alone),
        CHECK_CASE(a_name_is_kept_as_far_as_it_fits),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
