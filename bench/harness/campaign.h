/* campaign.h - a plan carried out: seeded rounds over all cells, one synced line a
 * repetition, and in the end what they come to.
 */
#ifndef HARNESS_CAMPAIGN_H
#define HARNESS_CAMPAIGN_H

#include "repetition.h"
#include "store.h"
#include "summary.h"

struct campaign {
    /* Given. */
    struct plan *plan;
    const struct machine *machine;
    struct peers *peers; /* NULL where the plan has none */
    struct store store;
    char **argv; /* of the program, for the manifest; ends with NULL */

    /* Made by campaign_run(). */
    struct summary_facts facts;
    char slug[MACHINE_SLUG_SIZE];
    json_t *fingerprint;
    bool bad_results; /* some repetition or peer was not good */
};

/* "<results>/<machine>/<UTC>-<commit7>[-dirty]". Thread: any. */
void campaign_folder(const struct machine *machine, const char *results, char *dir,
                     size_t size);

/* Fills slug and fingerprint from the machine. Errors: EXIT_MACHINE. */
enum exit_code campaign_identify(struct campaign *campaign, struct trouble *trouble);

/* Writes manifest.json and topology.xml of a new campaign, made from `options`.
 * Errors: EXIT_IO, EXIT_MACHINE. */
enum exit_code campaign_describe(struct campaign *campaign,
                                 const struct plan_options *options,
                                 struct trouble *trouble);

/* Reads the manifest of the campaign in `store`, and from it the options that its plan
 * was made from; their strings live as long as *manifest. Owns: the caller decrefs
 * *manifest. Errors: EXIT_IO: unreadable or damaged; EXIT_USAGE: taken from another
 * commit, whose figures must not be mixed with ours. */
enum exit_code campaign_resume_options(const struct store *store, json_t **manifest,
                                       struct plan_options *options,
                                       struct trouble *trouble);

/* Takes over the samples of the campaign, whose plan is made. Errors: as above;
 * EXIT_USAGE also where it was taken on another machine. */
enum exit_code campaign_resume(struct campaign *campaign, const json_t *manifest,
                               struct trouble *trouble);

/* Carries out what is not done yet, and writes summary.json and gbench.json, also when
 * interrupted or out of room. stop_fd: readable when we are to end. May: block. Thread:
 * main. Errors: EXIT_RESULT, EXIT_IO, EXIT_INTERRUPTED; `trouble` has the line. */
enum exit_code campaign_run(struct campaign *campaign, int stop_fd,
                            struct trouble *trouble);
void campaign_close(struct campaign *campaign);

#endif
