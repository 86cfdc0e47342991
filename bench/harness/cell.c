#include "cell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void cell_label(char label[CELL_NAME_SIZE], const struct cell *cell)
{
    snprintf(label, CELL_NAME_SIZE, "%s%s%s", cell->model, *cell->variant ? "+" : "",
             cell->variant);
}

void cell_name(char name[CELL_NAME_SIZE], const struct cell *cell)
{
    int length =
        snprintf(name, CELL_NAME_SIZE, "%s/%s%s%s/workers:%u", cell->workload,
                 cell->model, *cell->variant ? "+" : "", cell->variant, cell->workers);
    assert(length > 0 && length < CELL_NAME_SIZE);
    assert(cell->workers >= 1);
    if (cell->size > 0)
        length += snprintf(name + length, CELL_NAME_SIZE - (size_t)length, "/size:%llu",
                           (unsigned long long)cell->size);
    if (strcmp(cell->build, CELL_BUILD) != 0)
        snprintf(name + length, CELL_NAME_SIZE - (size_t)length, "/build:%s",
                 cell->build);
}

bool cell_name_of_json(char name[CELL_NAME_SIZE], const json_t *key)
{
    const char *workload, *model, *variant, *build;
    json_int_t workers, size;
    if (json_unpack((json_t *)key, "{s:s, s:s, s:s, s:s, s:I, s:I}", "workload",
                    &workload, "model", &model, "variant", &variant, "build", &build,
                    "workers", &workers, "size", &size) != 0)
        return false;
    if (workers < 1 || workers > MACHINE_WORKERS_MAX || size < 0 ||
        strlen(workload) + strlen(model) + strlen(variant) + strlen(build) > 80)
        return false;
    struct cell cell = {.workload = workload,
                        .model = model,
                        .variant = variant,
                        .build = build,
                        .workers = (unsigned)workers,
                        .size = (uint64_t)size};
    cell_name(name, &cell);
    return true;
}

json_t *cell_key(const struct cell *cell, const char *placement, json_t *knobs)
{
    assert(json_is_object(knobs) && *placement != '\0');
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:I, s:s, s:I, s:{}, s:O}", "workload",
                     cell->workload, "model", cell->model, "variant", cell->variant,
                     "peer", cell->peer, "build", cell->build, "workers",
                     (json_int_t)cell->workers, "placement", placement, "size",
                     (json_int_t)cell->size, "params", "knobs", knobs);
}

const struct workload_answer *cell_expected(struct cell *cell, uint64_t ops)
{
    assert(ops > 0);
    if (cell->expected_ops != ops) {
        struct workload_shape shape = {.ops = ops, .size = cell->size};
        cell->expect(&shape, &cell->expected);
        assert(cell->expected.ops == ops && cell->expected.checksum <= UINT64_C(1) << 53);
        cell->expected_ops = ops;
    }
    return &cell->expected;
}
