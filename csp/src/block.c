/* Native calls that block (Go's cgo and entersyscallblock).
 *
 * The caller parks; its worker gives it to an extra worker, as it gives it a goroutine
 * that locks itself to a thread (locked.c). That one finds it waiting instead of
 * runnable: it calls the function on its own stack, frees itself, and makes the goroutine
 * ready, which goes on with the others. An extra worker with a call to do is not idle, so
 * there is no deadlock meanwhile.
 */
#include "defer.h"

#include <csp/net.h>

void csp_native_run(struct csp_worker *worker, struct csp_goroutine *goroutine)
{
    struct csp_native *native = &goroutine->extra->native;
    struct csp *csp = worker->csp;
    assert(csp_state(goroutine) == G_WAITING && native->function != NULL);
    core_lock_take(&csp->lock);
    bool goes_on = csp->state == CSP_RUNNING;
    csp->in_native += goes_on;
    core_lock_give(&csp->lock);
    if (!goes_on) /* and its goroutine never will */
        return;
    core_worker_disarm(&worker->core); /* or each tick would interrupt it (EINTR) */
    native->result = native->function(native->argument);
    core_worker_arm(&worker->core);
    core_lock_take(&csp->lock);
    assert(csp->in_native > 0);
    csp->in_native--;
    core_lock_give(&csp->lock);
}

/* On the worker's stack. */
static void begin_native(struct csp_goroutine *goroutine)
{
    struct csp_worker *worker = csp_here();
    if (worker->is_extra || worker->csp->seeded) { /* the thread is the caller's */
        csp_native_run(worker, goroutine);
        csp_ready(worker, goroutine);
    } else {
        csp_bound_give(worker->csp, goroutine);
    }
}

int64_t csp_block(int64_t (*function)(void *), void *argument)
{
    struct csp_worker *worker = csp_enter();
    struct csp_goroutine *goroutine = csp_running(worker);
    if (function == NULL)
        csp_fail_error(worker, CSP_NIL_POINTER);
    struct csp_extra *own = csp_need_extra(worker);
    own->native = (struct csp_native){.function = function, .argument = argument};
    if (!worker->is_extra && !worker->csp->seeded)
        own->thread = csp_bound_begin(worker, goroutine);
    csp_park(worker, WAIT_SYSCALL, begin_native);
    return own->native.result;
}
