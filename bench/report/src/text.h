/* text.h - figures and foreign text as they may stand in a table, a chart or a page. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Where a piece of text is going, and so what must not pass as markup. */
enum report_escape {
    REPORT_ESCAPE_NONE,
    REPORT_ESCAPE_HTML,     /* also right for SVG and for quoted attributes */
    REPORT_ESCAPE_MARKDOWN, /* inside a cell of a GitHub table */
    REPORT_ESCAPE_CSV,      /* one field; quoted where RFC 4180 asks for it */
    REPORT_ESCAPE_DAT,      /* one quoted string of a gnuplot data file */
};

/* Long enough for every figure below. */
#define REPORT_FIGURE_SIZE 40

/* Writes `text` to `out`, escaped for `how`. Control characters become spaces.
 * May: block. Thread: any. Errors: see ferror(out). */
void report_escape(FILE *out, const char *text, enum report_escape how);

/* How many characters a reader sees, as opposed to bytes. */
size_t report_glyphs(const char *text);

/* Copies `text`, cut to `glyphs` characters with an ellipsis at the cut. */
void report_cut(char *to, size_t to_size, const char *text, size_t glyphs);

/* The same, cut in the middle: names that belong together often differ at their ends. */
void report_squeeze(char *to, size_t to_size, const char *text, size_t glyphs);

/* "12.3 M", three significant digits with k, M, G. */
void report_figure_rate(char to[static REPORT_FIGURE_SIZE], double per_s);

/* "81.2 ns", "1.50 µs", "2.00 ms", "3.25 s". */
void report_figure_time(char to[static REPORT_FIGURE_SIZE], double ns);

/* "512 B", "4.20 MiB". */
void report_figure_bytes(char to[static REPORT_FIGURE_SIZE], double bytes);

/* "1.04×", "12.3×", "1,210×". */
void report_figure_ratio(char to[static REPORT_FIGURE_SIZE], double ratio);

#endif
