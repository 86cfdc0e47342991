/* verb_run.c - a campaign from the command line to its report. */
#include "build.h"
#include "campaign.h"
#include "options.h"
#include "report.h"
#include "table.h"
#include "verbs.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define ABOUT                                                                       \
    "Measures the workloads on the models of this machine and writes a campaign's " \
    "folder: samples, summary, charts, report."

/* SIGINT, SIGTERM and SIGHUP become a readable descriptor, so that nothing is torn; they
 * stay blocked until we have written what there is. */
static int catch_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    sigprocmask(SIG_BLOCK, set, NULL);
    return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What was caught has done its work. */
static void release_signals(const sigset_t *set, int stop_fd)
{
    struct signalfd_siginfo caught;
    while (read(stop_fd, &caught, sizeof caught) > 0)
        ;
    close(stop_fd);
    sigprocmask(SIG_UNBLOCK, set, NULL);
}

/* Writes a word so that a shell reads it back as it is. */
static void put_word(const char *word, FILE *out)
{
    const char *const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789/._+-,:@%";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

/* The front door tells how it was called, quoted already; else it was us. */
static void say_resume(const char *dir)
{
    const char *front = getenv("QUARTET_COMMAND");
    fputs("nothing measured is lost; continue with: ", stderr);
    if (front != NULL)
        fputs(front, stderr);
    else
        put_word(program_invocation_name, stderr);
    fputs(" run --resume ", stderr);
    put_word(dir, stderr);
    fputc('\n', stderr);
}

static enum exit_code new_campaign(struct campaign *campaign,
                                   const struct options *options, struct trouble *trouble)
{
    char dir[PATH_MAX];
    campaign_folder(campaign->machine, "results", dir, sizeof dir);
    enum exit_code code =
        store_make(&campaign->store, options->out != NULL ? options->out : dir, trouble);
    if (code == EXIT_GOOD)
        code = campaign_describe(campaign, &options->plan, trouble);
    return code;
}

static bool warned_before(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(plan->cells[i].placement.warning,
                   plan->cells[index].placement.warning) == 0)
            return true;
    return false;
}

static void announce(const struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    char time[PLAN_TIME_SIZE];
    fprintf(stderr, "%s: %zu cell%s, %u round%s, seed %u, about %s, into %s\n",
            plan_mode_name(plan->mode), plan->cell_count,
            plan->cell_count == 1 ? "" : "s", plan->rounds, plan->rounds == 1 ? "" : "s",
            plan->seed, plan_estimate(plan, time), campaign->store.dir);
    if (plan->budget_ns > 0)
        fprintf(stderr, "budget %.0f s, but at least %u rounds\n",
                (double)plan->budget_ns / 1e9,
                plan->rounds < PLAN_ROUNDS_FLOOR ? plan->rounds : PLAN_ROUNDS_FLOOR);
    for (size_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        const char *warning = cell->placement.warning;
        if (*warning != '\0' && !warned_before(plan, i))
            fprintf(stderr, "%u workers: %s\n", cell->workers, warning);
        if (*cell->absent != '\0' && (i == 0 || strcmp(cell[-1].model, cell->model) != 0))
            fprintf(stderr, "%s skipped: %s\n", cell->model, cell->absent);
    }
}

/* Measures, prints the table, writes the report. */
static enum exit_code carry_out(struct campaign *campaign)
{
    sigset_t set;
    struct trouble trouble = {0};
    announce(campaign);
    int stop_fd = catch_signals(&set);
    enum exit_code code = campaign_run(campaign, stop_fd, &trouble);
    table_print(campaign->plan, &campaign->facts, stdout);
    fflush(stdout);
    release_signals(&set, stop_fd);
    if (code != EXIT_GOOD)
        trouble_print(&trouble);
    if (code == EXIT_INTERRUPTED || code == EXIT_IO)
        say_resume(campaign->store.dir);
    if (code != EXIT_GOOD && code != EXIT_RESULT)
        return code;
    int reported = report_exit_status(report_write(campaign->store.dir, NULL));
    printf("results: %s\n", campaign->store.dir);
    if (reported == 0)
        printf("report:  %s/report.html\n", campaign->store.dir);
    return code != EXIT_GOOD ? code : (enum exit_code)reported;
}

static enum exit_code begin(const struct options *options, char **argv)
{
    struct setup setup;
    struct trouble trouble = {0};
    struct campaign campaign = {.argv = argv};
    enum exit_code code = setup_open(&setup, &options->plan);
    if (code != EXIT_GOOD)
        return code;
    campaign.plan = &setup.plan;
    campaign.machine = setup.machine;
    campaign.peers = setup.peers;
    setup_prepare(&setup);
    code = new_campaign(&campaign, options, &trouble);
    code = code == EXIT_GOOD ? carry_out(&campaign) : trouble_print(&trouble);
    campaign_close(&campaign);
    setup_close(&setup);
    return code;
}

static enum exit_code resume_with(struct campaign *campaign, const json_t *manifest,
                                  const struct plan_options *options)
{
    struct setup setup;
    struct trouble trouble = {0};
    enum exit_code code = setup_open(&setup, options);
    if (code != EXIT_GOOD)
        return code;
    campaign->plan = &setup.plan;
    campaign->machine = setup.machine;
    campaign->peers = setup.peers;
    setup_prepare(&setup);
    code = campaign_resume(campaign, manifest, &trouble);
    code = code == EXIT_GOOD ? carry_out(campaign) : trouble_print(&trouble);
    campaign_close(campaign);
    setup_close(&setup);
    return code;
}

static enum exit_code resume(const struct options *options)
{
    struct trouble trouble = {0};
    struct campaign campaign = {0};
    struct plan_options planned = {0};
    json_t *manifest = NULL;
    enum exit_code code = store_take(&campaign.store, options->resume, &trouble);
    if (code == EXIT_GOOD)
        code = campaign_resume_options(&campaign.store, &manifest, &planned, &trouble);
    code = code == EXIT_GOOD ? resume_with(&campaign, manifest, &planned)
                             : trouble_print(&trouble);
    json_decref(manifest);
    return code;
}

int verb_run(int argc, char **argv)
{
    struct options options;
    enum exit_code code = options_read(argc, argv, ABOUT, &options);
    if (code != EXIT_GOOD)
        return (int)code;
    code = verbs_check_build();
    if (code != EXIT_GOOD)
        return (int)code;
    return (int)(options.resume != NULL ? resume(&options) : begin(&options, argv));
}
