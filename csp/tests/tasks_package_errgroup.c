/* errgroup: the cases of its errgroup_test.go; and the monitor goroutine. */
#include "tasks_package_context.h"

#include "check.h"
#include "said.h"
#include <core/sanitize.h>
#include <csp.h>
#include <csp/errgroup.h>
#include <csp/monitor.h>
#include <stdatomic.h>

static const struct csp_error err1 = {.text = "errgroup_test: 1"};
static const struct csp_error err2 = {.text = "errgroup_test: 2"};

static const char *text_of(const struct csp_error *error)
{
    return error == NULL ? "nil" : error->text;
}

/* Returns what it is given: NULL, or an error. */
static const struct csp_error *return_it(void *argument)
{
    return argument;
}

static void go_return(struct csp_errgroup *group, const struct csp_error *error)
{
    csp_errgroup_go(group, return_it, (void *)(uintptr_t)error); /* only read */
}

/* TestZeroGroup: the first error stays. */
void errgroup_zero(void *said)
{
    static const struct csp_error *const cases[][3] = {
        {NULL, NULL, NULL}, {&err1, NULL, NULL}, {&err1, NULL, &err2}};
    for (size_t i = 0; i < 3; i++) {
        struct csp_errgroup group = {.error = NULL};
        for (int j = 0; j < 3; j++) {
            go_return(&group, cases[i][j]);
            say(said, "%s, ", text_of(csp_errgroup_wait(&group)));
        }
        csp_errgroup_free(&group);
    }
}

static const struct csp_error *wait_for_end(void *argument)
{
    csp_recv_from(csp_context_done(argument), NULL);
    return &err2; /* too late to be the first */
}

/* TestWithContext: the first error ends the others, and is the cause. */
void errgroup_with_context(void *said)
{
    for (int fails = 0; fails < 2; fails++) {
        struct csp_errgroup group = {.error = NULL};
        struct csp_context *context =
            csp_errgroup_with_context(&group, csp_context_background());
        if (fails) {
            csp_errgroup_go(&group, wait_for_end, context);
            go_return(&group, &err1);
        } else {
            go_return(&group, NULL);
        }
        const struct csp_error *error = csp_errgroup_wait(&group);
        say(said, "[%s, %s, %s]", text_of(error), text_of(csp_context_err(context)),
            text_of(csp_context_cause(context)));
        csp_errgroup_free(&group);
    }
}

static const struct csp_error *receive_one(void *argument)
{
    csp_recv(argument, NULL);
    return NULL;
}

/* TestTryGo, TestWithoutLimit. */
void errgroup_try_go(void *said)
{
    struct csp_errgroup group = {.error = NULL};
    struct csp_chan *chan = csp_chan_make(0, 0);
    csp_errgroup_set_limit(&group, 3);
    for (int i = 0; i < 5; i++)
        say(said, "%d", csp_errgroup_try_go(&group, receive_one, chan));
    for (int i = 0; i < 3; i++)
        csp_send(chan, NULL);
    csp_errgroup_wait(&group);
    say(said, " then %d", csp_errgroup_try_go(&group, return_it, NULL));
    csp_errgroup_wait(&group);
    csp_errgroup_set_limit(&group, 0);
    say(said, " none %d", csp_errgroup_try_go(&group, return_it, NULL));
    csp_errgroup_set_limit(&group, -1);
    say(said, " any %d", csp_errgroup_try_go(&group, return_it, NULL));
    say(said, " %s", text_of(csp_errgroup_wait(&group)));
    csp_errgroup_free(&group);
}

static const struct csp_error *exit_it(void *argument)
{
    (void)argument;
    csp_goexit();
}

/* A member that calls csp_goexit has left the group, without an error. */
void errgroup_goexit(void *said)
{
    struct csp_errgroup group = {.error = NULL};
    csp_errgroup_set_limit(&group, 1);
    for (int i = 0; i < 3; i++)
        csp_errgroup_go(&group, exit_it, NULL);
    say(said, "%s", text_of(csp_errgroup_wait(&group)));
    csp_errgroup_free(&group);
}

struct crowd {
    _Atomic int active, most, all;
};

static const struct csp_error *be_active(void *argument)
{
    struct crowd *crowd = argument;
    /* relaxed: counts */
    int active = atomic_fetch_add_explicit(&crowd->active, 1, memory_order_relaxed) + 1;
    int most = atomic_load_explicit(&crowd->most, memory_order_relaxed);
    while (active > most && /* relaxed: as above */
           !atomic_compare_exchange_weak_explicit(
               &crowd->most, &most, active, memory_order_relaxed, memory_order_relaxed))
        continue;
    csp_gosched();
    /* relaxed: as above */
    atomic_fetch_add_explicit(&crowd->all, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&crowd->active, 1, memory_order_relaxed);
    return NULL;
}

/* TestGoLimit. */
void errgroup_limit(void *said)
{
    enum { LIMIT = 10, TIMES = CORE_SANITIZED ? 100 : 1000 };
    struct csp_errgroup group = {.error = NULL};
    struct crowd crowd = {.all = 0};
    csp_errgroup_set_limit(&group, LIMIT);
    for (int i = 0; i < TIMES; i++)
        csp_errgroup_go(&group, be_active, &crowd);
    csp_errgroup_wait(&group);
    /* relaxed: all have ended */
    say(said, "all %d too many %d",
        atomic_load_explicit(&crowd.all, memory_order_relaxed) == TIMES,
        atomic_load_explicit(&crowd.most, memory_order_relaxed) > LIMIT);
    csp_errgroup_free(&group);
}

struct pipeline {
    struct csp_context *context;
    struct csp_chan *numbers, *squares; /* of int */
};

/* Sends, or gives up because another one failed. */
static const struct csp_error *produce(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct csp_error *error = NULL;
    for (int i = 0; i < 100 && error == NULL; i++) {
        struct csp_case cases[] = {
            {CSP_SEND, pipeline->numbers, &i, false},
            csp_case_recv(csp_context_done(pipeline->context), NULL)};
        if (csp_select(cases, 2) == 1)
            error = csp_context_err(pipeline->context);
    }
    csp_close(pipeline->numbers);
    return error;
}

static const struct csp_error *square_or_fail(void *argument)
{
    struct pipeline *pipeline = argument;
    int number = 0;
    while (csp_recv(pipeline->numbers, &number)) {
        if (number == 50)
            return &err1;
        int square = number * number;
        csp_send(pipeline->squares, &square);
    }
    return NULL;
}

/* ExampleGroup_pipeline: a stage that fails ends the one before it. */
void errgroup_pipeline(void *said)
{
    struct csp_errgroup group = {.error = NULL};
    struct pipeline pipeline = {.numbers = csp_chan_make(sizeof(int), 0),
                                .squares = csp_chan_make(sizeof(int), 100)};
    pipeline.context = csp_errgroup_with_context(&group, csp_context_background());
    csp_errgroup_go(&group, produce, &pipeline);
    csp_errgroup_go(&group, square_or_fail, &pipeline);
    say(said, "%s", text_of(csp_errgroup_wait(&group)));
    say(said, " squares %zu", csp_len(pipeline.squares));
    csp_errgroup_free(&group);
}

/* --- Monitor ------------------------------------------------------------------- */

struct account {
    long balance;
    bool inside;
};

struct payment {
    long amount;
    bool accepted; /* the answer */
};

static void pay(void *state, void *argument)
{
    struct account *account = state;
    struct payment *payment = argument;
    CHECK(!account->inside);
    account->inside = true;
    payment->accepted = account->balance >= payment->amount;
    if (payment->accepted)
        account->balance -= payment->amount;
    csp_gosched(); /* nobody comes in between */
    account->inside = false;
}

void monitor_owns(void *said)
{
    struct account account = {.balance = 100};
    struct csp_monitor *bank = csp_monitor_start(&account);
    struct payment payments[] = {{60, false}, {60, false}, {40, false}};
    for (int i = 0; i < 3; i++) {
        csp_monitor_call(bank, pay, &payments[i]);
        say(said, "%d", payments[i].accepted);
    }
    struct payment last = {-7, false};
    csp_monitor_post(bank, pay, &last);
    csp_monitor_stop(bank);
    say(said, " balance %ld", account.balance);
}

struct customer {
    struct csp_monitor *bank;
    struct csp_waitgroup *group;
};

enum { CUSTOMERS = 10, PAYMENTS = CORE_SANITIZED ? 20 : 100 };

static void spend(void *argument)
{
    struct customer *customer = argument;
    for (int i = 0; i < PAYMENTS; i++) {
        struct payment payment = {i % 2 == 0 ? 3 : -1, false};
        csp_monitor_call(customer->bank, pay, &payment);
        CHECK(payment.accepted);
    }
    csp_waitgroup_done(customer->group);
}

/* The workers of the article: the monitor is the only one that writes. */
void monitor_of_workers(void *said)
{
    struct account account = {.balance = CUSTOMERS * PAYMENTS * 3};
    struct csp_waitgroup group = {{0}};
    struct customer customer = {csp_monitor_start(&account), &group};
    csp_waitgroup_add(&group, CUSTOMERS);
    for (int i = 0; i < CUSTOMERS; i++)
        csp_go(spend, &customer);
    csp_waitgroup_wait(&group);
    csp_monitor_stop(customer.bank);
    say(said, "kept %d", account.balance == CUSTOMERS * PAYMENTS * 2);
}
