/* parse.c - reads a peer's answer and believes nothing: one line, one object, exactly the
 * protocol's fields. */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 80 /* characters of a peer's output that an error text repeats */

/* Output made fit for a terminal: cut, and nothing that a terminal would obey. */
struct shown {
    char text[SHOWN + 4];
};

static struct shown show(const char *output, size_t length)
{
    struct shown shown;
    size_t kept = length < SHOWN ? length : SHOWN;
    for (size_t i = 0; i < kept; i++)
        shown.text[i] = (char)(isprint((unsigned char)output[i]) ? output[i] : '?');
    snprintf(shown.text + kept, sizeof shown.text - kept, "%s",
             length > SHOWN ? "..." : "");
    return shown;
}

struct field {
    const char *name;
    uint64_t *value;
    json_int_t least;
};

static int read_fields(json_t *object, const struct field *fields, size_t count,
                       struct peer_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        if (value == NULL)
            return peers_fail(error, -EBADMSG, "the field %s is missing", fields[i].name);
        if (!json_is_integer(value))
            return peers_fail(error, -EBADMSG, "the field %s is not a whole number",
                              fields[i].name);
        json_int_t number = json_integer_value(value);
        if (number < fields[i].least || number > (INT64_C(1) << 53))
            return peers_fail(error, -EBADMSG, "%s is %lld, not %lld to 2^53",
                              fields[i].name, (long long)number,
                              (long long)fields[i].least);
        *fields[i].value = (uint64_t)number;
    }
    return 0;
}

/* A field that the protocol does not know is a typing error or another version. */
static int refuse_others(json_t *object, const struct field *fields, size_t count,
                         struct peer_error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        bool known = strcmp(name, "schema") == 0 || strcmp(name, "counters") == 0 ||
                     strcmp(name, "figures") == 0 || strcmp(name, "histogram") == 0;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(name, fields[i].name) == 0;
        if (!known)
            return peers_fail(error, -EBADMSG, "unknown field '%s'",
                              show(name, strlen(name)).text);
    }
    return 0;
}

/* ---- the fields that may be missing ---- */

static bool is_counter(const json_t *value)
{
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= 0 && number <= INT64_C(1) << 53;
}

static bool is_figure(const json_t *value)
{
    return json_is_number(value);
}

/* An object of values by name, each as `is_right` wants them. */
static int read_named(json_t *object, const char *field, json_t **named,
                      bool (*is_right)(const json_t *), const char *wanted,
                      struct peer_error *error)
{
    json_t *values = json_object_get(object, field), *value;
    const char *name;
    assert(*named == NULL);
    if (values == NULL)
        return 0;
    if (!json_is_object(values))
        return peers_fail(error, -EBADMSG, "the field %s is not an object", field);
    json_object_foreach(values, name, value)
    {
        if (!is_right(value))
            return peers_fail(error, -EBADMSG, "of the %s, %s is not %s", field,
                              show(name, strlen(name)).text, wanted);
    }
    *named = json_incref(values);
    return 0;
}

static bool is_pair(const json_t *pair)
{
    return json_array_size(pair) == 2 && is_counter(json_array_get(pair, 0)) &&
           is_counter(json_array_get(pair, 1));
}

static int read_histogram(json_t *object, struct peer_result *result,
                          struct peer_error *error)
{
    json_t *histogram = json_object_get(object, "histogram"), *pair;
    size_t i;
    json_int_t last = -1;
    assert(result->histogram == NULL);
    if (histogram == NULL)
        return 0;
    if (!json_is_array(histogram))
        return peers_fail(error, -EBADMSG, "the field histogram is not an array");
    json_array_foreach(histogram, i, pair)
    {
        if (!is_pair(pair))
            return peers_fail(error, -EBADMSG,
                              "pair %zu of the histogram is not [bucket, count]", i);
        json_int_t bucket = json_integer_value(json_array_get(pair, 0));
        if (bucket <= last)
            return peers_fail(error, -EBADMSG,
                              "the histogram's bucket %lld does not come after %lld",
                              (long long)bucket, (long long)last);
        last = bucket;
    }
    result->histogram = json_incref(histogram);
    return 0;
}

static int read_optional(json_t *object, struct peer_result *result,
                         struct peer_error *error)
{
    int status =
        read_named(object, "counters", &result->counters, is_counter, "0 to 2^53", error);
    if (status == 0)
        status =
            read_named(object, "figures", &result->figures, is_figure, "a number", error);
    return status != 0 ? status : read_histogram(object, result, error);
}

static int read_object(json_t *object, struct peer_result *result,
                       struct peer_error *error)
{
    const struct field fields[] = {
        {"ops", &result->answer.ops, 1},           {"units", &result->answer.units, 0},
        {"messages", &result->answer.messages, 0}, {"bytes", &result->answer.bytes, 0},
        {"checksum", &result->answer.checksum, 0}, {"elapsed_ns", &result->elapsed_ns, 1},
        {"warmup_ns", &result->warmup_ns, 0},
    };
    const size_t count = sizeof fields / sizeof *fields;
    const json_t *schema = json_object_get(object, "schema");
    if (!json_is_string(schema))
        return peers_fail(error, -EBADMSG, "the field schema is missing or not text");
    const char *text = json_string_value(schema);
    if (strcmp(text, PEERS_SCHEMA) != 0)
        return peers_fail(error, -EBADMSG, "schema is '%s', not '%s'",
                          show(text, strlen(text)).text, PEERS_SCHEMA);
    int status = read_fields(object, fields, count, error);
    if (status == 0)
        status = refuse_others(object, fields, count, error);
    return status != 0 ? status : read_optional(object, result, error);
}

/* `length` is that of the line without its end. */
static int read_line(const char *line, size_t length, struct peer_result *result,
                     struct peer_error *error)
{
    assert(memchr(line, '\n', length) == NULL);
    json_error_t why;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(object)) {
        int status = peers_fail(error, -EBADMSG, "not a JSON object (%s): '%s'",
                                object == NULL ? why.text : "another value",
                                show(line, length).text);
        json_decref(object);
        return status;
    }
    int status = read_object(object, result, error);
    json_decref(object);
    return status;
}

int peers_parse(const char *output, size_t length, struct peer_result *result,
                struct peer_error *error)
{
    *error = (struct peer_error){.text = ""};
    *result = (struct peer_result){.elapsed_ns = 0};
    if (length == 0)
        return peers_fail(error, -EBADMSG, "it printed nothing");
    const char *end = memchr(output, '\n', length);
    if (end == NULL)
        return peers_fail(error, -EBADMSG, "the line is cut off: '%s'",
                          show(output, length).text);
    size_t line = (size_t)(end - output);
    int status = read_line(output, line, result, error);
    size_t more = length - line - 1;
    if (status == 0 && more > 0)
        status = peers_fail(error, -EBADMSG, "output after the result: '%s'",
                            show(end + 1, more).text);
    if (status != 0)
        peers_result_free(result);
    return status;
}

void peers_result_free(struct peer_result *result)
{
    assert(result->counters == NULL || json_is_object(result->counters));
    json_decref(result->counters);
    json_decref(result->figures);
    json_decref(result->histogram);
    result->counters = result->figures = result->histogram = NULL;
}
