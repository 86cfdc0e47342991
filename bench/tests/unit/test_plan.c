#include "plan.h"

#include "check.h"

#include <stdbool.h>

static const struct plan_options usual = {.knobs = {-1, -1, -1, -1, -1}, .seed = 7};

/* Makes a plan on this machine; returns the code and leaves the line in `trouble`. */
static enum exit_code make(struct plan *plan, const struct plan_options *options,
                           struct trouble *trouble)
{
    struct machine *machine;
    struct machine_error error;
    CHECK_EQ(machine_open(NULL, &machine, &error), 0);
    enum exit_code code = plan_make(plan, options, machine, NULL, trouble);
    machine_close(machine);
    return code;
}

static bool has(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->cell_count; i++)
        if (strcmp(plan->cells[i].name, name) == 0)
            return true;
    return false;
}

static void a_model_brings_its_variants(void)
{
    struct plan plan;
    struct trouble trouble;
    struct plan_options options = usual;
    options.models = "csp";
    options.workers = "1";
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK_EQ(plan.cell_count, 2);
    CHECK(has(&plan, "good/csp/workers:1") && has(&plan, "good/csp+odd/workers:1"));
    plan_close(&plan);
    options.models = "csp+odd";
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK_EQ(plan.cell_count, 1);
    plan_close(&plan);
}

static void one_thread_stays_one_thread(void)
{
    struct plan plan;
    struct trouble trouble;
    struct plan_options options = usual;
    options.workloads = "good";
    options.workers = "2,3";
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK(has(&plan, "good/eventloop/workers:1") &&
          !has(&plan, "good/eventloop/workers:2"));
    CHECK(has(&plan, "good/actors/workers:2") && has(&plan, "good/actors/workers:3"));
    CHECK_EQ(plan.cell_count, 8);
    plan_close(&plan);
}

/* Ops are a multiple of the size; a quick plan leaves the largest out. */
static void sizes_make_cells(void)
{
    struct plan plan;
    struct trouble trouble;
    struct plan_options options = usual;
    options.workloads = "sized";
    options.workers = "1";
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK_EQ(plan.cell_count, 2);
    CHECK_EQ(plan.cells[1].size, 10 * plan.cells[0].size);
    CHECK_EQ(plan.cells[1].quantum, plan.cells[1].size);
    plan_close(&plan);
    options.knobs.max_size = INT64_C(1) << 40;
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK_EQ(plan.cell_count, 3);
    plan_close(&plan);
    options.knobs.max_size = 1; /* the smallest is always there */
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK_EQ(plan.cell_count, 1);
    plan_close(&plan);
}

/* A size that only sets how something is may be 0, and leaves ops alone. */
static void sizes_may_leave_ops_alone(void)
{
    struct plan plan;
    struct trouble trouble;
    struct plan_options options = usual;
    options.workloads = "telling";
    options.workers = "1";
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    CHECK(has(&plan, "telling/actors/workers:1"));
    CHECK(has(&plan, "telling/actors/workers:1/size:3"));
    CHECK_EQ(plan.cell_count, 2);
    CHECK_EQ(plan.cells[1].quantum, plan.cells[1].entry->quantum);
    plan_close(&plan);
}

static void one_twin_a_model(void)
{
    struct plan plan;
    struct trouble trouble;
    struct plan_options options = usual;
    options.workloads = "good,better";
    options.workers = "1,2";
    options.twins = true;
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    size_t twins = 0;
    for (size_t i = 0; i < plan.cell_count; i++)
        twins += strcmp(plan.cells[i].build, CELL_TWIN) == 0;
    CHECK_EQ(twins, 3); /* actors, csp, eventloop; not sequential */
    plan_close(&plan);
}

static void expect_refusal(struct plan_options options, enum exit_code code,
                           const char *part)
{
    struct plan plan;
    struct trouble trouble;
    CHECK_EQ(make(&plan, &options, &trouble), code);
    CHECK(strstr(trouble.text, part) != NULL);
    CHECK(strchr(trouble.text, '\n') == NULL);
}

static void what_nobody_knows_is_refused(void)
{
    struct plan_options options = usual;
    options.models = "actors,beam";
    expect_refusal(options, EXIT_USAGE, "unknown model 'beam': one of sequential actors");
    options.models = "b*";
    expect_refusal(options, EXIT_NOTHING, "no model matches 'b*'");
    options = usual;
    options.workloads = "gut";
    expect_refusal(options, EXIT_USAGE, "unknown workload 'gut': one of good");
    options.workloads = "good,";
    expect_refusal(options, EXIT_USAGE, "not a comma list");
    options = usual;
    options.models = "eventloop";
    options.workloads = "better";
    expect_refusal(options, EXIT_NOTHING, "nothing matched");
}

static void worker_counts_are_sane(void)
{
    static const char *const bad[] = {"0", "-1", "two", "1,,2", "2000000", "1.5", " 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct plan_options options = usual;
        options.workers = bad[i];
        expect_refusal(options, EXIT_USAGE,
                       strcmp(bad[i], "1,,2") == 0 ? "comma list" : "--workers");
    }
}

static void rounds_are_seeded_permutations(void)
{
    struct plan plan = {.cell_count = 40, .seed = 11},
                other = {.cell_count = 40, .seed = 12};
    size_t first[40], again[40], second[40], different[40];
    bool seen[40] = {false};
    plan_order(&plan, 1, first);
    plan_order(&plan, 1, again);
    plan_order(&plan, 2, second);
    plan_order(&other, 1, different);
    CHECK(memcmp(first, again, sizeof first) == 0);
    CHECK(memcmp(first, second, sizeof first) != 0);
    CHECK(memcmp(first, different, sizeof first) != 0);
    for (size_t i = 0; i < 40; i++) {
        CHECK(first[i] < 40 && !seen[first[i]]);
        seen[first[i]] = true;
    }
}

static void knobs(void)
{
    struct plan_knobs set = {-1, -1, -1, -1, -1};
    struct trouble trouble;
    CHECK_EQ(plan_knob_set(&set, "target_ms=20", &trouble), EXIT_GOOD);
    CHECK_EQ(set.target_ms, 20);
    CHECK_EQ(set.timeout_s, -1);
    static const char *const bad[] = {"target_ms",    "target_ms=",  "target_ms=0",
                                      "target_ms=1x", "colour=blue", "=1",
                                      "timeout_s=-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_EQ(plan_knob_set(&set, bad[i], &trouble), EXIT_USAGE);
        CHECK(strstr(trouble.text, "--set") != NULL);
    }
}

static void keys_spell_names(void)
{
    struct plan plan;
    struct trouble trouble;
    struct plan_options options = usual;
    options.workers = "1,2";
    options.twins = true;
    CHECK_EQ(make(&plan, &options, &trouble), EXIT_GOOD);
    for (size_t i = 0; i < plan.cell_count; i++) {
        char name[CELL_NAME_SIZE];
        json_t *key = cell_key(&plan.cells[i], plan.placement, plan.knobs);
        CHECK(cell_name_of_json(name, key));
        CHECK_STR(name, plan.cells[i].name);
        json_object_del(key, "workers");
        CHECK(!cell_name_of_json(name, key));
        json_decref(key);
    }
    plan_close(&plan);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(a_model_brings_its_variants),
                                              CHECK_CASE(one_thread_stays_one_thread),
                                              CHECK_CASE(sizes_make_cells),
                                              CHECK_CASE(sizes_may_leave_ops_alone),
                                              CHECK_CASE(one_twin_a_model),
                                              CHECK_CASE(what_nobody_knows_is_refused),
                                              CHECK_CASE(worker_counts_are_sane),
                                              CHECK_CASE(rounds_are_seeded_permutations),
                                              CHECK_CASE(knobs),
                                              CHECK_CASE(keys_spell_names)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
