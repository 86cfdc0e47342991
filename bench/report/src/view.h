/* view.h - a campaign as the figures and sentences that a template shows. */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include "chart.h"

/* Builds the object that summary.md and report.html are filled from: every figure already
 * formatted, nothing escaped. `svg` tells whether the charts were drawn as SVG; then
 * their text is read from `plots_dir` and put in, so that the page needs no other file.
 * Owns: the caller, json_decref(). NULL: no memory or a chart that cannot be read, said.
 */
json_t *report_view(const struct board *board, const struct chart_list *charts,
                    const char *plots_dir, bool svg);

#endif
