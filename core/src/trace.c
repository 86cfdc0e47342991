#include <core/trace.h>

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int core_trace_open(struct core_trace *trace, uint32_t capacity, uint32_t worker)
{
    if ((capacity & (capacity - 1)) != 0)
        return -EINVAL;
    struct core_trace_slot *slots = NULL;
    if (capacity != 0) {
        slots = calloc(capacity, sizeof *slots);
        if (slots == NULL)
            return -ENOMEM;
    }
    trace->events = slots;
    trace->mask = capacity == 0 ? 0 : capacity - 1;
    trace->worker = worker;
    core_store_relaxed(&trace->begun, 0); /* nobody reads yet */
    core_store_relaxed(&trace->written, 0);
    return 0;
}

void core_trace_close(struct core_trace *trace)
{
    free(trace->events);
    trace->events = NULL;
    core_store_relaxed(&trace->written, 0); /* nobody reads any more */
}

void core_trace_write(struct core_trace *trace, enum core_trace_kind kind, uint64_t id,
                      uint64_t arg)
{
    assert(kind >= CORE_TRACE_SPAWN && kind <= CORE_TRACE_UNPARK);
    uint64_t at = core_load_relaxed(&trace->written); /* ours alone to write */
    struct core_trace_slot *slot = &trace->events[at & trace->mask];
    /* All below: a reader who sees one of these words, released, sees `begun` as well
     * (rule 2); the last one pairs with the reader's first look. */
    core_store_relaxed(&trace->begun, at + 1);
    core_store_release(&slot->time_ns, core_now_ns());
    core_store_release(&slot->id, id);
    core_store_release(&slot->arg, arg);
    core_store_release(&slot->kind, (uint64_t)kind);
    core_store_release(&trace->written, at + 1);
}

static struct core_trace_event copy(const struct core_trace *trace, uint64_t at)
{
    const struct core_trace_slot *slot = &trace->events[at & trace->mask];
    /* All accesses acquire: they pair with the stores of core_trace_write; the look at `begun` after
     * them is not made before (rule 2). */
    return (struct core_trace_event){
        .time_ns = core_load_acquire(&slot->time_ns),
        .id = core_load_acquire(&slot->id),
        .arg = core_load_acquire(&slot->arg),
        .kind = (uint32_t)core_load_acquire(&slot->kind),
        .worker = trace->worker,
    };
}

size_t core_trace_follow(const struct core_trace *trace, uint64_t *from,
                         struct core_trace_event *into, size_t room)
{
    if (trace->events == NULL)
        return 0;
    uint64_t capacity = (uint64_t)trace->mask + 1;
    /* acquire: pairs with the release in core_trace_write: the events before are whole */
    uint64_t end = core_load_acquire(&trace->written);
    uint64_t first = end > capacity && *from < end - capacity ? end - capacity : *from;
    assert(*from <= end && "a reader of another ring");
    size_t copied = 0;
    uint64_t at = first;
    for (; at < end && copied < room; at++)
        into[copied++] = copy(trace, at);
    *from = at;
    uint64_t begun = core_load_relaxed(&trace->begun); /* after acquires; rule 2 */
    uint64_t whole = begun > capacity ? begun - capacity : 0;
    size_t torn = whole > first ? (size_t)(whole - first) : 0;
    if (torn > copied)
        torn = copied;
    memmove(into, into + torn, (copied - torn) * sizeof *into);
    return copied - torn;
}

size_t core_trace_read(const struct core_trace *trace, struct core_trace_event *into,
                       size_t room)
{
    uint64_t from = 0;
    return core_trace_follow(trace, &from, into, room);
}
