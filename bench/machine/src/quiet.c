/* quiet.c - how much others disturb: CPU time of others, steal, pressure, quota. */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields of the line "cpu" of /proc/stat, proc(5). Guest time is already inside user
 * time. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, STAT_FIELDS };

static bool parse_stat(const char *text, uint64_t ticks[STAT_FIELDS])
{
    if (strncmp(text, "cpu ", 4) != 0)
        return false;
    char *cursor = (char *)text + 4;
    for (int i = 0; i < STAT_FIELDS; i++) {
        char *end;
        ticks[i] = strtoull(cursor, &end, 10);
        if (end == cursor)
            return false;
        cursor = end;
    }
    return true;
}

void machine_cpu_time_read(const char *root, struct machine_cpu_time *time)
{
    *time = (struct machine_cpu_time){.known = false};
    assert(time != NULL);
    long hertz = sysconf(_SC_CLK_TCK);
    char line[256];
    uint64_t ticks[STAT_FIELDS];
    if (hertz <= 0 || !machine_read_line(root, "/proc/stat", line, sizeof line) ||
        !parse_stat(line, ticks))
        return;
    uint64_t tick_ns = UINT64_C(1000000000) / (uint64_t)hertz;
    time->busy_ns = tick_ns * (ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] +
                               ticks[SOFTIRQ]);
    time->steal_ns = tick_ns * ticks[STEAL];
    time->known = true;
}

bool machine_foreign_time(const struct machine_cpu_time *before,
                          const struct machine_cpu_time *after, uint64_t own_ns,
                          uint64_t *foreign_ns, uint64_t *steal_ns)
{
    if (!before->known || !after->known)
        return false;
    /* The kernel may count a little time back when a CPU's idle time is corrected. */
    assert(before != after);
    uint64_t busy =
        after->busy_ns > before->busy_ns ? after->busy_ns - before->busy_ns : 0;
    *foreign_ns = busy > own_ns ? busy - own_ns : 0;
    *steal_ns =
        after->steal_ns > before->steal_ns ? after->steal_ns - before->steal_ns : 0;
    return true;
}

double machine_pressure(const char *root)
{
    char line[256], *end;
    static const char field[] = "avg10=";
    if (!machine_read_line(root, "/proc/pressure/cpu", line, sizeof line) ||
        strncmp(line, "some ", 5) != 0)
        return -1.0;
    const char *found = strstr(line, field);
    if (!found)
        return -1.0;
    found += sizeof field - 1;
    double percent = strtod(found, &end);
    return end == found || percent < 0 ? -1.0 : percent;
}

/* ---- quota --------------------------------------------------------------- */

static void keep_smallest(struct machine_quota *quota, double cpus)
{
    assert(cpus > 0);
    if (quota->state != MACHINE_QUOTA_SET || cpus < quota->cpus)
        *quota = (struct machine_quota){MACHINE_QUOTA_SET, cpus};
}

/* cgroup v2: "50000 100000" (quota and period in microseconds) or "max 100000". */
static void look_v2(const char *root, const char *folder, struct machine_quota *quota)
{
    char *path, line[128];
    if (asprintf(&path, "%s/cpu.max", folder) < 0)
        return;
    double allowed_us, period_us;
    if (machine_read_line(root, path, line, sizeof line) &&
        sscanf(line, "%lf %lf", &allowed_us, &period_us) == 2 && allowed_us > 0 &&
        period_us > 0)
        keep_smallest(quota, allowed_us / period_us);
    free(path);
}

/* cgroup v1: the quota is -1 where there is none. */
static void look_v1(const char *root, const char *folder, struct machine_quota *quota)
{
    char *quota_path = NULL, *period_path = NULL;
    if (asprintf(&quota_path, "%s/cpu.cfs_quota_us", folder) < 0)
        quota_path = NULL;
    if (asprintf(&period_path, "%s/cpu.cfs_period_us", folder) < 0)
        period_path = NULL;
    long long allowed_us, period_us;
    if (quota_path && period_path && machine_read_number(root, quota_path, &allowed_us) &&
        machine_read_number(root, period_path, &period_us) && allowed_us > 0 &&
        period_us > 0)
        keep_smallest(quota, (double)allowed_us / (double)period_us);
    free(quota_path);
    free(period_path);
}

typedef void look_fn(const char *root, const char *folder, struct machine_quota *quota);

static bool exists(const char *root, const char *path)
{
    char *full;
    if (asprintf(&full, "%s%s", root, path) < 0)
        return false;
    bool there = access(full, F_OK) == 0;
    free(full);
    return there;
}

/* Looks at the group and at each one above it: the tightest limit on the way counts. In a
 * container the group's path may not exist below the mount, whose top it then is. */
static void walk_up(const char *root, const char *mount, const char *group, look_fn *look,
                    struct machine_quota *quota)
{
    char *folder;
    assert(group[0] == '/' && mount[0] == '/');
    if (!exists(root, mount) || asprintf(&folder, "%s%s", mount, group) < 0)
        return;
    if (quota->state == MACHINE_QUOTA_UNKNOWN)
        quota->state = MACHINE_QUOTA_NONE;
    size_t top = strlen(mount);
    for (;;) {
        size_t length = strlen(folder);
        while (length > top && folder[length - 1] == '/')
            folder[--length] = '\0';
        assert(length >= top);
        look(root, folder, quota);
        if (length <= top)
            break;
        *strrchr(folder, '/') = '\0';
    }
    free(folder);
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && strncmp(at, word, length) == 0)
            return true;
    return false;
}

/* One line of /proc/self/cgroup: "0::/group" (v2) or "4:cpu,cpuacct:/group" (v1). */
static void look_line(const char *root, char *line, struct machine_quota *quota)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *controllers++ = '\0';
    *group++ = '\0';
    if (*group != '/')
        return;
    if (*controllers == '\0') {
        /* Beside v1 hierarchies ("hybrid") v2 is mounted one folder deeper. */
        if (exists(root, "/sys/fs/cgroup/cgroup.controllers"))
            walk_up(root, "/sys/fs/cgroup", group, look_v2, quota);
        else
            walk_up(root, "/sys/fs/cgroup/unified", group, look_v2, quota);
    } else if (has_word(controllers, "cpu")) {
        char *mount;
        if (asprintf(&mount, "/sys/fs/cgroup/%s", controllers) < 0)
            return;
        walk_up(root, exists(root, mount) ? mount : "/sys/fs/cgroup/cpu", group, look_v1,
                quota);
        free(mount);
    }
}

struct machine_quota machine_quota_read(const char *root)
{
    struct machine_quota quota = {MACHINE_QUOTA_UNKNOWN, 0};
    char *file = machine_read_file(root, "/proc/self/cgroup"), *rest = NULL;
    for (char *line = file ? strtok_r(file, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest))
        look_line(root ? root : "", line, &quota);
    free(file);
    assert(quota.state != MACHINE_QUOTA_SET || quota.cpus > 0);
    return quota;
}
