#include "stats.h"

#include "check.h"

#include <math.h>

static void check_near(double left, double right)
{
    CHECK(fabs(left - right) < 1e-9);
}

static void median_of_odd_and_even(void)
{
    double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2};
    check_near(stats_median(odd, 3).median, 3);
    check_near(stats_median(even, 4).median, 2.5);
}

static void nothing_and_one(void)
{
    double one[] = {7};
    struct stats_interval none = stats_median(NULL, 0);
    CHECK(none.median == 0 && none.covers == 0);
    struct stats_interval single = stats_median(one, 1);
    CHECK(single.median == 7 && single.low == 7 && single.high == 7);
    CHECK(single.covers == 0);
}

/* n = 6: minimum and maximum, 1 - 2/2^6 = 31/32. */
static void six_are_minimum_and_maximum(void)
{
    double values[] = {6, 2, 9, 4, 1, 7};
    struct stats_interval six = stats_median(values, 6);
    CHECK(six.low == 1 && six.high == 9 && six.median == 5);
    check_near(six.covers, 31.0 / 32);
}

/* Five values reach 15/16 at most: the interval says that it falls short. */
static void five_fall_short(void)
{
    double values[] = {1, 2, 3, 4, 5};
    struct stats_interval five = stats_median(values, 5);
    CHECK(five.low == 1 && five.high == 5);
    check_near(five.covers, 15.0 / 16);
    CHECK(five.covers < 0.95);
}

/* Ranks of the two-sided sign test at 95 % as in printed tables. */
static void ranks_of_the_tables(void)
{
    static const size_t table[][2] = {{6, 1},   {8, 1},   {9, 2},   {10, 2},
                                      {12, 3},  {15, 4},  {20, 6},  {25, 8},
                                      {30, 10}, {40, 14}, {50, 18}, {100, 40}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        CHECK_EQ(stats_rank(table[i][0]), table[i][1]);
}

static void coverage_is_exact(void)
{
    check_near(stats_coverage(10, 2), 1 - 2 * 11.0 / 1024);
    check_near(stats_coverage(20, 6), 1 - 2 * 21700.0 / 1048576);
}

static void the_widest_that_covers(void)
{
    for (size_t n = 6; n <= 300; n++) {
        size_t k = stats_rank(n);
        CHECK(stats_coverage(n, k) >= 0.95);
        if (2 * (k + 1) <= n + 1)
            CHECK(stats_coverage(n, k + 1) < 0.95);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(median_of_odd_and_even),      CHECK_CASE(nothing_and_one),
        CHECK_CASE(six_are_minimum_and_maximum), CHECK_CASE(five_fall_short),
        CHECK_CASE(ranks_of_the_tables),         CHECK_CASE(coverage_is_exact),
        CHECK_CASE(the_widest_that_covers)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
