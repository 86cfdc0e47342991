/* context.h - stackful contexts: save one, resume another.
 *
 * A switch saves what the ABI says a call preserves (x86-64: rbx, rbp, r12-r15, the
 * return address; aarch64: x19-x30, d8-d15) on the stack that is left, and swaps stack
 * pointers. It does not save the floating-point control words (MXCSR, x87 CW, FPCR):
 * tasks share the rounding mode of their process, as C programs do. The layout of the
 * saved frame is drawn in switch_<machine>.S; the offsets that C writes are asserted
 * there and here.
 *
 * It returns by popping the address and jumping: a `ret` would be predicted to return to
 * the context that is being left, and miss each time (19 ns a pair against 4). Neither
 * indirect-branch tracking nor shadow stacks are supported: the objects carry no such
 * note, so the loader keeps both off for the process.
 */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include <core/sanitize.h>
#include <stddef.h>

struct core_context {
    void *sp; /* valid while the context is not running */
    struct core_san san;
};

/* Prepares a context that will call entry(argument) on [bottom, bottom + size). The entry
 * must not return; it leaves by core_context_leave. Its first statement must be
 * core_context_landed(its context). Owns: the caller keeps the memory and calls
 * core_context_close after the context has left for good. */
void core_context_open(struct core_context *context, void *bottom, size_t size,
                       void (*entry)(void *), void *argument);
void core_context_close(struct core_context *context);

/* Makes `context` stand for the calling thread, so that others can switch back to it. */
void core_context_adopt(struct core_context *context);

/* switch_<machine>.S: pushes a frame, stores the stack pointer in *save, loads `load`. */
void core_switch(void **save, void *load);

/* Stops `from`, which is running, and resumes `to`; returns when someone resumes `from`,
 * perhaps on another thread. Thread: the one that runs `from`. */
CORE_INLINE void core_context_switch(struct core_context *from, struct core_context *to)
{
    core_san_start_switch(&from->san, &to->san, 0);
    core_switch(&from->sp, to->sp);
    core_san_finish_switch(&from->san);
}

/* As core_context_switch, but `from` will never be resumed. */
CORE_INLINE void core_context_leave(struct core_context *from, struct core_context *to)
{
    core_san_start_switch(&from->san, &to->san, 1);
    core_switch(&from->sp, to->sp);
    __builtin_unreachable();
}

/* The first statement of an entry function. */
CORE_INLINE void core_context_landed(struct core_context *self)
{
    core_san_finish_switch(&self->san);
}

#endif
