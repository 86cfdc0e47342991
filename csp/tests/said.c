#include "said.h"

#include "check.h"
#include <stdarg.h>

void say(struct said *said, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(said->text + said->used, sizeof said->text - said->used,
                           format, arguments);
    va_end(arguments);
    CHECK(length >= 0 && (size_t)length < sizeof said->text - said->used);
    said->used += (size_t)length;
}
