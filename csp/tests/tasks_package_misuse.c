/* Misuse: TestMutexMisuse, TestWaitGroupMisuse, TestCondCopy, TestZeroTimer*Panics,
 * Test*LtZeroDuration, TestWithValueChecksKey, TestInvalidDerivedFail, and others. */
#include "tasks_package_misuse.h"

#include <csp.h>
#include <csp/errgroup.h>

#define UNLOCKED "fatal error: sync: unlock of unlocked mutex"
#define WRITE_UNLOCKED "fatal error: sync: Unlock of unlocked RWMutex"
#define READ_UNLOCKED "fatal error: sync: RUnlock of unlocked RWMutex"
#define DEADLOCK "fatal error: all goroutines are asleep - deadlock!"
#define NIL_PARENT "panic: cannot create context from nil parent"

static void mutex_unlock(void *nothing)
{
    struct csp_mutex mutex = {{0}};
    (void)nothing;
    csp_mutex_unlock(&mutex);
}

static void mutex_unlock2(void *nothing)
{
    struct csp_mutex mutex = {{0}};
    (void)nothing;
    csp_mutex_lock(&mutex);
    csp_mutex_unlock(&mutex);
    csp_mutex_unlock(&mutex);
}

static void rwmutex_unlock(void *nothing)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    (void)nothing;
    csp_rwmutex_unlock(&rwmutex);
}

static void rwmutex_unlock2(void *nothing)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    (void)nothing;
    csp_rwmutex_rlock(&rwmutex);
    csp_rwmutex_unlock(&rwmutex);
}

static void rwmutex_unlock3(void *nothing)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    (void)nothing;
    csp_rwmutex_lock(&rwmutex);
    csp_rwmutex_unlock(&rwmutex);
    csp_rwmutex_unlock(&rwmutex);
}

static void rwmutex_runlock(void *nothing)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    (void)nothing;
    csp_rwmutex_runlock(&rwmutex);
}

static void rwmutex_runlock2(void *nothing)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    (void)nothing;
    csp_rwmutex_lock(&rwmutex);
    csp_rwmutex_runlock(&rwmutex);
}

static void rwmutex_runlock3(void *nothing)
{
    struct csp_rwmutex rwmutex = {.fields = {0}};
    (void)nothing;
    csp_rwmutex_rlock(&rwmutex);
    csp_rwmutex_runlock(&rwmutex);
    csp_rwmutex_runlock(&rwmutex);
}

static void waitgroup_negative(void *nothing)
{
    struct csp_waitgroup group = {{0}};
    (void)nothing;
    csp_waitgroup_add(&group, 1);
    csp_waitgroup_done(&group);
    csp_waitgroup_done(&group);
}

static void wait_for_it(void *group)
{
    csp_waitgroup_wait(group);
}

/* Held back by its creator, the waiter has not returned when the group is used again. On
 * one worker. */
static void waitgroup_reused(void *nothing)
{
    struct csp_waitgroup group = {{0}};
    (void)nothing;
    csp_waitgroup_add(&group, 1);
    csp_go(wait_for_it, &group);
    csp_sleep(2000000);
    csp_waitgroup_done(&group);
    csp_waitgroup_add(&group, 1);
    csp_sleep(2000000);
}

static void do_nothing(void *nothing)
{
    (void)nothing;
}

static void do_again(void *once)
{
    csp_once_do(once, do_nothing, NULL);
}

static void once_recursion(void *nothing)
{
    struct csp_once once = {.done = 0};
    (void)nothing;
    csp_once_do(&once, do_again, &once);
}

static void mutex_twice(void *nothing)
{
    struct csp_mutex mutex = {{0}};
    (void)nothing;
    csp_mutex_lock(&mutex);
    csp_mutex_lock(&mutex);
}

static void cond_alone(void *nothing)
{
    struct csp_mutex mutex = {{0}};
    struct csp_cond cond = {.mutex = &mutex};
    (void)nothing;
    csp_mutex_lock(&mutex);
    csp_cond_wait(&cond);
}

static void cond_copy(void *nothing)
{
    struct csp_mutex mutex = {{0}};
    struct csp_cond cond = {.mutex = &mutex};
    (void)nothing;
    csp_cond_signal(&cond);
    struct csp_cond copy = cond;
    csp_cond_signal(&copy);
}

static void timer_reset_nil(void *nothing)
{
    csp_timer_reset(nothing, 1);
}

static void timer_stop_nil(void *nothing)
{
    csp_timer_stop(nothing);
}

static void new_ticker_zero(void *nothing)
{
    (void)nothing;
    csp_ticker_new(0);
}

static void new_ticker_negative(void *nothing)
{
    (void)nothing;
    csp_ticker_new(-1);
}

static void ticker_reset_zero(void *nothing)
{
    (void)nothing;
    csp_ticker_reset(csp_ticker_new(1000000000), 0);
}

static void ticker_reset_nil(void *nothing)
{
    csp_ticker_reset(nothing, 1);
}

static void after_func_nil(void *nothing)
{
    csp_timer_after_func(0, NULL, nothing);
}

static void cancel_of_nil(void *nothing)
{
    csp_context_with_cancel(nothing);
}

static void deadline_of_nil(void *nothing)
{
    csp_context_with_deadline(nothing, csp_now_ns());
}

static void value_of_nil(void *nothing)
{
    static const char key;
    csp_context_with_value(nothing, &key, NULL);
}

static void value_without_key(void *nothing)
{
    csp_context_with_value(csp_context_background(), nothing, NULL);
}

static void cancel_background(void *nothing)
{
    (void)nothing;
    csp_context_cancel(csp_context_background(), NULL);
}

static const struct csp_error *receive_nothing(void *chan)
{
    csp_recv(chan, NULL);
    return NULL;
}

static void errgroup_modify_limit(void *nothing)
{
    struct csp_errgroup group = {.error = NULL};
    (void)nothing;
    csp_errgroup_set_limit(&group, 2);
    csp_errgroup_go(&group, receive_nothing, csp_chan_make(0, 0));
    csp_errgroup_set_limit(&group, 3);
}

static void errgroup_go_nil(void *nothing)
{
    struct csp_errgroup group = {.error = NULL};
    csp_errgroup_go(&group, NULL, nothing);
}

const struct misuse misuses[] = {
    {"Mutex.Unlock", mutex_unlock, UNLOCKED},
    {"Mutex.Unlock2", mutex_unlock2, UNLOCKED},
    {"RWMutex.Unlock", rwmutex_unlock, WRITE_UNLOCKED},
    {"RWMutex.Unlock2", rwmutex_unlock2, WRITE_UNLOCKED},
    {"RWMutex.Unlock3", rwmutex_unlock3, WRITE_UNLOCKED},
    {"RWMutex.RUnlock", rwmutex_runlock, READ_UNLOCKED},
    {"RWMutex.RUnlock2", rwmutex_runlock2, READ_UNLOCKED},
    {"RWMutex.RUnlock3", rwmutex_runlock3, READ_UNLOCKED},
    {"WaitGroupMisuse", waitgroup_negative, "panic: sync: negative WaitGroup counter"},
    {"WaitGroupReused", waitgroup_reused,
     "panic: sync: WaitGroup is reused before previous Wait has returned"},
    {"OnceRecursion", once_recursion, DEADLOCK},
    {"MutexTwice", mutex_twice, DEADLOCK},
    {"CondAlone", cond_alone, DEADLOCK},
    {"CondCopy", cond_copy, "panic: sync.Cond is copied"},
    {"ZeroTimerResetPanics", timer_reset_nil,
     "panic: time: Reset called on uninitialized Timer"},
    {"ZeroTimerStopPanics", timer_stop_nil,
     "panic: time: Stop called on uninitialized Timer"},
    {"NewTickerZeroDuration", new_ticker_zero,
     "panic: non-positive interval for NewTicker"},
    {"NewTickerLtZeroDuration", new_ticker_negative,
     "panic: non-positive interval for NewTicker"},
    {"TickerResetLtZeroDuration", ticker_reset_zero,
     "panic: non-positive interval for Ticker.Reset"},
    {"ZeroTickerReset", ticker_reset_nil,
     "panic: time: Reset called on uninitialized Ticker"},
    {"AfterFuncNil", after_func_nil, "fatal error: go of nil func value"},
    {"InvalidDerivedFail.WithCancel", cancel_of_nil, NIL_PARENT},
    {"InvalidDerivedFail.WithDeadline", deadline_of_nil, NIL_PARENT},
    {"InvalidDerivedFail.WithValue", value_of_nil, NIL_PARENT},
    {"WithValueChecksKey", value_without_key, "panic: nil key"},
    {"CancelBackground", cancel_background,
     "fatal error: csp: cancel of a context without one"},
    {"ErrgroupModifyLimit", errgroup_modify_limit,
     "panic: errgroup: modify limit while 1 goroutines in the group are still active"},
    {"ErrgroupGoNil", errgroup_go_nil, "fatal error: go of nil func value"},
};

const size_t misuses_count = sizeof misuses / sizeof *misuses;
