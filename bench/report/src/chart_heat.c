/* Heat matrix: one line a column of the board, one field a model; how many times slower
 * than the best model of that line. */
#include "chart.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define LINES_NORMAL 12

static void put_field(FILE *out, const struct board *board, size_t column, size_t field,
                      const struct cell *cell, const struct cell *best)
{
    assert(cell == NULL || !cell->ok || best != NULL);
    char ratio[REPORT_FIGURE_SIZE], text[REPORT_FIGURE_SIZE + 8];
    if (cell == NULL || !cell->ok) {
        fprintf(out, "%zu %zu 0 ", column, field);
        chart_string(out, cell ? cell->status : "–");
        fputc('\n', out);
        return;
    }
    double times = best->ops_per_s.median / cell->ops_per_s.median;
    assert(times >= 1);
    report_figure_ratio(ratio, times);
    snprintf(text, sizeof text, "%s%s",
             cell != best && report_is_level(board, best, cell) ? "≈ " : "", ratio);
    fprintf(out, "%zu %zu %.6g ", column, field, times);
    chart_string(out, text);
    fputc('\n', out);
}

static void put_fields(FILE *out, const struct board *board, unsigned workers)
{
    chart_block(out, "fields", "line field ratio(0:none) text");
    for (size_t column = 0; column < board->column_count; column++) {
        struct verdict verdict = report_verdict(board, column, workers);
        const struct cell *best =
            verdict.measured ? report_cell(board, column, verdict.best, workers) : NULL;
        size_t field = 0;
        for (size_t row = 0; row < board->row_count; row++)
            if (board->rows[row].contender)
                put_field(out, board, column, field++,
                          report_cell(board, column, row, workers), best);
    }
}

/* A variant's name stands in two lines, so that the fields can be narrow. */
static size_t put_heads(FILE *out, const struct board *board)
{
    size_t field = 0;
    chart_block(out, "heads", "field name variant family");
    for (size_t row = 0; row < board->row_count; row++) {
        if (!board->rows[row].contender)
            continue;
        const char *label = board->rows[row].label, *plus = strchr(label, '+');
        char name[128], variant[128];
        snprintf(name, sizeof name, "%.*s", plus ? (int)(plus - label) : 100, label);
        report_cut(variant, sizeof variant, plus ? plus : "", 14);
        char cut[128];
        report_cut(cut, sizeof cut, name, 14);
        fprintf(out, "%zu ", field++);
        chart_string(out, cut);
        chart_string(out, variant);
        fprintf(out, "%d\n", (int)board->rows[row].family);
    }
    return field;
}

static void put_lines(FILE *out, const struct board *board)
{
    chart_block(out, "lines", "line name");
    for (size_t column = 0; column < board->column_count; column++) {
        char name[128];
        report_squeeze(name, sizeof name, board->columns[column].name, 24);
        fprintf(out, "%zu ", column);
        chart_string(out, name);
        fputc('\n', out);
    }
}

/* A matrix of one model says nothing. */
static bool any_comparison(const struct board *board, unsigned workers)
{
    for (size_t column = 0; column < board->column_count; column++)
        if (report_verdict(board, column, workers).measured > 1)
            return true;
    return false;
}

int chart_heat(const struct board *board, const char *plots_dir, unsigned workers,
               struct chart_list *list)
{
    if (!any_comparison(board, workers))
        return 0;
    struct chart *chart = chart_add(list);
    if (chart == NULL)
        return -ENOMEM;
    struct report_file file;
    char subtitle[256];
    chart->script = "heat.gp";
    snprintf(chart->name, sizeof chart->name, "heat-%s",
             workers == BOARD_MOST ? "most-workers" : "one-worker");
    finding_heat(board, workers, &chart->title);
    snprintf(subtitle, sizeof subtitle,
             "Times slower than the best model, by median; %s. ≈: not told from it. "
             "–: not planned.",
             workers == BOARD_MOST ? "each at its most workers" : "one worker");
    int error = chart_create(board, plots_dir, chart, subtitle, &file);
    if (error)
        return error;
    size_t heads = put_heads(file.stream, board);
    assert(heads > 1); /* two were measured */
    chart_block(file.stream, "layout", "fields lines height");
    fprintf(file.stream, "%zu %zu %.3f\n", heads, board->column_count,
            fmax(1, (double)board->column_count / LINES_NORMAL));
    put_lines(file.stream, board);
    put_fields(file.stream, board, workers);
    return chart_close(&file);
}
