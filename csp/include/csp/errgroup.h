/* errgroup.h - goroutines that work on parts of one task: the first error ends them all
 * (Go's golang.org/x/sync/errgroup).
 *
 * A zeroed group is ready for use: no limit, no context. It must stay where it is. All
 * functions are called by goroutines.
 */
#ifndef CSP_ERRGROUP_H
#define CSP_ERRGROUP_H

#include <csp/context.h>

/* What a goroutine of a group runs; NULL is success. */
typedef const struct csp_error *csp_errgroup_function(void *argument);

struct csp_errgroup { /* the fields are the group's */
    struct csp_waitgroup running;
    struct csp_once first;
    const struct csp_error *error;
    struct csp_context *context;
    struct csp_chan *places;
};

/* Gives a zeroed group a context below `parent`, which is cancelled, with the error as
 * its cause, by the first function that fails, and at the end by csp_errgroup_wait. Owns:
 * the group, until csp_errgroup_free. */
struct csp_context *csp_errgroup_with_context(struct csp_errgroup *group,
                                              struct csp_context *parent);

/* At most `most` functions run at the same time; none at all for 0, any number when it is
 * negative. Panics: "errgroup: modify limit while N goroutines in the group are still
 * active". */
void csp_errgroup_set_limit(struct csp_errgroup *group, ptrdiff_t most);

/* Starts a goroutine function(argument), as soon as the limit allows. May: block. */
void csp_errgroup_go(struct csp_errgroup *group, csp_errgroup_function *function,
                     void *argument);

/* The same, if the limit allows it now. */
bool csp_errgroup_try_go(struct csp_errgroup *group, csp_errgroup_function *function,
                         void *argument);

/* Waits for all of them; returns the first error, or NULL. May: block. */
const struct csp_error *csp_errgroup_wait(struct csp_errgroup *group);

/* Gives back what the group has, after the last csp_errgroup_wait. */
void csp_errgroup_free(struct csp_errgroup *group);

#endif
