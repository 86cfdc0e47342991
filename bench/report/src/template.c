#include "template.h"

#include "files.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DEEPEST 16
#define NAME_SIZE 64

struct rendering {
    const char *file;
    FILE *out;
    enum report_escape escape;
    const json_t *scopes[DEEPEST + 1]; /* the innermost last */
    size_t depth;
};

/* One {{...}}. */
struct tag {
    char kind; /* '#', '^', '/', '!', '&' or, for a plain value, ' ' */
    char name[NAME_SIZE];
    const char *begin, *end; /* of what it replaces; a whole line where it stands alone */
};

/* ---- reading
 * ---------------------------------------------------------------------------- */

static int refuse(const struct rendering *to, const char *what, const char *name)
{
    return report_say(-EINVAL, "%s: %s {{%s}}", to->file, what, name);
}

/* Sections and comments that stand alone leave no empty line. */
static void take_line(const char *text, struct tag *tag)
{
    assert(tag->begin >= text && tag->end > tag->begin);
    const char *begin = tag->begin, *end = tag->end;
    while (begin > text && (begin[-1] == ' ' || begin[-1] == '\t'))
        begin--;
    while (*end == ' ' || *end == '\t')
        end++;
    if ((begin == text || begin[-1] == '\n') && *end == '\n') {
        tag->begin = begin;
        tag->end = end + 1;
    }
}

/* The next tag from `at`; false: there is none. `*error` is set where it is malformed. */
static bool next_tag(const struct rendering *to, const char *text, const char *at,
                     struct tag *tag, int *error)
{
    tag->begin = strstr(at, "{{");
    if (tag->begin == NULL)
        return false;
    bool raw = tag->begin[2] == '{';
    const char *name = tag->begin + (raw ? 3 : 2), *closing = raw ? "}}}" : "}}";
    const char *end = strstr(name, closing);
    tag->kind = raw ? '&' : *name != '\0' && strchr("#^/!", *name) ? *name++ : ' ';
    if (end == NULL || (tag->kind != '!' && end - name >= NAME_SIZE)) {
        *error = refuse(to, "unclosed tag", "…");
        return false;
    }
    size_t length = tag->kind == '!' ? 0 : (size_t)(end - name);
    memcpy(tag->name, name, length);
    tag->name[length] = '\0';
    tag->end = end + strlen(closing);
    if (strchr("#^/!", tag->kind) != NULL)
        take_line(text, tag);
    return true;
}

/* The end tag that belongs to the section which `open` begins. */
static bool end_of(const struct rendering *to, const char *text, const struct tag *open,
                   struct tag *close, int *error)
{
    size_t nested = 0;
    const char *at = open->end;
    while (next_tag(to, text, at, close, error)) {
        at = close->end;
        if (strcmp(close->name, open->name) != 0)
            continue;
        if (close->kind == '/' && nested-- == 0)
            return true;
        nested += close->kind == '#' || close->kind == '^';
    }
    if (!*error)
        *error = refuse(to, "no end of section", open->name);
    return false;
}

/* ---- values
 * ----------------------------------------------------------------------------- */

static const json_t *look_up(const struct rendering *to, const char *name)
{
    assert(to->depth <= DEEPEST);
    if (strcmp(name, ".") == 0)
        return to->scopes[to->depth];
    for (size_t i = to->depth + 1; i > 0; i--) {
        const json_t *value = json_object_get(to->scopes[i - 1], name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

static bool shows(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value) > 0;
    if (json_is_string(value))
        return json_string_length(value) > 0;
    if (json_is_integer(value))
        return json_integer_value(value) != 0;
    return !json_is_false(value) && !json_is_null(value);
}

static int put_value(struct rendering *to, const struct tag *tag, const json_t *value)
{
    assert(tag->kind == ' ' || tag->kind == '&');
    enum report_escape escape = tag->kind == '&' ? REPORT_ESCAPE_NONE : to->escape;
    if (json_is_string(value) && tag->kind == '&')
        fputs(json_string_value(value), to->out); /* made here: keeps its line ends */
    else if (json_is_string(value))
        report_escape(to->out, json_string_value(value), escape);
    else if (json_is_integer(value))
        fprintf(to->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (!json_is_null(value))
        return refuse(to, "neither text nor whole number:", tag->name);
    return 0;
}

/* ---- rendering
 * -------------------------------------------------------------------------- */

static int render(struct rendering *to, const char *text, const char *from,
                  const char *until);

static int scoped(struct rendering *to, const char *text, const json_t *scope,
                  const struct tag *open, const struct tag *close)
{
    if (to->depth == DEEPEST)
        return refuse(to, "nested too deeply:", open->name);
    to->scopes[++to->depth] = scope;
    int error = render(to, text, open->end, close->begin);
    to->depth--;
    return error;
}

static int put_section(struct rendering *to, const char *text, const json_t *value,
                       const struct tag *open, const struct tag *close)
{
    assert(open->kind == '#' || open->kind == '^');
    assert(close->kind == '/' && close->begin >= open->end);
    if (open->kind == '^' || !json_is_array(value))
        return shows(value) == (open->kind == '#') ? scoped(to, text, value, open, close)
                                                   : 0;
    int error = 0;
    for (size_t i = 0; i < json_array_size(value) && !error; i++)
        error = scoped(to, text, json_array_get(value, i), open, close);
    return error;
}

static int render(struct rendering *to, const char *text, const char *from,
                  const char *until)
{
    struct tag tag, close;
    int error = 0;
    while (next_tag(to, text, from, &tag, &error) && tag.begin < until) {
        fwrite(from, 1, (size_t)(tag.begin - from), to->out);
        from = tag.end;
        if (tag.kind == '!')
            continue;
        const json_t *value = look_up(to, tag.name);
        if (tag.kind == '/')
            return refuse(to, "end without a section:", tag.name);
        if (value == NULL)
            return refuse(to, "unknown name", tag.name);
        if (tag.kind != '#' && tag.kind != '^')
            error = put_value(to, &tag, value);
        else if (end_of(to, text, &tag, &close, &error)) {
            error = put_section(to, text, value, &tag, &close);
            from = close.end;
        }
        if (error)
            return error;
    }
    if (!error && from < until)
        fwrite(from, 1, (size_t)(until - from), to->out);
    return error;
}

int report_render(const char *name, const char *text, const json_t *view,
                  enum report_escape escape, FILE *out)
{
    assert(json_is_object(view));
    struct rendering to = {.file = name, .out = out, .escape = escape, .scopes = {view}};
    int error = render(&to, text, text, text + strlen(text));
    assert(error || to.depth == 0);
    return error;
}
