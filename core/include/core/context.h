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
#if CORE_SANITIZED
    struct core_san san;
#endif
};

CORE_INLINE struct core_san *core_context_san(struct core_context *context)
{
#if CORE_SANITIZED
    return &context->san;
#else
    (void)context;
    return NULL;
#endif
}

/* Prepares a context that will call entry(argument) on [bottom, bottom + size). The entry
 * must not return; it leaves by core_context_leave. Its first statement must be
 * core_context_landed(its context). Owns: the caller keeps the memory and calls
 * core_context_close after the context has left for good. */
void core_context_open(struct core_context *context, void *bottom, size_t size,
                       void (*entry)(void *), void *argument);
void core_context_close(struct core_context *context);

/* Makes `context` stand for the calling thread, so that others can switch back to it. */
void core_context_adopt(struct core_context *context);

/* switch_<machine>.S: pushes a frame, stores the stack pointer in *save, loads `load`. On
 * x86-64 it is entered by a jump, with the address to go on at in rcx: a call whose
 * return is a jump would leave an entry too many in the predictor of returns, and the
 * next `ret` of whoever is resumed would miss. The compiler does not see that the stack
 * is used here, so everything that includes this is built without a red zone. */
#if defined(__x86_64__)
CORE_INLINE void core_switch(void **save, void *load)
{
    __asm__ volatile("leaq 1f(%%rip), %%rcx\n\t"
                     "jmp core_switch_from\n"
                     "1:"
                     : "+D"(save), "+S"(load)
                     :
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm0", "xmm1",
                       "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st",
                       "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)",
                       "mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7", "cc",
                       "memory");
}
#else
void core_switch(void **save, void *load);
#endif

/* Returns `value`, by a jump on x86-64. As the last thing of a function that was resumed it
 * returns from that function; good where a `ret` would miss, because the predictor expects
 * the return address of the task that stopped last, which is another one. */
#if defined(__x86_64__)
void *core_return_by_jump(void *value);
#else
static inline void *core_return_by_jump(void *value)
{
    return value;
}
#endif

/* Stops `from`, which is running, and resumes `to`; returns when someone resumes `from`,
 * perhaps on another thread. Thread: the one that runs `from`. */
CORE_INLINE void core_context_switch(struct core_context *from, struct core_context *to)
{
    core_san_start_switch(core_context_san(from), core_context_san(to), 0);
    core_switch(&from->sp, to->sp);
    core_san_finish_switch(core_context_san(from));
}

/* As core_context_switch, but `from` will never be resumed. */
CORE_INLINE void core_context_leave(struct core_context *from, struct core_context *to)
{
    core_san_start_switch(core_context_san(from), core_context_san(to), 1);
    core_switch(&from->sp, to->sp);
    __builtin_unreachable();
}

/* switch_<machine>.S: forgets the frames of the running stack and calls function(), which
 * must not return, with the stack pointer at `sp`. */
_Noreturn void core_abandon(void *sp, void (*function)(void));

/* The first statement of an entry function. */
CORE_INLINE void core_context_landed(struct core_context *self)
{
    core_san_finish_switch(core_context_san(self));
}

#endif
