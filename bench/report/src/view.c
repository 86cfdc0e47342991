#include "view.h"

#include "text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void set_text(json_t *to, const char *name, const char *text)
{
    assert(text != NULL);
    json_object_set_new(to, name, json_string(text));
}

static json_t *list_in(json_t *to, const char *name)
{
    assert(json_is_object(to) && json_object_get(to, name) == NULL);
    json_t *list = json_array();
    json_object_set_new(to, name, list);
    return list;
}

static json_t *object_in(json_t *list)
{
    assert(json_is_array(list));
    json_t *object = json_object();
    json_array_append_new(list, object);
    return object;
}

/* ---- tables
 * ----------------------------------------------------------------------------- */

static const char *family_name(enum family family)
{
    static const char *const names[] = {"sequential", "actors", "csp",
                                        "eventloop",  "gil",    "other"};
    assert(family < sizeof names / sizeof *names);
    return names[family];
}

typedef void figure_fn(char to[static REPORT_FIGURE_SIZE], double value);

static void set_metric(json_t *to, const char *name, struct metric metric,
                       figure_fn *figure)
{
    char text[REPORT_FIGURE_SIZE] = "–";
    if (metric.known)
        figure(text, metric.median);
    set_text(to, name, text);
}

static void set_interval(json_t *to, struct metric metric)
{
    assert(metric.known);
    char low[REPORT_FIGURE_SIZE], high[REPORT_FIGURE_SIZE],
        both[2 * REPORT_FIGURE_SIZE + 8];
    report_figure_rate(low, metric.low);
    report_figure_rate(high, metric.high);
    snprintf(both, sizeof both, "%s … %s", low, high);
    set_text(to, "interval", both);
}

static const char *verdict_of(const struct board *board, size_t row,
                              const struct cell *cell, const struct cell *best,
                              const struct verdict *verdict)
{
    assert(cell->ok && (best != NULL || verdict->measured == 0));
    if (board->rows[row].peer)
        return "real runtime";
    if (!board->rows[row].contender)
        return "plain loop, no model";
    if (verdict->measured == 1)
        return "nothing to compare with";
    if (verdict->few)
        return "too few repetitions";
    if (cell == best)
        return verdict->level == 0 ? "fastest" : "level";
    return report_is_level(board, best, cell) ? "level" : "";
}

/* Peers and the sequential program are set against the best model too. */
static void set_ratio(json_t *to, const struct cell *cell, const struct cell *best)
{
    assert(cell->ok && (best == NULL || best->ok));
    char ratio[REPORT_FIGURE_SIZE] = "–";
    if (best != NULL)
        report_figure_ratio(ratio, best->ops_per_s.median / cell->ops_per_s.median);
    set_text(to, "ratio", ratio);
}

static void put_row(json_t *rows, const struct board *board, size_t row,
                    const struct cell *cell, const struct cell *best,
                    const struct verdict *verdict)
{
    json_t *to = object_in(rows);
    set_text(to, "label", board->rows[row].label);
    set_text(to, "family", family_name(board->rows[row].family));
    json_object_set_new(to, "peer", json_boolean(board->rows[row].peer));
    json_object_set_new(to, "ok", json_boolean(cell->ok));
    json_object_set_new(to, "n", json_integer(cell->n));
    set_text(to, "status", cell->status);
    set_text(to, "reason", cell->reason);
    if (!cell->ok)
        return;
    set_metric(to, "rate", cell->ops_per_s, report_figure_rate);
    set_interval(to, cell->ops_per_s);
    set_ratio(to, cell, best);
    set_metric(to, "time", cell->ns_per_op, report_figure_time);
    set_metric(to, "cpu", cell->cpu_ns_per_op, report_figure_time);
    set_metric(to, "memory", cell->max_rss_bytes, report_figure_bytes);
    /* of a real runtime's start and stop nothing is known: its samples say 0 */
    const struct metric unknown = {.known = false};
    bool peer = board->rows[row].peer;
    set_metric(to, "start", peer ? unknown : cell->start_ns, report_figure_time);
    set_metric(to, "stop", peer ? unknown : cell->stop_ns, report_figure_time);
    set_text(to, "verdict", verdict_of(board, row, cell, best, verdict));
}

static const char *amount(char to[static REPORT_FIGURE_SIZE], double value,
                          const char *unit)
{
    if (strcmp(unit, "ns") == 0)
        report_figure_time(to, value);
    else if (strcmp(unit, "B") == 0)
        report_figure_bytes(to, value);
    else if (strcmp(unit, "1/s") == 0)
        report_figure_rate(to, value);
    else
        snprintf(to, REPORT_FIGURE_SIZE, "%.4g", value);
    return to;
}

/* What the workload measures beside time, for the tables' cells in turn. */
static void put_figures(json_t *figures, const char *label, bool peer,
                        const struct cell *cell)
{
    const char *name;
    json_t *figure;
    json_object_foreach((json_t *)cell->figures, name, figure)
    {
        struct metric metric = report_figure(cell, name);
        const char *unit = json_string_value(json_object_get(figure, "unit"));
        char median[REPORT_FIGURE_SIZE], low[REPORT_FIGURE_SIZE],
            high[REPORT_FIGURE_SIZE], both[2 * REPORT_FIGURE_SIZE + 8];
        json_t *to = object_in(figures);
        assert(metric.known && unit != NULL);
        snprintf(both, sizeof both, "%s … %s", amount(low, metric.low, unit),
                 amount(high, metric.high, unit));
        set_text(to, "label", label);
        json_object_set_new(to, "peer", json_boolean(peer));
        set_text(to, "figure", name);
        set_text(to, "median", amount(median, metric.median, unit));
        set_text(to, "interval", both);
        set_text(to, "better", json_string_value(json_object_get(figure, "better")));
    }
}

static void put_group(json_t *groups, const struct board *board, size_t column,
                      unsigned workers)
{
    struct verdict verdict = report_verdict(board, column, workers);
    const struct cell *best =
        verdict.measured ? report_cell(board, column, verdict.best, workers) : NULL;
    json_t *rows = json_array(), *figures = json_array();
    for (size_t row = 0; row < board->row_count; row++) {
        const struct cell *cell = report_cell(board, column, row, workers);
        if (cell == NULL)
            continue;
        put_row(rows, board, row, cell, best, &verdict);
        put_figures(figures, board->rows[row].label, board->rows[row].peer, cell);
    }
    if (json_array_size(rows) == 0) {
        json_decref(rows);
        json_decref(figures);
        return;
    }
    char text[FINDING_SIZE];
    json_t *group = object_in(groups);
    snprintf(text, sizeof text, "%u worker%s", workers, workers == 1 ? "" : "s");
    set_text(group, "label", text);
    finding_of_column(board, column, workers, text, sizeof text);
    set_text(group, "finding", text);
    json_object_set_new(group, "rows", rows);
    json_object_set_new(group, "has_figures", json_boolean(json_array_size(figures) > 0));
    json_object_set_new(group, "figures", figures);
}

/* ---- charts
 * ----------------------------------------------------------------------------- */

/* gnuplot gives every picture the same ids; in one page each picture needs its own. */
static void put_picture(FILE *out, const char *svg, size_t number)
{
    static const char *const marks[] = {" id='", " id=\"", "href='#", "href=\"#",
                                        "url(#"};
    const char *at = strstr(svg, "<svg"); /* not the prolog of a file */
    while (at != NULL && *at != '\0') {
        size_t i = 0;
        while (i < sizeof marks / sizeof *marks &&
               strncmp(at, marks[i], strlen(marks[i])) != 0)
            i++;
        if (i == sizeof marks / sizeof *marks) {
            fputc(*at++, out);
            continue;
        }
        fprintf(out, "%sc%zu-", marks[i], number);
        at += strlen(marks[i]);
    }
}

static json_t *picture(const char *plots_dir, const char *name, size_t number)
{
    char path[REPORT_PATH_SIZE], file[CHART_NAME_SIZE + 8], *svg = NULL, *text = NULL;
    size_t size = 0;
    snprintf(file, sizeof file, "%s.svg", name);
    if (report_path(path, plots_dir, file) != 0 || report_read(path, &svg) != 0)
        return NULL;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL) {
        put_picture(out, svg, number);
        fclose(out);
    }
    json_t *value = text ? json_string(text) : NULL;
    free(text);
    free(svg);
    return value;
}

static int put_chart(json_t *list, const struct chart_list *charts, size_t index,
                     const char *plots_dir, bool svg)
{
    assert(index < charts->count);
    const struct chart *chart = &charts->charts[index];
    char title[2 * FINDING_SIZE];
    json_t *to = object_in(list),
           *text = svg ? picture(plots_dir, chart->name, index) : NULL;
    if (svg && text == NULL)
        return -EIO;
    snprintf(title, sizeof title, "%s%s%s", chart->title.lines[0],
             *chart->title.lines[1] ? " " : "", chart->title.lines[1]);
    set_text(to, "name", chart->name);
    set_text(to, "title", title);
    json_object_set_new(to, "svg", text ? text : json_string(""));
    return 0;
}

/* Scaling belongs to a column; the others go over all. */
static int put_charts(json_t *list, const struct chart_list *charts, const char *scaling,
                      const char *plots_dir, bool svg)
{
    int error = 0;
    for (size_t i = 0; i < charts->count && !error; i++) {
        const char *name = charts->charts[i].name;
        bool is_scaling = strcmp(charts->charts[i].script, "scaling.gp") == 0;
        if (scaling == NULL ? !is_scaling : is_scaling && strcmp(name + 8, scaling) == 0)
            error = put_chart(list, charts, i, plots_dir, svg);
    }
    return error;
}

static int put_cases(json_t *view, const struct board *board,
                     const struct chart_list *charts, const char *plots_dir, bool svg)
{
    json_t *cases = list_in(view, "cases");
    int error = 0;
    for (size_t column = 0; column < board->column_count && !error; column++) {
        json_t *to = object_in(cases);
        set_text(to, "name", board->columns[column].name);
        set_text(to, "id", board->columns[column].slug);
        json_t *groups = list_in(to, "groups");
        for (size_t i = 0; i < board->worker_count; i++)
            put_group(groups, board, column, board->workers[i]);
        error = put_charts(list_in(to, "charts"), charts, board->columns[column].slug,
                           plots_dir, svg);
    }
    return error;
}

/* ---- what stands around the figures
 * ----------------------------------------------------- */

static void put_headlines(json_t *view, const struct board *board)
{
    static const struct {
        unsigned workers;
        const char *label;
    } views[] = {{1, "On one worker"},
                 {BOARD_MOST, "On the most workers each was measured with"}};
    json_t *headlines = list_in(view, "headlines");
    bool one = board->worker_count > 0 && board->workers[0] == 1;
    for (size_t i = 0; i < 2; i++) {
        if (views[i].workers == 1 ? !one : one && board->worker_count < 2)
            continue;
        json_t *to = object_in(headlines);
        set_text(to, "label", views[i].label);
        json_t *items = list_in(to, "items");
        for (size_t column = 0; column < board->column_count; column++) {
            char text[FINDING_SIZE];
            finding_of_column(board, column, views[i].workers, text, sizeof text);
            json_array_append_new(items, json_string(text));
        }
    }
}

static void put_failed(json_t *view, const struct board *board)
{
    json_t *failed = list_in(view, "failed");
    bool any = false;
    for (size_t i = 0; i < board->campaign->count; i++) {
        const struct cell *cell = &board->campaign->cells[i];
        if (cell->ok)
            continue;
        any = true;
        json_t *to = object_in(failed);
        char label[512];
        snprintf(label, sizeof label, "%s%s%s", cell->model, *cell->variant ? "+" : "",
                 cell->variant);
        set_text(to, "workload", cell->workload);
        set_text(to, "label", label);
        json_object_set_new(to, "workers", json_integer(cell->workers));
        set_text(to, "status", cell->status);
        set_text(to, "reason", *cell->reason ? cell->reason : "no reason recorded");
    }
    json_object_set_new(view, "has_failed", json_boolean(any));
}

/* Every leaf of an object, its name as cpu.model. */
static void put_leaves(json_t *list, const char *prefix, const json_t *value)
{
    const char *name;
    json_t *inner;
    char path[256];
    if (value == NULL)
        return;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, name, inner)
        {
            snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", name);
            put_leaves(list, path, inner);
        }
        return;
    }
    char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    json_t *to = object_in(list);
    set_text(to, "key", prefix);
    set_text(to, "value", text ? text : json_string_value(value));
    free(text);
}

static void put_twins(json_t *view, const struct board *board)
{
    struct twins twins = report_twins(board);
    json_t *list = list_in(view, "twins"); /* none or one: a section of the template */
    if (twins.pairs == 0)
        return;
    json_t *to = object_in(list);
    char floor[32];
    snprintf(floor, sizeof floor, "%.1f %%", (twins.floor - 1) * 100);
    json_object_set_new(to, "pairs", json_integer((json_int_t)twins.pairs));
    json_object_set_new(to, "overlapping", json_integer((json_int_t)twins.overlapping));
    set_text(to, "floor", floor);
}

static void put_samples(json_t *view, const struct sample_count *count)
{
    json_t *list = list_in(view, "samples");
    if (!count->present)
        return;
    json_t *to = object_in(list);
    json_object_set_new(to, "lines", json_integer(count->lines));
    json_object_set_new(to, "good", json_integer(count->ok));
    json_object_set_new(to, "other", json_integer(count->other));
    json_object_set_new(to, "repeated", json_integer(count->repeated));
    json_object_set_new(to, "cut", json_boolean(count->cut));
}

/* A word as a shell reads it back; a line break in it would begin a command of its own.
 */
static void put_word(FILE *out, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "-_=+,.:/@%";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fprintf(out, " %s", word);
        return;
    }
    fputs(" '", out);
    for (; *word != '\0'; word++)
        *word == '\'' ? fputs("'\\''", out)
                      : fputc((unsigned char)*word < ' ' ? ' ' : *word, out);
    fputc('\'', out);
}

/* The command line of the campaign with the seed that it drew. */
static char *redo_command(const struct campaign *campaign)
{
    const json_t *flags = json_object_get(campaign->manifest, "flags");
    const json_t *seed = json_object_get(campaign->manifest, "seed");
    char *text = NULL;
    size_t size = 0, i;
    json_t *word;
    bool seeded = false;
    FILE *out = json_array_size(flags) > 0 ? open_memstream(&text, &size) : NULL;
    if (out == NULL)
        return NULL;
    fputs("./quartet run", out);
    json_array_foreach((json_t *)flags, i, word)
    {
        const char *plain = json_string_value(word);
        if (i == 0 && (plain == NULL || *plain != '-'))
            continue; /* the verb, or what the program was called as */
        put_word(out, plain ? plain : "?");
        seeded |= plain != NULL && strncmp(plain, "--seed", 6) == 0;
    }
    if (!seeded && json_is_integer(seed))
        fprintf(out, " --seed %" JSON_INTEGER_FORMAT, json_integer_value(seed));
    fclose(out);
    return text;
}

static void put_redo(json_t *view, const struct campaign *campaign)
{
    json_t *list = list_in(view, "redo");
    char *command = redo_command(campaign), checkout[64];
    json_object_set_new(view, "has_redo", json_boolean(command != NULL));
    if (command == NULL)
        return;
    snprintf(checkout, sizeof checkout, "git checkout %.7s", campaign->commit);
    json_array_append_new(list, json_string(checkout));
    json_array_append_new(list, json_string(command));
    free(command);
}

static void put_efficiency(json_t *view, const struct campaign *campaign)
{
    const json_t *efficiency = json_object_get(campaign->summary, "efficiency");
    const json_t *ratio = json_object_get(efficiency, "ratio");
    const json_t *wall = json_object_get(efficiency, "wall_ns");
    char text[128] = "";
    if (json_is_number(ratio) && json_is_number(wall))
        snprintf(text, sizeof text, "%.0f %% of %.0f s were measured or warm-up time",
                 json_number_value(ratio) * 100, json_number_value(wall) / 1e9);
    set_text(view, "efficiency", text);
}

static void put_campaign(json_t *view, const struct board *board)
{
    const struct campaign *campaign = board->campaign;
    char text[1024];
    report_machine(campaign, text, sizeof text);
    set_text(view, "machine", text);
    set_text(view, "slug", campaign->machine);
    set_text(view, "campaign", campaign->name);
    set_text(view, "date", campaign->date);
    set_text(view, "commit", campaign->commit);
    set_text(view, "mode", campaign->mode);
    json_object_set_new(view, "rounds", json_integer(campaign->rounds));
    report_placements(board, text, sizeof text);
    set_text(view, "placement", text);
    report_interval_name(board, text, sizeof text);
    set_text(view, "interval_name", text);
    set_text(view, "interval_head",
             strncmp(text, "range", 5) == 0 ? "range" : "95 % interval");
    const json_t *quiet = json_object_get(campaign->summary, "quiet");
    json_object_set_new(view, "noisy",
                        json_boolean(json_is_true(json_object_get(quiet, "noisy"))));
    json_object_set_new(
        view, "interrupted",
        json_boolean(json_is_true(json_object_get(campaign->summary, "interrupted"))));
}

json_t *report_view(const struct board *board, const struct chart_list *charts,
                    const char *plots_dir, bool svg)
{
    json_t *view = json_object();
    put_campaign(view, board);
    put_efficiency(view, board->campaign);
    put_headlines(view, board);
    put_failed(view, board);
    put_twins(view, board);
    put_samples(view, &board->campaign->samples);
    put_redo(view, board->campaign);
    put_leaves(list_in(view, "fingerprint"), "",
               json_object_get(board->campaign->summary, "fingerprint"));
    put_leaves(list_in(view, "build"), "",
               json_object_get(board->campaign->manifest, "build"));
    json_object_set_new(view, "drawn", json_boolean(svg));
    int error = put_charts(list_in(view, "charts"), charts, NULL, plots_dir, svg);
    if (!error)
        error = put_cases(view, board, charts, plots_dir, svg);
    if (!error)
        return view;
    json_decref(view);
    return NULL;
}
