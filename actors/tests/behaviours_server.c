/* Servers: starting, calling, casting. Names after the cases of gen_server_SUITE. */
#include "behaviours.h"

#include <core/sanitize.h>
#include <errno.h>

/* --- a server that does as it is told ------------------------------------------------ */

struct told {
    uint64_t sum;
    struct actor_from later;
    actor_pid mourner;
};

static struct actor_next told_init(void *state, const void *argument, size_t size)
{
    static const struct told_start plain = {.kind = START_WELL};
    const struct told_start *start = size > 0 ? argument : &plain;
    struct told *told = state;
    CHECK(told->sum == 0 && told->mourner == 0);
    told->mourner = start->mourner;
    if (start->traps)
        actor_trap_exit(true);
    switch ((enum start_kind)start->kind) {
    case START_STOP:
        return actor_next_stop("stopped");
    case START_IGNORE:
        return actor_next_ignore();
    case START_CRASH:
        actor_exit("crashed");
    case START_SLEEP:
        oracle_sleep(10000);
        break;
    case START_WELL:
        break;
    }
    return actor_next_message();
}

static void answer_for(void *argument)
{
    const struct actor_from *from = argument;
    uint64_t word = 77;
    actor_reply(*from, &word, sizeof word);
}

static void end_badly(enum order order)
{
    volatile int *volatile nowhere = NULL;
    if (order == ORDER_FAULT && !CORE_SANITIZED) /* who would make a report of its own */
        *nowhere = 1;
    actor_exit("bad");
}

static void repeat(struct actor_from from, uint64_t size)
{
    unsigned char *bytes = actor_alloc(size);
    actor_check(bytes != NULL);
    for (uint64_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7);
    actor_reply(from, bytes, size);
    actor_free(bytes);
}

static void loop_for_ever(struct told *told)
{
    volatile uint64_t *sum = &told->sum;
    for (;;)
        ++*sum;
}

/* What needs no more than a deed; the answer is the sum. */
static void obey(struct told *told, struct actor_from from, const struct order_form *form)
{
    actor_ref timer;
    switch ((enum order)form->order) {
    case ORDER_LATER:
        told->later = from;
        CHECK_EQ(actor_send_after(30 * MS, actor_self(), "later", 5, &timer), 0);
        break;
    case ORDER_HOLD:
        told->later = from;
        break;
    case ORDER_RELEASE:
        actor_reply(told->later, &told->sum, sizeof told->sum);
        actor_reply(from, &form->value, sizeof form->value);
        break;
    case ORDER_BY_ANOTHER:
        oracle_spawn(answer_for, &from, sizeof from);
        break;
    case ORDER_CALL_ITSELF:
        actor_server_call(actor_self(), form, sizeof *form);
        break;
    case ORDER_SLEEP:
        oracle_sleep((int64_t)form->value);
        actor_reply(from, &told->sum, sizeof told->sum);
        break;
    case ORDER_REPEAT:
        repeat(from, form->value);
        break;
    case ORDER_LOOP:
        loop_for_ever(told);
        break;
    default:
        end_badly((enum order)form->order);
    }
}

static struct actor_next told_call(void *state, struct actor_from from,
                                   const void *request, size_t size)
{
    struct told *told = state;
    struct order_form form = *(const struct order_form *)request;
    CHECK_EQ(size, sizeof form);
    switch ((enum order)form.order) {
    case ORDER_SILENCE:
        return actor_next_message();
    case ORDER_STOP:
        actor_reply(from, &told->sum, sizeof told->sum);
        return actor_next_stop("stopped");
    case ORDER_STOP_SILENTLY:
        return actor_next_stop("stopped");
    case ORDER_ADD:
        told->sum += form.value;
        actor_reply(from, &told->sum, sizeof told->sum);
        return actor_next_message();
    case ORDER_CONTINUE:
        actor_reply(from, &told->sum, sizeof told->sum);
        return actor_next_continue(request, size);
    case ORDER_HIBERNATE:
        actor_reply(from, &told->sum, sizeof told->sum);
        return actor_next_hibernate();
    case ORDER_WITHIN:
        actor_reply(from, &told->sum, sizeof told->sum);
        return actor_next_within(5 * MS);
    default:
        obey(told, from, &form);
        return actor_next_message();
    }
}

static struct actor_next told_cast(void *state, const void *request, size_t size)
{
    struct told *told = state;
    CHECK_EQ(size, sizeof(struct order_form));
    told->sum += ((const struct order_form *)request)->value;
    return actor_next_message();
}

static struct actor_next told_info(void *state, const struct actor_message *message)
{
    struct told *told = state;
    if (message->kind != ACTOR_MESSAGE)
        return actor_next_message();
    if (message->size == 5 && memcmp(message->data, "later", 5) == 0)
        actor_reply(told->later, &told->sum, sizeof told->sum);
    else
        told->sum += oracle_word(message);
    return actor_next_message();
}

static struct actor_next told_timeout(void *state)
{
    struct told *told = state;
    told->sum += 1000;
    if (told->mourner != 0)
        CHECK_EQ(actor_send(told->mourner, "timeout", 7), 0);
    return actor_next_message();
}

static struct actor_next told_continue(void *state, const void *data, size_t size)
{
    CHECK_EQ(size, sizeof(struct order_form));
    ((struct told *)state)->sum += ((const struct order_form *)data)->value;
    return actor_next_message();
}

static void told_terminate(void *state, const struct actor_reason *reason)
{
    const struct told *told = state;
    if (told->mourner != 0)
        CHECK_EQ(actor_send(told->mourner, reason->data, reason->size), 0);
}

const struct actor_server told_server = {
    .state_bytes = sizeof(struct told),
    .init = told_init,
    .handle_call = told_call,
    .handle_cast = told_cast,
    .handle_info = told_info,
    .handle_timeout = told_timeout,
    .handle_continue = told_continue,
    .terminate = told_terminate,
};

actor_pid told_new(void)
{
    actor_pid pid;
    CHECK_EQ(actor_server_start(&told_server, NULL, &pid), 0);
    CHECK(pid != 0 && pid != actor_self());
    return pid;
}

uint64_t told_order(actor_pid server, enum order order, uint64_t value)
{
    struct order_form form = {order, value};
    struct actor_answer answer = actor_server_call(server, &form, sizeof form);
    CHECK_EQ(answer.size, sizeof(uint64_t));
    return *(const uint64_t *)answer.data;
}

struct attempt {
    actor_pid server;
    struct order_form form;
    int64_t timeout_ns;
};

static void try_it(void *argument)
{
    const struct attempt *it = argument;
    actor_server_call_within(it->server, &it->form, sizeof it->form, it->timeout_ns);
}

bool told_fails(actor_pid server, struct order_form form, int64_t timeout_ns,
                const char *reason)
{
    struct attempt it = {server, form, timeout_ns};
    struct actor_reason why;
    return !actor_catch(try_it, &it, &why) && actor_reason_is(&why, reason);
}

static bool is_text(const struct actor_message *message, void *context)
{
    const char *text = context;
    return message->kind == ACTOR_MESSAGE && message->size == strlen(text) &&
           memcmp(message->data, text, message->size) == 0;
}

bool told_text(const char *text)
{
    return actor_receive_match(is_text, (void *)(uintptr_t)text, 8000 * MS) != NULL;
}

/* --- starting ------------------------------------------------------------------------ */

static bool start(void)
{
    actor_pid pid = told_new();
    bool counts =
        told_order(pid, ORDER_ADD, 3) == 3 && told_order(pid, ORDER_ADD, 4) == 7;
    actor_server_stop(pid, "normal", 1000 * MS);
    return counts && !actor_is_alive(pid);
}

static bool start_named_already_started(void)
{
    const struct actor_start named = {.name = "told"};
    actor_pid first, second;
    CHECK_EQ(actor_server_start(&told_server, &named, &first), 0);
    int rc = actor_server_start(&told_server, &named, &second);
    bool known = actor_whereis("told") == first && second == first;
    told_order(actor_whereis("told"), ORDER_ADD, 1);
    actor_server_stop(first, "normal", 1000 * MS);
    return rc == -EEXIST && known && actor_whereis("told") == 0;
}

/* What a start of that kind says, and that nobody is left of it. */
static bool start_fails(enum start_kind kind, int error, const char *reason)
{
    const struct told_start told = {.kind = kind};
    struct actor_reason why;
    actor_pid pid;
    const struct actor_start named = {.argument = &told,
                                      .size = sizeof told,
                                      .name = "fails",
                                      .timeout_ns = kind == START_SLEEP ? 50 * MS : 0,
                                      .why = &why};
    int rc = actor_server_start(&told_server, &named, &pid);
    return rc == error && pid == 0 && actor_whereis("fails") == 0 &&
           (reason == NULL ? why.size == 0 : actor_reason_is(&why, reason));
}

static bool start_init_stop(void)
{
    return start_fails(START_STOP, -ECANCELED, "stopped");
}

static bool start_init_ignore(void)
{
    return start_fails(START_IGNORE, 0, NULL);
}

static bool start_init_crash(void)
{
    return start_fails(START_CRASH, -ECANCELED, "crashed");
}

static bool start_init_timeout(void)
{
    return start_fails(START_SLEEP, -ETIMEDOUT, NULL);
}

static bool loop_start_fail(void)
{
    for (int i = 0; i < 200; i++)
        if (!start_fails(START_STOP, -ECANCELED, "stopped"))
            return false;
    return true;
}

static bool start_link_init_stop_is_heard(void)
{
    const struct told_start told = {.kind = START_STOP};
    const struct actor_start how = {.argument = &told, .size = sizeof told};
    actor_pid pid;
    actor_trap_exit(true);
    int rc = actor_server_start_link(&told_server, &how, &pid);
    const struct actor_message *message = actor_receive_within(1000 * MS);
    return rc == -ECANCELED && message != NULL && message->kind == ACTOR_EXIT &&
           message->size == 7 && memcmp(message->data, "stopped", 7) == 0;
}

static bool start_bad_name(void)
{
    const struct actor_start bad = {.name = "undefined"};
    actor_pid pid;
    return actor_server_start(&told_server, &bad, &pid) == -EINVAL && pid == 0;
}

/* --- asking -------------------------------------------------------------------------- */

static bool call(void)
{
    actor_pid pid = told_new();
    for (uint64_t i = 1; i <= 100; i++)
        if (told_order(pid, ORDER_ADD, 1) != i)
            return false;
    return told_order(pid, ORDER_LATER, 0) == 100 &&
           told_order(pid, ORDER_BY_ANOTHER, 0) == 77;
}

static bool call_timeout_exits(void)
{
    actor_pid pid = told_new();
    bool late =
        told_fails(pid, (struct order_form){ORDER_SILENCE, 0}, 10 * MS, "timeout");
    return late && told_order(pid, ORDER_ADD, 1) == 1;
}

static bool late_reply_does_not_confuse(void)
{
    actor_pid pid = told_new();
    for (uint64_t i = 1; i <= 5; i++) {
        if (!told_fails(pid, (struct order_form){ORDER_HOLD, 0}, 1 * MS, "timeout") ||
            told_order(pid, ORDER_RELEASE, i) != i)
            return false;
        const struct actor_message *late = actor_receive_within(8000 * MS);
        if (late == NULL || !actor_answer_is_late(late))
            return false;
    }
    return actor_mailbox_length() == 0;
}

static bool call_noproc(void)
{
    const struct order_form form = {ORDER_ADD, 1};
    return told_fails(oracle_dead(), form, 1000 * MS, "noproc") &&
           told_fails(actor_whereis("nobody"), form, 1000 * MS, "noproc");
}

static bool calling_self(void)
{
    const struct order_form form = {ORDER_ADD, 1};
    return told_fails(actor_self(), form, 1000 * MS, "calling_self") &&
           told_fails(told_new(), (struct order_form){ORDER_CALL_ITSELF, 0}, 1000 * MS,
                      "calling_self");
}

static bool call_leaves_the_mailbox_as_it_was(void)
{
    actor_pid pid = told_new();
    for (uint64_t i = 0; i < 50; i++)
        oracle_tell(actor_self(), i);
    told_order(pid, ORDER_ADD, 1);
    for (uint64_t i = 0; i < 50; i++)
        if (oracle_word(actor_receive()) != i)
            return false;
    return actor_mailbox_length() == 0;
}

static bool replies_of_any_size(void)
{
    static const uint64_t sizes[] = {0, 1, 239, 240, 241, 4096, 1 << 20};
    actor_pid pid = told_new();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct order_form form = {ORDER_REPEAT, sizes[i]};
        const struct actor_answer answer = actor_server_call(pid, &form, sizeof form);
        const unsigned char *bytes = answer.data;
        if (answer.size != sizes[i])
            return false;
        for (uint64_t at = 0; at < sizes[i]; at++)
            if (bytes[at] != (unsigned char)(at * 7))
                return false;
    }
    return true;
}

static bool cast(void)
{
    actor_pid pid = told_new();
    const struct order_form form = {ORDER_ADD, 2};
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(actor_server_cast(pid, &form, sizeof form), 0);
    return told_order(pid, ORDER_ADD, 0) == 2000 &&
           actor_server_cast(oracle_dead(), &form, sizeof form) == 0 &&
           actor_server_cast(0, &form, sizeof form) == 0;
}

static bool info(void)
{
    actor_pid pid = told_new();
    oracle_tell(pid, 5);
    return told_order(pid, ORDER_ADD, 0) == 5;
}

static bool continues(void)
{
    actor_pid pid = told_new();
    return told_order(pid, ORDER_CONTINUE, 9) == 0 && told_order(pid, ORDER_ADD, 0) == 9;
}

static bool hibernate(void)
{
    actor_pid pid = told_new();
    told_order(pid, ORDER_ADD, 6);
    for (int i = 0; i < 20; i++)
        if (told_order(pid, ORDER_HIBERNATE, 0) != 6)
            return false;
    return told_order(pid, ORDER_ADD, 1) == 7;
}

static bool timeout_return(void)
{
    const struct told_start told = {.mourner = actor_self()};
    const struct actor_start how = {.argument = &told, .size = sizeof told};
    actor_pid pid;
    CHECK_EQ(actor_server_start(&told_server, &how, &pid), 0);
    told_order(pid, ORDER_WITHIN, 0);
    return told_text("timeout") && told_order(pid, ORDER_ADD, 0) == 1000;
}

const struct oracle_case behaviours_server[] = {
    ORACLE_CASE(start),
    ORACLE_CASE(start_named_already_started),
    ORACLE_CASE(start_init_stop),
    ORACLE_CASE(start_init_ignore),
    ORACLE_CASE(start_init_crash),
    ORACLE_CASE(start_init_timeout),
    ORACLE_CASE(loop_start_fail),
    ORACLE_CASE(start_link_init_stop_is_heard),
    ORACLE_CASE(start_bad_name),
    ORACLE_CASE(call),
    ORACLE_CASE(call_timeout_exits),
    ORACLE_CASE(late_reply_does_not_confuse),
    ORACLE_CASE(call_noproc),
    ORACLE_CASE(calling_self),
    ORACLE_CASE(call_leaves_the_mailbox_as_it_was),
    ORACLE_CASE(replies_of_any_size),
    ORACLE_CASE(cast),
    ORACLE_CASE(info),
    ORACLE_CASE(continues),
    ORACLE_CASE(hibernate),
    ORACLE_CASE(timeout_return),
    {NULL, NULL},
};
