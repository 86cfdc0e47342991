/* errgroup: a WaitGroup, a channel of places as a semaphore, and a Once for the error. */
#include "runtime.h"

#include <csp/errgroup.h>
#include <inttypes.h>
#include <stdio.h>

struct member {
    struct csp_errgroup *group;
    csp_errgroup_function *function;
    void *argument;
    const struct csp_error *error;
};

static void keep_error(void *argument)
{
    struct member *member = argument;
    struct csp_errgroup *group = member->group;
    assert(group->error == NULL && "the first error wins");
    group->error = member->error;
    if (group->context != NULL)
        csp_context_cancel(group->context, member->error);
}

/* Also when the function calls csp_goexit. */
static void leave_group(void *argument)
{
    struct member *member = argument;
    struct csp_errgroup *group = member->group;
    csp_free(member);
    if (group->places != NULL)
        csp_recv(group->places, NULL);
    csp_waitgroup_done(&group->running); /* from here on the group may be gone */
}

static void run_member(void *argument)
{
    struct member *member = argument;
    csp_defer(leave_group, member);
    member->error = member->function(member->argument);
    if (member->error != NULL)
        csp_once_do(&member->group->first, keep_error, member);
}

static void start(struct csp_errgroup *group, csp_errgroup_function *function,
                  void *argument)
{
    struct member *member = csp_alloc(sizeof *member);
    *member = (struct member){group, function, argument, NULL};
    csp_waitgroup_add(&group->running, 1);
    csp_go(run_member, member);
}

static void check_function(csp_errgroup_function *function)
{
    if (function == NULL)
        csp_fail_fatal(csp_enter(), "go of nil func value");
}

struct csp_context *csp_errgroup_with_context(struct csp_errgroup *group,
                                              struct csp_context *parent)
{
    assert(group->context == NULL && "one context a group");
    group->context = csp_context_with_cancel(parent);
    return group->context;
}

void csp_errgroup_set_limit(struct csp_errgroup *group, ptrdiff_t most)
{
    size_t active = csp_len(group->places);
    if (active > 0) {
        enum { ROOM = 128 };
        char *text = csp_alloc(ROOM); /* lives as long as the panic may be looked at */
        snprintf(text, ROOM,
                 "errgroup: modify limit while %zu goroutines in the group are still "
                 "active",
                 active);
        csp_panic(text);
    }
    csp_chan_free(group->places);
    group->places = most < 0 ? NULL : csp_chan_make(0, most);
}

void csp_errgroup_go(struct csp_errgroup *group, csp_errgroup_function *function,
                     void *argument)
{
    check_function(function);
    if (group->places != NULL)
        csp_send(group->places, NULL);
    start(group, function, argument);
}

bool csp_errgroup_try_go(struct csp_errgroup *group, csp_errgroup_function *function,
                         void *argument)
{
    check_function(function);
    if (group->places != NULL && !csp_try_send(group->places, NULL))
        return false;
    start(group, function, argument);
    return true;
}

const struct csp_error *csp_errgroup_wait(struct csp_errgroup *group)
{
    csp_waitgroup_wait(&group->running);
    if (group->context != NULL)
        csp_context_cancel(group->context, group->error);
    return group->error;
}

void csp_errgroup_free(struct csp_errgroup *group)
{
    csp_chan_free(group->places);
    if (group->context != NULL)
        csp_context_release(group->context);
    *group = (struct csp_errgroup){.error = NULL};
}
