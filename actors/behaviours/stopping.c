/* Stopping children: "shutdown", then "kill" when their time is up.
 *
 * The supervisor watches a child's end by a monitor and removes its link first, so a child
 * that removed the link itself cannot keep it waiting, and no exit of a child that it
 * stopped is taken for a failure. An exit that had come before is of a pid that is no
 * child's any more, and is dropped.
 */
#include "supervision.h"

#include <assert.h>

static void must(int rc)
{
    if (rc != 0)
        actor_exit("no_memory"); /* the links end the children */
}

static bool is_down(const struct actor_message *message, void *context)
{
    return message->kind == ACTOR_DOWN &&
           ((const struct actor_down *)message->data)->monitor ==
               *(const actor_ref *)context;
}

static void ask_to_end(const struct child *child)
{
    const bool brutal = child->spec->shutdown_ns == ACTOR_BRUTAL_KILL;
    must(actor_exit_signal(child_pid(child), brutal ? "kill" : "shutdown"));
}

static actor_ref watch(const struct child *child)
{
    actor_ref monitor;
    must(actor_monitor(child_pid(child), &monitor));
    must(actor_unlink(child_pid(child)));
    return monitor;
}

void child_stop(struct children *children, struct child *child)
{
    const int64_t shutdown_ns = child->spec->shutdown_ns;
    const actor_pid pid = child_pid(child);
    if (pid != 0) {
        const uint64_t mark = actor_mark();
        actor_ref monitor = watch(child);
        ask_to_end(child);
        if (actor_receive_marked(mark, is_down, &monitor,
                                 shutdown_ns < 0 ? ACTOR_FOREVER : shutdown_ns) == NULL) {
            must(actor_exit_signal(pid, "kill"));
            actor_receive_marked(mark, is_down, &monitor, ACTOR_FOREVER);
        }
    }
    children_rest(children, child);
}

/* In the reverse of their order; temporary children are forgotten. */
void stop_all_from(struct supervision *supervision, struct child *first)
{
    struct children *children = &supervision->children;
    for (struct child *at = children->last, *previous; at != NULL; at = previous) {
        const bool is_first = at == first;
        previous = is_first ? NULL : at->previous;
        child_stop(children, at);
        if (at->spec->restart == ACTOR_TEMPORARY)
            children_remove(children, at);
    }
}

static void kill_the_rest(const struct children *children)
{
    for (const struct child *at = children->first; at != NULL; at = at->next)
        if (child_pid(at) != 0)
            must(actor_exit_signal(child_pid(at), "kill"));
}

/* The children of a simple_one_for_one need not end in any order, so they share one time
 * limit. It is the supervisor's own end: any other message is lost. */
void stop_all_at_once(struct supervision *supervision)
{
    struct children *children = &supervision->children;
    const struct spec *kind =
        (const struct spec *)(const void *)supervision->family->specs;
    size_t left = 0;
    actor_ref timer = 0;
    assert(supervision->family->strategy == ACTOR_SIMPLE_ONE_FOR_ONE);
    for (struct child *at = children->first; at != NULL; at = at->next)
        if (child_pid(at) != 0) {
            watch(at);
            ask_to_end(at);
            left++;
        }
    if (kind->shutdown_ns >= 0 && kind->shutdown_ns != ACTOR_FOREVER)
        must(actor_start_timer(kind->shutdown_ns, actor_self(), NULL, 0, &timer));
    while (left > 0) {
        const struct actor_message *message = actor_receive();
        if (message->kind == ACTOR_DOWN) {
            const struct actor_down *down = message->data;
            struct child *child = children_find(children, down->pid, false);
            if (child != NULL) {
                children_rest(children, child);
                left--;
            }
        } else if (message->kind == ACTOR_TIMEOUT &&
                   ((const struct actor_timeout *)message->data)->timer == timer) {
            kill_the_rest(children);
        }
    }
}
