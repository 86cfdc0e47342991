/* Marks: places in a mailbox before which a receive need not look.
 *
 * A mark names the last message kept when it was made. When that message leaves, the mark
 * names the one before it, so what comes after the mark stays the same. As many as the
 * BEAM keeps (erl_message.h, ERTS_RECV_MARKER_BLOCK_SIZE); a mark that has been displaced
 * costs time, never a message.
 */
#include "internal.h"

enum { MARKS = 8 };

struct marks {
    uint64_t ref[MARKS];
    struct signal *at[MARKS]; /* NULL: nothing was kept */
    unsigned next;            /* which is displaced next */
};

struct signal *marks_find(const struct marks *marks, uint64_t ref)
{
    for (unsigned i = 0; marks != NULL && i < MARKS; i++)
        if (marks->ref[i] == ref)
            return marks->at[i];
    return NULL;
}

void marks_move(struct marks *marks, const struct signal *taken, struct signal *before)
{
    assert(taken != before && "a message before itself");
    for (unsigned i = 0; i < MARKS; i++)
        if (marks->at[i] == taken)
            marks->at[i] = before;
}

void marks_free(struct scheduler *scheduler, struct process *process)
{
    if (process->marks != NULL)
        core_pool_give(&scheduler->pool, process->marks, sizeof *process->marks);
    process->marks = NULL;
}

static struct marks *marks_of(struct scheduler *scheduler, struct process *process)
{
    if (process->marks == NULL) {
        process->marks = core_pool_take(&scheduler->pool, sizeof *process->marks);
        if (process->marks != NULL)
            *process->marks = (struct marks){.next = 0};
    }
    return process->marks;
}

uint64_t actor_mark(void)
{
    struct process *process = scheduler_enter(1)->current;
    mailbox_collect(process);
    struct scheduler *scheduler = scheduler_self();
    uint64_t ref = ref_new(scheduler);
    struct marks *marks = marks_of(scheduler, process);
    if (marks == NULL)
        return ref; /* without memory the receive looks at everything */
    assert(process->first == NULL || process->last->next == NULL);
    assert(marks->next < MARKS);
    marks->ref[marks->next] = ref;
    marks->at[marks->next] = process->first == NULL ? NULL : process->last;
    marks->next = (marks->next + 1) % MARKS;
    return ref;
}
