/* behaviours.h - statements about servers, supervisors, agents and tasks, as oracle.h's;
 * those that Erlang can say are answered by a real BEAM too (behaviours.erl). */
#ifndef ACTORS_TESTS_BEHAVIOURS_H
#define ACTORS_TESTS_BEHAVIOURS_H

#include "oracle.h"

#include <actors/server.h>

extern const struct oracle_case behaviours_server[], behaviours_ends[];

/* --- a server that does as it is told: behaviours_server.c */
enum order {
    ORDER_ADD,     /* answers the sum so far */
    ORDER_SILENCE, /* never answers */
    ORDER_LATER,   /* answers after 30 ms, by a timer */
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

#endif
