/* finding.h - what a chart shows, in one sentence computed from its figures.
 *
 * A winner is named only where report_verdict() finds one: its interval overlaps
 * nobody's, its lead exceeds what a cell differs from its own twin, and nobody has too
 * few repetitions.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include "board.h"

/* Two lines of a title as wide as the narrowest format allows. */
#define FINDING_GLYPHS 70
#define FINDING_SIZE 400
struct finding {
    char lines[2][FINDING_SIZE];
};

/* One column: "ping_pong: actors leads csp by 1.21×" or why nobody is named. */
void finding_of_column(const struct board *board, size_t column, unsigned workers,
                       char *to, size_t size);

/* Columns [first, end) side by side. */
void finding_throughput(const struct board *board, size_t first, size_t end,
                        unsigned workers, struct finding *finding);

/* How each model's rate changes from its fewest workers to its most. */
void finding_scaling(const struct board *board, size_t column, struct finding *finding);

/* Who is fastest or level with the fastest, and in how many columns. */
void finding_heat(const struct board *board, unsigned workers, struct finding *finding);

/* A row's rate at its most workers over that at one; 0 where either is missing. */
double finding_speed_up(const struct board *board, size_t column, size_t row);

#endif
