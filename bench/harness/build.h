/* build.h - what this program was built from and how. */
#ifndef HARNESS_BUILD_H
#define HARNESS_BUILD_H

#include <jansson.h>
#include <stdbool.h>

/* The commit's full hash, or "unknown". Thread: any. */
const char *build_commit(void);
/* Whether the tree differed from that commit. */
bool build_dirty(void);

/* {compiler, c_flags, type, sanitize, assertions}. Owns: the caller. */
json_t *build_json(void);

/* Why figures of this build would mean nothing ("assertions are on"); NULL if they would.
 */
const char *build_unfit(void);

#endif
