/* sanitize.h - every call into a sanitizer's runtime that this project makes.
 *
 * A sanitizer must be told when a thread changes stacks. Without a sanitizer all of this
 * is nothing. Rules that the calls follow (compiler-rt,
 * sanitizer/common_interface_defs.h):
 *  - AddressSanitizer: "start" stands immediately before the switch, "finish" is the
 * first thing after landing; a context that leaves for good passes NULL for its fake
 * stack, so that it is freed. Frames abandoned by a fault or an exit leave redzones
 * behind: a stack is unpoisoned before its next use.
 *  - ThreadSanitizer: a fiber is a logical thread. Flag 0 of the switch also says "the
 * two synchronise", which hides a missing order between workers; that is why each runtime
 *    keeps one plain field that the worker writes before it resumes a task.
 */
#ifndef CORE_SANITIZE_H
#define CORE_SANITIZE_H

#include <stddef.h>

/* Really inline: a call would be noted as entered by one fiber and as left by another. */
#define CORE_INLINE static inline __attribute__((always_inline))

#if defined(__SANITIZE_ADDRESS__)
#define CORE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORE_ASAN 1
#endif
#endif
#ifndef CORE_ASAN
#define CORE_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define CORE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CORE_TSAN 1
#endif
#endif
#ifndef CORE_TSAN
#define CORE_TSAN 0
#endif

#define CORE_SANITIZED (CORE_ASAN || CORE_TSAN)

#if CORE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
/* For code that writes below a foreign frame, or that runs between two stacks. */
#define CORE_NO_ASAN __attribute__((no_sanitize_address))
#else
#define CORE_NO_ASAN
#endif

#if CORE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* What the sanitizers keep of one context; without them nobody has one, and the calls
 * below are given NULL. */
struct core_san;
#if CORE_SANITIZED
struct core_san {
#if CORE_ASAN
    void *fake_stack;
    const void *bottom;
    size_t size;
#endif
#if CORE_TSAN
    void *fiber;
#endif
};
#endif

/* A context on a stack of its own, not yet entered. */
CORE_INLINE void core_san_create(struct core_san *san, void *bottom, size_t size)
{
#if CORE_ASAN
    san->fake_stack = NULL;
    san->bottom = bottom;
    san->size = size;
#endif
#if CORE_TSAN
    san->fiber = __tsan_create_fiber(0);
#endif
    (void)san, (void)bottom, (void)size;
}

/* The context of the calling thread itself. */
CORE_INLINE void core_san_adopt(struct core_san *san, void *bottom, size_t size)
{
#if CORE_ASAN
    san->fake_stack = NULL;
    san->bottom = bottom;
    san->size = size;
#endif
#if CORE_TSAN
    san->fiber = __tsan_get_current_fiber();
#endif
    (void)san, (void)bottom, (void)size;
}

/* A created context that will not be entered again; called from another context. */
CORE_INLINE void core_san_destroy(struct core_san *san)
{
#if CORE_TSAN
    __tsan_destroy_fiber(san->fiber);
#endif
    (void)san;
}

/* Immediately before a switch; `last`: `from` never runs again. */
CORE_INLINE void core_san_start_switch(struct core_san *from, struct core_san *to,
                                       int last)
{
#if CORE_ASAN
    __sanitizer_start_switch_fiber(last ? NULL : &from->fake_stack, to->bottom, to->size);
#endif
#if CORE_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    (void)from, (void)to, (void)last;
}

/* First thing after landing in `self`. */
CORE_INLINE void core_san_finish_switch(struct core_san *self)
{
#if CORE_ASAN
    __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#endif
    (void)self;
}

/* Makes a stack that was left in the middle of things usable again. */
CORE_INLINE void core_san_stack_reset(void *bottom, size_t size)
{
#if CORE_ASAN
    __asan_unpoison_memory_region(bottom, size);
#endif
    (void)bottom, (void)size;
}

#endif
