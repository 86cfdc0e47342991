#include "trouble.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum exit_code trouble_set(struct trouble *trouble, enum exit_code code,
                           const char *format, ...)
{
    assert(code != EXIT_GOOD);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(trouble->text, sizeof trouble->text, format, arguments);
    va_end(arguments);
    for (char *c = trouble->text; (c = strchr(c, '\n')) != NULL;)
        *c = ' ';
    trouble->code = code;
    return code;
}

enum exit_code trouble_print(const struct trouble *trouble)
{
    assert(*trouble->text != '\0' && strchr(trouble->text, '\n') == NULL);
    fprintf(stderr, "quartet-bench: %s\n", trouble->text);
    return trouble->code;
}
