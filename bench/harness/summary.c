#include "summary.h"

#include "build.h"
#include "figures.h"
#include "slope.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- one cell ---- */

static double number(const json_t *sample, const char *name)
{
    return json_number_value(json_object_get(sample, name));
}

static const char *word(const json_t *sample, const char *name)
{
    const char *text = json_string_value(json_object_get(sample, name));
    return text != NULL ? text : "";
}

static double ns_per_op(const json_t *sample)
{
    assert(number(sample, "ops") > 0 && number(sample, "wall_ns") > 0);
    return number(sample, "wall_ns") / number(sample, "ops");
}

static double ops_per_s(const json_t *sample)
{
    return number(sample, "ops") / number(sample, "wall_ns") * 1e9;
}

static double cpu_per_op(const json_t *sample)
{
    return number(sample, "cpu_ns") / number(sample, "ops");
}

static double rss(const json_t *sample)
{
    return number(sample, "max_rss_bytes");
}

static double start_ns(const json_t *sample)
{
    return number(sample, "start_ns");
}

static double stop_ns(const json_t *sample)
{
    return number(sample, "stop_ns");
}

static struct stats_interval over(const json_t *samples, double *values,
                                  double (*value)(const json_t *))
{
    size_t i, n = 0;
    json_t *sample;
    json_array_foreach((json_t *)samples, i,
                       sample) if (strcmp(word(sample, "status"), "ok") == 0)
        values[n++] = value(sample);
    return stats_median(values, n);
}

/* From the one that decides to the one that decides least. */
static int rank(const char *status)
{
    static const char *const order[] = {"crashed", "timeout", "failed", "n/a", "ok"};
    for (int i = 0; i < 5; i++)
        if (strcmp(status, order[i]) == 0)
            return i;
    return 0;
}

static void judge(const struct cell *cell, struct summary_cell *result)
{
    size_t i;
    json_t *sample;
    int worst = 5;
    *result = (struct summary_cell){.status = "skipped", .reason = "not reached"};
    if (*cell->absent != '\0') {
        result->reason = cell->absent;
        result->status = cell->broken ? "failed" : "skipped";
    }
    json_array_foreach(cell->samples, i, sample)
    {
        int its = rank(word(sample, "status"));
        result->n += its == 4;
        if (its >= worst)
            continue;
        worst = its;
        result->status = word(sample, "status");
        result->reason = word(sample, "reason");
    }
}

struct summary_cell summary_cell(const struct cell *cell)
{
    struct summary_cell result;
    judge(cell, &result);
    assert(result.n <= json_array_size(cell->samples));
    double *values = calloc(json_array_size(cell->samples) + 1, sizeof *values);
    if (strcmp(result.status, "ok") == 0 && values != NULL) {
        result.ns_per_op = over(cell->samples, values, ns_per_op);
        result.ops_per_s = over(cell->samples, values, ops_per_s);
        result.cpu_ns_per_op = over(cell->samples, values, cpu_per_op);
        result.rss = over(cell->samples, values, rss);
        result.start = over(cell->samples, values, start_ns);
        result.stop = over(cell->samples, values, stop_ns);
    }
    free(values);
    return result;
}

/* ---- A/A ---- */

static bool are_twins(const struct cell *cell, const struct cell *twin)
{
    return strcmp(twin->build, CELL_TWIN) == 0 && strcmp(cell->build, CELL_BUILD) == 0 &&
           strcmp(cell->workload, twin->workload) == 0 &&
           strcmp(cell->model, twin->model) == 0 &&
           strcmp(cell->variant, twin->variant) == 0 && cell->workers == twin->workers &&
           cell->size == twin->size;
}

size_t summary_twins(const struct plan *plan, struct summary_twin *twins)
{
    size_t count = 0;
    for (size_t t = 0; t < plan->cell_count; t++)
        for (size_t c = 0; c < plan->cell_count; c++) {
            if (!are_twins(&plan->cells[c], &plan->cells[t]))
                continue;
            struct summary_cell cell = summary_cell(&plan->cells[c]);
            struct summary_cell twin = summary_cell(&plan->cells[t]);
            if (cell.ns_per_op.median <= 0 || twin.ns_per_op.median <= 0)
                continue;
            assert(count < plan->cell_count);
            twins[count++] = (struct summary_twin){
                .cell = c,
                .twin = t,
                .ratio = twin.ns_per_op.median / cell.ns_per_op.median,
                .overlap = cell.ns_per_op.low <= twin.ns_per_op.high &&
                           twin.ns_per_op.low <= cell.ns_per_op.high};
        }
    return count;
}

static json_t *twins_json(const struct plan *plan)
{
    assert(plan->cell_count > 0);
    json_t *array = json_array();
    struct summary_twin *twins = calloc(plan->cell_count, sizeof *twins);
    size_t count = twins != NULL ? summary_twins(plan, twins) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &plan->cells[twins[i].cell];
        json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:I, s:f, s:b}", "workload", cell->workload,
                             "model", cell->model, "variant", cell->variant, "workers",
                             (json_int_t)cell->workers, "ratio", twins[i].ratio,
                             "intervals_overlap", twins[i].overlap));
    }
    free(twins);
    return array;
}

/* ---- summary.json ---- */

static void add_metric(json_t *metrics, const char *name, struct stats_interval interval,
                       const char *unit, const char *better)
{
    assert(interval.low <= interval.median && interval.median <= interval.high);
    json_object_set_new(metrics, name,
                        json_pack("{s:f, s:f, s:f, s:s, s:s}", "median", interval.median,
                                  "low", interval.low, "high", interval.high, "unit",
                                  unit, "better", better));
}

static json_t *metrics_json(const struct summary_cell *cell)
{
    json_t *metrics = json_object();
    if (cell->n == 0 || strcmp(cell->status, "ok") != 0)
        return metrics;
    add_metric(metrics, "ns_per_op", cell->ns_per_op, "ns", "lower");
    add_metric(metrics, "ops_per_s", cell->ops_per_s, "1/s", "higher");
    add_metric(metrics, "cpu_ns_per_op", cell->cpu_ns_per_op, "ns", "lower");
    add_metric(metrics, "max_rss_bytes", cell->rss, "B", "lower");
    add_metric(metrics, "start_ns", cell->start, "ns", "lower");
    add_metric(metrics, "stop_ns", cell->stop, "ns", "lower");
    return metrics;
}

json_t *summary_counters(const struct cell *cell)
{
    for (size_t i = json_array_size(cell->samples); i-- > 0;) {
        json_t *sample = json_array_get(cell->samples, i);
        json_t *counters = json_object_get(sample, "counters");
        if (strcmp(word(sample, "status"), "ok") == 0 && json_is_object(counters))
            return json_incref(counters);
    }
    return json_object();
}

static json_t *cell_json(const struct plan *plan, const struct cell *cell)
{
    struct summary_cell judged = summary_cell(cell);
    json_t *object = cell_key(cell, plan->placement, plan->knobs);
    json_t *more =
        json_pack("{s:s, s:s, s:I, s:I, s:f, s:o, s:o, s:o, s:o}", "status",
                  judged.status, "reason", judged.reason, "n", (json_int_t)judged.n,
                  "ops", (json_int_t)cell->ops, "covers", judged.ns_per_op.covers,
                  "metrics", metrics_json(&judged), "figures", figures_summary(cell),
                  "histogram", figures_merged(cell), "counters", summary_counters(cell));
    json_object_update(object, more);
    json_decref(more);
    return object;
}

double summary_efficiency(const struct summary_facts *facts)
{
    if (facts->wall_ns == 0)
        return 0;
    assert(facts->measured_ns + facts->warmup_ns <= facts->wall_ns);
    return (double)(facts->measured_ns + facts->warmup_ns) / (double)facts->wall_ns;
}

json_t *summary_json(const struct plan *plan, const struct summary_facts *facts)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < plan->cell_count; i++)
        json_array_append_new(cells, cell_json(plan, &plan->cells[i]));
    return json_pack(
        "{s:s, s:s, s:s, s:O, s:s, s:b, s:s, s:I, s:I, s:b, s:s, s:I, s:{s:f, s:I, s:b}, "
        "s:{s:I, s:I, s:I, s:f}, s:o, s:o, s:o}",
        "schema", "quartet-summary/1", "machine", facts->machine, "campaign",
        facts->campaign, "fingerprint", facts->fingerprint, "commit", build_commit(),
        "dirty", build_dirty(), "mode", plan_mode_name(plan->mode), "rounds",
        (json_int_t)facts->rounds, "rounds_planned", (json_int_t)plan->rounds,
        "interrupted", facts->interrupted, "placement", plan->placement, "seed",
        (json_int_t)plan->seed, "quiet", "pressure", facts->quiet.pressure, "waited_ns",
        (json_int_t)facts->quiet.waited_ns, "noisy", facts->quiet.noisy, "efficiency",
        "measured_ns", (json_int_t)facts->measured_ns, "warmup_ns",
        (json_int_t)facts->warmup_ns, "wall_ns", (json_int_t)facts->wall_ns, "ratio",
        summary_efficiency(facts), "aa", twins_json(plan), "slopes", slope_json(plan),
        "cells", cells);
}

/* ---- gbench.json ---- */

static json_t *gbench_run(const struct cell *cell, const json_t *sample, size_t family,
                          size_t index)
{
    double ops = number(sample, "ops");
    bool good = strcmp(word(sample, "status"), "ok") == 0;
    json_t *run = json_pack(
        "{s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:I}", "name", cell->name,
        "family_index", (json_int_t)family, "per_family_instance_index", (json_int_t)0,
        "run_name", cell->name, "run_type", "iteration", "repetitions",
        (json_int_t)json_array_size(cell->samples), "repetition_index", (json_int_t)index,
        "threads", (json_int_t)1, "iterations", (json_int_t)(good ? ops : 0));
    json_t *rest = good
                       ? json_pack("{s:f, s:f, s:s, s:f}", "real_time", ns_per_op(sample),
                                   "cpu_time", cpu_per_op(sample), "time_unit", "ns",
                                   "items_per_second", ops_per_s(sample))
                       : json_pack("{s:b, s:s, s:f, s:f, s:s}", "error_occurred", 1,
                                   "error_message", word(sample, "reason"), "real_time",
                                   0.0, "cpu_time", 0.0, "time_unit", "ns");
    json_object_update(run, rest);
    json_decref(rest);
    return run;
}

static json_t *gbench_median(const struct cell *cell, size_t family)
{
    struct summary_cell judged = summary_cell(cell);
    char name[CELL_NAME_SIZE + 8];
    snprintf(name, sizeof name, "%s_median", cell->name);
    return json_pack(
        "{s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:s, s:s, s:I, s:f, s:f, s:s, s:f}", "name",
        name, "family_index", (json_int_t)family, "per_family_instance_index",
        (json_int_t)0, "run_name", cell->name, "run_type", "aggregate", "repetitions",
        (json_int_t)judged.n, "threads", (json_int_t)1, "aggregate_name", "median",
        "aggregate_unit", "time", "iterations", (json_int_t)judged.n, "real_time",
        judged.ns_per_op.median, "cpu_time", judged.cpu_ns_per_op.median, "time_unit",
        "ns", "items_per_second", judged.ops_per_s.median);
}

json_t *summary_gbench(const struct plan *plan, const struct summary_facts *facts)
{
    json_t *runs = json_array();
    char date[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&now, &utc));
    for (size_t c = 0; c < plan->cell_count; c++) {
        const struct cell *cell = &plan->cells[c];
        size_t i;
        json_t *sample;
        json_array_foreach(cell->samples, i, sample)
            json_array_append_new(runs, gbench_run(cell, sample, c, i));
        if (json_array_size(cell->samples) > 0 &&
            strcmp(summary_cell(cell).status, "ok") == 0)
            json_array_append_new(runs, gbench_median(cell, c));
    }
    return json_pack("{s:{s:s, s:s, s:s, s:[], s:s, s:s}, s:o}", "context", "date", date,
                     "host_name", facts->machine, "executable", "quartet-bench", "caches",
                     "library_build_type", build_unfit() == NULL ? "release" : "debug",
                     "campaign", facts->campaign, "benchmarks", runs);
}
