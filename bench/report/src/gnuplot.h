/* gnuplot.h - has gnuplot draw a data file. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include "chart.h"
#include "report.h"

/* Draws every chart of the list in the formats and the theme asked for.
 * May: fail, block. Errors: -ENOPKG: no gnuplot; -EIO: it failed; -ENOENT: its scripts
 * are not where they should be. One line on stderr. */
int report_draw(const struct chart_list *list, const char *plots_dir,
                const struct report_options *options);

/* Where plots/ and bench/report/templates/ are: `options->data_root`, else QUARTET_DATA,
 * else the source tree this was built from, else the installed folder. Errors: -ENOENT,
 * said; -ENAMETOOLONG. */
int report_data_root(const struct report_options *options,
                     char to[static REPORT_PATH_SIZE]);

/* "svg", "pdf", "png". */
const char *report_format_name(enum report_format format);

#endif
