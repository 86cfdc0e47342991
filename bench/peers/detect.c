/* detect.c - which runtimes this machine has, and where the peer programs lie. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PROBE_LIMIT_NS UINT64_C(30000000000)
#define PROBE_WORDS 8

/* How a runtime is found: the programs that must be in PATH, and the words that make the
 * first print its version and, on a second line, the path of the program that really runs
 * (a version manager's entry in PATH is a script that looks for it). */
struct recipe {
    const char *name;
    const char *stands_for;
    const char *extension;
    const char *package;
    const char *programs[2];
    const char *probe[PROBE_WORDS];
    unsigned workers_max;
    const char *refusal; /* of more workers */
};

static const struct recipe recipes[PEER_RUNTIMES] = {
    [PEER_ERLANG] = {.name = "erlang",
                     .stands_for = "actors",
                     .extension = "erl",
                     .package = "erlang-base",
                     .programs = {"erl", "erlc"},
                     .probe = {"-boot", "no_dot_erlang", "-noinput", "-eval",
                               ("io:put_chars(erlang:system_info(otp_release)), "
                                "io:nl(), halt().")}},
    [PEER_GO] = {.name = "go",
                 .stands_for = "csp",
                 .extension = "go",
                 .package = "golang-go",
                 .programs = {"go"},
                 .probe = {"env", "GOVERSION"}},
    [PEER_NODE] = {.name = "node",
                   .stands_for = "eventloop",
                   .extension = "mjs",
                   .package = "nodejs",
                   .programs = {"node"},
                   .probe = {"-p", "process.versions.node + '\\n' + process.execPath"},
                   .workers_max = 1,
                   .refusal = "node runs JavaScript on one thread: workers=1 only"},
    [PEER_PYTHON] = {.name = "python",
                     .stands_for = "gil",
                     .extension = "py",
                     .package = "python3",
                     .programs = {"python3"},
                     .probe = {"-I", "-c",
                               "import platform, sys; "
                               "print(platform.python_version()); print(sys.executable)"},
                     .workers_max = 1,
                     .refusal =
                         "python runs one thread of Python at a time: workers=1 only"},
    [PEER_RUBY] = {.name = "ruby",
                   .stands_for = "gil",
                   .extension = "rb",
                   .package = "ruby",
                   .programs = {"ruby"},
                   .probe = {"-e", "puts RUBY_VERSION, RbConfig.ruby"},
                   .workers_max = 1,
                   .refusal = "ruby runs one thread of Ruby at a time: workers=1 only"},
};

int peers_fail(struct peer_error *error, int code, const char *format, ...)
{
    assert(code < 0); /* a failure that tells its caller of none would be lost */
    va_list values;
    va_start(values, format);
    vsnprintf(error->text, sizeof error->text, format, values);
    va_end(values);
    return code;
}

/* An absent runtime keeps its reason in `absent`, its version and program stay NULL. */
static int mark_absent(struct peer_runtime *runtime, const char *what, const char *why)
{
    assert(!runtime->present && runtime->absent == NULL);
    char *text;
    if (asprintf(&text, "%s %s; %s", what, why, runtime->install) < 0)
        return -ENOMEM;
    runtime->absent = text;
    return 0;
}

/* The two lines of a probe's output. Errors: -ENOMEM. */
static int read_probe(struct peer_runtime *runtime, int fd, const char *found)
{
    assert(found[0] == '/' && !runtime->present);
    char text[PATH_MAX + 128];
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    char *rest = text;
    const char *version = strsep(&rest, "\n");
    const char *program = rest != NULL ? strsep(&rest, "\n") : "";
    runtime->version = strdup(version);
    runtime->program = strdup(program[0] == '/' ? program : found);
    runtime->present = true;
    return runtime->version != NULL && runtime->program != NULL ? 0 : -ENOMEM;
}

static int run_probe(const struct recipe *recipe, const char *found, int fd)
{
    char *argv[PROBE_WORDS + 2] = {(char *)found};
    for (size_t i = 0; i < PROBE_WORDS && recipe->probe[i] != NULL; i++)
        argv[i + 1] = (char *)recipe->probe[i];
    char **envp = peers_environment((const char *const[]){"GOENV=off", NULL});
    if (envp == NULL)
        return -ENOMEM;
    int status = peers_tool(argv, envp, fd, PROBE_LIMIT_NS);
    peers_strings_free(envp);
    return status;
}

static int probe(struct peer_runtime *runtime, const struct recipe *recipe,
                 const char *found)
{
    int fd = memfd_create("probe", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = run_probe(recipe, found, fd);
    if (status == 0) {
        status = read_probe(runtime, fd, found);
    } else if (status != -ENOMEM) {
        char line[200];
        peers_telling_line(fd, line, sizeof line);
        char why[256];
        snprintf(why, sizeof why, "is there but does not run (%s)",
                 status < 0 ? strerror(-status) : line);
        status = mark_absent(runtime, found, why);
    }
    close(fd);
    return status;
}

static int detect(struct peer_runtime *runtime, const struct recipe *recipe)
{
    assert(recipe->programs[0] != NULL && recipe->probe[0] != NULL);
    assert((recipe->workers_max != 0) == (recipe->refusal != NULL));
    *runtime = (struct peer_runtime){.name = recipe->name,
                                     .stands_for = recipe->stands_for,
                                     .extension = recipe->extension,
                                     .workers_max = recipe->workers_max};
    char *install;
    if (asprintf(&install, "sudo apt-get install -y %s", recipe->package) < 0)
        return -ENOMEM;
    runtime->install = install;
    for (size_t i = 1; i < 2 && recipe->programs[i] != NULL; i++) {
        char *companion = peers_which(recipe->programs[i]);
        if (companion == NULL)
            return mark_absent(runtime, recipe->programs[i], "is not in PATH");
        free(companion);
    }
    char *found = peers_which(recipe->programs[0]);
    if (found == NULL)
        return mark_absent(runtime, recipe->programs[0], "is not in PATH");
    int error = probe(runtime, recipe, found);
    free(found);
    return error;
}

/* The folder that holds the protocol's files and the workloads, absolute, or NULL. */
static char *real_bench_dir(const char *folder)
{
    char *marker;
    if (asprintf(&marker, "%s/peers/protocol", folder) < 0)
        return NULL;
    bool good = access(marker, R_OK) == 0;
    free(marker);
    return good ? realpath(folder, NULL) : NULL;
}

static char *find_bench_dir(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        *strrchr(path, '/') = '\0'; /* the kernel's answer is absolute */
        char *installed = NULL;
        if (asprintf(&installed, "%s/../share/quartet/bench", path) < 0)
            return NULL;
        char *real = real_bench_dir(installed);
        free(installed);
        if (real != NULL)
            return real;
    }
    return real_bench_dir(PEERS_SOURCE_DIR);
}

/* A path that keeps its meaning when the current folder changes. NULL: see errno. */
static char *absolute(const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    char *here = getcwd(NULL, 0);
    char *joined = NULL;
    if (here != NULL && asprintf(&joined, "%s/%s", here, path) < 0)
        joined = NULL;
    free(here);
    return joined;
}

int peers_open(struct peers **peers, const char *bench_dir, const char *cache_dir,
               struct peer_error *error)
{
    assert(cache_dir != NULL && cache_dir[0] != '\0');
    *error = (struct peer_error){.text = ""};
    struct peers *made = calloc(1, sizeof *made);
    if (made == NULL)
        return peers_fail(error, -ENOMEM, "no memory");
    made->bench_dir = bench_dir != NULL ? real_bench_dir(bench_dir) : find_bench_dir();
    made->cache_dir = absolute(cache_dir);
    int status = 0;
    if (made->bench_dir == NULL)
        status = peers_fail(error, -ENOENT, "%s holds no peers/protocol",
                            bench_dir != NULL ? bench_dir : PEERS_SOURCE_DIR);
    else if (made->cache_dir == NULL)
        status = peers_fail(error, -errno, "%s: %s", cache_dir, strerror(errno));
    for (size_t i = 0; status == 0 && i < PEER_RUNTIMES; i++) {
        status = detect(&made->runtimes[i], &recipes[i]);
        if (status != 0)
            peers_fail(error, status, "looking for %s: %s", recipes[i].name,
                       strerror(-status));
    }
    if (status != 0) {
        peers_close(made);
        made = NULL;
    }
    *peers = made;
    return status;
}

void peers_close(struct peers *peers)
{
    for (size_t i = 0; i < PEER_RUNTIMES; i++) {
        free((char *)peers->runtimes[i].install);
        free((char *)peers->runtimes[i].program);
        free((char *)peers->runtimes[i].version);
        free((char *)peers->runtimes[i].absent);
    }
    free(peers->bench_dir);
    free(peers->cache_dir);
    free(peers);
}

size_t peers_count(const struct peers *peers)
{
    return sizeof peers->runtimes / sizeof *peers->runtimes;
}

const struct peer_runtime *peers_at(const struct peers *peers, size_t index)
{
    assert(index < peers_count(peers));
    return &peers->runtimes[index];
}

const struct peer_runtime *peers_find(const struct peers *peers, const char *name)
{
    for (size_t i = 0; i < PEER_RUNTIMES; i++)
        if (strcmp(peers->runtimes[i].name, name) == 0)
            return &peers->runtimes[i];
    return NULL;
}

const char *peers_refuses_workers(const struct peer_runtime *runtime, unsigned workers)
{
    if (workers == 0 || workers > PEERS_WORKERS_MAX)
        return "workers must be 1 to 1024";
    if (runtime->workers_max == 0 || workers <= runtime->workers_max)
        return NULL;
    for (size_t i = 0; i < PEER_RUNTIMES; i++)
        if (strcmp(recipes[i].name, runtime->name) == 0)
            return recipes[i].refusal;
    return NULL;
}

char *peers_source(const struct peers *peers, const struct peer_runtime *runtime,
                   const char *workload)
{
    char *path;
    if (asprintf(&path, "%s/workloads/%s/%s.%s", peers->bench_dir, workload, workload,
                 runtime->extension) < 0)
        return NULL;
    return path;
}

bool peers_has(const struct peers *peers, const struct peer_runtime *runtime,
               const char *workload)
{
    /* A workload is a folder's name, never a path that leaves the folder. */
    if (workload[strspn(workload, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        return false;
    char *path = peers_source(peers, runtime, workload);
    bool has = path != NULL && access(path, R_OK) == 0;
    free(path);
    return has;
}

int peers_need(const struct peers *peers, const struct peer_runtime *runtime,
               const char *workload, struct peer_error *error)
{
    assert(runtime->present == (runtime->absent == NULL));
    *error = (struct peer_error){.text = ""};
    if (!runtime->present)
        return peers_fail(error, -ENOENT, "%s", runtime->absent);
    if (!peers_has(peers, runtime, workload))
        return peers_fail(error, -ENOENT, "%s has no program for %s", workload,
                          runtime->name);
    return 0;
}
