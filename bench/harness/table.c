#include "table.h"

#include "figures.h"
#include "progress.h"
#include "slope.h"
#include "stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const struct cell *cell;
    struct summary_cell judged;
};

static bool is_good(const struct summary_cell *judged)
{
    return strcmp(judged->status, "ok") == 0 && judged->ns_per_op.median > 0;
}

/* Whether no interval of 95 % exists for so few repetitions (stats.h). */
static bool is_few(const struct summary_cell *judged)
{
    return stats_coverage(judged->n, stats_rank(judged->n)) < STATS_CONFIDENCE;
}

/* Fastest first, those without figures last, in the plan's order among equals. */
static int by_speed(const void *left, const void *right)
{
    const struct line *l = left, *r = right;
    bool l_good = is_good(&l->judged), r_good = is_good(&r->judged);
    if (l_good != r_good)
        return r_good - l_good;
    double a = l->judged.ns_per_op.median, b = r->judged.ns_per_op.median;
    return a != b ? (a > b) - (a < b) : strcmp(l->cell->name, r->cell->name);
}

static size_t collect(const struct plan *plan, const char *workload, struct line *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        if (strcmp(cell->workload, workload) == 0 && strcmp(cell->build, CELL_BUILD) == 0)
            lines[count++] = (struct line){cell, summary_cell(cell)};
    }
    qsort(lines, count, sizeof *lines, by_speed);
    return count;
}

static const char *seconds(double ns, char *text, size_t size)
{
    progress_si(ns / 1e9, text, size);
    size_t used = strlen(text);
    assert(used + 2 <= size);
    snprintf(text + used, size - used, "s");
    return text;
}

/* "µ" takes two bytes: printf counts bytes, people count columns. */
static void column(FILE *out, int width, const char *text)
{
    int columns = 0;
    for (const char *c = text; *c != '\0'; c++)
        columns += (*c & 0xC0) != 0x80;
    fprintf(out, "%*s%s", columns < width ? width - columns : 0, "", text);
}

/* "actors+compacted 1000", "real:go 8 hogs", and the workers. */
static void print_label(const struct cell *cell, FILE *out)
{
    char label[CELL_NAME_SIZE];
    const struct workload_entry *like = cell->like;
    cell_label(label, cell);
    if (cell->peer)
        snprintf(label, sizeof label, "real:%s", cell->model);
    size_t used = strlen(label);
    assert(used < sizeof label && cell->workers > 0);
    if (like != NULL && like->size_name != NULL)
        snprintf(label + used, sizeof label - used, " %llu %s",
                 (unsigned long long)cell->size, like->size_name);
    else if (cell->size > 0)
        snprintf(label + used, sizeof label - used, " %llu",
                 (unsigned long long)cell->size);
    fprintf(out, "  %-24s %4u ", label, cell->workers);
}

static void print_line(const struct line *line, double best, FILE *out)
{
    char text[64], low[32], high[64];
    assert(!is_good(&line->judged) || best > 0);
    const struct summary_cell *judged = &line->judged;
    print_label(line->cell, out);
    if (!is_good(judged)) {
        fprintf(out, "%10s %23s %7s %10s %9s  %s\n", "-", "-", "-", "-", "-",
                judged->status);
        return;
    }
    column(out, 10, seconds(judged->ns_per_op.median, text, sizeof text));
    seconds(judged->ns_per_op.low, low, sizeof low);
    snprintf(text, sizeof text, "%s … %s", low,
             seconds(judged->ns_per_op.high, high, sizeof high));
    column(out, 24, is_few(judged) ? "-" : text);
    fprintf(out, " %6.2fx", judged->ns_per_op.median / best);
    column(out, 11, seconds(judged->cpu_ns_per_op.median, text, sizeof text));
    progress_si(judged->rss.median, text, sizeof text);
    strcat(text, "B");
    column(out, 10, text);
    fprintf(out, "  %s%s\n", judged->status, is_few(judged) ? " (few)" : "");
}

/* Models are compared with the best model; a real runtime stands beside them. */
static double best_of(const struct line *lines, size_t count)
{
    assert(count > 0);
    for (size_t i = 0; i < count; i++)
        if (!lines[i].cell->peer && is_good(&lines[i].judged))
            return lines[i].judged.ns_per_op.median;
    return lines[0].judged.ns_per_op.median;
}

/* ---- figures ---- */

static const char *amount(double value, const char *unit, char *text, size_t size)
{
    if (strcmp(unit, "ns") == 0)
        return seconds(value, text, size);
    if (*unit == '\0') {
        snprintf(text, size, "%.4g", value);
        return text;
    }
    progress_si(value, text, size);
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s", unit);
    return text;
}

static void print_figure(const struct cell *cell, const json_t *figure, FILE *out)
{
    char text[96], low[32], high[32];
    const char *unit = json_string_value(json_object_get(figure, "unit"));
    size_t n = (size_t)json_integer_value(json_object_get(figure, "n"));
    bool few = stats_coverage(n, stats_rank(n)) < STATS_CONFIDENCE;
    assert(n > 0 && unit != NULL);
    print_label(cell, out);
    column(out, 10,
           amount(json_number_value(json_object_get(figure, "median")), unit, text,
                  sizeof text));
    snprintf(
        text, sizeof text, "%s … %s",
        amount(json_number_value(json_object_get(figure, "low")), unit, low, sizeof low),
        amount(json_number_value(json_object_get(figure, "high")), unit, high,
               sizeof high));
    column(out, 24, few ? "-" : text);
    fputs(few ? " (few)\n" : "\n", out);
}

/* One figure of all cells of a workload, in the plan's order. */
static void print_figures_of(const struct plan *plan, const char *workload,
                             const char *name, FILE *out)
{
    bool begun = false;
    for (size_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        if (strcmp(cell->workload, workload) != 0 || strcmp(cell->build, CELL_BUILD) != 0)
            continue;
        json_t *figures = figures_summary(cell);
        const json_t *figure = json_object_get(figures, name);
        if (figure != NULL && !begun)
            fprintf(out, " %s %s (%s is better)\n", workload, name,
                    json_string_value(json_object_get(figure, "better")));
        if (figure != NULL)
            print_figure(cell, figure, out);
        begun |= figure != NULL;
        json_decref(figures);
    }
}

/* Each figure that some cell of the workload tells. */
static void print_figures(const struct plan *plan, const char *workload, FILE *out)
{
    json_t *seen = json_object(), *figure;
    const char *name;
    for (size_t i = 0; i < plan->cell_count; i++) {
        if (strcmp(plan->cells[i].workload, workload) != 0)
            continue;
        json_t *figures = figures_summary(&plan->cells[i]);
        json_object_update_missing(seen, figures);
        json_decref(figures);
    }
    json_object_foreach(seen, name, figure) print_figures_of(plan, workload, name, out);
    json_decref(seen);
}

/* The percentiles of all rounds together. */
static void print_merged(const struct plan *plan, FILE *out)
{
    for (size_t i = 0; i < plan->cell_count; i++) {
        json_t *merged = figures_merged(&plan->cells[i]), *value;
        const char *name;
        if (json_object_size(merged) > 0)
            fprintf(out, "%s: %s of all rounds, %lld values:", plan->cells[i].name,
                    json_string_value(json_object_get(merged, "name")),
                    (long long)json_integer_value(json_object_get(merged, "count")));
        json_object_foreach(merged, name, value)
        {
            char text[32];
            size_t length = strlen(name);
            if (length > 3 && strcmp(name + length - 3, "_ns") == 0)
                fprintf(out, " %.*s %s", (int)length - 3, name,
                        seconds(json_number_value(value), text, sizeof text));
        }
        fputs(json_object_size(merged) > 0 ? "\n" : "", out);
        json_decref(merged);
    }
}

/* ---- tables ---- */

static void print_workload(const struct plan *plan, const char *workload,
                           struct line *lines, FILE *out)
{
    size_t count = collect(plan, workload, lines);
    if (count == 0)
        return;
    assert(strcmp(lines[0].cell->workload, workload) == 0);
    double best = best_of(lines, count);
    fprintf(out, "\n%s\n  %-24s %4s %10s %23s %7s %10s %9s  %s\n", workload, "model", "w",
            "per op", "95 % interval", "xbest", "CPU/op", "RSS", "status");
    for (size_t i = 0; i < count; i++)
        print_line(&lines[i], best, out);
    print_figures(plan, workload, out);
}

static const char *compared(const struct plan *plan, const struct summary_twin *twins)
{
    struct summary_cell cell = summary_cell(&plan->cells[twins->cell]);
    struct summary_cell twin = summary_cell(&plan->cells[twins->twin]);
    if (is_few(&cell) || is_few(&twin))
        return "too few repetitions for intervals";
    return twins->overlap ? "intervals overlap" : "intervals do NOT overlap";
}

static void print_twins(const struct plan *plan, FILE *out)
{
    assert(plan->cell_count > 0);
    struct summary_twin *twins = calloc(plan->cell_count, sizeof *twins);
    size_t count = twins != NULL ? summary_twins(plan, twins) : 0;
    double floor = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(log(twins[i].ratio));
        floor = difference > floor ? difference : floor;
        fprintf(out, "A/A %s: ratio %.3f, %s\n", plan->cells[twins[i].cell].name,
                twins[i].ratio, compared(plan, &twins[i]));
    }
    if (count > 0)
        fprintf(out, "noise floor: differences below %.1f %% mean nothing here\n",
                100 * (exp(floor) - 1));
    free(twins);
}

static void print_few(const struct plan *plan, FILE *out)
{
    for (size_t i = 0; i < plan->cell_count; i++) {
        struct summary_cell judged = summary_cell(&plan->cells[i]);
        if (is_good(&judged) && is_few(&judged)) {
            fputs("few: fewer than 6 repetitions, for which no 95 % interval exists\n",
                  out);
            return;
        }
    }
}

static void print_slopes(const struct plan *plan, FILE *out)
{
    size_t i;
    json_t *slope, *slopes = slope_json(plan);
    json_array_foreach(slopes, i, slope)
    {
        const char *variant = json_string_value(json_object_get(slope, "variant"));
        fprintf(out, "%s/%s%s%s/workers:%d: %s grows by %.0f a task over %zu sizes\n",
                json_string_value(json_object_get(slope, "workload")),
                json_string_value(json_object_get(slope, "model")),
                *variant != '\0' ? "+" : "", variant,
                (int)json_integer_value(json_object_get(slope, "workers")),
                json_string_value(json_object_get(slope, "counter")),
                json_number_value(json_object_get(slope, "per_task")),
                json_array_size(json_object_get(slope, "sizes")));
    }
    json_decref(slopes);
}

static void print_notes(const struct plan *plan, const struct summary_facts *facts,
                        FILE *out)
{
    fputc('\n', out);
    print_few(plan, out);
    print_twins(plan, out);
    print_slopes(plan, out);
    print_merged(plan, out);
    for (size_t i = 0; i < plan->cell_count; i++) {
        struct summary_cell judged = summary_cell(&plan->cells[i]);
        if (strcmp(judged.status, "ok") != 0)
            fprintf(out, "%s %s: %s\n", plan->cells[i].name, judged.status,
                    judged.reason);
    }
    if (facts->quiet.noisy)
        fprintf(out, "noisy: CPU pressure was %.0f %% when it began\n",
                facts->quiet.pressure);
    if (facts->wall_ns > 0)
        fprintf(out,
                "%u round%s in %.1f s: %.0f %% of it measured or warming up, the rest is "
                "the harness's own cost\n",
                facts->rounds, facts->rounds == 1 ? "" : "s",
                (double)facts->wall_ns / 1e9, 100 * summary_efficiency(facts));
}

static bool seen_before(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(plan->cells[i].workload, plan->cells[index].workload) == 0)
            return true;
    return false;
}

void table_print(const struct plan *plan, const struct summary_facts *facts, FILE *out)
{
    struct line *lines = calloc(plan->cell_count, sizeof *lines);
    for (size_t i = 0; lines != NULL && i < plan->cell_count; i++)
        if (!seen_before(plan, i))
            print_workload(plan, plan->cells[i].workload, lines, out);
    print_notes(plan, facts, out);
    free(lines);
}
