/* Goroutines that call native functions; the functions are those of test_block.c. */
#include "tasks_net.h"

static void calls(void *argument)
{
    struct block_case *block = argument;
    CHECK_EQ(csp_block(block->function, block), 1);
}

/* The function reads a pipe; what it reads is written by a goroutine, so one worker must
 * not be held up. */
void block_others_go_on(void *argument)
{
    struct block_case *block = argument;
    struct csp_chan *done = csp_chan_make(0, 0);
    csp_go(calls, block);
    for (int i = 0; i < 100; i++)
        csp_gosched();
    csp_sleep(5 * MS);
    CHECK_EQ(csp_block(block->thread, block), 1); /* here: writes the byte */
    csp_chan_free(done);
    while (csp_num_goroutine() > 1)
        csp_gosched();
}

struct callers {
    struct block_case *block;
    struct csp_waitgroup group;
};

static void calls_often(void *argument)
{
    struct callers *callers = argument;
    for (int64_t i = 0; i < 10; i++)
        CHECK_EQ(csp_block(callers->block->function, &i), i + 1);
    csp_waitgroup_done(&callers->group);
}

void block_many(void *block)
{
    struct callers callers = {.block = block};
    csp_waitgroup_add(&callers.group, 40);
    for (int i = 0; i < 40; i++)
        csp_go(calls_often, &callers);
    csp_waitgroup_wait(&callers.group);
}

void block_too_many(void *argument)
{
    for (int i = 0; i < 20; i++)
        csp_go(calls, argument);
    csp_select(NULL, 0);
}

void block_result(void *argument)
{
    struct block_case *block = argument;
    CHECK_EQ(csp_block(block->function, block), INT64_MIN);
    CHECK_EQ(csp_block(block->function, block), INT64_MIN);
}

/* A locked goroutine's calls are made on its own thread. */
void block_locked(void *argument)
{
    struct block_case *block = argument;
    csp_lock_os_thread();
    int64_t thread = csp_block(block->thread, NULL);
    for (int i = 0; i < 10; i++) {
        csp_gosched();
        csp_sleep(MS / 10);
        CHECK_EQ(csp_block(block->thread, NULL), thread);
    }
    csp_unlock_os_thread();
    CHECK(csp_block(block->thread, NULL) != 0);
}

/* main returns while another is in its call. */
void block_ends_meanwhile(void *argument)
{
    csp_go(calls, argument);
    csp_sleep(2 * MS);
}

void block_dump(void *argument)
{
    struct block_case *block = argument;
    csp_go(calls, block);
    csp_sleep(20 * MS);
    csp_dump(NULL, block->into);
    CHECK_EQ(csp_block(block->thread, block), 1);
}

static void recovers(void *argument)
{
    struct csp_value value;
    CHECK(csp_recover(&value));
    CHECK_EQ(value.kind, CSP_RUNTIME_ERROR);
    *(bool *)argument = true;
}

static void calls_null(void *argument)
{
    csp_defer(recovers, argument);
    csp_block(NULL, NULL);
}

void block_null(void *unused)
{
    bool recovered = false;
    (void)unused;
    csp_call(calls_null, &recovered);
    CHECK(recovered);
}

/* What a native call is given lies on a stack that would be packed otherwise. */
void block_private(void *block)
{
    struct callers callers = {.block = block};
    csp_waitgroup_add(&callers.group, 10);
    for (int i = 0; i < 10; i++)
        csp_go_with(CSP_PRIVATE_STACK, calls_often, &callers);
    csp_waitgroup_wait(&callers.group);
}
