#include "text.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- escaping
 * --------------------------------------------------------------------------- */

static void put_html(FILE *out, unsigned char c)
{
    switch (c) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        fputc(c, out);
    }
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c >= 0x80;
}

/* GitHub reads HTML and entities inside Markdown, so < and & are entities; an underscore
 * between two word characters is no emphasis there and stays readable in the source. */
static void put_markdown(FILE *out, unsigned char before, unsigned char c,
                         unsigned char after)
{
    if (c == '<' || c == '>' || c == '&') {
        put_html(out, c);
        return;
    }
    if (c == '_' ? !(is_word(before) && is_word(after))
                 : strchr("\\`*[]|~#!$", c) != NULL)
        fputc('\\', out);
    fputc(c, out);
}

static void put_csv(FILE *out, const char *text)
{
    /* A leading =, +, - or @ is run as a formula by spreadsheets. */
    bool formula = *text != '\0' && strchr("=+-@", *text) != NULL;
    if (!formula && strpbrk(text, ",\"\r\n\t") == NULL) {
        fputs(text, out);
        return;
    }
    fputs(formula ? "\"'" : "\"", out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            fputc('"', out);
        fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
    }
    fputc('"', out);
}

/* gnuplot turns \n and \t of a data string into white space and knows no escaped quote.
 */
static void put_dat(FILE *out, unsigned char c)
{
    if (c == '"')
        fputc('\'', out);
    else if (c == '\\')
        fputs("\\\\", out);
    else
        fputc(c, out);
}

/* Marks that turn the direction of the text behind them (U+202A to U+202E, U+2066 to
 * U+2069). */
static bool turns_text(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;
    return c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
                            (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

void report_escape(FILE *out, const char *text, enum report_escape how)
{
    if (how == REPORT_ESCAPE_CSV) {
        put_csv(out, text);
        return;
    }
    unsigned char before = ' ';
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        bool turns = turns_text(at);
        if (turns)
            at += 2;
        if (turns || c < ' ' || c == 0x7f)
            c = ' ';
        switch (how) {
        case REPORT_ESCAPE_HTML:
            put_html(out, c);
            break;
        case REPORT_ESCAPE_MARKDOWN:
            put_markdown(out, before, c, (unsigned char)at[1]);
            break;
        case REPORT_ESCAPE_DAT:
            put_dat(out, c);
            break;
        default:
            fputc(c, out);
        }
        before = c;
    }
}

/* ---- length
 * ----------------------------------------------------------------------------- */

static bool starts_glyph(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80; /* not a continuation byte of UTF-8 */
}

size_t report_glyphs(const char *text)
{
    size_t glyphs = 0;
    for (; *text != '\0'; text++)
        glyphs += starts_glyph(*text);
    return glyphs;
}

void report_cut(char *to, size_t to_size, const char *text, size_t glyphs)
{
    static const char ellipsis[] = "…";
    assert(glyphs > 0 && to_size > sizeof ellipsis);
    size_t keep = report_glyphs(text) <= glyphs ? glyphs : glyphs - 1, bytes = 0,
           seen = 0;
    for (; text[bytes] != '\0'; bytes++) {
        if (starts_glyph(text[bytes]) && seen++ == keep)
            break;
    }
    bool cut = text[bytes] != '\0';
    if (bytes > to_size - sizeof ellipsis) {
        cut = true;
        bytes = to_size - sizeof ellipsis;
        while (bytes > 0 && !starts_glyph(text[bytes]))
            bytes--;
    }
    assert(bytes + sizeof ellipsis <= to_size);
    memcpy(to, text, bytes);
    strcpy(to + bytes, cut ? ellipsis : "");
}

void report_squeeze(char *to, size_t to_size, const char *text, size_t glyphs)
{
    assert(glyphs >= 4);
    size_t all = report_glyphs(text), tail = glyphs / 3, skip = 0;
    if (all <= glyphs) {
        report_cut(to, to_size, text, glyphs);
        return;
    }
    for (size_t seen = 0; text[skip] != '\0'; skip++)
        if (starts_glyph(text[skip]) && seen++ == all - tail)
            break;
    report_cut(to, to_size, text, glyphs - tail);
    size_t used = strlen(to);
    if (used + strlen(text + skip) < to_size)
        strcpy(to + used, text + skip);
}

/* ---- figures
 * ---------------------------------------------------------------------------- */

/* Three significant digits: 1.23, 12.3, 123, 1234; two below 0.1, where 0.00 would say
 * nothing. */
static void three_digits(char *to, size_t size, double value)
{
    assert(isfinite(value));
    double magnitude = fabs(value);
    int decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
    if (magnitude > 0 && magnitude < 0.1)
        snprintf(to, size, "%.2g", value);
    else
        snprintf(to, size, "%.*f", decimals, value);
}

struct unit {
    double from; /* the unit serves values from here on */
    double one;
    const char *name;
};

static void with_unit(char *to, double value, const struct unit *units, size_t count)
{
    assert(count > 0 && units[count - 1].from == 0);
    size_t i = 0;
    while (i + 1 < count && fabs(value) < units[i].from)
        i++;
    char digits[REPORT_FIGURE_SIZE / 2];
    three_digits(digits, sizeof digits, value / units[i].one);
    snprintf(to, REPORT_FIGURE_SIZE, "%s%s%s", digits, *units[i].name ? " " : "",
             units[i].name);
}

/* The borders lie where the smaller unit would round to 1000. */
void report_figure_rate(char to[static REPORT_FIGURE_SIZE], double per_s)
{
    static const struct unit units[] = {
        {999.5e6, 1e9, "G"}, {999.5e3, 1e6, "M"}, {999.5, 1e3, "k"}, {0, 1, ""}};
    with_unit(to, per_s, units, sizeof units / sizeof *units);
}

void report_figure_time(char to[static REPORT_FIGURE_SIZE], double ns)
{
    static const struct unit units[] = {
        {999.5e6, 1e9, "s"}, {999.5e3, 1e6, "ms"}, {999.5, 1e3, "µs"}, {0, 1, "ns"}};
    with_unit(to, ns, units, sizeof units / sizeof *units);
}

void report_figure_bytes(char to[static REPORT_FIGURE_SIZE], double bytes)
{
    static const struct unit units[] = {{1023.5 * (1 << 20), 1 << 30, "GiB"},
                                        {1023.5 * (1 << 10), 1 << 20, "MiB"},
                                        {1023.5, 1 << 10, "KiB"},
                                        {0, 1, "B"}};
    with_unit(to, bytes, units, sizeof units / sizeof *units);
}

void report_figure_ratio(char to[static REPORT_FIGURE_SIZE], double ratio)
{
    char digits[REPORT_FIGURE_SIZE / 2];
    three_digits(digits, sizeof digits, ratio);
    size_t length = strlen(digits), used = 0;
    bool whole = strchr(digits, '.') == NULL;
    for (size_t i = 0; i < length && used + 4 < REPORT_FIGURE_SIZE; i++) {
        if (whole && i > 0 && (length - i) % 3 == 0)
            to[used++] = ',';
        to[used++] = digits[i];
    }
    assert(used + sizeof "×" <= REPORT_FIGURE_SIZE);
    strcpy(to + used, "×");
}
