/* What the supervisors' cases share: children that say when they start. */
#include "behaviours.h"

#include <errno.h>

static bool is_word(const struct actor_message *message, void *context)
{
    return message->kind == ACTOR_MESSAGE && message->size == sizeof(uint64_t) &&
           *(const uint64_t *)message->data == *(const uint64_t *)context;
}

bool part_started(uint64_t number)
{
    return actor_receive_match(is_word, &number, 8000 * MS) != NULL;
}

bool part_is_quiet(uint64_t number)
{
    return actor_receive_match(is_word, &number, 0) == NULL;
}

/* Ends as it is told. */
static void obey(const struct part_order *order)
{
    switch ((enum part_end)order->end) {
    case PART_NORMAL:
        actor_exit(NULL);
    case PART_SHUTDOWN:
        actor_exit("shutdown");
    case PART_ABNORMAL:
        actor_exit("abnormal");
    case PART_UNLINK:
        CHECK_EQ(actor_unlink(order->supervisor), 0);
    }
}

void part_body(void *argument)
{
    const struct part part = *(const struct part *)argument;
    if (part.manner != PART_PLAIN)
        actor_trap_exit(true);
    oracle_tell(part.home, part.number);
    for (;;) {
        const struct actor_message *message = actor_receive();
        if (message->kind == ACTOR_MESSAGE) {
            struct part_order order = *(const struct part_order *)message->data;
            obey(&order);
        } else if (part.manner == PART_SLOW) {
            oracle_sleep(30);
            actor_exit("shutdown");
        }
    }
}

int part_start(const void *argument, size_t size, actor_pid *pid)
{
    const struct part *part = argument;
    const struct actor_options options = {.link = true};
    CHECK_EQ(size, sizeof *part);
    /* all below relaxed: the count is the test's, which asks for nothing in return */
    const uint64_t left = core_load_relaxed(&part->trouble->failures);
    if (left > 0) {
        core_store_relaxed(&part->trouble->failures, left - 1);
        oracle_sleep((int64_t)core_load_relaxed(&part->trouble->delay_ms));
        return -ECANCELED;
    }
    return actor_spawn_with(&options, part_body, part, sizeof *part, pid);
}

int part_ignore(const void *argument, size_t size, actor_pid *pid)
{
    CHECK(argument != NULL && size <= sizeof(struct part));
    *pid = 0;
    return 0;
}

actor_pid part_supervisor(const struct actor_supervisor *supervisor)
{
    actor_pid pid;
    actor_trap_exit(true);
    CHECK_EQ(actor_supervisor_start_link(supervisor, &pid, NULL), 0);
    return pid;
}

bool part_info(actor_pid supervisor, const char *id, struct actor_child_info *info)
{
    size_t count;
    struct actor_child_info *infos = actor_supervisor_which_children(supervisor, &count);
    bool found = false;
    for (size_t i = 0; i < count && !found; i++)
        if (strcmp(infos[i].id, id) == 0) {
            *info = infos[i];
            found = true;
        }
    info->id = id;
    actor_free(infos);
    return found;
}

actor_pid part_pid(actor_pid supervisor, const char *id)
{
    struct actor_child_info info;
    return part_info(supervisor, id, &info) ? info.pid : 0;
}

actor_ref part_watch(actor_pid pid)
{
    actor_ref monitor;
    CHECK_EQ(actor_monitor(pid, &monitor), 0);
    return monitor;
}

void part_end(actor_pid supervisor, const char *id, enum part_end end)
{
    static const char *const reasons[] = {"normal", "shutdown", "abnormal"};
    const struct part_order order = {end, supervisor};
    actor_pid pid = part_pid(supervisor, id);
    CHECK(pid != 0);
    actor_ref monitor = part_watch(pid);
    CHECK_EQ(actor_send(pid, &order, sizeof order), 0);
    CHECK(oracle_down(monitor, reasons[end]));
}

bool part_comes_to(actor_pid supervisor, const char *id, bool there, bool runs)
{
    struct actor_child_info info;
    for (int ms = 0; ms < 8000; ms++) {
        if (part_info(supervisor, id, &info) == there &&
            (!there || (info.pid != 0) == runs))
            return true;
        oracle_sleep(1);
    }
    return false;
}

bool part_over(actor_pid supervisor, const char *reason)
{
    return oracle_exit(supervisor, reason, 8000 * MS);
}
