/* What is read from /proc and /sys, with made-up, missing and broken files. */
#include "fake.h"

/* ---- quota --------------------------------------------------------------- */

static struct machine_quota quota_of(const char *const files[][2], size_t count)
{
    struct fake fake = fake_make();
    for (size_t i = 0; i < count; i++)
        fake_put(&fake, files[i][0], files[i][1]);
    struct machine_quota quota = machine_quota_read(fake.root);
    fake_remove(&fake);
    return quota;
}
#define QUOTA_OF(...)                               \
    quota_of((const char *const[][2]){__VA_ARGS__}, \
             sizeof(const char *const[][2]){__VA_ARGS__} / sizeof(char *[2]))

static void quota_v2(void)
{
    struct machine_quota quota = QUOTA_OF({"/proc/self/cgroup", "0::/a/b\n"},
                                          {"/sys/fs/cgroup/cgroup.controllers", "cpu"},
                                          {"/sys/fs/cgroup/a/cpu.max", "200000 100000\n"},
                                          {"/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"});
    CHECK_EQ(quota.state, MACHINE_QUOTA_SET); /* the limit of a group above counts too */
    CHECK(quota.cpus == 2.0);
    quota = QUOTA_OF({"/proc/self/cgroup", "0::/a\n"},
                     {"/sys/fs/cgroup/cgroup.controllers", "cpu"},
                     {"/sys/fs/cgroup/cpu.max", "300000 100000\n"},
                     {"/sys/fs/cgroup/a/cpu.max", "50000 100000\n"});
    CHECK_EQ(quota.state, MACHINE_QUOTA_SET);
    CHECK(quota.cpus == 0.5);
}

static void quota_v1(void)
{
    struct machine_quota quota = QUOTA_OF(
        {"/proc/self/cgroup", "5:cpuset:/\n4:cpu,cpuacct:/docker/77\n1:name=systemd:/\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"});
    CHECK_EQ(quota.state, MACHINE_QUOTA_SET); /* the container's mount hides /docker/77 */
    CHECK(quota.cpus == 1.5);
    quota = QUOTA_OF({"/proc/self/cgroup", "4:cpu:/\n0::/\n"},
                     {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
                     {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"});
    CHECK_EQ(quota.state, MACHINE_QUOTA_NONE);
}

static void quota_unlimited_or_unknown(void)
{
    struct machine_quota quota = QUOTA_OF({"/proc/self/cgroup", "0::/\n"},
                                          {"/sys/fs/cgroup/cgroup.controllers", "cpu"},
                                          {"/sys/fs/cgroup/cpu.max", "max 100000\n"});
    CHECK_EQ(quota.state, MACHINE_QUOTA_NONE);
    CHECK_EQ(QUOTA_OF({"/proc/other", ""}).state, MACHINE_QUOTA_UNKNOWN);
    CHECK_EQ(QUOTA_OF({"/proc/self/cgroup", "0::/\n"}).state, MACHINE_QUOTA_UNKNOWN);
    CHECK_EQ(QUOTA_OF({"/proc/self/cgroup", "garbage\n::\n"}).state,
             MACHINE_QUOTA_UNKNOWN);
    quota = QUOTA_OF({"/proc/self/cgroup", "0::/\n"},
                     {"/sys/fs/cgroup/cgroup.controllers", "cpu"},
                     {"/sys/fs/cgroup/cpu.max", "-5 zero\n"});
    CHECK_EQ(quota.state, MACHINE_QUOTA_NONE);
}

/* ---- others -------------------------------------------------------------- */

static struct machine_cpu_time cpu_time_of(const char *stat)
{
    struct fake fake = fake_make();
    struct machine_cpu_time time;
    fake_put(&fake, "/proc/stat", stat);
    machine_cpu_time_read(fake.root, &time);
    fake_remove(&fake);
    return time;
}

static void foreign_cpu_and_steal(void)
{
    const uint64_t tick_ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
    struct machine_cpu_time before =
        cpu_time_of("cpu  100 20 30 5000 60 7 8 9 0 0\ncpu0 1\n");
    struct machine_cpu_time after = cpu_time_of("cpu  400 20 30 9000 60 7 8 12 0 0\n");
    uint64_t foreign_ns, steal_ns;
    CHECK(before.known && after.known);
    CHECK_EQ(before.busy_ns, 165 * tick_ns);
    CHECK_EQ(before.steal_ns, 9 * tick_ns);
    CHECK(machine_foreign_time(&before, &after, 100 * tick_ns, &foreign_ns, &steal_ns));
    CHECK_EQ(foreign_ns, 200 * tick_ns);
    CHECK_EQ(steal_ns, 3 * tick_ns);
    /* Our own time is finer than the machine's ticks: never below zero. */
    CHECK(machine_foreign_time(&before, &after, 301 * tick_ns, &foreign_ns, &steal_ns));
    CHECK_EQ(foreign_ns, 0);
    CHECK(machine_foreign_time(&after, &before, 0, &foreign_ns, &steal_ns));
    CHECK_EQ(foreign_ns, 0);
    CHECK_EQ(steal_ns, 0);
}

static void broken_stat_is_unknown(void)
{
    static const char *const bad[] = {"", "cpu", "cpu0 1 2 3 4 5 6 7 8\n", "cpu  1 2 3\n",
                                      "cpu  1 2 3 4 5 x 7 8\n"};
    struct machine_cpu_time good = cpu_time_of("cpu  1 2 3 4 5 6 7 8\n");
    uint64_t foreign_ns, steal_ns;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct machine_cpu_time time = cpu_time_of(bad[i]);
        CHECK(!time.known);
        CHECK(!machine_foreign_time(&good, &time, 0, &foreign_ns, &steal_ns));
        CHECK(!machine_foreign_time(&time, &good, 0, &foreign_ns, &steal_ns));
    }
}

static double pressure_of(const char *text)
{
    struct fake fake = fake_make();
    if (text)
        fake_put(&fake, "/proc/pressure/cpu", text);
    double percent = machine_pressure(fake.root);
    fake_remove(&fake);
    return percent;
}

static void pressure(void)
{
    CHECK(pressure_of("some avg10=12.50 avg60=1.00 avg300=0.10 total=1\n"
                      "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n") == 12.5);
    CHECK(pressure_of("some avg10=0.00 avg60=1.00 avg300=0.10 total=1\n") == 0);
    CHECK(pressure_of(NULL) < 0);
    CHECK(pressure_of("some avg10=x\n") < 0);
    CHECK(pressure_of("full avg10=3.00\n") < 0);
}

/* ---- slug ---------------------------------------------------------------- */

static void slug_of(const char *model, const char *memory, char slug[MACHINE_SLUG_SIZE])
{
    struct fake fake = fake_make();
    char text[256];
    snprintf(text, sizeof text, "processor\t: 0\nmodel name\t: %s\nflags : fpu\n", model);
    if (*model)
        fake_put(&fake, "/proc/cpuinfo", text);
    snprintf(text, sizeof text, "MemTotal:       %s kB\nMemFree: 1 kB\n", memory);
    if (*memory)
        fake_put(&fake, "/proc/meminfo", text);
    struct machine *machine = fake_open(&fake, NULL);
    machine_slug(machine, slug);
    machine_close(machine);
    fake_remove(&fake);
}

static void check_slug_shape(const char *slug)
{
    CHECK(*slug != '\0' && *slug != '-');
    CHECK(strstr(slug, "--") == NULL);
    CHECK_EQ(strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(slug));
    CHECK(slug[strlen(slug) - 1] != '-');
}

/* The cores are those of the machine that runs the test: only what is around them is
 * known. */
static void check_slug(const char *model, const char *memory, const char *start,
                       const char *end)
{
    char slug[MACHINE_SLUG_SIZE];
    slug_of(model, memory, slug);
    check_slug_shape(slug);
    if (strncmp(slug, start, strlen(start)) != 0)
        CHECK_STR(slug, start);
    if (strcmp(slug + strlen(slug) - strlen(end), end) != 0)
        CHECK_STR(slug, end);
}

static void slugs(void)
{
    check_slug("AMD EPYC", "24684084", "amd-epyc-", "t-24g");
    check_slug("AMD EPYC 7763 64-Core Processor", "528100000", "amd-epyc-7763-",
               "t-512g");
    check_slug("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "65800000",
               "intel-xeon-platinum-8375c-", "t-64g");
    check_slug("12th Gen Intel(R) Core(TM) i7-1260P", "16070000",
               "12th-gen-intel-core-i7-1260p-", "t-16g");
    check_slug("AMD Ryzen 7 5800U with Radeon Graphics", "500000", "amd-ryzen-7-5800u-",
               "t-512m");
    check_slug("--- ../../etc/@passwd", "", "etc-", "t");
    check_slug("\xc3\xa9\xff", "", "unknown-", "t");
    check_slug(
        "a-very-long-name-of-a-part aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccc",
        "1048576", "a-very-long-name-of-a-part-", "t-1024m");
}

static void slug_is_of_the_hardware(void)
{
    struct fake empty = fake_make();
    struct machine *machine = fake_open(&empty, "pack:2 core:2 pu:2");
    char slug[MACHINE_SLUG_SIZE];
    machine_slug(machine, slug);
    CHECK_STR(slug, "synthetic-4c-8t");
    machine_close(machine);
    fake_remove(&empty);
}

/* ---- fingerprint --------------------------------------------------------- */

static const char *text_at(json_t *all, const char *part, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(all, part), key));
    CHECK(text != NULL);
    return text;
}

static void missing_files_are_unknown(void)
{
    static const char *const keys[][2] = {
        {"cpu", "vendor"},
        {"cpu", "microcode"},
        {"cpu", "governor"},
        {"cpu", "turbo"},
        {"cpu", "smt"},
        {"cpu", "hypervisor"},
        {"memory", "total_bytes"},
        {"memory", "transparent_hugepages"},
        {"memory", "overcommit"},
        {"limits", "cgroup_quota_cpus"},
        {"kernel", "release"},
        {"kernel", "command_line"},
        {"kernel", "clock_source"},
        {"kernel", "mitigations"},
        {"memory", "max_map_count"},
        {"kernel", "randomize_va_space"},
    };
    struct fake empty = fake_make();
    struct machine *machine = fake_open(&empty, "pu:4");
    json_t *all = machine_fingerprint(machine);
    CHECK(all != NULL);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CHECK_STR(text_at(all, keys[i][0], keys[i][1]), "unknown");
    CHECK_STR(text_at(all, "topology", "allowed_cpus"), "0-3");
    json_decref(all);
    machine_close(machine);
    fake_remove(&empty);
}

static void fill_root(const struct fake *fake)
{
    static const char cpu[] = "/sys/devices/system/cpu";
    char path[128];
    fake_put(fake, "/proc/cpuinfo",
             "vendor_id\t: GenuineIntel\nmodel name\t: Caf\xe9 9000\nmicrocode\t: 0x2b\n"
             "flags\t\t: fpu hypervisor sse\n");
    fake_put(fake, "/proc/meminfo", "MemTotal:  1000 kB\nSwapTotal: 0 kB\n");
    fake_put(fake, "/proc/cmdline", "quiet mitigations=off -- secret\n");
    fake_put(fake, "/proc/sys/kernel/osrelease", "6.1.0\n");
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/cpu%d/cpufreq/scaling_governor", cpu, i);
        fake_put(fake, path, i == 1 ? "powersave\n" : "performance\n");
    }
    fake_put(fake, "/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
    fake_put(fake, "/sys/devices/system/cpu/smt/active", "1\n");
    fake_put(fake, "/sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n");
    fake_put(fake, "/sys/kernel/mm/transparent_hugepage/enabled",
             "always [madvise] never\n");
}

static void present_files_are_told(void)
{
    struct fake fake = fake_make();
    fill_root(&fake);
    struct machine *machine = fake_open(&fake, "pu:4");
    json_t *all = machine_fingerprint(machine);
    CHECK_STR(text_at(all, "cpu", "model"), "Caf? 9000");
    CHECK_STR(text_at(all, "cpu", "vendor"), "GenuineIntel");
    CHECK_STR(text_at(all, "cpu", "governor"), "performance, powersave");
    CHECK_STR(text_at(all, "cpu", "turbo"), "on");
    CHECK_STR(text_at(all, "cpu", "smt"), "on");
    CHECK_STR(text_at(all, "cpu", "hypervisor"), "yes");
    CHECK_STR(text_at(all, "kernel", "command_line"), "quiet mitigations=off");
    CHECK_STR(text_at(all, "memory", "transparent_hugepages"), "madvise");
    json_t *kernel = json_object_get(all, "kernel");
    CHECK_STR(text_at(kernel, "mitigations", "meltdown"), "Not affected");
    json_t *memory = json_object_get(all, "memory");
    CHECK_EQ(json_integer_value(json_object_get(memory, "total_bytes")), 1000 * 1024);
    json_decref(all);
    machine_close(machine);
    fake_remove(&fake);
}

/* The real machine, whatever it is: the fingerprint is complete and survives as text. */
static void this_machine_has_one(void)
{
    struct machine *machine = fake_open(NULL, NULL);
    json_t *all = machine_fingerprint(machine);
    char *text = json_dumps(all, 0);
    CHECK(text != NULL);
    json_t *again = json_loads(text, 0, NULL);
    CHECK(json_equal(all, again));
    char slug[MACHINE_SLUG_SIZE];
    machine_slug(machine, slug);
    check_slug_shape(slug);
    free(text);
    json_decref(again);
    json_decref(all);
    machine_close(machine);
}

static void xml_goes_to_a_file(void)
{
    struct fake fake = fake_make();
    struct machine *machine = fake_open(NULL, NULL);
    struct machine_error error;
    char path[128], line[64], text[4096];
    snprintf(path, sizeof path, "%s/topology.xml", fake.root);
    CHECK_EQ(machine_topology_xml(machine, path, &error), 0);
    FILE *file = fopen(path, "r");
    CHECK(file && fgets(line, sizeof line, file));
    CHECK(strncmp(line, "<?xml", 5) == 0);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    const char *host = strstr(text, "\"HostName\" value=");
    CHECK(!host || strncmp(host, "\"HostName\" value=\"\"", 19) == 0);
    fclose(file);
    snprintf(path, sizeof path, "%s/none/topology.xml", fake.root);
    CHECK(machine_topology_xml(machine, path, &error) < 0);
    CHECK(strstr(error.text, "No such file or directory") != NULL);
    CHECK(machine_topology_xml(machine, "/dev/full", &error) < 0);
    CHECK(strstr(error.text, "No space left") != NULL);
    machine_close(machine);
    fake_remove(&fake);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(quota_v2),
        CHECK_CASE(quota_v1),
        CHECK_CASE(quota_unlimited_or_unknown),
        CHECK_CASE(foreign_cpu_and_steal),
        CHECK_CASE(broken_stat_is_unknown),
        CHECK_CASE(pressure),
        CHECK_CASE(slugs),
        CHECK_CASE(slug_is_of_the_hardware),
        CHECK_CASE(missing_files_are_unknown),
        CHECK_CASE(present_files_are_told),
        CHECK_CASE(this_machine_has_one),
        CHECK_CASE(xml_goes_to_a_file),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
