#include "bad_input.h"

#include <actors/introspection.h>
#include <actors/tcp.h>

#include <errno.h>

static void idle(void *argument)
{
    (void)argument;
    for (;;)
        actor_receive();
}

static void ends(void *argument)
{
    (void)argument;
}

static actor_pid spawn(void (*body)(void *), const void *argument, size_t bytes)
{
    actor_pid pid;
    CHECK_EQ(actor_spawn(body, argument, bytes, &pid), 0);
    return pid;
}

static void await_down(actor_ref monitor, const char *reason)
{
    const struct actor_message *message = actor_receive();
    CHECK_EQ(message->kind, ACTOR_DOWN);
    const struct actor_down *down = message->data;
    CHECK_EQ(down->monitor, monitor);
    CHECK(actor_reason_is(&down->reason, reason));
}

static actor_pid dead(void)
{
    actor_ref monitor;
    actor_pid pid;
    const struct actor_options options = {.monitor = &monitor};
    CHECK_EQ(actor_spawn_with(&options, ends, NULL, 0, &pid), 0);
    await_down(monitor, "normal");
    return pid;
}

/* The process ends with this reason. */
static void dies(void (*body)(void *), int64_t argument, const char *reason)
{
    actor_ref monitor;
    const struct actor_options options = {.monitor = &monitor};
    CHECK_EQ(actor_spawn_with(&options, body, &argument, sizeof argument, NULL), 0);
    await_down(monitor, reason);
}

/* --- options and sizes ----------------------------------------------------------- */

static void set_priority(void *argument)
{
    actor_set_priority((enum actor_priority)(*(const int64_t *)argument));
}

static void alloc_two_bytes(void *argument)
{
    (void)argument;
    actor_alloc(2);
}

void bad_options(void *argument)
{
    struct bad_input *input = argument;
    static const int priorities[] = {-1, 4, 77, INT32_MAX, INT32_MIN};
    static const size_t stacks[] = {SIZE_MAX, (size_t)1 << 40, ((size_t)64 << 24) + 1};
    actor_ref monitor;
    actor_pid pid = 1;
    for (int i = 0; i < 5; i++) {
        const struct actor_options options = {
            .priority = (enum actor_priority)priorities[i], .link = true};
        CHECK_EQ(actor_spawn_with(&options, ends, NULL, 0, &pid), -EINVAL);
        CHECK_EQ(pid, 0);
        dies(set_priority, priorities[i], "badarg");
    }
    for (int i = 0; i < 3; i++) {
        const struct actor_options options = {.stack_bytes = stacks[i]};
        CHECK_EQ(actor_spawn_with(&options, ends, NULL, 0, NULL), -EINVAL);
    }
    const struct actor_options plain = {.stack_bytes = 0, .heap_limit_bytes = 0},
                               small = {.stack_bytes = 1, .monitor = &monitor},
                               poor = {.heap_limit_bytes = 1, .monitor = &monitor};
    CHECK_EQ(actor_spawn_with(&plain, ends, NULL, 0, NULL), 0);
    CHECK_EQ(actor_spawn_with(NULL, ends, NULL, 0, NULL), 0);
    CHECK_EQ(actor_spawn_with(&small, ends, NULL, 0, NULL), 0);
    await_down(monitor, "normal");
    CHECK_EQ(actor_spawn_with(&poor, alloc_two_bytes, NULL, 0, NULL), 0);
    await_down(monitor, "killed");
    input->done = 1;
}

static void exit_with_too_much(void *argument)
{
    actor_exit_with(argument, (size_t) * (const int64_t *)argument);
}

/* Only the size arguments are large: nobody looks at the bytes. */
void bad_sizes(void *argument)
{
    struct bad_input *input = argument;
    static const size_t sizes[] = {UINT32_MAX, (size_t)1 << 32, SIZE_MAX / 2, SIZE_MAX};
    actor_pid self = actor_self(), pid = 1;
    actor_ref timer;
    CHECK_EQ(actor_register("me", self), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(actor_send(self, &self, sizes[i]), -EINVAL);
        CHECK_EQ(actor_send_name("me", &self, sizes[i]), -EINVAL);
        CHECK_EQ(actor_exit_signal_with(self, &self, sizes[i]), -EINVAL);
        CHECK_EQ(actor_send_after(0, self, &self, sizes[i], &timer), -EINVAL);
        CHECK_EQ(actor_start_timer(0, self, &self, sizes[i], &timer), -EINVAL);
        CHECK(timer == 0 && actor_binary_new(&self, sizes[i]) == NULL);
        if (sizes[i] >= SIZE_MAX / 2) {
            CHECK(actor_alloc(sizes[i]) == NULL);
            CHECK_EQ(actor_put("key", &self, sizes[i]), -ENOMEM);
            CHECK_EQ(actor_spawn(ends, &self, sizes[i], &pid), -ENOMEM);
            CHECK_EQ(pid, 0);
        }
        dies(exit_with_too_much, (int64_t)sizes[i], "badarg");
    }
    CHECK(actor_get("key", NULL) == NULL && actor_receive_within(0) == NULL);
    input->done = 1;
}

void bad_names(void *argument)
{
    struct bad_input *input = argument;
    char longest[257];
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    const char *const names[] = {"", "undefined", longest, NULL};
    actor_pid self = actor_self();
    actor_ref monitor = 1;
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(actor_register(names[i], self), -EINVAL);
        CHECK_EQ(actor_unregister(names[i]), -ESRCH);
        CHECK_EQ(actor_whereis(names[i]), 0);
        CHECK_EQ(actor_send_name(names[i], &self, sizeof self), -ESRCH);
        if (names[i] == NULL)
            break;
        CHECK_EQ(actor_monitor_name(names[i], &monitor), 0);
        await_down(monitor, "noproc");
    }
    CHECK_EQ(actor_monitor_name(NULL, &monitor), -EINVAL);
    CHECK_EQ(monitor, 0);
    longest[255] = '\0';
    CHECK_EQ(actor_register(longest, self), 0);
    CHECK_EQ(actor_whereis(longest), self);
    input->done = 1;
}

void bad_nulls(void *argument)
{
    struct bad_input *input = argument;
    actor_pid self = actor_self(), pid = 1;
    actor_ref timer;
    size_t size = 1;
    CHECK_EQ(actor_register("me", self), 0);
    CHECK_EQ(actor_spawn(NULL, NULL, 0, &pid), -EINVAL);
    CHECK_EQ(pid, 0);
    CHECK_EQ(actor_spawn(ends, NULL, 8, &pid), -EINVAL);
    CHECK_EQ(actor_send(self, NULL, 8), -EINVAL);
    CHECK_EQ(actor_send(self, NULL, 100), -EINVAL);
    CHECK_EQ(actor_send_name("me", NULL, 1), -EINVAL);
    CHECK_EQ(actor_send_binary(self, NULL), -EINVAL);
    CHECK(actor_binary_new(NULL, 1) == NULL);
    CHECK_EQ(actor_exit_signal(self, NULL), -EINVAL);
    CHECK_EQ(actor_exit_signal_with(self, NULL, 1), -EINVAL);
    CHECK_EQ(actor_send_after(0, self, NULL, 8, &timer), -EINVAL);
    CHECK_EQ(actor_start_timer(0, self, NULL, 8, &timer), -EINVAL);
    CHECK_EQ(actor_put(NULL, &self, sizeof self), -EINVAL);
    CHECK_EQ(actor_put("key", NULL, 1), -EINVAL);
    CHECK_EQ(actor_put("key", NULL, 0), 0);
    CHECK(actor_get(NULL, &size) == NULL && size == 0 && !actor_erase(NULL));
    CHECK(actor_get("key", &size) != NULL && size == 0);
    actor_free(NULL);
    actor_binary_free(NULL);
    CHECK(actor_receive_within(0) == NULL);
    CHECK_EQ(actor_send(self, NULL, 0), 0); /* nothing is a message */
    CHECK_EQ(actor_receive()->size, 0);
    input->done = 1;
}

static void wait_within(void *argument)
{
    actor_receive_within(*(const int64_t *)argument);
}

void bad_timeouts(void *argument)
{
    struct bad_input *input = argument;
    static const int64_t bad[] = {-1, INT64_MIN, INT64_C(0xffffffff) * MS + 1,
                                  ACTOR_FOREVER - 1};
    actor_ref timer = 1;
    for (int i = 0; i < 4; i++)
        dies(wait_within, bad[i], "timeout_value");
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(actor_send_after(bad[i], actor_self(), NULL, 0, &timer), -EINVAL);
        CHECK_EQ(timer, 0);
        CHECK_EQ(actor_start_timer(bad[i], actor_self(), NULL, 0, &timer), -EINVAL);
    }
    /* A timer may be later than a receive may wait. */
    CHECK_EQ(actor_send_after(INT64_MAX, actor_self(), NULL, 0, &timer), 0);
    CHECK(actor_read_timer(timer) > INT64_MAX / 2);
    CHECK(actor_cancel_timer(timer) > INT64_MAX / 2);
    CHECK_EQ(actor_cancel_timer(timer), -ESRCH);
    static const actor_ref nobodys[] = {0, UINT64_MAX, 1023, 1 << 10};
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(actor_cancel_timer(nobodys[i]), -ESRCH);
        CHECK_EQ(actor_read_timer(nobodys[i]), -ESRCH);
        CHECK(!actor_demonitor(nobodys[i], true));
    }
    input->done = 1;
}

/* --- pids ------------------------------------------------------------------------ */

static void end_by_link(void *argument)
{
    CHECK_EQ(actor_link(*(const actor_pid *)argument), 0);
    actor_receive();
}

void bad_stale_pids(void *argument)
{
    struct bad_input *input = argument;
    char bytes[100] = {0};
    struct actor_info info;
    actor_ref monitor, timer;
    actor_pid pid = dead(), self = actor_self();
    const struct actor_binary *binary = actor_binary_new(bytes, sizeof bytes);
    CHECK(!actor_is_alive(pid));
    CHECK_EQ(actor_send(pid, bytes, sizeof bytes), 0);
    CHECK_EQ(actor_send_binary(pid, binary), 0);
    CHECK_EQ(actor_exit_signal(pid, "kill"), 0);
    CHECK_EQ(actor_unlink(pid), 0);
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    await_down(monitor, "noproc");
    CHECK_EQ(actor_register("nobody", pid), -ESRCH);
    CHECK_EQ(actor_whereis("nobody"), 0);
    CHECK_EQ(actor_send_after(0, pid, bytes, sizeof bytes, &timer), 0);
    CHECK_EQ(actor_read_timer(timer), -ESRCH);
    CHECK_EQ(actor_start_timer(1000 * MS, pid, bytes, sizeof bytes, &timer), 0);
    CHECK_EQ(actor_cancel_timer(timer), -ESRCH);
    CHECK_EQ(actor_suspend(pid), -ESRCH);
    CHECK_EQ(actor_resume(pid), -EINVAL);
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), -ESRCH);
    dies(end_by_link, (int64_t)pid, "noproc");
    CHECK_EQ(actor_process_info(self, &info, NULL, 0), 0);
    CHECK_EQ(info.links + info.monitors + info.monitored_by, 0);
    CHECK(actor_receive_within(0) == NULL);
    input->done = 1;
}

void bad_no_pids(void *argument)
{
    struct bad_input *input = argument;
    static const actor_pid wrong[] = {0, UINT32_MAX, UINT64_MAX, (actor_pid)1 << 32,
                                      (actor_pid)1 << 32 | 0x10000000};
    uint64_t word = 1;
    struct actor_info info;
    actor_ref ref = 1;
    for (int i = 0; i < 5; i++) {
        CHECK(!actor_is_alive(wrong[i]));
        CHECK_EQ(actor_send(wrong[i], &word, sizeof word), -EINVAL);
        CHECK_EQ(actor_exit_signal(wrong[i], "kill"), -EINVAL);
        CHECK_EQ(actor_link(wrong[i]), -EINVAL);
        CHECK_EQ(actor_unlink(wrong[i]), -EINVAL);
        CHECK_EQ(actor_monitor(wrong[i], &ref), -EINVAL);
        CHECK_EQ(ref, 0);
        CHECK_EQ(actor_register("name", wrong[i]), -EINVAL);
        CHECK_EQ(actor_send_after(0, wrong[i], &word, sizeof word, &ref), -EINVAL);
        CHECK_EQ(actor_start_timer(0, wrong[i], &word, sizeof word, &ref), -EINVAL);
        CHECK_EQ(actor_suspend(wrong[i]), -EINVAL);
        CHECK_EQ(actor_resume(wrong[i]), -EINVAL);
        CHECK_EQ(actor_process_info(wrong[i], &info, NULL, 0), -EINVAL);
    }
    CHECK_EQ(actor_suspend(actor_self()), -EINVAL);
    CHECK_EQ(actor_process_info(actor_self(), &info, &ref, SIZE_MAX), -EINVAL);
    input->done = 1;
}

void bad_run_within(void *argument)
{
    struct bad_input *input = argument;
    CHECK_EQ(actors_run(input->runtime, ends, NULL), -EBUSY);
    input->done = 1;
}

/* --- the limit of processes -------------------------------------------------------- */

static void churn(void *argument)
{
    (void)argument;
    for (int i = 0; i < 300; i++) {
        actor_ref monitors[4];
        for (int m = 0; m < 4; m++) {
            const struct actor_options options = {.monitor = &monitors[m]};
            CHECK_EQ(actor_spawn_with(&options, ends, NULL, 0, NULL), 0);
        }
        for (int m = 0; m < 4; m++)
            CHECK_EQ(actor_receive()->kind, ACTOR_DOWN);
    }
}

/* Every scheduler has had to do with processes, and keeps free slots at hand. */
static void churn_everywhere(unsigned workers)
{
    actor_ref monitor;
    const struct actor_options options = {.monitor = &monitor};
    for (unsigned i = 0; i < workers; i++)
        CHECK_EQ(actor_spawn_with(&options, churn, NULL, 0, NULL), 0);
    for (unsigned i = 0; i < workers; i++)
        CHECK_EQ(actor_receive()->kind, ACTOR_DOWN);
}

static void end_all(actor_pid *pids, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        actor_ref monitor;
        CHECK_EQ(actor_monitor(pids[i], &monitor), 0);
        CHECK_EQ(actor_exit_signal(pids[i], "kill"), 0);
        await_down(monitor, "killed");
    }
}

void bad_full_table(void *argument)
{
    struct bad_input *input = argument;
    unsigned room = input->limit - 1;
    actor_pid *pids = actor_alloc(room * sizeof *pids), pid = 1;
    for (int round = 0; round < 3; round++) {
        churn_everywhere(2 * input->workers);
        for (unsigned i = 0; i < room; i++)
            CHECK_EQ(actor_spawn(idle, NULL, 0, &pids[i]), 0);
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(actor_spawn(idle, NULL, 0, &pid), -EAGAIN);
            CHECK_EQ(pid, 0);
        }
        end_all(pids, 1);
        pids[0] = spawn(idle, NULL, 0);
        CHECK_EQ(actor_spawn(idle, NULL, 0, NULL), -EAGAIN);
        end_all(pids, room);
    }
    input->done = 1;
}

static void spawn_all_there_are(void *argument)
{
    struct bad_input *input = *(struct bad_input **)argument;
    actor_pid parent = actor_receive()->from;
    int rc;
    while ((rc = actor_spawn(idle, NULL, 0, NULL)) == 0)
        core_add_relaxed(&input->spawned, 1); /* a count by itself */
    CHECK_EQ(rc, -EAGAIN);
    CHECK_EQ(actor_send(parent, NULL, 0), 0);
    actor_receive(); /* stays alive */
}

void bad_rush_for_the_last(void *argument)
{
    struct bad_input *input = argument;
    actor_pid *pids = actor_alloc(input->workers * sizeof *pids);
    churn_everywhere(2 * input->workers);
    for (unsigned i = 0; i < input->workers; i++)
        pids[i] = spawn(spawn_all_there_are, &input, sizeof input);
    for (unsigned i = 0; i < input->workers; i++)
        CHECK_EQ(actor_send(pids[i], NULL, 0), 0);
    for (unsigned i = 0; i < input->workers; i++)
        CHECK_EQ(actor_receive()->kind, ACTOR_MESSAGE);
    input->done = 1;
}

static void fill_after(void *argument)
{
    struct bad_input *input = *(struct bad_input **)argument;
    const struct actor_message *message = actor_receive();
    actor_ref monitor;
    CHECK_EQ(actor_monitor(message->from, &monitor), 0);
    CHECK_EQ(actor_receive()->kind, ACTOR_DOWN);
    while (actor_spawn(idle, NULL, 0, NULL) == 0)
        ;
    core_store_release(&input->full, true); /* pairs with the owner's acquire */
    actor_receive();
}

/* Fills the table once the caller has left it. */
void bad_full_without_main(void *argument)
{
    struct bad_input *input = argument;
    CHECK_EQ(actor_send(spawn(fill_after, &input, sizeof input), NULL, 0), 0);
    input->done = 1;
}

/* --- outside a process -------------------------------------------------------------- */

static void bad_all_socket_calls(int rc)
{
    struct actor_tcp_address address;
    actor_tcp socket = 1;
    char byte = 0;
    CHECK_EQ(actor_tcp_listen("127.0.0.1", 0, NULL, &socket), rc);
    CHECK_EQ(actor_tcp_accept(1, 0, &socket), rc);
    CHECK_EQ(actor_tcp_connect("127.0.0.1", 1, NULL, 0, &socket), rc);
    CHECK_EQ(actor_tcp_recv(1, &byte, 1, 0, 0), rc);
    CHECK_EQ(actor_tcp_send(1, &byte, 1), rc);
    CHECK_EQ(actor_tcp_close(1), rc);
    CHECK_EQ(actor_tcp_shutdown(1, ACTOR_TCP_WRITE), rc);
    CHECK_EQ(actor_tcp_controlling_process(1, 1), rc);
    CHECK_EQ(actor_tcp_set_active(1, ACTOR_TCP_ONCE, 0), rc);
    CHECK_EQ(actor_tcp_set_packet(1, ACTOR_TCP_LINE), rc);
    CHECK_EQ(actor_tcp_peername(1, &address), rc);
    CHECK_EQ(actor_tcp_sockname(1, &address), rc);
    CHECK_EQ(actor_tcp_port(1), rc);
}

void bad_all_errno_calls(int rc)
{
    const struct actor_options options = {.priority = ACTOR_NORMAL};
    const struct actor_binary binary = {"", 0};
    const actor_pid to = (actor_pid)1 << 32 | 1;
    struct actor_info info;
    actor_ref ref;
    actor_pid pid;
    CHECK_EQ(actor_spawn(ends, NULL, 0, &pid), rc);
    CHECK_EQ(actor_spawn_with(&options, ends, NULL, 0, &pid), rc);
    CHECK_EQ(actor_send(to, &to, sizeof to), rc);
    CHECK_EQ(actor_send_name("name", &to, sizeof to), rc);
    CHECK_EQ(actor_send_binary(to, &binary), rc);
    CHECK_EQ(actor_exit_signal(to, "x"), rc);
    CHECK_EQ(actor_exit_signal_with(to, "x", 1), rc);
    CHECK_EQ(actor_link(to), rc);
    CHECK_EQ(actor_unlink(to), rc);
    CHECK_EQ(actor_monitor(to, &ref), rc);
    CHECK_EQ(actor_monitor_name("name", &ref), rc);
    CHECK_EQ(actor_register("name", to), rc);
    CHECK_EQ(actor_unregister("name"), rc);
    CHECK_EQ(actor_send_after(0, to, NULL, 0, &ref), rc);
    CHECK_EQ(actor_start_timer(0, to, NULL, 0, &ref), rc);
    CHECK_EQ(actor_cancel_timer(1), rc);
    CHECK_EQ(actor_read_timer(1), rc);
    CHECK_EQ(actor_suspend(to), rc);
    CHECK_EQ(actor_resume(to), rc);
    CHECK_EQ(actor_put("key", &to, sizeof to), rc);
    CHECK_EQ(actor_process_info(to, &info, NULL, 0), rc);
    CHECK_EQ(actor_process_related(to, ACTOR_LINKS, NULL, 0), rc);
    CHECK_EQ(actor_process_messages(to, 0, NULL, NULL), rc);
    CHECK_EQ(actor_system_monitor(0, NULL), rc);
    bad_all_socket_calls(rc);
}

static void call_receive(void)
{
    actor_receive();
}
static void call_receive_within(void)
{
    actor_receive_within(0);
}
static void call_receive_match(void)
{
    actor_receive_match(NULL, NULL, 0);
}
static void call_receive_marked(void)
{
    actor_receive_marked(1, NULL, NULL, 0);
}
static void call_mark(void)
{
    actor_mark();
}
static void call_mailbox_length(void)
{
    actor_mailbox_length();
}
static void call_self(void)
{
    actor_self();
}
static void call_is_alive(void)
{
    actor_is_alive(1);
}
static void call_bump(void)
{
    actor_bump(1);
}
static void call_exit(void)
{
    actor_exit("reason");
}
static void call_alloc(void)
{
    actor_alloc(1);
}
static void call_free(void)
{
    static char memory[100];
    actor_free(memory + 50);
}
static void call_catch(void)
{
    struct actor_reason reason;
    actor_catch(ends, NULL, &reason);
}
static void call_hibernate(void)
{
    actor_hibernate(ends, NULL);
}
static void call_set_priority(void)
{
    actor_set_priority(ACTOR_LOW);
}
static void call_trap_exit(void)
{
    actor_trap_exit(true);
}
static void call_demonitor(void)
{
    actor_demonitor(1, true);
}
static void call_whereis(void)
{
    actor_whereis("name");
}
static void call_make_ref(void)
{
    actor_make_ref();
}
static void call_binary_new(void)
{
    actor_binary_new("x", 1);
}
static void call_get(void)
{
    actor_get("key", NULL);
}
static void call_erase(void)
{
    actor_erase("key");
}

void (*const bad_calls_without_errno[])(void) = {
    call_receive,       call_receive_within,
    call_receive_match, call_receive_marked,
    call_mark,          call_mailbox_length,
    call_self,          call_is_alive,
    actor_yield,        call_bump,
    call_exit,          call_alloc,
    call_free,          call_catch,
    call_hibernate,     call_set_priority,
    call_trap_exit,     call_demonitor,
    call_whereis,       call_make_ref,
    call_binary_new,    call_get,
    call_erase,
};
const unsigned bad_calls_count =
    sizeof bad_calls_without_errno / sizeof *bad_calls_without_errno;
