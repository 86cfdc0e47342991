/* Sockets and blocking calls: network.go, in its order. */
#include "golden.h"

#include <csp/net.h>
#include <inttypes.h>
#include <stdio.h>

enum { TIMES = 100, ROOM = 1000 };

struct pair {
    struct csp_listener listener;
    struct csp_conn client, server;
    char address[CSP_ADDRESS_BYTES];
    struct csp_waitgroup group;
};

static struct pair *connected(void)
{
    struct pair *pair = csp_alloc(sizeof *pair);
    *pair = (struct pair){{0}, {0}, {0}, "", {{0}}};
    csp_listen("127.0.0.1:0", &pair->listener);
    csp_listener_address(pair->listener, pair->address);
    csp_dial(pair->address, &pair->client);
    csp_listener_accept(pair->listener, &pair->server);
    return pair;
}

static void tell_error(const char *what, int64_t error)
{
    printf("%s: %s\n", what, error == 0 ? "no error" : csp_net_text(error));
}

/* What Go calls an error: nothing, for what was to be something. */
static const char *end_or(int64_t got)
{
    return got > 0 ? "no error" : csp_net_text(got);
}

static void late(struct pair *pair)
{
    char byte;
    struct csp_conn conn;
    csp_conn_set_read_deadline(pair->client, csp_now_ns() - 1000 * MS);
    tell_error("read too late", csp_conn_read(pair->client, &byte, 1));
    tell_error("read nothing", csp_conn_read(pair->client, &byte, 0));
    csp_conn_set_read_deadline(pair->client, CSP_NO_DEADLINE);
    csp_listener_set_deadline(pair->listener, csp_now_ns() + 5 * MS);
    tell_error("accept too late", csp_listener_accept(pair->listener, &conn));
    tell_error("dial too late", csp_dial_timeout(pair->address, -1, &conn));
}

static void closed(struct pair *pair)
{
    char byte;
    tell_error("close", csp_conn_close(pair->client));
    tell_error("close again", csp_conn_close(pair->client));
    tell_error("read closed", csp_conn_read(pair->client, &byte, 1));
    tell_error("write closed", csp_conn_write(pair->client, "x", 1, NULL));
    tell_error("deadline closed", csp_conn_set_deadline(pair->client, CSP_NO_DEADLINE));
}

static void net_errors(void *unused)
{
    struct pair *pair = connected();
    struct csp_listener second;
    struct csp_conn conn;
    char byte;
    (void)unused;
    tell_error("listen again", csp_listen(pair->address, &second));
    late(pair);
    csp_conn_close_write(pair->client);
    printf("read the end: %s\n", end_or(csp_conn_read(pair->server, &byte, 1)));
    tell_error("write after the end", csp_conn_write(pair->client, "x", 1, NULL));
    csp_conn_write(pair->server, "x", 1, NULL);
    csp_sleep(5 * MS);
    closed(pair);
    csp_conn_write(pair->server, "x", 1, NULL);
    csp_sleep(5 * MS);
    tell_error("write reset", csp_conn_write(pair->server, "x", 1, NULL));
    csp_listener_close(pair->listener);
    tell_error("accept closed", csp_listener_accept(pair->listener, &conn));
    tell_error("dial nobody", csp_dial(pair->address, &conn));
    tell_error("listen elsewhere", csp_listen("192.0.2.1:0", &second));
}

static void reads_and_tells(void *argument)
{
    struct pair *pair = argument;
    char byte;
    puts(end_or(csp_conn_read(pair->client, &byte, 1)));
    csp_waitgroup_done(&pair->group);
}

static void accepts_and_tells(void *argument)
{
    struct pair *pair = argument;
    struct csp_conn conn;
    puts(csp_net_text(csp_listener_accept(pair->listener, &conn)));
    csp_waitgroup_done(&pair->group);
}

static void net_close_unblocks(void *unused)
{
    struct pair *pair = connected();
    char byte;
    (void)unused;
    csp_waitgroup_add(&pair->group, 6);
    for (int i = 0; i < 3; i++) {
        csp_go(reads_and_tells, pair);
        csp_go(accepts_and_tells, pair);
    }
    csp_sleep(5 * MS);
    csp_conn_close(pair->client);
    csp_listener_close(pair->listener);
    csp_waitgroup_wait(&pair->group);
    puts(end_or(csp_conn_read(pair->server, &byte, 1)));
}

static void echoes(void *argument)
{
    struct pair *pair = argument;
    char bytes[ROOM];
    int64_t got;
    while ((got = csp_conn_read(pair->server, bytes, ROOM)) > 0)
        csp_conn_write(pair->server, bytes, (size_t)got, NULL);
    csp_conn_close(pair->server);
}

static void net_echo(void *unused)
{
    struct pair *pair = connected();
    char bytes[ROOM] = {0};
    int64_t sum = 0, got = 0;
    (void)unused;
    csp_go(echoes, pair);
    for (size_t i = 0; i < TIMES; i++) {
        size_t size = 10 * i + 1, back = 0;
        csp_conn_write(pair->client, bytes, size, NULL);
        while (back < size && (got = csp_conn_read(pair->client, bytes, size - back)) > 0)
            back += (size_t)got;
        sum += (int64_t)back;
    }
    csp_conn_close_write(pair->client);
    got = csp_conn_read(pair->client, bytes, ROOM);
    printf("%" PRId64 " %" PRId64 " %s\n", sum, got, end_or(got));
}

static void reads(void *argument)
{
    char byte;
    csp_conn_read(((struct pair *)argument)->client, &byte, 1);
}

static void accepts(void *argument)
{
    struct csp_conn conn;
    csp_listener_accept(((struct pair *)argument)->listener, &conn);
}

static void closes_late(void *argument)
{
    csp_sleep(50 * MS);
    csp_conn_close(((struct pair *)argument)->client);
}

static void net_no_deadlock(void *unused)
{
    struct pair *pair = connected();
    char byte;
    csp_go(golden_blocks, unused);
    csp_go(reads, pair);
    csp_sleep(5 * MS);
    csp_go(closes_late, pair);
    puts(end_or(csp_conn_read(pair->client, &byte, 1)));
}

static void blocks_in_kernel(void *unused)
{
    (void)unused;
    csp_block(golden_blocks_natively, NULL);
}

static void net_wait_states(void *unused)
{
    struct pair *pair = connected();
    struct csp_mutex mutex = {{0}};
    csp_go(accepts, pair);
    csp_go(reads, pair);
    csp_sleep(5 * MS);
    csp_go(reads, pair);
    csp_go(blocks_in_kernel, unused);
    csp_sleep(50 * MS);
    csp_mutex_unlock(&mutex);
}

static void main_returns_meanwhile(void *unused)
{
    csp_go(blocks_in_kernel, unused);
    csp_sleep(20 * MS);
    puts("main");
}

const struct golden_case golden_network[] = {
    {"net_errors", net_errors},
    {"net_close_unblocks", net_close_unblocks},
    {"net_echo", net_echo},
    {"net_no_deadlock", net_no_deadlock},
    {"net_wait_states", net_wait_states},
    {"main_returns_meanwhile", main_returns_meanwhile},
    {"", NULL},
};
