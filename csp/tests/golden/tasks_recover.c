/* Defer and recover: recover.go, in its order. */
#include "golden.h"

#include <stdio.h>

struct call {
    void (*body)(void *);
    void *argument;
};

static void caught_body(void *argument)
{
    struct call *call = argument;
    csp_defer(golden_catcher, NULL);
    call->body(call->argument);
}

static void caught(void (*body)(void *), void *argument)
{
    csp_call(caught_body, &(struct call){body, argument});
}

static struct csp_chan *closed_chan(void)
{
    struct csp_chan *chan = golden_ints(1);
    csp_close(chan);
    return chan;
}

/* --- defer --------------------------------------------------------------------- */

static void defer_order(void *unused)
{
    static const char *const digits[] = {"0", "1", "2", "3", "4",
                                         "5", "6", "7", "8", "9"};
    (void)unused;
    for (int i = 0; i < 10; i++)
        golden_defer_say(digits[i]);
    puts("body");
}

static void conditional(void *argument)
{
    int n = *(int *)argument;
    golden_defer_say("1");
    if (n > 5) {
        golden_defer_say("2");
        golden_defer_say(n > 8 ? "3" : "4");
    }
    csp_panic("conditional");
}

static void conditional_defers(void *unused)
{
    (void)unused;
    caught(conditional, &(int){8});
}

static void defers_inner(void *unused)
{
    (void)unused;
    golden_defer_say("inner");
    puts("deferred");
}

static void defer_in_deferred(void *unused)
{
    (void)unused;
    golden_defer_say("outer");
    csp_defer(defers_inner, NULL);
    puts("body");
}

static void recovers_in_the_middle(void *unused)
{
    (void)unused;
    golden_defer_say("first deferred");
    csp_defer(golden_catcher, NULL);
    golden_defer_say("last deferred");
    csp_panic("x");
}

static void defer_after_recovery(void *unused)
{
    (void)unused;
    csp_call(recovers_in_the_middle, NULL);
    puts("after");
}

static void defer_nil(void *unused)
{
    (void)unused;
    golden_defer_say("still run");
    csp_defer(NULL, NULL);
}

/* --- recover ------------------------------------------------------------------- */

static void recover_without_panic(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_call(golden_catcher, NULL);
}

static void catches_twice(void *unused)
{
    golden_catcher(unused);
    golden_catcher(unused);
}

static void recover_twice(void *unused)
{
    (void)unused;
    csp_defer(catches_twice, NULL);
    csp_panic("once");
}

static void defers_catch(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
}

static void catches_below(void *unused)
{
    (void)unused;
    csp_call(golden_catcher, NULL);
    csp_call(defers_catch, NULL);
}

static void recover_nested(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(catches_below, NULL);
    csp_panic("direct only");
}

static void catches_inner(void *unused)
{
    (void)unused;
    caught(golden_throws, "inner");
}

static void recover_inner(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(catches_inner, NULL);
    csp_panic("outer");
}

static void aborted_panic(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_throws, "panic2");
    csp_panic("panic1");
}

static void recover_matching(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(defers_catch, NULL);
    csp_panic("panic1");
}

struct level {
    int level, most, wanted;
};

static void handle_level(void *argument)
{
    struct level *at = argument;
    struct csp_value value;
    if (!csp_recover(&value))
        return;
    if (at->level != value.number)
        csp_panic_with(value);
    printf("handled at %d\n", at->level);
}

static void interpreter(void *argument)
{
    struct level *at = argument;
    csp_defer(handle_level, at);
    if (at->level + 1 < at->most)
        csp_call(interpreter, &(struct level){at->level + 1, at->most, at->wanted});
    else
        csp_panic_with((struct csp_value){.kind = CSP_INT, .number = at->wanted});
}

static void repeated_repanics(void *unused)
{
    (void)unused;
    csp_call(interpreter, &(struct level){0, 6, 2});
    csp_call(interpreter, &(struct level){0, 5, 1});
    csp_call(interpreter, &(struct level){0, 6, 3});
}

static void catches_4(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    golden_throws_int(&(int){4});
}

static void issue43921_body(void *unused)
{
    (void)unused;
    csp_defer(golden_nothing, NULL);
    csp_defer(catches_4, NULL);
    golden_throws_int(&(int){1});
}

static void issue43921(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_call(issue43921_body, NULL);
}

static void issue43920_innermost(void *unused)
{
    static int four = 4, five = 5;
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_throws_int, &five);
    csp_call(golden_throws_int, &four);
}

static void issue43920_deferred(void *unused)
{
    static int three = 3;
    (void)unused;
    csp_defer(issue43920_innermost, NULL);
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_throws_int, &three);
}

static void issue43920_body(void *unused)
{
    (void)unused;
    golden_defer_say("step 1");
    golden_throws_int(&(int){1});
}

static void issue43920(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(issue43920_deferred, NULL);
    csp_call(issue43920_body, NULL);
}

static int one = 1, three = 3;

static void issue43941_last(void *unused)
{
    puts("step 14");
    golden_catcher(unused);
}

static void issue43941_deferred(void *unused)
{
    (void)unused;
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_throws_int, &three);
    golden_throws_int(&(int){2});
}

static void issue43941_a1(void *unused)
{
    (void)unused;
    csp_defer(issue43941_deferred, NULL);
    csp_defer(golden_catcher, NULL);
    csp_defer(golden_throws_int, &one);
}

static void issue43941_a(void *unused)
{
    (void)unused;
    csp_call(issue43941_a1, NULL);
    golden_defer_say("step 10");
    golden_defer_say("step 9");
    puts("step 8");
}

static void issue43941_b1(void *unused)
{
    (void)unused;
    golden_defer_say("step 11");
    golden_throws_int(&(int){4});
}

static void issue43941_b(void *unused)
{
    (void)unused;
    golden_defer_say("step 13");
    golden_defer_say("step 12");
    csp_call(issue43941_b1, NULL);
}

static void issue43941(void *unused)
{
    (void)unused;
    csp_defer(issue43941_last, NULL);
    csp_call(issue43941_a, NULL);
    csp_call(issue43941_b, NULL);
}

static void many_recoveries(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++) {
        csp_defer(golden_quiet, NULL);
        csp_defer(golden_throws, "again and again");
    }
    puts("body");
}

/* --- what can be recovered from ------------------------------------------------ */

static void closes(void *chan)
{
    csp_close(chan);
}

static void sends(void *chan)
{
    csp_send(chan, &(int){1});
}

static void selects_closed(void *unused)
{
    struct csp_case send = {.op = CSP_SEND, .chan = closed_chan(), .element = &(int){1}};
    (void)unused;
    csp_select_default(&send, 1);
}

static void makes_bad_chan(void *unused)
{
    (void)unused;
    golden_ints(-1);
}

static void negative_group(void *unused)
{
    struct csp_waitgroup group = {0};
    (void)unused;
    csp_waitgroup_done(&group);
}

static void recoverables(void *unused)
{
    (void)unused;
    caught(golden_throws, "a string");
    caught(golden_throws_int, &(int){42});
    caught(golden_throws_error, "an error");
    caught(golden_dereference, NULL);
    caught(golden_divide, NULL);
    caught(closes, NULL);
    caught(closes, closed_chan());
    caught(sends, closed_chan());
    caught(selects_closed, NULL);
    caught(makes_bad_chan, NULL);
    caught(negative_group, NULL);
}

struct sender {
    struct csp_chan *chan, *done;
};

static void sends_caught(void *argument)
{
    struct sender *sender = argument;
    csp_defer(closes, sender->done);
    csp_defer(golden_catcher, NULL);
    csp_send(sender->chan, &(int){1});
}

static void recover_blocked_sender(void *unused)
{
    struct sender sender = {golden_ints(0), golden_ints(0)};
    (void)unused;
    csp_go(sends_caught, &sender);
    csp_sleep(50 * MS);
    csp_close(sender.chan);
    csp_recv(sender.done, NULL);
}

static void selects_wide(void *unused)
{
    (void)unused;
    struct csp_case cases[7];
    for (int i = 0; i < 7; i++)
        cases[i] = (struct csp_case){
            .op = i < 6 ? CSP_SEND : CSP_RECV, .chan = NULL, .element = &(int){1}};
    cases[5].chan = closed_chan();
    csp_select(cases, 7);
}

static void recover_wide_select(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        caught(selects_wide, NULL);
}

const struct golden_case golden_recovers[] = {
    {"defer_order", defer_order},
    {"TestConditionalDefers", conditional_defers},
    {"defer_in_deferred", defer_in_deferred},
    {"defer_after_recovery", defer_after_recovery},
    {"defer_nil", defer_nil},
    {"recover_without_panic", recover_without_panic},
    {"recover_twice", recover_twice},
    {"recover_nested", recover_nested},
    {"recover_inner", recover_inner},
    {"TestAbortedPanic", aborted_panic},
    {"TestRecoverMatching", recover_matching},
    {"TestDeferWithRepeatedRepanics", repeated_repanics},
    {"TestIssue43921", issue43921},
    {"TestIssue43920", issue43920},
    {"TestIssue43941", issue43941},
    {"many_recoveries", many_recoveries},
    {"recoverables", recoverables},
    {"recover_blocked_sender", recover_blocked_sender},
    {"recover_wide_select", recover_wide_select},
    {"", NULL},
};
