/* read.c - small text files of the kernel, read under a root folder. */
#include "internal.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No file of /proc or /sys that we read comes near this; a log linked there by mistake
 * would. */
#define FILE_BYTES_MAX ((size_t)4 << 20)

int machine_fail(struct machine_error *error, int status, const char *format, ...)
{
    assert(status < 0);
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

static int open_under(const char *root, const char *path)
{
    char *full;
    assert(path[0] == '/');
    if (asprintf(&full, "%s%s", root ? root : "", path) < 0)
        return -1;
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    free(full);
    return fd;
}

/* The kernel makes these files while they are read and gives them the size 0, so read to
 * the end instead of asking for it. */
static char *read_all(int fd)
{
    size_t room = 4096, used = 0;
    char *text = malloc(room);
    while (text) {
        assert(used < room);
        ssize_t got = read(fd, text + used, room - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (got == 0) {
                text[used] = '\0';
                return text;
            }
            break;
        }
        used += (size_t)got;
        if (used + 1 < room)
            continue;
        char *grown = room < FILE_BYTES_MAX ? realloc(text, room * 2) : NULL;
        if (!grown)
            break;
        text = grown;
        room *= 2;
    }
    free(text);
    return NULL;
}

static void make_printable(char *text)
{
    for (char *c = text; *c; c++)
        if (*c != '\n' && *c != '\t' && (*c < ' ' || *c > '~'))
            *c = '?';
}

char *machine_read_file(const char *root, const char *path)
{
    int fd = open_under(root, path);
    if (fd < 0)
        return NULL;
    char *text = read_all(fd);
    close(fd);
    if (!text)
        return NULL;
    make_printable(text);
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    return text;
}

static bool copy_trimmed(const char *from, size_t length, char *text, size_t size)
{
    assert(size > 0);
    while (length > 0 && isspace((unsigned char)*from))
        from++, length--;
    while (length > 0 && isspace((unsigned char)from[length - 1]))
        length--;
    snprintf(text, size, "%.*s", (int)length, from);
    return length > 0;
}

bool machine_read_line(const char *root, const char *path, char *text, size_t size)
{
    char *file = machine_read_file(root, path);
    bool found = file && copy_trimmed(file, strcspn(file, "\n"), text, size);
    free(file);
    return found;
}

/* The text behind "key:" if `line` starts with it, else NULL. */
static const char *behind_key(const char *line, const char *key)
{
    size_t length = strlen(key);
    assert(length > 0);
    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t");
    return *line == ':' ? line + 1 : NULL;
}

bool machine_read_key(const char *root, const char *path, const char *key, char *text,
                      size_t size)
{
    char *file = machine_read_file(root, path);
    bool found = false;
    for (const char *line = file; line && *line && !found;) {
        const char *value = behind_key(line, key);
        if (value)
            found = copy_trimmed(value, strcspn(value, "\n"), text, size);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    free(file);
    return found;
}

bool machine_read_number(const char *root, const char *path, long long *number)
{
    char text[64], *end;
    if (!machine_read_line(root, path, text, sizeof text))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || errno != 0)
        return false;
    *number = value;
    return true;
}

bool machine_read_choice(const char *root, const char *path, char *text, size_t size)
{
    char line[256];
    if (!machine_read_line(root, path, line, sizeof line))
        return false;
    const char *open = strchr(line, '[');
    const char *close = open ? strchr(open, ']') : NULL;
    return close && copy_trimmed(open + 1, (size_t)(close - open - 1), text, size);
}

bool machine_read_memory(const char *root, const char *key, uint64_t *bytes)
{
    char text[64], *end;
    if (!machine_read_key(root, "/proc/meminfo", key, text, sizeof text))
        return false;
    errno = 0;
    unsigned long long kib = strtoull(text, &end, 10);
    if (end == text || errno != 0 || kib > UINT64_MAX / 1024)
        return false;
    *bytes = (uint64_t)kib * 1024;
    return true;
}
