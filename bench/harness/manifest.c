/* A campaign's manifest: written when it begins, read when it is resumed. */
#include "build.h"
#include "campaign.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCHEMA "quartet-manifest/1"

void campaign_folder(const struct machine *machine, const char *results, char *dir,
                     size_t size)
{
    char slug[MACHINE_SLUG_SIZE], stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    machine_slug(machine, slug);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    assert(*slug != '\0' && strchr(slug, '/') == NULL);
    snprintf(dir, size, "%s/%s/%s-%.7s%s", results, slug, stamp, build_commit(),
             build_dirty() ? "-dirty" : "");
}

enum exit_code campaign_identify(struct campaign *campaign, struct trouble *trouble)
{
    assert(campaign->fingerprint == NULL);
    machine_slug(campaign->machine, campaign->slug);
    campaign->fingerprint = machine_fingerprint(campaign->machine);
    if (campaign->fingerprint == NULL)
        return trouble_set(trouble, EXIT_MACHINE, "no memory for the fingerprint");
    return EXIT_GOOD;
}

/* ---- writing ---- */

static json_t *words_json(char **words)
{
    json_t *array = json_array();
    for (; words != NULL && *words != NULL; words++)
        json_array_append_new(array, json_string(*words));
    return array;
}

/* What the plan is made from again when the campaign is resumed; null: not given. */
static json_t *options_json(const struct plan_options *options)
{
    return json_pack("{s:s?, s:s?, s:s?, s:b, s:b, s:b}", "models", options->models,
                     "workloads", options->workloads, "workers", options->workers,
                     "peers", options->peers, "only_peers", options->only_peers, "twins",
                     options->twins);
}

static json_t *plan_json(const struct plan *plan, const struct plan_options *options)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < plan->cell_count; i++)
        json_array_append_new(cells,
                              cell_key(&plan->cells[i], plan->placement, plan->knobs));
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:O, s:o, s:o}", "mode",
                     plan_mode_name(plan->mode), "rounds", (json_int_t)plan->rounds,
                     "rounds_floor", (json_int_t)PLAN_ROUNDS_FLOOR, "target_ns",
                     (json_int_t)plan->target_ns, "warmup_ns",
                     (json_int_t)plan->warmup_ns, "timeout_ns",
                     (json_int_t)plan->timeout_ns, "budget_ns",
                     (json_int_t)plan->budget_ns, "placement", plan->placement, "knobs",
                     plan->knobs, "options", options_json(options), "cells", cells);
}

enum exit_code campaign_describe(struct campaign *campaign,
                                 const struct plan_options *options,
                                 struct trouble *trouble)
{
    char path[PATH_MAX + 16];
    struct machine_error error = {0};
    enum exit_code code = campaign_identify(campaign, trouble);
    if (code != EXIT_GOOD)
        return code;
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    const char *unfit = build_unfit();
    json_t *manifest = json_pack(
        "{s:s, s:s, s:s, s:I, s:o, s:s, s:b, s:o, s:s, s:o, s:O}", "schema", SCHEMA,
        "created", stamp, "machine", campaign->slug, "seed",
        (json_int_t)campaign->plan->seed, "flags", words_json(campaign->argv), "commit",
        build_commit(), "dirty", build_dirty(), "build", build_json(), "unfit",
        unfit != NULL ? unfit : "", "plan", plan_json(campaign->plan, options),
        "fingerprint", campaign->fingerprint);
    if (manifest == NULL)
        return trouble_set(trouble, EXIT_MACHINE, "no memory for the manifest");
    code = store_json(&campaign->store, "manifest.json", manifest, trouble);
    json_decref(manifest);
    if (code != EXIT_GOOD)
        return code;
    snprintf(path, sizeof path, "%s/topology.xml", campaign->store.dir);
    if (machine_topology_xml(campaign->machine, path, &error) != 0)
        return trouble_set(trouble, EXIT_IO, "%s", error.text);
    return EXIT_GOOD;
}

/* ---- resuming ---- */

static enum exit_code damaged(const struct store *store, const char *what,
                              struct trouble *trouble)
{
    return trouble_set(trouble, EXIT_IO, "%s/manifest.json: %s", store->dir, what);
}

static bool mode_of(const char *name, enum plan_mode *mode)
{
    for (*mode = PLAN_QUICK; *mode <= PLAN_PUBLISH; ++*mode)
        if (strcmp(plan_mode_name(*mode), name) == 0)
            return true;
    return false;
}

static void knobs_of(const json_t *object, struct plan_knobs *knobs)
{
    const struct {
        const char *name;
        int64_t *value;
    } all[] = {{"target_ms", &knobs->target_ms},
               {"warmup_ms", &knobs->warmup_ms},
               {"timeout_s", &knobs->timeout_s},
               {"quiet_s", &knobs->quiet_s},
               {"max_size", &knobs->max_size}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_t *value = json_object_get(object, all[i].name);
        *all[i].value = json_is_integer(value) ? json_integer_value(value) : -1;
    }
}

static void choices_of(const json_t *object, struct plan_options *options)
{
    options->models = json_string_value(json_object_get(object, "models"));
    options->workloads = json_string_value(json_object_get(object, "workloads"));
    options->workers = json_string_value(json_object_get(object, "workers"));
    options->peers = json_is_true(json_object_get(object, "peers"));
    options->only_peers = json_is_true(json_object_get(object, "only_peers"));
    options->twins = json_is_true(json_object_get(object, "twins"));
}

static enum exit_code options_of(const struct store *store, const json_t *manifest,
                                 struct plan_options *options, struct trouble *trouble)
{
    const char *schema, *mode, *placement;
    json_int_t seed, rounds, budget;
    json_t *knobs, *choices;
    struct machine_error error = {0};
    if (json_unpack((json_t *)manifest, "{s:s, s:I, s:{s:s, s:I, s:I, s:s, s:o, s:o}}",
                    "schema", &schema, "seed", &seed, "plan", "mode", &mode, "rounds",
                    &rounds, "budget_ns", &budget, "placement", &placement, "knobs",
                    &knobs, "options", &choices) != 0 ||
        strcmp(schema, SCHEMA) != 0)
        return damaged(store, "not a manifest of this version", trouble);
    if (!mode_of(mode, &options->mode) || rounds < 1 || rounds > PLAN_ROUNDS_MAX ||
        budget < 0 || seed < 0 || seed > UINT32_MAX ||
        machine_place_parse(placement, &options->place, &error) != 0)
        return damaged(store, "its plan is damaged", trouble);
    options->rounds = (unsigned)rounds;
    options->budget_ns = (uint64_t)budget;
    options->seed = (uint32_t)seed;
    knobs_of(knobs, &options->knobs);
    choices_of(choices, options);
    return EXIT_GOOD;
}

enum exit_code campaign_resume_options(const struct store *store, json_t **manifest,
                                       struct plan_options *options,
                                       struct trouble *trouble)
{
    enum exit_code code = store_read(store, "manifest.json", manifest, trouble);
    if (code != EXIT_GOOD)
        return code;
    const char *commit = json_string_value(json_object_get(*manifest, "commit"));
    if (commit != NULL && strcmp(commit, build_commit()) != 0)
        return trouble_set(
            trouble, EXIT_USAGE,
            "%s was measured with commit %.7s, this is %.7s: their figures "
            "do not mix",
            store->dir, commit, build_commit());
    return options_of(store, *manifest, options, trouble);
}

static bool same_cells(const struct plan *plan, const json_t *cells)
{
    char name[CELL_NAME_SIZE];
    assert(plan->cell_count > 0);
    bool same = json_array_size(cells) == plan->cell_count;
    for (size_t i = 0; same && i < plan->cell_count; i++)
        same = cell_name_of_json(name, json_array_get(cells, i)) &&
               strcmp(name, plan->cells[i].name) == 0;
    return same;
}

static struct cell *cell_of(const struct plan *plan, const json_t *sample)
{
    char name[CELL_NAME_SIZE];
    if (!cell_name_of_json(name, sample))
        return NULL;
    for (size_t i = 0; i < plan->cell_count; i++)
        if (strcmp(plan->cells[i].name, name) == 0)
            return &plan->cells[i];
    return NULL;
}

/* What report() in campaign.c notes of a repetition, from its line. */
static void take_over(struct campaign *campaign, struct cell *cell, json_t *sample)
{
    const char *status = json_string_value(json_object_get(sample, "status"));
    json_int_t ops = json_integer_value(json_object_get(sample, "ops"));
    bool good = status != NULL && strcmp(status, "ok") == 0;
    bool na = status != NULL && strcmp(status, "n/a") == 0;
    assert(json_is_object(sample));
    json_array_append(cell->samples, sample);
    if (good && ops > 0)
        cell->ops = (uint64_t)ops;
    cell->given_up |= na || (status != NULL && strcmp(status, "timeout") == 0);
    campaign->bad_results |= !good && !na;
}

enum exit_code campaign_resume(struct campaign *campaign, const json_t *manifest,
                               struct trouble *trouble)
{
    struct store *store = &campaign->store;
    json_t *samples, *sample;
    size_t i;
    enum exit_code code = campaign_identify(campaign, trouble);
    if (code != EXIT_GOOD)
        return code;
    const char *machine = json_string_value(json_object_get(manifest, "machine"));
    if (machine == NULL || strcmp(machine, campaign->slug) != 0)
        return trouble_set(trouble, EXIT_USAGE,
                           "%s was measured on %s, this is %s: their figures do not mix",
                           store->dir, machine != NULL ? machine : "?", campaign->slug);
    if (!same_cells(campaign->plan,
                    json_object_get(json_object_get(manifest, "plan"), "cells")))
        return damaged(store, "its cells are not those that its options give here",
                       trouble);
    code = store_load(store, &samples, trouble);
    json_array_foreach(samples, i, sample)
    {
        struct cell *cell = cell_of(campaign->plan, sample);
        if (code != EXIT_GOOD)
            break;
        if (cell == NULL)
            code = trouble_set(trouble, EXIT_IO,
                               "%s/samples.jsonl:%zu is of no cell of this campaign",
                               store->dir, i + 1);
        else
            take_over(campaign, cell, sample);
    }
    json_decref(samples);
    return code;
}
