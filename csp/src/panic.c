/* The abnormal ends of a run, in Go's words (panic.go, signal_unix.go, proc.go
 * checkdead).
 *
 * Nothing is printed on a goroutine's stack, which may be nearly used up: the goroutine
 * says what happened and leaves; its worker prints.
 */
#include "runtime.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

enum { FIRST_PAGE = 4096, GOROUTINES_SHOWN = 100 };

_Noreturn static void fail(struct csp_worker *worker, const struct csp_failure *failure)
{
    struct csp_goroutine *goroutine = csp_running(worker);
    worker->failure = *failure;
    worker->end = END_FAIL;
    core_context_switch(&goroutine->context, &worker->main);
    assert(false && "a failed goroutine was resumed");
    __builtin_unreachable();
}

void csp_fail_panic(struct csp_worker *worker, const char *text)
{
    fail(worker, &(struct csp_failure){.what = "panic", .text = text});
}

void csp_fail_fatal(struct csp_worker *worker, const char *text)
{
    fail(worker, &(struct csp_failure){.what = "fatal error", .text = text});
}

void csp_panic(const char *text)
{
    csp_fail_panic(csp_enter(), text);
}

void csp_fail_fault(struct csp_worker *worker, const struct core_fault *fault)
{
    struct csp_failure failure = {.what = "panic", .fault = *fault};
    if (fault->overflow) {
        failure.what = "fatal error";
        failure.text = "stack overflow";
    } else if (fault->signal == SIGFPE) {
        failure.text = fault->code == FPE_INTDIV ? "runtime error: integer divide by zero"
                                                 : "runtime error: floating point error";
    } else if (fault->signal == SIGSEGV && (uintptr_t)fault->address < FIRST_PAGE) {
        failure.text = "runtime error: invalid memory address or nil pointer dereference";
    } else {
        failure.what = "fatal error";
        failure.text = fault->signal == SIGILL ? "illegal instruction" : "fault";
    }
    fail(worker, &failure);
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

void csp_report_failure(struct csp_worker *worker, const struct csp_goroutine *goroutine)
{
    const struct csp_failure *failure = &worker->failure;
    const struct core_fault *fault = &failure->fault;
    if (fault->overflow)
        fprintf(stderr, "runtime: goroutine stack exceeds %zu-byte limit\n",
                worker->csp->stacks.stack_bytes);
    fprintf(stderr, "%s: %s\n", failure->what, failure->text);
    if (fault->signal != 0 && !fault->overflow)
        fprintf(stderr, "[signal %s code=%#x addr=0x%" PRIxPTR " pc=0x%" PRIxPTR "]\n",
                signal_text(fault->signal), (unsigned)fault->code,
                (uintptr_t)fault->address, (uintptr_t)fault->where);
    fprintf(stderr, "\ngoroutine %" PRIu64 " [running]:\n", goroutine->id);
}

static const char *wait_text(uint8_t wait)
{
    static const char *const texts[] = {
        [WAIT_RECEIVE] = "chan receive", [WAIT_RECEIVE_NIL] = "chan receive (nil chan)",
        [WAIT_SEND] = "chan send",       [WAIT_SEND_NIL] = "chan send (nil chan)",
        [WAIT_SELECT] = "select",        [WAIT_SELECT_NONE] = "select (no cases)",
        [WAIT_SLEEP] = "sleep",          [WAIT_SEMAPHORE] = "semacquire",
    };
    assert(wait < sizeof texts / sizeof *texts);
    return texts[wait];
}

static size_t count_waiting(const struct csp *csp)
{
    size_t count = 0;
    for (const struct csp_goroutine_chunk *chunk = csp->chunks; chunk;
         chunk = chunk->next)
        for (int i = 0; i < CSP_GOROUTINE_CHUNK; i++)
            count += chunk->goroutines[i].state == G_WAITING;
    return count;
}

/* Prints up to GOROUTINES_SHOWN waiting goroutines, main before all others. */
static void print_waiting(const struct csp *csp, size_t count)
{
    size_t shown = 0;
    for (int round = 0; round < 2; round++)
        for (const struct csp_goroutine_chunk *chunk = csp->chunks; chunk;
             chunk = chunk->next)
            for (int i = 0; i < CSP_GOROUTINE_CHUNK; i++) {
                const struct csp_goroutine *goroutine = &chunk->goroutines[i];
                if (goroutine->state != G_WAITING || goroutine->is_main != (round == 0) ||
                    shown == GOROUTINES_SHOWN)
                    continue;
                shown++;
                fprintf(stderr, "\ngoroutine %" PRIu64 " [%s]:\n", goroutine->id,
                        wait_text(goroutine->wait));
            }
    if (count > shown)
        fprintf(stderr, "\n... and %zu more goroutines\n", count - shown);
}

void csp_report_deadlock(struct csp *csp)
{
    size_t count = count_waiting(csp);
    fprintf(stderr, "fatal error: %s - deadlock!\n",
            count == 0 ? "no goroutines (main called runtime.Goexit)"
                       : "all goroutines are asleep");
    print_waiting(csp, count);
}
