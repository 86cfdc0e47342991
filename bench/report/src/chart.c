#include "chart.h"

#include "text.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MACHINE_GLYPHS 40 /* of the footer, which must fit into one line of the PDF */

struct chart *chart_add(struct chart_list *list)
{
    assert(list->count <= list->room);
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 8;
        struct chart *more = realloc(list->charts, room * sizeof *more);
        if (more == NULL) {
            report_say(-ENOMEM, "no memory for a list of charts");
            return NULL;
        }
        list->charts = more;
        list->room = room;
    }
    struct chart *chart = &list->charts[list->count++];
    *chart = (struct chart){0};
    return chart;
}

void report_charts_clear(struct chart_list *list)
{
    free(list->charts);
    *list = (struct chart_list){0};
}

void chart_block(FILE *out, const char *name, const char *fields)
{
    assert(*name != '\0');
    fprintf(out, "\n\n# %s\n# = %s\n", name, fields);
}

void chart_string(FILE *out, const char *text)
{
    fputc('"', out);
    report_escape(out, text, REPORT_ESCAPE_DAT);
    fputs("\" ", out);
}

static void text_line(FILE *out, const char *key, const char *text)
{
    chart_string(out, key);
    chart_string(out, text);
    fputc('\n', out);
}

static void footer(const struct board *board, char *to, size_t size)
{
    char machine[256], cut[256], places[256], range[64];
    report_machine(board->campaign, machine, sizeof machine);
    report_cut(cut, sizeof cut, machine, MACHINE_GLYPHS);
    report_placements(board, machine, sizeof machine);
    report_cut(places, sizeof places, machine, 24);
    report_n_range(board, range, sizeof range);
    snprintf(to, size, "%s · %s · commit %s · %s · %s", cut, board->campaign->date,
             board->campaign->commit, range, places);
}

int chart_create(const struct board *board, const char *plots_dir,
                 const struct chart *chart, const char *subtitle,
                 struct report_file *file)
{
    assert(*chart->name != '\0' && chart->script != NULL);
    char name[CHART_NAME_SIZE + 8], foot[1024];
    snprintf(name, sizeof name, "%s.dat", chart->name);
    int error = report_create(file, plots_dir, name);
    if (error)
        return error;
    FILE *out = file->stream;
    footer(board, foot, sizeof foot);
    fprintf(out, "# To redraw: gnuplot -c plots/%s %s.dat %s.svg svg light\n",
            chart->script, chart->name, chart->name);
    fprintf(out,
            "# Blocks are two empty lines apart; plots/README.md names their columns.\n");
    fputs("\n\n# text\n# = key value\n", out);
    text_line(out, "title1", chart->title.lines[0]);
    text_line(out, "title2", chart->title.lines[1]);
    text_line(out, "subtitle", subtitle);
    text_line(out, "footer", foot);
    return 0;
}

/* gnuplot 5.4 crashes on a file whose last block is one line with a string, so the last
 * block is another one. */
int chart_close(struct report_file *file)
{
    chart_block(file->stream, "end", "nothing");
    fputs("0 0\n", file->stream);
    return report_close(file);
}

/* Without the zeros behind its point: 1 k, 1.5 k, 0.02. */
static void tick(FILE *out, double value)
{
    assert(value > 0);
    char label[REPORT_FIGURE_SIZE];
    report_figure_rate(label, value);
    char *unit = label + strcspn(label, " "), *end = unit;
    while (strchr(label, '.') != NULL && strchr(label, 'e') == NULL && end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    memmove(end, unit, strlen(unit) + 1);
    fprintf(out, "%.10g ", value);
    chart_string(out, label);
    fputc('\n', out);
}

void chart_ticks(FILE *out, double low, double high, unsigned most)
{
    assert(low > 0 && low < high && most > 0);
    double decades = log10(high / low);
    static const double coarse[] = {1}, middle[] = {1, 2, 5},
                        fine[] = {1, 1.5, 2, 3, 4, 5, 6, 8};
    const double *steps = coarse;
    size_t count = 1;
    if (decades < 0.7) {
        steps = fine;
        count = 8;
    } else if (decades < 1.6) {
        steps = middle;
        count = 3;
    }
    int every = (int)ceil(decades / most);
    for (int power = (int)floor(log10(low)); power <= (int)ceil(log10(high)); power++) {
        for (size_t i = 0; i < count && power % every == 0; i++) {
            double value = steps[i] * pow(10, power);
            if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                tick(out, value);
        }
    }
}

/* Pool adjacent violators: with i gaps subtracted from position i, pushing apart becomes
 * fitting an ascending sequence. Blocks of merged positions lie at the front of `sum` and
 * `size`; their means ascend. */
void chart_nudge(double *positions, size_t count, double gap, double low, double high)
{
    assert(gap > 0 && low < high);
    double *sum = calloc(count + 1, sizeof *sum);
    size_t *size = calloc(count + 1, sizeof *size), blocks = 0;
    for (size_t i = 0; i < count && sum != NULL && size != NULL; i++) {
        assert(i == 0 || positions[i - 1] <= positions[i]);
        sum[blocks] = positions[i] - gap * (double)i;
        size[blocks++] = 1;
        while (blocks > 1 && sum[blocks - 2] / (double)size[blocks - 2] >
                                 sum[blocks - 1] / (double)size[blocks - 1]) {
            sum[blocks - 2] += sum[blocks - 1];
            size[blocks - 2] += size[blocks - 1];
            blocks--;
        }
    }
    size_t at = 0;
    for (size_t block = 0; block < blocks; block++)
        for (size_t i = 0; i < size[block]; i++, at++)
            positions[at] = sum[block] / (double)size[block] + gap * (double)at;
    free(sum);
    free(size);
    for (size_t i = at; i > 0; i--) { /* from the top down, then from the bottom up */
        double most = i == at ? high : positions[i] - gap;
        positions[i - 1] = positions[i - 1] > most ? most : positions[i - 1];
    }
    for (size_t i = 0; i < at; i++) {
        double least = i == 0 ? low : positions[i - 1] + gap;
        positions[i] = positions[i] < least ? least : positions[i];
    }
}

static bool any_figure(const struct board *board)
{
    for (size_t i = 0; i < board->campaign->count; i++)
        if (board->campaign->cells[i].ok)
            return true;
    return false;
}

int report_charts(const struct board *board, const char *plots_dir,
                  struct chart_list *list)
{
    *list = (struct chart_list){0};
    if (!any_figure(board) || board->column_count == 0)
        return 0;
    int error = 0;
    bool one = board->workers[0] == 1;
    bool more = board->worker_count > 1 || !one;
    if (one)
        error = chart_throughput(board, plots_dir, 1, list);
    if (!error && more)
        error = chart_throughput(board, plots_dir, BOARD_MOST, list);
    for (size_t column = 0; column < board->column_count && !error; column++)
        if (board->worker_count > 1)
            error = chart_scaling(board, plots_dir, column, list);
    if (!error && one)
        error = chart_heat(board, plots_dir, 1, list);
    if (!error && more)
        error = chart_heat(board, plots_dir, BOARD_MOST, list);
    return error;
}
