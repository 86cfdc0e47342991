/* context.h - Go's package context: cancellation, deadlines and values that pass down a
 * tree of contexts.
 *
 * Who frees. Each function that makes a context gives its caller one reference, each
 * csp_context_keep one more; each is given back by csp_context_release. A context keeps
 * its parent by itself, so parents and children may be released in any order. Who uses a
 * context, or its channel, needs a reference of somebody's for that long: a goroutine that
 * is handed one either ends before its maker releases it (a WaitGroup), or gets a
 * reference of its own:
 *
 *     csp_go(serve, csp_context_keep(context));    serve() releases it when it ends
 *
 * As in Go, who makes a context with a cancel, deadline or timeout also cancels it when
 * its work is done; a release alone cancels nothing. A released context whose deadline has
 * not come keeps its memory no longer than until somebody else's last reference to it is
 * gone. What is left ends with the run.
 *
 * Errors are values as in Go: an interface of one text, compared by address. The caller's
 * own must live as long as whoever may ask for them; most are static. All functions are
 * called by goroutines, and several may use one context. Source: Go 1.19's context, and
 * of 1.20 and 1.21 the causes, AfterFunc and WithoutCancel.
 */
#ifndef CSP_CONTEXT_H
#define CSP_CONTEXT_H

#include <csp.h>

/* Go's error. NULL is nil. */
struct csp_error {
    const char *text; /* Error() */
    bool timeout;     /* Timeout() */
};

extern const struct csp_error csp_canceled;          /* "context canceled" */
extern const struct csp_error csp_deadline_exceeded; /* "context deadline exceeded" */

struct csp_context;

/* Is never cancelled, has no values; nobody needs to release it. */
struct csp_context *csp_context_background(void);

/* A child that ends with its parent, or when it is cancelled (WithCancel and
 * WithCancelCause). Panics, as all that follow: "cannot create context from nil parent".
 */
struct csp_context *csp_context_with_cancel(struct csp_context *parent);

/* Also ends when csp_now_ns has come to deadline_ns; an earlier one of the parent's stays
 * in force. */
struct csp_context *csp_context_with_deadline(struct csp_context *parent,
                                              uint64_t deadline_ns);
struct csp_context *csp_context_with_timeout(struct csp_context *parent,
                                             int64_t timeout_ns);

/* A child that knows a value. Keys are compared by address, so that nobody's key is
 * another's; value is not copied. Panics for a NULL key: "nil key". */
struct csp_context *csp_context_with_value(struct csp_context *parent, const void *key,
                                           void *value);

/* A child that has its parent's values, but does not end with it. */
struct csp_context *csp_context_without_cancel(struct csp_context *parent);

/* Ends a context and all below it; only the first call for it has an effect. `cause` may
 * be NULL: csp_canceled. For a context made without a cancel, deadline or timeout: fatal,
 * "csp: cancel of a context without one". */
void csp_context_cancel(struct csp_context *context, const struct csp_error *cause);

/* One more reference; returns the context. */
struct csp_context *csp_context_keep(struct csp_context *context);
void csp_context_release(struct csp_context *context);

/* Is closed when the context ends; nil if it never does. Lives as long as the context. */
struct csp_recv_chan csp_context_done(struct csp_context *context);

/* NULL before its end; then csp_canceled or csp_deadline_exceeded. */
const struct csp_error *csp_context_err(struct csp_context *context);

/* As csp_context_err, but what the first cancel gave as its cause. */
const struct csp_error *csp_context_cause(struct csp_context *context);

/* Whether it has a deadline, and which. */
bool csp_context_deadline(struct csp_context *context, uint64_t *deadline_ns);

/* The value of the nearest ancestor, itself included, that knows the key; or NULL. */
void *csp_context_value(struct csp_context *context, const void *key);

/* Starts a goroutine function(argument) when the context ends (context.AfterFunc). What
 * is returned is a context to be released; its release, or csp_context_stop, takes the
 * order back. */
struct csp_context *csp_context_after_func(struct csp_context *context,
                                           void (*function)(void *), void *argument);
/* True: the function has not been started, and never will be. */
bool csp_context_stop(struct csp_context *after_func);

#endif
