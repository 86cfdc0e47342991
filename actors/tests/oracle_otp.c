/* Cases of OTP's own suites (erts/emulator/test: signal, process, monitor and link
 * suites), re-expressed; the names are theirs. */
#include "oracle.h"

#include <core/sanitize.h>
#include <core/worker.h>
#include <errno.h>

static void signal(actor_pid to, const char *reason)
{
    CHECK_EQ(actor_exit_signal(to, reason), 0);
}

static actor_ref watch(actor_pid pid)
{
    actor_ref monitor;
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    return monitor;
}

/* --- signals ------------------------------------------------------------------- */

static void take_in_order(void *argument)
{
    (void)argument;
    actor_trap_exit(true);
    for (uint64_t i = 0;; i++) {
        const struct actor_message *message = actor_receive();
        if (message->kind == ACTOR_EXIT) {
            if (i != 1000)
                actor_exit("bad_order");
            actor_exit("good_order");
        }
        if (oracle_word(message) != i)
            actor_exit("bad_order");
    }
}

static bool xm_sig_order(void)
{
    actor_ref monitor;
    for (int round = 0; round < 20; round++) {
        struct actor_info info = {.traps_exits = false};
        actor_pid pid = oracle_spawn_monitor(take_in_order, NULL, 0, &monitor);
        while (!info.traps_exits) /* or the signal ends it before it has run */
            CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
        for (uint64_t i = 0; i < 1000; i++)
            oracle_tell(pid, i);
        signal(pid, "now");
        oracle_tell(pid, 7);
        if (!oracle_down(monitor, "good_order"))
            return false;
    }
    return true;
}

/* Gets an exit signal while it computes; says so first, then does what is asked. */
static void wait_then(void *argument)
{
    void (*const *rescue)(actor_pid) = argument;
    actor_pid killer = actor_receive()->from; /* linked to us */
    uint64_t until_ns = core_now_ns() + 5 * (uint64_t)MS;
    while (core_now_ns() < until_ns)
        ;
    (*rescue)(killer);
    actor_exit("rescued");
}

static void trap_late(actor_pid killer)
{
    (void)killer;
    actor_trap_exit(true);
}

static void unlink_late(actor_pid killer)
{
    CHECK_EQ(actor_unlink(killer), 0);
}

static void receive_late(actor_pid killer)
{
    (void)killer;
    actor_receive_within(0);
}

static bool dies_of(void (*rescue)(actor_pid))
{
    actor_ref monitor;
    actor_pid pid = oracle_spawn_monitor(wait_then, &rescue, sizeof rescue, &monitor);
    oracle_tell(pid, 1);
    signal(pid, "pending");
    return oracle_down(monitor, "pending");
}

static bool pending_exit_trap_exit(void)
{
    return dies_of(trap_late);
}

static bool pending_exit_unlink_process(void)
{
    return dies_of(unlink_late);
}

static bool pending_exit_receive(void)
{
    return dies_of(receive_late);
}

static bool pending_exit_is_process_alive(void)
{
    for (int i = 0; i < 200; i++) {
        actor_pid pid = oracle_spawn(i % 2 == 0 ? oracle_idle : oracle_loop, NULL, 0);
        signal(pid, "pending");
        if (actor_is_alive(pid))
            return false;
    }
    return true;
}

static bool pending_exit_process_info(void)
{
    for (int i = 0; i < 200; i++) {
        struct actor_info info;
        actor_pid pid = oracle_spawn(i % 2 == 0 ? oracle_idle : oracle_loop, NULL, 0);
        signal(pid, "pending");
        if (actor_process_info(pid, &info, NULL, 0) != -ESRCH)
            return false;
    }
    return true;
}

static void chain(void *argument)
{
    uint64_t left = *(const uint64_t *)argument;
    if (left == 0)
        actor_exit("kill");
    left--;
    oracle_spawn_link(chain, &left, sizeof left);
    oracle_idle(NULL);
}

/* A link passes "kill" on as it is, however long the chain. */
static bool kill2killed(void)
{
    static const uint64_t lengths[] = {1, 2, 9, 10};
    for (int i = 0; i < 4; i++) {
        actor_ref monitor;
        oracle_spawn_monitor(chain, &lengths[i], sizeof lengths[i], &monitor);
        if (!oracle_down(monitor, "kill"))
            return false;
    }
    return true;
}

static void loop_blindly(void *argument)
{
    volatile uint64_t *count = argument;
    for (;;)
        ++*count;
}

/* Code that calls nothing is ended all the same. */
static bool a_loop_without_calls_is_killed(void)
{
    uint64_t zero = 0;
    actor_ref monitor;
    actor_pid pid;
    if (!core_preempt_plants())
        return true;
    pid = oracle_spawn_monitor(loop_blindly, &zero, sizeof zero, &monitor);
    oracle_sleep(5);
    signal(pid, "kill");
    return oracle_down(monitor, "killed");
}

/* --- monitors and links ---------------------------------------------------------- */

static bool list_cleanup(void)
{
    struct actor_info info;
    actor_trap_exit(true);
    for (int i = 0; i < 100; i++) {
        actor_ref monitor;
        actor_pid pid = oracle_spawn_monitor(oracle_idle, NULL, 0, &monitor);
        watch(pid);
        CHECK_EQ(actor_link(pid), 0);
        signal(pid, "x");
        if (!oracle_down(monitor, "x") || !oracle_exit(pid, "x", 1000 * MS))
            return false;
    }
    oracle_sleep(1);
    CHECK_EQ(actor_process_info(actor_self(), &info, NULL, 0), 0);
    return info.links == 0 && info.monitors == 0 && info.monitored_by == 0;
}

static bool local_remove_monitor(void)
{
    for (int i = 0; i < 500; i++) {
        actor_pid pid = oracle_spawn(oracle_idle, NULL, 0);
        actor_ref monitor = watch(pid);
        signal(pid, "x");
        if (i % 2 == 0)
            actor_yield();
        bool removed = actor_demonitor(monitor, false);
        /* Either it was there, and nothing comes; or it had come. */
        if (removed ? actor_receive_within(0) != NULL : !oracle_down(monitor, "x"))
            return false;
    }
    return true;
}

/* Thousands of relations of one process, made and removed in another order. */
static bool mixer(void)
{
    enum { COUNT = 2000 };
    actor_ref *monitors = actor_alloc(COUNT * sizeof *monitors);
    actor_pid pid = oracle_spawn(oracle_idle, NULL, 0);
    struct actor_info info;
    for (int i = 0; i < COUNT; i++)
        monitors[i] = watch(pid);
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    CHECK_EQ(info.monitored_by, COUNT);
    for (int i = 0; i < COUNT; i += 2)
        CHECK(actor_demonitor(monitors[i * 7 % COUNT / 2 * 2], false));
    CHECK_EQ(actor_process_info(pid, &info, NULL, 0), 0);
    CHECK_EQ(info.monitored_by, COUNT / 2);
    signal(pid, "x");
    for (int i = 1; i < COUNT; i += 2)
        if (!oracle_down(monitors[i], "x"))
            return false;
    return actor_receive_within(5 * MS) == NULL;
}

static void link_back(void *argument)
{
    actor_pid parent = *(const actor_pid *)argument;
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(actor_link(parent), 0);
        if (i % 3 != 0)
            CHECK_EQ(actor_unlink(parent), 0);
    }
    oracle_tell(parent, 1);
    oracle_idle(NULL);
}

/* Links and unlinks from both ends at once: at last both ends agree. */
static bool crossing_links_agree(void)
{
    actor_pid self = actor_self(), links[4];
    struct actor_info info;
    actor_trap_exit(true);
    for (int round = 0; round < 50; round++) {
        actor_pid pid = oracle_spawn(link_back, &self, sizeof self);
        for (int i = 0; i < 100; i++) {
            CHECK_EQ(actor_link(pid), 0);
            if (i % 2 == 0)
                CHECK_EQ(actor_unlink(pid), 0);
        }
        oracle_word(actor_receive());
        CHECK_EQ(actor_process_info(pid, &info, links, 4), 0);
        size_t theirs = info.links;
        CHECK_EQ(actor_process_info(pid, &info, links, 4), 0); /* ours have arrived */
        CHECK_EQ(actor_process_info(self, &info, links, 4), 0);
        if (theirs != info.links)
            return false;
        CHECK_EQ(actor_unlink(pid), 0);
        signal(pid, "kill");
        while (actor_is_alive(pid))
            actor_yield();
    }
    return true;
}

static bool many_links_end_at_once(void)
{
    enum { COUNT = 5000 };
    actor_trap_exit(true);
    for (int i = 0; i < COUNT; i++)
        oracle_spawn_link(oracle_idle, NULL, 0);
    struct actor_info info;
    actor_pid *links = actor_alloc(COUNT * sizeof *links);
    CHECK_EQ(actor_process_info(actor_self(), &info, links, COUNT), 0);
    CHECK_EQ(info.links, COUNT);
    for (int i = 0; i < COUNT; i++)
        signal(links[i], "x");
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(actor_receive()->kind, ACTOR_EXIT);
    return actor_receive_within(0) == NULL;
}

/* --- faults -------------------------------------------------------------------- */

static void fail_check(void *argument)
{
    actor_check(argument == NULL);
}

static bool a_failed_check_is_heard(void)
{
    uint64_t word = 1;
    actor_ref monitor;
    oracle_spawn_monitor(fail_check, &word, sizeof word, &monitor);
    return oracle_down(monitor, "check failed: argument == NULL");
}

static void write_null(void *argument)
{
    (void)argument;
    *(volatile int *)NULL = 1; // NOLINT(clang-analyzer-core.NullDereference): meant
}

static void link_to_fault(void *argument)
{
    oracle_spawn_link(write_null, NULL, 0);
    oracle_idle(argument);
}

/* Over a link and over a monitor; and a catch keeps it from both. */
static bool a_fault_is_heard(void)
{
    static const char text[] = "segmentation fault at (nil)";
    struct actor_reason reason;
    actor_ref monitor;
    if (CORE_SANITIZED) /* a sanitizer makes a report of its own of this mistake */
        return true;
    oracle_spawn_monitor(link_to_fault, NULL, 0, &monitor);
    if (!oracle_down(monitor, text))
        return false;
    return !actor_catch(write_null, NULL, &reason) && actor_reason_is(&reason, text);
}

const struct oracle_case oracle_otp[] = {
    ORACLE_CASE(xm_sig_order),
    ORACLE_CASE(pending_exit_trap_exit),
    ORACLE_CASE(pending_exit_unlink_process),
    ORACLE_CASE(pending_exit_receive),
    ORACLE_CASE(pending_exit_is_process_alive),
    ORACLE_CASE(pending_exit_process_info),
    ORACLE_CASE(kill2killed),
    ORACLE_CASE(a_loop_without_calls_is_killed),
    ORACLE_CASE(list_cleanup),
    ORACLE_CASE(local_remove_monitor),
    ORACLE_CASE(mixer),
    ORACLE_CASE(crossing_links_agree),
    ORACLE_CASE(many_links_end_at_once),
    ORACLE_CASE(a_failed_check_is_heard),
    ORACLE_CASE(a_fault_is_heard),
    {NULL, NULL},
};
