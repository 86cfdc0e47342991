/* Messages that a process keeps past its next receive. They are counted as its memory, and
 * go with it. */
#include "internal.h"

void actor_keep(const struct actor_message *message)
{
    struct process *process = scheduler_enter(1)->current;
    struct signal *signal = process->current;
    assert(signal != NULL && message == &signal->message && "not the last received");
    (void)message;
    process->current = NULL;
    signal->next = process->held;
    process->held = signal;
    process_grow(process, signal->message.size);
}

void actor_drop(const struct actor_message *message)
{
    struct scheduler *scheduler = scheduler_enter(1);
    struct signal **at = &scheduler->current->held;
    while (*at != NULL && &(*at)->message != message)
        at = &(*at)->next;
    assert(*at != NULL && "not a message that was kept");
    struct signal *signal = *at;
    *at = signal->next;
    process_shrink(scheduler->current, signal->message.size);
    signal_consume(scheduler, signal);
}
