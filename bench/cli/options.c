#include "options.h"

#include <argp.h>
#include <assert.h>
#include <core/clock.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum key {
    KEY_QUICK = 256,
    KEY_STANDARD,
    KEY_PUBLISH,
    KEY_MODELS,
    KEY_WORKLOADS,
    KEY_WORKERS,
    KEY_ROUNDS,
    KEY_BUDGET,
    KEY_PLACE,
    KEY_PEERS,
    KEY_ONLY_PEERS,
    KEY_SEED,
    KEY_RESUME,
    KEY_OUT,
    KEY_SET,
    KEY_YES,
    KEY_HELP,
};

static const struct argp_option flags[] = {
    {"quick", KEY_QUICK, NULL, 0, "6 rounds of 100 ms (the default)", 0},
    {"standard", KEY_STANDARD, NULL, 0, "10 rounds of 300 ms", 0},
    {"publish", KEY_PUBLISH, NULL, 0, "20 rounds of 1 s", 0},
    {"models", KEY_MODELS, "LIST", 0,
     "Models, as actors,csp or gil*; csp means it with its variants, csp+unbuffered that "
     "variant alone",
     0},
    {"workloads", KEY_WORKLOADS, "LIST", 0, "Workloads, as ping_pong,fan*", 0},
    {"workers", KEY_WORKERS, "LIST", 0,
     "Worker counts, as 1,2,4, or sweep: 1, 2, 4 … up to the cores (the default)", 0},
    {"rounds", KEY_ROUNDS, "N", 0, "Repetitions of each cell", 0},
    {"budget", KEY_BUDGET, "TIME", 0,
     "End after the round that fills TIME (90s, 10m, 2h), but not before 6 rounds", 0},
    {"place", KEY_PLACE, "POLICY", 0,
     "one-per-core (the default), compact, scatter, none or explicit:LIST of CPUs", 0},
    {"peers", KEY_PEERS, NULL, 0, "Also the same programs on real runtimes", 0},
    {"only-peers", KEY_ONLY_PEERS, NULL, 0, "Only those", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of the order within the rounds", 0},
    {"resume", KEY_RESUME, "DIR", 0, "Continue the campaign in DIR", 0},
    {"out", KEY_OUT, "DIR", 0,
     "The campaign's folder (default: results/<machine>/<UTC>-<commit>)", 0},
    {"set", KEY_SET, "KEY=VALUE", 0,
     "target_ms, warmup_ms, timeout_s, quiet_s or max_size; recorded with the results",
     0},
    {"yes", KEY_YES, NULL, OPTION_HIDDEN, NULL, 0},
    {"help", KEY_HELP, NULL, 0, "Print this", 0},
    {0},
};

/* What the parser works on: argp hands it to us as state->input. */
struct reading {
    struct options *options;
    struct trouble trouble;
    enum exit_code code;
    bool help;
};

static void refuse(struct reading *reading, const char *flag, const char *value,
                   const char *allowed)
{
    reading->code =
        trouble_set(&reading->trouble, EXIT_USAGE, "--%s %s: %s", flag, value, allowed);
}

static bool whole_number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long read = strtoull(text, &end, 10);
    *value = read;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && read >= low &&
           read <= high;
}

static void read_rounds(struct reading *reading, const char *text)
{
    uint64_t rounds;
    char allowed[64];
    snprintf(allowed, sizeof allowed, "a number from 1 to %u", PLAN_ROUNDS_MAX);
    if (whole_number(text, 1, PLAN_ROUNDS_MAX, &rounds))
        reading->options->plan.rounds = (unsigned)rounds;
    else
        refuse(reading, "rounds", text, allowed);
}

static void read_budget(struct reading *reading, const char *text)
{
    char number[16];
    uint64_t count, unit;
    size_t length = strlen(text);
    const char *letter = length > 0 ? strchr("smh", text[length - 1]) : NULL;
    snprintf(number, sizeof number, "%.*s", length > 0 ? (int)length - 1 : 0, text);
    if (letter == NULL || length > 8 || !whole_number(number, 1, 1000000, &count)) {
        refuse(reading, "budget", text, "a number with s, m or h, as 90s, 10m, 2h");
        return;
    }
    unit = *letter == 's' ? 1 : *letter == 'm' ? 60 : 3600;
    reading->options->plan.budget_ns = count * unit * CORE_NS_PER_S;
}

static void read_seed(struct reading *reading, const char *text)
{
    uint64_t seed;
    if (whole_number(text, 0, UINT32_MAX, &seed))
        reading->options->plan.seed = (uint32_t)seed;
    else
        refuse(reading, "seed", text, "a number from 0 to 4294967295");
}

static void read_place(struct reading *reading, const char *text)
{
    struct machine_error error = {0};
    if (machine_place_parse(text, &reading->options->plan.place, &error) != 0)
        refuse(reading, "place", text, error.text);
}

/* The flags that say how a plan is made; --resume takes all of them from the manifest. */
static bool read_plan_flag(struct reading *reading, int key, char *value)
{
    struct plan_options *plan = &reading->options->plan;
    switch (key) {
    case KEY_QUICK:
    case KEY_STANDARD:
    case KEY_PUBLISH:
        plan->mode = (enum plan_mode)(key - KEY_QUICK);
        return true;
    case KEY_MODELS:
        plan->models = value;
        return true;
    case KEY_WORKLOADS:
        plan->workloads = value;
        return true;
    case KEY_WORKERS:
        plan->workers = value;
        return true;
    case KEY_ROUNDS:
        read_rounds(reading, value);
        return true;
    case KEY_BUDGET:
        read_budget(reading, value);
        return true;
    case KEY_PLACE:
        read_place(reading, value);
        return true;
    case KEY_PEERS:
        plan->peers = true;
        return true;
    case KEY_ONLY_PEERS:
        plan->only_peers = true;
        return true;
    case KEY_SEED:
        read_seed(reading, value);
        return true;
    case KEY_SET:
        reading->code = plan_knob_set(&plan->knobs, value, &reading->trouble);
        return true;
    default:
        return false;
    }
}

static error_t read_flag(int key, char *value, struct argp_state *state)
{
    struct reading *reading = state->input;
    assert(reading->options != NULL);
    if (reading->code != EXIT_GOOD)
        return 0; /* the first line is enough */
    if (read_plan_flag(reading, key, value)) {
        reading->options->shaped = true;
        return 0;
    }
    switch (key) {
    case KEY_RESUME:
        reading->options->resume = value;
        return 0;
    case KEY_OUT:
        reading->options->out = value;
        return 0;
    case KEY_HELP:
        reading->help = true;
        return 0;
    case KEY_YES:
        return 0;
    case ARGP_KEY_ARG:
        reading->code =
            trouble_set(&reading->trouble, EXIT_USAGE,
                        "unknown argument '%s': it takes only flags, see --help", value);
        return 0;
    case ARGP_KEY_ERROR:
        reading->code = trouble_set(&reading->trouble, EXIT_USAGE,
                                    "unknown flag, or one whose value is missing or not "
                                    "wanted: '%s' (see --help)",
                                    state->argv[state->next > 0 ? state->next - 1 : 0]);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --resume brings its plan along. */
static void check_together(struct reading *reading)
{
    const struct options *options = reading->options;
    if (options->resume != NULL && (options->shaped || options->out != NULL))
        reading->code = trouble_set(&reading->trouble, EXIT_USAGE,
                                    "--resume takes its plan from the campaign's "
                                    "manifest.json: give no other flag");
}

/* Two campaigns in one second must not share an order; any entropy does. */
static uint32_t fresh_seed(void)
{
    return (uint32_t)core_now_ns() ^ (uint32_t)getpid() * UINT32_C(2654435769);
}

enum exit_code options_read(int argc, char **argv, const char *about,
                            struct options *options)
{
    char name[64], *verb = argv[0];
    const struct argp argp = {.options = flags, .parser = read_flag, .doc = about};
    struct reading reading = {.options = options};
    *options = (struct options){
        .plan = {.mode = PLAN_QUICK, .twins = true, .knobs = {-1, -1, -1, -1, -1}}};
    options->plan.seed = fresh_seed();
    snprintf(name, sizeof name, "quartet-bench %s", argv[0]);
    argv[0] = name; /* argp's help shows it; the words themselves go into the manifest */
    error_t error =
        argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &reading);
    argv[0] = verb;
    if (error != 0 && reading.code == EXIT_GOOD)
        reading.code =
            trouble_set(&reading.trouble, EXIT_USAGE, "bad arguments: see --help");
    if (reading.code == EXIT_GOOD && reading.help) {
        argp_help(&argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, name);
        exit(fflush(stdout) == 0 ? EXIT_GOOD : EXIT_IO);
    }
    if (reading.code == EXIT_GOOD)
        check_together(&reading);
    return reading.code != EXIT_GOOD ? trouble_print(&reading.trouble) : EXIT_GOOD;
}

/* ---- machine, peers, plan ---- */

/* Where compiled peers are kept between campaigns. */
static void cache_folder(char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && *cache == '/')
        snprintf(path, size, "%s/quartet/peers", cache);
    else if (home != NULL && *home == '/')
        snprintf(path, size, "%s/.cache/quartet/peers", home);
    else
        snprintf(path, size, "/tmp/quartet-peers-%u", (unsigned)getuid());
}

static enum exit_code open_peers(struct setup *setup, struct trouble *trouble)
{
    char cache[1024];
    struct peer_error error = {0};
    cache_folder(cache, sizeof cache);
    if (peers_open(&setup->peers, NULL, cache, &error) != 0)
        return trouble_set(trouble, EXIT_MACHINE, "%s", error.text);
    return EXIT_GOOD;
}

enum exit_code setup_open(struct setup *setup, const struct plan_options *options)
{
    struct trouble trouble;
    struct machine_error error = {0};
    enum exit_code code = EXIT_GOOD;
    assert(options->mode <= PLAN_PUBLISH);
    *setup = (struct setup){0};
    if (machine_open(NULL, &setup->machine, &error) != 0)
        code = trouble_set(&trouble, EXIT_MACHINE, "%s", error.text);
    if (code == EXIT_GOOD && (options->peers || options->only_peers))
        code = open_peers(setup, &trouble);
    if (code == EXIT_GOOD)
        code = plan_make(&setup->plan, options, setup->machine, setup->peers, &trouble);
    if (code == EXIT_GOOD)
        return code;
    setup_close(setup);
    return trouble_print(&trouble);
}

/* Compiles what is compiled, so that a campaign never does; a peer that does not compile
 * is a failed cell, and the rest goes on. */
void setup_prepare(struct setup *setup)
{
    for (size_t i = 0; i < setup->plan.cell_count; i++) {
        struct cell *cell = &setup->plan.cells[i];
        struct peer_error error = {0};
        if (!cell->peer || *cell->absent != '\0')
            continue;
        const struct peer_runtime *runtime = peers_find(setup->peers, cell->model);
        assert(runtime != NULL && runtime->present);
        if (peers_prepare(setup->peers, runtime, cell->workload, &error) == 0)
            continue;
        snprintf(cell->absent, sizeof cell->absent, "%s", error.text);
        cell->broken = true;
        fprintf(stderr, "%s failed: %s\n", cell->name, cell->absent);
    }
}

void setup_close(struct setup *setup)
{
    plan_close(&setup->plan);
    if (setup->peers != NULL)
        peers_close(setup->peers);
    if (setup->machine != NULL)
        machine_close(setup->machine);
    *setup = (struct setup){0};
}
