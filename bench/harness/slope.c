#include "slope.h"

#include "summary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "parked_"

double slope_of(const double *x, const double *y, size_t count)
{
    double mean_x = 0, mean_y = 0, both = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        mean_x += x[i] / (double)count;
        mean_y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        both += (x[i] - mean_x) * (y[i] - mean_y);
        square += (x[i] - mean_x) * (x[i] - mean_x);
    }
    assert(square >= 0);
    return square > 0 ? both / square : 0;
}

/* The same but for the size. */
static bool are_sizes(const struct cell *one, const struct cell *other)
{
    return one->size > 0 && other->size > 0 && one->workers == other->workers &&
           strcmp(one->workload, other->workload) == 0 &&
           strcmp(one->model, other->model) == 0 &&
           strcmp(one->variant, other->variant) == 0 &&
           strcmp(one->build, other->build) == 0;
}

static json_t *line(const struct plan *plan, const struct cell *first,
                    const char *counter, double *x, double *y)
{
    size_t count = 0;
    json_t *sizes = json_array();
    for (size_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        if (!are_sizes(first, cell))
            continue;
        json_t *counters = summary_counters(cell);
        json_t *value = json_object_get(counters, counter);
        if (value != NULL) {
            x[count] = (double)cell->size;
            y[count++] = json_number_value(value);
            json_array_append_new(sizes, json_integer((json_int_t)cell->size));
        }
        json_decref(counters);
    }
    if (count < 2) {
        json_decref(sizes);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:s, s:o, s:f}", "workload",
                     first->workload, "model", first->model, "variant", first->variant,
                     "build", first->build, "peer", first->peer, "workers",
                     (json_int_t)first->workers, "counter", counter, "sizes", sizes,
                     "per_task", slope_of(x, y, count));
}

static bool is_first(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (are_sizes(&plan->cells[i], &plan->cells[index]))
            return false;
    return plan->cells[index].size > 0;
}

json_t *slope_json(const struct plan *plan)
{
    json_t *array = json_array();
    double *x = calloc(plan->cell_count + 1, sizeof *x);
    double *y = calloc(plan->cell_count + 1, sizeof *y);
    for (size_t i = 0; x != NULL && y != NULL && i < plan->cell_count; i++) {
        const char *name;
        json_t *value, *counters;
        if (!is_first(plan, i))
            continue;
        counters = summary_counters(&plan->cells[i]);
        json_object_foreach(counters, name, value)
        {
            json_t *found = strncmp(name, PREFIX, strlen(PREFIX)) == 0
                                ? line(plan, &plan->cells[i], name, x, y)
                                : NULL;
            if (found != NULL)
                json_array_append_new(array, found);
        }
        json_decref(counters);
    }
    free(x);
    free(y);
    return array;
}
