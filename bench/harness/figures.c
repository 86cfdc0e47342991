#include "figures.h"

#include "stats.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The percentiles of one repetition; the last is the exact maximum but for its bucket. */
static const struct {
    const char *name;
    double quantile;
} percentiles[] = {{"p50_ns", 0.5}, {"p90_ns", 0.9}, {"p99_ns", 0.99}, {"max_ns", 1}};

#define PERCENTILES (sizeof percentiles / sizeof *percentiles)

/* ---- in the repetition's process ---- */

bool figures_clear(struct workload_told *told)
{
    for (size_t i = 0; i < WORKLOAD_FIGURES_MAX; i++)
        told->figures[i] = NAN;
    core_histogram_free(told->histogram);
    told->histogram = core_histogram_new();
    return told->histogram != NULL;
}

json_t *figures_told(const struct workload_entry *entry, const struct workload_told *told)
{
    json_t *figures = json_object();
    const struct workload_figure *figure = entry->figures;
    for (size_t i = 0; figure != NULL && figure[i].name != NULL; i++) {
        assert(i < WORKLOAD_FIGURES_MAX && !isinf(told->figures[i]));
        if (!isnan(told->figures[i]))
            json_object_set_new(figures, figure[i].name, json_real(told->figures[i]));
    }
    return figures;
}

static void append(void *context, uint32_t bucket, uint64_t low_ns, uint64_t high_ns,
                   uint64_t count)
{
    assert(low_ns <= high_ns && count > 0);
    (void)low_ns, (void)high_ns; /* the bucket's number says it */
    json_array_append_new(context,
                          json_pack("[I, I]", (json_int_t)bucket, (json_int_t)count));
}

json_t *figures_buckets(const struct core_histogram *histogram)
{
    json_t *buckets = json_array();
    if (histogram != NULL)
        core_histogram_each(histogram, append, buckets);
    return buckets;
}

/* ---- in the campaign's ---- */

/* Adds the pairs to a histogram; false where one is none. */
static bool gather(struct core_histogram *into, const json_t *pairs)
{
    size_t i;
    json_t *pair;
    json_array_foreach((json_t *)pairs, i, pair)
    {
        json_int_t bucket, count;
        if (json_array_size(pair) != 2 ||
            json_unpack(pair, "[I, I]", &bucket, &count) != 0 || bucket < 0 ||
            bucket > UINT32_MAX || count < 1 || count > INT64_C(1) << 53 ||
            core_histogram_add_bucket(into, (uint32_t)bucket, (uint64_t)count) != 0)
            return false;
    }
    return true;
}

bool figures_find(const struct workload_entry *entry, const char *name,
                  struct workload_figure *figure)
{
    const struct workload_figure *own = entry != NULL ? entry->figures : NULL;
    for (; own != NULL && own->name != NULL; own++)
        if (strcmp(own->name, name) == 0) {
            *figure = *own;
            return true;
        }
    const char *values = entry != NULL ? entry->histogram : NULL;
    size_t length = values != NULL ? strlen(values) : 0;
    if (length == 0 || strncmp(name, values, length) != 0 || name[length] != '_')
        return false;
    for (size_t i = 0; i < PERCENTILES; i++)
        if (strcmp(name + length + 1, percentiles[i].name) == 0) {
            *figure = (struct workload_figure){name, "ns", "lower"};
            return true;
        }
    return false;
}

static bool check_figures(const struct workload_entry *entry, json_t *figures,
                          char *reason, size_t size)
{
    const char *name;
    json_t *value;
    struct workload_figure figure;
    json_object_foreach(figures, name, value)
    {
        if (!figures_find(entry, name, &figure))
            snprintf(reason, size, "it tells a figure that nobody declared: %.60s", name);
        else if (!json_is_number(value))
            snprintf(reason, size, "the figure %.60s is no number", name);
        else
            continue;
        return false;
    }
    return true;
}

static void add_percentiles(json_t *figures, const char *values,
                            const struct core_histogram *histogram)
{
    for (size_t i = 0; i < PERCENTILES; i++) {
        char name[128];
        uint64_t ns = core_histogram_quantile(histogram, percentiles[i].quantile);
        snprintf(name, sizeof name, "%s_%s", values, percentiles[i].name);
        json_object_set_new(figures, name, json_real((double)ns));
    }
}

bool figures_take(const struct workload_entry *entry, json_t *figures,
                  const json_t *histogram, char *reason, size_t size)
{
    const char *values = entry != NULL ? entry->histogram : NULL;
    assert(json_is_object(figures) && json_is_array(histogram));
    if (!check_figures(entry, figures, reason, size))
        return false;
    if ((values != NULL) != (json_array_size(histogram) > 0)) {
        snprintf(reason, size, "%s",
                 values != NULL ? "its histogram is empty"
                                : "it tells a histogram that nobody declared");
        return false;
    }
    if (values == NULL)
        return true;
    struct core_histogram *gathered = core_histogram_new();
    bool good = gathered != NULL && gather(gathered, histogram);
    if (good)
        add_percentiles(figures, values, gathered);
    else
        snprintf(reason, size, "its histogram is garbage");
    core_histogram_free(gathered);
    return good;
}

/* ---- over the rounds ---- */

static bool is_good(const json_t *sample)
{
    const char *status = json_string_value(json_object_get(sample, "status"));
    return status != NULL && strcmp(status, "ok") == 0;
}

static json_t *over(const struct cell *cell, const struct workload_figure *figure,
                    double *values)
{
    size_t i, n = 0;
    json_t *sample;
    json_array_foreach(cell->samples, i, sample)
    {
        json_t *value = json_object_get(json_object_get(sample, "figures"), figure->name);
        if (is_good(sample) && json_is_number(value))
            values[n++] = json_number_value(value);
    }
    assert(n > 0 && n <= json_array_size(cell->samples));
    struct stats_interval interval = stats_median(values, n);
    return json_pack("{s:f, s:f, s:f, s:I, s:s, s:s}", "median", interval.median, "low",
                     interval.low, "high", interval.high, "n", (json_int_t)n, "unit",
                     figure->unit, "better", figure->better);
}

json_t *figures_summary(const struct cell *cell)
{
    size_t i;
    json_t *sample, *value, *summary = json_object();
    const char *name;
    double *values = calloc(json_array_size(cell->samples) + 1, sizeof *values);
    json_array_foreach(cell->samples, i, sample)
    {
        json_t *figures = json_object_get(sample, "figures");
        json_object_foreach(figures, name, value)
        {
            struct workload_figure figure;
            if (values != NULL && is_good(sample) && json_is_number(value) &&
                json_object_get(summary, name) == NULL &&
                figures_find(cell->like, name, &figure))
                json_object_set_new(summary, name, over(cell, &figure, values));
        }
    }
    free(values);
    return summary;
}

static json_t *merged_json(const char *name, const struct core_histogram *all)
{
    uint64_t count = core_histogram_count(all);
    json_t *merged = json_pack("{s:s, s:I}", "name", name, "count", (json_int_t)count);
    for (size_t i = 0; i < PERCENTILES; i++) {
        uint64_t ns = core_histogram_quantile(all, percentiles[i].quantile);
        if (percentiles[i].quantile == 1 && count >= FIGURES_ENOUGH_FOR_P99_9)
            json_object_set_new(
                merged, "p99_9_ns",
                json_integer((json_int_t)core_histogram_quantile(all, 0.999)));
        json_object_set_new(merged, percentiles[i].name, json_integer((json_int_t)ns));
    }
    return merged;
}

json_t *figures_merged(const struct cell *cell)
{
    size_t i;
    json_t *sample, *merged = NULL;
    const char *name = cell->like != NULL ? cell->like->histogram : NULL;
    struct core_histogram *all = name != NULL ? core_histogram_new() : NULL;
    if (all == NULL)
        return json_object();
    bool good = true;
    json_array_foreach(cell->samples, i, sample) if (is_good(sample)) good =
        good && gather(all, json_object_get(sample, "histogram"));
    if (good && core_histogram_count(all) > 0)
        merged = merged_json(name, all);
    core_histogram_free(all);
    return merged != NULL ? merged : json_object();
}
