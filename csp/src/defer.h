/* defer.h - frames, deferred calls and panics of a goroutine, for defer.c and those who
 * print them. */
#ifndef CSP_DEFER_H
#define CSP_DEFER_H

#include "runtime.h"

#include <setjmp.h>

/* A body: what deferred calls belong to. Lies in csp_call's frame; see csp_extra for the
 * outermost one, of the goroutine's own function. */
struct csp_frame {
    struct csp_frame *outer;
    struct csp_panic *panic; /* that called this deferred function; NULL: none did */
    jmp_buf *back;           /* into its csp_call; NULL: the outermost has none */
};

/* A panic, or a Goexit, that is under way (Go's _panic). Lies in the frame that raised
 * it, which is above all frames that it may come back to. */
struct csp_panic {
    struct csp_panic *link; /* the one before it */
    struct csp_value value;
    struct core_fault fault; /* signal 0: none */
    bool recovered;
    bool aborted;    /* one of its deferred calls did not return, but panicked itself */
    jmp_buf *goexit; /* into csp_goexit's loop; NULL: a panic */
};

/* A call that is due (Go's _defer). */
struct csp_deferred {
    struct csp_deferred *next; /* deferred before it, by this body or an outer one */
    struct csp_frame *frame;   /* the body that deferred it */
    void (*function)(void *);
    void *argument;
    struct csp_panic *panic; /* that is calling it */
    bool started;
};

/* A call of csp_block. */
struct csp_native {
    int64_t (*function)(void *);
    void *argument;
    int64_t result;
};

/* What only some goroutines need; made when one first does. */
struct csp_extra {
    struct csp_frame base;   /* of the goroutine's own function */
    struct csp_frame *frame; /* the innermost */
    struct csp_deferred *deferred;
    struct csp_panic *panics;  /* the newest first */
    unsigned locks;            /* by csp_lock_os_thread */
    struct csp_worker *thread; /* it is locked to, or makes its call; see locked.c */
    struct csp_native native;
};

/* The running goroutine's. Fatal: "runtime: out of memory". */
struct csp_extra *csp_need_extra(struct csp_worker *worker);

#endif
