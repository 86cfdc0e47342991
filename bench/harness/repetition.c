#include "repetition.h"

#include "child.h"
#include "figures.h"
#include "launch.h"

#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *repetition_status_name(enum repetition_status status)
{
    static const char *const names[] = {"ok",      "failed", "crashed",
                                        "timeout", "n/a",    "interrupted"};
    assert(status < sizeof names / sizeof *names);
    return names[status];
}

/* ---- judging ---- */

static void judge(struct repetition *repetition, enum repetition_status status,
                  const char *format, ...) __attribute__((format(printf, 3, 4)));

static void judge(struct repetition *repetition, enum repetition_status status,
                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(repetition->reason, sizeof repetition->reason, format, arguments);
    va_end(arguments);
    for (char *c = repetition->reason; *c != '\0'; c++)
        if (*c < ' ' ||
            *c > '~') /* a crashing program prints anything; JSON takes UTF-8 */
            *c = '?';
    repetition->status = status;
    assert(status != REPETITION_OK && *repetition->reason != '\0');
}

bool repetition_verify(const struct workload_answer *answer,
                       const struct workload_answer *expected, char *reason, size_t size)
{
    const struct {
        const char *name;
        uint64_t got, wanted;
    } fields[] = {{"ops", answer->ops, expected->ops},
                  {"units", answer->units, expected->units},
                  {"messages", answer->messages, expected->messages},
                  {"bytes", answer->bytes, expected->bytes},
                  {"checksum", answer->checksum, expected->checksum}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].got == fields[i].wanted)
            continue;
        snprintf(reason, size, "%s is %" PRIu64 " instead of %" PRIu64, fields[i].name,
                 fields[i].got, fields[i].wanted);
        return false;
    }
    return true;
}

/* `asked` is how much it was to do: our figure, or where it calibrated itself its own. */
static void judge_answer(struct cell *cell, struct repetition *repetition, uint64_t asked)
{
    assert(cell->quantum > 0 && repetition->status == REPETITION_OK);
    if (cell->ops > 0 && asked != cell->ops)
        judge(repetition, REPETITION_FAILED, "it did %" PRIu64 " ops instead of %" PRIu64,
              asked, cell->ops);
    else if (asked == 0 || asked % cell->quantum != 0)
        judge(repetition, REPETITION_FAILED,
              "%" PRIu64 " ops are no multiple of %" PRIu64, asked, cell->quantum);
    else if (repetition->wall_ns == 0)
        judge(repetition, REPETITION_FAILED, "it reports no time");
    else if (repetition->wall_ns > repetition->took_ns ||
             repetition->warmup_ns > repetition->took_ns - repetition->wall_ns)
        judge(repetition, REPETITION_FAILED,
              "it reports more time than it ran: %" PRIu64 " + %" PRIu64 " of %" PRIu64
              " ns",
              repetition->wall_ns, repetition->warmup_ns, repetition->took_ns);
    else if (!repetition_verify(&repetition->answer, cell_expected(cell, asked),
                                repetition->reason, sizeof repetition->reason) ||
             !figures_take(cell->like, repetition->figures, repetition->histogram,
                           repetition->reason, sizeof repetition->reason))
        repetition->status = REPETITION_FAILED;
    else
        cell->ops = asked;
}

/* Whether the process ended as it should; its record is worth reading only then. */
static bool judge_end(const struct launch_order *order, const struct launch_result *ended,
                      struct repetition *repetition)
{
    const char *words = ended->last_words;
    const char *colon = *words != '\0' ? ": " : "";
    if (ended->end == LAUNCH_INTERRUPTED)
        judge(repetition, REPETITION_INTERRUPTED, "interrupted");
    else if (ended->end == LAUNCH_TIMED_OUT)
        judge(repetition, REPETITION_TIMEOUT, "no end after %.0f s%s%s",
              (double)order->timeout_ns / 1e9, colon, words);
    else if (ended->end == LAUNCH_SIGNALLED) {
        const char *name = sigabbrev_np(ended->code);
        judge(repetition, REPETITION_CRASHED, "ended by SIG%s%s%s",
              name != NULL ? name : "?", colon, words);
    } else if (ended->code != 0)
        judge(repetition, REPETITION_CRASHED, "ended with exit status %d%s%s",
              ended->code, colon, words);
    return repetition->status == REPETITION_OK;
}

/* Takes over what was told of figures; NULL: nothing. */
static void adopt(struct repetition *repetition, json_t *figures, json_t *histogram)
{
    assert(repetition->figures == NULL && repetition->histogram == NULL);
    repetition->figures = json_is_object(figures) ? figures : json_object();
    repetition->histogram = json_is_array(histogram) ? histogram : json_array();
    if (repetition->figures != figures)
        json_decref(figures);
    if (repetition->histogram != histogram)
        json_decref(histogram);
}

/* ---- a model's record ---- */

/* A count of the record; false unless it is there and a number from 0 up. */
static bool take(const json_t *record, const char *name, uint64_t *value)
{
    json_t *number = json_object_get(record, name);
    json_int_t read = json_integer_value(number);
    *value = read > 0 ? (uint64_t)read : 0;
    return json_is_integer(number) && read >= 0;
}

static bool take_counts(const json_t *record, struct repetition *repetition,
                        uint64_t *asked)
{
    struct workload_answer *answer = &repetition->answer;
    uint64_t peak_rss = 0;
    bool good = take(record, "asked", asked) && take(record, "ops", &answer->ops) &&
                take(record, "units", &answer->units) &&
                take(record, "messages", &answer->messages) &&
                take(record, "bytes", &answer->bytes) &&
                take(record, "checksum", &answer->checksum) &&
                take(record, "wall_ns", &repetition->wall_ns) &&
                take(record, "cpu_ns", &repetition->cpu_ns) &&
                take(record, "warmup_ns", &repetition->warmup_ns) &&
                take(record, "start_ns", &repetition->start_ns) &&
                take(record, "stop_ns", &repetition->stop_ns) &&
                take(record, "peak_rss_bytes", &peak_rss);
    if (peak_rss > 0)
        repetition->max_rss_bytes = peak_rss;
    return good;
}

static void read_record(struct cell *cell, const char *text,
                        struct repetition *repetition)
{
    json_t *record = text != NULL ? json_loads(text, 0, NULL) : NULL;
    const char *error = json_string_value(json_object_get(record, "error"));
    const char *placed = json_string_value(json_object_get(record, "placed"));
    bool unsupported = json_is_true(json_object_get(record, "unsupported"));
    json_t *counters = json_object_get(record, "counters");
    uint64_t asked;
    if (error == NULL || placed == NULL || !json_is_object(counters) ||
        !take_counts(record, repetition, &asked)) {
        judge(repetition, REPETITION_FAILED, "its record is garbage: %.60s",
              text != NULL ? text : "nothing");
        json_decref(record);
        return;
    }
    repetition->counters = json_incref(counters);
    adopt(repetition, json_incref(json_object_get(record, "figures")),
          json_incref(json_object_get(record, "histogram")));
    snprintf(repetition->placed, sizeof repetition->placed, "%s", placed);
    if (*error != '\0')
        judge(repetition, unsupported ? REPETITION_NA : REPETITION_FAILED, "%s", error);
    else
        judge_answer(cell, repetition, asked);
    json_decref(record);
}

static int run_model(const struct bench *bench, struct cell *cell,
                     struct launch_order *order, struct launch_result *ended)
{
    const struct plan *plan = bench->plan;
    struct child_plan todo = {cell->ops, plan->target_ns, plan->warmup_ns};
    char *spec = child_spec(cell, &todo);
    if (spec == NULL)
        return -ENOMEM;
    char self[] = "/proc/self/exe", verb[] = CHILD_VERB;
    char *argv[] = {self, verb, spec, NULL};
    order->argv = argv;
    order->record_fd = LAUNCH_RECORD_FD;
    int error = launch_run(order, ended);
    order->argv = NULL; /* it was ours */
    free(spec);
    return error;
}

/* ---- a peer's line ---- */

static void read_line(struct cell *cell, const char *text, struct repetition *repetition)
{
    struct peer_result result;
    struct peer_error error = {0};
    if (peers_parse(text != NULL ? text : "", text != NULL ? strlen(text) : 0, &result,
                    &error) != 0) {
        judge(repetition, REPETITION_FAILED, "%s", error.text);
        return;
    }
    repetition->answer = result.answer;
    repetition->counters = result.counters; /* these are ours now */
    adopt(repetition, result.figures, result.histogram);
    repetition->wall_ns = result.elapsed_ns;
    repetition->warmup_ns = result.warmup_ns;
    /* From outside only the whole is seen: its share by time stands for the timed run. */
    double busy = (double)(repetition->user_ns + repetition->sys_ns);
    double whole = (double)result.elapsed_ns + (double)result.warmup_ns;
    if (whole > 0)
        repetition->cpu_ns = (uint64_t)(busy * (double)result.elapsed_ns / whole);
    judge_answer(cell, repetition, result.answer.ops);
}

static int run_peer(const struct bench *bench, struct cell *cell,
                    struct launch_order *order, struct launch_result *ended)
{
    struct peer_run run = {.ops = cell->ops,
                           .size = cell->size,
                           .target_ns = bench->plan->target_ns,
                           .workers = cell->workers};
    struct peer_command command;
    struct peer_error why = {0};
    const struct peer_runtime *runtime = peers_find(bench->peers, cell->model);
    assert(runtime != NULL);
    int error =
        peers_command(bench->peers, runtime, cell->workload, &run, &command, &why);
    if (error != 0) {
        snprintf(ended->last_words, sizeof ended->last_words, "%s", why.text);
        return error;
    }
    order->argv = command.argv;
    order->envp = command.envp;
    order->record_fd = STDOUT_FILENO;
    order->watch_memory = true; /* a model's process tells its own */
    error = launch_run(order, ended);
    peers_command_free(&command);
    return error;
}

/* ---- both ---- */

static uint64_t timeval_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * CORE_NS_PER_S + (uint64_t)time.tv_usec * 1000;
}

static uint64_t usage_ns(const struct rusage *usage)
{
    return timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime);
}

/* ru_maxrss of a program starts at what we had when it was forked: where it shows no more
 * than that, what was seen of it while it lived is closer. */
static uint64_t peak(const struct launch_result *ended, const struct rusage *ours)
{
    uint64_t told = (uint64_t)ended->usage.ru_maxrss * 1024;
    if (ended->usage.ru_maxrss > ours->ru_maxrss || ended->peak_rss_bytes == 0)
        return told;
    return ended->peak_rss_bytes < told ? ended->peak_rss_bytes : told;
}

static void take_usage(const struct launch_result *ended, const struct rusage *ours,
                       struct repetition *repetition)
{
    repetition->user_ns = timeval_ns(ended->usage.ru_utime);
    repetition->sys_ns = timeval_ns(ended->usage.ru_stime);
    repetition->switches_voluntary = (uint64_t)ended->usage.ru_nvcsw;
    repetition->switches_involuntary = (uint64_t)ended->usage.ru_nivcsw;
    repetition->max_rss_bytes = peak(ended, ours);
    repetition->took_ns = ended->took_ns;
}

void repetition_run(const struct bench *bench, struct cell *cell,
                    struct repetition *repetition)
{
    struct launch_order order = {.cpus = cell->placement.cpus,
                                 .cpu_count = cell->placement.bound ? cell->workers : 0,
                                 .timeout_ns = plan_timeout_ns(bench->plan, cell),
                                 .stop_fd = bench->stop_fd};
    struct launch_result ended = {0};
    struct machine_cpu_time before, after;
    struct rusage ours_before, ours;
    assert(*cell->absent == '\0' && cell->peer == (cell->entry == NULL));
    assert(!cell->peer || bench->peers != NULL);
    *repetition = (struct repetition){0};
    getrusage(RUSAGE_SELF, &ours_before);
    machine_cpu_time_read(NULL, &before);
    int error = cell->peer ? run_peer(bench, cell, &order, &ended)
                           : run_model(bench, cell, &order, &ended);
    machine_cpu_time_read(NULL, &after);
    getrusage(RUSAGE_SELF, &ours);
    uint64_t own_ns = usage_ns(&ended.usage) + usage_ns(&ours) - usage_ns(&ours_before);
    repetition->foreign_known = machine_foreign_time(
        &before, &after, own_ns, &repetition->foreign_cpu_ns, &repetition->steal_ns);
    take_usage(&ended, &ours, repetition);
    if (error != 0)
        judge(repetition, REPETITION_FAILED, "cannot be started: %s",
              *ended.last_words != '\0' ? ended.last_words : strerror(-error));
    else if (judge_end(&order, &ended, repetition) && cell->peer)
        read_line(cell, ended.record, repetition);
    else if (repetition->status == REPETITION_OK)
        read_record(cell, ended.record, repetition);
    assert((repetition->status == REPETITION_OK) == (*repetition->reason == '\0'));
    if (repetition->counters == NULL)
        repetition->counters = json_object();
    if (repetition->figures == NULL)
        adopt(repetition, NULL, NULL);
    free(ended.record);
}

struct registry_result repetition_result(const struct repetition *repetition)
{
    return (struct registry_result){
        .error = repetition->status == REPETITION_OK ? NULL : repetition->reason,
        .wall_ns = repetition->wall_ns,
        .ops = repetition->answer.ops,
        .cpu_ns = repetition->cpu_ns,
        .max_rss_bytes = repetition->max_rss_bytes};
}

void repetition_free(struct repetition *repetition)
{
    json_decref(repetition->counters);
    json_decref(repetition->figures);
    json_decref(repetition->histogram);
    repetition->counters = repetition->figures = repetition->histogram = NULL;
}
