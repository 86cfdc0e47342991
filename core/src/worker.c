/* The owner of the process's signals. See worker.h for what the signals do.
 *
 * Invariants
 *  1. The handlers act only on the worker of their own thread, found through the
 * thread-local pointer, so a signal that comes late, for a worker that is gone, does
 * nothing.
 *  2. A call is planted only where the interrupted instruction lies in task code. Task
 * code holds no lock, no thread-local address and no runtime state, so the task may be
 * stopped there and resumed on another worker.
 *  3. The handlers change nothing but the worker's own fields, the interrupted registers
 * and the task's stack below its red zone.
 */
#include <core/context.h>
#include <core/worker.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define TICK_SIGNAL \
    SIGURG /* ignored by default: one that comes after the end is harmless */
#define RED_ZONE 128
#define SIGNAL_STACK_EXTRA 65536
#define PLANT_RESERVE \
    (CORE_STACK_RESERVE + 2048) /* trampoline, hook, a signal's own frame */

/* Borders of the task code section; absent in a program that has none. */
extern char __start_quartet_task[] __attribute__((weak, visibility("hidden")));
extern char __stop_quartet_task[] __attribute__((weak, visibility("hidden")));

/* Filled once under the owner's mutex, before the first tick; read by the trampoline. */
struct core_xsave {
    uint64_t bytes;
    uint32_t mask;
    uint32_t compact;
};
extern struct core_xsave core_xsave;
struct core_xsave core_xsave;

/* On aarch64 the compilers' trap is a breakpoint. */
#if defined(__aarch64__)
static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
#else
static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#endif
enum { FAULT_SIGNALS = sizeof fault_signals / sizeof *fault_signals };

/* The one owner of the process's signals (design: the exception to "no mutable globals").
 */
static struct {
    pthread_mutex_t mutex;
    unsigned workers;
    struct sigaction old_tick;
    struct sigaction old_fault[FAULT_SIGNALS];
} owner = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct core_worker *current_worker;

__attribute__((noinline)) struct core_worker *core_worker_self(void)
{
    /* The statement keeps the compiler from treating this function as a constant. */
    __asm__ volatile("" ::: "memory");
    return current_worker;
}

static bool in_task_code(uintptr_t address)
{
    return address >= (uintptr_t)__start_quartet_task &&
           address < (uintptr_t)__stop_quartet_task;
}

/* --- what the machine can save ------------------------------------------------- */

#if defined(__x86_64__)
#define XSAVE_STATES \
    0xe7U /* x87, SSE, AVX, AVX-512; not AMX tiles, not protection keys */

static void probe_xsave(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return;
    unsigned enabled, high;
    __asm__ volatile("xgetbv" : "=a"(enabled), "=d"(high) : "c"(0));
    core_xsave.mask = enabled & XSAVE_STATES;
    __get_cpuid_count(0xd, 1, &a, &b, &c, &d);
    core_xsave.compact = (a >> 1) & 1;
    /* The uncompacted size of all states that the system enabled bounds both forms. */
    __get_cpuid_count(0xd, 0, &a, &b, &c, &d);
    core_xsave.bytes = b;
}

bool core_preempt_plants(void)
{
    return !CORE_TSAN && core_xsave.bytes != 0;
}
#else
static void probe_xsave(void)
{
}

bool core_preempt_plants(void)
{
    return false;
}
#endif

/* --- planting calls ------------------------------------------------------------ */

#if defined(__x86_64__)
void core_preempt_trampoline(void);

static uintptr_t context_ip(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

static uintptr_t context_sp(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
}

CORE_NO_ASAN static void plant_call(ucontext_t *context, void (*function)(void))
{
    uintptr_t sp = context_sp(context) - RED_ZONE - sizeof(uintptr_t);
    *(uintptr_t *)sp = context_ip(context); // NOLINT(performance-no-int-to-ptr)
    context->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)function;
}

/* Goes on in function() at `sp`, as if it had been called there by nobody. */
CORE_NO_ASAN static void land(ucontext_t *context, uintptr_t sp, void (*function)(void))
{
    sp = (sp & ~(uintptr_t)15) - sizeof(uintptr_t);
    *(uintptr_t *)sp = 0; // NOLINT(performance-no-int-to-ptr)
    context->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)function;
}

/* A call of a bad function pointer faults at its target; the caller is on the stack. */
CORE_NO_ASAN static uintptr_t guilty_ip(const ucontext_t *context, const siginfo_t *info,
                                        const struct core_stack *stack)
{
    uintptr_t ip = context_ip(context), sp = context_sp(context);
    bool fetch = ip == (uintptr_t)info->si_addr;
    bool readable =
        sp >= (uintptr_t)stack->bottom && sp < (uintptr_t)stack->bottom + stack->size;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return fetch && readable && !in_task_code(ip) ? *(const uintptr_t *)sp : ip;
}
#elif defined(__aarch64__)
static uintptr_t context_ip(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.pc;
}

static uintptr_t context_sp(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.sp;
}

static void land(ucontext_t *context, uintptr_t sp, void (*function)(void))
{
    context->uc_mcontext.sp = sp & ~(uintptr_t)15;
    context->uc_mcontext.regs[30] = 0;
    context->uc_mcontext.pc = (uintptr_t)function;
}

static uintptr_t guilty_ip(const ucontext_t *context, const siginfo_t *info,
                           const struct core_stack *stack)
{
    (void)stack;
    uintptr_t ip = context_ip(context);
    return ip == (uintptr_t)info->si_addr && !in_task_code(ip)
               ? (uintptr_t)context->uc_mcontext.regs[30]
               : ip;
}
#endif

static struct core_stack *running_stack(const struct core_worker *worker)
{
    struct core_stack *const *stack = worker->stack;
    return stack == NULL ? NULL : *stack;
}

/* --- the tick ------------------------------------------------------------------ */

#if defined(__x86_64__)
static void plant_yield(struct core_worker *worker, ucontext_t *context)
{
    struct core_stack *stack = running_stack(worker);
    if (!core_preempt_plants() || stack == NULL || worker->nopreempt > 0 ||
        !in_task_code(context_ip(context)))
        return;
    uintptr_t need = RED_ZONE + core_xsave.bytes + PLANT_RESERVE;
    if (context_sp(context) < (uintptr_t)stack->bottom + need)
        return;
    worker->planted++;
    plant_call(context, core_preempt_trampoline);
}
#else
static void plant_yield(struct core_worker *worker, ucontext_t *context)
{
    (void)worker, (void)context;
}
#endif

static void on_tick(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    int saved_errno = errno;
    struct core_worker *worker = core_worker_self();
    if (worker != NULL && worker->hooks->tick(worker)) {
        core_store_relaxed(&worker->preempt, true); /* a hint to the same thread */
        plant_yield(worker, context);
    }
    errno = saved_errno;
}

/* The trampoline's C half, on the task's stack. */
void core_preempt_land(void);
void core_preempt_land(void)
{
    struct core_worker *worker = core_worker_self();
    assert(worker != NULL && worker->stack != NULL);
    worker->hooks->yield(worker);
}

/* --- faults -------------------------------------------------------------------- */

static void fault_land(void)
{
    struct core_worker *worker = core_worker_self();
    struct core_fault fault = worker->fault_info;
    worker->nopreempt = 0; /* a callback into task code may have been what failed */
    worker->hooks->fault(worker, &fault);
    abort(); /* the hook must not return */
}

/* The fault is the running task's own: sends it to the hook. False: it is not. */
static bool fault_of_task(struct core_worker *worker, int signal, const siginfo_t *info,
                          ucontext_t *context)
{
    struct core_stack *stack = worker != NULL ? running_stack(worker) : NULL;
    if (stack == NULL)
        return false;
    uintptr_t where = guilty_ip(context, info, stack);
    if (!in_task_code(where))
        return false;
    uintptr_t sp = context_sp(context), bottom = (uintptr_t)stack->bottom;
    bool overflow = core_stack_in_guard(stack, info->si_addr) ||
                    sp < bottom + CORE_STACK_RESERVE || sp > bottom + stack->size;
    worker->fault_info = (struct core_fault){
        .signal = signal,
        .code = info->si_code,
        .address = info->si_addr,
        .where = (void *)where, // NOLINT(performance-no-int-to-ptr)
        .overflow = overflow,
    };
    land(context, overflow ? bottom + stack->size : sp - RED_ZONE, fault_land);
    return true;
}

/* Only what a signal handler may do: no stdio. */
static void say_fatal(int signal, const siginfo_t *info, const ucontext_t *context)
{
    char line[160];
    int n =
        snprintf(line, sizeof line,
                 "quartet: fatal: signal %d at %p, instruction %p, outside task code\n",
                 signal, info->si_addr,
                 (void *)context_ip(context)); // NOLINT(performance-no-int-to-ptr)
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return;
}

static void pass_on(int signal, siginfo_t *info, void *context)
{
    for (int i = 0; i < FAULT_SIGNALS; i++) {
        struct sigaction *old = &owner.old_fault[i];
        if (fault_signals[i] != signal)
            continue;
        if (old->sa_flags & SA_SIGINFO) {
            old->sa_sigaction(signal, info, context);
        } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
            old->sa_handler(signal);
        } else {
            /* Going back executes the instruction again, now with the default action. */
            sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
            if (info->si_code <= 0)
                raise(signal); /* sent, not caused: it would not come again by itself */
        }
    }
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    struct core_worker *worker = core_worker_self();
    /* A fault signal that somebody sent (kill) is nobody's fault here. */
    if (info->si_code > 0 && fault_of_task(worker, signal, info, context))
        return;
    if (worker != NULL)
        say_fatal(signal, info, context);
    pass_on(signal, info, context);
}

void core_stack_exhausted(struct core_worker *worker)
{
    struct core_stack *stack = running_stack(worker);
    worker->fault_info = (struct core_fault){
        .signal = SIGSEGV,
        .address = __builtin_frame_address(0),
        .where = __builtin_return_address(0),
        .overflow = true,
    };
    core_abandon(stack->bottom + stack->size, fault_land);
}

static const char *fault_name(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return "segmentation fault";
    case SIGBUS:
        return "bus error";
    case SIGFPE:
        return "arithmetic fault";
    case SIGTRAP:
        return "trap";
    default:
        return "illegal instruction";
    }
}

int core_fault_text(const struct core_fault *fault, char *into, size_t room)
{
    if (fault->overflow)
        return snprintf(into, room, "stack overflow");
    if (fault->signal == SIGFPE && fault->code == FPE_INTDIV)
        return snprintf(into, room, "integer division by zero");
    return snprintf(into, room, "%s at %p", fault_name(fault->signal), fault->address);
}

/* --- coming and going ---------------------------------------------------------- */

static void own_signals(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    pthread_mutex_lock(&owner.mutex);
    if (owner.workers++ == 0) {
        probe_xsave();
        sigemptyset(&action.sa_mask);
        action.sa_sigaction = on_tick;
        sigaction(TICK_SIGNAL, &action, &owner.old_tick);
        action.sa_sigaction = on_fault;
        sigaddset(&action.sa_mask, TICK_SIGNAL);
        for (int i = 0; i < FAULT_SIGNALS; i++)
            sigaction(fault_signals[i], &action, &owner.old_fault[i]);
    }
    pthread_mutex_unlock(&owner.mutex);
}

static void disown_signals(void)
{
    pthread_mutex_lock(&owner.mutex);
    assert(owner.workers > 0);
    if (--owner.workers == 0) {
        sigaction(TICK_SIGNAL, &owner.old_tick, NULL);
        for (int i = 0; i < FAULT_SIGNALS; i++)
            sigaction(fault_signals[i], &owner.old_fault[i], NULL);
    }
    pthread_mutex_unlock(&owner.mutex);
}

/* The handlers need a stack of their own: the task's may be used up. */
static int take_signal_stack(struct core_worker *worker)
{
    long least = sysconf(_SC_MINSIGSTKSZ);
    size_t bytes = (least > 0 ? (size_t)least : 0) + SIGNAL_STACK_EXTRA;
    worker->signal_stack =
        core_fails(worker->seams, CORE_FAIL_MEMORY) ? NULL : malloc(bytes);
    if (worker->signal_stack == NULL)
        return -ENOMEM;
    stack_t stack = {.ss_sp = worker->signal_stack, .ss_size = bytes};
    return sigaltstack(&stack, NULL) == 0 ? 0 : -errno;
}

static int create_timer(struct core_worker *worker)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TICK_SIGNAL};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    if (core_fails(worker->seams, CORE_FAIL_TIMER))
        return -EAGAIN;
    if (timer_create(CLOCK_MONOTONIC, &event, &worker->timer) != 0)
        return -errno;
    worker->has_timer = true;
    return 0;
}

static void allow_tick(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, TICK_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int core_worker_enter(struct core_worker *worker, uint64_t tick_ns)
{
    assert(current_worker == NULL && "a thread is one worker at a time");
    int rc = take_signal_stack(worker);
    worker->tick_ns = tick_ns;
    if (rc == 0 && tick_ns > 0)
        rc = create_timer(worker);
    if (rc != 0) {
        stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
        free(worker->signal_stack);
        return rc;
    }
    own_signals();
    current_worker = worker;
    allow_tick();
    return 0;
}

void core_worker_exit(struct core_worker *worker)
{
    assert(current_worker == worker);
    if (worker->has_timer)
        timer_delete(worker->timer);
    worker->has_timer = false;
    current_worker = NULL;
    disown_signals();
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(worker->signal_stack);
}

static void set_timer(struct core_worker *worker, uint64_t period_ns)
{
    struct timespec period = {.tv_sec = (time_t)(period_ns / UINT64_C(1000000000)),
                              .tv_nsec = (long)(period_ns % UINT64_C(1000000000))};
    struct itimerspec spec = {.it_interval = period, .it_value = period};
    timer_settime(worker->timer, 0, &spec, NULL);
}

void core_worker_arm(struct core_worker *worker)
{
    if (worker->has_timer && !worker->armed)
        set_timer(worker, worker->tick_ns);
    worker->armed = true;
}

void core_worker_disarm(struct core_worker *worker)
{
    if (worker->has_timer && worker->armed)
        set_timer(worker, 0);
    worker->armed = false;
}
