/* Deadlines and timeouts. Nothing here measures time: what must come, comes; what must
 * not, has been given a while. */
#include "tasks_net.h"

/* --- Dialling ------------------------------------------------------------------ */

/* The listener there accepts nobody, and its backlog is full. */
void TestDialTimeout(void *address)
{
    struct csp_conn conn;
    uint64_t start_ns = csp_now_ns();
    CHECK_EQ(csp_dial_timeout(address, 30 * MS, &conn), CSP_NET_TIMEOUT);
    CHECK(csp_now_ns() - start_ns >= (uint64_t)(30 * MS));
    CHECK_EQ(csp_dial_timeout(address, -1, &conn), CSP_NET_TIMEOUT);
    CHECK_EQ(csp_dial_timeout(address, 1, &conn), CSP_NET_TIMEOUT);
}

void TestDialTimeoutMaxDuration(void *unused)
{
    struct net_pair pair;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&pair.listener, address);
    CHECK_EQ(csp_dial_timeout(address, INT64_MAX, &pair.client), 0);
    CHECK_EQ(csp_listener_accept(pair.listener, &pair.server), 0);
    net_disconnect(&pair);
}

/* --- Accepting ----------------------------------------------------------------- */

void TestAcceptTimeout(void *unused)
{
    static const int64_t delays_ns[] = {-5 * MS, 0, 10 * MS, 0};
    struct net_pair pair;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&pair.listener, address);
    CHECK_EQ(csp_dial(address, &pair.client), 0);
    /* A deadline that is over wins over a connection that waits. */
    CHECK_EQ(csp_listener_set_deadline(pair.listener, net_after(-5 * MS)), 0);
    CHECK_EQ(csp_listener_accept(pair.listener, &pair.server), CSP_NET_TIMEOUT);
    CHECK_EQ(csp_listener_set_deadline(pair.listener, CSP_NO_DEADLINE), 0);
    CHECK_EQ(csp_listener_accept(pair.listener, &pair.server), 0);
    for (size_t i = 0; i < sizeof delays_ns / sizeof *delays_ns; i++) {
        struct csp_conn none;
        CHECK_EQ(csp_listener_set_deadline(pair.listener, net_after(delays_ns[i])), 0);
        for (int j = 0; j < 10; j++)
            CHECK_EQ(csp_listener_accept(pair.listener, &none), CSP_NET_TIMEOUT);
    }
    net_disconnect(&pair);
}

void TestAcceptTimeoutMustReturn(void *unused)
{
    struct csp_listener listener;
    struct csp_conn conn;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&listener, address);
    csp_listener_set_deadline(listener, CSP_NO_DEADLINE);
    csp_listener_set_deadline(listener, net_after(10 * MS));
    CHECK_EQ(csp_listener_accept(listener, &conn), CSP_NET_TIMEOUT);
    csp_listener_close(listener);
}

struct waiter {
    struct net_pair pair;
    struct csp_chan *result;
};

static void accepts(void *argument)
{
    struct waiter *waiter = argument;
    struct csp_conn conn;
    int64_t rc = csp_listener_accept(waiter->pair.listener, &conn);
    csp_send(waiter->result, &rc);
}

static void reads(void *argument)
{
    struct waiter *waiter = argument;
    char byte;
    int64_t rc = csp_conn_read(waiter->pair.client, &byte, 1);
    csp_send(waiter->result, &rc);
}

static int64_t result_of(struct waiter *waiter)
{
    int64_t rc = 0;
    csp_recv(waiter->result, &rc);
    return rc;
}

static void check_waits_on(struct waiter *waiter)
{
    struct csp_case receive = {
        .op = CSP_RECV, .chan = waiter->result, .element = &(int64_t){0}};
    CHECK_EQ(csp_select_timeout(&receive, 1, (uint64_t)(20 * MS)), CSP_NO_CASE);
}

static void begin(struct waiter *waiter, void (*waits)(void *))
{
    net_connect(&waiter->pair);
    waiter->result = csp_chan_make(sizeof(int64_t), 1);
    csp_go(waits, waiter);
}

void TestAcceptTimeoutMustNotReturn(void *unused)
{
    struct waiter waiter;
    (void)unused;
    begin(&waiter, accepts);
    check_waits_on(&waiter);
    csp_listener_close(waiter.pair.listener);
    CHECK_EQ(result_of(&waiter), CSP_NET_CLOSED);
    csp_conn_close(waiter.pair.client);
    csp_conn_close(waiter.pair.server);
}

/* --- Reading ------------------------------------------------------------------- */

void TestReadTimeout(void *unused)
{
    static const int64_t delays_ns[] = {-5 * MS, 10 * MS};
    struct net_pair pair;
    char byte = 0;
    (void)unused;
    net_connect(&pair);
    CHECK_EQ(csp_conn_write(pair.server, "x", 1, NULL), 0);
    for (size_t i = 0; i < sizeof delays_ns / sizeof *delays_ns; i++) {
        CHECK_EQ(csp_conn_set_read_deadline(pair.client, net_after(delays_ns[i])), 0);
        if (i > 0)
            net_read_all(pair.client, &byte, 1);
        for (int j = 0; j < 10; j++)
            CHECK_EQ(csp_conn_read(pair.client, &byte, 1), CSP_NET_TIMEOUT);
        CHECK_EQ(csp_conn_read(pair.client, &byte, 0), 0);
        CHECK_EQ(csp_conn_write(pair.client, "w", 1, NULL), 0);
    }
    CHECK_EQ(byte, 'x');
    net_disconnect(&pair);
}

void TestReadTimeoutMustNotReturn(void *unused)
{
    struct waiter waiter;
    (void)unused;
    begin(&waiter, reads);
    CHECK_EQ(csp_conn_set_write_deadline(waiter.pair.client, 1), 0);
    check_waits_on(&waiter);
    csp_conn_close(waiter.pair.server);
    CHECK_EQ(result_of(&waiter), 0);
    net_disconnect(&waiter.pair);
}

void TestReadTimeoutFluctuation(void *unused)
{
    struct net_pair pair;
    char byte;
    (void)unused;
    net_connect(&pair);
    for (int64_t delay_ns = MS / 8; delay_ns <= 16 * MS; delay_ns *= 2) {
        uint64_t until_ns = net_after(delay_ns);
        CHECK_EQ(csp_conn_set_read_deadline(pair.client, until_ns), 0);
        CHECK_EQ(csp_conn_read(pair.client, &byte, 1), CSP_NET_TIMEOUT);
        CHECK(csp_now_ns() >= until_ns);
    }
    net_disconnect(&pair);
}

/* A new deadline is for those who wait already. */
void deadline_while_blocked(void *unused)
{
    struct waiter waiter;
    (void)unused;
    begin(&waiter, reads);
    CHECK_EQ(csp_conn_set_read_deadline(waiter.pair.client, net_after(LONG_NS)), 0);
    csp_sleep(5 * MS);
    CHECK_EQ(csp_conn_set_read_deadline(waiter.pair.client, CSP_NO_DEADLINE), 0);
    check_waits_on(&waiter);
    CHECK_EQ(csp_conn_set_read_deadline(waiter.pair.client, 1), 0);
    CHECK_EQ(result_of(&waiter), CSP_NET_TIMEOUT);
    csp_conn_set_deadline(waiter.pair.client, CSP_NO_DEADLINE);
    csp_go(reads, &waiter);
    csp_sleep(2 * MS);
    CHECK_EQ(csp_conn_set_deadline(waiter.pair.client, net_after(5 * MS)), 0);
    CHECK_EQ(result_of(&waiter), CSP_NET_TIMEOUT);
    CHECK_EQ(csp_conn_write(waiter.pair.client, "x", 1, NULL), CSP_NET_TIMEOUT);
    net_disconnect(&waiter.pair);
}

/* --- Writing ------------------------------------------------------------------- */

enum { MUCH = 16 * 1024 * 1024 };

static void fill_until(struct csp_conn conn, int64_t delay_ns)
{
    char *bytes = csp_alloc(MUCH);
    size_t written = 1;
    memset(bytes, 'x', MUCH);
    CHECK_EQ(csp_conn_set_write_deadline(conn, net_after(delay_ns)), 0);
    CHECK_EQ(csp_conn_write(conn, bytes, MUCH, &written), CSP_NET_TIMEOUT);
    CHECK_EQ(written > 0, delay_ns > 0);
    CHECK_EQ(csp_conn_write(conn, bytes, 1, &written), CSP_NET_TIMEOUT);
    CHECK_EQ(written, 0);
    csp_free(bytes);
}

void TestWriteTimeout(void *unused)
{
    struct net_pair pair;
    (void)unused;
    net_connect(&pair);
    fill_until(pair.client, -5 * MS);
    fill_until(pair.server, -5 * MS);
    net_disconnect(&pair);
}

void TestWriteTimeoutMustReturn(void *unused)
{
    struct net_pair pair;
    (void)unused;
    net_connect(&pair);
    fill_until(pair.client, 30 * MS);
    net_disconnect(&pair);
}

/* --- Many ---------------------------------------------------------------------- */

static void pours(void *argument)
{
    struct csp_conn conn = *(struct csp_conn *)argument;
    char *bytes = csp_alloc(65536);
    memset(bytes, 'x', 65536);
    while (csp_conn_write(conn, bytes, 65536, NULL) == 0)
        ;
    csp_free(bytes);
    csp_conn_close(conn);
    csp_free(argument);
}

void TestVariousDeadlines(void *unused)
{
    static const int64_t timeouts_ns[] = {1, 2, 5, 500, 50000, MS / 2, MS, 5 * MS};
    char *bytes = csp_alloc(65536);
    (void)unused;
    for (size_t i = 0; i < sizeof timeouts_ns / sizeof *timeouts_ns; i++)
        for (int run = 0; run < 3; run++) {
            struct net_pair pair;
            int64_t got;
            net_connect(&pair);
            csp_go(pours, net_boxed(pair.server));
            csp_conn_set_deadline(pair.client, net_after(timeouts_ns[i]));
            do {
                got = csp_conn_read(pair.client, bytes, 65536);
            } while (got > 0);
            CHECK_EQ(got, CSP_NET_TIMEOUT);
            CHECK_EQ(csp_conn_close(pair.client), 0);
            csp_listener_close(pair.listener);
        }
    csp_free(bytes);
}

void TestReadWriteProlongedTimeout(void *unused)
{
    struct net_pair pair;
    char byte = 'p', back = 0;
    (void)unused;
    net_connect(&pair);
    csp_go(net_echo, net_boxed(pair.server));
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(csp_conn_set_deadline(pair.client, net_after(LONG_NS)), 0);
        CHECK_EQ(csp_conn_write(pair.client, &byte, 1, NULL), 0);
        net_read_all(pair.client, &back, 1);
        CHECK_EQ(back, 'p');
    }
    csp_conn_close(pair.client);
    csp_listener_close(pair.listener);
}

struct setters {
    struct csp_conn conns[8];
    struct csp_waitgroup group;
};

static void sets_deadlines(void *argument)
{
    struct setters *setters = argument;
    for (int i = 0; i < 100; i++)
        for (int j = 0; j < 8; j++) {
            CHECK_EQ(csp_conn_set_read_deadline(setters->conns[j], net_after(LONG_NS)),
                     0);
            CHECK_EQ(csp_conn_set_write_deadline(setters->conns[j], net_after(LONG_NS)),
                     0);
        }
    csp_waitgroup_done(&setters->group);
}

static void reads_until_end(void *argument)
{
    char byte;
    while (csp_conn_read(*(struct csp_conn *)argument, &byte, 1) > 0)
        ;
}

/* While others wait there. */
void TestConcurrentSetDeadline(void *unused)
{
    struct setters setters = {0};
    struct net_pair pairs[8];
    (void)unused;
    csp_waitgroup_add(&setters.group, 8);
    for (int i = 0; i < 8; i++) {
        net_connect(&pairs[i]);
        setters.conns[i] = pairs[i].client;
        csp_go(reads_until_end, &setters.conns[i]);
    }
    for (int i = 0; i < 8; i++)
        csp_go(sets_deadlines, &setters);
    csp_waitgroup_wait(&setters.group);
    for (int i = 0; i < 8; i++)
        net_disconnect(&pairs[i]);
}
