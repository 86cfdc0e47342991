/* Who is best, who is level, and what a title may claim. */
#include "board.h"
#include "check.h"
#include "finding.h"

#include <math.h>

/* One cell with a rate and its interval; the time per op follows from it. */
static struct cell cell(const char *workload, const char *model, unsigned workers,
                        double low, double median, double high)
{
    struct metric rate = {true, median, low, high};
    struct metric time = {true, 1e9 / median, 1e9 / high, 1e9 / low};
    return (struct cell){.workload = workload,
                         .model = model,
                         .variant = "",
                         .build = "release",
                         .placement = "one-per-core",
                         .status = "ok",
                         .reason = "",
                         .ok = true,
                         .workers = workers,
                         .n = 6,
                         .ops_per_s = rate,
                         .ns_per_op = time};
}

static struct cell none(const char *workload, const char *model, unsigned workers,
                        const char *status)
{
    struct cell empty = cell(workload, model, workers, 1, 1, 1);
    empty.ok = false;
    empty.n = 0;
    empty.status = status;
    return empty;
}

static struct campaign campaign_of(struct cell *cells, size_t count)
{
    return (struct campaign){.dir = "test", .cells = cells, .count = count};
}

#define BOARD(board, cells)                                                         \
    struct campaign campaign = campaign_of(cells, sizeof(cells) / sizeof *(cells)); \
    struct board board;                                                             \
    CHECK_EQ(report_board(&campaign, &(board)), 0)

static void a_clear_lead_is_named(void)
{
    struct cell cells[] = {cell("w", "csp", 1, 90, 100, 110),
                           cell("w", "actors", 1, 190, 200, 210)};
    BOARD(board, cells);
    struct verdict verdict = report_verdict(&board, 0, 1);
    CHECK_STR(board.rows[verdict.best].label, "actors");
    CHECK_STR(board.rows[verdict.next].label, "csp");
    CHECK_EQ(verdict.level, 0);
    CHECK(fabs(verdict.lead - 2) < 1e-9);
    char text[200];
    finding_of_column(&board, 0, 1, text, sizeof text);
    CHECK_STR(text, "w: actors leads csp by 2.00×");
    report_board_clear(&board);
}

static void no_winner_when_intervals_touch(void)
{
    struct cell cells[] = {cell("w", "csp", 1, 90, 100, 110),
                           cell("w", "actors", 1, 110, 120, 130)};
    BOARD(board, cells);
    CHECK_EQ(report_verdict(&board, 0, 1).level, 1);
    char text[200];
    finding_of_column(&board, 0, 1, text, sizeof text);
    CHECK_STR(text, "w: actors and csp level");
    report_board_clear(&board);
}

static void no_winner_within_what_twins_differ(void)
{
    struct cell cells[] = {cell("w", "csp", 1, 99, 100, 101),
                           cell("w", "actors", 1, 103, 104, 105),
                           cell("w", "csp", 1, 94, 95, 96)};
    cells[2].build = "release-again"; /* 5.3 % off its twin, so 4 % is no lead */
    BOARD(board, cells);
    CHECK_EQ(board.row_count, 2);
    struct twins twins = report_twins(&board);
    CHECK_EQ(twins.pairs, 1);
    CHECK_EQ(twins.overlapping, 0);
    CHECK(fabs(twins.floor - 100.0 / 95) < 1e-9);
    CHECK_EQ(report_verdict(&board, 0, 1).level, 1);
    report_board_clear(&board);
}

static void too_few_repetitions_name_nobody(void)
{
    struct cell cells[] = {cell("w", "csp", 1, 1, 1, 1),
                           cell("w", "actors", 1, 100, 100, 100)};
    cells[0].n = 5;
    BOARD(board, cells);
    CHECK(report_verdict(&board, 0, 1).few);
    char text[200];
    finding_of_column(&board, 0, 1, text, sizeof text);
    CHECK_STR(text, "w: too few repetitions to name a winner");
    report_interval_name(&board, text, sizeof text);
    CHECK_STR(text, "range of n = 5 to 6");
    report_board_clear(&board);
}

static void peers_and_the_plain_loop_do_not_compete(void)
{
    struct cell cells[] = {cell("w", "go", 1, 900, 900, 900),
                           cell("w", "actors", 1, 10, 10, 10),
                           cell("w", "sequential", 1, 800, 800, 800)};
    cells[0].peer = true;
    BOARD(board, cells);
    struct verdict verdict = report_verdict(&board, 0, 1);
    CHECK_EQ(verdict.measured, 1);
    CHECK_STR(board.rows[verdict.best].label, "actors");
    CHECK_STR(board.rows[0].label, "sequential"); /* the order of presentation */
    CHECK_STR(board.rows[2].label, "go");
    CHECK_EQ(board.rows[2].family, FAMILY_CSP);
    report_board_clear(&board);
}

static void most_workers_is_what_was_tried(void)
{
    struct cell cells[] = {cell("w", "eventloop", 1, 1, 1, 1),
                           none("w", "eventloop", 2, "n/a"), cell("w", "gil", 1, 2, 2, 2),
                           none("w", "gil", 2, "failed"), none("w", "actors", 2, "n/a")};
    BOARD(board, cells);
    const struct cell *actors = report_cell(&board, 0, 0, BOARD_MOST);
    const struct cell *eventloop = report_cell(&board, 0, 1, BOARD_MOST);
    const struct cell *gil = report_cell(&board, 0, 2, BOARD_MOST);
    CHECK_STR(actors->status, "n/a");
    CHECK_EQ(eventloop->workers, 1);
    CHECK_STR(gil->status, "failed");
    CHECK(report_cell(&board, 0, 0, 1) == NULL);
    CHECK(report_cell(&board, 0, 0, 64) == NULL);
    report_board_clear(&board);
}

static void variants_sizes_and_placements_are_apart(void)
{
    struct cell cells[] = {cell("w", "csp", 1, 1, 1, 1), cell("w", "csp", 1, 2, 2, 2),
                           cell("w", "csp", 1, 3, 3, 3), cell("w", "csp", 1, 4, 4, 4)};
    cells[1].variant = "unbuffered";
    cells[2].size = 64;
    cells[3].placement = "none";
    BOARD(board, cells);
    CHECK_EQ(board.row_count, 2);
    CHECK_EQ(board.column_count, 3);
    CHECK_STR(board.rows[1].label, "csp+unbuffered");
    CHECK_STR(board.columns[1].name, "w size=64 (one-per-core)");
    CHECK_STR(board.columns[2].slug, "w--none-");
    report_board_clear(&board);
}

static void the_same_key_twice_is_refused(void)
{
    struct cell cells[] = {cell("w", "csp", 1, 1, 1, 1), cell("w", "csp", 1, 2, 2, 2)};
    struct campaign campaign = campaign_of(cells, 2);
    struct board board;
    CHECK(report_board(&campaign, &board) < 0);
    report_board_clear(&board);
}

static void speed_up_needs_both_ends(void)
{
    struct cell cells[] = {
        cell("w", "actors", 1, 10, 10, 10), cell("w", "actors", 4, 38, 38, 38),
        cell("w", "csp", 2, 10, 10, 10), cell("w", "csp", 4, 20, 20, 20),
        cell("w", "gil", 1, 10, 10, 10)};
    BOARD(board, cells);
    CHECK(fabs(finding_speed_up(&board, 0, 0) - 3.8) < 1e-9);
    CHECK(finding_speed_up(&board, 0, 1) == 0);
    CHECK(finding_speed_up(&board, 0, 2) == 0);
    struct finding finding;
    finding_scaling(&board, 0, &finding);
    CHECK_STR(finding.lines[0],
              "w, rate on up to 4 workers over one worker: actors 3.80×");
    report_board_clear(&board);
}

/* Whatever the names, a title has at most two lines of the width that fits. */
static void titles_fit(void)
{
    for (size_t length = 1; length < 200; length += 3) {
        char name[256];
        memset(name, 'x', length);
        name[length] = '\0';
        struct cell cells[] = {cell(name, "csp", 1, 1, 1, 1),
                               cell(name, "actors", 1, 2, 2, 2),
                               cell("v", "csp", 1, 1, 1, 1), cell("v", name, 1, 5, 5, 5),
                               cell(name, "csp", 2, 1, 1, 1)};
        BOARD(board, cells);
        struct finding findings[3];
        finding_throughput(&board, 0, 2, 1, &findings[0]);
        finding_scaling(&board, 0, &findings[1]);
        finding_heat(&board, 1, &findings[2]);
        for (size_t i = 0; i < 3; i++) {
            size_t first = 0, second = 0;
            for (const char *c = findings[i].lines[0]; *c != '\0'; c++)
                first += ((unsigned char)*c & 0xc0) != 0x80;
            for (const char *c = findings[i].lines[1]; *c != '\0'; c++)
                second += ((unsigned char)*c & 0xc0) != 0x80;
            CHECK(first > 0 && first <= FINDING_GLYPHS);
            CHECK(second <= FINDING_GLYPHS);
        }
        report_board_clear(&board);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_clear_lead_is_named),
        CHECK_CASE(no_winner_when_intervals_touch),
        CHECK_CASE(no_winner_within_what_twins_differ),
        CHECK_CASE(too_few_repetitions_name_nobody),
        CHECK_CASE(peers_and_the_plain_loop_do_not_compete),
        CHECK_CASE(most_workers_is_what_was_tried),
        CHECK_CASE(variants_sizes_and_placements_are_apart),
        CHECK_CASE(the_same_key_twice_is_refused),
        CHECK_CASE(speed_up_needs_both_ends),
        CHECK_CASE(titles_fit)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
