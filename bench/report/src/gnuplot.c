#include "gnuplot.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What posix_spawnp() cannot tell from a program that exits so. */
#define NOT_RUNNABLE 127
#define SAID_SIZE 512

/* ---- where the scripts are
 * -------------------------------------------------------------- */

static bool is_root(const char *dir)
{
    char path[REPORT_PATH_SIZE];
    return dir != NULL && *dir != '\0' &&
           snprintf(path, sizeof path, "%s/plots/style.gp", dir) < (int)sizeof path &&
           access(path, R_OK) == 0;
}

int report_data_root(const struct report_options *options,
                     char to[static REPORT_PATH_SIZE])
{
    const char *asked = options->data_root ? options->data_root : getenv("QUARTET_DATA");
    const char *roots[] = {QUARTET_SOURCE_DATA, QUARTET_INSTALLED_DATA};
    const char *root = asked;
    for (size_t i = 0; i < sizeof roots / sizeof *roots && root == NULL; i++)
        if (is_root(roots[i]))
            root = roots[i];
    if (root == NULL)
        return report_say(-ENOENT, "no plots/style.gp under %s or %s (set QUARTET_DATA)",
                          roots[0], roots[1]);
    if (!is_root(root))
        return report_say(-ENOENT, "%s/plots/style.gp: cannot read", root);
    if (snprintf(to, REPORT_PATH_SIZE, "%s", root) >= REPORT_PATH_SIZE)
        return report_say(-ENAMETOOLONG, "%s: the path is too long", root);
    return 0;
}

/* ---- running it
 * ------------------------------------------------------------------------- */

/* Starts gnuplot with stdout and stderr in a pipe, whose reading end is *from. */
static int start(const char *program, char *const arguments[], pid_t *child, int *from)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int error = posix_spawnp(child, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return -error;
    }
    *from = ends[0];
    return 0;
}

/* Keeps the last line that says something, which is gnuplot's message, and drains the
 * rest, so that the child never blocks on a full pipe. */
static void listen(int from, char said[static SAID_SIZE])
{
    char part[1024];
    size_t used = 0;
    bool ended = false;
    said[0] = '\0';
    for (;;) {
        ssize_t got = read(from, part, sizeof part);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++) {
            bool blank = strchr(" \t^", part[i]) != NULL;
            ended |= part[i] == '\n';
            if (part[i] == '\n' || (blank && (ended || used == 0)))
                continue;
            used = ended ? 0 : used;
            ended = false;
            if (used + 1 < SAID_SIZE)
                said[used++] = part[i];
            said[used] = '\0';
        }
    }
    assert(used < SAID_SIZE);
    close(from);
}

static int run(const char *program, char *const arguments[], char said[static SAID_SIZE],
               int *status)
{
    pid_t child = -1;
    int from = -1;
    int error = start(program, arguments, &child, &from);
    if (error)
        return error;
    listen(from, said);
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == NOT_RUNNABLE)
        return -ENOENT;
    return 0;
}

const char *report_format_name(enum report_format format)
{
    switch (format) {
    case REPORT_SVG:
        return "svg";
    case REPORT_PDF:
        return "pdf";
    default:
        assert(format == REPORT_PNG);
        return "png";
    }
}

/* gnuplot exits 0 after some failures to write, so the picture itself is looked at. */
static int draw(const struct chart *chart, const char *root, const char *plots_dir,
                enum report_format format, const struct report_options *options)
{
    assert(*chart->name != '\0');
    const char *program = options->gnuplot ? options->gnuplot : "gnuplot";
    const char *kind = report_format_name(format),
               *theme = options->dark ? "dark" : "light";
    char script[REPORT_PATH_SIZE], data[REPORT_PATH_SIZE], to[REPORT_PATH_SIZE];
    char name[CHART_NAME_SIZE + 32], said[SAID_SIZE] = "";
    snprintf(name, sizeof name, "plots/%s", chart->script);
    int error = report_path(script, root, name);
    snprintf(name, sizeof name, "%s.dat", chart->name);
    error = error ? error : report_path(data, plots_dir, name);
    snprintf(name, sizeof name, "%s%s.%s", chart->name, options->dark ? "-dark" : "",
             kind);
    error = error ? error : report_path(to, plots_dir, name);
    if (error)
        return error;
    if (unlink(to) != 0 && errno != ENOENT)
        return report_say(-errno, "%s: cannot write: %s", to, strerror(errno));
    char *const arguments[] = {(char *)program, "-c",          script, data, to,
                               (char *)kind,    (char *)theme, NULL};
    int status = 0;
    error = run(program, arguments, said, &status);
    if (error == -ENOENT)
        return report_say(
            -ENOPKG,
            "%s is not installed, so no charts: sudo apt-get install gnuplot-nox",
            program);
    if (error)
        return report_say(error, "%s: cannot run: %s", program, strerror(-error));
    if (status == 0 && access(to, R_OK) == 0)
        return 0;
    return report_say(-EIO, "%s failed on %s: %s", program, to,
                      *said ? said : "no picture");
}

int report_draw(const struct chart_list *list, const char *plots_dir,
                const struct report_options *options)
{
    assert((options->formats & ~(unsigned)REPORT_ALL_FORMATS) == 0);
    static const enum report_format all[] = {REPORT_SVG, REPORT_PDF, REPORT_PNG};
    unsigned formats = options->formats ? options->formats : REPORT_ALL_FORMATS;
    char root[REPORT_PATH_SIZE];
    int error = report_data_root(options, root);
    for (size_t i = 0; i < list->count && !error; i++)
        for (size_t j = 0; j < sizeof all / sizeof *all && !error; j++)
            if (formats & all[j])
                error = draw(&list->charts[i], root, plots_dir, all[j], options);
    return error;
}
