#include "chart.h"
#include "check.h"
#include "text.h"

#include <math.h>

static char *escaped(const char *text, enum report_escape how)
{
    static char copy[512];
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    CHECK(stream != NULL);
    report_escape(stream, text, how);
    CHECK_EQ(fclose(stream), 0);
    CHECK(size < sizeof copy);
    strcpy(copy, out);
    free(out);
    return copy;
}

static void html_lets_no_markup_through(void)
{
    CHECK_STR(escaped("<b a=\"1\" c='2'>&", REPORT_ESCAPE_HTML),
              "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    CHECK_STR(escaped("a\nb\tc\x7f", REPORT_ESCAPE_HTML), "a b c ");
}

static void text_cannot_turn_the_direction_of_reading(void)
{
    CHECK_STR(escaped("a\u202eb\u2066c", REPORT_ESCAPE_HTML), "a b c");
    CHECK_STR(escaped("×…", REPORT_ESCAPE_HTML), "×…");
}

static void markdown_stays_in_its_cell(void)
{
    CHECK_STR(escaped("a|b `c` *d* [e](f) <g>", REPORT_ESCAPE_MARKDOWN),
              "a\\|b \\`c\\` \\*d\\* \\[e\\](f) &lt;g&gt;");
    CHECK_STR(escaped("ping_pong _x_", REPORT_ESCAPE_MARKDOWN), "ping_pong \\_x\\_");
    CHECK_STR(escaped("one\n| two", REPORT_ESCAPE_MARKDOWN), "one \\| two");
}

static void csv_quotes_what_it_must(void)
{
    CHECK_STR(escaped("plain text", REPORT_ESCAPE_CSV), "plain text");
    CHECK_STR(escaped("a,\"b\"", REPORT_ESCAPE_CSV), "\"a,\"\"b\"\"\"");
    CHECK_STR(escaped("=1+1", REPORT_ESCAPE_CSV), "\"'=1+1\"");
    CHECK_STR(escaped("a\nb", REPORT_ESCAPE_CSV), "\"a b\"");
}

static void a_data_string_cannot_end_early(void)
{
    CHECK_STR(escaped("a\"b\\n`c`", REPORT_ESCAPE_DAT), "a'b\\\\n`c`");
}

static void cut_and_squeeze_count_what_a_reader_sees(void)
{
    char to[64];
    report_cut(to, sizeof to, "ärger", 5);
    CHECK_STR(to, "ärger");
    report_cut(to, sizeof to, "ärgerlich", 5);
    CHECK_STR(to, "ärge…");
    report_squeeze(to, sizeof to, "a_long_name_7", 9);
    CHECK_STR(to, "a_lon…e_7");
    CHECK_EQ(report_glyphs(to), 9);
    char small[8]; /* too small for the glyphs asked for: cut at a whole one */
    report_cut(small, sizeof small, "ääääää", 6);
    CHECK_STR(small, "ää…");
}

static void figures_have_three_digits_and_a_unit(void)
{
    char to[REPORT_FIGURE_SIZE];
    static const struct {
        double value;
        const char *text;
    } rates[] = {{0.5, "0.50"},       {0.00213, "0.0021"}, {0, "0.00"},
                 {9.994, "9.99"},     {9.996, "10.0"},     {999.4, "999"},
                 {999.6, "1.00 k"},   {12345, "12.3 k"},   {4.2e6, "4.20 M"},
                 {999.6e6, "1.00 G"}, {1.234e12, "1234 G"}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        report_figure_rate(to, rates[i].value);
        CHECK_STR(to, rates[i].text);
    }
    report_figure_time(to, 81.23);
    CHECK_STR(to, "81.2 ns");
    report_figure_time(to, 1500);
    CHECK_STR(to, "1.50 µs");
    report_figure_bytes(to, 3.5 * 1024 * 1024);
    CHECK_STR(to, "3.50 MiB");
    report_figure_ratio(to, 1);
    CHECK_STR(to, "1.00×");
    report_figure_ratio(to, 1234567);
    CHECK_STR(to, "1,234,567×");
}

static void nudged_labels_keep_their_order_and_their_distance(void)
{
    double free_ones[] = {0.1, 0.5, 0.9};
    chart_nudge(free_ones, 3, 0.1, 0, 1);
    CHECK(fabs(free_ones[0] - 0.1) < 1e-9 && fabs(free_ones[1] - 0.5) < 1e-9);
    CHECK(fabs(free_ones[2] - 0.9) < 1e-9);

    double heap[] = {0.5, 0.5, 0.5, 0.52};
    chart_nudge(heap, 4, 0.1, 0, 1);
    for (int i = 1; i < 4; i++)
        CHECK(heap[i] - heap[i - 1] >= 0.1 - 1e-9);
    CHECK(fabs((heap[0] + heap[3]) / 2 - 0.505) < 1e-9); /* pushed to both sides alike */

    double high[] = {0.97, 0.98, 0.99};
    chart_nudge(high, 3, 0.1, 0, 1);
    CHECK(high[2] <= 1 + 1e-9 && high[1] - high[0] >= 0.1 - 1e-9);

    double low[] = {0, 0, 0};
    chart_nudge(low, 3, 0.1, 0, 1);
    CHECK(low[0] >= -1e-9 && low[2] - low[1] >= 0.1 - 1e-9);
    chart_nudge(low, 0, 0.1, 0, 1);
}

static size_t ticks(double low, double high, unsigned most)
{
    char *out = NULL;
    size_t size = 0, lines = 0;
    FILE *stream = open_memstream(&out, &size);
    CHECK(stream != NULL);
    chart_ticks(stream, low, high, most);
    CHECK_EQ(fclose(stream), 0);
    for (size_t i = 0; i < size; i++)
        lines += out[i] == '\n';
    free(out);
    return lines;
}

static void every_axis_has_some_ticks_and_not_too_many(void)
{
    for (int tenths = 3; tenths < 120; tenths++)
        for (int step = 0; step < 13; step++) {
            double from = 1 + 0.7 * step;
            size_t count = ticks(from, from * pow(10, tenths / 10.0), 4);
            CHECK(count >= 1 && count <= 9);
        }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(html_lets_no_markup_through),
        CHECK_CASE(text_cannot_turn_the_direction_of_reading),
        CHECK_CASE(markdown_stays_in_its_cell),
        CHECK_CASE(csv_quotes_what_it_must),
        CHECK_CASE(a_data_string_cannot_end_early),
        CHECK_CASE(cut_and_squeeze_count_what_a_reader_sees),
        CHECK_CASE(figures_have_three_digits_and_a_unit),
        CHECK_CASE(nudged_labels_keep_their_order_and_their_distance),
        CHECK_CASE(every_axis_has_some_ticks_and_not_too_many)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
