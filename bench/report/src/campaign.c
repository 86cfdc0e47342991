#include "campaign.h"

#include "files.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "quartet-summary/1"

/* ---- fields of summary.json
 * ------------------------------------------------------------- */

/* Where in the file we are, so that one line names the guilty field. */
struct place {
    const char *path;
    size_t index; /* of the cell */
};

static int wrong(const struct place *at, const char *field, const char *what)
{
    return report_say(-EINVAL, "%s: cells[%zu]: %s %s", at->path, at->index, field, what);
}

static int text_field(const struct place *at, const json_t *object, const char *field,
                      const char *fallback, const char **to)
{
    const json_t *value = json_object_get(object, field);
    *to = json_is_string(value) ? json_string_value(value) : fallback;
    if (value != NULL && !json_is_string(value) && !json_is_null(value))
        return wrong(at, field, "is not a string");
    return *to == NULL ? wrong(at, field, "is missing") : 0;
}

static int count_field(const struct place *at, const json_t *object, const char *field,
                       json_int_t least, json_int_t most, json_int_t *to)
{
    assert(least <= most);
    const json_t *value = json_object_get(object, field);
    if (!json_is_integer(value))
        return wrong(at, field, "is missing or not a whole number");
    *to = json_integer_value(value);
    return *to < least || *to > most ? wrong(at, field, "is out of range") : 0;
}

static int metric_field(const struct place *at, const json_t *metrics, const char *name,
                        struct metric *to)
{
    *to = (struct metric){0};
    const json_t *object = json_object_get(metrics, name);
    if (object == NULL || json_is_null(object))
        return 0;
    const json_t *median = json_object_get(object, "median");
    const json_t *low = json_object_get(object, "low"),
                 *high = json_object_get(object, "high");
    if (!json_is_number(median) || !json_is_number(low) || !json_is_number(high))
        return wrong(at, name, "lacks a number for median, low or high");
    to->median = json_number_value(median);
    to->low = json_number_value(low);
    to->high = json_number_value(high);
    if (!(to->low >= 0 && to->low <= to->median && to->median <= to->high))
        return wrong(at, name, "is not 0 <= low <= median <= high");
    to->known = true;
    assert(isfinite(to->high)); /* JSON knows no infinity, and jansson refuses overflow */
    return 0;
}

static int metrics_of(const struct place *at, const json_t *object, struct cell *cell)
{
    const json_t *metrics = json_object_get(object, "metrics");
    const struct {
        const char *name;
        struct metric *to;
    } fields[] = {
        {"ops_per_s", &cell->ops_per_s},         {"ns_per_op", &cell->ns_per_op},
        {"cpu_ns_per_op", &cell->cpu_ns_per_op}, {"start_ns", &cell->start_ns},
        {"max_rss_bytes", &cell->max_rss_bytes}, {"stop_ns", &cell->stop_ns}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        int error = metric_field(at, metrics, fields[i].name, fields[i].to);
        if (error)
            return error;
    }
    if (!cell->ok)
        return 0;
    if (!cell->ops_per_s.known || !cell->ns_per_op.known)
        return wrong(at, "metrics", "of an ok cell lacks ops_per_s or ns_per_op");
    if (cell->ops_per_s.low <= 0 || cell->ns_per_op.low <= 0)
        return wrong(at, "metrics", "of an ok cell has a rate or a time of 0");
    return 0;
}

/* What a workload measures beside time; unlike metrics they may be below 0. */
static int figures_of(const struct place *at, const json_t *object, struct cell *cell)
{
    const char *name;
    json_t *figure;
    cell->figures = json_object_get(object, "figures");
    if (cell->figures != NULL && !json_is_object(cell->figures))
        return wrong(at, "figures", "is not an object");
    json_object_foreach((json_t *)cell->figures, name, figure)
    {
        if (!json_is_number(json_object_get(figure, "median")) ||
            !json_is_number(json_object_get(figure, "low")) ||
            !json_is_number(json_object_get(figure, "high")) ||
            !json_is_string(json_object_get(figure, "unit")) ||
            !json_is_string(json_object_get(figure, "better")))
            return wrong(at, name, "lacks median, low, high, unit or better");
    }
    return 0;
}

struct metric report_figure(const struct cell *cell, const char *name)
{
    const json_t *figure = json_object_get(cell->figures, name);
    assert(figure == NULL || json_is_object(figure));
    if (figure == NULL)
        return (struct metric){.known = false};
    return (struct metric){.known = true,
                           .median = json_number_value(json_object_get(figure, "median")),
                           .low = json_number_value(json_object_get(figure, "low")),
                           .high = json_number_value(json_object_get(figure, "high"))};
}

static int key_of(const struct place *at, const json_t *object, struct cell *cell)
{
    const struct {
        const char *name, *fallback;
        const char **to;
    } texts[] = {{"workload", NULL, &cell->workload}, {"model", NULL, &cell->model},
                 {"variant", "", &cell->variant},     {"build", "release", &cell->build},
                 {"placement", "", &cell->placement}, {"status", NULL, &cell->status},
                 {"reason", "", &cell->reason}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int error = text_field(at, object, texts[i].name, texts[i].fallback, texts[i].to);
        if (error)
            return error;
    }
    if (*cell->workload == '\0' || *cell->model == '\0')
        return wrong(at, "workload or model", "is empty");
    cell->peer = json_is_true(json_object_get(object, "peer"));
    cell->ok = strcmp(cell->status, "ok") == 0;
    cell->params = json_object_get(object, "params");
    cell->knobs = json_object_get(object, "knobs");
    return 0;
}

static int cell_of(const struct place *at, const json_t *object, struct cell *cell)
{
    json_int_t workers = 0, n = 0, size = 0;
    if (!json_is_object(object))
        return wrong(at, "it", "is not an object");
    int error = key_of(at, object, cell);
    if (!error)
        error = count_field(at, object, "workers", 1, INT_MAX, &workers);
    if (!error)
        error = count_field(at, object, "n", cell->ok ? 1 : 0, INT_MAX, &n);
    if (!error && json_object_get(object, "size") != NULL)
        error = count_field(at, object, "size", 0, INT64_MAX, &size);
    assert(error || (workers >= 1 && n >= 0 && size >= 0));
    cell->workers = (unsigned)workers;
    cell->n = (unsigned)n;
    cell->size = (uint64_t)size;
    if (!error)
        error = figures_of(at, object, cell);
    return error ? error : metrics_of(at, object, cell);
}

/* ---- the files
 * -------------------------------------------------------------------------- */

static int read_json(const char *path, json_t **to)
{
    char *text = NULL;
    int error = report_read(path, &text);
    if (error)
        return error;
    json_error_t problem;
    *to = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    free(text);
    if (*to == NULL)
        return report_say(-EINVAL, "%s:%d:%d: not valid JSON: %s", path, problem.line,
                          problem.column, problem.text);
    if (json_is_object(*to))
        return 0;
    return report_say(-EINVAL, "%s: not a JSON object", path);
}

static const char *top_text(const json_t *object, const char *field, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text != NULL && *text != '\0' ? text : fallback;
}

static int read_cells(struct campaign *campaign, const char *path)
{
    assert(campaign->cells == NULL && campaign->count == 0);
    const json_t *cells = json_object_get(campaign->summary, "cells");
    if (!json_is_array(cells))
        return report_say(-EINVAL, "%s: no array \"cells\"", path);
    size_t count = json_array_size(cells);
    campaign->cells = calloc(count ? count : 1, sizeof *campaign->cells);
    if (campaign->cells == NULL)
        return report_say(-ENOMEM, "%s: no memory for %zu cells", path, count);
    for (; campaign->count < count; campaign->count++) {
        struct place at = {path, campaign->count};
        int error = cell_of(&at, json_array_get(cells, campaign->count),
                            &campaign->cells[campaign->count]);
        if (error)
            return error;
    }
    return 0;
}

static int read_summary(struct campaign *campaign)
{
    char path[REPORT_PATH_SIZE];
    int error = report_path(path, campaign->dir, "summary.json");
    if (!error)
        error = read_json(path, &campaign->summary);
    if (error)
        return error;
    const char *schema = top_text(campaign->summary, "schema", "none");
    if (strcmp(schema, SCHEMA) != 0)
        return report_say(-EINVAL, "%s: schema is \"%s\", not \"%s\"", path, schema,
                          SCHEMA);
    campaign->machine = top_text(campaign->summary, "machine", "unknown");
    campaign->name = top_text(campaign->summary, "campaign", "unnamed");
    snprintf(campaign->commit, sizeof campaign->commit, "%.7s%s",
             top_text(campaign->summary, "commit", "unknown"),
             json_is_true(json_object_get(campaign->summary, "dirty")) ? "-dirty" : "");
    campaign->mode = top_text(campaign->summary, "mode", "unknown");
    const json_t *rounds = json_object_get(campaign->summary, "rounds");
    if (json_is_integer(rounds) && json_integer_value(rounds) > 0 &&
        json_integer_value(rounds) <= INT_MAX)
        campaign->rounds = (unsigned)json_integer_value(rounds);
    return read_cells(campaign, path);
}

/* A campaign copied without its manifest or samples can still be read; then the report
 * says that they are not there. */
static bool is_there(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return errno != ENOENT;
    fclose(file);
    return true;
}

static int read_manifest(struct campaign *campaign)
{
    char path[REPORT_PATH_SIZE];
    int error = report_path(path, campaign->dir, "manifest.json");
    if (error || !is_there(path))
        return error;
    return read_json(path, &campaign->manifest);
}

static int count_sample(struct sample_count *count, const json_t *line)
{
    const char *status = json_string_value(json_object_get(line, "status"));
    if (status == NULL)
        return -EINVAL;
    count->lines++;
    count->ok += strcmp(status, "ok") == 0;
    count->other += strcmp(status, "ok") != 0;
    count->repeated += json_integer_value(json_object_get(line, "attempt")) > 1;
    return 0;
}

static int read_samples(struct campaign *campaign)
{
    char path[REPORT_PATH_SIZE], *text = NULL;
    int error = report_path(path, campaign->dir, "samples.jsonl");
    if (error || !is_there(path))
        return error;
    error = report_read(path, &text);
    if (error)
        return error;
    struct sample_count *count = &campaign->samples;
    count->present = true;
    unsigned number = 0;
    for (char *line = text, *end; *line != '\0' && !error; line = end) {
        size_t length = strcspn(line, "\n");
        bool complete = line[length] == '\n';
        end = line + length + complete;
        number++;
        json_t *sample = json_loadb(line, length, 0, NULL);
        if (sample == NULL && !complete)
            count->cut = true;
        else if (length > 0 && count_sample(count, sample) != 0)
            error = report_say(-EINVAL, "%s:%u: not a sample", path, number);
        json_decref(sample);
    }
    assert(error || count->lines == count->ok + count->other);
    free(text);
    return error;
}

static bool read_stamp(struct campaign *campaign, const char *text, const char *format)
{
    unsigned year, month, day, hour, minute;
    int end = 0;
    int found = sscanf(text, format, &year, &month, &day, &hour, &minute, &end);
    if (found != 5 || end == 0)
        return false;
    snprintf(campaign->date, sizeof campaign->date, "%04u-%02u-%02u %02u:%02u UTC",
             year % 10000, month % 100, day % 100, hour % 100, minute % 100);
    return true;
}

/* The folder is named <UTC yyyymmddThhmmssZ>-<commit>; one that was named by hand has its
 * start in the manifest only. */
static void read_date(struct campaign *campaign)
{
    const char *created = top_text(campaign->manifest, "created", "");
    if (!read_stamp(campaign, campaign->name, "%4u%2u%2uT%2u%2u%*2uZ%n") &&
        !read_stamp(campaign, created, "%4u-%2u-%2uT%2u:%2u:%*2uZ%n"))
        strcpy(campaign->date, "date unknown");
}

int report_load(const char *dir, struct campaign *campaign)
{
    assert(*dir != '\0');
    *campaign = (struct campaign){.dir = dir};
    int error = read_summary(campaign);
    if (!error)
        error = read_manifest(campaign);
    if (!error)
        error = read_samples(campaign);
    if (!error)
        read_date(campaign);
    return error;
}

void report_unload(struct campaign *campaign)
{
    free(campaign->cells);
    json_decref(campaign->summary);
    json_decref(campaign->manifest);
    *campaign = (struct campaign){0};
}

static void cut_out(char *text, const char *noise)
{
    assert(*noise != '\0');
    for (char *at; (at = strstr(text, noise)) != NULL;)
        memmove(at, at + strlen(noise), strlen(at + strlen(noise)) + 1);
}

/* "Intel(R) Xeon(R) Platinum 8488C @ 2.40GHz" says no more than "Intel Xeon Platinum
 * 8488C". */
static void plain_processor(char *to, size_t size, const char *name)
{
    assert(size > 0);
    snprintf(to, size, "%s", name);
    static const char *const noise[] = {"(R)",  "(r)",  "(TM)",
                                        "(tm)", " CPU", " Processor"};
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        cut_out(to, noise[i]);
    char *clock = strstr(to, " @ ");
    if (clock != NULL)
        *clock = '\0';
}

void report_machine(const struct campaign *campaign, char *to, size_t size)
{
    const json_t *print = json_object_get(campaign->summary, "fingerprint");
    const char *cpu =
        json_string_value(json_object_get(json_object_get(print, "cpu"), "model"));
    const json_t *cores = json_object_get(json_object_get(print, "topology"), "cores");
    char plain[160] = "";
    if (cpu != NULL)
        plain_processor(plain, sizeof plain, cpu);
    if (*plain == '\0' || strcmp(plain, "unknown") == 0)
        snprintf(to, size, "%s", campaign->machine);
    else if (json_is_integer(cores))
        snprintf(to, size, "%s, %" JSON_INTEGER_FORMAT " core%s", plain,
                 json_integer_value(cores), json_integer_value(cores) == 1 ? "" : "s");
    else
        snprintf(to, size, "%s", plain);
}
