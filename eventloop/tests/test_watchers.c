/* Watchers: readiness of descriptors in the poll phase. Names in comments are libuv's own
 * tests. */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

struct pair {
    struct loop_watcher watchers[2];
    int calls;
};

/* watcher_cross_stop: who is called first stops the other, which was ready too. */
static void stop_both(struct loop *loop, void *context, unsigned events)
{
    struct pair *pair = context;
    CHECK(loop != NULL);
    CHECK_EQ(events, LOOP_WRITABLE);
    pair->calls++;
    CHECK(loop_unwatch(&pair->watchers[0]));
    CHECK(loop_unwatch(&pair->watchers[1]));
}

static void a_stopped_watcher_gets_no_event(void)
{
    struct loop *loop = script_begin();
    struct pair pair = {0};
    int ends[2][2];
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pipe(ends[i]), 0);
        CHECK_EQ(loop_watch(loop, &pair.watchers[i], ends[i][1], LOOP_WRITABLE, stop_both,
                            &pair),
                 0);
    }
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(pair.calls, 1);
    CHECK_EQ(counter(loop, "events"), 2);
    CHECK_EQ(loop_free(loop), 0);
    for (int i = 0; i < 4; i++)
        close(ends[i / 2][i % 2]);
}

static void exit_loop(struct loop *loop, void *calls, unsigned events)
{
    CHECK_EQ(events, LOOP_WRITABLE);
    ++*(int *)calls;
    loop_exit(loop, 3);
}

static void an_exit_in_the_middle_of_results_drops_the_rest(void)
{
    struct loop *loop = script_begin();
    struct loop_watcher watchers[2] = {0};
    int ends[2][2], calls = 0;
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pipe(ends[i]), 0);
        CHECK_EQ(
            loop_watch(loop, &watchers[i], ends[i][1], LOOP_WRITABLE, exit_loop, &calls),
            0);
    }
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 3);
    CHECK_EQ(calls, 1);
    CHECK(loop_unwatch(&watchers[0]));
    CHECK(loop_unwatch(&watchers[1]));
    CHECK_EQ(loop_free(loop), 0);
    for (int i = 0; i < 4; i++)
        close(ends[i / 2][i % 2]);
}

static void ignore(struct loop *loop, void *context, unsigned events)
{
    (void)loop;
    (void)context;
    (void)events;
}

/* More descriptors are ready than one wait hands out: each is called in this phase. */
enum { CROWD = CORE_POLL_BATCH + 50 };
struct crowd {
    struct loop_watcher watchers[CROWD];
    int fds[CROWD];
    int calls;
};

static void count_and_unwatch(struct loop *loop, void *context, unsigned events)
{
    struct crowd *crowd = context;
    CHECK(loop != NULL);
    CHECK_EQ(events, LOOP_WRITABLE);
    CHECK(loop_unwatch(&crowd->watchers[crowd->calls++]));
}

static void a_full_batch_is_followed_by_another(void)
{
    static struct crowd crowd;
    struct loop *loop = script_begin();
    for (int i = 0; i < CROWD; i++) {
        crowd.fds[i] = eventfd(0, EFD_CLOEXEC);
        CHECK(crowd.fds[i] >= 0);
        CHECK_EQ(loop_watch(loop, &crowd.watchers[i], crowd.fds[i], LOOP_WRITABLE,
                            count_and_unwatch, &crowd),
                 0);
    }
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    CHECK_EQ(crowd.calls, CROWD);
    CHECK_EQ(loop_free(loop), 0);
    for (int i = 0; i < CROWD; i++)
        close(crowd.fds[i]);
}

static void a_watcher_can_be_closed(void)
{
    struct loop *loop = script_begin();
    struct loop_watcher watcher = {0};
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(loop_watch(loop, &watcher, ends[1], LOOP_WRITABLE, ignore, NULL), 0);
    CHECK_EQ(loop_close(&watcher.handle, say, "closed"), 0);
    CHECK_EQ(loop_watch(loop, &watcher, ends[1], LOOP_WRITABLE, ignore, NULL), -EINVAL);
    script_end(loop, "closed");
    close(ends[0]);
    close(ends[1]);
}

/* With 0 or 1 descriptors left no loop is made, and nothing stays behind. */
static void a_loop_without_descriptors(void)
{
    struct rlimit before, tight;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    int lowest = dup(0);
    CHECK(lowest >= 0);
    close(lowest);
    for (rlim_t left = 0; left < 2; left++) {
        struct loop *loop = NULL;
        tight = (struct rlimit){(rlim_t)lowest + left, before.rlim_max};
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
        CHECK_EQ(loop_new(&(struct loop_options){.trace_events = 4}, &loop), -EMFILE);
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
        CHECK(loop == NULL);
    }
}

struct reader {
    struct loop_watcher watcher;
    int fd;
};

static void read_one(struct loop *loop, void *context, unsigned events)
{
    struct reader *reader = context;
    char word[2] = {0};
    CHECK(loop != NULL);
    if (read(reader->fd, word, 1) == 1) {
        CHECK(events & LOOP_READABLE);
        script_say(word);
        return;
    }
    CHECK(events & LOOP_ERROR); /* the writer is gone */
    script_say("end");
    CHECK(loop_unwatch(&reader->watcher));
}

static void a_watcher_is_level_triggered_and_sees_the_end(void)
{
    struct loop *loop = script_begin();
    struct reader reader = {0};
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    reader.fd = ends[0];
    CHECK_EQ(loop_watch(loop, &reader.watcher, ends[0], LOOP_READABLE, read_one, &reader),
             0);
    CHECK_EQ(write(ends[1], "abc", 3), 3);
    close(ends[1]);
    script_end(loop, "a b c end");
    close(ends[0]);
}

static void bad_descriptors_are_answered(void)
{
    struct loop *loop = script_begin();
    struct loop_watcher a = {0}, b = {0};
    int ends[2], file = open("/proc/self/exe", O_RDONLY);
    CHECK(file >= 0);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(loop_watch(loop, &a, -1, LOOP_READABLE, ignore, NULL), -EBADF);
    CHECK_EQ(loop_watch(loop, &a, file, LOOP_READABLE, ignore, NULL), -EPERM);
    CHECK_EQ(loop_watch(loop, &a, ends[0], 0, ignore, NULL), -EINVAL);
    CHECK_EQ(loop_watch(loop, &a, ends[0], LOOP_ERROR, ignore, NULL), -EINVAL);
    CHECK(!loop_is_active(&a.handle));
    CHECK_EQ(loop_watch(loop, &a, ends[0], LOOP_READABLE, ignore, NULL), 0);
    CHECK_EQ(loop_watch(loop, &b, ends[0], LOOP_READABLE, ignore, NULL), -EEXIST);
    CHECK(loop_alive(loop));
    CHECK(loop_unwatch(&a));
    CHECK(!loop_unwatch(&a));
    script_end(loop, "");
    close(file);
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_stopped_watcher_gets_no_event),
        CHECK_CASE(an_exit_in_the_middle_of_results_drops_the_rest),
        CHECK_CASE(a_full_batch_is_followed_by_another),
        CHECK_CASE(a_watcher_can_be_closed),
        CHECK_CASE(a_loop_without_descriptors),
        CHECK_CASE(a_watcher_is_level_triggered_and_sees_the_end),
        CHECK_CASE(bad_descriptors_are_answered),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
