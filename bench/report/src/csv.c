#include "csv.h"

#include "text.h"

#include <assert.h>
#include <stdlib.h>

static void put_text(FILE *out, const char *text)
{
    report_escape(out, text, REPORT_ESCAPE_CSV);
    fputc(',', out);
}

static void put_object(FILE *out, const json_t *object)
{
    char *text = json_object_size(object) ? json_dumps(object, JSON_COMPACT) : NULL;
    put_text(out, text ? text : "");
    free(text);
}

static void put_metric(FILE *out, struct metric metric)
{
    assert(!metric.known || metric.low <= metric.high);
    if (metric.known)
        fprintf(out, ",%.10g,%.10g,%.10g", metric.median, metric.low, metric.high);
    else
        fputs(",,,", out);
}

/* The figures of all workloads, each once, in the order of the cells. Owns: the caller. */
static json_t *figure_names(const struct campaign *campaign)
{
    json_t *names = json_object();
    for (size_t i = 0; i < campaign->count; i++)
        if (campaign->cells[i].figures != NULL)
            json_object_update_missing(names, (json_t *)campaign->cells[i].figures);
    return names;
}

static void put_head(FILE *out, json_t *names)
{
    static const char *const ends[] = {"median", "low", "high"};
    const char *name;
    json_t *value;
    json_object_foreach(names, name, value) for (size_t i = 0; i < 3; i++)
    {
        char title[256];
        snprintf(title, sizeof title, "%.200s_%s", name, ends[i]);
        fputc(',', out);
        report_escape(out, title, REPORT_ESCAPE_CSV);
    }
}

static void put_figures(FILE *out, const struct cell *cell, json_t *names)
{
    const char *name;
    json_t *value;
    json_object_foreach(names, name, value) put_metric(out, report_figure(cell, name));
}

void report_csv(FILE *out, const struct campaign *campaign)
{
    static const char *const metrics[] = {"ns_per_op",     "ops_per_s", "cpu_ns_per_op",
                                          "max_rss_bytes", "start_ns",  "stop_ns"};
    fputs(
        "workload,model,variant,peer,build,placement,params,knobs,status,reason,workers,"
        "size,n",
        out);
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        fprintf(out, ",%s_median,%s_low,%s_high", metrics[i], metrics[i], metrics[i]);
    json_t *names = figure_names(campaign);
    put_head(out, names);
    fputs("\n", out);
    for (size_t i = 0; i < campaign->count; i++) {
        const struct cell *cell = &campaign->cells[i];
        put_text(out, cell->workload);
        put_text(out, cell->model);
        put_text(out, cell->variant);
        put_text(out, cell->peer ? "true" : "false");
        put_text(out, cell->build);
        put_text(out, cell->placement);
        put_object(out, cell->params);
        put_object(out, cell->knobs);
        put_text(out, cell->status);
        put_text(out, cell->reason);
        fprintf(out, "%u,%llu,%u", cell->workers, (unsigned long long)cell->size,
                cell->n);
        put_metric(out, cell->ns_per_op);
        put_metric(out, cell->ops_per_s);
        put_metric(out, cell->cpu_ns_per_op);
        put_metric(out, cell->max_rss_bytes);
        put_metric(out, cell->start_ns);
        put_metric(out, cell->stop_ns);
        put_figures(out, cell, names);
        fputc('\n', out);
    }
    json_decref(names);
}
