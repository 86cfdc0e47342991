#include "finding.h"

#include "text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- fitting
 * ---------------------------------------------------------------------------- */

/* Where the first line ends: after a semicolon, else after a comma or colon, if the
 * second line can hold the rest; else at the last space that keeps the first line short
 * enough; 0: nowhere. */
static size_t break_of(const char *text)
{
    assert(report_glyphs(text) > FINDING_GLYPHS);
    size_t glyphs = 0,
           ends[3] = {0}; /* last space after a semicolon, a comma, anything */
    for (size_t i = 0; text[i] != '\0' && glyphs <= FINDING_GLYPHS; i++) {
        glyphs += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (text[i] != ' ' || i == 0)
            continue;
        ends[2] = i;
        if (strchr(",:", text[i - 1]) != NULL)
            ends[1] = i;
        if (text[i - 1] == ';')
            ends[0] = i;
    }
    for (size_t i = 0; i < 2; i++)
        if (ends[i] > 0 && report_glyphs(text + ends[i] + 1) <= FINDING_GLYPHS)
            return ends[i];
    return ends[2];
}

/* False if the text does not fit into two lines. */
static bool fits(const char *text, struct finding *finding)
{
    if (strlen(text) >= FINDING_SIZE)
        return false;
    if (report_glyphs(text) <= FINDING_GLYPHS) {
        strcpy(finding->lines[0], text);
        finding->lines[1][0] = '\0';
        return true;
    }
    size_t end = break_of(text);
    if (end == 0 || report_glyphs(text + end + 1) > FINDING_GLYPHS)
        return false;
    memcpy(finding->lines[0], text, end);
    finding->lines[0][end] = '\0';
    strcpy(finding->lines[1], text + end + 1);
    assert(report_glyphs(finding->lines[0]) <= FINDING_GLYPHS);
    return true;
}

/* The last resort: what is there, with an ellipsis. */
static void fit_anyway(const char *text, struct finding *finding)
{
    assert(*text != '\0');
    char cut[FINDING_SIZE];
    if (fits(text, finding))
        return;
    report_cut(cut, sizeof cut, text, FINDING_GLYPHS * 2 - 16);
    if (fits(cut, finding))
        return;
    report_cut(finding->lines[0], FINDING_SIZE, text, FINDING_GLYPHS);
    finding->lines[1][0] = '\0';
}

/* Text that grows; what does not fit makes it too long for any title, so it is cut. */
struct sentence {
    char text[4 * FINDING_SIZE];
    size_t used;
};

static void say(struct sentence *sentence, const char *between, const char *text)
{
    assert(sentence->used < sizeof sentence->text);
    size_t room = sizeof sentence->text - sentence->used;
    int length = snprintf(sentence->text + sentence->used, room, "%s%s",
                          sentence->used ? between : "", text);
    sentence->used += (size_t)length < room ? (size_t)length : room - 1;
}

/* ---- throughput
 * ------------------------------------------------------------------------- */

/* The row that is level with the best, where there is exactly one. */
static const char *the_level_one(const struct board *board, size_t column,
                                 unsigned workers, const struct verdict *verdict)
{
    const struct cell *best = report_cell(board, column, verdict->best, workers);
    for (size_t row = 0; row < board->row_count; row++) {
        const struct cell *cell = report_cell(board, column, row, workers);
        if (row != verdict->best && board->rows[row].contender && cell != NULL &&
            cell->ok && report_is_level(board, best, cell))
            return board->rows[row].label;
    }
    assert(verdict->level == 0); /* it counted one */
    return "";
}

static void column_sentence(const struct board *board, size_t column, unsigned workers,
                            bool with_lead, char *to, size_t size)
{
    struct verdict verdict = report_verdict(board, column, workers);
    const char *name = board->columns[column].name;
    const char *best = verdict.measured ? board->rows[verdict.best].label : "";
    char lead[REPORT_FIGURE_SIZE];
    if (verdict.measured == 0)
        snprintf(to, size, "%s: no figure", name);
    else if (verdict.measured == 1)
        snprintf(to, size, "%s: only %s measured", name, best);
    else if (verdict.few)
        snprintf(to, size, "%s: too few repetitions to name a winner", name);
    else if (verdict.level == 1)
        snprintf(to, size, "%s: %s and %s level", name, best,
                 the_level_one(board, column, workers, &verdict));
    else if (verdict.level > 1)
        snprintf(to, size, "%s: no winner, %zu are level", name, verdict.level + 1);
    else if (with_lead) {
        report_figure_ratio(lead, verdict.lead);
        snprintf(to, size, "%s: %s leads %s by %s", name, best,
                 board->rows[verdict.next].label, lead);
    } else
        snprintf(to, size, "%s: %s leads", name, best);
}

void finding_of_column(const struct board *board, size_t column, unsigned workers,
                       char *to, size_t size)
{
    column_sentence(board, column, workers, true, to, size);
}

static bool all_few(const struct board *board, size_t first, size_t end, unsigned workers)
{
    for (size_t column = first; column < end; column++) {
        struct verdict verdict = report_verdict(board, column, workers);
        if (verdict.measured < 2 || !verdict.few)
            return false;
    }
    return end > first;
}

static void few_sentence(const struct board *board, struct finding *finding)
{
    char text[FINDING_SIZE], range[64];
    report_n_range(board, range, sizeof range);
    snprintf(text, sizeof text,
             "No winner named: that takes %u repetitions, this run has %s", BOARD_FEWEST,
             range);
    fit_anyway(text, finding);
}

/* "actors leads 2 of 3, csp 1; no winner in 1". */
static void tally_throughput(const struct board *board, size_t first, size_t end,
                             unsigned workers, struct sentence *sentence)
{
    size_t open = end - first;
    for (size_t row = 0; row < board->row_count; row++) {
        size_t leads = 0;
        for (size_t column = first; column < end; column++) {
            struct verdict verdict = report_verdict(board, column, workers);
            leads += verdict.measured > 1 && !verdict.few && verdict.level == 0 &&
                     verdict.best == row;
        }
        char text[FINDING_SIZE];
        snprintf(text, sizeof text, "%s leads %zu of %zu", board->rows[row].label, leads,
                 end - first);
        if (leads > 0)
            say(sentence, ", ", text);
        assert(leads <= open); /* a column has one leader at most */
        open -= leads;
    }
    char text[FINDING_SIZE];
    snprintf(text, sizeof text, "no winner in %zu of %zu", open, end - first);
    if (open > 0)
        say(sentence, ", ", text);
}

void finding_throughput(const struct board *board, size_t first, size_t end,
                        unsigned workers, struct finding *finding)
{
    assert(first < end && end <= board->column_count);
    if (all_few(board, first, end, workers)) {
        few_sentence(board, finding);
        return;
    }
    for (int with_lead = 1; with_lead >= 0; with_lead--) {
        struct sentence sentence = {0};
        for (size_t column = first; column < end; column++) {
            char text[FINDING_SIZE];
            column_sentence(board, column, workers, with_lead, text, sizeof text);
            say(&sentence, "; ", text);
        }
        if (fits(sentence.text, finding))
            return;
    }
    struct sentence sentence = {0};
    tally_throughput(board, first, end, workers, &sentence);
    fit_anyway(sentence.text, finding);
}

/* ---- scaling
 * ---------------------------------------------------------------------------- */

double finding_speed_up(const struct board *board, size_t column, size_t row)
{
    const struct cell *one = report_cell(board, column, row, 1);
    if (one == NULL || !one->ok)
        return 0;
    for (size_t worker = board->worker_count; worker > 0; worker--) {
        if (board->workers[worker - 1] == 1)
            return 0;
        const struct cell *cell =
            report_cell(board, column, row, board->workers[worker - 1]);
        if (cell != NULL && cell->ok)
            return cell->ops_per_s.median / one->ops_per_s.median;
    }
    return 0;
}

struct gain {
    const char *label;
    double times;
};

static int by_gain(const void *left, const void *right)
{
    double l = ((const struct gain *)left)->times,
           r = ((const struct gain *)right)->times;
    return (l < r) - (l > r);
}

static void gains_sentence(const char *lead_in, const struct gain *gains, size_t count,
                           size_t shown, struct sentence *sentence)
{
    assert(shown >= 1 && shown <= count);
    say(sentence, "", lead_in);
    for (size_t i = 0; i < shown; i++) {
        char text[FINDING_SIZE], times[REPORT_FIGURE_SIZE];
        const struct gain *gain = &gains[i + 1 == shown ? count - 1 : i];
        report_figure_ratio(times, gain->times);
        snprintf(text, sizeof text, "%s %s", gain->label, times);
        say(sentence,
            i == 0                            ? " "
            : shown < count && i + 1 == shown ? " … "
                                              : ", ",
            text);
    }
}

void finding_scaling(const struct board *board, size_t column, struct finding *finding)
{
    assert(board->worker_count > 0 && column < board->column_count);
    struct gain *gains = calloc(board->row_count + 1, sizeof *gains);
    size_t count = 0;
    unsigned most = board->workers[board->worker_count - 1];
    for (size_t row = 0; row < board->row_count && gains != NULL; row++) {
        double times = finding_speed_up(board, column, row);
        if (times > 0 && board->rows[row].contender)
            gains[count++] = (struct gain){board->rows[row].label, times};
    }
    char lead_in[FINDING_SIZE];
    snprintf(lead_in, sizeof lead_in,
             "%s, rate on up to %u workers over one worker:", board->columns[column].name,
             most);
    if (count == 0) {
        snprintf(lead_in, sizeof lead_in,
                 "%s: nothing measured both on one worker and on more",
                 board->columns[column].name);
        fit_anyway(lead_in, finding);
        free(gains);
        return;
    }
    qsort(gains, count, sizeof *gains, by_gain);
    struct sentence sentence = {0};
    for (size_t shown = count; shown >= 1; shown--) {
        sentence = (struct sentence){0};
        gains_sentence(lead_in, gains, count, shown, &sentence);
        if (fits(sentence.text, finding))
            break;
        if (shown == 1)
            fit_anyway(sentence.text, finding);
    }
    free(gains);
}

/* ---- heat
 * ------------------------------------------------------------------------------- */

static bool leads_or_levels(const struct board *board, size_t column, size_t row,
                            unsigned workers)
{
    struct verdict verdict = report_verdict(board, column, workers);
    const struct cell *cell = report_cell(board, column, row, workers);
    if (verdict.measured < 2 || verdict.few || cell == NULL || !cell->ok)
        return false;
    return row == verdict.best ||
           report_is_level(board, report_cell(board, column, verdict.best, workers),
                           cell);
}

void finding_heat(const struct board *board, unsigned workers, struct finding *finding)
{
    if (all_few(board, 0, board->column_count, workers)) {
        few_sentence(board, finding);
        return;
    }
    struct sentence sentence = {0};
    for (size_t row = 0; row < board->row_count; row++) {
        size_t times = 0;
        for (size_t column = 0; column < board->column_count; column++)
            times += board->rows[row].contender &&
                     leads_or_levels(board, column, row, workers);
        char text[FINDING_SIZE];
        if (sentence.used == 0)
            snprintf(text, sizeof text,
                     "Fastest or level with the fastest: %s in %zu of %zu",
                     board->rows[row].label, times, board->column_count);
        else
            snprintf(text, sizeof text, "%s in %zu", board->rows[row].label, times);
        if (times > 0)
            say(&sentence, ", ", text);
    }
    if (sentence.used == 0)
        say(&sentence, "", "Fewer than two models measured: nothing to compare");
    fit_anyway(sentence.text, finding);
}
