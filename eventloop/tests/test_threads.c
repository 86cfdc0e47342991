/* What other threads send: order, coalescing, and that nothing is lost or doubled. A lost
 * wake-up hangs a test here, as its loop has nothing else to do. */
#include "script.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static void say_and_close(struct loop *loop, void *async)
{
    script_say("async");
    CHECK(loop != NULL);
    CHECK_EQ(loop_close(async, say, "closed"), 0);
}

static void sends_count_once_and_cost_no_system_call(void)
{
    struct loop *loop = script_begin();
    struct loop_async async = {0};
    loop_async_open(loop, &async, say_and_close, &async.handle);
    for (int i = 0; i < 10; i++)
        loop_async_send(&async);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    CHECK_EQ(counter(loop, "callbacks"), 2);
    CHECK_EQ(counter(loop, "polls"), 0);
    script_end(loop, "async closed");
}

/* libuv would call them in the order of their opening. */
static void asyncs_run_in_the_order_of_sends(void)
{
    struct loop *loop = script_begin();
    struct loop_async asyncs[3] = {0};
    static char *const words[] = {"a0", "a1", "a2"};
    for (int i = 0; i < 3; i++) {
        loop_async_open(loop, &asyncs[i], say, words[i]);
        loop_unref(&asyncs[i].handle);
    }
    loop_async_send(&asyncs[2]);
    CHECK_EQ(loop_post(loop, say, "post"), 0);
    loop_async_send(&asyncs[0]);
    loop_async_send(&asyncs[1]);
    loop_async_send(&asyncs[2]);
    script_end(loop, "a2 post a0 a1");
}

static void close_other(struct loop *loop, void *other)
{
    script_say("closes");
    CHECK(loop != NULL);
    CHECK_EQ(loop_close(other, say, "closed"), 0);
}

static void a_closed_async_is_silent(void)
{
    struct loop *loop = script_begin();
    struct loop_async a = {0}, b = {0}, c = {0};
    loop_async_open(loop, &a, close_other, &b.handle);
    loop_async_open(loop, &b, say, "never");
    loop_async_open(loop, &c, say_and_close, &c.handle);
    loop_unref(&a.handle);
    loop_async_send(&a);
    CHECK_EQ(loop_post(loop, say, "post"), 0);
    loop_async_send(&b); /* behind the post in the list of arrivals when it is closed */
    CHECK_EQ(loop_run(loop, LOOP_NOWAIT), 0);
    CHECK_STR(script_said, "closes post closed");
    loop_async_send(&c);
    script_end(loop, "closes post closed async closed");
}

static void freeing_a_loop_drops_its_posts(void)
{
    struct loop *loop = script_begin();
    struct loop_async async = {0};
    loop_async_open(loop, &async, say, "never");
    loop_async_send(&async);
    CHECK_EQ(loop_post(loop, say, "never"), 0);
    CHECK_EQ(loop_free(loop), 0);
    CHECK(!loop_is_active(&async.handle));
}

/* A post finds a loop asleep in its poll phase, kept alive by an async. */
static void *post_later(void *context)
{
    usleep(20000);
    CHECK_EQ(loop_post(context, say, "posted"), 0);
    return NULL;
}

static void stop_and_say(struct loop *loop, void *unused)
{
    (void)unused;
    script_say("stop");
    loop_stop(loop);
}

static void *send_later(void *async)
{
    usleep(20000);
    loop_async_send(async);
    return NULL;
}

static void a_sleeping_loop_is_woken(void)
{
    struct loop *loop = script_begin();
    struct loop_async async = {0};
    pthread_t poster, sender;
    loop_async_open(loop, &async, stop_and_say, NULL);
    CHECK_EQ(pthread_create(&poster, NULL, post_later, loop), 0);
    CHECK_EQ(loop_run(loop, LOOP_ONCE), 0); /* one turn, as long as it takes */
    CHECK_STR(script_said, "posted");
    CHECK_EQ(pthread_create(&sender, NULL, send_later, &async), 0);
    CHECK_EQ(loop_run(loop, LOOP_DEFAULT), 0);
    pthread_join(poster, NULL);
    pthread_join(sender, NULL);
    CHECK_STR(script_said, "posted stop");
    CHECK_EQ(loop_free(loop), 0);
}

/* Several threads post numbered messages and send one async. Each post arrives once,
 * those of a thread in its order; the async sees all that was written before its last
 * send. */
enum { THREADS = 4, POSTS = 20000 };
struct poster {
    struct crowd *crowd;
    uint64_t sent; /* plain: published by posts and sends */
    uint64_t seen; /* by the loop */
    pthread_t thread;
};
struct message {
    struct poster *from;
    uint64_t number;
};
struct crowd {
    struct loop *loop;
    struct loop_async async;
    struct poster posters[THREADS];
    _Atomic uint64_t written;
    uint64_t received;
    uint64_t last_written_seen;
};

static void receive(struct loop *loop, void *context)
{
    struct message *message = context;
    CHECK(loop == message->from->crowd->loop);
    CHECK_EQ(message->number, message->from->seen + 1);
    message->from->seen = message->number;
    message->from->crowd->received++;
    free(message);
}

static void crowd_progress(struct loop *loop, void *context)
{
    struct crowd *crowd = context;
    CHECK(loop == crowd->loop);
    /* Relaxed: the send of the async published it. */
    crowd->last_written_seen = core_load_relaxed(&crowd->written);
    if (crowd->last_written_seen == (uint64_t)THREADS * POSTS)
        CHECK_EQ(loop_close(&crowd->async.handle, NULL, NULL), 0);
}

static void *post_many(void *context)
{
    struct poster *poster = context;
    for (uint64_t i = 1; i <= POSTS; i++) {
        struct message *message = malloc(sizeof *message);
        CHECK(message != NULL);
        *message = (struct message){poster, i};
        poster->sent = i;
        CHECK_EQ(loop_post(poster->crowd->loop, receive, message), 0);
        core_add_relaxed(&poster->crowd->written, UINT64_C(1));
    }
    return NULL;
}

/* The last send comes when all threads are done, so that the async may then be closed. */
static void *conduct(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&crowd->posters[i].thread, NULL, post_many,
                                &crowd->posters[i]),
                 0);
    for (int i = 0; i < 1000; i++)
        loop_async_send(&crowd->async);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(crowd->posters[i].thread, NULL), 0);
    loop_async_send(&crowd->async);
    return NULL;
}

static void no_post_is_lost_or_doubled(void)
{
    struct crowd crowd = {0};
    pthread_t conductor;
    crowd.loop = script_begin();
    for (int i = 0; i < THREADS; i++)
        crowd.posters[i].crowd = &crowd;
    loop_async_open(crowd.loop, &crowd.async, crowd_progress, &crowd);
    CHECK_EQ(pthread_create(&conductor, NULL, conduct, &crowd), 0);
    CHECK_EQ(loop_run(crowd.loop, LOOP_DEFAULT), 0);
    CHECK_EQ(pthread_join(conductor, NULL), 0);
    CHECK_EQ(crowd.received, (uint64_t)THREADS * POSTS);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(crowd.posters[i].seen, POSTS);
    CHECK_EQ(loop_free(crowd.loop), 0);
}

/* Loops in a ring, each on its thread, pass a token on: every loop sleeps between two
 * visits, so each hop takes a wake-up. */
enum { LOOPS = 5, ROUNDS = 400 };
struct station {
    struct loop *loop;
    struct loop_async keeps;
    struct station *next;
    uint64_t visits;
    pthread_t thread;
};

static void visit(struct loop *loop, void *context)
{
    struct station *station = context;
    CHECK(loop == station->loop);
    if (++station->visits == ROUNDS)
        CHECK_EQ(loop_close(&station->keeps.handle, NULL, NULL), 0);
    if (station->next->visits < ROUNDS) /* plain: it rests until it is visited */
        CHECK_EQ(loop_post(station->next->loop, visit, station->next), 0);
}

static void *run_station(void *context)
{
    struct station *station = context;
    CHECK_EQ(loop_run(station->loop, LOOP_DEFAULT), 0);
    return NULL;
}

static void loops_on_many_threads_pass_a_token(void)
{
    struct station ring[LOOPS] = {0};
    for (int i = 0; i < LOOPS; i++) {
        ring[i].next = &ring[(i + 1) % LOOPS];
        CHECK_EQ(loop_new(NULL, &ring[i].loop), 0);
        loop_async_open(ring[i].loop, &ring[i].keeps, say, "never");
    }
    for (int i = 0; i < LOOPS; i++)
        CHECK_EQ(pthread_create(&ring[i].thread, NULL, run_station, &ring[i]), 0);
    CHECK_EQ(loop_post(ring[0].loop, visit, &ring[0]), 0);
    for (int i = 0; i < LOOPS; i++) {
        CHECK_EQ(pthread_join(ring[i].thread, NULL), 0);
        CHECK_EQ(ring[i].visits, ROUNDS);
    }
    for (int i = 0; i < LOOPS; i++)
        CHECK_EQ(loop_free(ring[i].loop), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(sends_count_once_and_cost_no_system_call),
        CHECK_CASE(asyncs_run_in_the_order_of_sends),
        CHECK_CASE(a_closed_async_is_silent),
        CHECK_CASE(freeing_a_loop_drops_its_posts),
        CHECK_CASE(a_sleeping_loop_is_woken),
        CHECK_CASE(no_post_is_lost_or_doubled),
        CHECK_CASE(loops_on_many_threads_pass_a_token),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
