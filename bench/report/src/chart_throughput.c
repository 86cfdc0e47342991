/* Throughput: one panel a column of the board, one line a row, dots with intervals.
 *
 * Each panel has its own axis, wide enough that the figure right of the last dot fits in.
 */
#include "chart.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define PANELS 3        /* a page */
#define LABEL_GLYPHS 18 /* of a row, with its workers */
#define ROWS_NORMAL 14  /* fit the normal height; more rows make the chart taller */
#define ROOM 0.34       /* of a panel's width, for the figure beside a dot */

static bool row_is_used(const struct board *board, size_t first, size_t end, size_t row,
                        unsigned workers)
{
    for (size_t column = first; column < end; column++)
        if (report_cell(board, column, row, workers) != NULL)
            return true;
    return false;
}

static unsigned most_workers(const struct board *board, size_t first, size_t end,
                             size_t row, unsigned workers)
{
    unsigned most = 0;
    for (size_t column = first; column < end; column++) {
        const struct cell *cell = report_cell(board, column, row, workers);
        most = cell != NULL && cell->workers > most ? cell->workers : most;
    }
    return most;
}

/* In BOARD_MOST the number of workers differs from row to row, so the row says it; a
 * figure with fewer than its row says so itself. */
static void put_label(FILE *out, const struct board *board, size_t row, unsigned workers,
                      unsigned most)
{
    char suffix[24] = "", cut[128], label[192];
    if (workers == BOARD_MOST)
        snprintf(suffix, sizeof suffix, " (%u)", most);
    report_squeeze(cut, sizeof cut, board->rows[row].label,
                   LABEL_GLYPHS - report_glyphs(suffix));
    snprintf(label, sizeof label, "%s%s", cut, suffix);
    chart_string(out, label);
}

static size_t put_rows(FILE *out, const struct board *board, size_t first, size_t end,
                       unsigned workers)
{
    assert(first < end && end <= board->column_count);
    size_t line = 0;
    chart_block(out, "rows", "line label family peer");
    for (size_t row = 0; row < board->row_count; row++) {
        if (!row_is_used(board, first, end, row, workers))
            continue;
        fprintf(out, "%zu ", line++);
        put_label(out, board, row, workers,
                  most_workers(board, first, end, row, workers));
        fprintf(out, "%d %d\n", (int)board->rows[row].family, board->rows[row].peer);
    }
    return line;
}

static void panel_range(const struct board *board, size_t column, unsigned workers,
                        double *low, double *high)
{
    *low = INFINITY;
    *high = 0;
    for (size_t row = 0; row < board->row_count; row++) {
        const struct cell *cell = report_cell(board, column, row, workers);
        if (cell == NULL || !cell->ok)
            continue;
        *low = fmin(*low, cell->ops_per_s.low);
        *high = fmax(*high, cell->ops_per_s.high);
    }
    if (*high <= 0) { /* nothing but notes */
        *low = 1;
        *high = 10;
    }
    double left = log10(*low), right = log10(*high), width = fmax(right - left, 0.7);
    left -= (width - (right - left)) / 2; /* a narrow panel has its dots in the middle */
    *low = pow(10, left - 0.08 * width);
    *high = pow(10, left + width / (1 - ROOM));
    assert(*low > 0 && *low < *high);
}

static void put_panels(FILE *out, const struct board *board, size_t first, size_t end,
                       unsigned workers)
{
    chart_block(out, "panels", "panel title low high");
    for (size_t column = first; column < end; column++) {
        double low, high;
        char title[128];
        panel_range(board, column, workers, &low, &high);
        report_squeeze(title, sizeof title, board->columns[column].name, 19);
        fprintf(out, "%zu ", column - first);
        chart_string(out, title);
        fprintf(out, "%.8g %.8g\n", low, high);
    }
    for (size_t column = first; column < end; column++) {
        double low, high;
        char name[32];
        panel_range(board, column, workers, &low, &high);
        snprintf(name, sizeof name, "ticks%zu", column - first);
        chart_block(out, name, "value label");
        chart_ticks(out, low, high, 4);
    }
}

static void put_point(FILE *out, const struct row *row, const struct cell *cell,
                      size_t panel, size_t line, unsigned most)
{
    assert(cell->ok && cell->ops_per_s.known && cell->workers <= most);
    char figure[REPORT_FIGURE_SIZE], label[REPORT_FIGURE_SIZE + 16];
    report_figure_rate(figure, cell->ops_per_s.median);
    if (cell->workers == most)
        snprintf(label, sizeof label, "%s", figure);
    else
        snprintf(label, sizeof label, "%s (%u)", figure, cell->workers);
    fprintf(out, "%zu %zu %d %d %.10g %.10g %.10g ", panel, line, (int)row->family,
            row->peer, cell->ops_per_s.median, cell->ops_per_s.low, cell->ops_per_s.high);
    chart_string(out, label);
    fputc('\n', out);
}

/* Calls for every used row of every panel; `figures` chooses figures or notes. */
static void put_cells(FILE *out, const struct board *board, size_t first, size_t end,
                      unsigned workers, bool figures)
{
    for (size_t column = first; column < end; column++) {
        size_t line = 0;
        double low, high;
        panel_range(board, column, workers, &low, &high);
        for (size_t row = 0; row < board->row_count; row++) {
            const struct cell *cell = report_cell(board, column, row, workers);
            if (cell != NULL && cell->ok && figures)
                put_point(out, &board->rows[row], cell, column - first, line,
                          most_workers(board, first, end, row, workers));
            else if (cell != NULL && !cell->ok && !figures) {
                fprintf(out, "%zu %zu %.8g ", column - first, line, low);
                chart_string(out, cell->status);
                fputc('\n', out);
            }
            line += row_is_used(board, first, end, row, workers);
        }
    }
}

static int page(const struct board *board, const char *plots_dir, size_t first,
                size_t end, unsigned workers, const struct chart *chart)
{
    assert(first < end && end - first <= PANELS);
    struct report_file file;
    char subtitle[256], line[64];
    report_interval_name(board, line, sizeof line);
    snprintf(subtitle, sizeof subtitle,
             "Operations/s, log; %s. Dot: median, line: %s. Hollow: real runtime.",
             workers == BOARD_MOST ? "most workers (number)" : "one worker", line);
    int error = chart_create(board, plots_dir, chart, subtitle, &file);
    if (error)
        return error;
    size_t lines = put_rows(file.stream, board, first, end, workers);
    assert(lines > 0);
    chart_block(file.stream, "layout", "panels lines height");
    fprintf(file.stream, "%zu %zu %.3f\n", end - first, lines,
            fmax(1, (double)lines / ROWS_NORMAL));
    put_panels(file.stream, board, first, end, workers);
    chart_block(file.stream, "figures", "panel line family peer median low high label");
    fputs("-1 -1 -1 -1 NaN NaN NaN \"\"\n", file.stream); /* a block is never empty */
    put_cells(file.stream, board, first, end, workers, true);
    chart_block(file.stream, "notes", "panel line x text");
    fputs("-1 -1 NaN \"\"\n", file.stream);
    put_cells(file.stream, board, first, end, workers, false);
    return chart_close(&file);
}

static bool any_figure(const struct board *board, size_t first, size_t end,
                       unsigned workers)
{
    for (size_t column = first; column < end; column++)
        for (size_t row = 0; row < board->row_count; row++) {
            const struct cell *cell = report_cell(board, column, row, workers);
            if (cell != NULL && cell->ok)
                return true;
        }
    return false;
}

int chart_throughput(const struct board *board, const char *plots_dir, unsigned workers,
                     struct chart_list *list)
{
    const char *suffix = workers == BOARD_MOST ? "most-workers" : "one-worker";
    for (size_t first = 0; first < board->column_count; first += PANELS) {
        size_t end =
            first + PANELS < board->column_count ? first + PANELS : board->column_count;
        if (!any_figure(board, first, end, workers))
            continue; /* the report says what became of its cells */
        struct chart *chart = chart_add(list);
        if (chart == NULL)
            return -ENOMEM;
        chart->script = "throughput.gp";
        if (first == 0)
            snprintf(chart->name, sizeof chart->name, "throughput-%s", suffix);
        else
            snprintf(chart->name, sizeof chart->name, "throughput-%s-%zu", suffix,
                     first / PANELS + 1);
        finding_throughput(board, first, end, workers, &chart->title);
        int error = page(board, plots_dir, first, end, workers, chart);
        if (error)
            return error;
    }
    return 0;
}
