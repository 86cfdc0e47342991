/* The abnormal ends of a run, in Go's words (panic.go, signal_unix.go, proc.go
 * checkdead).
 *
 * Nothing is printed on a goroutine's stack, which may be nearly used up: the goroutine
 * says what happened and leaves; its worker prints.
 */
#include "defer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

enum { FIRST_PAGE = 4096, GOROUTINES_SHOWN = 100 };

const char CSP_NIL_POINTER[] =
    "runtime error: invalid memory address or nil pointer dereference";

_Noreturn static void fail(struct csp_worker *worker, const struct csp_failure *failure)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    worker->failure = *failure;
    worker->end = END_FAIL;
    core_context_switch(&goroutine->context, &worker->main);
    assert(false && "a failed goroutine was resumed");
    __builtin_unreachable();
}

void csp_fail_fatal(struct csp_worker *worker, const char *text)
{
    fail(worker, &(struct csp_failure){.text = text});
}

void csp_fail_unrecovered(struct csp_worker *worker, const struct csp_panic *panic)
{
    fail(worker, &(struct csp_failure){.panic = panic});
}

/* What Go's sigpanic makes of a fault: those that stand for a mistake that Go defines are
 * panics, the others, and a stack that is used up, are fatal. */
void csp_fail_fault(struct csp_worker *worker, const struct core_fault *fault)
{
    struct csp_failure fatal = {.text = "fault", .fault = *fault};
    if (fault->overflow)
        fatal.text = "stack overflow";
    else if (fault->signal == SIGFPE)
        csp_fail_signal(worker,
                        fault->code == FPE_INTDIV
                            ? "runtime error: integer divide by zero"
                            : "runtime error: floating point error",
                        fault);
    else if (fault->signal == SIGSEGV && (uintptr_t)fault->address < FIRST_PAGE)
        csp_fail_signal(worker, CSP_NIL_POINTER, fault);
    else if (fault->signal == SIGILL)
        fatal.text = "illegal instruction";
    else
        fatal.unexpected = true;
    fail(worker, &fatal);
}

static const char *signal_text(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return "SIGSEGV: segmentation violation";
    case SIGBUS:
        return "SIGBUS: bus error";
    case SIGFPE:
        return "SIGFPE: floating-point exception";
    default:
        return "SIGILL: illegal instruction";
    }
}

static void print_signal(const struct core_fault *fault)
{
    fprintf(stderr, "[signal %s code=%#x addr=0x%" PRIxPTR " pc=0x%" PRIxPTR "]\n",
            signal_text(fault->signal), (unsigned)fault->code, (uintptr_t)fault->address,
            (uintptr_t)fault->where);
}

static void print_value(const struct csp_value *value)
{
    switch (value->kind) {
    case CSP_STRING:
    case CSP_ERROR:
    case CSP_RUNTIME_ERROR:
        fputs(value->text, stderr);
        break;
    case CSP_INT:
        fprintf(stderr, "%" PRId64, value->number);
        break;
    case CSP_POINTER:
        fprintf(stderr, "(%s) 0x%" PRIxPTR, value->text ? value->text : "unsafe.Pointer",
                (uintptr_t)value->pointer);
        break;
    }
}

/* The oldest first, which is the last in the list (Go's printpanics). */
static void print_panics(const struct csp_panic *newest)
{
    const struct csp_panic *until = NULL;
    while (until != newest) {
        const struct csp_panic *panic = newest;
        while (panic->link != until)
            panic = panic->link;
        if (panic->link != NULL && panic->link->goexit == NULL)
            fputc('\t', stderr);
        if (panic->goexit == NULL) {
            fputs("panic: ", stderr);
            print_value(&panic->value);
            fputs(panic->recovered ? " [recovered]\n" : "\n", stderr);
        }
        until = panic;
    }
}

static const struct core_fault *fault_of(const struct csp_failure *failure)
{
    for (const struct csp_panic *panic = failure->panic; panic; panic = panic->link)
        if (panic->fault.signal != 0)
            return &panic->fault;
    return &failure->fault;
}

void csp_report_failure(struct csp_worker *worker, const struct csp_goroutine *goroutine)
{
    const struct csp_failure *failure = &worker->failure;
    const struct core_fault *fault = fault_of(failure);
    if (fault->overflow)
        fprintf(stderr, "runtime: goroutine stack exceeds %zu-byte limit\n",
                worker->csp->stacks.stack_bytes);
    if (failure->unexpected)
        fprintf(stderr, "unexpected fault address %#" PRIxPTR "\n",
                (uintptr_t)fault->address);
    if (failure->panic != NULL)
        print_panics(failure->panic);
    else
        fprintf(stderr, "fatal error: %s\n", failure->text);
    if (fault->signal != 0 && !fault->overflow)
        print_signal(fault);
    csp_print_goroutine(worker->csp, stderr, goroutine);
    if (failure->panic == NULL) /* as Go: after a panic it is alone */
        csp_print_goroutines(worker->csp, stderr, goroutine, GOROUTINES_SHOWN);
}

static size_t count_waiting(const struct csp *csp)
{
    size_t count = 0;
    for (const struct csp_goroutine_chunk *chunk = csp->chunks; chunk;
         chunk = chunk->next)
        for (int i = 0; i < CSP_GOROUTINE_CHUNK; i++)
            count += csp_state(&chunk->goroutines[i]) == G_WAITING;
    return count;
}

void csp_report_deadlock(struct csp *csp)
{
    size_t count = count_waiting(csp);
    fprintf(stderr, "fatal error: %s - deadlock!\n",
            count == 0 ? "no goroutines (main called runtime.Goexit)"
                       : "all goroutines are asleep");
    csp_print_goroutines(csp, stderr, NULL, GOROUTINES_SHOWN);
}
