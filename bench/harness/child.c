/* The order of a repetition: start the runtime (timed apart), grow ops from the quantum
 * until a run takes a third of the target (only where ops are not known yet) or warm up
 * once, check that the workers sit where they should, the timed run, counters, stop
 * (timed apart).
 */
#include "child.h"

#include "figures.h"
#include "launch.h"
#include "trouble.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPS_MAX (UINT64_C(1) << 53) /* what JSON and JavaScript count exactly */

struct repeat {
    const struct workload_entry *entry;
    struct child_plan plan;
    struct machine_placement placement;
    uint64_t size;
    void *runtime;
    uint64_t ops; /* of the timed run */
    uint64_t start_ns, warmup_ns, wall_ns, cpu_ns, stop_ns;
    struct workload_answer answer;
    struct workload_told told;
    json_t *counters;
    char placed[256]; /* "verified", "unbound" or why not */
    char error[256];  /* "" or what the entry could not do */
    bool unsupported; /* the error says that the model cannot do this at all */
};

char *child_spec(const struct cell *cell, const struct child_plan *plan)
{
    assert(cell->entry != NULL && plan->target_ns > 0);
    assert(plan->ops % cell->quantum == 0);
    json_t *cpus = json_array();
    for (unsigned i = 0; i < cell->workers; i++)
        json_array_append_new(cpus, json_integer(cell->placement.cpus[i]));
    json_t *spec =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:b, s:I, s:I, s:I, s:o}", "workload",
                  cell->workload, "model", cell->model, "variant", cell->variant,
                  "workers", (json_int_t)cell->workers, "size", (json_int_t)cell->size,
                  "bound", cell->placement.bound, "ops", (json_int_t)plan->ops,
                  "target_ns", (json_int_t)plan->target_ns, "warmup_ns",
                  (json_int_t)plan->warmup_ns, "cpus", cpus);
    char *text = spec != NULL ? json_dumps(spec, JSON_COMPACT) : NULL;
    json_decref(spec);
    return text;
}

static const struct workload_entry *find(const char *workload, const char *model,
                                         const char *variant)
{
    for (size_t i = 0; i < workload_entry_count; i++) {
        const struct workload_entry *entry = workload_entries[i];
        if (strcmp(entry->workload, workload) == 0 && strcmp(entry->model, model) == 0 &&
            strcmp(entry->variant, variant) == 0)
            return entry;
    }
    return NULL;
}

static bool spec_cpus(const json_t *cpus, struct machine_placement *placement)
{
    size_t i;
    json_t *cpu;
    if (json_array_size(cpus) != placement->workers)
        return false;
    json_array_foreach(cpus, i, cpu) placement->cpus[i] = (int)json_integer_value(cpu);
    return true;
}

static bool spec_read(const char *text, struct repeat *repeat)
{
    const char *workload, *model, *variant;
    json_int_t workers, size, ops, target, warmup;
    int bound;
    json_t *cpus, *spec = json_loads(text, 0, NULL);
    bool good =
        spec != NULL &&
        json_unpack(spec, "{s:s, s:s, s:s, s:I, s:I, s:b, s:I, s:I, s:I, s:o}",
                    "workload", &workload, "model", &model, "variant", &variant,
                    "workers", &workers, "size", &size, "bound", &bound, "ops", &ops,
                    "target_ns", &target, "warmup_ns", &warmup, "cpus", &cpus) == 0 &&
        workers >= 1 && workers <= MACHINE_WORKERS_MAX && size >= 0 && ops >= 0 &&
        target > 0 && warmup >= 0;
    if (good) {
        repeat->entry = find(workload, model, variant);
        repeat->size = (uint64_t)size;
        repeat->plan =
            (struct child_plan){(uint64_t)ops, (uint64_t)target, (uint64_t)warmup};
        repeat->placement.workers = (unsigned)workers;
        repeat->placement.bound = bound != 0;
        good = repeat->entry != NULL && spec_cpus(cpus, &repeat->placement);
    }
    json_decref(spec);
    return good;
}

static bool complain(struct repeat *repeat, const char *what, int error)
{
    assert(error < 0 && "an error is a negative errno");
    repeat->unsupported = error == -ENOTSUP;
    snprintf(repeat->error, sizeof repeat->error, "%s: %s", what, strerror(-error));
    return false;
}

static uint64_t quantum_of(const struct repeat *repeat)
{
    assert(!repeat->entry->ops_by_size || repeat->size % repeat->entry->quantum == 0);
    return repeat->entry->ops_by_size && repeat->size > 0 ? repeat->size
                                                          : repeat->entry->quantum;
}

static bool run(struct repeat *repeat, uint64_t ops, uint64_t *took_ns)
{
    assert(ops > 0 && ops % quantum_of(repeat) == 0);
    struct workload_shape shape = {
        .ops = ops, .size = repeat->size, .told = &repeat->told};
    repeat->answer = (struct workload_answer){0};
    if (!figures_clear(&repeat->told))
        return complain(repeat, "no histogram", -ENOMEM);
    uint64_t begin = core_now_ns();
    int error = repeat->entry->run(repeat->runtime, &shape, &repeat->answer);
    *took_ns = core_now_ns() - begin;
    return error == 0 || complain(repeat, "run failed", error);
}

/* A number of ops near `wanted`: a multiple of the quantum, at least one of it. */
static uint64_t whole(double wanted, uint64_t quantum)
{
    assert(wanted >= 0 && quantum > 0);
    if (wanted >= (double)OPS_MAX)
        wanted = (double)OPS_MAX;
    uint64_t ops = (uint64_t)(wanted / (double)quantum + 0.5) * quantum;
    return ops > quantum ? ops : quantum;
}

/* The fastest of the runs long enough to count decides: what makes a run slower (first
 * touches, neighbours) says nothing about the next one. */
static bool calibrate(struct repeat *repeat)
{
    uint64_t target = repeat->plan.target_ns, quantum = quantum_of(repeat);
    uint64_t ops = quantum, took;
    double fastest = 0; /* ops a nanosecond */
    /* The first run of a process is cold and may take any time: it decides nothing. */
    if (!run(repeat, ops, &took))
        return false;
    repeat->warmup_ns += took;
    for (;;) {
        if (!run(repeat, ops, &took))
            return false;
        repeat->warmup_ns += took;
        double speed = (double)ops / (double)(took > 0 ? took : 1);
        if (20 * took >= target && speed > fastest)
            fastest = speed;
        if (3 * took >= target || ops >= OPS_MAX)
            break;
        double reach = 0.4 * (double)target * speed / (double)ops;
        double grow = reach < 2 ? 2 : reach > 10 ? 10 : reach;
        ops = whole((double)ops * grow, quantum);
    }
    repeat->ops = fastest > 0 ? whole(fastest * (double)target, quantum) : ops;
    return true;
}

static bool warm_up(struct repeat *repeat)
{
    repeat->ops = repeat->plan.ops;
    assert(repeat->ops > 0);
    if (repeat->plan.warmup_ns == 0)
        return true;
    double share = (double)repeat->plan.warmup_ns / (double)repeat->plan.target_ns;
    uint64_t ops = whole((double)repeat->ops * share, quantum_of(repeat));
    return run(repeat, ops, &repeat->warmup_ns);
}

/* Whether no thread of ours may run outside the placement's CPUs. */
static bool is_within(const struct machine_placement *placement)
{
    cpu_set_t wanted, allowed;
    CPU_ZERO(&wanted);
    assert(placement->bound);
    for (unsigned i = 0; i < placement->workers; i++)
        CPU_SET((size_t)placement->cpus[i], &wanted);
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 &&
           CPU_EQUAL(&wanted, &allowed);
}

/* Runtimes whose workers live only during a run (gil: a worker is a task's thread) are
 * seen between two runs, so of them only the whole process's binding can be told. */
static bool check_placement(struct repeat *repeat)
{
    struct machine_error error = {0};
    if (!repeat->placement.bound)
        strcpy(repeat->placed, "unbound");
    else if (machine_verify_process(&repeat->placement, &error) == 0)
        strcpy(repeat->placed, "verified");
    else if (is_within(&repeat->placement))
        strcpy(repeat->placed, "within");
    else
        snprintf(repeat->error, sizeof repeat->error, "not placed: %.200s", error.text);
    return *repeat->placed != '\0';
}

static void count(void *context, const char *name, uint64_t value)
{
    assert(json_object_get(context, name) == NULL && "a counter is visited once");
    assert(value <= INT64_MAX && "JSON's integers are signed");
    json_object_set_new(context, name, json_integer((json_int_t)value));
}

static void perform(struct repeat *repeat)
{
    const struct workload_entry *entry = repeat->entry;
    struct workload_place place = {.workers = repeat->placement.workers,
                                   .cpus = repeat->placement.cpus};
    uint64_t begin = core_now_ns();
    int error = entry->start(&place, &repeat->runtime);
    repeat->start_ns = core_now_ns() - begin;
    if (error != 0) {
        complain(repeat, "start failed", error);
        return;
    }
    bool warm = repeat->plan.ops == 0 ? calibrate(repeat) : warm_up(repeat);
    if (warm && check_placement(repeat)) {
        repeat->cpu_ns = core_cpu_ns();
        run(repeat, repeat->ops, &repeat->wall_ns);
        repeat->cpu_ns = core_cpu_ns() - repeat->cpu_ns;
    }
    if (entry->counters != NULL)
        entry->counters(repeat->runtime, count, repeat->counters);
    begin = core_now_ns();
    entry->stop(repeat->runtime);
    repeat->stop_ns = core_now_ns() - begin;
}

static void put(json_t *record, const char *name, uint64_t value)
{
    assert(json_object_get(record, name) == NULL && value <= INT64_MAX);
    json_object_set_new(record, name, json_integer((json_int_t)value));
}

static bool record_write(const struct repeat *repeat)
{
    const struct workload_answer *answer = &repeat->answer;
    json_t *record = json_pack("{s:s, s:b, s:s, s:O}", "error", repeat->error,
                               "unsupported", repeat->unsupported, "placed",
                               repeat->placed, "counters", repeat->counters);
    json_object_set_new(record, "figures", figures_told(repeat->entry, &repeat->told));
    json_object_set_new(record, "histogram", figures_buckets(repeat->told.histogram));
    put(record, "asked", repeat->ops);
    put(record, "ops", answer->ops);
    put(record, "units", answer->units);
    put(record, "messages", answer->messages);
    put(record, "bytes", answer->bytes);
    put(record, "checksum", answer->checksum);
    put(record, "wall_ns", repeat->wall_ns);
    put(record, "cpu_ns", repeat->cpu_ns);
    put(record, "warmup_ns", repeat->warmup_ns);
    put(record, "start_ns", repeat->start_ns);
    put(record, "stop_ns", repeat->stop_ns);
    put(record, "peak_rss_bytes", launch_peak_rss(getpid()));
    bool written = json_dumpfd(record, LAUNCH_RECORD_FD, JSON_COMPACT) == 0;
    json_decref(record);
    if (!written)
        fputs("quartet-bench: cannot write the repetition's record\n", stderr);
    return written;
}

int child_main(const char *spec)
{
    struct repeat repeat = {0};
    if (fcntl(LAUNCH_RECORD_FD, F_GETFD) < 0 || !spec_read(spec, &repeat)) {
        fprintf(stderr, "quartet-bench: %s is called by `run` only\n", CHILD_VERB);
        return EXIT_USAGE;
    }
    fcntl(LAUNCH_RECORD_FD, F_SETFD, FD_CLOEXEC);
    repeat.counters = json_object();
    if (repeat.counters == NULL)
        return EXIT_MACHINE;
    perform(&repeat);
    bool written = record_write(&repeat);
    json_decref(repeat.counters);
    core_histogram_free(repeat.told.histogram);
    return written ? EXIT_GOOD : EXIT_IO;
}
