#include "store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLES "samples.jsonl"
#define TORN "samples.jsonl.torn"
#define MANIFEST "manifest.json"

static enum exit_code failed(struct trouble *trouble, const char *doing, const char *path)
{
    return trouble_set(trouble, EXIT_IO, "cannot %s %s: %s", doing, path,
                       strerror(errno));
}

/* "<dir>/<name>"; false where it would be too long. */
static bool path_of(const struct store *store, const char *name, char path[PATH_MAX])
{
    assert(*store->dir != '\0' && strchr(name, '/') == NULL);
    int length = snprintf(path, PATH_MAX, "%s/%s", store->dir, name);
    errno = ENAMETOOLONG;
    return length > 0 && length < PATH_MAX;
}

static bool make_parents(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static enum exit_code name_folder(struct store *store, const char *dir,
                                  struct trouble *trouble)
{
    assert(dir != NULL);
    size_t length = strlen(dir);
    while (length > 1 && dir[length - 1] == '/')
        length--;
    *store = (struct store){.samples = -1};
    errno = length == 0 ? ENOENT : ENAMETOOLONG;
    if (length == 0 || length >= sizeof store->dir - 64)
        return failed(trouble, "use", dir);
    memcpy(store->dir, dir, length);
    return EXIT_GOOD;
}

enum exit_code store_make(struct store *store, const char *dir, struct trouble *trouble)
{
    char path[PATH_MAX];
    enum exit_code code = name_folder(store, dir, trouble);
    if (code != EXIT_GOOD)
        return code;
    if (!make_parents(store->dir) || access(store->dir, R_OK | W_OK | X_OK) != 0)
        return failed(trouble, "write into", store->dir);
    if (path_of(store, MANIFEST, path) && access(path, F_OK) == 0)
        return trouble_set(trouble, EXIT_USAGE,
                           "%s already holds a campaign: continue it with --resume %s",
                           store->dir, store->dir);
    return EXIT_GOOD;
}

enum exit_code store_take(struct store *store, const char *dir, struct trouble *trouble)
{
    enum exit_code code = name_folder(store, dir, trouble);
    if (code == EXIT_GOOD && access(store->dir, R_OK | W_OK | X_OK) != 0)
        code = failed(trouble, "resume", store->dir);
    return code;
}

enum exit_code store_begin(struct store *store, struct trouble *trouble)
{
    char path[PATH_MAX];
    assert(store->samples < 0);
    if (!path_of(store, SAMPLES, path) ||
        (store->samples = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) < 0)
        return failed(trouble, "write", path);
    return EXIT_GOOD;
}

void store_end(struct store *store)
{
    if (store->samples >= 0)
        close(store->samples);
    store->samples = -1;
}

static bool write_whole(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

enum exit_code store_append(struct store *store, const json_t *sample,
                            struct trouble *trouble)
{
    assert(store->samples >= 0 && json_is_object(sample));
    off_t end = lseek(store->samples, 0, SEEK_END);
    char *line = json_dumps(sample, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (line == NULL || end < 0) {
        free(line);
        return trouble_set(trouble, EXIT_IO, "no memory to write a sample");
    }
    size_t length = strlen(line);
    assert(strchr(line, '\n') == NULL && "a sample is one line");
    line[length] = '\n';
    bool good = write_whole(store->samples, line, length + 1);
    good = good && fdatasync(store->samples) == 0;
    int error = errno;
    free(line);
    if (good)
        return EXIT_GOOD;
    bool back = ftruncate(store->samples, end) == 0;
    errno = error;
    return trouble_set(trouble, EXIT_IO,
                       "cannot write %s/" SAMPLES ": %s (%s; free some room and resume)",
                       store->dir, strerror(error),
                       back ? "all earlier samples are kept"
                            : "its last line is torn, all others are kept");
}

/* ---- loading ---- */

static char *read_file(const char *path, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0 &&
        (text = malloc((size_t)status.st_size + 1)) != NULL) {
        ssize_t got;
        *length = 0;
        while (*length < (size_t)status.st_size &&
               (got = read(fd, text + *length, (size_t)status.st_size - *length)) > 0)
            *length += (size_t)got;
        text[*length] = '\0';
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return text;
}

/* Moves what a crash left of the last line aside. */
static enum exit_code put_aside(const struct store *store, const char *samples,
                                const char *text, size_t begin, size_t length,
                                struct trouble *trouble)
{
    char torn[PATH_MAX];
    assert(begin < length);
    if (!path_of(store, TORN, torn))
        return failed(trouble, "write", store->dir);
    int fd = open(torn, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool kept = fd >= 0 && write_whole(fd, text + begin, length - begin) &&
                write_whole(fd, "\n", 1) && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    if (!kept)
        return failed(trouble, "write", torn);
    if (truncate(samples, (off_t)begin) != 0)
        return failed(trouble, "mend", samples);
    fprintf(stderr,
            "quartet-bench: the last line of %s is torn: moved to %s, to be measured "
            "again\n",
            samples, torn);
    return EXIT_GOOD;
}

static enum exit_code end_line(const char *samples, struct trouble *trouble)
{
    int fd = open(samples, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool good = fd >= 0 && write_whole(fd, "\n", 1);
    if (fd >= 0)
        close(fd);
    return good ? EXIT_GOOD : failed(trouble, "mend", samples);
}

static enum exit_code load_lines(const struct store *store, const char *path,
                                 const char *text, size_t length, json_t *samples,
                                 struct trouble *trouble)
{
    unsigned number = 1;
    assert(text[length] == '\0' && json_array_size(samples) == 0);
    for (size_t begin = 0; begin < length; number++) {
        const char *newline = memchr(text + begin, '\n', length - begin);
        size_t end = newline != NULL ? (size_t)(newline - text) : length;
        json_t *sample = json_loadb(text + begin, end - begin, 0, NULL);
        if (json_is_object(sample))
            json_array_append_new(samples, sample);
        else {
            json_decref(sample);
            if (end + 1 < length)
                return trouble_set(trouble, EXIT_IO,
                                   "%s:%u is not a sample; mend or remove that line",
                                   path, number);
            return put_aside(store, path, text, begin, length, trouble);
        }
        if (newline == NULL)
            return end_line(path, trouble);
        begin = end + 1;
    }
    return EXIT_GOOD;
}

enum exit_code store_load(struct store *store, json_t **samples, struct trouble *trouble)
{
    char path[PATH_MAX];
    size_t length = 0;
    *samples = json_array();
    assert(store->samples < 0 && "mended before it is opened");
    if (!path_of(store, SAMPLES, path))
        return failed(trouble, "read", store->dir);
    char *text = read_file(path, &length);
    if (text == NULL && errno == ENOENT) /* interrupted before the first sample */
        return EXIT_GOOD;
    if (text == NULL)
        return failed(trouble, "read", path);
    enum exit_code code = load_lines(store, path, text, length, *samples, trouble);
    free(text);
    return code;
}

/* ---- other files ---- */

enum exit_code store_json(const struct store *store, const char *name,
                          const json_t *value, struct trouble *trouble)
{
    assert(value != NULL && "who made it says why not");
    char path[PATH_MAX], fresh[PATH_MAX];
    char fresh_name[64];
    snprintf(fresh_name, sizeof fresh_name, "%s.new", name);
    if (!path_of(store, name, path) || !path_of(store, fresh_name, fresh))
        return failed(trouble, "write", store->dir);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0 &&
                json_dumpfd(value, fd, JSON_INDENT(1) | JSON_PRESERVE_ORDER) == 0 &&
                write_whole(fd, "\n", 1) && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0 && close(fd) != 0)
        good = false;
    if (good && rename(fresh, path) == 0)
        return EXIT_GOOD;
    unlink(fresh);
    errno = error;
    return failed(trouble, "write", path);
}

enum exit_code store_read(const struct store *store, const char *name, json_t **value,
                          struct trouble *trouble)
{
    char path[PATH_MAX];
    size_t length = 0;
    json_error_t error;
    if (!path_of(store, name, path))
        return failed(trouble, "read", store->dir);
    char *text = read_file(path, &length);
    if (text == NULL)
        return failed(trouble, "read", path);
    *value = json_loadb(text, length, 0, &error);
    free(text);
    if (*value == NULL)
        return trouble_set(trouble, EXIT_IO, "%s is not JSON: line %d: %s", path,
                           error.line, error.text);
    return EXIT_GOOD;
}
