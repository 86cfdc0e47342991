/* Messages that stay when the next is received: until dropped, or their process ends. */
#include "internal.h"
#include "native.h"

void actor_keep(const struct actor_message *message)
{
    struct process *process = scheduler_enter(1)->current;
    struct signal *signal = process->current;
    assert(signal != NULL && message == &signal->message && "not the last received");
    (void)message;
    process->current = NULL;
    signal->next = process->held;
    process->held = signal;
    process->heap_bytes += signal->message.size;
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
    assert(scheduler->current->heap_bytes >= signal->message.size);
    scheduler->current->heap_bytes -= signal->message.size;
    signal_consume(scheduler, signal);
}

void mailbox_let_go(struct scheduler *scheduler, struct process *process)
{
    if (process->current != NULL)
        signal_consume(scheduler, process->current);
    process->current = NULL;
    while (process->held != NULL) {
        struct signal *signal = process->held;
        process->held = signal->next;
        signal_consume(scheduler, signal);
    }
}
