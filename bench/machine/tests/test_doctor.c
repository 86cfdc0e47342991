/* The doctor's verdicts on made-up machines. */
#include "fake.h"

#include <hwloc.h>
#include <sys/resource.h>

struct chart {
    unsigned count;
    struct machine_check checks[64];
};

static void write_down(void *context, const struct machine_check *check)
{
    struct chart *chart = context;
    CHECK(chart->count < 64);
    CHECK(*check->text != '\0');
    CHECK(check->verdict != MACHINE_OK || *check->mend == '\0');
    chart->checks[chart->count++] = *check;
}

static const struct machine_check *find(const struct chart *chart, const char *name)
{
    for (unsigned i = 0; i < chart->count; i++)
        if (strcmp(chart->checks[i].name, name) == 0)
            return &chart->checks[i];
    check_fail(__FILE__, __LINE__, name);
}

static unsigned examine(const struct fake *fake, const char *results, unsigned workers,
                        struct chart *chart)
{
    struct machine *machine = fake_open(fake, "pack:1 core:2 pu:2");
    chart->count = 0;
    unsigned lacking = machine_doctor(machine, results, workers, write_down, chart);
    machine_close(machine);
    return lacking;
}

static void check_verdict(const struct chart *chart, const char *name,
                          enum machine_verdict verdict, const char *mend)
{
    const struct machine_check *check = find(chart, name);
    CHECK_STR(machine_verdict_name(check->verdict), machine_verdict_name(verdict));
    CHECK(strstr(check->mend, mend) != NULL);
}

static void a_machine_that_shows_nothing(void)
{
    static const char *const names[] = {"governor",
                                        "turbo",
                                        "smt",
                                        "cgroup-quota",
                                        "load",
                                        "virtualisation",
                                        "clock-source",
                                        "address-layout",
                                        "swap",
                                        "overcommit",
                                        "guard-pages",
                                        "max-map-count",
                                        "transparent-hugepages"};
    struct fake empty = fake_make();
    struct chart chart;
    CHECK_EQ(examine(&empty, empty.root, 0, &chart), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_verdict(&chart, names[i], MACHINE_UNSHOWN, "");
    check_verdict(&chart, "results", MACHINE_OK, "");
    fake_remove(&empty);
}

static void put_settings(const struct fake *fake, bool good)
{
    fake_put(fake, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
             good ? "performance\n" : "powersave\n");
    fake_put(fake, "/sys/devices/system/cpu/cpufreq/boost", good ? "0\n" : "1\n");
    fake_put(fake, "/sys/devices/system/cpu/smt/active", "1\n");
    fake_put(fake, "/proc/self/cgroup", "0::/\n");
    fake_put(fake, "/sys/fs/cgroup/cgroup.controllers", "cpu\n");
    fake_put(fake, "/sys/fs/cgroup/cpu.max", good ? "max 100000\n" : "100000 100000\n");
    fake_put(fake, "/proc/pressure/cpu",
             good ? "some avg10=0.10\n" : "some avg10=40.00\n");
    fake_put(fake, "/proc/cpuinfo", "flags : fpu hypervisor\n");
    fake_put(fake, "/proc/stat",
             good ? "cpu  1000 0 0 0 0 0 0 1\n" : "cpu  1000 0 0 0 0 0 0 90\n");
    fake_put(fake, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
             good ? "tsc\n" : "hpet\n");
    fake_put(fake, "/sys/kernel/mm/transparent_hugepage/enabled",
             good ? "always [madvise] never\n" : "[always] madvise never\n");
    fake_put(fake, "/proc/sys/kernel/randomize_va_space", good ? "2\n" : "0\n");
    fake_put(fake, "/proc/meminfo",
             good ? "SwapTotal: 4096 kB\nSwapFree: 4096 kB\n"
                  : "SwapTotal: 4096 kB\nSwapFree: 1024 kB\n");
    fake_put(fake, "/proc/sys/vm/overcommit_memory", good ? "0\n" : "2\n");
    fake_put(fake, "/proc/sys/kernel/osrelease", good ? "6.13.0-1\n" : "6.12.99\n");
    fake_put(fake, "/proc/sys/vm/max_map_count", "65530\n");
}

static const struct {
    const char *name, *mend;
} SETTINGS[] = {
    {"governor", "echo performance"},
    {"turbo", "cpufreq/boost"},
    {"smt", "smt/control"},
    {"cgroup-quota", "--cpus"},
    {"load", "top"},
    {"virtualisation", "machine of your own"},
    {"clock-source", "echo tsc"},
    {"transparent-hugepages", "echo madvise"},
    {"address-layout", "kernel.randomize_va_space=2"},
    {"swap", "swapoff"},
    {"overcommit", "vm.overcommit_memory=0"},
    {"guard-pages", ""},
    {"max-map-count", "vm.max_map_count"},
};

static void good_and_bad_settings(void)
{
    struct chart chart;
    for (int good = 0; good < 2; good++) {
        struct fake fake = fake_make();
        put_settings(&fake, good);
        CHECK_EQ(examine(&fake, fake.root, good ? 2 : 3, &chart), 0);
        for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++)
            check_verdict(&chart, SETTINGS[i].name, good ? MACHINE_OK : MACHINE_WARN,
                          good ? "" : SETTINGS[i].mend);
        fake_remove(&fake);
    }
}

/* A machine saved as XML can be examined elsewhere; here one with two kinds of cores. */
static void fast_and_frugal_cores(void)
{
    struct fake fake = fake_make();
    struct chart chart;
    char path[128];
    hwloc_topology_t hybrid;
    snprintf(path, sizeof path, "%s/hybrid.xml", fake.root);
    CHECK_EQ(hwloc_topology_init(&hybrid), 0);
    CHECK_EQ(hwloc_topology_set_synthetic(hybrid, "pack:1 core:4 pu:1"), 0);
    CHECK_EQ(hwloc_topology_load(hybrid), 0);
    hwloc_bitmap_t frugal = hwloc_bitmap_alloc(), fast = hwloc_bitmap_alloc();
    CHECK_EQ(hwloc_bitmap_set_range(frugal, 0, 1), 0);
    CHECK_EQ(hwloc_bitmap_set_range(fast, 2, 3), 0);
    CHECK_EQ(hwloc_cpukinds_register(hybrid, fast, 9, 0, NULL, 0), 0);
    CHECK_EQ(hwloc_cpukinds_register(hybrid, frugal, 1, 0, NULL, 0), 0);
    CHECK_EQ(hwloc_topology_export_xml(hybrid, path, 0), 0);
    hwloc_bitmap_free(frugal);
    hwloc_bitmap_free(fast);
    hwloc_topology_destroy(hybrid);
    CHECK_EQ(setenv("HWLOC_XMLFILE", path, 1), 0);
    struct machine *machine = fake_open(&fake, NULL);
    CHECK_EQ(unsetenv("HWLOC_XMLFILE"), 0);
    CHECK(!machine_can_bind(machine));
    chart.count = 0;
    CHECK_EQ(machine_doctor(machine, fake.root, 0, write_down, &chart), 0);
    check_verdict(&chart, "core-kinds", MACHINE_WARN, "--place explicit:2-3");
    machine_close(machine);
    examine(&fake, fake.root, 0, &chart);
    check_verdict(&chart, "core-kinds", MACHINE_OK, "");
    fake_remove(&fake);
}

static void more_workers_than_cpus(void)
{
    struct fake empty = fake_make();
    struct chart chart;
    examine(&empty, empty.root, 4, &chart);
    check_verdict(&chart, "cpuset", MACHINE_OK, "");
    examine(&empty, empty.root, 5, &chart);
    check_verdict(&chart, "cpuset", MACHINE_WARN, "");
    fake_remove(&empty);
}

static void results_that_cannot_be_written(void)
{
    struct fake fake = fake_make();
    struct chart chart;
    char path[128];
    fake_put(&fake, "/file", "");
    snprintf(path, sizeof path, "%s/file/results", fake.root);
    CHECK_EQ(examine(&fake, path, 0, &chart), 1);
    check_verdict(&chart, "results", MACHINE_LACKS, "--out");
    snprintf(path, sizeof path, "%s/file", fake.root);
    CHECK_EQ(examine(&fake, path, 0, &chart), 1);
    snprintf(path, sizeof path, "%s/not/yet/there", fake.root);
    CHECK_EQ(examine(&fake, path, 0, &chart), 0);
    CHECK_EQ(examine(&fake, "not/yet/there", 0, &chart), 0);
    char long_path[5000];
    memset(long_path, 'a', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    CHECK_EQ(examine(&fake, long_path, 0, &chart), 1);
    fake_remove(&fake);
}

static void few_open_files(void)
{
    struct fake empty = fake_make();
    struct chart chart;
    struct rlimit before, few;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 256;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    CHECK_EQ(examine(&empty, empty.root, 0, &chart), 0);
    check_verdict(&chart, "open-files", MACHINE_WARN, "ulimit -n");
    few.rlim_cur = 32;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    CHECK_EQ(examine(&empty, empty.root, 0, &chart), 1);
    check_verdict(&chart, "open-files", MACHINE_LACKS, "ulimit -n");
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    fake_remove(&empty);
}

/* A script with a runtime's name stands for the runtime. */
static void tools_by_their_answer(void)
{
    static const char *const answers[][2] = {
        {"erl", "#!/bin/sh\necho 'emulator version 99' >&2\n"},
        {"go", "#!/bin/sh\necho broken; exit 1\n"},
        {"node", "#!/bin/sh\necho v18.1.0\n"},
        {"timeout", "#!/bin/sh\nshift; exec \"$@\"\n"},
    };
    struct fake fake = fake_make();
    struct chart chart;
    char path[128];
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        snprintf(path, sizeof path, "/bin/%s", answers[i][0]);
        fake_put(&fake, path, answers[i][1]);
        snprintf(path, sizeof path, "%s/bin/%s", fake.root, answers[i][0]);
        CHECK_EQ(chmod(path, 0755), 0);
    }
    char *before = strdup(getenv("PATH"));
    snprintf(path, sizeof path, "%s/bin", fake.root);
    CHECK_EQ(setenv("PATH", path, 1), 0);
    examine(&fake, fake.root, 0, &chart);
    CHECK_EQ(setenv("PATH", before, 1), 0);
    free(before);
    check_verdict(&chart, "erlang", MACHINE_OK, "");
    CHECK_STR(find(&chart, "erlang")->text, "emulator version 99");
    check_verdict(&chart, "go", MACHINE_WARN, "apt-get install golang-go");
    check_verdict(&chart, "node", MACHINE_WARN, "Node.js 20");
    check_verdict(&chart, "ruby", MACHINE_WARN, "apt-get install ruby");
    check_verdict(&chart, "gnuplot", MACHINE_WARN, "apt-get install gnuplot-nox");
    fake_remove(&fake);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_machine_that_shows_nothing),   CHECK_CASE(good_and_bad_settings),
        CHECK_CASE(fast_and_frugal_cores),          CHECK_CASE(more_workers_than_cpus),
        CHECK_CASE(results_that_cannot_be_written), CHECK_CASE(few_open_files),
        CHECK_CASE(tools_by_their_answer),
    };
    /* Starting seven real runtimes for each made-up machine would only take time. */
    CHECK_EQ(setenv("PATH", "/nowhere", 1), 0);
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
