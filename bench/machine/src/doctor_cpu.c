/* doctor_cpu.c - what changes a CPU's speed, or takes it away. */
#include "doctor.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Above these others disturb so much that intervals grow visibly. */
#define PRESSURE_PERCENT_MAX 5.0
#define STEAL_PERCENT_MAX 1.0

static void governor(const struct patient *patient, struct machine_check *check)
{
    char names[128];
    if (!machine_governors(patient->machine, names, sizeof names))
        doctor_unshown(check, "this machine shows no frequency control");
    else if (strcmp(names, "performance") == 0)
        doctor_ok(check, "performance");
    else
        doctor_warn(check,
                    "echo performance | sudo tee "
                    "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
                    "%s: the frequency follows the load", names);
}

static void turbo(const struct patient *patient, struct machine_check *check)
{
    char state[8];
    long long ignored;
    bool intel = machine_read_number(
        patient->root, "/sys/devices/system/cpu/intel_pstate/no_turbo", &ignored);
    if (!machine_turbo(patient->root, state, sizeof state))
        doctor_unshown(check, "this machine shows no turbo control");
    else if (strcmp(state, "off") == 0)
        doctor_ok(check, "off");
    else
        doctor_warn(
            check,
            intel ? "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
                  : "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
            "on: few busy cores run faster than many");
}

static void smt(const struct patient *patient, struct machine_check *check)
{
    char state[8];
    if (!machine_smt(patient->root, state, sizeof state))
        doctor_unshown(check, "this kernel does not show it");
    else if (strcmp(state, "off") == 0)
        doctor_ok(check, "off");
    else if (patient->workers <= machine_cores(patient->machine))
        doctor_ok(check, "on: one-per-core leaves every second thread of a core idle");
    else
        doctor_warn(check, "echo off | sudo tee /sys/devices/system/cpu/smt/control",
                    "on, and %u workers on %u cores share them", patient->workers,
                    machine_cores(patient->machine));
}

/* On a processor with fast and frugal cores a placement over both measures neither. hwloc
 * sorts the kinds by efficiency: the last is the fastest. */
static void core_kinds(const struct patient *patient, struct machine_check *check)
{
    hwloc_topology_t usable = patient->machine->usable;
    int kinds = hwloc_cpukinds_get_nr(usable, 0);
    if (kinds <= 1) {
        doctor_ok(check, "all alike");
        return;
    }
    hwloc_bitmap_t fastest = hwloc_bitmap_alloc();
    char *list = NULL, mend[sizeof check->mend];
    int efficiency = -1;
    if (fastest && hwloc_cpukinds_get_info(usable, (unsigned)kinds - 1, fastest,
                                           &efficiency, NULL, NULL, 0) == 0)
        hwloc_bitmap_list_asprintf(&list, fastest);
    snprintf(mend, sizeof mend, "./quartet run --place explicit:%s",
             list ? list : "LIST");
    doctor_warn(check, mend, "%d kinds%s: workers would not run alike", kinds,
                efficiency < 0 ? " of unknown speed" : "");
    free(list);
    hwloc_bitmap_free(fastest);
}

static void cpuset(const struct patient *patient, struct machine_check *check)
{
    const struct machine *machine = patient->machine;
    unsigned all = machine_count(machine, HWLOC_OBJ_PU), ours = machine_pus(machine);
    if (patient->workers > ours)
        doctor_warn(check, ours < all ? "taskset -pc 0-$(($(nproc --all) - 1)) $$" : "",
                    "%u workers on the %u CPU(s) allowed (%s of %u)", patient->workers,
                    ours, machine->allowed, all);
    else
        doctor_ok(check, "CPUs %s allowed, of %u", machine->allowed, all);
}

static void cgroup_quota(const struct patient *patient, struct machine_check *check)
{
    const struct machine_quota quota = patient->machine->quota;
    if (quota.state == MACHINE_QUOTA_UNKNOWN)
        doctor_unshown(check, "no cgroup of this process is visible");
    else if (quota.state == MACHINE_QUOTA_NONE)
        doctor_ok(check, "none");
    else if (quota.cpus >= (double)patient->workers)
        doctor_ok(check, "%.4g CPUs for %u workers", quota.cpus, patient->workers);
    else
        doctor_warn(check,
                    "start the container with a higher limit, as docker run --cpus=N",
                    "%.4g CPUs for %u workers: they will be stopped in every period",
                    quota.cpus, patient->workers);
}

static void load(const struct patient *patient, struct machine_check *check)
{
    static const char mend[] = "top -o %CPU   # and stop what is not needed";
    double pressure = machine_pressure(patient->root);
    char text[64], *end;
    if (pressure >= 0) {
        if (pressure < PRESSURE_PERCENT_MAX)
            doctor_ok(check, "tasks waited for a CPU %.1f %% of the last 10 s", pressure);
        else
            doctor_warn(check, mend, "tasks waited for a CPU %.1f %% of the last 10 s",
                        pressure);
        return;
    }
    if (!machine_read_line(patient->root, "/proc/loadavg", text, sizeof text)) {
        doctor_unshown(check, "neither /proc/pressure/cpu nor /proc/loadavg can be read");
        return;
    }
    double average = strtod(text, &end);
    if (end == text)
        doctor_unshown(check, "/proc/loadavg is not understood");
    else if (average < 0.5)
        doctor_ok(check, "load average %.2f", average);
    else
        doctor_warn(check, mend, "load average %.2f before anything was started",
                    average);
}

static bool steal_percent(const char *root, double *percent)
{
    struct machine_cpu_time time;
    machine_cpu_time_read(root, &time);
    assert(root != NULL);
    uint64_t wanted_ns = time.busy_ns + time.steal_ns;
    if (!time.known || wanted_ns == 0)
        return false;
    *percent = 100.0 * (double)time.steal_ns / (double)wanted_ns;
    return true;
}

static void virtualisation(const struct patient *patient, struct machine_check *check)
{
    char name[64];
    double percent;
    if (!machine_hypervisor(patient->root, name, sizeof name))
        doctor_unshown(check, "this kernel does not show whether the machine is virtual");
    else if (strcmp(name, "none") == 0)
        doctor_ok(check, "none");
    else if (!steal_percent(patient->root, &percent))
        doctor_unshown(check, "virtual (%s), and time stolen by the host is not shown",
                       name);
    else if (percent < STEAL_PERCENT_MAX)
        doctor_ok(check, "virtual (%s); the host took %.2f %% of the CPU time since boot",
                  name, percent);
    else
        doctor_warn(check, "use a machine of your own, or wait for a quieter hour",
                    "virtual (%s); the host took %.1f %% of the CPU time since boot",
                    name, percent);
}

static void clock_source(const struct patient *patient, struct machine_check *check)
{
    static const char *const fast[] = {"tsc", "kvm-clock", "arch_sys_counter",
                                       "hyperv_clocksource_tsc_page"};
    char name[64];
    if (!machine_read_line(
            patient->root,
            "/sys/devices/system/clocksource/clocksource0/current_clocksource", name,
            sizeof name)) {
        doctor_unshown(check, "this kernel does not show it");
        return;
    }
    for (size_t i = 0; i < sizeof fast / sizeof *fast; i++) {
        if (strcmp(name, fast[i]) == 0) {
            doctor_ok(check, "%s, read without a system call", name);
            return;
        }
    }
    doctor_warn(check,
                "echo tsc | sudo tee "
                "/sys/devices/system/clocksource/clocksource0/current_clocksource",
                "%s: each reading of the clock is a system call", name);
}

static void perf_counters(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    int status = machine_perf_status();
    if (status == 0)
        doctor_ok(check, "available");
    else if (status == -EACCES || status == -EPERM)
        doctor_warn(check, "sudo sysctl -w kernel.perf_event_paranoid=1",
                    "not permitted: cycles and instructions will be missing");
    else
        doctor_unshown(check, "none here: cycles and instructions will be missing (%s)",
                       strerror(-status));
}

const struct examination doctor_cpu[] = {
    {"governor", governor},
    {"turbo", turbo},
    {"smt", smt},
    {"core-kinds", core_kinds},
    {"cpuset", cpuset},
    {"cgroup-quota", cgroup_quota},
    {"load", load},
    {"virtualisation", virtualisation},
    {"clock-source", clock_source},
    {"perf-counters", perf_counters},
    {NULL, NULL},
};
