/* test_machine.c - detection, preparation and commands, against a machine made up in a
 * temporary folder: its PATH holds shell scripts in place of runtimes. */
#include "check.h"
#include "peers.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* A made-up machine: root/bin is PATH, root/bench the programs, root/cache the cache. */
struct machine {
    char root[64];
    struct peers *peers;
    struct peer_error error;
};

static const char *at(const struct machine *machine, const char *name)
{
    static char path[PATH_MAX]; /* one at a time is enough here */
    snprintf(path, sizeof path, "%s/%s", machine->root, name);
    return path;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK_EQ(fclose(file), 0);
    CHECK_EQ(chmod(path, mode), 0);
}

static void script(const struct machine *machine, const char *name, const char *body)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "bin/%s", name);
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body);
    write_file(at(machine, path), text, 0755);
}

/* Erlang whose compiler fails, a Go whose compiler succeeds, a Node that does not run, a
 * Python behind a version manager, and no Ruby. */
static struct machine made_up(void)
{
    struct machine machine = {.root = "/tmp/quartet-peers-XXXXXX"};
    CHECK(mkdtemp(machine.root) != NULL);
    static const char *const folders[] = {
        "bin",
        "bench",
        "bench/peers",
        "bench/peers/protocol",
        "bench/workloads",
        "bench/workloads/toy",
    };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        CHECK_EQ(mkdir(at(&machine, folders[i]), 0755), 0);
    script(&machine, "erl", "echo 25");
    script(&machine, "erlc", "echo; echo 'toy.erl:3: syntax error'; exit 1");
    script(&machine, "go",
           "case $1 in env) echo go1.99;; build) echo made > $3; /bin/chmod 755 $3;\n"
           "echo $GO111MODULE $GOFLAGS $CGO_ENABLED $GOPATH $GOCACHE;; esac");
    script(&machine, "node", "echo 'node: cannot find libuv' >&2; exit 127");
    script(&machine, "python3", "echo 3.11.2; echo /opt/real/python3");
    write_file(at(&machine, "bench/workloads/toy/toy.erl"), "", 0644);
    write_file(at(&machine, "bench/workloads/toy/toy.go"), "", 0644);
    write_file(at(&machine, "bench/workloads/toy/toy.py"), "", 0644);
    CHECK_EQ(setenv("PATH", at(&machine, "bin"), 1), 0);
    char bench[96], cache[96];
    snprintf(bench, sizeof bench, "%s/bench", machine.root);
    snprintf(cache, sizeof cache, "%s/deep/cache", machine.root);
    int status = peers_open(&machine.peers, bench, cache, &machine.error);
    CHECK_STR(machine.error.text, "");
    CHECK_EQ(status, 0);
    return machine;
}

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void tear_down(struct machine *machine)
{
    peers_close(machine->peers);
    CHECK_EQ(nftw(machine->root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void finds_what_is_there(void)
{
    struct machine machine = made_up();
    CHECK_EQ(peers_count(machine.peers), 5);
    CHECK(peers_find(machine.peers, "cobol") == NULL);
    const struct peer_runtime *go = peers_find(machine.peers, "go");
    CHECK(go == peers_at(machine.peers, 1));
    CHECK(go->present);
    CHECK_STR(go->version, "go1.99");
    CHECK_STR(go->stands_for, "csp");
    CHECK_STR(go->program, at(&machine, "bin/go"));
    CHECK(go->absent == NULL);
    CHECK_STR(go->install, "sudo apt-get install -y golang-go");
    CHECK_EQ(go->workers_max, 0);
    const struct peer_runtime *python = peers_find(machine.peers, "python");
    CHECK_STR(python->program, "/opt/real/python3");
    CHECK_STR(python->version, "3.11.2");
    tear_down(&machine);
}

static void tells_why_not(void)
{
    struct machine machine = made_up();
    const struct peer_runtime *ruby = peers_find(machine.peers, "ruby");
    CHECK(!ruby->present);
    CHECK(ruby->program == NULL && ruby->version == NULL);
    CHECK_STR(ruby->absent, "ruby is not in PATH; sudo apt-get install -y ruby");
    char expected[PATH_MAX + 128];
    snprintf(expected, sizeof expected,
             "%s is there but does not run (node: cannot find libuv); "
             "sudo apt-get install -y nodejs",
             at(&machine, "bin/node"));
    CHECK_STR(peers_find(machine.peers, "node")->absent, expected);
    CHECK_EQ(peers_prepare(machine.peers, ruby, "toy", &machine.error), -ENOENT);
    CHECK_STR(machine.error.text, ruby->absent);
    tear_down(&machine);
}

static void knows_its_programs(void)
{
    struct machine machine = made_up();
    const struct peer_runtime *python = peers_find(machine.peers, "python");
    CHECK(peers_has(machine.peers, python, "toy"));
    CHECK(!peers_has(machine.peers, python, "tot"));
    CHECK(!peers_has(machine.peers, python, "../workloads/toy"));
    CHECK(!peers_has(machine.peers, peers_find(machine.peers, "ruby"), "toy"));
    CHECK_EQ(peers_prepare(machine.peers, python, "tot", &machine.error), -ENOENT);
    CHECK_STR(machine.error.text, "tot has no program for python");
    CHECK_EQ(peers_prepare(machine.peers, python, "toy", &machine.error), 0);
    CHECK_STR(machine.error.text, "");
    tear_down(&machine);
}

static void reports_a_compiler(void)
{
    struct machine machine = made_up();
    const struct peer_runtime *erlang = peers_find(machine.peers, "erlang");
    CHECK_EQ(peers_prepare(machine.peers, erlang, "toy", &machine.error), -EINVAL);
    char expected[512];
    snprintf(expected, sizeof expected,
             "%s/bin/erlc: exit code 1: toy.erl:3: syntax error (all of it in "
             "%s/deep/cache/erlang/toy.log)",
             machine.root, machine.root);
    CHECK_STR(machine.error.text, expected);
    struct peer_command command;
    struct peer_run run = {.workers = 1};
    CHECK_EQ(peers_command(machine.peers, erlang, "toy", &run, &command, &machine.error),
             -ENOENT);
    CHECK(strstr(machine.error.text, "toy.beam is not there: prepare it first") != NULL);
    CHECK(command.argv == NULL && command.envp == NULL);
    tear_down(&machine);
}

static void needs_a_cache_folder(void)
{
    struct machine machine = made_up();
    write_file(at(&machine, "deep"), "a file where a folder should be", 0644);
    const struct peer_runtime *go = peers_find(machine.peers, "go");
    CHECK_EQ(peers_prepare(machine.peers, go, "toy", &machine.error), -ENOTDIR);
    CHECK(strstr(machine.error.text, "Not a directory") != NULL);
    tear_down(&machine);
}

static void builds_go_alone(void)
{
    struct machine machine = made_up();
    CHECK_EQ(setenv("GOFLAGS", "-mod=vendor", 1), 0);
    CHECK_EQ(unsetenv("HOME"), 0);
    const struct peer_runtime *go = peers_find(machine.peers, "go");
    CHECK_EQ(peers_prepare(machine.peers, go, "toy", &machine.error), 0);
    CHECK_EQ(unsetenv("GOFLAGS"), 0);
    char expected[512], got[512] = "";
    snprintf(expected, sizeof expected,
             "off 0 %s/bench/peers/protocol/go %s/deep/cache/go-build\n", machine.root,
             machine.root);
    FILE *log = fopen(at(&machine, "deep/cache/go/toy.log"), "r");
    CHECK(log != NULL);
    CHECK(fgets(got, sizeof got, log) != NULL);
    fclose(log);
    CHECK_STR(got, expected);

    struct peer_run run = {.workers = 3, .ops = 24, .size = 7, .warmup_ns = 5};
    struct peer_command command;
    CHECK_EQ(peers_command(machine.peers, go, "toy", &run, &command, &machine.error), 0);
    CHECK_STR(command.argv[0], at(&machine, "deep/cache/go/toy"));
    CHECK_STR(command.argv[1], "ops=24");
    CHECK_STR(command.argv[2], "workers=3");
    CHECK_STR(command.argv[3], "size=7");
    CHECK_STR(command.argv[4], "warmup_ns=5");
    CHECK(command.argv[5] == NULL);
    peers_command_free(&command);
    CHECK(command.argv == NULL && command.envp == NULL);
    tear_down(&machine);
}

static int has_variable(char **envp, const char *prefix)
{
    int count = 0;
    for (; *envp != NULL; envp++)
        count += strncmp(*envp, prefix, strlen(prefix)) == 0;
    return count;
}

/* A user's tuning must not change what is measured. */
static void cleans_the_environment(void)
{
    struct machine machine = made_up();
    static const char *const tuning[] = {"GOGC", "ERL_FLAGS", "NODE_OPTIONS", "RUBYOPT",
                                         "PYTHONPATH"};
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++)
        CHECK_EQ(setenv(tuning[i], "on", 1), 0);
    CHECK_EQ(setenv("QUARTET_KEPT", "yes", 1), 0);
    struct peer_run run = {.workers = 1};
    struct peer_command command;
    const struct peer_runtime *python = peers_find(machine.peers, "python");
    CHECK_EQ(peers_command(machine.peers, python, "toy", &run, &command, &machine.error),
             0);
    for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++) {
        CHECK_EQ(has_variable(command.envp, tuning[i]), 0);
        CHECK_EQ(unsetenv(tuning[i]), 0);
    }
    CHECK_EQ(has_variable(command.envp, "QUARTET_KEPT=yes"), 1);
    CHECK_EQ(has_variable(command.envp, "PATH="), 1);
    CHECK_STR(command.argv[0], "/opt/real/python3");
    CHECK_STR(command.argv[3], at(&machine, "bench/workloads/toy/toy.py"));
    peers_command_free(&command);
    tear_down(&machine);
}

static void refuses_workers(void)
{
    struct machine machine = made_up();
    const struct peer_runtime *python = peers_find(machine.peers, "python");
    const struct peer_runtime *go = peers_find(machine.peers, "go");
    CHECK(peers_refuses_workers(python, 1) == NULL);
    CHECK_STR(peers_refuses_workers(python, 2),
              "python runs one thread of Python at a time: workers=1 only");
    CHECK(peers_refuses_workers(go, 1024) == NULL);
    CHECK_STR(peers_refuses_workers(go, 1025), "workers must be 1 to 1024");
    CHECK_STR(peers_refuses_workers(go, 0), "workers must be 1 to 1024");
    struct peer_run run = {.workers = 2};
    struct peer_command command;
    CHECK_EQ(peers_command(machine.peers, python, "toy", &run, &command, &machine.error),
             -EINVAL);
    CHECK_STR(machine.error.text,
              "workers=2: python runs one thread of Python at a time: workers=1 only");
    tear_down(&machine);
}

static void needs_its_programs(void)
{
    struct peers *peers;
    struct peer_error error;
    CHECK_EQ(peers_open(&peers, "/nonexistent", "cache", &error), -ENOENT);
    CHECK_STR(error.text, "/nonexistent holds no peers/protocol");
    CHECK(peers == NULL);
}

/* Without a folder given: the source tree of this build, for a program that stands there.
 */
static void finds_the_source_tree(void)
{
    struct peers *peers;
    struct peer_error error;
    CHECK_EQ(peers_open(&peers, NULL, "cache", &error), 0);
    CHECK(peers_has(peers, peers_find(peers, "go"), "ping_pong"));
    CHECK(!peers_has(peers, peers_find(peers, "go"), "toy"));
    peers_close(peers);
}

static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    CHECK(in != NULL && out != NULL);
    char block[65536];
    for (size_t length; (length = fread(block, 1, sizeof block, in)) > 0;)
        CHECK_EQ(fwrite(block, 1, length, out), length);
    CHECK_EQ(fclose(in), 0);
    CHECK_EQ(fclose(out), 0);
    CHECK_EQ(chmod(to, 0755), 0);
}

/* What a copy of this program does in bin/ of an installation. */
static int see_toy(void)
{
    struct peers *peers;
    struct peer_error error;
    if (peers_open(&peers, NULL, "cache", &error) != 0)
        return 1;
    bool seen = peers_has(peers, peers_find(peers, "go"), "toy");
    peers_close(peers);
    return seen ? 0 : 1;
}

static void finds_what_was_installed_beside_it(void)
{
    struct machine machine = made_up();
    char from[96], command[PATH_MAX + 16];
    copy_file("/proc/self/exe", at(&machine, "bin/copy"));
    snprintf(command, sizeof command, "%s --see-toy", at(&machine, "bin/copy"));
    CHECK(system(command) != 0); /* nothing is installed yet */
    CHECK_EQ(mkdir(at(&machine, "share"), 0755), 0);
    CHECK_EQ(mkdir(at(&machine, "share/quartet"), 0755), 0);
    snprintf(from, sizeof from, "%s/bench", machine.root);
    CHECK_EQ(rename(from, at(&machine, "share/quartet/bench")), 0);
    CHECK_EQ(system(command), 0);
    tear_down(&machine);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(finds_what_is_there),
        CHECK_CASE(tells_why_not),
        CHECK_CASE(knows_its_programs),
        CHECK_CASE(reports_a_compiler),
        CHECK_CASE(needs_a_cache_folder),
        CHECK_CASE(builds_go_alone),
        CHECK_CASE(cleans_the_environment),
        CHECK_CASE(refuses_workers),
        CHECK_CASE(needs_its_programs),
        CHECK_CASE(finds_the_source_tree),
        CHECK_CASE(finds_what_was_installed_beside_it),
    };
    if (argc == 2 && strcmp(argv[1], "--see-toy") == 0)
        return see_toy();
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
