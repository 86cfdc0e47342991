/* behaviours.h - statements about servers, supervisors, agents and tasks, as oracle.h's;
 * those that Erlang can say are answered by a real BEAM too (behaviours.erl). */
#ifndef ACTORS_TESTS_BEHAVIOURS_H
#define ACTORS_TESTS_BEHAVIOURS_H

#include "oracle.h"

#include <actors/agent.h>
#include <actors/server.h>
#include <actors/supervisor.h>
#include <actors/task.h>

extern const struct oracle_case behaviours_server[], behaviours_ends[],
    behaviours_supervisor[], behaviours_families[], behaviours_shutdown[],
    behaviours_agent[], behaviours_task[];

/* --- a server that does as it is told: behaviours_server.c */
enum order {
    ORDER_ADD,     /* answers the sum so far */
    ORDER_SILENCE, /* never answers */
    ORDER_LATER,   /* answers after 30 ms, by a timer */
    ORDER_HOLD,    /* is answered, with the sum, when … */
    ORDER_RELEASE, /* … this comes, which answers `value` */
    ORDER_BY_ANOTHER,
    ORDER_EXIT,
    ORDER_FAULT,
    ORDER_STOP,          /* answers, then stops with reason "stopped" */
    ORDER_STOP_SILENTLY, /* stops with reason "stopped" */
    ORDER_CONTINUE,      /* adds in handle_continue */
    ORDER_HIBERNATE,
    ORDER_WITHIN, /* goes on within 5 ms, then handle_timeout adds 1000 */
    ORDER_CALL_ITSELF,
    ORDER_SLEEP,  /* answers after `value` ms */
    ORDER_REPEAT, /* answers with `value` bytes */
    ORDER_LOOP,   /* never ends, calls nothing */
};
struct order_form {
    uint64_t order;
    uint64_t value;
};
enum start_kind { START_WELL, START_STOP, START_IGNORE, START_CRASH, START_SLEEP };
struct told_start {
    uint64_t kind;     /* enum start_kind */
    actor_pid mourner; /* hears the reason of terminate; 0: nobody */
    uint64_t traps;
};
extern const struct actor_server told_server;
actor_pid told_new(void); /* linked to nobody */
uint64_t told_order(actor_pid server, enum order order, uint64_t value);
/* Calls within timeout_ns under a catch; whether it ended the caller so. */
bool told_fails(actor_pid server, struct order_form form, int64_t timeout_ns,
                const char *reason);
/* Whether a plain message of exactly this text comes within 8 s. */
bool told_text(const char *text);

/* Some of every call, each of which may lack memory; the word it is given becomes true at
 * the end: behaviours_memory.c */
void behaviours_all_calls(void *heard);

/* --- children that say when they start: behaviours_kit.c */
enum part_manner {
    PART_PLAIN,
    PART_SLOW,     /* traps exits, and ends 30 ms after one */
    PART_STUBBORN, /* traps exits and does not mind them */
};
struct part_trouble {
    _Atomic uint64_t failures; /* starts that are still to fail */
    _Atomic uint64_t delay_ms; /* before each of them does */
};
struct part {
    actor_pid home;  /* gets `number` at each start */
    uint64_t number; /* above 0 */
    uint64_t manner; /* enum part_manner */
    struct part_trouble *trouble;
};
enum part_end { PART_NORMAL, PART_SHUTDOWN, PART_ABNORMAL, PART_UNLINK };
struct part_order {
    uint64_t end; /* enum part_end */
    actor_pid supervisor;
};
void part_body(void *part);
int part_start(const void *part, size_t size, actor_pid *pid); /* with trouble */
int part_ignore(const void *part, size_t size, actor_pid *pid);
actor_pid part_supervisor(const struct actor_supervisor *supervisor);
bool part_started(uint64_t number);  /* waits for it */
bool part_is_quiet(uint64_t number); /* no start has been heard of */
bool part_info(actor_pid supervisor, const char *id, struct actor_child_info *info);
actor_pid part_pid(actor_pid supervisor, const char *id); /* 0: does not run */
actor_ref part_watch(actor_pid pid);
/* Makes a child end so, and waits for that. */
void part_end(actor_pid supervisor, const char *id, enum part_end end);
/* Waits until a child is there or not, and if so runs or not. */
bool part_comes_to(actor_pid supervisor, const char *id, bool there, bool runs);
/* Whether the supervisor, which is linked to us, ends so. */
bool part_over(actor_pid supervisor, const char *reason);

#define PART(name_, number_, restart_)                                               \
    {                                                                                \
        .id = (name_), .body = part_body,                                            \
        .argument = &(const struct part){.home = actor_self(), .number = (number_)}, \
        .size = sizeof(struct part), .restart = (restart_)                           \
    }

#endif
