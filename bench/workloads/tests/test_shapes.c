/* test_shapes.c - the expected answers against a count by hand, and the plain loop. */
#include "check.h"
#include "fan_in.h"
#include "mandelbrot.h"
#include "ping_pong.h"

#include <stdbool.h>
#include <string.h>

extern const struct workload_entry mandelbrot_sequential;

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

static void mandelbrot_plain_loop(void)
{
    const struct workload_entry *entry = &mandelbrot_sequential;
    CHECK_STR(entry->workload, "mandelbrot");
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
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
