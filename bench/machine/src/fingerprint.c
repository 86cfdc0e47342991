/* fingerprint.c - the description that travels with every campaign. A reader must be able
 * to tell from it whether two campaigns may be compared, so what is not shown is
 * "unknown", a value like any other. */
#include "internal.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static json_t *text_or_unknown(bool known, const char *text)
{
    return json_string(known ? text : "unknown");
}

static json_t *line_of(const struct machine *machine, const char *path)
{
    char text[4096];
    return text_or_unknown(machine_read_line(machine->root, path, text, sizeof text),
                           text);
}

static json_t *choice_of(const struct machine *machine, const char *path)
{
    char text[64];
    return text_or_unknown(machine_read_choice(machine->root, path, text, sizeof text),
                           text);
}

static json_t *number_of(const struct machine *machine, const char *path)
{
    long long number;
    return machine_read_number(machine->root, path, &number) ? json_integer(number)
                                                             : json_string("unknown");
}

static json_t *memory_of(const struct machine *machine, const char *key)
{
    uint64_t bytes;
    return machine_read_memory(machine->root, key, &bytes)
               ? json_integer((json_int_t)bytes)
               : json_string("unknown");
}

static json_t *cpuinfo_of(const struct machine *machine, const char *key)
{
    char text[256];
    return text_or_unknown(
        machine_read_key(machine->root, "/proc/cpuinfo", key, text, sizeof text), text);
}

typedef bool fact_fn(const char *root, char *text, size_t size);

static json_t *fact(const struct machine *machine, fact_fn *ask)
{
    char text[64];
    return text_or_unknown(ask(machine->root, text, sizeof text), text);
}

static json_t *cpu(const struct machine *machine)
{
    char model[256], governors[128];
    int kinds = hwloc_cpukinds_get_nr(machine->hardware, 0);
    bool model_known = machine_cpu_model(machine, model, sizeof model);
    bool governors_known = machine_governors(machine, governors, sizeof governors);
    return json_pack(
        "{so so so so so so so si}", "model", text_or_unknown(model_known, model),
        "vendor", cpuinfo_of(machine, "vendor_id"), "microcode",
        cpuinfo_of(machine, "microcode"), "governor",
        text_or_unknown(governors_known, governors), "turbo",
        fact(machine, machine_turbo), "smt", fact(machine, machine_smt), "hypervisor",
        fact(machine, machine_hypervisor), "kinds", kinds > 0 ? kinds : 0);
}

/* One entry a level: the caches of a level are taken to be like its first. */
static json_t *caches(const struct machine *machine)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
                                             HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE};
    json_t *list = json_array();
    for (size_t i = 0; list && i < sizeof types / sizeof *types; i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_type(machine->hardware, types[i], 0);
        if (!cache)
            continue;
        assert(hwloc_obj_type_is_cache(cache->type));
        json_array_append_new(
            list, json_pack("{si sI si si}", "level", (int)cache->attr->cache.depth,
                            "bytes", (json_int_t)cache->attr->cache.size, "line_bytes",
                            (int)cache->attr->cache.linesize, "count",
                            hwloc_get_nbobjs_by_type(machine->hardware, types[i])));
    }
    return list;
}

static json_t *topology(const struct machine *machine)
{
    char synthetic[1024];
    bool known = hwloc_topology_export_synthetic(
                     machine->hardware, synthetic, sizeof synthetic,
                     HWLOC_TOPOLOGY_EXPORT_SYNTHETIC_FLAG_NO_ATTRS) > 0;
    return json_pack(
        "{so si si si si so ss sb}", "synthetic", text_or_unknown(known, synthetic),
        "packages", (int)machine_count(machine, HWLOC_OBJ_PACKAGE), "cores",
        (int)machine_count(machine, HWLOC_OBJ_CORE), "pus",
        (int)machine_count(machine, HWLOC_OBJ_PU), "numa_nodes",
        (int)machine_count(machine, HWLOC_OBJ_NUMANODE), "caches", caches(machine),
        "allowed_cpus", machine->allowed, "can_bind", (int)machine->can_bind);
}

static json_t *memory(const struct machine *machine)
{
    return json_pack("{so so sI so so so}", "total_bytes", memory_of(machine, "MemTotal"),
                     "swap_bytes", memory_of(machine, "SwapTotal"), "page_bytes",
                     (json_int_t)sysconf(_SC_PAGESIZE), "transparent_hugepages",
                     choice_of(machine, "/sys/kernel/mm/transparent_hugepage/enabled"),
                     "overcommit", number_of(machine, "/proc/sys/vm/overcommit_memory"),
                     "max_map_count", number_of(machine, "/proc/sys/vm/max_map_count"));
}

static json_t *quota(const struct machine *machine)
{
    switch (machine->quota.state) {
    case MACHINE_QUOTA_SET:
        return json_real(machine->quota.cpus);
    case MACHINE_QUOTA_NONE:
        return json_string("none");
    case MACHINE_QUOTA_UNKNOWN:
        break;
    }
    return json_string("unknown");
}

static json_t *limits(const struct machine *machine)
{
    struct rlimit files;
    json_t *open_files = getrlimit(RLIMIT_NOFILE, &files) != 0 ? json_string("unknown")
                         : files.rlim_cur == RLIM_INFINITY
                             ? json_string("none")
                             : json_integer((json_int_t)files.rlim_cur);
    return json_pack("{so so}", "cgroup_quota_cpus", quota(machine), "open_files",
                     open_files);
}

static json_t *mitigations(const struct machine *machine)
{
    static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
    char *full;
    if (asprintf(&full, "%s%s", machine->root, folder) < 0)
        return NULL;
    DIR *files = opendir(full);
    free(full);
    if (!files)
        return json_string("unknown");
    json_t *all = json_object();
    for (struct dirent *entry; all && (entry = readdir(files)) != NULL;) {
        char path[sizeof folder + sizeof entry->d_name + 1];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        json_object_set_new(all, entry->d_name, line_of(machine, path));
    }
    closedir(files);
    return all;
}

/* What follows " -- " goes to the first process and says nothing about the kernel. */
static json_t *command_line(const struct machine *machine)
{
    char text[4096];
    bool known = machine_read_line(machine->root, "/proc/cmdline", text, sizeof text);
    char *init = known ? strstr(text, " -- ") : NULL;
    if (init)
        *init = '\0';
    return text_or_unknown(known, text);
}

static json_t *kernel(const struct machine *machine)
{
    int slack_ns = prctl(PR_GET_TIMERSLACK);
    return json_pack(
        "{so so so so so so}", "release", line_of(machine, "/proc/sys/kernel/osrelease"),
        "command_line", command_line(machine), "clock_source",
        line_of(machine,
                "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "randomize_va_space", number_of(machine, "/proc/sys/kernel/randomize_va_space"),
        "timer_slack_ns", slack_ns >= 0 ? json_integer(slack_ns) : json_string("unknown"),
        "mitigations", mitigations(machine));
}

static json_t *software(const struct machine *machine)
{
    (void)machine;
#if defined(__clang__)
    static const char compiler[] = "clang " __clang_version__;
#else
    static const char compiler[] = "gcc " __VERSION__;
#endif
    return json_pack("{ss ss}", "libc", gnu_get_libc_version(), "compiler", compiler);
}

static json_t *counters(const struct machine *machine)
{
    (void)machine;
    int status = machine_perf_status();
    if (status == 0)
        return json_string("available");
    return json_sprintf("unavailable: %s", status == -ENOENT
                                               ? "no hardware counters shown"
                                               : strerror(-status));
}

json_t *machine_fingerprint(const struct machine *machine)
{
    static const struct {
        const char *name;
        json_t *(*make)(const struct machine *machine);
    } parts[] = {
        {"cpu", cpu},
        {"topology", topology},
        {"memory", memory},
        {"limits", limits},
        {"kernel", kernel},
        {"software", software},
        {"perf_counters", counters},
    };
    assert(machine != NULL);
    json_t *all = json_object();
    for (size_t i = 0; all && i < sizeof parts / sizeof *parts; i++) {
        if (json_object_set_new(all, parts[i].name, parts[i].make(machine)) == 0)
            continue;
        json_decref(all);
        all = NULL;
    }
    return all;
}
