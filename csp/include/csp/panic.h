/* csp/panic.h - defer, panic and recover, with Go's rules; included by csp.h.
 *
 *   static void cleanup(void *argument)
 *   {
 *       struct csp_value value;
 *       if (csp_recover(&value))
 *           *(int *)argument = -1;
 *   }
 *
 *   static void body(void *argument)
 *   {
 *       csp_defer(cleanup, argument);
 *       csp_panic("boom");
 *   }
 *
 *   csp_call(body, &result); // returns; result is -1
 *
 * A Go function that defers becomes a body here: the function of a goroutine, a deferred
 * function, and every function that is called by csp_call. Deferred calls run when their
 * body returns, when csp_goexit or a panic comes through it, last deferred first. What a
 * panic leaves behind in the bodies it passes are plain C frames: their locals are gone,
 * what they took from elsewhere is given back by their deferred calls or not at all.
 *
 * Source: the language specification ("Defer statements", "Handling panics") and
 * runtime/panic.go of Go 1.19. One rule cannot be had in C: a function that a deferred
 * function calls is, unless it is called by csp_call, a part of it, and may recover.
 */
#ifndef CSP_PANIC_H
#define CSP_PANIC_H

#include <stdbool.h>
#include <stdint.h>

/* What a goroutine panics with: Go's `any`, of the types that matter. */
struct csp_value {
    enum csp_value_kind {
        CSP_STRING,        /* text */
        CSP_ERROR,         /* text: what its Error() returns */
        CSP_RUNTIME_ERROR, /* text: as above, of a runtime.Error */
        CSP_INT,           /* number */
        CSP_POINTER,       /* pointer; text: the name of its type */
    } kind;
    const char *text; /* must last as long as somebody may look at the value */
    int64_t number;
    void *pointer;
};

/* Calls body(argument) as a body of its own: its deferred calls run before csp_call
 * returns, and a panic that one of them recovered from ends here. */
void csp_call(void (*body)(void *), void *argument);

/* Has function(argument) called when the innermost body ends. Panics: on a NULL function,
 * when it is called, as Go. Fatal: "runtime: out of memory". */
void csp_defer(void (*function)(void *), void *argument);

/* Panics with a text, or with any value; without a recover the run ends with status 2,
 * "panic: ..." and the goroutine. May: whatever the deferred calls may. */
_Noreturn void csp_panic(const char *text);
_Noreturn void csp_panic_with(struct csp_value value);

/* Stops the panic whose deferred call is running, and tells its value (value may be
 * NULL); the body that deferred the call returns normally. False when the calling body is
 * not a deferred function that a panic called, or has recovered already. */
bool csp_recover(struct csp_value *value);

#endif
