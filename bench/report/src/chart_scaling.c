/* Scaling: rate over workers, both logarithmic, of one column of the board.
 *
 * A row measured on several counts is a line with its label at the right; a row measured
 * on one count only is a point with its label at the left. Both stacks of labels are
 * pushed apart, and a thin line leads from a label to its point. */
#include "chart.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GAP 0.058 /* between labels, of the plot's height: one line of the PDF's text */
#define LABELS_NORMAL 16 /* fit the normal height */
#define LEFT_ROOM 0.24   /* of the plot's width, for labels at the left */

/* What of a row is drawn. */
struct line {
    size_t row, points;
    const struct cell *first, *last; /* its points with the fewest and the most workers */
    bool trouble;                    /* tried with other counts, without a figure */
};

struct label {
    double at, y; /* wanted and given, both of the plot's height */
    const struct line *line;
};

struct frame {
    double x_low, x_high, y_low, y_high; /* of the axes */
};

static struct line line_of(const struct board *board, size_t column, size_t row)
{
    struct line line = {.row = row};
    for (size_t worker = 0; worker < board->worker_count; worker++) {
        const struct cell *cell = report_cell(board, column, row, board->workers[worker]);
        if (cell == NULL)
            continue;
        if (!cell->ok) {
            line.trouble |= strcmp(cell->status, "n/a") != 0;
            continue;
        }
        line.first = line.first ? line.first : cell;
        line.last = cell;
        line.points++;
    }
    assert((line.points == 0) == (line.first == NULL));
    assert(line.points < 2 || line.first->workers < line.last->workers);
    return line;
}

static size_t lines_of(const struct board *board, size_t column, struct line *lines)
{
    size_t count = 0;
    for (size_t row = 0; row < board->row_count; row++) {
        struct line line = line_of(board, column, row);
        if (!board->rows[row].peer && line.points > 0)
            lines[count++] = line;
    }
    return count;
}

/* The sequential row has no workers: its rate is a level to be passed. */
static bool is_level_line(const struct board *board, const struct line *line)
{
    return board->rows[line->row].family == FAMILY_SEQUENTIAL &&
           !board->rows[line->row].peer;
}

static bool at_the_right(const struct board *board, const struct line *line)
{
    assert(line->first != NULL && line->last != NULL);
    return line->points > 1 || is_level_line(board, line);
}

static void widen(struct frame *frame, const struct cell *cell)
{
    frame->y_low = fmin(frame->y_low, cell->ops_per_s.low);
    frame->y_high = fmax(frame->y_high, cell->ops_per_s.high);
}

static struct frame frame_of(const struct board *board, size_t column,
                             const struct line *lines, size_t count)
{
    struct frame frame = {.x_low = board->workers[0],
                          .x_high = board->workers[board->worker_count - 1],
                          .y_low = INFINITY};
    bool left = false;
    for (size_t i = 0; i < count; i++) {
        left |= !at_the_right(board, &lines[i]);
        for (size_t worker = 0; worker < board->worker_count; worker++) {
            const struct cell *cell =
                report_cell(board, column, lines[i].row, board->workers[worker]);
            if (cell != NULL && cell->ok)
                widen(&frame, cell);
        }
    }
    double wide = log(frame.x_high / frame.x_low), tall = log(frame.y_high / frame.y_low);
    tall = fmax(tall, log(2)); /* a flat campaign is not blown up to a mountain */
    double middle = sqrt(frame.y_high * frame.y_low);
    frame.y_low = middle * exp(-0.56 * tall);
    frame.y_high = middle * exp(0.56 * tall);
    frame.x_low *= exp(-wide * (left ? LEFT_ROOM / (1 - LEFT_ROOM) : 0.04));
    frame.x_high *= exp(wide * 0.02);
    assert(frame.x_low > 0 && frame.x_low < frame.x_high);
    assert(frame.y_low > 0 && frame.y_low < frame.y_high);
    return frame;
}

static double height(const struct frame *frame, double rate)
{
    assert(rate > 0);
    return log(rate / frame->y_low) / log(frame->y_high / frame->y_low);
}

static double rate_at(const struct frame *frame, double height)
{
    return frame->y_low * pow(frame->y_high / frame->y_low, height);
}

/* ---- blocks
 * ----------------------------------------------------------------------------- */

static void put_measured(FILE *out, const struct board *board, size_t column,
                         const struct line *lines, size_t count)
{
    chart_block(out, "measured", "workers median low high family variant");
    fputs("NaN NaN NaN NaN -1 0\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &board->rows[lines[i].row];
        if (is_level_line(board, &lines[i]))
            continue;
        fputc('\n', out);
        for (size_t worker = 0; worker < board->worker_count; worker++) {
            const struct cell *cell =
                report_cell(board, column, lines[i].row, board->workers[worker]);
            if (cell != NULL && cell->ok)
                fprintf(out, "%u %.10g %.10g %.10g %d %d\n", cell->workers,
                        cell->ops_per_s.median, cell->ops_per_s.low, cell->ops_per_s.high,
                        (int)row->family, strchr(row->label, '+') != NULL);
        }
    }
}

/* What the row's own rate on one worker would be if every worker added as much. */
static void put_ideal(FILE *out, const struct board *board, const struct frame *frame,
                      const struct line *lines, size_t count)
{
    chart_block(out, "ideal", "workers rate family");
    fputs("NaN NaN -1\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct cell *one = lines[i].first;
        if (lines[i].points < 2 || one->workers != 1 || is_level_line(board, &lines[i]))
            continue;
        double most = lines[i].last->workers, rate = one->ops_per_s.median;
        most = fmin(most, frame->y_high / rate); /* ends where the plot ends */
        fprintf(out, "\n1 %.10g %d\n%.8g %.10g %d\n", rate,
                (int)board->rows[lines[i].row].family, most, rate * most,
                (int)board->rows[lines[i].row].family);
    }
}

static void put_level(FILE *out, const struct board *board, const struct frame *frame,
                      const struct line *lines, size_t count)
{
    chart_block(out, "sequential", "x rate");
    fputs("NaN NaN\n", out);
    for (size_t i = 0; i < count; i++)
        if (is_level_line(board, &lines[i]))
            fprintf(out, "%.8g %.10g\n%.8g %.10g\n", (double)board->workers[0],
                    lines[i].last->ops_per_s.median, frame->x_high,
                    lines[i].last->ops_per_s.median);
}

static void label_text(const struct board *board, const struct line *line, char *to,
                       size_t size)
{
    assert(line->points > 0);
    char name[128], times[REPORT_FIGURE_SIZE];
    report_squeeze(name, sizeof name, board->rows[line->row].label, 16);
    report_figure_ratio(times,
                        line->last->ops_per_s.median / line->first->ops_per_s.median);
    if (line->points > 1 && line->first->workers == 1)
        snprintf(to, size, "%s %s", name, times);
    else
        snprintf(to, size, "%s%s", name, line->trouble ? " (others failed)" : "");
}

static int by_height(const void *left, const void *right)
{
    const struct label *l = left, *r = right;
    return (l->at > r->at) - (l->at < r->at);
}

static void put_side(FILE *out, const struct board *board, const struct frame *frame,
                     struct label *labels, size_t count, double gap, bool right)
{
    double *given = calloc(count + 1, sizeof *given);
    if (given == NULL)
        return;
    qsort(labels, count, sizeof *labels, by_height);
    for (size_t i = 0; i < count; i++)
        given[i] = labels[i].at;
    chart_nudge(given, count, gap, 0.02, 0.98);
    for (size_t i = 0; i < count; i++) {
        const struct line *line = labels[i].line;
        const struct cell *to = right ? line->last : line->first;
        bool level = is_level_line(board, line);
        double x =
            right ? frame->x_high : to->workers / pow(frame->x_high / frame->x_low, 0.03);
        char text[256];
        label_text(board, line, text, sizeof text);
        fprintf(out, "\n%.8g %.10g %.8g %.10g %d %d ",
                level ? frame->x_high : to->workers, to->ops_per_s.median, x,
                rate_at(frame, given[i]), (int)board->rows[line->row].family, right);
        chart_string(out, text);
        fputc('\n', out);
    }
    free(given);
}

static void put_labels(FILE *out, const struct board *board, const struct frame *frame,
                       const struct line *lines, size_t count, double gap)
{
    struct label *labels = calloc(count + 1, sizeof *labels);
    chart_block(out, "labels", "point_x point_y x y family right text");
    fputs("NaN NaN NaN NaN -1 0 \"\"\n", out);
    for (int right = 0; right <= 1 && labels != NULL; right++) {
        size_t found = 0;
        for (size_t i = 0; i < count; i++) {
            const struct cell *at = right ? lines[i].last : lines[i].first;
            if (at_the_right(board, &lines[i]) == right)
                labels[found++] = (struct label){
                    .at = height(frame, at->ops_per_s.median), .line = &lines[i]};
        }
        put_side(out, board, frame, labels, found, gap, right);
    }
    free(labels);
}

static void put_axes(FILE *out, const struct board *board, const struct frame *frame,
                     double taller)
{
    chart_block(out, "layout", "x_low x_high y_low y_high height");
    fprintf(out, "%.8g %.8g %.8g %.8g %.3f\n", frame->x_low, frame->x_high, frame->y_low,
            frame->y_high, taller);
    chart_block(out, "rates", "value label");
    chart_ticks(out, frame->y_low, frame->y_high, 10);
    chart_block(out, "counts", "value label");
    for (size_t i = 0; i < board->worker_count; i++) {
        unsigned count = board->workers[i];
        bool crowded = board->worker_count > 7 && (count & (count - 1)) != 0;
        fprintf(out, crowded ? "%u \"\"\n" : "%u \"%u\"\n", count, count);
    }
}

static int write_lines(const struct board *board, const char *plots_dir, size_t column,
                       const struct chart *chart, const struct line *lines, size_t count)
{
    assert(count > 0);
    struct report_file file;
    char subtitle[256], line[64];
    report_interval_name(board, line, sizeof line);
    snprintf(subtitle, sizeof subtitle,
             "Operations/s over workers, log-log; median and %s. Dashed: ideal from one "
             "worker.",
             line);
    int error = chart_create(board, plots_dir, chart, subtitle, &file);
    if (error)
        return error;
    struct frame frame = frame_of(board, column, lines, count);
    double taller = fmax(1, (double)count / LABELS_NORMAL);
    put_axes(file.stream, board, &frame, taller);
    put_measured(file.stream, board, column, lines, count);
    put_ideal(file.stream, board, &frame, lines, count);
    put_level(file.stream, board, &frame, lines, count);
    put_labels(file.stream, board, &frame, lines, count, GAP / taller);
    return chart_close(&file);
}

int chart_scaling(const struct board *board, const char *plots_dir, size_t column,
                  struct chart_list *list)
{
    struct line *lines = calloc(board->row_count + 1, sizeof *lines);
    if (lines == NULL)
        return report_say(-ENOMEM, "no memory for %zu lines", board->row_count);
    size_t count = lines_of(board, column, lines), scaled = 0;
    for (size_t i = 0; i < count; i++)
        scaled += lines[i].points > 1;
    struct chart *chart = scaled > 0 ? chart_add(list) : NULL;
    int error = scaled > 0 && chart == NULL ? -ENOMEM : 0;
    if (chart != NULL) {
        chart->script = "scaling.gp";
        snprintf(chart->name, sizeof chart->name, "scaling-%s",
                 board->columns[column].slug);
        finding_scaling(board, column, &chart->title);
        error = write_lines(board, plots_dir, column, chart, lines, count);
    }
    free(lines);
    return error;
}
