/* facts.c - what the fingerprint prints and the doctor judges. */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool machine_cpu_model(const struct machine *machine, char *text, size_t size)
{
    if (machine_read_key(machine->root, "/proc/cpuinfo", "model name", text, size))
        return true;
    /* aarch64 has no such line; hwloc may know the package's name from elsewhere. */
    hwloc_obj_t package = hwloc_get_obj_by_type(machine->hardware, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    if (model && *model) {
        snprintf(text, size, "%s", model);
        return true;
    }
    return machine_read_line(machine->root, "/proc/device-tree/model", text, size);
}

/* Whether `word` already stands in the list "a, b". */
static bool listed(const char *list, const char *word)
{
    size_t length = strlen(word);
    assert(length > 0);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

bool machine_governors(const struct machine *machine, char *text, size_t size)
{
    size_t length = 0;
    assert(size > 0);
    *text = '\0';
    hwloc_const_cpuset_t cpus = hwloc_topology_get_topology_cpuset(machine->hardware);
    for (int cpu = hwloc_bitmap_first(cpus); cpu >= 0;
         cpu = hwloc_bitmap_next(cpus, cpu)) {
        char path[96], governor[32];
        snprintf(path, sizeof path,
                 "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpu);
        if (machine_read_line(machine->root, path, governor, sizeof governor) &&
            !listed(text, governor) && length < size)
            length += (size_t)snprintf(text + length, size - length, "%s%s",
                                       length > 0 ? ", " : "", governor);
    }
    assert((length == 0) == (*text == '\0'));
    return length > 0;
}

bool machine_turbo(const char *root, char *text, size_t size)
{
    long long off, on;
    if (machine_read_number(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", &off))
        on = off == 0;
    else if (!machine_read_number(root, "/sys/devices/system/cpu/cpufreq/boost", &on))
        return false;
    snprintf(text, size, "%s", on ? "on" : "off");
    return true;
}

bool machine_smt(const char *root, char *text, size_t size)
{
    long long active;
    if (!machine_read_number(root, "/sys/devices/system/cpu/smt/active", &active))
        return false;
    snprintf(text, size, "%s", active ? "on" : "off");
    return true;
}

/* The twelve letters that a hypervisor answers to CPUID leaf 0x40000000. Only the CPU can
 * be asked for them, so not where the files are another machine's. */
static bool hypervisor_signature(const char *root, char letters[13])
{
    memset(letters, 0, 13);
#if defined(__x86_64__)
    unsigned highest, answer[3];
    if (*root == '\0') {
        __cpuid(0x40000000, highest, answer[0], answer[1], answer[2]);
        memcpy(letters, answer, sizeof answer);
    }
#else
    (void)root;
#endif
    return letters[0] != '\0';
}

static const char *hypervisor_name(const char *letters)
{
    static const struct {
        const char *letters, *name;
    } known[] = {{"KVMKVMKVM", "KVM"},       {"Microsoft Hv", "Hyper-V"},
                 {"VMwareVMware", "VMware"}, {"XenVMMXenVMM", "Xen"},
                 {"TCGTCGTCGTCG", "QEMU"},   {"bhyve bhyve ", "bhyve"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(letters, known[i].letters) == 0)
            return known[i].name;
    return "yes"; /* one whose name we do not know */
}

bool machine_hypervisor(const char *root, char *text, size_t size)
{
    char flags[4096];
    if (machine_read_line(root, "/sys/hypervisor/type", text, size))
        return true;
    if (!machine_read_key(root, "/proc/cpuinfo", "flags", flags, sizeof flags))
        return false;
    strncat(flags, " ", sizeof flags - strlen(flags) - 1);
    char letters[13];
    if (!strstr(flags, " hypervisor "))
        snprintf(text, size, "none");
    else
        snprintf(text, size, "%s",
                 hypervisor_signature(root, letters) ? hypervisor_name(letters) : "yes");
    return true;
}

int machine_perf_status(void)
{
    struct perf_event_attr attribute = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attribute,
        .config = PERF_COUNT_HW_CPU_CYCLES,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long fd = syscall(SYS_perf_event_open, &attribute, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return -errno;
    close((int)fd);
    return 0;
}
