/* Messages of the behaviours, and waiting for their answers. */
#include "wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { SMALL = 240 }; /* bytes that are put together on the stack */

void *wire_alloc(size_t size)
{
    void *memory = actor_alloc(size > 0 ? size : 1);
    if (memory == NULL)
        actor_exit("no_memory");
    return memset(memory, 0, size);
}

void *wire_copy(const void *data, size_t size)
{
    char *copy = wire_alloc(size + 1);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void put_together(void *buffer, uint64_t what, uint64_t tag, const void *data,
                         size_t size)
{
    const struct wire head = {what, tag};
    memcpy(buffer, &head, sizeof head);
    if (size > 0)
        memcpy((char *)buffer + sizeof head, data, size);
}

int wire_send(actor_pid to, uint64_t what, uint64_t tag, const void *data, size_t size)
{
    const size_t whole = sizeof(struct wire) + size;
    char small[sizeof(struct wire) + SMALL];
    if (whole <= sizeof small) {
        put_together(small, what, tag, data, size);
        return actor_send(to, small, whole);
    }
    if (size >= UINT32_MAX)
        return -EINVAL;
    void *large = actor_alloc(whole);
    if (large == NULL)
        return -ENOMEM;
    put_together(large, what, tag, data, size);
    int rc = actor_send(to, large, whole);
    actor_free(large);
    return rc;
}

static const struct wire *head_of(const struct actor_message *message)
{
    return message->kind == ACTOR_MESSAGE && message->size >= sizeof(struct wire)
               ? message->data
               : NULL;
}

uint64_t wire_what(const struct actor_message *message, struct actor_answer *body)
{
    const struct wire *head = head_of(message);
    if (head == NULL)
        return 0;
    *body = (struct actor_answer){head + 1, message->size - sizeof *head};
    switch (head->what) {
    case WIRE_CALL:
    case WIRE_CAST:
    case WIRE_STOP:
    case WIRE_ANSWER:
    case WIRE_STARTED:
        return head->what;
    default:
        return 0;
    }
}

uint64_t wire_tag(const struct actor_message *message)
{
    assert(head_of(message) != NULL && "not one of ours");
    return head_of(message)->tag;
}

static bool is_awaited(const struct actor_message *message, void *context)
{
    const struct wire_await *await = context;
    if (message->kind == ACTOR_DOWN)
        return ((const struct actor_down *)message->data)->monitor == await->monitor;
    const struct wire *head = head_of(message);
    return head != NULL && head->what == await->what && head->tag == await->tag;
}

int wire_await(const struct wire_await *await, int64_t timeout_ns,
               struct actor_answer *answer)
{
    assert(await->tag != 0 && "there is nothing to wait for");
    const struct actor_message *message = actor_receive_marked(
        await->tag, is_awaited, (void *)(uintptr_t)await, timeout_ns);
    if (message == NULL)
        return -ETIMEDOUT;
    if (message->kind == ACTOR_DOWN) {
        const struct actor_down *down = message->data;
        *answer = (struct actor_answer){down->reason.data, down->reason.size};
        return -ESRCH;
    }
    wire_what(message, answer);
    actor_demonitor(await->monitor, true);
    return 0;
}

bool wire_is_shutdown(const struct actor_reason *reason)
{
    static const char text[] = "shutdown: ";
    return actor_reason_is(reason, "shutdown") ||
           (reason->size >= sizeof text - 1 &&
            memcmp(reason->data, text, sizeof text - 1) == 0);
}

_Noreturn void wire_leave(const struct actor_reason *reason)
{
    if (actor_reason_is(reason, "normal"))
        actor_exit(NULL);
    if (wire_is_shutdown(reason)) { /* an ordered end is no failure to be reported */
        actor_trap_exit(false);
        actor_exit_signal_with(actor_self(), reason->data, reason->size);
    }
    actor_exit_with(reason->data, reason->size);
}
