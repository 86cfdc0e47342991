/* Panics that nobody recovers from: panics.go, in its order. */
#include "golden.h"

#include <stdio.h>

static void string_panic(void *unused)
{
    (void)unused;
    csp_panic("important string message");
}

static void panic_lines(void *unused)
{
    (void)unused;
    csp_panic("two\nlines");
}

static void panic_int(void *unused)
{
    (void)unused;
    golden_throws_int(&(int){-42});
}

static void panic_error(void *unused)
{
    (void)unused;
    golden_throws_error("an error");
}

static void main_goroutine_id(void *unused)
{
    (void)unused;
    csp_panic("test");
}

static void panic_close_nil(void *unused)
{
    (void)unused;
    csp_close(NULL);
}

static void panic_deferred(void *unused)
{
    (void)unused;
    csp_defer(golden_throws, "second");
    csp_panic("first");
}

static void panics_again(void *unused)
{
    struct csp_value value;
    (void)unused;
    if (csp_recover(&value))
        csp_panic_with(value);
}

static void repanic(void *unused)
{
    (void)unused;
    csp_defer(panics_again, NULL);
    csp_panic("first");
}

static void wraps(void *unused)
{
    static char text[32];
    struct csp_value value;
    (void)unused;
    if (csp_recover(&value)) {
        snprintf(text, sizeof text, "wrap: %s", value.text);
        csp_panic(text);
    }
}

static void panics_bad(void *unused)
{
    (void)unused;
    csp_defer(wraps, NULL);
    csp_panic("bad");
}

static void catches_called(void *body)
{
    csp_defer(golden_catcher, NULL);
    csp_call(*(void (**)(void *))body, NULL);
}

static void recursive_panic(void *unused)
{
    void (*body)(void *) = panics_bad;
    (void)unused;
    csp_call(catches_called, &body);
    csp_panic("again");
}

static void panics_after_catch(void *unused)
{
    (void)unused;
    csp_defer(golden_throws, "second");
    csp_defer(golden_catcher, NULL);
    csp_panic("first panic");
}

static void recursive_panic_2(void *unused)
{
    void (*body)(void *) = panics_after_catch;
    (void)unused;
    csp_call(catches_called, &body);
    csp_panic("third panic");
}

static void panics_quietly(void *unused)
{
    (void)unused;
    csp_defer(golden_quiet, NULL);
    csp_panic("second panic");
}

static void recursive_panic_3(void *unused)
{
    (void)unused;
    csp_defer(panics_quietly, NULL);
    csp_panic("first panic");
}

static void recovers_and_panics(void *unused)
{
    (void)unused;
    csp_recover(NULL);
    csp_panic("second panic");
}

static void recursive_panic_4(void *unused)
{
    (void)unused;
    csp_defer(recovers_and_panics, NULL);
    csp_panic("first panic");
}

static void catches_and_panics(void *unused)
{
    golden_catcher(unused);
    csp_panic("second panic");
}

static void recursive_5_three(void *unused)
{
    (void)unused;
    csp_defer(golden_nothing, NULL);
    csp_defer(golden_catcher, NULL);
    csp_defer(catches_and_panics, NULL);
    csp_panic("first panic");
}

static void recursive_5_two(void *unused)
{
    (void)unused;
    csp_defer(golden_nothing, NULL);
    csp_call(recursive_5_three, NULL);
}

static void recursive_panic_5(void *unused)
{
    (void)unused;
    csp_call(recursive_5_two, NULL);
    csp_panic("third panic");
}

static void pt2(void *unused)
{
    (void)unused;
    csp_defer(golden_throws, "panic pt2");
    csp_panic("hello");
}

static void panic_traceback(void *unused)
{
    (void)unused;
    csp_defer(golden_throws, "panic pt1");
    csp_call(pt2, NULL);
}

static void signal_repanicked(void *unused)
{
    csp_defer(panics_again, NULL);
    golden_dereference(unused);
}

static void fault_address(void *unused)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    volatile int *wild = (volatile int *)(uintptr_t)0x123456;
    (void)unused;
    csp_defer(golden_quiet, NULL);
    *wild = 1;
}

static void yields_much(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        csp_gosched();
    csp_sleep(50 * MS);
    puts("deferred");
}

static void panic_gosched(void *unused)
{
    (void)unused;
    csp_go(golden_say, "beside");
    csp_defer(yields_much, NULL);
    csp_panic("boom");
}

static void panic_child(void *unused)
{
    csp_go(golden_throws, "boom");
    golden_blocks(unused);
}

const struct golden_case golden_panics[] = {
    {"StringPanic", string_panic},
    {"panic_lines", panic_lines},
    {"panic_int", panic_int},
    {"panic_error", panic_error},
    {"MainGoroutineID", main_goroutine_id},
    {"panic_nil_pointer", golden_dereference},
    {"panic_divide", golden_divide},
    {"panic_close_nil", panic_close_nil},
    {"panic_deferred", panic_deferred},
    {"repanic", repanic},
    {"RecursivePanic", recursive_panic},
    {"RecursivePanic2", recursive_panic_2},
    {"RecursivePanic3", recursive_panic_3},
    {"RecursivePanic4", recursive_panic_4},
    {"RecursivePanic5", recursive_panic_5},
    {"PanicTraceback", panic_traceback},
    {"signal_repanicked", signal_repanicked},
    {"fault_address", fault_address},
    {"GoschedInPanic", panic_gosched},
    {"panic_child", panic_child},
    {"", NULL},
};
