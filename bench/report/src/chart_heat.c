/* Heat matrix: one line a column of the board, one field a model; how many times slower
 * than the best model of that line. */
#include "chart.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define LINES_NORMAL 12 /* fit the normal height; more make the chart taller */
#define FIELDS 8        /* a page */
#define HEAD_GLYPHS 12

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

/* The contenders [first, end) of the board, by their number among the contenders. */
struct fields {
    size_t first, end;
};

static bool is_shown(const struct board *board, const struct fields *fields, size_t row,
                     size_t *contender)
{
    if (!board->rows[row].contender)
        return false;
    size_t number = (*contender)++;
    return number >= fields->first && number < fields->end;
}

static void put_fields(FILE *out, const struct board *board, unsigned workers,
                       const struct fields *fields)
{
    chart_block(out, "fields", "line field ratio(0:none) text");
    for (size_t column = 0; column < board->column_count; column++) {
        struct verdict verdict = report_verdict(board, column, workers);
        const struct cell *best =
            verdict.measured ? report_cell(board, column, verdict.best, workers) : NULL;
        size_t field = 0, contender = 0;
        for (size_t row = 0; row < board->row_count; row++)
            if (is_shown(board, fields, row, &contender))
                put_field(out, board, column, field++,
                          report_cell(board, column, row, workers), best);
        assert(field == fields->end - fields->first);
    }
}

/* A variant's name stands in two lines, so that the fields can be narrow. */
static void put_head(FILE *out, const struct row *row, size_t field)
{
    const char *plus = strchr(row->label, '+');
    char name[128], cut[128], variant[128];
    snprintf(name, sizeof name, "%.*s", plus ? (int)(plus - row->label) : 100,
             row->label);
    report_squeeze(cut, sizeof cut, name, HEAD_GLYPHS);
    report_squeeze(variant, sizeof variant, plus ? plus : "", HEAD_GLYPHS);
    fprintf(out, "%zu ", field);
    chart_string(out, cut);
    chart_string(out, variant);
    fprintf(out, "%d\n", (int)row->family);
}

static void put_heads(FILE *out, const struct board *board, const struct fields *fields)
{
    size_t field = 0, contender = 0;
    chart_block(out, "heads", "field name variant family");
    for (size_t row = 0; row < board->row_count; row++)
        if (is_shown(board, fields, row, &contender))
            put_head(out, &board->rows[row], field++);
    assert(field > 0);
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

static int page(const struct board *board, const char *plots_dir, unsigned workers,
                const struct chart *chart, const struct fields *fields)
{
    struct report_file file;
    char subtitle[256];
    snprintf(subtitle, sizeof subtitle,
             "Times slower than the best model, by median; %s. ≈: not told from it. "
             "–: not planned.",
             workers == BOARD_MOST ? "each at its most workers" : "one worker");
    int error = chart_create(board, plots_dir, chart, subtitle, &file);
    if (error)
        return error;
    put_heads(file.stream, board, fields);
    chart_block(file.stream, "layout", "fields lines height");
    fprintf(file.stream, "%zu %zu %.3f\n", fields->end - fields->first,
            board->column_count, fmax(1, (double)board->column_count / LINES_NORMAL));
    put_lines(file.stream, board);
    put_fields(file.stream, board, workers, fields);
    return chart_close(&file);
}

int chart_heat(const struct board *board, const char *plots_dir, unsigned workers,
               struct chart_list *list)
{
    size_t contenders = 0;
    for (size_t row = 0; row < board->row_count; row++)
        contenders += board->rows[row].contender;
    if (!any_comparison(board, workers))
        return 0;
    assert(contenders > 1); /* two were measured */
    int error = 0;
    for (size_t first = 0; first < contenders && !error; first += FIELDS) {
        struct fields fields = {first, first + FIELDS < contenders ? first + FIELDS
                                                                   : contenders};
        struct chart *chart = chart_add(list);
        if (chart == NULL)
            return -ENOMEM;
        chart->script = "heat.gp";
        int length = snprintf(chart->name, sizeof chart->name, "heat-%s",
                              workers == BOARD_MOST ? "most-workers" : "one-worker");
        if (first > 0)
            snprintf(chart->name + length, sizeof chart->name - (size_t)length, "-%zu",
                     first / FIELDS + 1);
        finding_heat(board, workers, &chart->title);
        error = page(board, plots_dir, workers, chart, &fields);
    }
    return error;
}
