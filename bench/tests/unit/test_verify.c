#include "repetition.h"

#include "check.h"
#include "fake_entries.h"

static struct workload_answer right(void)
{
    struct workload_answer answer;
    fake_expect(&(struct workload_shape){.ops = 8}, &answer);
    return answer;
}

static void expect_reason(struct workload_answer wrong, const char *reason)
{
    struct workload_answer expected = right();
    char text[128] = "";
    CHECK(!repetition_verify(&wrong, &expected, text, sizeof text));
    CHECK_STR(text, reason);
}

static void the_right_answer_passes(void)
{
    struct workload_answer answer = right(), expected = right();
    char text[128] = "untouched";
    CHECK(repetition_verify(&answer, &expected, text, sizeof text));
    CHECK_STR(text, "untouched");
}

static void each_field_is_named(void)
{
    struct workload_answer ops = right(), units = right(), messages = right(),
                           bytes = right(), checksum = right();
    ops.ops++;
    units.units--;
    messages.messages = 0;
    bytes.bytes *= 2;
    checksum.checksum = 35;
    expect_reason(ops, "ops is 9 instead of 8");
    expect_reason(units, "units is 2 instead of 3");
    expect_reason(messages, "messages is 0 instead of 16");
    expect_reason(bytes, "bytes is 256 instead of 128");
    expect_reason(checksum, "checksum is 35 instead of 36");
}

/* What is learned once is asked once: another number of ops is another answer. */
static void expectations_follow_ops(void)
{
    struct cell cell = {.expect = fake_expect};
    CHECK_EQ(cell_expected(&cell, 4)->checksum, 10);
    CHECK_EQ(cell_expected(&cell, 4)->checksum, 10);
    CHECK_EQ(cell_expected(&cell, 8)->checksum, 36);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(the_right_answer_passes),
                                              CHECK_CASE(each_field_is_named),
                                              CHECK_CASE(expectations_follow_ops)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
