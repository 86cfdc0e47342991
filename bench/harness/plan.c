#include "plan.h"

#include <assert.h>
#include <core/clock.h>
#include <core/rng.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEER_WARMUP_NS CORE_NS_PER_S /* a peer's just-in-time compiler needs it */
#define OVERHEAD_NS (8 * CORE_NS_PER_MS)
#define PEER_OVERHEAD_NS (300 * CORE_NS_PER_MS)
#define TIMEOUT_NS_A_SIZE UINT64_C(100000) /* a million tasks: 100 s */
#define ESTIMATE_NS_A_SIZE 10000 /* a warm-up and a run that make as many tasks */
#define WORKERS_LIST_MAX 64

static const struct {
    const char *name;
    unsigned rounds;
    uint64_t target_ms, quiet_s, max_size;
} modes[] = {{"quick", 6, 100, 5, 10000},
             {"standard", 10, 300, 20, 100000},
             {"publish", 20, 1000, 60, 1000000}};

const char *plan_mode_name(enum plan_mode mode)
{
    assert(mode <= PLAN_PUBLISH);
    return modes[mode].name;
}

/* ---- knobs ---- */

enum exit_code plan_knob_set(struct plan_knobs *knobs, const char *text,
                             struct trouble *trouble)
{
    const struct {
        const char *name;
        int64_t low, high;
        int64_t *value;
    } known[] = {{"target_ms", 1, 60000, &knobs->target_ms},
                 {"warmup_ms", 0, 60000, &knobs->warmup_ms},
                 {"timeout_s", 1, 86400, &knobs->timeout_s},
                 {"quiet_s", 0, 3600, &knobs->quiet_s},
                 {"max_size", 1, INT64_C(1) << 53, &knobs->max_size}};
    const char *sign = strchr(text, '=');
    size_t length = sign != NULL ? (size_t)(sign - text) : strlen(text);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) != length || strncmp(known[i].name, text, length) != 0)
            continue;
        char *end = NULL;
        errno = 0;
        long long value = sign != NULL ? strtoll(sign + 1, &end, 10) : -1;
        if (end == NULL || end == sign + 1 || *end != '\0' || errno != 0 ||
            value < known[i].low || value > known[i].high)
            return trouble_set(
                trouble, EXIT_USAGE, "--set %s: %s is a number from %lld to %lld", text,
                known[i].name, (long long)known[i].low, (long long)known[i].high);
        *known[i].value = value;
        return EXIT_GOOD;
    }
    return trouble_set(
        trouble, EXIT_USAGE,
        "--set %s: KEY=VALUE with KEY one of target_ms warmup_ms timeout_s "
        "quiet_s max_size",
        text);
}

/* Only what was set is recorded, so that equal campaigns have equal keys. */
static json_t *knobs_json(const struct plan_knobs *knobs)
{
    json_t *object = json_object();
    const struct {
        const char *name;
        int64_t value;
    } all[] = {{"target_ms", knobs->target_ms},
               {"warmup_ms", knobs->warmup_ms},
               {"timeout_s", knobs->timeout_s},
               {"quiet_s", knobs->quiet_s},
               {"max_size", knobs->max_size}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].value >= 0)
            json_object_set_new(object, all[i].name, json_integer(all[i].value));
    return object;
}

static void times(struct plan *plan, const struct plan_options *options)
{
    const struct plan_knobs *knobs = &options->knobs;
    uint64_t target_ms = knobs->target_ms >= 0 ? (uint64_t)knobs->target_ms
                                               : modes[options->mode].target_ms;
    plan->target_ns = target_ms * CORE_NS_PER_MS;
    plan->warmup_ns = knobs->warmup_ms >= 0 ? (uint64_t)knobs->warmup_ms * CORE_NS_PER_MS
                                            : plan->target_ns / 2;
    plan->timeout_ns = knobs->timeout_s >= 0 ? (uint64_t)knobs->timeout_s * CORE_NS_PER_S
                                             : 30 * CORE_NS_PER_S + 20 * plan->target_ns;
    plan->timeout_ns_a_size = knobs->timeout_s >= 0 ? 0 : TIMEOUT_NS_A_SIZE;
    plan->quiet_ns = CORE_NS_PER_S * (knobs->quiet_s >= 0 ? (uint64_t)knobs->quiet_s
                                                          : modes[options->mode].quiet_s);
}

/* ---- names ---- */

struct maker {
    struct plan *plan;
    const struct plan_options *options;
    const struct machine *machine;
    const struct peers *peers;
    struct trouble *trouble;
    unsigned workers[WORKERS_LIST_MAX];
    size_t workers_count;
    bool peers_named; /* --models names peers, so it selects among them */
};

/* Calls `use` for each item of a comma list; stops at the first code that is not good. */
static enum exit_code each_item(const char *list, struct maker *maker,
                                enum exit_code (*use)(struct maker *, const char *))
{
    char item[128];
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof item)
            return trouble_set(maker->trouble, EXIT_USAGE,
                               "'%s' is not a comma list: an item is empty or too long",
                               list);
        memcpy(item, at, length);
        item[length] = '\0';
        enum exit_code code = use(maker, item);
        at += length;
        if (code != EXIT_GOOD || *at == '\0')
            return code;
    }
}

/* A pattern with a plus means one variant, without one the model with all its variants.
 */
static bool model_matches(const char *pattern, const char *model, const char *variant)
{
    char label[CELL_NAME_SIZE];
    struct cell cell = {.model = model, .variant = variant};
    cell_label(label, &cell);
    return fnmatch(pattern, strchr(pattern, '+') != NULL ? label : model, 0) == 0;
}

static bool list_matches(const char *list, const char *model, const char *variant)
{
    char copy[1024], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *item = strtok_r(copy, ",", &rest); item != NULL;
         item = strtok_r(NULL, ",", &rest))
        if (model_matches(item, model, variant))
            return true;
    return false;
}

static bool model_wanted(const struct maker *maker, const struct workload_entry *entry)
{
    if (maker->options->only_peers)
        return false;
    const char *models = maker->options->models;
    return models == NULL || list_matches(models, entry->model, entry->variant);
}

static bool peer_wanted(const struct maker *maker, const char *name)
{
    return !maker->peers_named || list_matches(maker->options->models, name, "");
}

static bool workload_wanted(const struct maker *maker, const char *workload)
{
    const char *workloads = maker->options->workloads;
    return workloads == NULL || list_matches(workloads, workload, "");
}

static void add_word(char *words, size_t size, const char *word)
{
    size_t length = strlen(word), used = strlen(words);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return;
    snprintf(words + used, size - used, "%s%s", used > 0 ? " " : "", word);
}

static void known_names(const struct maker *maker, bool models, char *words, size_t size)
{
    *words = '\0';
    for (size_t i = 0; i < workload_entry_count; i++)
        add_word(words, size,
                 models ? workload_entries[i]->model : workload_entries[i]->workload);
    for (size_t i = 0; models && maker->peers != NULL && i < peers_count(maker->peers);
         i++)
        add_word(words, size, peers_at(maker->peers, i)->name);
}

static bool is_glob(const char *pattern)
{
    return strpbrk(pattern, "*?[") != NULL;
}

static enum exit_code nobody(const struct maker *maker, const char *kind,
                             const char *pattern, bool models)
{
    char names[300];
    known_names(maker, models, names, sizeof names);
    if (is_glob(pattern))
        return trouble_set(maker->trouble, EXIT_NOTHING,
                           "no %s matches '%s': there are %s", kind, pattern, names);
    return trouble_set(
        maker->trouble, EXIT_USAGE, "unknown %s '%s': one of %s%s", kind, pattern, names,
        models && maker->peers == NULL ? "; real runtimes need --peers" : "");
}

static enum exit_code check_model(struct maker *maker, const char *pattern)
{
    bool found = false;
    for (size_t i = 0; i < workload_entry_count; i++)
        found |= model_matches(pattern, workload_entries[i]->model,
                               workload_entries[i]->variant);
    for (size_t i = 0; maker->peers != NULL && i < peers_count(maker->peers); i++)
        if (model_matches(pattern, peers_at(maker->peers, i)->name, "")) {
            found = true;
            maker->peers_named = true;
        }
    return found ? EXIT_GOOD : nobody(maker, "model", pattern, true);
}

static enum exit_code check_workload(struct maker *maker, const char *pattern)
{
    for (size_t i = 0; i < workload_entry_count; i++)
        if (model_matches(pattern, workload_entries[i]->workload, ""))
            return EXIT_GOOD;
    return nobody(maker, "workload", pattern, false);
}

/* ---- worker counts ---- */

static enum exit_code add_workers(struct maker *maker, const char *item)
{
    char *end;
    errno = 0;
    long value = strtol(item, &end, 10);
    if (*item < '0' || *item > '9' || *end != '\0' || errno != 0 || value < 1 ||
        value > (long)MACHINE_WORKERS_MAX)
        return trouble_set(maker->trouble, EXIT_USAGE,
                           "--workers %s: a comma list of numbers from 1 to %u, or sweep",
                           item, MACHINE_WORKERS_MAX);
    for (size_t i = 0; i < maker->workers_count; i++)
        if (maker->workers[i] == (unsigned)value)
            return EXIT_GOOD;
    if (maker->workers_count == WORKERS_LIST_MAX)
        return trouble_set(maker->trouble, EXIT_USAGE, "--workers: at most %d numbers",
                           WORKERS_LIST_MAX);
    maker->workers[maker->workers_count++] = (unsigned)value;
    return EXIT_GOOD;
}

/* 1, 2, 4 … and the number of cores itself. */
static void sweep(struct maker *maker)
{
    unsigned cores = machine_cores(maker->machine);
    assert(cores >= 1 && maker->workers_count == 0);
    if (cores > MACHINE_WORKERS_MAX)
        cores = MACHINE_WORKERS_MAX;
    for (unsigned workers = 1; workers < cores; workers *= 2)
        maker->workers[maker->workers_count++] = workers;
    maker->workers[maker->workers_count++] = cores;
}

static enum exit_code read_workers(struct maker *maker)
{
    const char *list = maker->options->workers;
    if (list == NULL || strcmp(list, "sweep") == 0) {
        sweep(maker);
        return EXIT_GOOD;
    }
    return each_item(list, maker, add_workers);
}

/* ---- cells ---- */

static enum exit_code add_cell(struct maker *maker, const struct cell *pattern)
{
    struct plan *plan = maker->plan;
    struct cell cell = *pattern;
    struct machine_error error = {0};
    assert(cell.expect != NULL && cell.quantum > 0);
    assert(cell.peer == (cell.entry == NULL));
    cell_name(cell.name, &cell);
    for (size_t i = 0; i < plan->cell_count; i++)
        if (strcmp(plan->cells[i].name, cell.name) == 0)
            return EXIT_GOOD;
    if (machine_assign(maker->machine, &plan->place, cell.workers, &cell.placement,
                       &error) != 0)
        return trouble_set(maker->trouble, EXIT_USAGE, "%s", error.text);
    struct cell *cells = realloc(plan->cells, (plan->cell_count + 1) * sizeof *cells);
    if (cells == NULL)
        return trouble_set(maker->trouble, EXIT_MACHINE, "no memory for the plan");
    plan->cells = cells;
    cell.samples = json_array();
    cells[plan->cell_count++] = cell;
    return EXIT_GOOD;
}

/* The cells of one program; those past its limit are folded onto the limit, so that a
 * model with one thread is there whatever was asked for. */
static enum exit_code add_counts(struct maker *maker, struct cell *cell, unsigned limit)
{
    enum exit_code code = EXIT_GOOD;
    assert(maker->workers_count > 0);
    for (size_t i = 0; i < maker->workers_count && code == EXIT_GOOD; i++) {
        unsigned workers = maker->workers[i];
        cell->workers = limit > 0 && workers > limit ? limit : workers;
        code = add_cell(maker, cell);
    }
    return code;
}

/* One cell for each of the entry's sizes up to the largest wanted; at least the smallest.
 */
static enum exit_code add_sizes(struct maker *maker, struct cell *cell,
                                const struct workload_entry *entry, unsigned limit)
{
    const struct plan_options *options = maker->options;
    uint64_t largest = options->knobs.max_size >= 0 ? (uint64_t)options->knobs.max_size
                                                    : modes[options->mode].max_size;
    enum exit_code code = EXIT_GOOD;
    if (entry->size_count == 0)
        return add_counts(maker, cell, limit);
    for (size_t i = 0; i < entry->size_count && code == EXIT_GOOD; i++) {
        uint64_t size = entry->sizes[i];
        assert(!entry->ops_by_size || (size > 0 && size % entry->quantum == 0));
        if (size > largest && i > 0)
            break;
        cell->size = size;
        if (entry->ops_by_size)
            cell->quantum = size;
        code = add_counts(maker, cell, limit);
    }
    return code;
}

static enum exit_code add_models(struct maker *maker)
{
    enum exit_code code = EXIT_GOOD;
    for (size_t i = 0; i < workload_entry_count && code == EXIT_GOOD; i++) {
        const struct workload_entry *entry = workload_entries[i];
        if (!workload_wanted(maker, entry->workload) || !model_wanted(maker, entry))
            continue;
        struct cell cell = {.workload = entry->workload,
                            .model = entry->model,
                            .variant = entry->variant,
                            .build = CELL_BUILD,
                            .entry = entry,
                            .like = entry,
                            .quantum = entry->quantum,
                            .expect = entry->expect};
        code = add_sizes(maker, &cell, entry, entry->workers_max);
    }
    return code;
}

/* A peer must answer what the plain variant of the model must that it stands for; where
 * that is not written, what the first one of a concurrent model must. */
static const struct workload_entry *reference(const char *workload,
                                              const struct peer_runtime *runtime)
{
    const struct workload_entry *first = NULL;
    for (size_t i = 0; i < workload_entry_count; i++) {
        const struct workload_entry *entry = workload_entries[i];
        if (strcmp(entry->workload, workload) != 0 || *entry->variant != '\0' ||
            strcmp(entry->model, "sequential") == 0)
            continue;
        if (strcmp(entry->model, runtime->stands_for) == 0)
            return entry;
        if (first == NULL)
            first = entry;
    }
    return first;
}

/* Whether none before it is of the same workload. */
static bool opens_workload(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(workload_entries[i]->workload, workload_entries[index]->workload) == 0)
            return false;
    return true;
}

static enum exit_code add_peer(struct maker *maker, const struct peer_runtime *runtime,
                               const struct workload_entry *entry)
{
    struct cell cell = {.workload = entry->workload,
                        .model = runtime->name,
                        .variant = "",
                        .build = CELL_BUILD,
                        .peer = true,
                        .like = entry,
                        .quantum = entry->quantum,
                        .expect = entry->expect};
    assert(runtime->present == (runtime->absent == NULL));
    if (!runtime->present)
        snprintf(cell.absent, sizeof cell.absent, "%s", runtime->absent);
    return add_sizes(maker, &cell, entry, runtime->workers_max);
}

static enum exit_code add_peers(struct maker *maker)
{
    enum exit_code code = EXIT_GOOD;
    if (!maker->options->peers && !maker->options->only_peers)
        return code;
    for (size_t i = 0; i < workload_entry_count; i++) {
        const char *workload = workload_entries[i]->workload;
        if (!opens_workload(i) || !workload_wanted(maker, workload))
            continue;
        for (size_t p = 0; p < peers_count(maker->peers) && code == EXIT_GOOD; p++) {
            const struct peer_runtime *runtime = peers_at(maker->peers, p);
            const struct workload_entry *entry = reference(workload, runtime);
            if (entry != NULL && peer_wanted(maker, runtime->name) &&
                peers_has(maker->peers, runtime, workload))
                code = add_peer(maker, runtime, entry);
        }
    }
    return code;
}

/* Which cell of a model gets a twin: of its plain ones (else of all) with the fewest
 * workers the last, which in the suite's own order is a hand-off. A queue under a global
 * lock has two speeds, by who happens to get the lock; that is its nature and no noise.
 */
static const struct cell *twin_of(const struct plan *plan, size_t count,
                                  const char *model)
{
    const struct cell *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &plan->cells[i];
        bool plain = *cell->variant == '\0';
        if (strcmp(cell->model, model) != 0)
            continue;
        if (best == NULL || (plain && *best->variant != '\0') ||
            (plain == (*best->variant == '\0') && cell->workers <= best->workers))
            best = cell;
    }
    return best;
}

/* One twin a model; the sequential solution is no model, and peers take too long. */
static enum exit_code add_twins(struct maker *maker)
{
    const struct plan *plan = maker->plan;
    size_t count = plan->cell_count;
    enum exit_code code = EXIT_GOOD;
    for (size_t i = 0; i < count && code == EXIT_GOOD; i++) {
        const char *model = plan->cells[i].model;
        if (plan->cells[i].peer || strcmp(model, "sequential") == 0)
            continue;
        struct cell twin = *twin_of(plan, count, model);
        twin.build = CELL_TWIN;
        code = add_cell(maker, &twin); /* which knows what is there already */
    }
    return code;
}

static enum exit_code check_names(struct maker *maker)
{
    const struct plan_options *options = maker->options;
    enum exit_code code = EXIT_GOOD;
    if (workload_entry_count == 0)
        return trouble_set(maker->trouble, EXIT_NOTHING, "no workload is built in");
    if (options->models != NULL)
        code = each_item(options->models, maker, check_model);
    if (code == EXIT_GOOD && options->workloads != NULL)
        code = each_item(options->workloads, maker, check_workload);
    return code;
}

enum exit_code plan_make(struct plan *plan, const struct plan_options *options,
                         const struct machine *machine, const struct peers *peers,
                         struct trouble *trouble)
{
    struct maker maker = {.plan = plan,
                          .options = options,
                          .machine = machine,
                          .peers = peers,
                          .trouble = trouble};
    assert(peers != NULL || (!options->peers && !options->only_peers));
    *plan = (struct plan){.mode = options->mode,
                          .seed = options->seed,
                          .place = options->place,
                          .budget_ns = options->budget_ns,
                          .rounds = options->rounds > 0 ? options->rounds
                                                        : modes[options->mode].rounds,
                          .knobs = knobs_json(&options->knobs)};
    times(plan, options);
    machine_place_format(&plan->place, plan->placement, sizeof plan->placement);
    enum exit_code code = check_names(&maker);
    if (code == EXIT_GOOD)
        code = read_workers(&maker);
    if (code == EXIT_GOOD)
        code = add_models(&maker);
    if (code == EXIT_GOOD && options->twins)
        code = add_twins(&maker);
    if (code == EXIT_GOOD)
        code = add_peers(&maker);
    if (code == EXIT_GOOD && plan->cell_count == 0)
        code = trouble_set(trouble, EXIT_NOTHING,
                           "nothing matched: no workload is written for these models%s",
                           maker.peers_named ? " (peers need --peers)" : "");
    if (code != EXIT_GOOD)
        plan_close(plan);
    return code;
}

void plan_close(struct plan *plan)
{
    for (size_t i = 0; i < plan->cell_count; i++)
        json_decref(plan->cells[i].samples);
    free(plan->cells);
    json_decref(plan->knobs);
    *plan = (struct plan){0};
}

/* ---- order and time ---- */

uint64_t plan_timeout_ns(const struct plan *plan, const struct cell *cell)
{
    assert(plan->timeout_ns > 0);
    return plan->timeout_ns + plan->timeout_ns_a_size * cell->size;
}

void plan_order(const struct plan *plan, unsigned round, size_t *order)
{
    struct core_rng rng;
    assert(round >= 1 && plan->cell_count > 0);
    core_rng_seed(&rng,
                  plan->seed + round * UINT32_C(2654435769)); /* 2^32 / golden ratio */
    for (size_t i = 0; i < plan->cell_count; i++) {
        size_t j = core_rng_below(&rng, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

uint64_t plan_estimate_ns(const struct plan *plan)
{
    uint64_t round = 0;
    for (size_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        if (*cell->absent != '\0')
            continue;
        round += cell->size * ESTIMATE_NS_A_SIZE + plan->target_ns +
                 (cell->peer ? PEER_WARMUP_NS + PEER_OVERHEAD_NS
                             : plan->warmup_ns + OVERHEAD_NS);
    }
    return round * plan->rounds;
}

const char *plan_estimate(const struct plan *plan, char text[static PLAN_TIME_SIZE])
{
    double seconds = (double)plan_estimate_ns(plan) / 1e9;
    assert(seconds >= 0);
    if (seconds < 99.5)
        snprintf(text, PLAN_TIME_SIZE, "%.0f s", ceil(seconds));
    else
        snprintf(text, PLAN_TIME_SIZE, "%.1f min", seconds / 60);
    return text;
}
