/* board.h - a campaign set out for reading: columns of the same work, rows of who did it.
 *
 * A column is a workload with its size, parameters and, where a campaign has several, its
 * placement: what stands in one column did the same work under the same conditions. A row
 * is a model, a variant of one, or a peer. The third axis is the number of workers.
 */
#ifndef REPORT_BOARD_H
#define REPORT_BOARD_H

#include "campaign.h"

/* The model a row belongs to: it gives the colour and the marker. */
enum family {
    FAMILY_SEQUENTIAL,
    FAMILY_ACTORS,
    FAMILY_CSP,
    FAMILY_EVENTLOOP,
    FAMILY_GIL,
    FAMILY_OTHER,
};

struct row {
    char *label;        /* "csp+unbuffered" */
    enum family family; /* of a peer: the model it is a witness for */
    bool peer;          /* a real runtime; drawn hollow */
    bool contender;     /* takes part in "the best model": no peer, not sequential */
    const struct cell *first; /* any cell of it */
};

struct column {
    char *name; /* "fan_in", "fan_in size=64" */
    char *slug; /* the same for a file name, unique */
    const struct cell *first;
};

struct board {
    const struct campaign *campaign;
    struct row *rows;       /* in the order of presentation */
    struct column *columns; /* in the order of the campaign */
    unsigned *workers;      /* the counts that occur, ascending */
    size_t row_count, column_count, worker_count;
    const struct cell **cells; /* [column][row][worker]; NULL: not planned */
};

/* Stands for "each row at the most workers it was measured with". */
#define BOARD_MOST 0u

/* The 95 % interval of a median needs so many repetitions; below, no winner is named. */
#define BOARD_FEWEST 6u

/* The same cell measured twice under two names: what a difference must exceed. */
struct twins {
    size_t pairs, overlapping;
    double floor; /* the largest ratio of the medians, at least 1; 1 without pairs */
};

/* Who is best in one column. */
struct verdict {
    size_t measured;   /* contenders with a figure */
    size_t best, next; /* rows; best when measured >= 1, next when measured >= 2 */
    double lead;       /* best's rate over next's */
    size_t level;      /* contenders besides the best that cannot be told from it */
    bool few;          /* fewer than BOARD_FEWEST repetitions: no winner is named */
};

/* Sets a campaign out. Owns: the caller, report_board_clear(), also after an error; the
 * campaign must outlive the board. Errors: -ENOMEM; -EINVAL: two cells with the same key.
 * Said. */
int report_board(const struct campaign *campaign, struct board *board);
void report_board_clear(struct board *board);

/* The cell of a row in a column on `workers` workers or BOARD_MOST; NULL: not planned. */
const struct cell *report_cell(const struct board *board, size_t column, size_t row,
                               unsigned workers);

struct twins report_twins(const struct board *board);
struct verdict report_verdict(const struct board *board, size_t column, unsigned workers);

/* Whether a row cannot be told from the best one of its column: their intervals overlap,
 * or their ratio is within what a cell differs from its own twin. */
bool report_is_level(const struct board *board, const struct cell *best,
                     const struct cell *other);

/* The smallest and largest n of the ok cells, as "n = 6" or "n = 3 to 6". */
void report_n_range(const struct board *board, char *to, size_t size);

/* What low and high of this campaign are: "95 % interval, n = 6"; below BOARD_FEWEST only
 * the "range of n = 3". */
void report_interval_name(const struct board *board, char *to, size_t size);

/* The placements of the campaign, comma-separated; "placement unknown". */
void report_placements(const struct board *board, char *to, size_t size);

#endif
