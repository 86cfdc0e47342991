#include "fake_entries.h"

#include <core/histogram.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOW_NS 150000000L

static uint64_t last_size; /* of run_sized, in this process */

void fake_expect(const struct workload_shape *shape, struct workload_answer *answer)
{
    *answer = (struct workload_answer){.ops = shape->ops,
                                       .units = FAKE_UNITS,
                                       .messages = 2 * shape->ops,
                                       .bytes = 16 * shape->ops,
                                       .checksum = (shape->ops * (shape->ops + 1) / 2) &
                                                   UINT32_MAX};
}

static int start(const struct workload_place *place, void **runtime)
{
    if (place->workers < 1 || place->cpus == NULL)
        return -EINVAL;
    *runtime = calloc(1, sizeof(uint64_t));
    return *runtime != NULL ? 0 : -ENOMEM;
}

static void stop(void *runtime)
{
    free(runtime);
}

/* Adds up for real, so that it takes time in proportion to ops. */
static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    volatile uint64_t sum = 0;
    for (uint64_t i = 1; i <= shape->ops; i++)
        sum += i;
    fake_expect(shape, answer);
    answer->checksum = sum & UINT32_MAX;
    *(uint64_t *)runtime += shape->ops;
    return 0;
}

static void counters(void *runtime, workload_visit *visit, void *context)
{
    visit(context, "additions", *(uint64_t *)runtime);
}

static void doze(long ns)
{
    struct timespec time = {.tv_nsec = ns};
    while (nanosleep(&time, &time) != 0)
        ;
}

static int start_slowly(const struct workload_place *place, void **runtime)
{
    doze(SLOW_NS);
    return start(place, runtime);
}

static int start_unsupported(const struct workload_place *place, void **runtime)
{
    (void)place;
    (void)runtime;
    return -ENOTSUP;
}

static int start_out_of_memory(const struct workload_place *place, void **runtime)
{
    (void)place;
    (void)runtime;
    return -ENOMEM;
}

static int run_fails(void *runtime, const struct workload_shape *shape,
                     struct workload_answer *answer)
{
    run(runtime, shape, answer);
    return -EIO;
}

static int run_crashes(void *runtime, const struct workload_shape *shape,
                       struct workload_answer *answer)
{
    (void)runtime;
    (void)shape;
    (void)answer;
    fputs("about to fault\n", stderr);
    signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would turn it into an exit */
    raise(SIGSEGV);
    return 0;
}

static int run_exits(void *runtime, const struct workload_shape *shape,
                     struct workload_answer *answer)
{
    (void)runtime;
    (void)shape;
    (void)answer;
    _exit(9);
}

static void note_pid(pid_t pid)
{
    const char *path = getenv("FAKE_PID_FILE");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%d\n", (int)pid);
    fclose(file);
}

/* Hangs, with a grandchild in its process group that a test can look for. */
static int run_hangs(void *runtime, const struct workload_shape *shape,
                     struct workload_answer *answer)
{
    (void)runtime;
    (void)shape;
    (void)answer;
    pid_t grandchild = fork();
    if (grandchild > 0)
        note_pid(grandchild);
    while (pause() != 0)
        ;
    return -EINTR;
}

static int run_garbage(void *runtime, const struct workload_shape *shape,
                       struct workload_answer *answer)
{
    static const char garbage[] = "\xff{\"not\": a record\n";
    (void)runtime;
    (void)shape;
    (void)answer;
    _exit(write(3, garbage, sizeof garbage - 1) == (ssize_t)sizeof garbage - 1 ? 0 : 1);
}

/* A record that is right in all but its time: eleven days within this one's milliseconds.
 */
static int run_timeless(void *runtime, const struct workload_shape *shape,
                        struct workload_answer *answer)
{
    char record[512];
    int error = run(runtime, shape, answer);
    int length = snprintf(
        record, sizeof record,
        "{\"error\":\"\",\"unsupported\":false,\"placed\":\"unbound\",\"counters\":{},"
        "\"asked\":%llu,\"ops\":%llu,\"units\":%u,\"messages\":%llu,\"bytes\":%llu,"
        "\"checksum\":%llu,\"wall_ns\":1000000000000000,\"cpu_ns\":1,\"warmup_ns\":0,"
        "\"start_ns\":1,\"stop_ns\":1,\"peak_rss_bytes\":0}",
        (unsigned long long)answer->ops, (unsigned long long)answer->ops, FAKE_UNITS,
        (unsigned long long)answer->messages, (unsigned long long)answer->bytes,
        (unsigned long long)answer->checksum);
    if (write(3, record, (size_t)length) != length)
        error = -EIO;
    _exit(error == 0 ? 0 : 1);
}

static int run_too_many_ops(void *runtime, const struct workload_shape *shape,
                            struct workload_answer *answer)
{
    int error = run(runtime, shape, answer);
    answer->ops++;
    return error;
}

static int run_too_many_units(void *runtime, const struct workload_shape *shape,
                              struct workload_answer *answer)
{
    int error = run(runtime, shape, answer);
    answer->units++;
    return error;
}

static int run_too_many_messages(void *runtime, const struct workload_shape *shape,
                                 struct workload_answer *answer)
{
    int error = run(runtime, shape, answer);
    answer->messages++;
    return error;
}

static int run_too_many_bytes(void *runtime, const struct workload_shape *shape,
                              struct workload_answer *answer)
{
    int error = run(runtime, shape, answer);
    answer->bytes++;
    return error;
}

static int run_wrong_checksum(void *runtime, const struct workload_shape *shape,
                              struct workload_answer *answer)
{
    int error = run(runtime, shape, answer);
    answer->checksum ^= 1;
    return error;
}

#define ENTRY(name, folder, of, variation, most, begin, doing)             \
    static const struct workload_entry name = {.workload = (folder),       \
                                               .model = (of),              \
                                               .variant = (variation),     \
                                               .entry_class = "identical", \
                                               .workers_max = (most),      \
                                               .quantum = FAKE_QUANTUM,    \
                                               .start = (begin),           \
                                               .run = (doing),             \
                                               .stop = stop,               \
                                               .counters = counters,       \
                                               .expect = fake_expect}

ENTRY(good_sequential, "good", "sequential", "", 1, start, run);
ENTRY(good_actors, "good", "actors", "", 0, start, run);
ENTRY(good_csp, "good", "csp", "", 0, start, run);
ENTRY(good_csp_odd, "good", "csp", "odd", 0, start, run);
ENTRY(good_eventloop, "good", "eventloop", "", 1, start, run);
ENTRY(better_actors, "better", "actors", "", 0, start, run);
ENTRY(slow_start, "slow", "actors", "", 1, start_slowly, run);
ENTRY(unsupported, "unsupported", "actors", "", 1, start_unsupported, run);
ENTRY(memory, "fails", "actors", "start", 1, start_out_of_memory, run);
ENTRY(fails, "fails", "actors", "run", 1, start, run_fails);
ENTRY(crash, "crash", "actors", "", 1, start, run_crashes);
ENTRY(exits, "crash", "actors", "exit", 1, start, run_exits);
ENTRY(hang, "hang", "actors", "", 1, start, run_hangs);
ENTRY(garbage, "garbage", "actors", "", 1, start, run_garbage);
ENTRY(timeless, "garbage", "actors", "time", 1, start, run_timeless);
ENTRY(wrong_ops, "wrong", "actors", "ops", 1, start, run_too_many_ops);
ENTRY(wrong_units, "wrong", "actors", "units", 1, start, run_too_many_units);
ENTRY(wrong_messages, "wrong", "actors", "messages", 1, start, run_too_many_messages);
ENTRY(wrong_bytes, "wrong", "actors", "bytes", 1, start, run_too_many_bytes);
ENTRY(wrong_checksum, "wrong", "actors", "checksum", 1, start, run_wrong_checksum);

/* The same with sizes, and a counter that grows by 100 a task. */
static void counters_of_size(void *runtime, workload_visit *visit, void *context)
{
    counters(runtime, visit, context);
    visit(context, "parked_bytes", 5000 + 100 * last_size);
}

static int run_sized(void *runtime, const struct workload_shape *shape,
                     struct workload_answer *answer)
{
    last_size = shape->size;
    return run(runtime, shape, answer);
}

static const uint64_t sizes[] = {FAKE_QUANTUM, 10 * FAKE_QUANTUM, 10000 * FAKE_QUANTUM};
static const struct workload_entry sized = {.workload = "sized",
                                            .model = "actors",
                                            .variant = "",
                                            .entry_class = "identical",
                                            .quantum = FAKE_QUANTUM,
                                            .sizes = sizes,
                                            .size_count = 3,
                                            .ops_by_size = true,
                                            .start = start,
                                            .run = run_sized,
                                            .stop = stop,
                                            .counters = counters_of_size,
                                            .expect = fake_expect};

/* Tells figures beside its time: a number that follows the size, one that it
 * never tells, and 1 .. 200 as a histogram. Sizes may be 0 and ops do not follow them. */
static int run_telling(void *runtime, const struct workload_shape *shape,
                       struct workload_answer *answer)
{
    shape->told->figures[0] = 7.5 + (double)shape->size;
    for (uint64_t value = 1; value <= 200; value++)
        core_histogram_record(shape->told->histogram, value);
    return run(runtime, shape, answer);
}

static const struct workload_figure figures[] = {
    {"share", "", "higher"}, {"untold_bytes", "B", "lower"}, {NULL, NULL, NULL}};
static const uint64_t hogs[] = {0, 3};
static const struct workload_entry telling = {.workload = "telling",
                                              .model = "actors",
                                              .variant = "",
                                              .entry_class = "identical",
                                              .quantum = FAKE_QUANTUM,
                                              .sizes = hogs,
                                              .size_count = 2,
                                              .size_name = "hogs",
                                              .figures = figures,
                                              .histogram = "lateness",
                                              .start = start,
                                              .run = run_telling,
                                              .stop = stop,
                                              .expect = fake_expect};

/* It declares a histogram and fills none. */
static const struct workload_entry silent = {.workload = "silent",
                                             .model = "actors",
                                             .variant = "",
                                             .entry_class = "identical",
                                             .quantum = FAKE_QUANTUM,
                                             .histogram = "lateness",
                                             .start = start,
                                             .run = run,
                                             .stop = stop,
                                             .expect = fake_expect};

const struct workload_entry *const workload_entries[] = {
    &good_sequential, &good_actors, &good_csp,       &good_csp_odd, &good_eventloop,
    &better_actors,   &slow_start,  &unsupported,    &memory,       &fails,
    &crash,           &exits,       &hang,           &garbage,      &timeless,
    &wrong_ops,       &wrong_units, &wrong_messages, &wrong_bytes,  &wrong_checksum,
    &sized,           &telling,     &silent,
};
const size_t workload_entry_count = sizeof workload_entries / sizeof *workload_entries;
