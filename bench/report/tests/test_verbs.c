/* `report` and `plot` as they are called: exit status, stdout, one line on stderr. */
#include "folder.h"

#include <sys/wait.h>

struct outcome {
    int status;
    unsigned error_lines;
    char said[4096];
};

/* Runs the program in `folder` with `environment` (assignments or "") before it. */
static struct outcome run(const char *folder, const char *environment,
                          const char *arguments)
{
    struct outcome outcome = {0};
    char command[4 * FOLDER_SIZE];
    int length =
        snprintf(command, sizeof command, "cd '%s' && %s '%s' %s 2>&1 >stdout.txt",
                 folder, environment, PROGRAM, arguments);
    CHECK(length < (int)sizeof command);
    FILE *from = popen(command, "r");
    CHECK(from != NULL);
    size_t got = fread(outcome.said, 1, sizeof outcome.said - 1, from);
    outcome.said[got] = '\0';
    for (size_t i = 0; i < got; i++)
        outcome.error_lines += outcome.said[i] == '\n';
    int status = pclose(from);
    CHECK(WIFEXITED(status));
    outcome.status = WEXITSTATUS(status);
    return outcome;
}

static void check_refused(const char *folder, const char *arguments, int status)
{
    struct outcome outcome = run(folder, "", arguments);
    fprintf(stderr, "%s: %s", arguments, outcome.said);
    CHECK_EQ(outcome.status, status);
    CHECK(outcome.error_lines >= 1 && outcome.error_lines <= 2); /* argp adds a hint */
}

static void report_prints_the_path_of_its_page(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    struct outcome outcome = run(folder, "", "report .");
    CHECK_EQ(outcome.status, 0);
    CHECK_EQ(outcome.error_lines, 0);
    CHECK(folder_says(folder, "stdout.txt", "./report.html\n"));
    CHECK(folder_has(folder, "report.html"));
    folder_drop(folder);
}

static void the_newest_campaign_is_the_default(void)
{
    char folder[FOLDER_SIZE], command[2 * FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    check_refused(folder, "report", 7); /* no results here */
    snprintf(command, sizeof command,
             "cd '%s' && mkdir -p results/m && cp -r '%s/%s' results/m", folder, FIXTURES,
             SINGLE);
    folder_shell(command);
    CHECK_EQ(run(folder, "", "plot --format svg").status, 0);
    CHECK(
        folder_says(folder, "stdout.txt", "results/m/20261119T080000Z-1111111/plots\n"));
    folder_drop(folder);
}

static void plot_draws_only_what_is_asked_for(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    CHECK_EQ(run(folder, "", "plot --format=png,svg --theme dark .///").status, 0);
    CHECK_EQ(folder_count(folder, "plots", "-dark.png"), 1);
    CHECK_EQ(folder_count(folder, "plots", "-dark.svg"), 1);
    CHECK_EQ(folder_count(folder, "plots", ".pdf"), 0);
    folder_drop(folder);
}

static void bad_usage_is_2(void)
{
    static const char *const wrong[] = {"plot --format gif .",
                                        "plot --format svg, .",
                                        "plot --format '' .",
                                        "plot --theme pink .",
                                        "report --unknown .",
                                        "report . .",
                                        "plot . .",
                                        "plot --format"};
    char folder[FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_refused(folder, wrong[i], 2);
    folder_drop(folder);
}

static void bad_input_is_7_and_one_line(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, "bad/half_summary");
    static const char *const verbs[] = {"report", "plot"};
    static const char *const dirs[] = {".", "/nowhere", "''", "summary.json"};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 4; j++) {
            char arguments[64];
            snprintf(arguments, sizeof arguments, "%s %s", verbs[i], dirs[j]);
            struct outcome outcome = run(folder, "", arguments);
            CHECK_EQ(outcome.status, 7);
            CHECK_EQ(outcome.error_lines, 1);
        }
    folder_drop(folder);
}

static void a_missing_gnuplot_is_6_and_names_the_package(void)
{
    char folder[FOLDER_SIZE];
    folder_copy(folder, SINGLE);
    struct outcome outcome = run(folder, "PATH=/nowhere", "report .");
    CHECK_EQ(outcome.status, 6);
    CHECK_EQ(outcome.error_lines, 1);
    CHECK(strstr(outcome.said, "sudo apt-get install gnuplot-nox") != NULL);
    CHECK(folder_has(folder, "report.html"));
    CHECK_EQ(run(folder, "PATH=/nowhere", "plot .").status, 6);
    folder_drop(folder);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(report_prints_the_path_of_its_page),
        CHECK_CASE(the_newest_campaign_is_the_default),
        CHECK_CASE(plot_draws_only_what_is_asked_for),
        CHECK_CASE(bad_usage_is_2),
        CHECK_CASE(bad_input_is_7_and_one_line),
        CHECK_CASE(a_missing_gnuplot_is_6_and_names_the_package)};
    if (system("gnuplot --version >/dev/null 2>&1") != 0) {
        printf("skipped: gnuplot is not installed\n");
        return CHECK_SKIP;
    }
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
