#include <core/trace.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int core_trace_open(struct core_trace *trace, uint32_t capacity, uint32_t worker)
{
    if ((capacity & (capacity - 1)) != 0)
        return -EINVAL;
    struct core_trace_event *events = NULL;
    if (capacity != 0) {
        events = calloc(capacity, sizeof *events);
        if (events == NULL)
            return -ENOMEM;
    }
    *trace = (struct core_trace){
        .events = events, .mask = capacity == 0 ? 0 : capacity - 1, .worker = worker};
    return 0;
}

void core_trace_close(struct core_trace *trace)
{
    free(trace->events);
    trace->events = NULL;
    trace->written = 0;
}

void core_trace_write(struct core_trace *trace, enum core_trace_kind kind, uint64_t id,
                      uint64_t arg)
{
    assert(kind >= CORE_TRACE_SPAWN && kind <= CORE_TRACE_UNPARK);
    trace->events[trace->written & trace->mask] = (struct core_trace_event){
        .time_ns = core_now_ns(),
        .id = id,
        .arg = arg,
        .kind = (uint32_t)kind,
        .worker = trace->worker,
    };
    trace->written++;
}

size_t core_trace_read(const struct core_trace *trace, struct core_trace_event *into,
                       size_t room)
{
    if (trace->events == NULL)
        return 0;
    uint64_t capacity = (uint64_t)trace->mask + 1;
    uint64_t first = trace->written > capacity ? trace->written - capacity : 0;
    size_t copied = 0;
    for (uint64_t i = first; i < trace->written && copied < room; i++)
        into[copied++] = trace->events[i & trace->mask];
    return copied;
}
