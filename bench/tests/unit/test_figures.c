#include "figures.h"

#include "check.h"

#include <math.h>

static const struct workload_figure declared[] = {
    {"share", "", "higher"}, {"setup_ns", "ns", "lower"}, {NULL, NULL, NULL}};
static const struct workload_entry telling = {.figures = declared,
                                              .histogram = "lateness"};
static const struct workload_entry figures_only = {.figures = declared};

static json_t *read(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    CHECK(value != NULL);
    return value;
}

/* What figures_take says of it; "" where it takes it. */
static void expect(const struct workload_entry *entry, const char *figures,
                   const char *histogram, const char *reason)
{
    json_t *told = read(figures), *buckets = read(histogram);
    char text[128] = "";
    CHECK_EQ(figures_take(entry, told, buckets, text, sizeof text), *reason == '\0');
    CHECK_STR(text, reason);
    json_decref(told);
    json_decref(buckets);
}

static void what_is_declared_may_be_told(void)
{
    expect(NULL, "{}", "[]", "");
    expect(&figures_only, "{}", "[]", "");
    expect(&figures_only, "{\"share\": 0.5, \"setup_ns\": 3}", "[]", "");
    expect(&telling, "{}", "[[0, 1]]", "");
}

static void the_rest_is_refused(void)
{
    expect(NULL, "{\"share\": 1}", "[]", "it tells a figure that nobody declared: share");
    expect(&figures_only, "{\"lateness_p50_ns\": 1}", "[]",
           "it tells a figure that nobody declared: lateness_p50_ns");
    expect(&figures_only, "{\"share\": \"1\"}", "[]", "the figure share is no number");
    expect(&figures_only, "{}", "[[0, 1]]", "it tells a histogram that nobody declared");
    expect(&telling, "{}", "[]", "its histogram is empty");
    expect(&telling, "{}", "[[56320, 1]]", "its histogram is garbage"); /* one too far */
    expect(&telling, "{}", "[[0, 0]]", "its histogram is garbage");
    expect(&telling, "{}", "[[0]]", "its histogram is garbage");
}

static void figures_of_a_run(void)
{
    struct workload_told told = {0};
    CHECK(figures_clear(&told));
    told.figures[1] = 12.5;
    json_t *figures = figures_told(&telling, &told);
    CHECK_EQ(json_object_size(figures), 1);
    CHECK(json_real_value(json_object_get(figures, "setup_ns")) == 12.5);
    json_decref(figures);
    core_histogram_record(told.histogram, 5);
    CHECK(figures_clear(&told)); /* for the next run */
    CHECK(isnan(told.figures[1]));
    CHECK_EQ(core_histogram_count(told.histogram), 0);
    core_histogram_free(told.histogram);
}

/* The table of bench/peers/README.md: what each language's program must compute. */
static void bucket_vectors(void)
{
    static const struct {
        uint64_t value_ns;
        json_int_t bucket;
    } vectors[] = {{0, 0},
                   {1, 1},
                   {2047, 2047},
                   {2048, 2048},
                   {2049, 2048},
                   {2050, 2049},
                   {4095, 3071},
                   {4096, 3072},
                   {1000000, 11169},
                   {10000000, 14532},
                   {123456789, 18267},
                   {40000000000, 26792}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct core_histogram *histogram = core_histogram_new();
        CHECK(histogram != NULL);
        core_histogram_record(histogram, vectors[i].value_ns);
        json_t *pairs = figures_buckets(histogram);
        const json_t *pair = json_array_get(pairs, 0);
        CHECK_EQ(json_integer_value(json_array_get(pair, 0)), vectors[i].bucket);
        CHECK_EQ(json_integer_value(json_array_get(pair, 1)), 1);
        json_decref(pairs);
        core_histogram_free(histogram);
    }
}

/* Two rounds of very unlike size: their counts add up, their percentiles do not. */
static void rounds_are_merged_by_counts(void)
{
    struct cell cell = {
        .like = &telling,
        .samples =
            read("[{\"status\": \"ok\", \"figures\": {}, \"histogram\": [[10, 9899]]},"
                 " {\"status\": \"failed\", \"figures\": {}, \"histogram\": [[99, 5]]},"
                 " {\"status\": \"ok\", \"figures\": {}, \"histogram\": [[20, 100], [30, "
                 "1]]}]")};
    json_t *merged = figures_merged(&cell);
    CHECK_EQ(json_integer_value(json_object_get(merged, "count")), 10000);
    CHECK_EQ(json_integer_value(json_object_get(merged, "p50_ns")), 10);
    CHECK_EQ(json_integer_value(json_object_get(merged, "p99_ns")), 20);
    CHECK_EQ(json_integer_value(json_object_get(merged, "p99_9_ns")), 20);
    CHECK_EQ(json_integer_value(json_object_get(merged, "max_ns")), 30);
    json_decref(merged);
    json_array_remove(cell.samples, 0);
    merged = figures_merged(&cell);
    CHECK_EQ(json_integer_value(json_object_get(merged, "count")), 101);
    CHECK(json_object_get(merged, "p99_9_ns") == NULL); /* too few values */
    json_decref(merged);
    json_decref(cell.samples);
}

static void medians_over_good_rounds(void)
{
    struct cell cell = {
        .like = &figures_only,
        .samples = read(
            "[{\"status\": \"ok\", \"figures\": {\"share\": 3}},"
            " {\"status\": \"crashed\", \"figures\": {\"share\": 90, \"setup_ns\": 4}},"
            " {\"status\": \"ok\", \"figures\": {\"share\": 1}},"
            " {\"status\": \"ok\", \"figures\": {}},"
            " {\"status\": \"ok\", \"figures\": {\"share\": 2}}]")};
    json_t *summary = figures_summary(&cell);
    const json_t *share = json_object_get(summary, "share");
    CHECK_EQ(json_object_size(summary), 1);
    CHECK(json_number_value(json_object_get(share, "median")) == 2);
    CHECK(json_number_value(json_object_get(share, "low")) == 1);
    CHECK(json_number_value(json_object_get(share, "high")) == 3);
    CHECK_EQ(json_integer_value(json_object_get(share, "n")), 3);
    CHECK_STR(json_string_value(json_object_get(share, "better")), "higher");
    json_decref(summary);
    json_decref(cell.samples);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(what_is_declared_may_be_told),
        CHECK_CASE(the_rest_is_refused),
        CHECK_CASE(figures_of_a_run),
        CHECK_CASE(bucket_vectors),
        CHECK_CASE(rounds_are_merged_by_counts),
        CHECK_CASE(medians_over_good_rounds),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
