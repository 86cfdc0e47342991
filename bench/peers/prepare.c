/* prepare.c - compiles the peers of the runtimes that compile, always anew: a compiler
 * takes a second, a stale program would be measured without anybody noticing. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPILE_LIMIT_NS UINT64_C(600000000000)
#define TEXT_MAX 8 /* words and variables of one compilation */

/* Strings made for one compilation, freed together. */
struct texts {
    char *item[TEXT_MAX];
    size_t count;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static char *text(struct texts *texts,
                                                        const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *made;
    if (texts->count == TEXT_MAX || vasprintf(&made, format, values) < 0) {
        texts->failed = true;
        made = NULL;
    } else {
        texts->item[texts->count++] = made;
    }
    va_end(values);
    return made;
}

static void texts_free(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->item[i]);
}

/* Makes a folder and those above it. Errors: negative errno. */
static int make_folders(const char *path)
{
    assert(path[0] == '/');
    char *copy = strdup(path);
    if (copy == NULL)
        return -ENOMEM;
    int error = 0;
    for (char *slash = copy; error == 0 && slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            error = -errno;
        if (slash != NULL)
            *slash = '/';
    }
    free(copy);
    return error;
}

static int compile(char *const *argv, const char *const *extra, const char *log_path,
                   struct peer_error *error)
{
    assert(argv[0][0] == '/' && log_path[0] == '/');
    int log = open(log_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (log < 0)
        return peers_fail(error, -errno, "%s: %s", log_path, strerror(errno));
    char **envp = peers_environment(extra);
    int status = envp == NULL ? -ENOMEM : peers_tool(argv, envp, log, COMPILE_LIMIT_NS);
    peers_strings_free(envp);
    if (status < 0) {
        peers_fail(error, status, "%s: %s", argv[0], strerror(-status));
    } else if (status > 0) {
        char line[256];
        peers_telling_line(log, line, sizeof line);
        status = peers_fail(error, -EINVAL, "%s: exit code %d: %s (all of it in %s)",
                            argv[0], status, line, log_path);
    }
    close(log);
    return status;
}

/* The module of the workload and the protocol's, into one folder of .beam files. */
static int prepare_erlang(const struct peers *peers, const char *source,
                          const char *folder, const char *log_path,
                          struct peer_error *error)
{
    struct texts texts = {.count = 0};
    char *erlc = peers_which("erlc");
    char *protocol = text(&texts, "%s/peers/protocol/quartet_peer.erl", peers->bench_dir);
    int status = -ENOENT;
    if (erlc == NULL)
        peers_fail(error, status, "erlc is not in PATH any more");
    else if (texts.failed)
        status = peers_fail(error, -ENOMEM, "no memory");
    else
        status = compile(
            (char *[]){erlc, "-o", (char *)folder, protocol, (char *)source, NULL},
            (const char *const[]){"ERL_CRASH_DUMP_SECONDS=0", NULL}, log_path, error);
    free(erlc);
    texts_free(&texts);
    return status;
}

/* By file name, since the workload's folder also holds C files that `go build` of a
 * folder would hand to cgo. GOPATH mode finds the package quartet/peer without a module,
 * a network or a home folder. */
static int prepare_go(const struct peers *peers, const char *source, const char *folder,
                      const char *workload, const char *log_path,
                      struct peer_error *error)
{
    struct texts texts = {.count = 0};
    char *program = text(&texts, "%s/%s", folder, workload);
    char *gopath = text(&texts, "GOPATH=%s/peers/protocol/go", peers->bench_dir);
    char *gocache = text(&texts, "GOCACHE=%s/go-build", peers->cache_dir);
    int status;
    if (texts.failed)
        status = peers_fail(error, -ENOMEM, "no memory");
    else
        status = compile((char *[]){(char *)peers->runtimes[PEER_GO].program, "build",
                                    "-o", program, (char *)source, NULL},
                         (const char *const[]){"GO111MODULE=off", "GOENV=off",
                                               "GOFLAGS=", "GOTOOLCHAIN=local",
                                               "CGO_ENABLED=0", gopath, gocache, NULL},
                         log_path, error);
    texts_free(&texts);
    return status;
}

static int prepare_in(struct peers *peers, const struct peer_runtime *runtime,
                      const char *workload, const char *source, struct peer_error *error)
{
    assert(runtime == &peers->runtimes[PEER_ERLANG] ||
           runtime == &peers->runtimes[PEER_GO]);
    struct texts texts = {.count = 0};
    char *folder = text(&texts, "%s/%s", peers->cache_dir, runtime->name);
    char *log_path =
        text(&texts, "%s/%s/%s.log", peers->cache_dir, runtime->name, workload);
    int status = texts.failed ? -ENOMEM : make_folders(folder);
    if (status != 0)
        peers_fail(error, status, "%s: %s", peers->cache_dir, strerror(-status));
    else if (peers_index_of(peers, runtime) == PEER_ERLANG)
        status = prepare_erlang(peers, source, folder, log_path, error);
    else
        status = prepare_go(peers, source, folder, workload, log_path, error);
    texts_free(&texts);
    return status;
}

int peers_prepare(struct peers *peers, const struct peer_runtime *runtime,
                  const char *workload, struct peer_error *error)
{
    int status = peers_need(peers, runtime, workload, error);
    enum peers_index index = peers_index_of(peers, runtime);
    if (status != 0 || (index != PEER_ERLANG && index != PEER_GO))
        return status;
    char *source = peers_source(peers, runtime, workload);
    if (source == NULL)
        return peers_fail(error, -ENOMEM, "no memory");
    status = prepare_in(peers, runtime, workload, source, error);
    free(source);
    return status;
}
