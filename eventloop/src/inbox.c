/* inbox.c - an async queue: a ring of messages and the promise of who awaits it. */
#include "loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void loop_inbox_open(struct loop *loop, struct loop_inbox *inbox, size_t size)
{
    assert(size > 0);
    *inbox = (struct loop_inbox){.loop = loop, .size = size};
}

void loop_inbox_close(struct loop_inbox *inbox)
{
    free(inbox->messages);
    *inbox = (struct loop_inbox){0};
}

static unsigned char *place_of(const struct loop_inbox *inbox, size_t message)
{
    return inbox->messages + (message & (inbox->capacity - 1)) * inbox->size;
}

static int grow(struct loop_inbox *inbox)
{
    struct loop_inbox grown = *inbox;
    grown.capacity = inbox->capacity ? inbox->capacity * 2 : FIRST_CAPACITY;
    grown.messages = reallocarray(NULL, grown.capacity, grown.size);
    if (!grown.messages)
        return -ENOMEM;
    for (size_t i = inbox->head; i != inbox->tail; i++)
        memcpy(place_of(&grown, i), place_of(inbox, i), inbox->size);
    free(inbox->messages);
    *inbox = grown;
    return 0;
}

int loop_inbox_put(struct loop_inbox *inbox, const void *message)
{
    assert(inbox->size > 0 && "put into a closed inbox");
    if (inbox->tail - inbox->head == inbox->capacity) {
        int error = grow(inbox);
        if (error)
            return error;
    }
    if (inbox->waiter) { /* first what may fail */
        int error = loop_microtask(inbox->loop, inbox->waiter, inbox->context);
        if (error)
            return error;
        inbox->waiter = NULL;
    }
    memcpy(place_of(inbox, inbox->tail++), message, inbox->size);
    return 0;
}

bool loop_inbox_take(struct loop_inbox *inbox, void *message)
{
    if (inbox->head == inbox->tail)
        return false;
    memcpy(message, place_of(inbox, inbox->head++), inbox->size);
    return true;
}

int loop_inbox_await(struct loop_inbox *inbox, loop_callback *callback, void *context)
{
    assert(callback && inbox->size > 0 && "nobody awaits, or a closed inbox");
    if (inbox->waiter)
        return -EBUSY;
    if (inbox->head != inbox->tail)
        return loop_microtask(inbox->loop, callback, context);
    inbox->waiter = callback;
    inbox->context = context;
    return 0;
}
