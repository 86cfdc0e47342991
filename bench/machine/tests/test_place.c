/* Placement on made-up topologies, and the text of a placement. */
#include "fake.h"

#define TWO_PACKAGES "pack:2 [numa] l3:2 core:4 pu:2"

static struct machine_placement assign(const struct machine *machine, const char *text,
                                       unsigned workers)
{
    struct machine_place place;
    struct machine_placement placement;
    struct machine_error error;
    CHECK_EQ(machine_place_parse(text, &place, &error), 0);
    CHECK_EQ(machine_assign(machine, &place, workers, &placement, &error), 0);
    CHECK_EQ(placement.workers, workers);
    return placement;
}

static void check_seats(const struct machine_placement *placement, const int *wanted)
{
    for (unsigned i = 0; i < placement->workers; i++) {
        CHECK_EQ(placement->seats[i], wanted[i]);
        CHECK_EQ(placement->cpus[i], placement->bound ? wanted[i] : -1);
    }
}

static void policies_on_two_packages(void)
{
    static const struct {
        const char *text;
        int seats[8];
    } rows[] = {
        {"compact", {0, 1, 2, 3, 4, 5, 6, 7}},
        {"one-per-core", {0, 2, 4, 6, 8, 10, 12, 14}},
        {"scatter", {0, 4, 8, 12, 16, 20, 24, 28}},
        {"explicit:31,0-3,9,8,7", {31, 0, 1, 2, 3, 9, 8, 7}},
        {"none", {-1, -1, -1, -1, -1, -1, -1, -1}},
    };
    struct machine *machine = fake_open(NULL, TWO_PACKAGES);
    CHECK_EQ(machine_cores(machine), 16);
    CHECK_EQ(machine_pus(machine), 32);
    CHECK_STR(machine_allowed(machine), "0-31");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct machine_placement placement = assign(machine, rows[i].text, 8);
        check_seats(&placement, rows[i].seats);
        CHECK(!placement.oversubscribed);
    }
    machine_close(machine);
}

static void a_synthetic_topology_binds_nothing(void)
{
    struct machine *machine = fake_open(NULL, TWO_PACKAGES);
    struct machine_placement placement = assign(machine, "one-per-core", 2);
    CHECK(!machine_can_bind(machine));
    CHECK(!placement.bound);
    CHECK_EQ(placement.seats[1], 2);
    CHECK_EQ(placement.cpus[1], -1);
    CHECK(strstr(placement.warning, "cannot be bound") != NULL);
    machine_close(machine);
}

static void without_cores_threads_count(void)
{
    struct machine *machine = fake_open(NULL, "pu:4");
    struct machine_placement placement = assign(machine, "one-per-core", 4);
    CHECK_EQ(machine_cores(machine), 4);
    check_seats(&placement, (const int[]){0, 1, 2, 3});
    CHECK(!placement.oversubscribed);
    machine_close(machine);
}

static void past_the_set_it_wraps(void)
{
    static const struct {
        const char *text;
        int seats[5];
    } rows[] = {
        {"one-per-core", {0, 2, 0, 2, 0}}, {"compact", {0, 1, 2, 3, 0}},
        {"scatter", {0, 1, 2, 3, 0}},      {"explicit:3", {3, 3, 3, 3, 3}},
        {"none", {-1, -1, -1, -1, -1}},
    };
    struct machine *machine = fake_open(NULL, "pack:1 core:2 pu:2");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct machine_placement placement = assign(machine, rows[i].text, 5);
        check_seats(&placement, rows[i].seats);
        CHECK(placement.oversubscribed);
        CHECK(strstr(placement.warning, "oversubscribed") != NULL);
    }
    machine_close(machine);
}

/* Whatever the shape and the number, no CPU is used twice before all were used once. */
static void no_seat_is_shared_early(void)
{
    static const char *const shapes[] = {TWO_PACKAGES, "pack:3 core:5 pu:1", "pu:7",
                                         "numa:2 pack:1 core:3 pu:4"};
    static const char *const policies[] = {"one-per-core", "compact", "scatter"};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct machine *machine = fake_open(NULL, shapes[s]);
        for (size_t p = 0; p < sizeof policies / sizeof *policies; p++) {
            unsigned most = p == 0 ? machine_cores(machine) : machine_pus(machine);
            for (unsigned workers = 1; workers <= most; workers++) {
                struct machine_placement placement =
                    assign(machine, policies[p], workers);
                CHECK(!placement.oversubscribed);
                for (unsigned i = 0; i < workers; i++)
                    for (unsigned j = 0; j < i; j++)
                        CHECK(placement.seats[i] != placement.seats[j]);
            }
        }
        machine_close(machine);
    }
}

static void check_refused(const char *text, const char *reason)
{
    struct machine_place place;
    struct machine_error error;
    if (machine_place_parse(text, &place, &error) == 0) {
        fprintf(stderr, "accepted: %s\n", text);
        abort();
    }
    if (!strstr(error.text, reason))
        CHECK_STR(error.text, reason);
}

static void bad_text_is_refused(void)
{
    check_refused("", "no placement is called");
    check_refused("Compact", "no placement is called \"Compact\"");
    check_refused("explicit", "no placement is called");
    check_refused("explicit:", "needs a list");
    check_refused("explicit:x", "a CPU number was expected at \"x\"");
    check_refused("explicit:-1", "a CPU number was expected at \"-1\"");
    check_refused("explicit: 1", "a CPU number was expected");
    check_refused("explicit:1,", "a CPU number was expected at \"\"");
    check_refused("explicit:1,,2", "a CPU number was expected at \",2\"");
    check_refused("explicit:1;2", "a comma was expected at \";2\"");
    check_refused("explicit:3-1", "the range 3-1 runs backwards");
    check_refused("explicit:0,1,0", "CPU 0 stands twice");
    check_refused("explicit:0-3,2", "CPU 2 stands twice");
    check_refused("explicit:1024", "CPU 1024 is beyond");
    check_refused("explicit:99999999999999999999999", "beyond the highest possible");
}

static void check_workers_refused(const char *text)
{
    struct machine_error error;
    unsigned workers = 7;
    CHECK(machine_workers_parse(text, &workers, &error) < 0);
    CHECK_EQ(workers, 7);
    CHECK(strstr(error.text, "from 1 to 1024") != NULL);
}

static void numbers_of_workers(void)
{
    static const char *const bad[] = {"",   "0",    "-1",  "+1",  " 1",
                                      "1x", "1025", "two", "1.5", "99999999999999999999"};
    unsigned workers;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_workers_refused(bad[i]);
    CHECK_EQ(machine_workers_parse("1", &workers, NULL), 0);
    CHECK_EQ(workers, 1);
    CHECK_EQ(machine_workers_parse("1024", &workers, NULL), 0);
    CHECK_EQ(workers, 1024);
}

static void text_goes_there_and_back(void)
{
    static const char *const texts[][2] = {
        {"one-per-core", "one-per-core"}, {"compact", "compact"},
        {"scatter", "scatter"},           {"none", "none"},
        {"explicit:5", "explicit:5"},     {"explicit:4-6,0", "explicit:4,5,6,0"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct machine_place place, again;
        char text[64];
        CHECK_EQ(machine_place_parse(texts[i][0], &place, NULL), 0);
        CHECK_EQ(machine_place_format(&place, text, sizeof text),
                 (int)strlen(texts[i][1]));
        CHECK_STR(text, texts[i][1]);
        CHECK_EQ(machine_place_parse(text, &again, NULL), 0);
        CHECK_EQ(memcmp(&place, &again, sizeof place), 0);
    }
}

static void format_cuts_like_snprintf(void)
{
    struct machine_place place;
    char text[12];
    CHECK_EQ(machine_place_parse("explicit:10,11,12", &place, NULL), 0);
    CHECK_EQ(machine_place_format(&place, text, sizeof text), 17);
    CHECK_STR(text, "explicit:10");
}

static void cpus_that_are_not_there(void)
{
    struct machine *machine = fake_open(NULL, "pu:4");
    struct machine_place place;
    struct machine_placement placement;
    struct machine_error error;
    CHECK_EQ(machine_place_parse("explicit:1,4", &place, NULL), 0);
    CHECK(machine_assign(machine, &place, 1, &placement, &error) < 0);
    CHECK_STR(error.text, "this machine has no CPU 4");
    CHECK_EQ(machine_place_parse("compact", &place, NULL), 0);
    CHECK(machine_assign(machine, &place, 0, &placement, &error) < 0);
    CHECK(machine_assign(machine, &place, MACHINE_WORKERS_MAX + 1, &placement, &error) <
          0);
    CHECK_STR(error.text, "1025 workers: from 1 to 1024 are possible");
    CHECK_EQ(machine_assign(machine, &place, MACHINE_WORKERS_MAX, &placement, &error), 0);
    CHECK_EQ(placement.seats[MACHINE_WORKERS_MAX - 1], 3);
    machine_close(machine);
}

static void a_small_quota_warns(void)
{
    struct fake fake = fake_make();
    fake_put(&fake, "/proc/self/cgroup", "0::/\n");
    fake_put(&fake, "/sys/fs/cgroup/cgroup.controllers", "cpu\n");
    fake_put(&fake, "/sys/fs/cgroup/cpu.max", "150000 100000\n");
    struct machine *machine = fake_open(&fake, "pu:4");
    CHECK_STR(assign(machine, "compact", 1).warning,
              "workers cannot be bound: this is not the topology of this machine");
    CHECK(
        strstr(assign(machine, "compact", 2).warning, "quota is 1.5 CPUs for 2 workers"));
    machine_close(machine);
    fake_remove(&fake);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(policies_on_two_packages),
        CHECK_CASE(a_synthetic_topology_binds_nothing),
        CHECK_CASE(without_cores_threads_count),
        CHECK_CASE(past_the_set_it_wraps),
        CHECK_CASE(no_seat_is_shared_early),
        CHECK_CASE(bad_text_is_refused),
        CHECK_CASE(numbers_of_workers),
        CHECK_CASE(text_goes_there_and_back),
        CHECK_CASE(format_cuts_like_snprintf),
        CHECK_CASE(cpus_that_are_not_there),
        CHECK_CASE(a_small_quota_warns),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
