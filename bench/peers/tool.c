/* tool.c - runs a compiler or asks a runtime for its version: one child, waited for. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 2000000L

extern char **environ;

char *peers_which(const char *program)
{
    const char *path = getenv("PATH");
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        char *candidate;
        /* A relative entry would change its meaning with the current folder. */
        if (path[0] == '/' &&
            asprintf(&candidate, "%.*s/%s", (int)length, path, program) >= 0) {
            if (access(candidate, X_OK) == 0)
                return candidate;
            free(candidate);
        }
        path += length + (path[length] == ':');
    }
    return NULL;
}

/* Variables that change how a runtime or a Go build behaves. */
static bool tunes(const char *variable)
{
    static const char *const prefixes[] = {"ERL_",   "GO",   "NODE_",  "UV_",
                                           "PYTHON", "RUBY", "BUNDLE", "GEM_"};
    if (strncmp(variable, "GOROOT=", 7) == 0)
        return false; /* where a Go outside the system's folders lies */
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

char **peers_environment(const char *const *extra)
{
    size_t count = 0;
    for (char **variable = environ; *variable != NULL; variable++)
        count++;
    for (const char *const *variable = extra; *variable != NULL; variable++)
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    if (copy == NULL)
        return NULL;
    size_t used = 0;
    bool good = true;
    for (char **variable = environ; good && *variable != NULL; variable++)
        if (!tunes(*variable))
            good = (copy[used++] = strdup(*variable)) != NULL;
    for (const char *const *variable = extra; good && *variable != NULL; variable++)
        good = (copy[used++] = strdup(*variable)) != NULL;
    assert(used <= count);
    if (good)
        return copy;
    peers_strings_free(copy);
    return NULL;
}

void peers_strings_free(char **strings)
{
    for (char **string = strings; string != NULL && *string != NULL; string++)
        free(*string);
    free(strings);
}

static int wait_for(pid_t child, uint64_t limit_ns)
{
    assert(child > 0 && limit_ns > 0);
    int status;
    pid_t done;
    uint64_t waited_ns = 0;
    while ((done = waitpid(child, &status, WNOHANG)) <= 0) {
        if (done < 0 && errno != EINTR)
            return -errno;
        if (waited_ns >= limit_ns) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return -ETIMEDOUT;
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        waited_ns += POLL_NS;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int peers_tool(char *const *argv, char *const *envp, int output_fd, uint64_t limit_ns)
{
    assert(argv[0] != NULL && argv[0][0] == '/' && output_fd >= 0);
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return -error;
    pid_t child = 0;
    error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, output_fd, 1);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, output_fd, 2);
    if (error == 0)
        error = posix_spawn(&child, argv[0], &actions, NULL, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    return error != 0 ? -error : wait_for(child, limit_ns);
}

void peers_telling_line(int fd, char *line, size_t room)
{
    assert(room > 0);
    char text[4096];
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    char *rest = text;
    line[0] = '\0';
    for (char *next; (next = strsep(&rest, "\n")) != NULL;)
        if (*next != '\0' && *next != '#') {
            snprintf(line, room, "%s", next);
            return;
        }
}
