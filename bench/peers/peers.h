/* peers.h - the real runtimes that run the same workloads: Erlang, Go, Node.js, CPython,
 * Ruby.
 *
 * This room knows which of them are installed, how to compile a peer program, the command
 * that runs it, and how to read its answer. It does not start or time peers: that is the
 * harness's work, done as for every other cell (one process a repetition).
 *
 *   struct peers *peers;
 *   peers_open(&peers, NULL, "build/peer-cache", &error);
 *   const struct peer_runtime *go = peers_find(peers, "go");
 *   if (go->present && peers_has(peers, go, "fan_in")) {
 *       peers_prepare(peers, go, "fan_in", &error);                    (once)
 *       peers_command(peers, go, "fan_in", &run, &command, &error);    (each repetition)
 *       ... posix_spawn(command.argv[0], command.argv, command.envp), read its stdout ...
 *       peers_parse(output, length, &result, &error);
 *   }
 *
 * All functions are for one thread at a time. The protocol is in bench/peers/README.md.
 */
#ifndef PEERS_H
#define PEERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workload.h"

#define PEERS_SCHEMA "quartet-peer/1"
#define PEERS_WORKERS_MAX 1024u /* the peers refuse more */

/* Exit codes of a peer program. */
enum peer_exit {
    PEER_EXIT_GOOD = 0,
    PEER_EXIT_USAGE = 2,      /* bad arguments; one line on stderr says which */
    PEER_EXIT_SELF_CHECK = 3, /* the tiny case came out wrong */
};

/* One line for people; "" after success. */
struct peer_error {
    char text[512];
};

/* A runtime and what was found of it on this machine. */
struct peer_runtime {
    const char *name;       /* erlang, go, node, python, ruby: the cell's `model` */
    const char *stands_for; /* the model whose witness it is: actors, csp, … */
    const char *extension;  /* of its programs, without the dot */
    const char *install;    /* the command that would install it */
    unsigned workers_max;   /* 1: one thread of its code runs at a time; 0: any number */
    bool present;
    const char *program; /* absolute path of what runs (Go: compiles); NULL when absent */
    const char *version; /* "25.2.3" …; NULL when absent */
    const char *absent;  /* why it is not present, with `install`; NULL when present */
};

struct peers;

/* What one run of a peer is asked for. Zero fields: the program's own default, which is a
 * calibrated number of ops, 100 ms, 1 s of warm-up. */
struct peer_run {
    uint64_t ops;  /* a multiple of the workload's quantum; 0: calibrate to target_ns */
    uint64_t size; /* the workload's size parameter; 0 where it has none */
    uint64_t target_ns; /* how long the timed run is to take; warm-up runs are as long */
    uint64_t warmup_ns; /* how long to warm up at least */
    unsigned workers;   /* >= 1 */
};

/* A command ready for posix_spawn or execve; argv[0] is an absolute path. */
struct peer_command {
    char **argv; /* ends with NULL */
    char *
        *envp; /* ends with NULL; the caller's environment without what tunes runtimes */
};

/* What a peer answered. */
struct peer_result {
    struct workload_answer answer;
    uint64_t elapsed_ns; /* of the timed run alone, by the peer's monotonic clock */
    uint64_t warmup_ns;  /* of all runs before it */
    json_t *counters;    /* NULL, or an object of whole numbers by name */
    json_t *figures;     /* NULL, or an object of numbers by name */
    json_t *histogram;   /* NULL, or an array of pairs [bucket, count] */
};

/* Looks for the runtimes in PATH and asks each for its version (about a second).
 * bench_dir: the folder that holds workloads/ and peers/; NULL: the installed one beside
 * the running program (../share/quartet/bench), else the source tree this was built from.
 * cache_dir: where compiled peers go; made when it is first needed.
 * Errors: -ENOMEM; -ENOENT where no such bench_dir exists. Owns: the caller, peers_close.
 */
int peers_open(struct peers **peers, const char *bench_dir, const char *cache_dir,
               struct peer_error *error);
void peers_close(struct peers *peers);

/* The runtimes in a fixed order, present or not; each lives as long as `peers`. */
size_t peers_count(const struct peers *peers);
const struct peer_runtime *peers_at(const struct peers *peers, size_t index);
/* The runtime of that name, or NULL. */
const struct peer_runtime *peers_find(const struct peers *peers, const char *name);

/* True when the workload has a program for this runtime. */
bool peers_has(const struct peers *peers, const struct peer_runtime *runtime,
               const char *workload);

/* Whether a cell with so many workers makes sense: NULL when it does, else the reason for
 * its n/a ("ruby runs one thread of Ruby code at a time: workers=1 only"). */
const char *peers_refuses_workers(const struct peer_runtime *runtime, unsigned workers);

/* Compiles the program where its runtime compiles; else checks that it is readable.
 * May: block for seconds (a first Go build for a minute on a slow machine).
 * Errors: -ENOENT: runtime absent or no such program; -EINVAL: it does not compile (the
 * text has the compiler's first line and the log's path); or of the files and processes.
 */
int peers_prepare(struct peers *peers, const struct peer_runtime *runtime,
                  const char *workload, struct peer_error *error);

/* Writes the command that runs a prepared program once. Errors: -ENOENT as above;
 * -EINVAL: workers out of range for this runtime; -ENOMEM. Owns: the caller,
 * peers_command_free. */
int peers_command(const struct peers *peers, const struct peer_runtime *runtime,
                  const char *workload, const struct peer_run *run,
                  struct peer_command *command, struct peer_error *error);
void peers_command_free(struct peer_command *command);

/* Reads a peer's whole standard output: exactly one line, one JSON object with exactly
 * the protocol's fields. Errors: -EBADMSG, and the text names what is wrong. Owns: the
 * caller, peers_result_free; after an error there is nothing to free. */
int peers_parse(const char *output, size_t length, struct peer_result *result,
                struct peer_error *error);
void peers_result_free(struct peer_result *result);

#endif
