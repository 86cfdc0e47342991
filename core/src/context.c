#include <core/context.h>

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

/* switch_<machine>.S; never called, only resumed at its second instruction. */
void core_context_entry(void);

#if defined(__x86_64__)
enum {
    FRAME_WORDS = 7,
    FRAME_ENTRY = 3,
    FRAME_ARGUMENT = 4,
    FRAME_RESUME = 6,
    NOP_BYTES = 1
};
#elif defined(__aarch64__)
enum {
    FRAME_WORDS = 20,
    FRAME_ENTRY = 0,
    FRAME_ARGUMENT = 1,
    FRAME_RESUME = 11,
    NOP_BYTES = 4
};
#else
#error "core_switch is written for x86-64 and aarch64"
#endif

CORE_NO_ASAN void core_context_open(struct core_context *context, void *bottom,
                                    size_t size, void (*entry)(void *), void *argument)
{
    assert(size >= 4096 && "a context needs at least a page");
    assert((uintptr_t)bottom % 16 == 0 && size % 16 == 0);
    /* The ABI wants sp % 16 == 0 at the entry's call instruction: on both machines that
     * is where sp stands once the frame has been taken off. */
    uintptr_t *frame = (uintptr_t *)(void *)((char *)bottom + size) - FRAME_WORDS;
    memset(frame, 0, FRAME_WORDS * sizeof *frame);
    frame[FRAME_ENTRY] = (uintptr_t)entry;
    frame[FRAME_ARGUMENT] = (uintptr_t)argument;
    frame[FRAME_RESUME] = (uintptr_t)core_context_entry + NOP_BYTES;
    context->sp = frame;
    core_san_create(core_context_san(context), bottom, size);
}

void core_context_close(struct core_context *context)
{
    core_san_destroy(core_context_san(context));
    context->sp = NULL;
}

void core_context_adopt(struct core_context *context)
{
    void *bottom = NULL;
    size_t size = 0;
    pthread_attr_t attributes;
    if (CORE_ASAN && pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &bottom, &size);
        pthread_attr_destroy(&attributes);
    }
    context->sp = NULL;
    core_san_adopt(core_context_san(context), bottom, size);
}
