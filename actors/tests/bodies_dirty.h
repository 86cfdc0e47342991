/* bodies_dirty.h - the processes of test_dirty.c (task code: bodies_dirty.c, bodies_native.c) and the
 * native functions that they call (no task code, test_dirty.c). */
#ifndef ACTORS_TESTS_BODIES_DIRTY_H
#define ACTORS_TESTS_BODIES_DIRTY_H

#include "bodies.h"

#include <actors/dirty.h>

enum { DIRTY_ROOM = 64 };

/* What a body and its native functions share with the test. */
struct dirty_world {
    struct actors *runtime;
    unsigned schedulers;
    atomic_bool open;             /* the gate at which native functions wait */
    atomic_uint_least64_t inside; /* have come to it */
    atomic_uint_least64_t gone;   /* have left it */
    atomic_uint_least64_t wrong;  /* found something that must not be */
    uint64_t order[DIRTY_ROOM];   /* in which numbered ones ran */
    atomic_uint_least64_t ordered;
    uint64_t answer;
};

/* A call that has a number. */
struct dirty_call {
    struct dirty_world *world;
    uint64_t number;
    actor_pid parent;
    const uint64_t *memory; /* private memory and a message in hand, each 4711 */
    const uint64_t *message;
};

void native_gate(void *world);    /* waits until it is open */
void native_number(void *call);   /* notes its number in `order` */
void native_inherits(void *call); /* at the gate, then reads what its process had */
void native_sends(void *call);    /* the numbers below `number` to the parent */
void native_talks_for_the_dead(void *call); /* at the gate, then tries to send */
void native_add(void *call);       /* adds its number to `answer` of the call's world */
void native_room(void *world);     /* uses a MiB of stack, errno and a thread-local */
void native_queue(void *call);     /* puts the length of the CPU queue into `number` */
void native_receives(void *world); /* what it must not */
void native_exits(void *world);    /* as it must not */
void native_faults(void *world);   /* a bad pointer */
bool native_step(void *call);      /* takes two ticks; `number` times */
bool native_step_watches(void *call);
bool native_step_room(void *world); /* native_room in place */
bool native_step_sends(void *call); /* one number below `number` */
bool native_step_receives(void *world);

/* Each takes a struct dirty_world *. */
void body_schedulers_stay_free(void *world);
void body_fifo(void *world);
void body_killed_inside(void *world);
void body_exit_signals_inside(void *world);
void body_killed_in_queue(void *world);
void body_suspended_inside(void *world);
void body_sends_from_native(void *world);
void body_silent_after_death(void *world);
void body_thousand(void *world);
void body_random_deaths(void *world);
void body_left_inside(void *world);
void body_bad_arguments(void *world);
void body_failures(void *world);
void body_few_threads(void *world);
void body_one_thread(void *world);
void body_steps(void *world);
void body_steps_charged(void *world);
void body_steps_killed(void *world);
void body_rooms(void *world);
void body_too_large_inside(void *world);
void body_calls_receives(void *world);
void body_calls_exits(void *world);
void body_calls_faults(void *world);
void body_calls_step_receives(void *world);

/* --- what the bodies share; they are task code ---------------------------------- */

/* relaxed everywhere: what goes with a count goes by messages, or is read at the end */
static inline uint64_t now(atomic_uint_least64_t *count)
{
    return core_load_relaxed(count);
}

static inline bool never(const struct actor_message *message, void *context)
{
    (void)message, (void)context;
    return false;
}

/* Waits without taking a message. */
static inline void await(atomic_uint_least64_t *count, uint64_t value)
{
    while (now(count) < value)
        actor_receive_match(never, NULL, MS / 10);
}

static inline bool is_kind(const struct actor_message *message, void *context)
{
    return message->kind == *(uint32_t *)context;
}

static inline const struct actor_message *take(uint32_t kind)
{
    return actor_receive_match(is_kind, &kind, ACTOR_FOREVER);
}

static inline bool nothing_of(uint32_t kind)
{
    return actor_receive_match(is_kind, &kind, 0) == NULL;
}

static inline bool down_is(actor_ref monitor, const char *reason)
{
    const struct actor_down *down = take(ACTOR_DOWN)->data;
    return down->monitor == monitor && actor_reason_is(&down->reason, reason);
}

static inline actor_pid spawn_monitored(void (*body)(void *),
                                        const struct dirty_call *call, actor_ref *monitor)
{
    struct actor_options options = {.monitor = monitor};
    actor_pid pid;
    CHECK_EQ(actor_spawn_with(&options, body, call, sizeof *call, &pid), 0);
    return pid;
}

static inline struct dirty_call call_of(struct dirty_world *world, uint64_t number)
{
    return (struct dirty_call){world, number, actor_self(), NULL, NULL};
}

static inline void open_gate(struct dirty_world *world)
{
    core_store_relaxed(&world->open, true); /* a flag by itself */
}

static inline void at_gate_cpu(void *argument)
{
    const struct dirty_call *call = argument;
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_CPU, native_gate, call->world), 0);
    send_word(call->parent, call->number);
}

static inline void numbered(void *argument)
{
    struct dirty_call *call = argument;
    CHECK_EQ(actor_dirty(ACTOR_DIRTY_CPU, native_number, call), 0);
    send_word(call->parent, call->number);
}

#endif
