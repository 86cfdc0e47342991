/* internal.h - what the files of this room share. */
#ifndef PEERS_INTERNAL_H
#define PEERS_INTERNAL_H

#include "peers.h"

#include <assert.h>
#include <stdarg.h>

enum peers_index {
    PEER_ERLANG,
    PEER_GO,
    PEER_NODE,
    PEER_PYTHON,
    PEER_RUBY,
    PEER_RUNTIMES
};

struct peers {
    char *bench_dir; /* absolute; holds workloads/ and peers/ */
    char *cache_dir; /* absolute; compiled programs, one folder a runtime */
    struct peer_runtime runtimes[PEER_RUNTIMES];
};

/* Which of the five a runtime is. */
static inline enum peers_index peers_index_of(const struct peers *peers,
                                              const struct peer_runtime *runtime)
{
    assert(runtime >= peers->runtimes && runtime < peers->runtimes + PEER_RUNTIMES);
    return (enum peers_index)(runtime - peers->runtimes);
}

/* Writes the text and returns `code`, so that a caller fails in one line. */
int peers_fail(struct peer_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* -ENOENT with its text where the runtime is absent or has no such program; else 0. */
int peers_need(const struct peers *peers, const struct peer_runtime *runtime,
               const char *workload, struct peer_error *error);

/* The path of a program's source. NULL without memory. Owns: the caller, free. */
char *peers_source(const struct peers *peers, const struct peer_runtime *runtime,
                   const char *workload);

/* The absolute path of a program in PATH, or NULL. Owns: the caller, free. */
char *peers_which(const char *program);

/* The caller's environment without the variables that tune the runtimes, and with `extra`
 * (ends with NULL). NULL without memory. Owns: the caller, peers_strings_free. */
char **peers_environment(const char *const *extra);
void peers_strings_free(char **strings);

/* Runs argv[0] with stdout and stderr to `output_fd` and stdin from /dev/null, and waits;
 * past `limit_ns` it is killed. Returns its exit code, 128 + signal, or negative errno
 * (-ETIMEDOUT). */
int peers_tool(char *const *argv, char *const *envp, int output_fd, uint64_t limit_ns);

/* Copies the first line from the start of a file that tells something (not empty, no '#'
 * heading) into `line`, "" where there is none. */
void peers_telling_line(int fd, char *line, size_t room);

#endif
