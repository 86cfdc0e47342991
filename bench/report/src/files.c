#include "files.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int report_say(int error, const char *format, ...)
{
    assert(error <= 0);
    va_list arguments;
    va_start(arguments, format);
    fputs("quartet-bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return error;
}

int report_path(char to[static REPORT_PATH_SIZE], const char *dir, const char *name)
{
    int length = snprintf(to, REPORT_PATH_SIZE, "%s/%s", dir, name);
    if (length < 0 || length >= REPORT_PATH_SIZE)
        return report_say(-ENAMETOOLONG, "%s/%s: the path is too long", dir, name);
    return 0;
}

int report_create(struct report_file *file, const char *dir, const char *name)
{
    assert(*name != '\0');
    file->stream = NULL;
    int error = report_path(file->path, dir, name);
    if (error)
        return error;
    int length = snprintf(file->draft, sizeof file->draft, "%s.draft-%ld", file->path,
                          (long)getpid());
    if (length >= (int)sizeof file->draft)
        return report_say(-ENAMETOOLONG, "%s: the path is too long", file->path);
    file->stream = fopen(file->draft, "w");
    if (file->stream == NULL) {
        error = -errno;
        return report_say(error, "%s: cannot write: %s", file->path, strerror(-error));
    }
    return 0;
}

int report_close(struct report_file *file)
{
    assert(file->stream != NULL);
    int error = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream))
        error = errno ? -errno : -EIO;
    if (fclose(file->stream) != 0 && !error)
        error = -errno;
    file->stream = NULL;
    if (!error && rename(file->draft, file->path) != 0)
        error = -errno;
    if (!error)
        return 0;
    unlink(file->draft);
    return report_say(error, "%s: cannot write: %s", file->path, strerror(-error));
}

void report_discard(struct report_file *file)
{
    assert(file->stream != NULL);
    fclose(file->stream);
    file->stream = NULL;
    unlink(file->draft);
}

int report_read(const char *path, char **text)
{
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        int error = -errno;
        return report_say(error, "%s: cannot read: %s", path, strerror(-error));
    }
    size_t size = 0, room = 1 << 14;
    char *all = malloc(room);
    while (all != NULL) {
        size += fread(all + size, 1, room - size - 1, in);
        if (size < room - 1)
            break;
        char *more = realloc(all, room *= 2);
        if (more == NULL)
            free(all);
        all = more;
    }
    int error = all == NULL ? -ENOMEM : ferror(in) ? -EIO : 0;
    fclose(in);
    if (error) {
        free(all);
        return report_say(error, "%s: cannot read: %s", path, strerror(-error));
    }
    assert(size < room);
    all[size] = '\0';
    *text = all;
    return 0;
}
