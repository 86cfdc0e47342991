/* What the cases share. */
#include "golden.h"

#include <stdio.h>

void golden_say(void *text)
{
    puts(text);
}

void golden_defer_say(const char *text)
{
    csp_defer(golden_say, (void *)(uintptr_t)text);
}

static void tell(bool any, const struct csp_value *value)
{
    if (!any)
        puts("recovered nothing");
    else if (value->kind == CSP_INT)
        printf("recovered: %lld\n", (long long)value->number);
    else
        printf("recovered%s: %s\n",
               value->kind == CSP_RUNTIME_ERROR ? " runtime error"
               : value->kind == CSP_ERROR       ? " error"
                                                : "",
               value->text);
}

void golden_catcher(void *unused)
{
    struct csp_value value;
    (void)unused;
    bool any = csp_recover(&value);
    tell(any, &value);
}

void golden_quiet(void *unused)
{
    (void)unused;
    csp_recover(NULL);
}

void golden_throws(void *text)
{
    csp_panic(text);
}

struct csp_chan *golden_ints(ptrdiff_t capacity)
{
    return csp_chan_make(sizeof(int), capacity);
}

void golden_dereference(void *unused)
{
    int *volatile nil = NULL;
    (void)unused;
    *(volatile int *)nil = 1; // NOLINT(clang-analyzer-core.NullDereference): on purpose
}

void golden_blocks(void *unused)
{
    (void)unused;
    csp_select(NULL, 0);
}

void golden_throws_int(void *number)
{
    csp_panic_with((struct csp_value){.kind = CSP_INT, .number = *(int *)number});
}

void golden_throws_error(void *text)
{
    csp_panic_with((struct csp_value){.kind = CSP_ERROR, .text = text});
}

void golden_divide(void *unused)
{
    volatile int zero = 0, sink = 1;
    (void)unused;
    sink = sink / zero;
}

void golden_nothing(void *unused)
{
    (void)unused;
}
