/* turns.h - the smallest scheduler that moves tasks: any number of workers take tasks
 * from one queue, and a task whose turn was taken goes to its end. Shared by the tests of
 * preemption. */
#ifndef CORE_TESTS_TURNS_H
#define CORE_TESTS_TURNS_H

#include <core/context.h>
#include <core/list.h>
#include <core/worker.h>
#include <pthread.h>

enum { TURNS_TASKS = 8, TURNS_WORKERS = 2 };

struct turns;

struct turns_task {
    void (*run)(struct turns_task *);
    uint64_t (*hold)(const atomic_bool *stop); /* what run_hold calls */
    struct turns *turns;
    struct core_context context;
    struct core_stack *stack;
    struct core_list runnable;
    unsigned last_worker;
    uint64_t wrong; /* what `hold` returned */
    bool ended;
};

struct turns_place {
    struct core_worker worker;
    struct core_context main;
    struct turns *turns;
    struct turns_task *running;
    volatile unsigned ticks; /* by the handler */
};

struct turns {
    struct core_worker_hooks hooks;
    uint64_t tick_ns;
    int nopreempt; /* what the workers start with */
    uint64_t enough_yields, enough_moves;
    pthread_mutex_t mutex;
    struct core_list runnable;
    unsigned left; /* tasks that have not ended */
    struct core_stacks stacks;
    struct turns_task task[TURNS_TASKS];
    struct turns_place place[TURNS_WORKERS];
    _Atomic uint64_t yields, moves; /* a move: resumed by another worker than before */
    atomic_bool stop;
    atomic_bool there; /* the task is where its ticks count */
};

/* Zeroes all; the hooks take every turn at every tick and stop after enough_yields and
 * enough_moves. The caller may change what stands before `mutex`. */
void turns_open(struct turns *turns);
void turns_add(struct turns *turns, void (*run)(struct turns_task *));
/* A task that holds something; see preempt_tasks.h. */
void turns_add_hold(struct turns *turns, uint64_t (*hold)(const atomic_bool *));
/* Runs all tasks to their end on this many workers. */
void turns_run(struct turns *turns, unsigned workers);
void turns_close(struct turns *turns);

#endif
