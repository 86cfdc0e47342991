/* Package context: the cases of src/context/context_test.go, and of later versions those
 * of Cause, AfterFunc and WithoutCancel. */
#include "tasks_package_context.h"

#include "check.h"
#include "said.h"
#include <core/sanitize.h>
#include <csp.h>
#include <csp/context.h>

#define MS INT64_C(1000000)
#define HOUR (INT64_C(3600) * 1000 * MS)

static bool is_done(struct csp_context *context)
{
    return csp_try_recv_from(csp_context_done(context), NULL) == CSP_CLOSED;
}

static const char *text_of(const struct csp_error *error)
{
    return error == NULL ? "nil" : error->text;
}

/* Whether it is done, and why. */
static void say_end(void *said, struct csp_context *context)
{
    say(said, "[%d %s]", is_done(context), text_of(csp_context_err(context)));
}

static void finish(struct csp_context *context)
{
    csp_context_cancel(context, NULL);
    csp_context_release(context);
}

void context_background(void *said)
{
    struct csp_context *background = csp_context_background();
    uint64_t deadline_ns = 0;
    say_end(said, background);
    say(said, " nil %d deadline %d", csp_context_done(background).chan == NULL,
        csp_context_deadline(background, &deadline_ns));
    csp_context_release(csp_context_keep(background));
}

void context_with_cancel(void *said)
{
    struct csp_context *one = csp_context_with_cancel(csp_context_background());
    struct csp_context *two = csp_context_with_cancel(one);
    say_end(said, one);
    say_end(said, two);
    csp_context_cancel(one, NULL);
    say_end(said, one);
    say_end(said, two);
    csp_context_release(two);
    csp_context_release(one);
}

void context_parent_finishes_child(void *said)
{
    static const char key = 0;
    struct csp_context *parent = csp_context_with_cancel(csp_context_background());
    struct csp_context *contexts[] = {
        parent,
        csp_context_with_cancel(parent),
        csp_context_with_value(parent, &key, said),
        NULL,
        NULL,
    };
    contexts[3] = csp_context_with_timeout(contexts[2], HOUR);
    for (int i = 0; i < 4; i++)
        say_end(said, contexts[i]);
    csp_context_cancel(parent, NULL);
    contexts[4] = csp_context_with_value(parent, &key, said);
    for (int i = 0; i < 5; i++) /* parents first */
        say_end(said, contexts[i]);
    for (int i = 0; i < 5; i++)
        csp_context_release(contexts[i]);
}

void context_child_finishes_first(void *said)
{
    struct csp_context *cancelable = csp_context_with_cancel(csp_context_background());
    struct csp_context *parents[] = {csp_context_background(), cancelable};
    for (int i = 0; i < 2; i++) {
        struct csp_context *child = csp_context_with_cancel(parents[i]);
        say_end(said, child);
        csp_context_cancel(child, NULL);
        say_end(said, child);
        say_end(said, parents[i]);
        csp_context_release(child);
    }
    finish(cancelable);
}

/* Waits for its end; says why and gives it back. */
static void await_end(void *said, struct csp_context *context)
{
    csp_recv_from(csp_context_done(context), NULL);
    say_end(said, context);
    finish(context);
}

void context_deadline(void *said)
{
    struct csp_context *background = csp_context_background();
    await_end(said, csp_context_with_deadline(background, csp_now_ns() + 2 * MS));
    struct csp_context *outer =
        csp_context_with_deadline(background, csp_now_ns() + 2 * MS);
    await_end(said, csp_context_with_deadline(outer, csp_now_ns() + HOUR));
    csp_context_release(outer);
    await_end(said, csp_context_with_deadline(background, csp_now_ns() - MS));
    await_end(said, csp_context_with_deadline(background, csp_now_ns()));
    uint64_t start_ns = csp_now_ns(), deadline_ns = 0;
    struct csp_context *last = csp_context_with_deadline(background, start_ns + 3 * MS);
    say(said, " has %d", csp_context_deadline(last, &deadline_ns));
    csp_recv_from(csp_context_done(last), NULL);
    say(said, " early %d", csp_now_ns() < deadline_ns);
    csp_context_release(last);
}

void context_timeout(void *said)
{
    struct csp_context *background = csp_context_background();
    await_end(said, csp_context_with_timeout(background, 2 * MS));
    struct csp_context *outer = csp_context_with_timeout(background, 2 * MS);
    await_end(said, csp_context_with_timeout(outer, HOUR));
    csp_context_release(outer);
    await_end(said, csp_context_with_timeout(background, 0));
    await_end(said, csp_context_with_timeout(background, -HOUR));
}

void context_canceled_timeout(void *said)
{
    struct csp_context *outer =
        csp_context_with_timeout(csp_context_background(), HOUR / 2);
    struct csp_context *inner = csp_context_with_timeout(outer, HOUR);
    csp_context_cancel(inner, NULL);
    say_end(said, inner);
    say_end(said, outer);
    csp_context_release(outer);
    csp_context_release(inner);
}

static const char keys[3];

static void say_values(void *said, struct csp_context *context)
{
    for (int i = 0; i < 3; i++) {
        const char *value = csp_context_value(context, &keys[i]);
        say(said, "%s,", value == NULL ? "" : value);
    }
    say(said, " ");
}

void context_values(void *said)
{
    char texts[3][5] = {"c1k1", "c2k2", "c3k3"};
    struct csp_context *contexts[5] = {csp_context_background()};
    for (int i = 0; i < 4; i++) {
        say_values(said, contexts[i]);
        contexts[i + 1] =
            csp_context_with_value(contexts[i], &keys[i % 3], i < 3 ? texts[i] : NULL);
    }
    say_values(said, contexts[4]);
    for (int i = 1; i < 5; i++)
        csp_context_release(contexts[i]);
}

struct canceling {
    struct csp_context *context;
    struct csp_waitgroup *group;
};

static void cancel_one(void *argument)
{
    struct canceling *canceling = argument;
    csp_context_cancel(canceling->context, NULL);
    csp_waitgroup_done(canceling->group);
}

void context_simultaneous_cancels(void *said)
{
    enum { CONTEXTS = 101 };
    struct csp_waitgroup group = {{0}};
    struct canceling all[CONTEXTS] = {
        {csp_context_with_cancel(csp_context_background()), &group}};
    int done = 0;
    for (int i = 1; i < CONTEXTS; i++)
        all[i] =
            (struct canceling){csp_context_with_cancel(all[(i - 1) / 4].context), &group};
    csp_waitgroup_add(&group, CONTEXTS);
    for (int i = 0; i < CONTEXTS; i++) /* 37 is coprime: an order without a pattern */
        csp_go(cancel_one, &all[i * 37 % CONTEXTS]);
    for (int i = 0; i < CONTEXTS; i++) {
        csp_recv_from(csp_context_done(all[i].context), NULL);
        done += csp_context_err(all[i].context) == &csp_canceled;
    }
    csp_waitgroup_wait(&group);
    for (int i = 0; i < CONTEXTS; i++)
        csp_context_release(all[i].context);
    say(said, "done %d", done);
}

struct interlock {
    struct csp_context *parent, *child;
    struct csp_chan *gone;
};

static void cancel_child_then(void *argument)
{
    struct interlock *interlock = argument;
    csp_recv_from(csp_context_done(interlock->parent), NULL);
    csp_context_cancel(interlock->child, NULL);
    csp_send(interlock->gone, NULL);
}

void context_interlocked_cancels(void *said)
{
    struct interlock interlock = {.parent =
                                      csp_context_with_cancel(csp_context_background()),
                                  .gone = csp_chan_make(0, 0)};
    interlock.child = csp_context_with_cancel(interlock.parent);
    csp_go(cancel_child_then, &interlock);
    csp_context_cancel(interlock.parent, NULL);
    csp_recv_from(csp_context_done(interlock.child), NULL);
    csp_recv(interlock.gone, NULL);
    say_end(said, interlock.child);
    csp_context_release(interlock.child);
    csp_context_release(interlock.parent);
}

enum { LAYERS = 30 };

struct layers {
    struct csp_context *contexts[LAYERS];
    char values[LAYERS]; /* each its own key */
};

static void build_layers(struct layers *layers, int64_t timeout_ns)
{
    struct csp_context *context = csp_context_background();
    uint32_t random = 7;
    for (int i = 0; i < LAYERS; i++) {
        random = random * 1664525 + 1013904223;
        unsigned kind = i < 3 ? (unsigned)i : (random >> 16) % 3;
        char *value = &layers->values[i];
        *value = kind == 0;
        context = kind == 0   ? csp_context_with_value(context, value, value)
                  : kind == 1 ? csp_context_with_cancel(context)
                              : csp_context_with_timeout(context, timeout_ns);
        layers->contexts[i] = context;
    }
}

static bool values_hold(const struct layers *layers)
{
    bool hold = true;
    for (int i = 0; i < LAYERS; i++) {
        const char *value = &layers->values[i];
        hold = hold && csp_context_value(layers->contexts[LAYERS - 1], value) ==
                           (*value ? value : NULL);
    }
    return hold;
}

static void release_layers(const struct layers *layers)
{
    for (int i = 0; i < LAYERS; i++) /* parents first: their children keep them */
        csp_context_release(layers->contexts[i]);
}

void context_layers_cancel(void *said)
{
    struct layers layers;
    build_layers(&layers, HOUR);
    struct csp_context *last = layers.contexts[LAYERS - 1];
    say_end(said, last);
    say(said, " values %d ", values_hold(&layers));
    csp_context_cancel(layers.contexts[1], NULL);
    say_end(said, last);
    say(said, " values %d", values_hold(&layers));
    release_layers(&layers);
}

void context_layers_timeout(void *said)
{
    struct layers layers;
    build_layers(&layers, 2 * MS);
    struct csp_context *last = layers.contexts[LAYERS - 1];
    csp_recv_from(csp_context_done(last), NULL);
    say_end(said, last);
    say(said, " values %d", values_hold(&layers));
    release_layers(&layers);
}

/* What was cancelled is not cancelled again by its parent's end. */
void context_cancel_removes(void *said)
{
    static const struct csp_error early = {.text = "early"}, late = {.text = "late"};
    struct csp_context *parent = csp_context_with_cancel(csp_context_background());
    struct csp_context *first = csp_context_with_cancel(parent);
    struct csp_context *second = csp_context_with_timeout(parent, HOUR);
    csp_context_cancel(first, &early);
    csp_context_cancel(second, &early);
    csp_context_cancel(parent, &late);
    say(said, "%s %s %s", text_of(csp_context_cause(first)),
        text_of(csp_context_cause(second)), text_of(csp_context_cause(parent)));
    csp_context_release(parent);
    csp_context_release(second);
    csp_context_release(first);
}

void context_canceled_parent(void *said)
{
    struct csp_context *parent = csp_context_with_cancel(csp_context_background());
    csp_context_cancel(parent, NULL);
    struct csp_context *child = csp_context_with_cancel(parent);
    struct csp_context *timed = csp_context_with_timeout(parent, HOUR);
    say_end(said, child);
    say_end(said, timed);
    csp_context_release(parent);
    csp_context_release(child);
    csp_context_release(timed);
}

void context_deadline_is_a_timeout(void *said)
{
    say(said, "%d %d", csp_deadline_exceeded.timeout, csp_canceled.timeout);
}

void context_cause(void *said)
{
    static const struct csp_error parent_cause = {.text = "parentCause"};
    static const struct csp_error child_cause = {.text = "childCause"};
    struct csp_context *parent = csp_context_with_cancel(csp_context_background());
    struct csp_context *child = csp_context_with_cancel(parent);
    struct csp_context *timed = csp_context_with_timeout(csp_context_background(), 0);
    say(said, "%s ", text_of(csp_context_cause(child)));
    csp_context_cancel(child, &child_cause);
    csp_context_cancel(parent, &parent_cause);
    csp_context_cancel(parent, &child_cause);
    say(said, "%s %s %s %s", text_of(csp_context_cause(parent)),
        text_of(csp_context_err(parent)), text_of(csp_context_cause(child)),
        text_of(csp_context_cause(timed)));
    csp_context_release(parent);
    csp_context_release(child);
    csp_context_release(timed);
}

static void send_nothing(void *argument)
{
    csp_send(argument, NULL);
}

void context_after_func(void *said)
{
    struct csp_chan *called = csp_chan_make(0, 4);
    struct csp_context *context = csp_context_with_cancel(csp_context_background());
    struct csp_context *one = csp_context_after_func(context, send_nothing, called);
    struct csp_context *two = csp_context_after_func(context, send_nothing, called);
    struct csp_context *three = csp_context_after_func(context, send_nothing, called);
    say(said, "stop %d", csp_context_stop(two));
    say(said, " again %d", csp_context_stop(two));
    csp_context_release(three);
    csp_context_cancel(context, NULL);
    csp_recv(called, NULL);
    say(said, " late %d", csp_context_stop(one));
    struct csp_context *four = csp_context_after_func(context, send_nothing, called);
    csp_recv(called, NULL);
    csp_sleep(MS);
    say(said, " others %zu", csp_len(called));
    csp_context_release(one);
    csp_context_release(two);
    csp_context_release(four);
    csp_context_release(context);
}

void context_without_cancel(void *said)
{
    char value[] = "value";
    uint64_t deadline_ns = 0;
    struct csp_context *valued =
        csp_context_with_value(csp_context_background(), &keys[0], value);
    struct csp_context *timed = csp_context_with_timeout(valued, HOUR);
    struct csp_context *without = csp_context_without_cancel(timed);
    csp_context_cancel(timed, NULL);
    say_end(said, without);
    say(said, " %s deadline %d", (char *)csp_context_value(without, &keys[0]),
        csp_context_deadline(without, &deadline_ns));
    csp_context_release(valued);
    csp_context_release(timed);
    csp_context_release(without);
}

/* Deeper than a stack could follow call by call. */
void context_deep(void *said)
{
    struct csp_context *top = csp_context_with_cancel(csp_context_background());
    struct csp_context *context = csp_context_keep(top);
    for (int i = 0; i < 5000; i++) {
        struct csp_context *deeper = csp_context_with_cancel(context);
        csp_context_release(context); /* its child keeps it */
        context = deeper;
    }
    csp_context_cancel(top, NULL);
    say_end(said, context);
    csp_context_release(top);
    csp_context_release(context);
}

struct families {
    struct csp_context *root;
    struct csp_waitgroup group;
};

static void release_it(void *argument)
{
    csp_context_release(argument);
}

/* Children come and go, some by their deadlines, while the root ends. */
static void raise_children(void *argument)
{
    struct families *families = argument;
    for (int i = 0; i < (CORE_SANITIZED ? 50 : 300); i++) {
        struct csp_context *child =
            csp_context_with_timeout(families->root, (i % 8) * 20000);
        struct csp_context *hook =
            csp_context_after_func(child, release_it, csp_context_keep(child));
        if (i % 3 == 0)
            csp_gosched();
        if (i % 5 != 0)
            csp_context_cancel(child, NULL);
        else if (csp_context_stop(hook))
            csp_context_release(child); /* in the hook's place */
        csp_context_release(child);
        csp_context_release(hook);
    }
    csp_waitgroup_done(&families->group);
}

void context_release_stress(void *said)
{
    struct families families = {.root =
                                    csp_context_with_cancel(csp_context_background())};
    csp_waitgroup_add(&families.group, 8);
    for (int i = 0; i < 8; i++)
        csp_go(raise_children, &families);
    csp_sleep(MS / 2);
    csp_context_cancel(families.root, NULL);
    csp_waitgroup_wait(&families.group);
    say_end(said, families.root);
    csp_context_release(families.root);
}
