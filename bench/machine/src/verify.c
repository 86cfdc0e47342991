/* verify.c - whether threads really are where they were put. A call that binds can return
 * 0 and bind nothing, so the kernel's own view in /proc/self/task is what counts. */
#include "internal.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Field 39 of /proc/<pid>/stat, the CPU last run on, counted from behind the name, which
 * may hold blanks and parentheses (proc(5)). */
static bool last_cpu(pid_t tid, int *cpu)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    char *text = machine_read_file("", path), *rest = NULL;
    char *field = text ? strrchr(text, ')') : NULL;
    field = field ? strtok_r(field + 1, " ", &rest) : NULL;
    for (int number = 3; field && number < 39; number++)
        field = strtok_r(NULL, " ", &rest);
    bool found = field != NULL;
    if (found)
        *cpu = atoi(field);
    assert(!found || *cpu >= 0);
    free(text);
    return found;
}

static bool allowed_cpus(pid_t tid, char *list, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)tid);
    return machine_read_key("", path, "Cpus_allowed_list", list, size);
}

int machine_verify_thread(pid_t tid, int cpu, struct machine_error *error)
{
    char list[256], wanted[16];
    assert(cpu >= 0 && tid > 0);
    int at;
    if (!allowed_cpus(tid, list, sizeof list) || !last_cpu(tid, &at))
        return machine_fail(error, -ESRCH, "this process has no thread %d", (int)tid);
    snprintf(wanted, sizeof wanted, "%d", cpu);
    if (strcmp(list, wanted) != 0)
        return machine_fail(error, -EXDEV,
                            "thread %d should run on CPU %d only, but may run on %s",
                            (int)tid, cpu, list);
    if (at != cpu)
        return machine_fail(error, -EXDEV,
                            "thread %d is bound to CPU %d, but ran on CPU %d", (int)tid,
                            cpu, at);
    return 0;
}

/* Threads that end while we look are not counted. -1 where /proc shows none. */
static int threads_bound_to(int cpu)
{
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.' &&
            machine_verify_thread((pid_t)atoi(entry->d_name), cpu, NULL) == 0)
            count++;
    closedir(tasks);
    return count;
}

static int workers_on(const struct machine_placement *placement, int cpu)
{
    int count = 0;
    for (unsigned i = 0; i < placement->workers; i++)
        count += placement->cpus[i] == cpu;
    return count;
}

int machine_verify_process(const struct machine_placement *placement,
                           struct machine_error *error)
{
    assert(placement->workers <= MACHINE_WORKERS_MAX);
    for (unsigned i = 0; placement->bound && i < placement->workers; i++) {
        int cpu = placement->cpus[i];
        int wanted = workers_on(placement, cpu), found = threads_bound_to(cpu);
        assert(wanted >= 1);
        if (found < wanted)
            return machine_fail(
                error, -EXDEV,
                "CPU %d should have %d bound worker(s), but %d thread(s) are bound", cpu,
                wanted, found < 0 ? 0 : found);
    }
    return 0;
}
