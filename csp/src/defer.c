/* Defer, panic, recover, Goexit (Go's panic.go).
 *
 * A goroutine has one list of deferred calls, the latest first, each with the body (frame)
 * that deferred it, and one list of panics that are under way, the newest first. A Goexit
 * is in that list too, as a panic from which nobody recovers.
 *
 * A panic runs deferred calls on top of the stack that raised it, from the list's head
 * on. When one of them has recovered, the frames above the body that deferred it are
 * given up by a jump back into that body's csp_call. The outermost body has none: its
 * goroutine starts anew at the top of its stack, only to run what is still deferred and
 * to end. So goroutines that defer nothing pay nothing.
 *
 * Invariants
 *  1. The frames in the list of deferred calls are in the order of their nesting.
 *  2. A call that a panic or a Goexit runs stays in the list until it has returned,
 *     marked `started`. Whoever else finds it there knows that it did not return: then
 *     that panic is aborted. It stays in the list of panics, to be printed, until a panic
 *     after it is recovered from.
 *  3. A Goexit is never aborted for good: a recovery that would pass it goes back into its
 *     loop. (Go up to 1.21 loses it when two panics in a row passed it; later ones do not.)
 *  4. Only the deferred function that the newest panic called may recover: the innermost
 *     frame names that panic.
 */
#include "defer.h"

#include <signal.h>

/* Reads the goroutine anew: it may have moved to another worker. */
static struct csp_goroutine *self(void)
{
    return csp_running(csp_here());
}

struct csp_extra *csp_need_extra(struct csp_worker *worker)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    if (CSP_LIKELY(goroutine->extra != NULL))
        return goroutine->extra;
    struct csp_extra *extra = csp_memory_take(worker, sizeof *extra);
    if (extra == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    *extra = (struct csp_extra){.frame = &extra->base};
    goroutine->extra = extra;
    return extra;
}

static void drop(struct csp_extra *extra, struct csp_deferred *deferred)
{
    assert(extra->deferred == deferred && "only the latest is taken out");
    extra->deferred = deferred->next;
    csp_memory_give(csp_here(), deferred);
}

/* --- Bodies -------------------------------------------------------------------- */

static void enter_frame(void (*body)(void *), void *argument, struct csp_panic *panic);

/* The calls that the innermost body deferred, at its end (Go's deferreturn). */
static void run_own(struct csp_extra *extra)
{
    struct csp_deferred *deferred = NULL;
    while ((deferred = extra->deferred) != NULL && deferred->frame == extra->frame) {
        void (*function)(void *) = deferred->function;
        void *argument = deferred->argument;
        drop(extra, deferred);
        enter_frame(function, argument, NULL);
    }
}

static void enter_frame(void (*body)(void *), void *argument, struct csp_panic *panic)
{
    struct csp_extra *extra = self()->extra;
    jmp_buf back;
    struct csp_frame frame = {.outer = extra->frame, .panic = panic, .back = &back};
    extra->frame = &frame;
    if (_setjmp(back) == 0) {
        if (body == NULL) /* what the call would do, but outside task code */
            csp_fail_signal(csp_here(), CSP_NIL_POINTER,
                            &(struct core_fault){.signal = SIGSEGV, .code = SEGV_MAPERR});
        body(argument);
    }
    /* Here a second time after a recovery. */
    run_own(self()->extra);
    assert(self()->extra->frame == &frame && "bodies end in the order of their nesting");
    self()->extra->frame = frame.outer;
}

void csp_call(void (*body)(void *), void *argument)
{
    csp_need_extra(csp_enter());
    enter_frame(body, argument, NULL);
}

void csp_defer(void (*function)(void *), void *argument)
{
    struct csp_worker *worker = csp_enter();
    struct csp_extra *extra = csp_need_extra(worker);
    struct csp_deferred *deferred = csp_memory_take(worker, sizeof *deferred);
    if (deferred == NULL)
        csp_fail_fatal(worker, "runtime: out of memory");
    *deferred = (struct csp_deferred){.next = extra->deferred,
                                      .frame = extra->frame,
                                      .function = function,
                                      .argument = argument};
    extra->deferred = deferred;
}

/* --- Unwinding ----------------------------------------------------------------- */

/* The rest of a goroutine whose outermost body recovered: on its emptied stack. */
static void finish_base(void)
{
    csp_goroutine_finish(csp_here());
}

/* Goes on after the body that deferred the call which recovered. */
_Noreturn static void come_back(struct csp_extra *extra, struct csp_frame *frame)
{
    extra->frame = frame;
    if (frame->back != NULL)
        longjmp(*frame->back, 1);
    assert(frame == &extra->base);
    struct core_stack *stack = self()->stack;
    core_san_stack_reset(stack->bottom, stack->size);
    core_abandon(stack->bottom + stack->size, finish_base);
}

/* After a recovery from the newest panic (invariants 2 and 3). */
_Noreturn static void recovered(struct csp_extra *extra, struct csp_panic *panic,
                                struct csp_frame *frame)
{
    assert(extra->panics == panic && panic->goexit == NULL);
    struct csp_panic *rest = panic->link;
    while (rest != NULL && rest->aborted && rest->goexit == NULL)
        rest = rest->link;
    extra->panics = rest;
    if (rest != NULL && rest->aborted)
        longjmp(*rest->goexit, 1);
    come_back(extra, frame);
}

/* The next call to run for a panic or a Goexit, marked; calls that did not return go. */
static struct csp_deferred *start_next(struct csp_extra *extra, struct csp_panic *panic)
{
    while (extra->deferred != NULL && extra->deferred->started) {
        if (extra->deferred->panic != NULL)
            extra->deferred->panic->aborted = true;
        drop(extra, extra->deferred);
    }
    if (extra->deferred != NULL) {
        extra->deferred->started = true;
        extra->deferred->panic = panic;
    }
    return extra->deferred;
}

_Noreturn static void raise_panic(struct csp_worker *worker, struct csp_panic *panic)
{
    struct csp_extra *extra = csp_running(worker)->extra;
    struct csp_deferred *deferred = NULL;
    if (extra == NULL)
        csp_fail_unrecovered(worker, panic);
    panic->link = extra->panics;
    extra->panics = panic;
    while ((deferred = start_next(extra, panic)) != NULL) {
        struct csp_frame *frame = deferred->frame;
        assert(extra->panics == panic && "those after it are over");
        enter_frame(deferred->function, deferred->argument, panic);
        drop(extra, deferred);
        if (panic->recovered)
            recovered(extra, panic, frame);
    }
    csp_fail_unrecovered(csp_here(), panic);
}

void csp_goexit(void)
{
    struct csp_worker *worker = csp_enter();
    struct csp_extra *extra = csp_running(worker)->extra;
    if (extra == NULL)
        csp_goroutine_leave(worker);
    jmp_buf again;
    struct csp_frame *frame = extra->frame;
    struct csp_panic goexit = {.link = extra->panics, .goexit = &again};
    extra->panics = &goexit;
    /* Here again after each call that panicked, and a recovery further out. */
    (void)_setjmp(again);
    extra = self()->extra;
    extra->frame = frame;
    goexit.aborted = false;
    struct csp_deferred *deferred = NULL;
    while ((deferred = start_next(extra, &goexit)) != NULL) {
        enter_frame(deferred->function, deferred->argument, &goexit);
        drop(extra, deferred);
    }
    assert(self()->extra->panics == &goexit && "what panicked on the way is gone");
    csp_goroutine_leave(csp_here());
}

void csp_goroutine_finish(struct csp_worker *worker)
{
    struct csp_extra *extra = csp_running(worker)->extra;
    assert(extra->frame == &extra->base && "bodies end in the order of their nesting");
    run_own(extra);
    assert(extra->deferred == NULL && extra->panics == NULL && "nothing is under way");
    csp_goroutine_done(csp_here());
}

/* --- Panics -------------------------------------------------------------------- */

static const char *const NIL_PANIC =
    "panic called with nil argument (use GODEBUG=panicnil=1 to disable)";

void csp_fail_value(struct csp_worker *worker, struct csp_value value)
{
    raise_panic(worker, &(struct csp_panic){.value = value});
}

void csp_fail_panic(struct csp_worker *worker, const char *text)
{
    csp_fail_value(worker, (struct csp_value){.kind = CSP_STRING, .text = text});
}

void csp_fail_error(struct csp_worker *worker, const char *text)
{
    csp_fail_value(worker, (struct csp_value){.kind = CSP_RUNTIME_ERROR, .text = text});
}

void csp_fail_signal(struct csp_worker *worker, const char *text,
                     const struct core_fault *fault)
{
    struct csp_value value = {.kind = CSP_RUNTIME_ERROR, .text = text};
    raise_panic(worker, &(struct csp_panic){.value = value, .fault = *fault});
}

void csp_panic_with(struct csp_value value)
{
    struct csp_worker *worker = csp_enter();
    bool nil = value.kind == CSP_POINTER ? value.pointer == NULL
                                         : value.kind != CSP_INT && value.text == NULL;
    if (nil)
        csp_fail_error(worker, NIL_PANIC);
    csp_fail_value(worker, value);
}

void csp_panic(const char *text)
{
    csp_panic_with((struct csp_value){.kind = CSP_STRING, .text = text});
}

bool csp_recover(struct csp_value *value)
{
    struct csp_extra *extra = csp_running(csp_enter())->extra;
    struct csp_panic *panic = extra == NULL ? NULL : extra->panics;
    if (panic == NULL || panic->goexit != NULL || panic->recovered ||
        extra->frame->panic != panic)
        return false;
    panic->recovered = true;
    if (value != NULL)
        *value = panic->value;
    assert(!panic->aborted && "the newest is not behind another");
    return true;
}
