/* runtime.h - how the tests of gil/ start a runtime and threads: nothing fails in
 * silence. */
#ifndef GIL_TESTS_RUNTIME_H
#define GIL_TESTS_RUNTIME_H

#include "check.h"

#include <core/clock.h>
#include <errno.h>
#include <gil.h>

/* Within a test nobody asks for the lock. */
#define LONG_INTERVAL_NS (UINT64_C(1000) * CORE_NS_PER_S)

static inline struct gil_config config_with(uint64_t interval_ns)
{
    struct gil_config config = gil_config_default();
    config.interval_ns = interval_ns;
    return config;
}

static inline struct gil *start(const struct gil_config *config)
{
    struct gil *gil = NULL;
    CHECK_EQ(gil_start(config, &gil), 0);
    return gil;
}

/* Runs the function in a runtime of its own. */
static inline void run_alone(gil_function *function, void *argument)
{
    struct gil_config config = gil_config_default();
    struct gil *gil = start(&config);
    CHECK_EQ(gil_run(gil, function, argument), 0);
    gil_stop(gil);
}

GIL_HELD static inline struct gil_thread *launch(gil_function *function, void *argument,
                                                 enum gil_daemon daemon)
{
    struct gil_thread_options options = {.daemon = daemon};
    struct gil_thread *thread = NULL;
    CHECK_EQ(gil_thread_new(function, argument, &options, &thread), 0);
    CHECK_EQ(gil_thread_start(thread), 0);
    return thread;
}

GIL_HELD static inline struct gil_thread *spawn(gil_function *function, void *argument)
{
    return launch(function, argument, GIL_DAEMON_INHERIT);
}

GIL_HELD static inline void join(struct gil_thread *thread)
{
    CHECK_EQ(gil_thread_join(thread, GIL_FOREVER), 0);
    CHECK(!gil_thread_alive(thread));
    gil_thread_free(thread);
}

#endif
