/* test_shapes.c - the expected answers against a count by hand, and the plain loop. */
#include "all_to_all.h"
#include "bounded_buffer.h"
#include "check.h"
#include "fairness.h"
#include "fan_in.h"
#include "idle_tasks.h"
#include "mandelbrot.h"
#include "ping_pong.h"
#include "pipeline.h"
#include "ring.h"
#include "select_ready.h"
#include "skynet.h"
#include "spawn_join.h"
#include "yield.h"

#include <stdbool.h>
#include <string.h>

extern const struct workload_entry mandelbrot_sequential, pipeline_sequential;

static void ping_pong_counts_hops(void)
{
    struct workload_answer answer;
    ping_pong_expect(&(struct workload_shape){.ops = 1000}, &answer);
    CHECK_EQ(answer.ops, 1000);
    CHECK_EQ(answer.units, 2);
    CHECK_EQ(answer.messages, 2000);
    CHECK_EQ(answer.bytes, 16000);
    CHECK_EQ(answer.checksum, 2000);
}

/* The closed form against adding up, around the point where the values start again. */
static void fan_in_sum(void)
{
    static const uint64_t cases[] = {0,       8,       16,      1048568,
                                     1048576, 1048584, 2097152, 3000000};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t sum = 0;
        for (unsigned p = 0; p < FAN_IN_PRODUCERS; p++)
            for (uint64_t n = 0; n < cases[i] / FAN_IN_PRODUCERS; n++)
                sum += fan_in_value(n, p);
        struct workload_answer answer;
        fan_in_expect(&(struct workload_shape){.ops = cases[i]}, &answer);
        CHECK_EQ(answer.checksum, sum);
        CHECK_EQ(answer.units, 9);
        CHECK_EQ(answer.messages, cases[i]);
        CHECK_EQ(answer.bytes, 8 * cases[i]);
    }
}

static void fan_in_stays_exact_in_javascript(void)
{
    struct workload_answer answer;
    fan_in_expect(&(struct workload_shape){.ops = UINT64_C(1) << 33}, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
}

/* Points whose counts are known without a computer: the origin never leaves; 0.5 leaves
 * after 0, 0.5, 0.75, 1.0625, 1.63, 3.15 -> five; the corner after one step. */
static void mandelbrot_points_known(void)
{
    CHECK_EQ(mandelbrot_point(0.0, 0.0), MANDELBROT_ITERATIONS);
    CHECK_EQ(mandelbrot_point(-1.0, 0.0), MANDELBROT_ITERATIONS);
    CHECK_EQ(mandelbrot_point(0.5, 0.0), 5);
    CHECK_EQ(mandelbrot_point(-2.0, -1.25), 1);
}

static void mandelbrot_visits_each_row_once(void)
{
    bool seen[MANDELBROT_HEIGHT] = {false};
    for (uint64_t op = 0; op < MANDELBROT_HEIGHT; op++) {
        uint32_t row = mandelbrot_row_of(op);
        CHECK(row < MANDELBROT_HEIGHT);
        CHECK(!seen[row]);
        seen[row] = true;
        CHECK_EQ(mandelbrot_row_of(op + 7 * MANDELBROT_HEIGHT), row);
    }
}

/* The same integers on every CPU and from every compiler. */
static void mandelbrot_picture(void)
{
    CHECK_EQ(mandelbrot_checksum(0), 0);
    CHECK_EQ(mandelbrot_checksum(8), 142180);
    CHECK_EQ(mandelbrot_checksum(MANDELBROT_HEIGHT), MANDELBROT_PICTURE_SUM);
    CHECK_EQ(mandelbrot_checksum(3 * MANDELBROT_HEIGHT + 8),
             3 * MANDELBROT_PICTURE_SUM + 142180);
    CHECK_EQ(mandelbrot_points(250, 0, 100) + mandelbrot_points(250, 100, 512),
             mandelbrot_row(250));
}

/* Few rows cost on average what a picture costs: cells of different N can be compared. */
static void mandelbrot_rows_are_spread(void)
{
    double whole = (double)MANDELBROT_PICTURE_SUM / MANDELBROT_HEIGHT;
    uint64_t sum = 0;
    for (uint64_t op = 0; op < MANDELBROT_HEIGHT; op++) {
        sum += mandelbrot_row(mandelbrot_row_of(op));
        if (op < 15 || (op + 1) % MANDELBROT_QUANTUM != 0)
            continue;
        double mean = (double)sum / (double)(op + 1);
        CHECK(mean > 0.95 * whole && mean < 1.05 * whole);
    }
}

static void check_plain_loop(const struct workload_entry *entry)
{
    CHECK_STR(entry->model, "sequential");
    CHECK_EQ(entry->workers_max, 1);
    const int cpus[] = {-1};
    void *runtime;
    CHECK_EQ(entry->start(&(struct workload_place){.workers = 1, .cpus = cpus}, &runtime),
             0);
    static const uint64_t cases[] = {8, 520};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct workload_shape shape = {.ops = cases[i]};
        struct workload_answer answer, expected;
        CHECK_EQ(entry->run(runtime, &shape, &answer), 0);
        entry->expect(&shape, &expected);
        CHECK_EQ(memcmp(&answer, &expected, sizeof answer), 0);
        CHECK_EQ(answer.units, 1);
        CHECK_EQ(answer.messages, 0);
    }
    entry->stop(runtime);
}

static void mandelbrot_plain_loop(void)
{
    CHECK_STR(mandelbrot_sequential.workload, "mandelbrot");
    check_plain_loop(&mandelbrot_sequential);
}

static void pipeline_plain_loop(void)
{
    CHECK_STR(pipeline_sequential.workload, "pipeline");
    check_plain_loop(&pipeline_sequential);
}

/* The first round by hand: 1 ^ 1<<13 = 8193, ^ nothing, ^ 8193<<5; and two numbers that
 * every language must reach. */
static void pipeline_vector(void)
{
    uint32_t value = 8193 ^ (8193 << 5);
    CHECK_EQ(value, 270369);
    for (unsigned i = 1; i < PIPELINE_ROUNDS; i++) {
        value ^= value << 13;
        value ^= value >> 17;
        value ^= value << 5;
    }
    CHECK_EQ(pipeline_work(1), value);
    CHECK_EQ(pipeline_checksum(8), 5077880);
    CHECK_EQ(pipeline_checksum(256), 134657838);
    CHECK_EQ(pipeline_checksum(3 * 256 + 8), 3 * 134657838 + 5077880);
    struct workload_answer answer;
    pipeline_expect(&(struct workload_shape){.ops = 8}, &answer);
    CHECK_EQ(answer.units, 5);
    CHECK_EQ(answer.messages, 32);
    CHECK_EQ(answer.bytes, 256);
}

/* An item that comes out of turn adds nothing. */
static void pipeline_order(void)
{
    struct pipeline_item item = {.number = 7, .value = 0x123456};
    CHECK_EQ(pipeline_count(item, 7), 0x23456);
    CHECK_EQ(pipeline_count(item, 8), 0);
    CHECK_EQ(pipeline_count(item, (UINT64_C(1) << 32) + 7), 0x23456);
}

static void yield_counts_turns(void)
{
    struct workload_answer answer;
    yield_expect(&(struct workload_shape){.ops = 1000}, &answer);
    CHECK_EQ(answer.units, 3);
    CHECK_EQ(answer.messages, 2);
    CHECK_EQ(answer.bytes, 16);
    CHECK_EQ(answer.checksum, 500 + 2 * 500);
}

/* The closed form against adding up, sender by sender. */
static void select_ready_sum(void)
{
    static const uint64_t cases[] = {8, 1048576, 1048584, 3000000};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct workload_shape shape = {.ops = cases[i / 2], .size = i % 2 == 0 ? 2 : 8};
        unsigned channels = select_ready_channels(&shape);
        uint64_t sum = 0;
        for (unsigned sender = 0; sender < channels; sender++)
            for (uint64_t n = 0; n < shape.ops / channels; n++)
                sum += select_ready_value(n, sender, channels);
        struct workload_answer answer;
        select_ready_expect(&shape, &answer);
        CHECK_EQ(answer.checksum, sum);
        CHECK_EQ(answer.units, channels + 1);
        CHECK_EQ(answer.messages, shape.ops);
        CHECK_EQ(answer.bytes, 8 * shape.ops);
    }
}

/* The closed form against counting items as a consumer does. */
static void bounded_buffer_sum(void)
{
    for (size_t i = 0; i < BOUNDED_BUFFER_SIZE_COUNT; i++) {
        const uint64_t *size = &bounded_buffer_sizes[i];
        struct workload_shape shape = {.ops = *size * 1100000, .size = *size};
        uint64_t sum = 0;
        for (unsigned producer = 0; producer < *size; producer++) {
            uint64_t next[BOUNDED_BUFFER_MOST] = {0};
            struct bounded_buffer_item item = {.producer = producer & 63u};
            for (; item.number < 1100000; item.number++)
                sum += bounded_buffer_count(next, item);
        }
        struct workload_answer answer;
        bounded_buffer_expect(&shape, &answer);
        CHECK_EQ(answer.checksum, sum);
        CHECK_EQ(answer.units, 2 * *size + 1);
        CHECK_EQ(answer.messages, shape.ops + *size);
        CHECK_EQ(answer.bytes, 8 * answer.messages);
        bounded_buffer_expect_requests(&shape, &answer);
        CHECK_EQ(answer.checksum, sum);
        CHECK_EQ(answer.units, 2 * *size + 2);
        CHECK_EQ(answer.messages, 4 * shape.ops + *size);
        CHECK_EQ(answer.bytes, 8 * answer.messages);
    }
}

static void bounded_buffer_order(void)
{
    uint64_t next[BOUNDED_BUFFER_MOST] = {0};
    struct bounded_buffer_item item = {.producer = 3, .number = 5};
    CHECK_EQ(bounded_buffer_count(next, item), 5);
    CHECK_EQ(bounded_buffer_count(next, item), 0); /* doubled */
    item.number = 4;
    CHECK_EQ(bounded_buffer_count(next, item), 0); /* passed by the one before */
    item.producer = 2;
    CHECK_EQ(bounded_buffer_count(next, item), 4);
    CHECK_EQ(bounded_buffer_places(1), 128);
    CHECK_EQ(bounded_buffer_places(8), 128);
    CHECK_EQ(bounded_buffer_places(40), 50);
}

/* The count taken down hop by hop. */
static void ring_holder(void)
{
    static const uint64_t cases[] = {1, 502, 503, 504, 1000000};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t holder = 0;
        for (uint64_t hop = 0; hop < cases[i]; hop++)
            holder = holder == 502 ? 0 : holder + 1;
        struct workload_answer answer;
        ring_expect(&(struct workload_shape){.ops = cases[i]}, &answer);
        CHECK_EQ(answer.checksum, holder);
        CHECK_EQ(answer.units, 503);
        CHECK_EQ(answer.messages, cases[i] + 502);
        CHECK_EQ(answer.bytes, 8 * (cases[i] + 502));
    }
}

/* The closed form against adding up, around the point where the values start again. */
static void spawn_join_sum(void)
{
    static const uint64_t cases[] = {0, 1, 2, 1048575, 1048576, 1048577, 3000000};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t sum = 0;
        for (uint64_t n = 0; n < cases[i]; n++)
            sum += spawn_join_value(n);
        struct workload_answer answer;
        spawn_join_expect(&(struct workload_shape){.ops = cases[i]}, &answer);
        CHECK_EQ(answer.checksum, sum);
        CHECK_EQ(answer.units, cases[i] + 1);
        CHECK_EQ(answer.messages, cases[i]);
        CHECK_EQ(answer.bytes, 8 * cases[i]);
    }
}

static void skynet_million(void)
{
    struct workload_answer answer;
    skynet_expect(&(struct workload_shape){.ops = 1000000, .size = 1000000}, &answer);
    CHECK_EQ(answer.checksum, UINT64_C(499999500000));
    CHECK_EQ(answer.units, 1111111);
    CHECK_EQ(answer.messages, 1111110);
    CHECK_EQ(answer.bytes, 8888880);
}

/* Tree by tree, leaf by leaf. */
static void skynet_forest(void)
{
    static const struct workload_shape cases[] = {{.ops = 1000},
                                                  {.ops = 1000, .size = 1000},
                                                  {.ops = 999000, .size = 1000},
                                                  {.ops = 1000000, .size = 1000000},
                                                  {.ops = 3000000, .size = 1000000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t left = cases[i].ops, leaves = skynet_leaves(&cases[i]);
        uint64_t units = 0, sum = 0;
        for (; left > 0; left -= leaves) {
            for (uint64_t leaf = 0; leaf < leaves; leaf++)
                sum += leaf;
            for (uint64_t level = 1; level <= leaves; level *= 10)
                units += level;
        }
        struct workload_answer answer;
        skynet_expect(&cases[i], &answer);
        CHECK_EQ(answer.checksum, sum);
        CHECK_EQ(answer.units, units);
        CHECK_EQ(answer.messages, units - 1);
    }
}

/* Nobody asks itself, everybody else is asked, and equally often on the whole. */
static void all_to_all_draws(void)
{
    static const uint32_t players[] = {0, 59, 119};
    for (size_t i = 0; i < sizeof players / sizeof *players; i++) {
        uint32_t asked[ALL_TO_ALL_PLAYERS] = {0};
        struct core_rng rng;
        core_rng_seed(&rng, players[i]);
        for (uint32_t n = 0; n < 119000; n++) {
            uint32_t other = all_to_all_draw(&rng, players[i]);
            CHECK(other < ALL_TO_ALL_PLAYERS);
            asked[other]++;
        }
        for (uint32_t other = 0; other < ALL_TO_ALL_PLAYERS; other++)
            if (other == players[i])
                CHECK_EQ(asked[other], 0);
            else
                CHECK(asked[other] > 800 && asked[other] < 1200);
    }
}

/* A number that every language must reach; other than it, only what no draw changes. */
static void all_to_all_vector(void)
{
    struct workload_answer answer;
    all_to_all_expect(&(struct workload_shape){.ops = 1200}, &answer);
    CHECK_EQ(answer.checksum, 76900);
    CHECK_EQ(answer.units, 121);
    CHECK_EQ(answer.messages, 2400 + 3 * 120);
    CHECK_EQ(answer.bytes, 8 * (2400 + 240) + 120 * 960);
}

/* Ten thousand tasks, two rounds: 1 .. 10,000 and 2 .. 10,001. */
static void idle_tasks_by_size(void)
{
    struct workload_answer answer;
    idle_tasks_expect(&(struct workload_shape){.ops = 20000, .size = 10000}, &answer);
    CHECK_EQ(answer.ops, 20000);
    CHECK_EQ(answer.units, 10001);
    CHECK_EQ(answer.messages, 2 * 20000 + 2 * 10000);
    CHECK_EQ(answer.bytes, 8 * 60000);
    CHECK_EQ(answer.checksum, 50005000 + 50015000);
    idle_tasks_expect(&(struct workload_shape){.ops = 1000}, &answer);
    CHECK_EQ(answer.units, 1001);
    CHECK_EQ(answer.checksum, 500500);
    for (size_t i = 0; i < IDLE_TASKS_SIZE_COUNT; i++)
        CHECK_EQ(idle_tasks_sizes[i] % IDLE_TASKS_QUANTUM, 0);
}

/* Ticker by ticker, and hogs that only count as units. */
static void fairness_ticks(void)
{
    struct workload_answer answer;
    uint64_t sum = 0;
    for (uint64_t number = 1; number <= FAIRNESS_TICKERS; number++)
        sum += 7 * number;
    fairness_expect(&(struct workload_shape){.ops = 700, .size = 8}, &answer);
    CHECK_EQ(answer.ops, 700);
    CHECK_EQ(answer.units, 109);
    CHECK_EQ(answer.messages, 100);
    CHECK_EQ(answer.bytes, 800);
    CHECK_EQ(answer.checksum, sum);
}

/* What was written down becomes a histogram, from when a tick was due, and an index. */
static void fairness_is_told(void)
{
    struct workload_told told = {.histogram = core_histogram_new()};
    struct workload_shape shape = {.ops = 200, .size = 2, .told = &told};
    struct fairness_log log;
    CHECK(told.histogram != NULL && fairness_log_begin(&log, &shape));
    log.begin_ns = 1000;
    CHECK_EQ(fairness_due_ns(&log, 0), 1000 + 10000000);
    CHECK_EQ(fairness_due_ns(&log, 1), 1000 + 20000000);
    for (uint64_t ticker = 0; ticker < FAIRNESS_TICKERS; ticker++) {
        fairness_note(&log, ticker, 0, 1000 + 10000000 + ticker);
        fairness_note(&log, ticker, 1, 1000 + 20000000 + 1500);
    }
    fairness_hog_step(&log.work[0], 300);
    fairness_hog_step(&log.work[1], 100);
    fairness_log_end(&log, &told);
    CHECK_EQ(core_histogram_count(told.histogram), 200);
    CHECK_EQ(core_histogram_min(told.histogram), 0);
    CHECK_EQ(core_histogram_quantile(told.histogram, 0.5), 99);
    CHECK_EQ(core_histogram_max(told.histogram), 1500);
    CHECK(told.figures[0] == 0.8); /* 400^2 / (2 (300^2 + 100^2)) */
    core_histogram_free(told.histogram);
}

static void sums_stay_exact_in_javascript(void)
{
    const struct workload_shape most = {.ops = UINT64_C(8589934000)};
    struct workload_answer answer;
    spawn_join_expect(&most, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
    select_ready_expect(&most, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
    bounded_buffer_expect(&most, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
    pipeline_expect(&most, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
    skynet_expect(&most, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
    const struct workload_shape forest = {.ops = UINT64_C(8589000000), .size = 1000000};
    skynet_expect(&forest, &answer);
    CHECK(answer.checksum < UINT64_C(1) << 53);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(ping_pong_counts_hops),
        CHECK_CASE(fan_in_sum),
        CHECK_CASE(fan_in_stays_exact_in_javascript),
        CHECK_CASE(mandelbrot_points_known),
        CHECK_CASE(mandelbrot_visits_each_row_once),
        CHECK_CASE(mandelbrot_picture),
        CHECK_CASE(mandelbrot_rows_are_spread),
        CHECK_CASE(mandelbrot_plain_loop),
        CHECK_CASE(ring_holder),
        CHECK_CASE(spawn_join_sum),
        CHECK_CASE(skynet_million),
        CHECK_CASE(skynet_forest),
        CHECK_CASE(all_to_all_draws),
        CHECK_CASE(all_to_all_vector),
        CHECK_CASE(idle_tasks_by_size),
        CHECK_CASE(fairness_ticks),
        CHECK_CASE(fairness_is_told),
        CHECK_CASE(yield_counts_turns),
        CHECK_CASE(select_ready_sum),
        CHECK_CASE(bounded_buffer_sum),
        CHECK_CASE(bounded_buffer_order),
        CHECK_CASE(pipeline_vector),
        CHECK_CASE(pipeline_order),
        CHECK_CASE(pipeline_plain_loop),
        CHECK_CASE(sums_stay_exact_in_javascript),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
