/* Whole campaigns, from their folder to their files. */
#include "folder.h"
#include "report.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static const struct report_options svg = {.formats = REPORT_SVG,
                                          .data_root = SOURCE_ROOT};

static unsigned occurrences(const char *text, const char *what)
{
    unsigned count = 0;
    for (; (text = strstr(text, what)) != NULL; text++)
        count++;
    return count;
}

static void a_campaign_gets_all_its_files(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, TWO_CORES);
    CHECK_EQ(report_write(folder, NULL), 0);
    static const char *const charts[] = {
        "throughput-one-worker", "throughput-most-workers", "scaling-ping_pong",
        "scaling-fan_in",        "scaling-mandelbrot",      "heat-one-worker",
        "heat-most-workers"};
    static const char *const kinds[] = {"dat", "svg", "pdf", "png"};
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 4; j++) {
            char name[128];
            snprintf(name, sizeof name, "plots/%s.%s", charts[i], kinds[j]);
            CHECK(folder_has(folder, name));
        }
    CHECK_EQ(folder_count(folder, "plots", "."), 7 * 4 + 2); /* with . and .. */
    CHECK(folder_says(folder, "summary.md", "| actors | 10.3 M |"));
    CHECK(folder_says(folder, "summary.md", "checksum 41998 instead of 42000"));
    CHECK_EQ(folder_count(folder, ".", "draft"), 0);
    folder_drop(folder);
}

static void the_page_needs_nothing_else(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, TWO_CORES);
    CHECK_EQ(report_write(folder, &svg), 0);
    char *page = folder_text(folder, "report.html");
    CHECK_EQ(occurrences(page, "<svg"), 7);
    CHECK_EQ(occurrences(page, "<script") + occurrences(page, "<link"), 0);
    CHECK_EQ(occurrences(page, " src=") + occurrences(page, "@import"), 0);
    CHECK_EQ(occurrences(page, "{{"), 0);
    CHECK(strstr(page, folder) == NULL); /* no path of this machine */
    CHECK(strstr(page, "./quartet run --quick --workers 1,2 --peers --seed 7") != NULL);
    static const char *const parts[] = {
        "id=\"findings\"", "id=\"case-fan_in\"", "id=\"method\"",  "id=\"trust\"",
        "id=\"unfair\"",   "id=\"redo\"",        "id=\"machine\"", "cpu.model",
        "build.compiler",  "Noise floor (A/A)"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        CHECK_EQ(occurrences(page, parts[i]), 1);
    free(page);
    folder_drop(folder);
}

/* Ids are what one picture's parts refer to; two pictures in a page must not share them.
 */
static void pictures_do_not_share_ids(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, TWO_CORES);
    CHECK_EQ(report_write(folder, &svg), 0);
    char *page = folder_text(folder, "report.html");
    for (unsigned chart = 0; chart < 7; chart++) {
        char id[64];
        snprintf(id, sizeof id, "id=\"c%u-gnuplot_canvas\"", chart);
        CHECK_EQ(occurrences(page, id), 1);
    }
    CHECK_EQ(occurrences(page, "'#gpPt"), 0);
    free(page);
    folder_drop(folder);
}

static void the_same_campaign_gives_the_same_files(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, TWO_CORES);
    static const char *const names[] = {"report.html", "summary.md", "summary.csv",
                                        "plots/scaling-fan_in.dat"};
    char *first[4];
    CHECK_EQ(report_write(folder, &svg), 0);
    for (size_t i = 0; i < 4; i++)
        first[i] = folder_text(folder, names[i]);
    CHECK_EQ(report_write(folder, &svg), 0);
    for (size_t i = 0; i < 4; i++) {
        char *again = folder_text(folder, names[i]);
        CHECK_STR(again, first[i]);
        free(again);
        free(first[i]);
    }
    folder_drop(folder);
}

static void every_kind_of_campaign_is_reported(void)
{
    static const struct {
        const char *fixture;
        unsigned charts;
    } kinds[] = {
        {"results/intel-xeon-platinum-8488c-16c-32t-64g/20261120T081500Z-0a1b2c3-dirty",
         7},
        {SINGLE, 1},
        {ALL_FAILED, 0},
        {INTERRUPTED, 2},
        {"results/extremes-64c-64t-256g/20261113T080000Z-8888888", 12},
        {"results/few-rounds-2c-2t-8g/20261117T080000Z-3333333", 2},
        {"results/many-workloads-8c-8t-32g/20261116T080000Z-4444444", 20}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char folder[FOLDER_SIZE];
        folder_copy(folder, kinds[i].fixture);
        CHECK_EQ(report_write(folder, &svg), 0);
        char *page = folder_text(folder, "report.html");
        CHECK_EQ(occurrences(page, "<svg"), kinds[i].charts);
        CHECK_EQ(folder_count(folder, "plots", ".svg"), kinds[i].charts);
        free(page);
        folder_drop(folder);
    }
}

/* A row says its workers; a figure that has others says its own. */
static void a_figure_with_other_workers_says_so(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, "results/extremes-64c-64t-256g/20261113T080000Z-8888888");
    CHECK_EQ(report_plot(folder, &svg), 0);
    CHECK(folder_says(folder, "plots/throughput-most-workers.dat", "\"actors (1024)\""));
    CHECK(folder_says(folder, "plots/throughput-most-workers.dat", " M (2)\""));
    CHECK(!folder_says(folder, "plots/throughput-one-worker.dat", "(1)"));
    folder_drop(folder);
}

static void figures_beside_time_are_shown(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    CHECK_EQ(report_write(folder, &svg), 0);
    CHECK(folder_says(folder, "summary.md", "| actors | lateness_p99_ns | 2.00 ms | "));
    CHECK(folder_says(folder, "summary.md", "| 1.50 ms … 2.50 ms | lower |"));
    CHECK(folder_says(folder, "summary.md",
                      "| actors | share | 0.25 | -0.5 … 0.75 | higher |"));
    CHECK(folder_says(folder, "report.html", "<td>share</td><td>0.25</td>"));
    CHECK(folder_says(folder, "summary.csv",
                      ",lateness_p99_ns_median,lateness_p99_ns_low,lateness_p99_ns_high,"
                      "share_median,share_low,share_high\n"));
    CHECK(
        folder_says(folder, "summary.csv", ",2000000,1500000,2500000,0.25,-0.5,0.75\n"));
    folder_drop(folder);
    folder_copy(folder, TWO_CORES); /* which measured nothing beside time */
    CHECK_EQ(report_write(folder, &svg), 0);
    CHECK(!folder_says(folder, "summary.md", "| figure |"));
    CHECK(folder_says(folder, "summary.csv", ",stop_ns_high\n"));
    folder_drop(folder);
}

static void nothing_measured_is_said(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, ALL_FAILED);
    CHECK_EQ(report_write(folder, &svg), 0);
    CHECK(folder_says(folder, "summary.md", "- fan_in: no figure"));
    CHECK(folder_says(folder, "report.html", "<b>crashed</b> killed by signal 11"));
    folder_drop(folder);
}

static void an_interrupted_campaign_says_so(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, INTERRUPTED);
    CHECK_EQ(report_write(folder, &svg), 0);
    CHECK(folder_says(folder, "report.html", "The last line was cut off"));
    CHECK(folder_says(folder, "report.html", "./quartet run --quick --workers 1,2"));
    folder_drop(folder);
}

static void foreign_text_stays_text(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, HOSTILE);
    CHECK_EQ(report_write(folder, &svg), 0);
    static const char *const names[] = {"report.html", "summary.md",
                                        "plots/throughput-one-worker.svg"};
    for (size_t i = 0; i < 3; i++) {
        CHECK(!folder_says(folder, names[i], "<script"));
        CHECK(folder_says(folder, names[i], "&lt;script"));
    }
    CHECK(!folder_says(folder, "summary.csv", "\n=ping"));
    folder_drop(folder);
}

static void without_gnuplot_the_rest_is_written(void)
{
    char folder[FOLDER_SIZE];
    struct report_options none = {.gnuplot = "/nowhere/gnuplot",
                                  .data_root = SOURCE_ROOT};
    folder_copy(folder, TWO_CORES);
    CHECK_EQ(report_write(folder, &none), -ENOPKG);
    CHECK_EQ(report_exit_status(-ENOPKG), 6);
    CHECK(folder_has(folder, "summary.csv") && folder_has(folder, "summary.md"));
    CHECK(folder_has(folder, "plots/heat-one-worker.dat"));
    CHECK(folder_says(folder, "report.html", "apt-get install gnuplot-nox"));
    CHECK(!folder_says(folder, "report.html", "<svg"));
    CHECK(!folder_says(folder, "summary.md",
                       "]("
                       "plots/"));
    folder_drop(folder);
}

static void a_failing_gnuplot_is_an_error(void)
{
    char folder[FOLDER_SIZE];
    static const char *const programs[] = {"/bin/false",
                                           "/bin/true"}; /* true draws nothing */
    folder_copy(folder, SINGLE);
    for (size_t i = 0; i < 2; i++) {
        struct report_options bad = {.gnuplot = programs[i], .data_root = SOURCE_ROOT};
        CHECK_EQ(report_write(folder, &bad), -EIO);
        CHECK(folder_has(folder, "report.html"));
        CHECK_EQ(report_plot(folder, &bad), -EIO);
    }
    CHECK_EQ(report_exit_status(-EIO), 7);
    folder_drop(folder);
}

static void a_damaged_campaign_is_refused(void)
{
    static const char *const bad[] = {
        "empty_summary", "half_summary",       "array",
        "other_schema",  "no_cells",           "cell_is_text",
        "no_model",      "no_metrics",         "workers_text",
        "workers_zero",  "upside_down",        "zero_rate",
        "twice",         "bad_sample",         "bad_manifest",
        "figures_text",  "figure_without_unit"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char folder[FOLDER_SIZE], fixture[64];
        snprintf(fixture, sizeof fixture, "bad/%s", bad[i]);
        folder_copy(folder, fixture);
        fprintf(stderr, "%s: ", bad[i]);
        CHECK_EQ(report_write(folder, &svg), -EINVAL);
        CHECK(!folder_has(folder, "report.html"));
        folder_drop(folder);
    }
}

static void a_missing_folder_or_file_is_an_error(void)
{
    char folder[FOLDER_SIZE], path[2 * FOLDER_SIZE];
    CHECK_EQ(report_write("/nowhere", &svg), -ENOENT);
    folder_copy(folder, "bad/no_summary");
    CHECK_EQ(report_write(folder, &svg), -ENOENT);
    folder_drop(folder);
    folder_copy(folder, SINGLE); /* manifest and samples may be missing, and it is said */
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    CHECK_EQ(unlink(path), 0);
    snprintf(path, sizeof path, "%s/samples.jsonl", folder);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(report_write(folder, &svg), 0);
    CHECK(folder_says(folder, "report.html", "manifest.json is missing"));
    CHECK(folder_says(folder, "summary.md", "are not in this folder"));
    folder_drop(folder);
}

static void missing_scripts_are_an_error(void)
{
    char folder[FOLDER_SIZE];
    struct report_options lost = {.data_root = "/nowhere"};
    folder_copy(folder, SINGLE);
    CHECK_EQ(report_write(folder, &lost), -ENOENT);
    folder_drop(folder);
}

static void what_cannot_be_written_is_an_error(void)
{
    char folder[FOLDER_SIZE], command[2 * FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    snprintf(command, sizeof command, "mkdir -p '%s/report.html/x'", folder);
    folder_shell(command);
    CHECK(report_write(folder, &svg) < 0);
    CHECK_EQ(folder_count(folder, ".", "draft"), 0);
    folder_drop(folder);
    folder_copy(folder, SINGLE);
    snprintf(command, sizeof command, "touch '%s/plots'", folder);
    folder_shell(command);
    CHECK_EQ(report_write(folder, &svg), -ENOTDIR);
    folder_drop(folder);
}

/* A limit on the size of files stands for a full disk: the write fails, the old file
 * stays. */
static void a_full_disk_leaves_the_old_file(void)
{
    char folder[FOLDER_SIZE];
    struct rlimit before, small;
    folder_copy(folder, TWO_CORES);
    CHECK_EQ(report_write(folder, &svg), 0);
    char *old = folder_text(folder, "summary.csv");
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 5000; /* data files fit, summary.csv does not */
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    int error = report_write(folder, &svg);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    CHECK_EQ(error, -EFBIG);
    char *now = folder_text(folder, "summary.csv");
    CHECK_STR(now, old);
    CHECK_EQ(folder_count(folder, ".", "draft"), 0);
    free(old);
    free(now);
    folder_drop(folder);
}

static void dark_charts_have_names_of_their_own(void)
{
    char folder[FOLDER_SIZE];
    struct report_options dark = {
        .formats = REPORT_SVG, .dark = true, .data_root = SOURCE_ROOT};
    folder_copy(folder, SINGLE);
    CHECK_EQ(report_plot(folder, &dark), 0);
    CHECK(folder_says(folder, "plots/throughput-one-worker-dark.svg", "#0d1117"));
    CHECK(!folder_has(folder, "plots/throughput-one-worker.svg"));
    CHECK(!folder_has(folder, "report.html"));
    folder_drop(folder);
}

static void the_newest_campaign_is_found(void)
{
    char path[FOLDER_SIZE], tiny[8];
    CHECK_EQ(report_newest(FIXTURES "/results", path, sizeof path), 0);
    CHECK_STR(path, FIXTURES "/" TWO_CORES);
    CHECK_EQ(report_newest(FIXTURES "/results", tiny, sizeof tiny), -ENOENT);
    CHECK_EQ(report_newest(FIXTURES "/bad/array", path, sizeof path), -ENOENT);
    CHECK_EQ(report_newest("/nowhere", path, sizeof path), -ENOENT);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_campaign_gets_all_its_files),
        CHECK_CASE(the_page_needs_nothing_else),
        CHECK_CASE(pictures_do_not_share_ids),
        CHECK_CASE(the_same_campaign_gives_the_same_files),
        CHECK_CASE(every_kind_of_campaign_is_reported),
        CHECK_CASE(a_figure_with_other_workers_says_so),
        CHECK_CASE(figures_beside_time_are_shown),
        CHECK_CASE(nothing_measured_is_said),
        CHECK_CASE(an_interrupted_campaign_says_so),
        CHECK_CASE(foreign_text_stays_text),
        CHECK_CASE(without_gnuplot_the_rest_is_written),
        CHECK_CASE(a_failing_gnuplot_is_an_error),
        CHECK_CASE(a_damaged_campaign_is_refused),
        CHECK_CASE(a_missing_folder_or_file_is_an_error),
        CHECK_CASE(missing_scripts_are_an_error),
        CHECK_CASE(what_cannot_be_written_is_an_error),
        CHECK_CASE(a_full_disk_leaves_the_old_file),
        CHECK_CASE(dark_charts_have_names_of_their_own),
        CHECK_CASE(the_newest_campaign_is_found)};
    if (system("gnuplot --version >/dev/null 2>&1") != 0) {
        printf("skipped: gnuplot is not installed\n");
        return CHECK_SKIP;
    }
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
