/* The order of a campaign: the machine-wide lock, a quiet machine, peers compiled, then
 * for each round all cells in that round's seeded order; each repetition goes through
 * Google Benchmark's registry into repetition_run(), and comes back through our reporter
 * as one line of samples.jsonl, synced before the next one begins. Rounds, not cells, are
 * the outer loop: whenever a campaign ends early every cell has about as many repetitions
 * as any other, and what drifts (heat, neighbours) meets all cells alike.
 */
#include "campaign.h"

#include "progress.h"
#include "registry.h"

#include <assert.h>
#include <core/clock.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The client's side of the registry. */
struct rounds {
    struct campaign *campaign;
    struct bench bench;
    struct progress progress;
    struct registry_client client;
    struct repetition latest;
    struct trouble *trouble;
    enum exit_code code; /* good until something ends the campaign */
    unsigned round;
};

/* ---- one repetition ---- */

static void put(json_t *sample, const char *name, uint64_t value)
{
    json_object_set_new(sample, name, json_integer((json_int_t)value));
}

static void put_text(json_t *sample, const char *name, const char *text)
{
    json_object_set_new(sample, name, json_string(text));
}

static void put_usage(json_t *sample, const struct repetition *latest)
{
    put(sample, "wall_ns", latest->wall_ns);
    put(sample, "warmup_ns", latest->warmup_ns);
    put(sample, "start_ns", latest->start_ns);
    put(sample, "stop_ns", latest->stop_ns);
    put(sample, "cpu_ns", latest->cpu_ns);
    put(sample, "user_ns", latest->user_ns);
    put(sample, "sys_ns", latest->sys_ns);
    put(sample, "max_rss_bytes", latest->max_rss_bytes);
    put(sample, "switches_voluntary", latest->switches_voluntary);
    put(sample, "switches_involuntary", latest->switches_involuntary);
    put(sample, "foreign_cpu_ns", latest->foreign_cpu_ns);
    put(sample, "steal_ns", latest->steal_ns);
    if (!latest->foreign_known) {
        json_object_set_new(sample, "foreign_cpu_ns", json_null());
        json_object_set_new(sample, "steal_ns", json_null());
    }
}

/* A line of samples.jsonl; results/README.md describes it. */
static json_t *sample_json(const struct rounds *rounds, const struct cell *cell)
{
    const struct repetition *latest = &rounds->latest;
    const struct plan *plan = rounds->campaign->plan;
    json_t *sample = cell_key(cell, plan->placement, plan->knobs);
    put(sample, "round", rounds->round);
    put(sample, "attempt", 1);
    put_text(sample, "status", repetition_status_name(latest->status));
    put_text(sample, "reason", latest->reason);
    put(sample, "ops", latest->answer.ops);
    put(sample, "units", latest->answer.units);
    put(sample, "messages", latest->answer.messages);
    put(sample, "bytes", latest->answer.bytes);
    put(sample, "checksum", latest->answer.checksum);
    put_usage(sample, latest);
    put_text(sample, "placed", latest->placed);
    json_object_set(sample, "counters", latest->counters);
    json_object_set(sample, "figures", latest->figures);
    json_object_set(sample, "histogram", latest->histogram);
    return sample;
}

static bool has_round(const struct cell *cell, unsigned round)
{
    size_t i;
    json_t *sample;
    json_array_foreach(cell->samples, i,
                       sample) if (json_integer_value(json_object_get(sample, "round")) ==
                                   (json_int_t)round) return true;
    return false;
}

static bool is_due(const struct cell *cell, unsigned round)
{
    return *cell->absent == '\0' && !cell->given_up && !has_round(cell, round);
}

static bool counts_as_bad(enum repetition_status status)
{
    return status == REPETITION_FAILED || status == REPETITION_CRASHED ||
           status == REPETITION_TIMEOUT;
}

/* Called by Google Benchmark inside a benchmark. */
static void measure(void *context, size_t index, struct registry_result *result)
{
    struct rounds *rounds = context;
    struct repetition *latest = &rounds->latest;
    assert(index < rounds->campaign->plan->cell_count);
    assert(is_due(&rounds->campaign->plan->cells[index], rounds->round));
    repetition_free(latest);
    repetition_run(&rounds->bench, &rounds->campaign->plan->cells[index], latest);
    *result = repetition_result(latest);
}

/* Called by our reporter when Google Benchmark reports the benchmark. */
static void report(void *context, size_t index, const char *error)
{
    struct rounds *rounds = context;
    struct campaign *campaign = rounds->campaign;
    assert(index < campaign->plan->cell_count);
    struct cell *cell = &campaign->plan->cells[index];
    const struct repetition *latest = &rounds->latest;
    assert((error == NULL) == (latest->status == REPETITION_OK));
    assert(error == NULL || strcmp(error, latest->reason) == 0);
    if (latest->status == REPETITION_INTERRUPTED) {
        rounds->code = trouble_set(rounds->trouble, EXIT_INTERRUPTED, "interrupted");
        return;
    }
    json_t *sample = sample_json(rounds, cell);
    enum exit_code code = store_append(&campaign->store, sample, rounds->trouble);
    if (code != EXIT_GOOD) {
        rounds->code = code;
        json_decref(sample);
        return;
    }
    json_array_append_new(cell->samples, sample);
    assert(json_array_size(cell->samples) <= campaign->plan->rounds);
    cell->given_up =
        latest->status == REPETITION_TIMEOUT || latest->status == REPETITION_NA;
    campaign->bad_results |= counts_as_bad(latest->status);
    if (latest->status == REPETITION_OK) { /* others' times are hearsay */
        campaign->facts.measured_ns += latest->wall_ns;
        campaign->facts.warmup_ns += latest->warmup_ns;
    }
    progress_count(&rounds->progress, cell, repetition_status_name(latest->status),
                   error != NULL ? latest->reason : NULL);
}

/* ---- rounds ---- */

static void run_round(struct rounds *rounds, const size_t *order)
{
    struct plan *plan = rounds->campaign->plan;
    for (size_t i = 0; i < plan->cell_count && rounds->code == EXIT_GOOD; i++) {
        assert(order[i] < plan->cell_count);
        struct cell *cell = &plan->cells[order[i]];
        if (!is_due(cell, rounds->round))
            continue;
        progress_show(&rounds->progress, rounds->round, cell);
        if (!registry_run(&rounds->client, cell->name, order[i]))
            rounds->code = trouble_set(rounds->trouble, EXIT_MACHINE,
                                       "Google Benchmark does not run %s", cell->name);
    }
}

/* Whether a budget leaves time for one more round like those before. */
static bool affordable(const struct rounds *rounds, uint64_t begin_ns, unsigned done_here)
{
    const struct plan *plan = rounds->campaign->plan;
    uint64_t spent = core_now_ns() - begin_ns;
    if (plan->budget_ns == 0 || rounds->round < PLAN_ROUNDS_FLOOR || done_here == 0)
        return true;
    return spent + spent / done_here <= plan->budget_ns;
}

static void run_rounds(struct rounds *rounds, size_t *order)
{
    struct campaign *campaign = rounds->campaign;
    struct plan *plan = campaign->plan;
    uint64_t begin_ns = core_now_ns();
    assert(plan->rounds >= 1 && plan->cell_count > 0);
    for (unsigned round = 1; round <= plan->rounds && rounds->code == EXIT_GOOD;
         round++) {
        rounds->round = round;
        plan_order(plan, round, order);
        size_t before = rounds->progress.done;
        run_round(rounds, order);
        if (rounds->code != EXIT_GOOD)
            break;
        campaign->facts.rounds = round;
        if (rounds->progress.done > before)
            progress_round(&rounds->progress, round);
        if (round < plan->rounds && !affordable(rounds, begin_ns, round)) {
            progress_end(&rounds->progress);
            fprintf(stderr, "the budget of %.0f s is used up after %u of %u rounds\n",
                    (double)plan->budget_ns / 1e9, round, plan->rounds);
            break;
        }
    }
    progress_end(&rounds->progress);
    campaign->facts.wall_ns = core_now_ns() - begin_ns;
}

static void count_work(const struct plan *plan, size_t *done, size_t *total)
{
    *done = *total = 0;
    for (size_t i = 0; i < plan->cell_count; i++) {
        if (*plan->cells[i].absent != '\0')
            continue;
        *done += json_array_size(plan->cells[i].samples);
        *total += plan->rounds;
    }
    assert(*done <= *total);
}

static enum exit_code measure_all(struct campaign *campaign, int stop_fd,
                                  struct trouble *trouble)
{
    struct plan *plan = campaign->plan;
    struct rounds rounds = {.campaign = campaign,
                            .bench = {plan, campaign->machine, campaign->peers, stop_fd},
                            .client = {.measure = measure, .report = report},
                            .trouble = trouble};
    const char **names = calloc(plan->cell_count, sizeof *names);
    size_t *order = calloc(plan->cell_count, sizeof *order);
    size_t done, total;
    rounds.client.context = &rounds;
    if (names == NULL || order == NULL) {
        rounds.code = trouble_set(trouble, EXIT_MACHINE, "no memory for the rounds");
    } else {
        for (size_t i = 0; i < plan->cell_count; i++)
            names[i] = plan->cells[i].name;
        registry_fill(names, plan->cell_count, &rounds.client);
        count_work(plan, &done, &total);
        progress_begin(&rounds.progress, plan, done, total);
        run_rounds(&rounds, order);
    }
    repetition_free(&rounds.latest);
    free(names);
    free(order);
    return rounds.code;
}

/* ---- before and after ---- */

static enum exit_code write_results(struct campaign *campaign, struct trouble *trouble)
{
    json_t *summary = summary_json(campaign->plan, &campaign->facts);
    json_t *gbench = summary_gbench(campaign->plan, &campaign->facts);
    enum exit_code code = EXIT_GOOD;
    if (summary == NULL || gbench == NULL)
        code = trouble_set(trouble, EXIT_IO, "no memory for the summary");
    if (code == EXIT_GOOD)
        code = store_json(&campaign->store, "summary.json", summary, trouble);
    if (code == EXIT_GOOD)
        code = store_json(&campaign->store, "gbench.json", gbench, trouble);
    json_decref(summary);
    json_decref(gbench);
    return code;
}

static enum exit_code gate(struct campaign *campaign, int stop_fd, int *lock,
                           struct trouble *trouble)
{
    enum exit_code code = quiet_lock(stop_fd, lock, trouble);
    if (code == EXIT_GOOD)
        code = quiet_wait(campaign->plan->quiet_ns, stop_fd, &campaign->facts.quiet,
                          trouble);
    if (code == EXIT_GOOD && campaign->facts.quiet.noisy)
        fprintf(stderr,
                "the machine is not quiet (CPU pressure %.0f %%): the campaign is "
                "labelled noisy\n",
                campaign->facts.quiet.pressure);
    return code;
}

enum exit_code campaign_run(struct campaign *campaign, int stop_fd,
                            struct trouble *trouble)
{
    int lock = -1;
    struct trouble late;
    const char *slash = strrchr(campaign->store.dir, '/');
    campaign->facts.machine = campaign->slug;
    campaign->facts.campaign = slash != NULL ? slash + 1 : campaign->store.dir;
    campaign->facts.fingerprint = campaign->fingerprint;
    assert(*campaign->slug != '\0' && campaign->fingerprint != NULL);
    enum exit_code code = store_begin(&campaign->store, trouble);
    if (code != EXIT_GOOD)
        return code;
    for (size_t i = 0; i < campaign->plan->cell_count; i++)
        campaign->bad_results |= campaign->plan->cells[i].broken;
    code = gate(campaign, stop_fd, &lock, trouble);
    if (code == EXIT_GOOD)
        code = measure_all(campaign, stop_fd, trouble);
    campaign->facts.interrupted = code == EXIT_INTERRUPTED;
    enum exit_code written = write_results(campaign, code == EXIT_GOOD ? trouble : &late);
    if (lock >= 0)
        close(lock);
    store_end(&campaign->store);
    if (code == EXIT_GOOD)
        code = written;
    if (code == EXIT_GOOD && campaign->bad_results)
        code = trouble_set(trouble, EXIT_RESULT,
                           "not all results are good: the table's notes say which");
    return code;
}

void campaign_close(struct campaign *campaign)
{
    store_end(&campaign->store);
    json_decref(campaign->fingerprint);
    campaign->fingerprint = NULL;
}
