/* doctor_kernel.c - memory, limits and the kernel's settings. */
#include "doctor.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB ((unsigned long long)1 << 20)

/* A guard page made by mprotect splits a mapping in two, so a million stacks need this
 * many. */
#define MAPS_FOR_A_MILLION 2100000
#define FILES_MIN 64 /* pipes of a child, results, epoll */
#define FILES_GOOD \
    4096 /* servers with a thousand connections, both ends in one process */
#define RESULTS_MIN MIB /* samples of a quick campaign */
#define RESULTS_GOOD (256 * MIB)
#define TIMER_SLACK_NS_MAX 50000 /* the kernel's own default */

static void transparent_hugepages(const struct patient *patient,
                                  struct machine_check *check)
{
    char mode[32];
    if (!machine_read_choice(patient->root, "/sys/kernel/mm/transparent_hugepage/enabled",
                             mode, sizeof mode))
        doctor_unshown(check, "this kernel does not show it");
    else if (strcmp(mode, "always") != 0)
        doctor_ok(check, "%s", mode);
    else
        doctor_warn(check,
                    "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
                    "always: memory use depends on what the kernel finds time for");
}

static void address_layout(const struct patient *patient, struct machine_check *check)
{
    long long mode;
    if (!machine_read_number(patient->root, "/proc/sys/kernel/randomize_va_space", &mode))
        doctor_unshown(check, "this kernel does not show it");
    else if (mode == 2)
        doctor_ok(check, "random in each process, so that no layout favours a model");
    else
        doctor_warn(check, "sudo sysctl -w kernel.randomize_va_space=2",
                    "not fully random (%lld): every repetition has the same lucky layout",
                    mode);
}

static void swap(const struct patient *patient, struct machine_check *check)
{
    uint64_t total, free_bytes;
    if (!machine_read_memory(patient->root, "SwapTotal", &total) ||
        !machine_read_memory(patient->root, "SwapFree", &free_bytes) ||
        free_bytes > total)
        doctor_unshown(check, "this kernel does not show it");
    else if (total == free_bytes)
        doctor_ok(check, total > 0 ? "not in use" : "none");
    else
        doctor_warn(check, "sudo swapoff -a && sudo swapon -a", "%llu MiB in use",
                    (unsigned long long)(total - free_bytes) / MIB);
}

static void overcommit(const struct patient *patient, struct machine_check *check)
{
    long long mode;
    if (!machine_read_number(patient->root, "/proc/sys/vm/overcommit_memory", &mode))
        doctor_unshown(check, "this kernel does not show it");
    else if (mode != 2)
        doctor_ok(check, "%lld", mode);
    else
        doctor_warn(check, "sudo sysctl -w vm.overcommit_memory=0",
                    "2: stacks that are never touched count as used memory");
}

/* Linux 6.13 brought guard pages that do not split the mapping (madvise(2),
 * MADV_GUARD_INSTALL). */
static bool light_guards(const char *root, char *release, size_t size, bool *light)
{
    unsigned major, minor;
    if (!machine_read_line(root, "/proc/sys/kernel/osrelease", release, size) ||
        sscanf(release, "%u.%u", &major, &minor) != 2)
        return false;
    *light = major > 6 || (major == 6 && minor >= 13);
    return true;
}

static void guard_pages(const struct patient *patient, struct machine_check *check)
{
    char release[128];
    bool light;
    if (!light_guards(patient->root, release, sizeof release, &light))
        doctor_unshown(check, "this kernel does not show its release");
    else if (light)
        doctor_ok(check, "light, as Linux %.100s has them", release);
    else
        doctor_warn(check, "",
                    "Linux %.100s is older than 6.13: a guard page costs a mapping",
                    release);
}

static void max_map_count(const struct patient *patient, struct machine_check *check)
{
    char release[128];
    bool light = false;
    long long maps;
    if (!machine_read_number(patient->root, "/proc/sys/vm/max_map_count", &maps))
        doctor_unshown(check, "this kernel does not show it");
    else if (light_guards(patient->root, release, sizeof release, &light) && light)
        doctor_ok(check, "%lld, and light guard pages need none", maps);
    else if (maps >= MAPS_FOR_A_MILLION)
        doctor_ok(check, "%lld", maps);
    else
        doctor_warn(check, "sudo sysctl -w vm.max_map_count=2100000",
                    "%lld: about %lld tasks with a guarded stack fit", maps, maps / 2);
}

static void timer_slack(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    int slack_ns = prctl(PR_GET_TIMERSLACK);
    if (slack_ns < 0)
        doctor_unshown(check, "this kernel does not show it");
    else if (slack_ns <= TIMER_SLACK_NS_MAX)
        doctor_ok(check, "%d ns", slack_ns);
    else
        doctor_warn(check, "echo 50000 | sudo tee /proc/$$/timerslack_ns",
                    "%d ns: timers fire late", slack_ns);
}

static void open_files(const struct patient *patient, struct machine_check *check)
{
    struct rlimit limit;
    (void)patient;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        doctor_unshown(check, "this kernel does not show it");
    else if (limit.rlim_cur == RLIM_INFINITY)
        doctor_ok(check, "no limit");
    else if (limit.rlim_cur >= FILES_GOOD)
        doctor_ok(check, "%llu", (unsigned long long)limit.rlim_cur);
    else if (limit.rlim_cur >= FILES_MIN)
        doctor_warn(check, "ulimit -n 65536", "%llu: enough for small cells only",
                    (unsigned long long)limit.rlim_cur);
    else
        doctor_lacks(check, "ulimit -n 65536", "%llu: too few to run a child",
                     (unsigned long long)limit.rlim_cur);
}

/* Cuts the last part off a path, so that "a/b" becomes "a" and "a" becomes ".". */
static void to_parent(char *path)
{
    assert(*path != '\0');
    char *slash = strrchr(path, '/');
    if (slash)
        slash[slash == path] = '\0';
    else
        path[0] = '.', path[1] = '\0';
}

/* The first campaign makes the results folder: until then its nearest parent counts. */
static int nearest_folder(const char *wanted, char path[PATH_MAX])
{
    if (snprintf(path, PATH_MAX, "%s", *wanted ? wanted : ".") >= PATH_MAX)
        return -ENAMETOOLONG;
    struct stat status;
    while (stat(path, &status) != 0) {
        if (errno != ENOENT || strcmp(path, ".") == 0)
            return -errno;
        to_parent(path);
    }
    return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

static void room_for_results(const struct patient *patient, struct machine_check *check)
{
    static const char mend[] = "choose another folder with --out DIR";
    char folder[PATH_MAX];
    struct statvfs disk = {0};
    int status = nearest_folder(patient->results, folder);
    if (status == 0 && (access(folder, W_OK | X_OK) != 0 || statvfs(folder, &disk) != 0))
        status = -errno;
    if (status != 0) {
        doctor_lacks(check, mend, "%.100s: %s", patient->results, strerror(-status));
        return;
    }
    unsigned long long room = (unsigned long long)disk.f_bavail * disk.f_frsize;
    if (disk.f_flag & ST_RDONLY)
        doctor_lacks(check, mend, "%.100s: read-only file system", folder);
    else if (room < RESULTS_MIN)
        doctor_lacks(check, mend, "%llu KiB free in %.100s", room / 1024, folder);
    else if (room < RESULTS_GOOD)
        doctor_warn(check, mend, "%llu MiB free in %.100s", room / MIB, folder);
    else
        doctor_ok(check, "%llu MiB free in %.100s", room / MIB, folder);
}

const struct examination doctor_kernel[] = {
    {"transparent-hugepages", transparent_hugepages},
    {"address-layout", address_layout},
    {"swap", swap},
    {"overcommit", overcommit},
    {"guard-pages", guard_pages},
    {"max-map-count", max_map_count},
    {"timer-slack", timer_slack},
    {"open-files", open_files},
    {"results", room_for_results},
    {NULL, NULL},
};
