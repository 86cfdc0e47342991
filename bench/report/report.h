/* report.h - what a campaign folder is turned into: tables, charts, one HTML page.
 *
 * Input, read only: summary.json, manifest.json, samples.jsonl (results/README.md
 * describes them). Output, beside them: summary.csv, summary.md, report.html,
 * plots/<chart>.dat and the charts that gnuplot draws from those files. Nothing here
 * measures or changes a figure: a reader can redraw every chart from the .dat files
 * alone.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* The formats of a chart; a set of them is an OR. */
enum report_format {
    REPORT_SVG = 1,
    REPORT_PDF = 2,
    REPORT_PNG = 4,
    REPORT_ALL_FORMATS = REPORT_SVG | REPORT_PDF | REPORT_PNG,
};

struct report_options {
    unsigned formats;      /* of enum report_format; 0: all three */
    bool dark;             /* charts on a dark ground, named <chart>-dark.<format> */
    const char *gnuplot;   /* program that draws; NULL: `gnuplot` from PATH */
    const char *data_root; /* holds plots/ and bench/report/templates/; NULL: found by
                              report_data_root() */
};

/* Writes everything a campaign is published with: tables, data files, charts, page.
 * May: fail, block (runs gnuplot once a chart and format). Thread: any, one a campaign.
 * Owns: nothing; `options` may be NULL for the defaults.
 * Errors: -ENOPKG: gnuplot is absent, all else was written (the page then shows no
 * charts); -EINVAL: summary.json, manifest.json or samples.jsonl is malformed; -EIO:
 * gnuplot failed; otherwise what the failing call said. One line on stderr has told which
 * file and why. */
int report_write(const char *campaign_dir, const struct report_options *options);

/* Writes only the data files and the charts. Same contract as report_write. */
int report_plot(const char *campaign_dir, const struct report_options *options);

/* Finds the campaign with the latest start under `results_dir`/<machine>/<UTC>-<commit>/
 * that has a summary.json, and writes its path into `path`. May: fail, block. Thread:
 * any. Owns: caller gives the buffer. Errors: -ENOENT: there is none; -ENAMETOOLONG; what
 * opendir said. Prints nothing. */
int report_newest(const char *results_dir, char *path, size_t path_size);

/* The program's exit status for what report_write or report_plot returned: 0, 6 for a
 * missing gnuplot, 7 for any other input or output that failed. May: nothing. Thread:
 * any. */
int report_exit_status(int error);

#endif
