/* peer_run.c - runs one peer by its real runtime, briefly, and holds its answers against
 * the workload's own expectation.
 *
 *   peer_run BENCH_DIR CACHE_DIR WORKLOAD RUNTIME
 *
 * Exit status 77 where the runtime is absent. */
#include "check.h"
#include "peers.h"

#include "all_to_all.h"
#include "bounded_buffer.h"
#include "fairness.h"
#include "fan_in.h"
#include "idle_tasks.h"
#include "mandelbrot.h"
#include "ping_pong.h"
#include "pipeline.h"
#include "ring.h"
#include "select_ready.h"
#include "skynet.h"
#include "spawn_join.h"
#include "yield.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_NS 20000000u
#define TEXT_MAX 65536 /* a histogram has many pairs */
#define SIZE_MOST 10000

struct workload {
    const char *name;
    uint64_t quantum;
    const uint64_t *sizes; /* or NULL */
    size_t size_count;
    bool ops_by_size;
    void (*expect)(const struct workload_shape *shape, struct workload_answer *expected);
    /* Of those that stand for actors, where it differs; else NULL. */
    void (*expect_actors)(const struct workload_shape *shape,
                          struct workload_answer *expected);
};

static const struct workload workloads[] = {
    {"ping_pong", PING_PONG_QUANTUM, NULL, 0, true, ping_pong_expect, NULL},
    {"fan_in", FAN_IN_QUANTUM, NULL, 0, true, fan_in_expect, NULL},
    {"mandelbrot", MANDELBROT_QUANTUM, NULL, 0, true, mandelbrot_expect, NULL},
    {"ring", RING_QUANTUM, NULL, 0, true, ring_expect, NULL},
    {"spawn_join", SPAWN_JOIN_QUANTUM, spawn_join_sizes, SPAWN_JOIN_SIZE_COUNT, true,
     spawn_join_expect, NULL},
    {"skynet", SKYNET_QUANTUM, skynet_sizes, SKYNET_SIZE_COUNT, true, skynet_expect,
     NULL},
    {"all_to_all", ALL_TO_ALL_QUANTUM, NULL, 0, true, all_to_all_expect, NULL},
    {"idle_tasks", IDLE_TASKS_QUANTUM, idle_tasks_sizes, IDLE_TASKS_SIZE_COUNT, true,
     idle_tasks_expect, NULL},
    {"fairness", FAIRNESS_QUANTUM, fairness_sizes, FAIRNESS_SIZE_COUNT, false,
     fairness_expect, NULL},
    {"yield", YIELD_QUANTUM, NULL, 0, true, yield_expect, NULL},
    {"select_ready", SELECT_READY_QUANTUM, select_ready_sizes, SELECT_READY_SIZE_COUNT,
     true, select_ready_expect, NULL},
    {"bounded_buffer", BOUNDED_BUFFER_QUANTUM, bounded_buffer_sizes,
     BOUNDED_BUFFER_SIZE_COUNT, true, bounded_buffer_expect,
     bounded_buffer_expect_requests},
    {"pipeline", PIPELINE_QUANTUM, NULL, 0, true, pipeline_expect, NULL},
};

/* What is under test. */
struct peer {
    struct peers *peers;
    const struct peer_runtime *runtime;
    const char *workload;
};

/* What one process left behind. */
struct outcome {
    int code; /* exit code, or 128 + signal */
    char out[TEXT_MAX];
    char err[TEXT_MAX];
};

static void read_back(int fd, char *text)
{
    ssize_t length = pread(fd, text, TEXT_MAX - 1, 0);
    CHECK(length >= 0);
    text[length] = '\0';
    CHECK_EQ(close(fd), 0);
}

static void execute(const struct peer_command *command, struct outcome *outcome)
{
    int out = memfd_create("stdout", 0);
    int err = memfd_create("stderr", 0);
    CHECK(out >= 0 && err >= 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG,
              SIGKILL); /* a test that times out leaves nothing behind */
        dup2(out, 1);
        dup2(err, 2);
        execve(command->argv[0], command->argv, command->envp);
        _exit(126);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    outcome->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    read_back(out, outcome->out);
    read_back(err, outcome->err);
}

/* Runs the peer; `instead`, where it is not NULL, takes the place of the argument with
 * the same key. */
static struct outcome play(const struct peer *peer, const struct peer_run *run,
                           const char *instead)
{
    struct peer_command command;
    struct peer_error error;
    struct outcome outcome;
    int status =
        peers_command(peer->peers, peer->runtime, peer->workload, run, &command, &error);
    CHECK_STR(error.text, "");
    CHECK_EQ(status, 0);
    bool replaced = instead == NULL;
    for (char **word = command.argv; !replaced && *word != NULL; word++)
        if (strncmp(*word, instead, strcspn(instead, "=") + 1) == 0) {
            free(*word);
            *word = strdup(instead);
            replaced = true;
        }
    CHECK(replaced);
    execute(&command, &outcome);
    peers_command_free(&command);
    return outcome;
}

static struct peer_run shortly(uint64_t ops, unsigned workers)
{
    return (struct peer_run){
        .ops = ops, .workers = workers, .target_ns = SHORT_NS, .warmup_ns = SHORT_NS};
}

/* Each tick's lateness is in it; no other workload has one. */
static void verify_histogram(const struct workload *workload,
                             const struct peer_result *result)
{
    json_int_t values = 0;
    size_t i;
    json_t *pair;
    json_array_foreach(result->histogram, i, pair) values +=
        json_integer_value(json_array_get(pair, 1));
    CHECK_EQ(values, strcmp(workload->name, "fairness") == 0 ? result->answer.ops : 0);
}

/* One run must answer what the workload expects of as many ops. */
static struct peer_result verify(const struct peer *peer, const struct workload *workload,
                                 struct peer_run run)
{
    struct outcome outcome = play(peer, &run, NULL);
    CHECK_STR(outcome.err, "");
    CHECK_EQ(outcome.code, PEER_EXIT_GOOD);
    struct peer_result result;
    struct peer_error error;
    int status = peers_parse(outcome.out, strlen(outcome.out), &result, &error);
    CHECK_STR(error.text, "");
    CHECK_EQ(status, 0);
    struct workload_answer expected;
    bool actors = workload->expect_actors != NULL &&
                  strcmp(peer->runtime->stands_for, "actors") == 0;
    (actors ? workload->expect_actors : workload->expect)(
        &(struct workload_shape){.ops = result.answer.ops, .size = run.size}, &expected);
    CHECK_EQ(result.answer.units, expected.units);
    CHECK_EQ(result.answer.messages, expected.messages);
    CHECK_EQ(result.answer.bytes, expected.bytes);
    CHECK_EQ(result.answer.checksum, expected.checksum);
    verify_histogram(workload, &result);
    CHECK(result.warmup_ns >= SHORT_NS);
    peers_result_free(&result);
    return result;
}

/* A bad argument: exit code 2, nothing on stdout, one line on stderr. */
static void refuses(const struct peer *peer, const char *argument)
{
    struct peer_run run = shortly(0, 1);
    struct outcome outcome = play(peer, &run, argument);
    fprintf(stderr, "%s: %s", argument, outcome.err);
    CHECK_EQ(outcome.code, PEER_EXIT_USAGE);
    CHECK_STR(outcome.out, "");
    const char *end = strchr(outcome.err, '\n');
    CHECK(end != NULL && end > outcome.err);
    CHECK_STR(end + 1, "");
}

/* Each size that is soon made, one of its quanta; the answer depends on it. */
static void test_sizes(const struct peer *peer, const struct workload *workload)
{
    for (size_t i = 0; i < workload->size_count && workload->sizes[i] <= SIZE_MOST; i++) {
        uint64_t size = workload->sizes[i];
        struct peer_run run =
            shortly(workload->ops_by_size ? size : workload->quantum, 1);
        run.size = size;
        CHECK_EQ(verify(peer, workload, run).answer.ops, run.ops);
    }
}

static void test_workload(const struct peer *peer, const struct workload *workload)
{
    struct peer_result calibrated = verify(peer, workload, shortly(0, 1));
    CHECK(calibrated.answer.ops >= workload->quantum);
    CHECK_EQ(calibrated.answer.ops % workload->quantum, 0);
    struct peer_run fixed = shortly(3 * workload->quantum, 1);
    CHECK_EQ(verify(peer, workload, fixed).answer.ops, fixed.ops);
    if (peer->runtime->workers_max == 0)
        verify(peer, workload, shortly(0, 2));
    else
        refuses(peer, "workers=2");
    if (workload->quantum > 1)
        refuses(peer, 12 % workload->quantum > 0 ? "ops=12" : "ops=13");
    refuses(peer, "ops=-8");
    refuses(peer, "ops=");
    refuses(peer, "ops=9000000000");
    refuses(peer, "workers=0");
    refuses(peer, "size=-1");
    if (workload->sizes == NULL || (workload->ops_by_size && workload->quantum > 1))
        refuses(peer, "size=1");
    if (workload->sizes != NULL)
        test_sizes(peer, workload);
}

static void test_liar(const struct peer *peer)
{
    struct peer_run run = shortly(0, 1);
    struct outcome outcome = play(peer, &run, NULL);
    fprintf(stderr, "%s", outcome.err);
    CHECK_EQ(outcome.code, PEER_EXIT_SELF_CHECK);
    CHECK_STR(outcome.out, "");
    CHECK(strncmp(outcome.err, "self-check of 3 ops: ", 21) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: peer_run BENCH_DIR CACHE_DIR WORKLOAD RUNTIME\n");
        return 2;
    }
    struct peer peer = {.workload = argv[3]};
    struct peer_error error;
    int status = peers_open(&peer.peers, argv[1], argv[2], &error);
    CHECK_STR(error.text, "");
    CHECK_EQ(status, 0);
    peer.runtime = peers_find(peer.peers, argv[4]);
    CHECK(peer.runtime != NULL);
    if (!peer.runtime->present) {
        printf("skipped: %s\n", peer.runtime->absent);
        peers_close(peer.peers);
        return CHECK_SKIP;
    }
    printf("%s %s, %s\n", peer.runtime->name, peer.runtime->version,
           peer.runtime->program);
    status = peers_prepare(peer.peers, peer.runtime, peer.workload, &error);
    CHECK_STR(error.text, "");
    CHECK_EQ(status, 0);
    const struct workload *found = NULL;
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        if (strcmp(workloads[i].name, peer.workload) == 0)
            found = &workloads[i];
    if (found != NULL)
        test_workload(&peer, found);
    else
        test_liar(&peer);
    peers_close(peer.peers);
    return 0;
}
