/* doctor_tools.c - the programs Quartet starts: charts, pictures, real runtimes. */
#include "doctor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct tool {
    const char *package;
    const char *command; /* prints the version, perhaps on stderr */
    const char *missing; /* what cannot be done without it */
};

/* The first line that the command prints; false where it fails or prints nothing. A
 * runtime that hangs at its start must not hang the doctor. */
static bool first_line(const char *command, char *text, size_t size)
{
    char *shell;
    if (asprintf(&shell, "exec 2>&1 </dev/null; timeout 20 %s", command) < 0)
        return false;
    FILE *output = popen(shell, "re");
    free(shell);
    if (!output)
        return false;
    bool got = fgets(text, (int)size, output) != NULL;
    char rest[512];
    while (fgets(rest, sizeof rest, output))
        continue;
    int status = pclose(output);
    text[got ? strcspn(text, "\n") : 0] = '\0';
    assert(strlen(text) < size);
    return got && *text && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void look_for(const struct tool *tool, struct machine_check *check)
{
    char version[128], mend[96];
    if (first_line(tool->command, version, sizeof version)) {
        doctor_ok(check, "%s", version);
        return;
    }
    snprintf(mend, sizeof mend, "sudo apt-get install %s", tool->package);
    doctor_warn(check, mend, "missing, so %s", tool->missing);
}

static void gnuplot(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"gnuplot-nox", "gnuplot --version", "no charts"};
    look_for(&tool, check);
}

static void lstopo(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"hwloc-nox", "lstopo-no-graphics --version",
                                     "no picture of the topology"};
    look_for(&tool, check);
}

static void erlang(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"erlang-base", "erl +V",
                                     "no Erlang beside the actors"};
    look_for(&tool, check);
}

static void go(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"golang-go", "go version", "no Go beside CSP"};
    look_for(&tool, check);
}

static void node(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"nodejs", "node --version",
                                     "no Node.js beside the event loop"};
    look_for(&tool, check);
    unsigned major;
    if (check->verdict != MACHINE_OK || sscanf(check->text, "v%u", &major) != 1 ||
        major >= 20)
        return;
    *check->text = '\0'; /* there, but too old: the second verdict replaces the first */
    doctor_warn(check, "install Node.js 20 or later from https://nodejs.org",
                "v%u is older than the 20 that the programs are written for", major);
}

static void python(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"python3", "python3 --version",
                                     "no CPython beside the global lock"};
    look_for(&tool, check);
}

static void ruby(const struct patient *patient, struct machine_check *check)
{
    (void)patient;
    static const struct tool tool = {"ruby", "ruby --version",
                                     "no Ruby beside the global lock"};
    look_for(&tool, check);
}

const struct examination doctor_tools[] = {
    {"gnuplot", gnuplot}, {"lstopo", lstopo}, {"erlang", erlang}, {"go", go},
    {"node", node},       {"python", python}, {"ruby", ruby},     {NULL, NULL},
};
