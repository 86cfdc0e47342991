#include "progress.h"

#include "stats.h"
#include "summary.h"

#include <assert.h>
#include <core/clock.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *progress_si(double value, char *text, size_t size)
{
    assert(isfinite(value) && size >= 16);
    static const char *const prefixes[] = {"n", "µ", "m", "", "k", "M", "G", "T"};
    int at = 3;
    while (fabs(value) >= 999.5 && at < 7) {
        value /= 1000;
        at++;
    }
    while (value != 0 && fabs(value) < 0.9995 && at > 0) {
        value *= 1000;
        at--;
    }
    int digits = fabs(value) >= 99.95 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
    snprintf(text, size, "%.*f %s", digits, value, prefixes[at]);
    return text;
}

void progress_begin(struct progress *progress, const struct plan *plan, size_t done,
                    size_t total)
{
    const char *term = getenv("TERM");
    assert(done <= total);
    bool tty = isatty(STDERR_FILENO) != 0;
    *progress = (struct progress){.plan = plan,
                                  .done = done,
                                  .total = total,
                                  .begin_ns = core_now_ns(),
                                  .done_at_begin = done};
    progress->live = tty && (term == NULL || strcmp(term, "dumb") != 0);
    progress->colour = progress->live && getenv("NO_COLOR") == NULL;
    progress->estimate_ns =
        plan_estimate_ns(plan) /
        (plan->rounds * plan->cell_count > 0 ? plan->rounds * plan->cell_count : 1);
}

static uint64_t left_ns(const struct progress *progress)
{
    assert(progress->done >= progress->done_at_begin &&
           progress->done <= progress->total);
    size_t here = progress->done - progress->done_at_begin;
    uint64_t each =
        here > 0 ? (core_now_ns() - progress->begin_ns) / here : progress->estimate_ns;
    return each * (progress->total - progress->done);
}

/* "[ 143/400  36 %  ETA 2:41 ]" */
static void position(const struct progress *progress, char *text, size_t size)
{
    unsigned long seconds = (unsigned long)(left_ns(progress) / CORE_NS_PER_S);
    snprintf(text, size, "[ %zu/%zu  %zu %%  ETA %lu:%02lu ]", progress->done,
             progress->total,
             progress->total > 0 ? 100 * progress->done / progress->total : 100,
             seconds / 60, seconds % 60);
}

static void rate(const struct cell *cell, char *text, size_t size)
{
    char amount[32];
    struct summary_cell judged = summary_cell(cell);
    *text = '\0';
    if (judged.n == 0 || judged.ops_per_s.median <= 0)
        return;
    progress_si(judged.ops_per_s.median, amount, sizeof amount);
    if (stats_coverage(judged.n, stats_rank(judged.n)) < STATS_CONFIDENCE) {
        snprintf(text, size, "  %sop/s", amount); /* too few for an interval */
        return;
    }
    double spread = (judged.ops_per_s.high - judged.ops_per_s.low) / 2;
    snprintf(text, size, "  %sop/s ±%.1f %%", amount,
             100 * spread / judged.ops_per_s.median);
}

void progress_show(struct progress *progress, unsigned round, const struct cell *cell)
{
    char where[96], speed[64], label[CELL_NAME_SIZE];
    assert(round >= 1 && round <= progress->plan->rounds);
    if (!progress->live)
        return;
    position(progress, where, sizeof where);
    rate(cell, speed, sizeof speed);
    cell_label(label, cell);
    /* \r and spaces instead of an escape sequence where those are not wanted */
    fprintf(stderr, "\r%s%s%s round %u/%u  %s·%s·w%u%s%s",
            progress->colour ? "\033[K\033[36m" : "", where,
            progress->colour ? "\033[0m" : "", round, progress->plan->rounds,
            cell->workload, label, cell->workers, speed,
            progress->colour ? "" : "                    ");
    fflush(stderr);
}

void progress_count(struct progress *progress, const struct cell *cell,
                    const char *status, const char *reason)
{
    progress->done++;
    assert(progress->done <= progress->total);
    assert((reason == NULL) == (strcmp(status, "ok") == 0));
    if (reason == NULL)
        return;
    progress->bad++;
    progress_end(progress);
    fprintf(stderr, "%s %s: %s\n", cell->name, status, reason);
}

void progress_round(struct progress *progress, unsigned round)
{
    char where[96];
    if (progress->live)
        return;
    position(progress, where, sizeof where);
    fprintf(stderr, "%s round %u/%u done%s\n", where, round, progress->plan->rounds,
            progress->bad > 0 ? ", not all repetitions were good" : "");
}

void progress_end(struct progress *progress)
{
    if (!progress->live)
        return;
    if (progress->colour)
        fputs("\r\033[K", stderr);
    else
        fputs("\n", stderr);
    fflush(stderr);
}
