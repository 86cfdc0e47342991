/* Contexts: a tree of references upwards, and of cancellation downwards.
 *
 * Written on goroutines' own means: a mutex, channels, timers; nothing here is the
 * scheduler's.
 *
 * Invariants
 *  1. A context holds a reference of its parent. Its `line` is the nearest of itself and
 *     its ancestors that can end, or NULL. One that can end is in the list of its parent's
 *     line, unless that is NULL, or it has ended, or it is about to be freed.
 *  2. Lists, errors and the state of an AfterFunc are written under the mutex of the tree:
 *     of its topmost context that can end, which all below it keep.
 *  3. The memory has two owners: the references as long as there are any, and a timer for
 *     the deadline until it was stopped in time or the goroutine it started is through.
 *     Who gives up the second part frees it, after it has left the mutex.
 *
 * The tree is walked without recursion: goroutines' stacks do not grow.
 */
#include "runtime.h"

#include <csp/context.h>

const struct csp_error csp_canceled = {.text = "context canceled"};
const struct csp_error csp_deadline_exceeded = {.text = "context deadline exceeded",
                                                .timeout = true};

enum kind { BACKGROUND, CANCEL, VALUE, WITHOUT_CANCEL, AFTER_FUNC };

struct csp_context {
    /* set when it is made */
    enum kind kind;
    struct csp_context *parent;
    struct csp_context *line; /* invariant 1 */
    struct csp_context *tree; /* the topmost of its line; NULL: there is no line */
    const void *key;          /* VALUE */
    void *value;
    void (*function)(void *); /* AFTER_FUNC */
    void *argument;
    bool has_deadline;
    uint64_t deadline_ns;
    struct csp_chan *done; /* CANCEL */
    /* written by all that use it */
    _Atomic int references;
    _Atomic int owners;     /* invariant 3 */
    struct csp_mutex mutex; /* of the tree, if this is the topmost */
    /* written under the tree's mutex */
    struct csp_timer *timer; /* of the deadline, until it was stopped or is through */
    struct core_list children;
    struct core_list link; /* among those of its parent's line; pointing at itself: not */
    const struct csp_error *_Atomic err;
    const struct csp_error *cause;
    bool stopped; /* AFTER_FUNC: taken back, or started */
};

static const struct csp_context background = {.kind = BACKGROUND};

/* --- Making -------------------------------------------------------------------- */

struct csp_context *csp_context_background(void)
{
    /* Safe: nobody writes to a context of this kind. */
    return (struct csp_context *)(uintptr_t)&background;
}

struct csp_context *csp_context_keep(struct csp_context *context)
{
    if (context->kind != BACKGROUND) {
        /* relaxed: the caller's own reference holds it meanwhile */
        int before = core_add_relaxed(&context->references, 1);
        assert(before > 0 && "who keeps a context has it");
        (void)before;
    }
    return context;
}

static struct csp_context *make(struct csp_context *parent, enum kind kind)
{
    if (parent == NULL)
        csp_panic("cannot create context from nil parent");
    struct csp_context *context = csp_alloc(sizeof *context);
    bool ends = kind == CANCEL || kind == AFTER_FUNC;
    bool follows = kind != WITHOUT_CANCEL;
    *context = (struct csp_context){
        .kind = kind,
        .parent = csp_context_keep(parent),
        .line = ends ? context : (follows ? parent->line : NULL),
        .tree = follows ? parent->tree : NULL,
        .has_deadline = follows && parent->has_deadline,
        .deadline_ns = parent->deadline_ns,
        .references = 1,
        .owners = 1,
    };
    if (ends && context->tree == NULL)
        context->tree = context;
    assert((context->line == NULL) == (context->tree == NULL) && "invariant 1");
    core_list_init(&context->children);
    core_list_init(&context->link);
    if (kind == CANCEL)
        context->done = csp_chan_make(0, 0);
    return context;
}

/* --- Ending -------------------------------------------------------------------- */

/* Under the mutex. True: the timer had not fired, and has given up its part. */
static bool stop_timer(struct csp_context *context)
{
    if (context->timer == NULL || !csp_timer_stop(context->timer))
        return false;
    csp_timer_free(context->timer);
    context->timer = NULL;
    return true;
}

/* Under the mutex. Its children are left to the caller. */
static void end_one(struct csp_context *context, const struct csp_error *err,
                    const struct csp_error *cause)
{
    /* relaxed: under the mutex */
    assert(core_load_relaxed(&context->err) == NULL && "nobody ends twice");
    context->cause = cause;
    /* release: pairs with csp_context_cause, which reads the cause after it */
    core_store_release(&context->err, err);
    if (context->done != NULL)
        csp_close(context->done);
    if (context->kind == AFTER_FUNC && !context->stopped) {
        context->stopped = true;
        csp_go(context->function, context->argument);
    }
    if (stop_timer(context)) {
        /* relaxed: not the last part, since who is about to free it has left its list */
        int before = core_sub_relaxed(&context->owners, 1);
        assert(before > 1);
        (void)before;
    }
}

/* Ends a context and all below it. Under the mutex. Its own list of children, which takes
 * nobody in any more, becomes the list of those to come. */
static void end_all(struct csp_context *top, const struct csp_error *err,
                    const struct csp_error *cause)
{
    struct core_list *link = NULL, *child = NULL;
    core_list_remove(&top->link);
    assert(top->line == top && "it can end");
    end_one(top, err, cause);
    while ((link = core_list_shift(&top->children)) != NULL) {
        struct csp_context *context = CORE_CONTAINER_OF(link, struct csp_context, link);
        end_one(context, err, cause);
        while ((child = core_list_shift(&context->children)) != NULL)
            core_list_append(&top->children, child);
    }
}

/* Puts a new context below its parent's line, or ends it with that. */
static void join(struct csp_context *context)
{
    struct csp_context *above = context->parent->line;
    if (above == NULL)
        return;
    csp_mutex_lock(&context->tree->mutex);
    const struct csp_error *err = core_load_relaxed(&above->err); /* under the mutex */
    if (err == NULL)
        core_list_append(&above->children, &context->link);
    else
        end_all(context, err, above->cause);
    csp_mutex_unlock(&context->tree->mutex);
}

/* --- Releasing ----------------------------------------------------------------- */

/* Nobody has a reference any more. True: the timer's part is given up, too. */
static bool leave(struct csp_context *context)
{
    if (context->line != context)
        return false;
    csp_mutex_lock(&context->tree->mutex);
    core_list_remove(&context->link);
    assert(core_list_empty(&context->children) && "children keep their parents");
    context->stopped = true;
    bool stopped = stop_timer(context);
    csp_mutex_unlock(&context->tree->mutex);
    return stopped;
}

/* Gives up parts of the memory; true: the last, and it is free. */
static bool give_up(struct csp_context *context, int parts)
{
    /* acq_rel: who frees it comes after all that the others did to it */
    int before = core_sub_acq_rel(&context->owners, parts);
    assert(before >= parts && "nobody frees twice");
    if (before > parts)
        return false;
    csp_chan_free(context->done);
    csp_free(context);
    return true;
}

void csp_context_release(struct csp_context *context)
{
    while (context->kind != BACKGROUND) {
        struct csp_context *parent = context->parent;
        /* acq_rel: who releases last comes after all that the others did to it */
        int before = core_sub_acq_rel(&context->references, 1);
        assert(before > 0 && "each reference is released once");
        if (before > 1 || !give_up(context, leave(context) ? 2 : 1))
            return;
        context = parent; /* whose reference it had */
    }
}

/* --- Cancelling ---------------------------------------------------------------- */

struct csp_context *csp_context_with_cancel(struct csp_context *parent)
{
    struct csp_context *context = make(parent, CANCEL);
    join(context);
    return context;
}

/* Ends it unless that has happened. */
static void end(struct csp_context *context, const struct csp_error *err,
                const struct csp_error *cause)
{
    csp_mutex_lock(&context->tree->mutex);
    if (core_load_relaxed(&context->err) == NULL) /* under the mutex */
        end_all(context, err, cause);
    csp_mutex_unlock(&context->tree->mutex);
}

void csp_context_cancel(struct csp_context *context, const struct csp_error *cause)
{
    if (context->kind != CANCEL)
        csp_fail_fatal(csp_enter(), "csp: cancel of a context without one");
    end(context, &csp_canceled, cause == NULL ? &csp_canceled : cause);
}

/* The goroutine that the deadline's timer starts. */
static void meet_deadline(void *argument)
{
    struct csp_context *context = argument;
    struct csp_context *parent = context->parent;
    csp_mutex_lock(&context->tree->mutex);
    struct csp_timer *timer = context->timer;
    assert(timer != NULL && "nobody stopped it in time");
    context->timer = NULL;
    csp_mutex_unlock(&context->tree->mutex);
    end(context, &csp_deadline_exceeded, &csp_deadline_exceeded);
    csp_timer_free(timer);
    if (give_up(context, 1))
        csp_context_release(parent);
}

static void set_timer(struct csp_context *context, uint64_t delay_ns)
{
    csp_mutex_lock(&context->tree->mutex);
    if (core_load_relaxed(&context->err) == NULL) { /* under the mutex */
        /* relaxed: nobody else knows it yet */
        core_add_relaxed(&context->owners, 1);
        context->timer = csp_timer_after_func(
            delay_ns < INT64_MAX ? (int64_t)delay_ns : INT64_MAX, meet_deadline, context);
    }
    csp_mutex_unlock(&context->tree->mutex);
}

struct csp_context *csp_context_with_deadline(struct csp_context *parent,
                                              uint64_t deadline_ns)
{
    struct csp_context *context = make(parent, CANCEL);
    bool sooner = !context->has_deadline || deadline_ns < context->deadline_ns;
    if (sooner) {
        context->has_deadline = true;
        context->deadline_ns = deadline_ns;
    }
    join(context);
    uint64_t now_ns = csp_now_ns();
    if (sooner && deadline_ns <= now_ns)
        end(context, &csp_deadline_exceeded, &csp_deadline_exceeded);
    else if (sooner)
        set_timer(context, deadline_ns - now_ns);
    return context;
}

struct csp_context *csp_context_with_timeout(struct csp_context *parent,
                                             int64_t timeout_ns)
{
    uint64_t deadline_ns = csp_now_ns();
    if (timeout_ns > 0)
        deadline_ns += (uint64_t)timeout_ns; /* both are below 2^63 */
    return csp_context_with_deadline(parent, deadline_ns);
}

struct csp_context *csp_context_after_func(struct csp_context *parent,
                                           void (*function)(void *), void *argument)
{
    if (function == NULL)
        csp_fail_fatal(csp_enter(), "go of nil func value");
    struct csp_context *context = make(parent, AFTER_FUNC);
    context->function = function;
    context->argument = argument;
    join(context);
    return context;
}

bool csp_context_stop(struct csp_context *after_func)
{
    assert(after_func->kind == AFTER_FUNC && "of csp_context_after_func");
    csp_mutex_lock(&after_func->tree->mutex);
    bool in_time = !after_func->stopped;
    after_func->stopped = true;
    csp_mutex_unlock(&after_func->tree->mutex);
    return in_time;
}

/* --- Values and questions ------------------------------------------------------ */

struct csp_context *csp_context_with_value(struct csp_context *parent, const void *key,
                                           void *value)
{
    if (key == NULL)
        csp_panic("nil key");
    struct csp_context *context = make(parent, VALUE);
    context->key = key;
    context->value = value;
    return context;
}

struct csp_context *csp_context_without_cancel(struct csp_context *parent)
{
    return make(parent, WITHOUT_CANCEL);
}

void *csp_context_value(struct csp_context *context, const void *key)
{
    for (; context->kind != BACKGROUND; context = context->parent)
        if (context->kind == VALUE && context->key == key)
            return context->value;
    return NULL;
}

struct csp_recv_chan csp_context_done(struct csp_context *context)
{
    return csp_recv_only(context->line == NULL ? NULL : context->line->done);
}

const struct csp_error *csp_context_err(struct csp_context *context)
{
    /* acquire: what was done before the end is seen by who sees the end */
    return context->line == NULL ? NULL : core_load_acquire(&context->line->err);
}

const struct csp_error *csp_context_cause(struct csp_context *context)
{
    return csp_context_err(context) == NULL ? NULL : context->line->cause;
}

bool csp_context_deadline(struct csp_context *context, uint64_t *deadline_ns)
{
    if (context->has_deadline)
        *deadline_ns = context->deadline_ns;
    return context->has_deadline;
}
