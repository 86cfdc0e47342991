#include "check.h"
#include "template.h"

#include <errno.h>

static int last_error;

static char *filled(const char *template, const char *json)
{
    static char copy[512];
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    json_t *view = json_loads(json, 0, NULL);
    CHECK(stream != NULL && view != NULL);
    last_error = report_render("test", template, view, REPORT_ESCAPE_HTML, stream);
    CHECK_EQ(fclose(stream), 0);
    CHECK(size < sizeof copy);
    strcpy(copy, out);
    free(out);
    json_decref(view);
    return copy;
}

static void values_are_escaped_unless_told_otherwise(void)
{
    CHECK_STR(filled("[{{a}}] [{{{a}}}] {{n}}", "{\"a\": \"<&>\", \"n\": 7}"),
              "[&lt;&amp;&gt;] [<&>] 7");
    CHECK_STR(filled("{{a}}{{!not this}}", "{\"a\": null}"), "");
    CHECK_EQ(last_error, 0);
}

static void a_value_is_never_read_as_a_template(void)
{
    CHECK_STR(filled("{{a}}", "{\"a\": \"{{b}}\", \"b\": 1}"), "{{b}}");
}

static void sections_repeat_show_and_hide(void)
{
    CHECK_STR(filled("{{#l}}({{.}}){{/l}}{{^l}}none{{/l}}", "{\"l\": [\"a\", \"b\"]}"),
              "(a)(b)");
    CHECK_STR(filled("{{#l}}x{{/l}}{{^l}}none{{/l}}", "{\"l\": []}"), "none");
    CHECK_STR(filled("{{#t}}yes{{/t}}{{^f}}no{{/f}}", "{\"t\": true, \"f\": false}"),
              "yesno");
    CHECK_STR(filled("{{#s}}a{{/s}}{{#e}}b{{/e}}{{#z}}c{{/z}}",
                     "{\"s\": \"x\", \"e\": \"\", \"z\": 0}"),
              "a");
}

static void names_are_looked_up_outwards(void)
{
    CHECK_STR(filled("{{#l}}{{a}}{{b}} {{/l}}",
                     "{\"a\": 1, \"l\": [{\"b\": 2}, {\"a\": 3, \"b\": 4}]}"),
              "12 34 ");
}

static void sections_of_one_name_nest(void)
{
    CHECK_STR(filled("{{#l}}<{{#l}}{{.}}{{/l}}>{{/l}}",
                     "{\"l\": [{\"l\": [1, 2]}, {\"l\": [3]}]}"),
              "<12><3>");
}

static void a_tag_alone_takes_its_line(void)
{
    CHECK_STR(filled("a\n{{#t}}\nb\n  {{/t}}  \nc\n", "{\"t\": true}"), "a\nb\nc\n");
    CHECK_STR(filled("a {{#t}} b{{/t}}\n", "{\"t\": true}"), "a  b\n");
}

static void what_is_wrong_in_a_template_is_said(void)
{
    static const char *const wrong[] = {
        "{{a",   "{{#a}}x", "x{{/a}}", "{{missing}}", "{{#o}}{{p}}{{/o}}",
        "{{o}}", "{{{a}}",  "{{"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        filled(wrong[i], "{\"a\": true, \"o\": {\"q\": 1}}");
        CHECK_EQ(last_error, -EINVAL);
    }
}

static void sections_too_deep_are_refused(void)
{
    char template[1024] = "";
    for (int i = 0; i < 20; i++)
        strcat(template, i % 2 ? "{{#b}}" : "{{#a}}");
    for (int i = 19; i >= 0; i--)
        strcat(template, i % 2 ? "{{/b}}" : "{{/a}}");
    filled(template, "{\"a\": true, \"b\": true}");
    CHECK_EQ(last_error, -EINVAL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(values_are_escaped_unless_told_otherwise),
        CHECK_CASE(a_value_is_never_read_as_a_template),
        CHECK_CASE(sections_repeat_show_and_hide),
        CHECK_CASE(names_are_looked_up_outwards),
        CHECK_CASE(sections_of_one_name_nest),
        CHECK_CASE(a_tag_alone_takes_its_line),
        CHECK_CASE(what_is_wrong_in_a_template_is_said),
        CHECK_CASE(sections_too_deep_are_refused)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
