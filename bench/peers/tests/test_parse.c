/* test_parse.c - what the parser of a peer's answer accepts and what it calls by name. */
#include "check.h"
#include "peers.h"

#include <errno.h>

#define GOOD                                                                            \
    "{\"schema\":\"quartet-peer/1\",\"ops\":8,\"units\":9,\"messages\":8,\"bytes\":64," \
    "\"checksum\":28,\"elapsed_ns\":1234,\"warmup_ns\":1000000000}\n"

static void parse(const char *output, int expected, const char *text)
{
    struct peer_result result;
    struct peer_error error;
    CHECK_EQ(peers_parse(output, strlen(output), &result, &error), expected);
    CHECK_STR(error.text, text);
}

static void good_line(void)
{
    struct peer_result result;
    struct peer_error error;
    CHECK_EQ(peers_parse(GOOD, strlen(GOOD), &result, &error), 0);
    CHECK_STR(error.text, "");
    CHECK_EQ(result.answer.ops, 8);
    CHECK_EQ(result.answer.units, 9);
    CHECK_EQ(result.answer.messages, 8);
    CHECK_EQ(result.answer.bytes, 64);
    CHECK_EQ(result.answer.checksum, 28);
    CHECK_EQ(result.elapsed_ns, 1234);
    CHECK_EQ(result.warmup_ns, 1000000000);
}

#define WITH(more)                                                                      \
    "{\"schema\":\"quartet-peer/1\",\"ops\":8,\"units\":9,\"messages\":8,\"bytes\":64," \
    "\"checksum\":28,\"elapsed_ns\":1234,\"warmup_ns\":0," more "}\n"
#define WITH_COUNTERS(counters) WITH("\"counters\":" counters)
#define WITH_HISTOGRAM(pairs) WITH("\"histogram\":" pairs)

static void counters_may_be_there(void)
{
    const char *line = WITH_COUNTERS("{\"parked_bytes\":5000000000}");
    struct peer_result result;
    struct peer_error error;
    CHECK_EQ(peers_parse(line, strlen(line), &result, &error), 0);
    CHECK_EQ(json_integer_value(json_object_get(result.counters, "parked_bytes")),
             5000000000);
    peers_result_free(&result);
    CHECK(result.counters == NULL);
    parse(WITH_COUNTERS("7"), -EBADMSG, "the field counters is not an object");
    parse(WITH_COUNTERS("{\"a\":-1}"), -EBADMSG, "of the counters, a is not 0 to 2^53");
    parse(WITH_COUNTERS("{\"a\":\"b\"}"), -EBADMSG,
          "of the counters, a is not 0 to 2^53");
}

static void figures_may_be_there(void)
{
    const char *line = WITH("\"figures\":{\"share\":0.75,\"ns\":-3}");
    struct peer_result result;
    struct peer_error error;
    CHECK_EQ(peers_parse(line, strlen(line), &result, &error), 0);
    CHECK(json_real_value(json_object_get(result.figures, "share")) == 0.75);
    CHECK_EQ(json_integer_value(json_object_get(result.figures, "ns")), -3);
    CHECK(result.histogram == NULL);
    peers_result_free(&result);
    CHECK(result.figures == NULL);
    parse(WITH("\"figures\":[]"), -EBADMSG, "the field figures is not an object");
    parse(WITH("\"figures\":{\"a\":true}"), -EBADMSG,
          "of the figures, a is not a number");
}

static void a_histogram_may_be_there(void)
{
    const char *line = WITH_HISTOGRAM("[[0,1],[2047,3]]");
    struct peer_result result;
    struct peer_error error;
    CHECK_EQ(peers_parse(line, strlen(line), &result, &error), 0);
    CHECK_EQ(json_array_size(result.histogram), 2);
    peers_result_free(&result);
    CHECK(result.histogram == NULL);
    parse(WITH_HISTOGRAM("{}"), -EBADMSG, "the field histogram is not an array");
    parse(WITH_HISTOGRAM("[[0,1],7]"), -EBADMSG,
          "pair 1 of the histogram is not [bucket, count]");
    parse(WITH_HISTOGRAM("[[0,-1]]"), -EBADMSG,
          "pair 0 of the histogram is not [bucket, count]");
    parse(WITH_HISTOGRAM("[[0,1,2]]"), -EBADMSG,
          "pair 0 of the histogram is not [bucket, count]");
    parse(WITH_HISTOGRAM("[[5,1],[5,1]]"), -EBADMSG,
          "the histogram's bucket 5 does not come after 5");
}

/* Python's json.dumps writes blanks; the order of fields is free. */
static void blanks_and_order(void)
{
    parse("{\"warmup_ns\": 0, \"elapsed_ns\": 1, \"checksum\": 0, \"bytes\": 0, "
          "\"messages\": "
          "0, \"units\": 0, \"ops\": 1, \"schema\": \"quartet-peer/1\"}\n",
          0, "");
}

static void garbage(void)
{
    parse("", -EBADMSG, "it printed nothing");
    parse("\n", -EBADMSG, "not a JSON object ('[' or '{' expected near end of file): ''");
    parse("hello\n", -EBADMSG,
          "not a JSON object ('[' or '{' expected near 'hello'): 'hello'");
    parse("[1]\n", -EBADMSG, "not a JSON object (another value): '[1]'");
    parse("\x1b[31m\n", -EBADMSG,
          "not a JSON object ('[' or '{' expected near '\x1b'): '?[31m'");
}

/* A cut line at each length: never accepted, never a crash. */
static void every_prefix(void)
{
    struct peer_result result;
    struct peer_error error;
    for (size_t length = 0; length < strlen(GOOD); length++) {
        CHECK_EQ(peers_parse(GOOD, length, &result, &error), -EBADMSG);
        CHECK(error.text[0] != '\0');
    }
    CHECK_EQ(peers_parse("{\0}\n", 4, &result, &error), -EBADMSG);
}

static void extra_output(void)
{
    parse(GOOD GOOD, -EBADMSG,
          "output after the result: "
          "'{\"schema\":\"quartet-peer/1\",\"ops\":8,\"units\":9,\"messages\":8,"
          "\"bytes\":64,\"checksum\":...'");
    parse(GOOD "\n", -EBADMSG, "output after the result: '?'");
    parse("warming up\n" GOOD, -EBADMSG,
          "not a JSON object ('[' or '{' expected near 'warming'): 'warming up'");
}

/* One field of an otherwise good answer, as text. */
static void with_ops(const char *ops, int expected, const char *text)
{
    char line[512];
    snprintf(line, sizeof line,
             "{\"schema\":\"quartet-peer/1\",%s\"units\":9,\"messages\":8,\"bytes\":64,"
             "\"checksum\":28,\"elapsed_ns\":1234,\"warmup_ns\":0}\n",
             ops);
    parse(line, expected, text);
}

static void fields(void)
{
    with_ops("\"ops\":9007199254740992,", 0, "");
    with_ops("", -EBADMSG, "the field ops is missing");
    with_ops("\"ops\":\"8\",", -EBADMSG, "the field ops is not a whole number");
    with_ops("\"ops\":8.0,", -EBADMSG, "the field ops is not a whole number");
    with_ops("\"ops\":null,", -EBADMSG, "the field ops is not a whole number");
    with_ops("\"ops\":0,", -EBADMSG, "ops is 0, not 1 to 2^53");
    with_ops("\"ops\":-8,", -EBADMSG, "ops is -8, not 1 to 2^53");
    with_ops("\"ops\":9007199254740993,", -EBADMSG,
             "ops is 9007199254740993, not 1 to 2^53");
    with_ops("\"ops\":8,\"opps\":8,", -EBADMSG, "unknown field 'opps'");
    struct peer_result result;
    struct peer_error error;
    const char twice[] = "{\"ops\":8,\"ops\":8}\n";
    CHECK_EQ(peers_parse(twice, strlen(twice), &result, &error), -EBADMSG);
    CHECK(strstr(error.text, "duplicate") != NULL);
}

static void schema(void)
{
    parse("{\"ops\":8}\n", -EBADMSG, "the field schema is missing or not text");
    parse("{\"schema\":1}\n", -EBADMSG, "the field schema is missing or not text");
    parse("{\"schema\":\"quartet-peer/2\"}\n", -EBADMSG,
          "schema is 'quartet-peer/2', not 'quartet-peer/1'");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(good_line),
        CHECK_CASE(counters_may_be_there),
        CHECK_CASE(blanks_and_order),
        CHECK_CASE(garbage),
        CHECK_CASE(every_prefix),
        CHECK_CASE(extra_output),
        CHECK_CASE(fields),
        CHECK_CASE(schema),
        CHECK_CASE(figures_may_be_there),
        CHECK_CASE(a_histogram_may_be_there),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
