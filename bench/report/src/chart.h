/* chart.h - the charts of a campaign as data files that gnuplot draws from.
 *
 * A data file has named blocks, two empty lines between them. A script finds a block by
 * its name; text from outside stands in quoted strings only and is never read as a
 * command.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "board.h"
#include "files.h"
#include "finding.h"

#define CHART_NAME_SIZE 128

struct chart {
    char name[CHART_NAME_SIZE]; /* of its files, without the extension */
    const char *script;         /* in plots/, draws it */
    struct finding title;
};

struct chart_list {
    struct chart *charts;
    size_t count, room;
};

/* Writes every data file the campaign allows into `plots_dir` and lists the charts.
 * Owns: the caller, report_charts_clear(), also after an error. Errors: said. */
int report_charts(const struct board *board, const char *plots_dir,
                  struct chart_list *list);
void report_charts_clear(struct chart_list *list);

/* ---- for the files that write one kind of chart
 * ----------------------------------------- */

struct chart *chart_add(struct chart_list *list);

/* Opens a data file and writes its text block. */
int chart_create(const struct board *board, const char *plots_dir,
                 const struct chart *chart, const char *subtitle,
                 struct report_file *file);

/* Ends a data file and closes it. */
int chart_close(struct report_file *file);

/* Begins a block; `fields` tells a reader what its columns are. */
void chart_block(FILE *out, const char *name, const char *fields);

/* A quoted string and a space. */
void chart_string(FILE *out, const char *text);

/* Ticks of a logarithmic axis: decades, or 1-2-5 where there are few of them. Each line:
 * value label. There is room for `most` decades; with more, only every so many are
 * marked. */
void chart_ticks(FILE *out, double low, double high, unsigned most);

/* Pushes `count` ascending positions apart to at least `gap`, moving them as little as
 * possible (least squares), within [low, high] where there is room. */
void chart_nudge(double *positions, size_t count, double gap, double low, double high);

int chart_throughput(const struct board *board, const char *plots_dir, unsigned workers,
                     struct chart_list *list);
int chart_scaling(const struct board *board, const char *plots_dir, size_t column,
                  struct chart_list *list);
int chart_heat(const struct board *board, const char *plots_dir, unsigned workers,
               struct chart_list *list);

#endif
