/* command.c - the command that runs a prepared peer once. */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 24

/* An argv under construction; after a failure it stays as it was. */
struct words {
    char **word;
    size_t count;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void add(struct words *words,
                                                      const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *made;
    if (words->count == WORDS_MAX || vasprintf(&made, format, values) < 0)
        words->failed = true;
    else
        words->word[words->count++] = made;
    va_end(values);
}

/* How each runtime is called. Only what isolates the run from the user's own settings and
 * what sets the number of workers: no tuning. */
static void add_program(struct words *words, const struct peers *peers,
                        const struct peer_runtime *runtime, const char *workload,
                        unsigned workers)
{
    assert(words->count == 0 && workers > 0);
    switch (peers_index_of(peers, runtime)) {
    case PEER_ERLANG:
        add(words, "%s", runtime->program);
        add(words, "+S");
        add(words, "%u:%u", workers, workers);
        add(words, "+P"); /* as on_actors.c: skynet has a million processes at once */
        add(words, "2097152");
        add(words, "-boot");
        add(words, "no_dot_erlang");
        add(words, "-noinput");
        add(words, "-pa");
        add(words, "%s/%s", peers->cache_dir, runtime->name);
        add(words, "-s");
        add(words, "%s", workload);
        add(words, "main");
        add(words, "-extra");
        return;
    case PEER_GO:
        add(words, "%s/%s/%s", peers->cache_dir, runtime->name, workload);
        return;
    case PEER_PYTHON:
        add(words, "%s", runtime->program);
        add(words, "-I"); /* no PYTHON* variables, no packages of the user */
        add(words, "-B"); /* writes nothing beside the sources */
        break;
    case PEER_NODE:
    case PEER_RUBY:
    case PEER_RUNTIMES:
        add(words, "%s", runtime->program);
        break;
    }
    add(words, "%s/workloads/%s/%s.%s", peers->bench_dir, workload, workload,
        runtime->extension);
}

static void add_arguments(struct words *words, const struct peer_run *run)
{
    add(words, "ops=%" PRIu64, run->ops);
    add(words, "workers=%u", run->workers);
    add(words, "size=%" PRIu64, run->size);
    if (run->target_ns > 0)
        add(words, "target_ns=%" PRIu64, run->target_ns);
    if (run->warmup_ns > 0)
        add(words, "warmup_ns=%" PRIu64, run->warmup_ns);
}

/* A program that is compiled must have been. Errors: -ENOENT, -ENOMEM. */
static int need_compiled(const struct peers *peers, const struct peer_runtime *runtime,
                         const char *workload, struct peer_error *error)
{
    enum peers_index index = peers_index_of(peers, runtime);
    if (index != PEER_ERLANG && index != PEER_GO)
        return 0;
    char *path;
    if (asprintf(&path, "%s/%s/%s%s", peers->cache_dir, runtime->name, workload,
                 index == PEER_ERLANG ? ".beam" : "") < 0)
        return peers_fail(error, -ENOMEM, "no memory");
    int status = 0;
    if (access(path, index == PEER_GO ? X_OK : R_OK) != 0)
        status = peers_fail(error, -ENOENT, "%s is not there: prepare it first", path);
    free(path);
    return status;
}

int peers_command(const struct peers *peers, const struct peer_runtime *runtime,
                  const char *workload, const struct peer_run *run,
                  struct peer_command *command, struct peer_error *error)
{
    *command = (struct peer_command){.argv = NULL};
    int status = peers_need(peers, runtime, workload, error);
    if (status == 0)
        status = need_compiled(peers, runtime, workload, error);
    if (status != 0)
        return status;
    const char *refusal = peers_refuses_workers(runtime, run->workers);
    if (refusal != NULL)
        return peers_fail(error, -EINVAL, "workers=%u: %s", run->workers, refusal);
    struct words words = {.word = calloc(WORDS_MAX + 1, sizeof(char *))};
    if (words.word != NULL) {
        add_program(&words, peers, runtime, workload, run->workers);
        add_arguments(&words, run);
    }
    command->argv = words.word;
    command->envp =
        peers_environment((const char *const[]){"ERL_CRASH_DUMP_SECONDS=0", NULL});
    if (command->argv != NULL && command->envp != NULL && !words.failed) {
        assert(command->argv[0][0] == '/');
        return 0;
    }
    peers_command_free(command);
    return peers_fail(error, -ENOMEM, "no memory");
}

void peers_command_free(struct peer_command *command)
{
    peers_strings_free(command->argv);
    peers_strings_free(command->envp);
    *command = (struct peer_command){.argv = NULL};
}
