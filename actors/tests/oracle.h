/* oracle.h - statements of process semantics, each a small program that answers true or
 * false; the same names are answered by a real BEAM (oracle.erl). */
#ifndef ACTORS_TESTS_ORACLE_H
#define ACTORS_TESTS_ORACLE_H

#include "check.h"

#include <actors.h>
#include <core/atomic.h>
#include <core/clock.h>

struct oracle_case {
    const char *name;
    bool (*holds)(void); /* runs in a process of its own */
};

#define ORACLE_CASE(function)                  \
    {                                          \
        .name = #function, .holds = (function) \
    }

/* Ends with an entry without a name. */
extern const struct oracle_case oracle_failure[], oracle_names[], oracle_time[],
    oracle_process[], oracle_otp[], otp_process[], otp_sleep[], otp_relations[],
    otp_timers[], otp_shares[];

/* Runs one case: a struct oracle_call. */
struct oracle_call {
    bool (*holds)(void);
    bool answer;
    unsigned schedulers;
};
void oracle_main(void *call);

#define MS INT64_C(1000000)

/* --- what the cases share: oracle_failure.c */
void oracle_idle(void *argument);      /* until a word 0 comes */
void oracle_loop(void *argument);      /* for ever, yielding */
void oracle_return(void *argument);    /* at once */
void oracle_exit_text(void *argument); /* with the text it was given */
actor_pid oracle_spawn(void (*body)(void *), const void *argument, size_t bytes);
actor_pid oracle_spawn_link(void (*body)(void *), const void *argument, size_t bytes);
actor_pid oracle_spawn_monitor(void (*body)(void *), const void *argument, size_t bytes,
                               actor_ref *monitor);
actor_pid oracle_dead(void);
/* Waits for the end that this monitor tells of; whether its reason is this text. */
bool oracle_down(actor_ref monitor, const char *reason);
/* Whether an ACTOR_EXIT from that process comes in time, with that reason unless NULL. */
bool oracle_exit(actor_pid from, const char *reason, int64_t timeout_ns);
void oracle_sleep(int64_t ms);
unsigned oracle_schedulers(void); /* of this runtime; asked by the case's own process */

static inline void oracle_tell(actor_pid to, uint64_t word)
{
    CHECK_EQ(actor_send(to, &word, sizeof word), 0);
}

static inline uint64_t oracle_word(const struct actor_message *message)
{
    CHECK(message != NULL);
    CHECK_EQ(message->kind, ACTOR_MESSAGE);
    CHECK_EQ(message->size, sizeof(uint64_t));
    return *(const uint64_t *)message->data;
}

#endif
