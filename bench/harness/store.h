/* store.h - a campaign's folder: its files, and the samples that must not be lost.
 *
 * samples.jsonl grows by whole lines only, each synced before the next repetition begins.
 * A line that could not be written whole is taken back; a torn last line, left by a
 * crash, is moved to samples.jsonl.torn when the campaign is resumed.
 */
#ifndef HARNESS_STORE_H
#define HARNESS_STORE_H

#include "trouble.h"

#include <jansson.h>
#include <limits.h>

struct store {
    char dir[PATH_MAX];
    int samples; /* descriptor of samples.jsonl; -1 before store_begin */
};

/* Makes the folder with its parents; it may exist but must hold no campaign.
 * Errors: EXIT_USAGE (it holds one), EXIT_IO. Thread: the campaign's. */
enum exit_code store_make(struct store *store, const char *dir, struct trouble *trouble);

/* Takes an existing campaign's folder. Errors: EXIT_IO. */
enum exit_code store_take(struct store *store, const char *dir, struct trouble *trouble);

/* Opens samples.jsonl for appending. Errors: EXIT_IO. Owns: store_end(). */
enum exit_code store_begin(struct store *store, struct trouble *trouble);
void store_end(struct store *store);

/* Appends one line and syncs it; on failure the file is as before. Errors: EXIT_IO. */
enum exit_code store_append(struct store *store, const json_t *sample,
                            struct trouble *trouble);

/* All samples of a campaign that is to be resumed, as an array; mends the last line and
 * says so on stderr. Owns: the caller. Errors: EXIT_IO: unreadable, or a line that is not
 * the last is no JSON. */
enum exit_code store_load(struct store *store, json_t **samples, struct trouble *trouble);

/* Writes a file whole or not at all. Errors: EXIT_IO. */
enum exit_code store_json(const struct store *store, const char *name,
                          const json_t *value, struct trouble *trouble);

/* Reads manifest.json or the like. Owns: the caller. Errors: EXIT_IO. */
enum exit_code store_read(const struct store *store, const char *name, json_t **value,
                          struct trouble *trouble);

#endif
