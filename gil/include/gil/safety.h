/* safety.h - what clang's thread-safety analysis is told about the global lock.
 *
 * The lock is the capability `gil_itself`: a name that is declared, used in attributes
 * only and never defined, because a C attribute cannot name a field of the struct it
 * stands in. Data marked GIL_GUARDED may be touched only where the lock is held; a
 * function marked GIL_HELD may be called only there, so between gil_release_begin and
 * gil_release_end clang refuses both (gil/tests/touches_without_lock.c). Other compilers
 * see nothing.
 *
 * The lock is one per runtime and the name is one: the analysis does not tell the locks
 * of two runtimes apart.
 */
#ifndef GIL_SAFETY_H
#define GIL_SAFETY_H

#if defined(__clang__)
#define GIL_ATTRIBUTE(x) __attribute__((x))
#else
#define GIL_ATTRIBUTE(x)
#endif

#define GIL_CAPABILITY(name) GIL_ATTRIBUTE(capability(name))
#define GIL_GUARDED_BY(capability) GIL_ATTRIBUTE(guarded_by(capability))
#define GIL_REQUIRES(capability) GIL_ATTRIBUTE(requires_capability(capability))
#define GIL_ACQUIRES(capability) GIL_ATTRIBUTE(acquire_capability(capability))
#define GIL_RELEASES(capability) GIL_ATTRIBUTE(release_capability(capability))
/* For the few bodies that are the mechanism itself, or whose object nobody else knows. */
#define GIL_UNCHECKED GIL_ATTRIBUTE(no_thread_safety_analysis)

struct GIL_CAPABILITY("GIL") gil_capability {
    char unused;
};
extern struct gil_capability gil_itself;

#define GIL_GUARDED GIL_GUARDED_BY(gil_itself)
#define GIL_HELD GIL_REQUIRES(gil_itself)

#endif
