/* Connections, without deadlines. */
#include "tasks_net.h"

void net_listen(struct csp_listener *listener, char address[CSP_ADDRESS_BYTES])
{
    CHECK_EQ(csp_listen("127.0.0.1:0", listener), 0);
    CHECK_EQ(csp_listener_address(*listener, address), 0);
}

void net_connect(struct net_pair *pair)
{
    char address[CSP_ADDRESS_BYTES];
    net_listen(&pair->listener, address);
    CHECK_EQ(csp_dial(address, &pair->client), 0);
    CHECK_EQ(csp_listener_accept(pair->listener, &pair->server), 0);
}

void net_disconnect(struct net_pair *pair)
{
    csp_conn_close(pair->client);
    csp_conn_close(pair->server);
    CHECK_EQ(csp_listener_close(pair->listener), 0);
}

uint64_t net_after(int64_t delay_ns)
{
    return csp_now_ns() + (uint64_t)delay_ns;
}

void net_read_all(struct csp_conn conn, void *into, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        int64_t got = csp_conn_read(conn, (char *)into + done, bytes - done);
        CHECK(got > 0);
        done += (size_t)got;
    }
}

void *net_boxed(struct csp_conn conn)
{
    struct csp_conn *box = csp_alloc(sizeof *box);
    *box = conn;
    return box;
}

void net_echo(void *argument)
{
    struct csp_conn conn = *(struct csp_conn *)argument;
    char bytes[512];
    int64_t got;
    csp_free(argument);
    while ((got = csp_conn_read(conn, bytes, sizeof bytes)) > 0)
        if (csp_conn_write(conn, bytes, (size_t)got, NULL) != 0)
            break;
    csp_conn_close(conn);
}

/* Accepts and echoes until the listener is closed. */
static void serve(void *argument)
{
    struct csp_listener *listener = argument;
    struct csp_conn conn;
    while (csp_listener_accept(*listener, &conn) == 0)
        csp_go(net_echo, net_boxed(conn));
}

/* --- Closing ------------------------------------------------------------------- */

void TestListenerClose(void *unused)
{
    struct csp_listener listener;
    struct csp_conn conn;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&listener, address);
    CHECK_EQ(csp_listener_close(listener), 0);
    CHECK_EQ(csp_listener_close(listener), CSP_NET_CLOSED);
    CHECK_EQ(csp_listener_accept(listener, &conn), CSP_NET_CLOSED);
    CHECK_EQ(csp_dial(address, &conn), -ECONNREFUSED);
    CHECK_EQ(conn.id, 0);
}

void TestListenCloseListen(void *unused)
{
    struct csp_listener listener;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&listener, address);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(csp_listener_close(listener), 0);
        CHECK_EQ(csp_listen(address, &listener), 0);
    }
    csp_listener_close(listener);
}

struct blocked {
    struct net_pair pair;
    struct csp_waitgroup group;
    atomic_int seen;
};

static void reads_closed(void *argument)
{
    struct blocked *blocked = argument;
    char byte;
    CHECK_EQ(csp_conn_read(blocked->pair.client, &byte, 1), CSP_NET_CLOSED);
    core_add_relaxed(&blocked->seen, 1); /* read after the group's wait */
    csp_waitgroup_done(&blocked->group);
}

static void accepts_closed(void *argument)
{
    struct blocked *blocked = argument;
    struct csp_conn conn;
    CHECK_EQ(csp_listener_accept(blocked->pair.listener, &conn), CSP_NET_CLOSED);
    core_add_relaxed(&blocked->seen, 1); /* as above */
    csp_waitgroup_done(&blocked->group);
}

static void blocks_and_closes(int readers, int acceptors)
{
    struct blocked blocked = {0};
    net_connect(&blocked.pair);
    csp_waitgroup_add(&blocked.group, readers + acceptors);
    for (int i = 0; i < readers; i++)
        csp_go(reads_closed, &blocked);
    for (int i = 0; i < acceptors; i++)
        csp_go(accepts_closed, &blocked);
    csp_sleep(5 * MS);
    CHECK_EQ(csp_conn_close(blocked.pair.client), 0);
    CHECK_EQ(csp_conn_close(blocked.pair.client), CSP_NET_CLOSED);
    CHECK_EQ(csp_listener_close(blocked.pair.listener), 0);
    csp_waitgroup_wait(&blocked.group);
    CHECK_EQ(core_load_relaxed(&blocked.seen), readers + acceptors); /* as above */
    csp_conn_close(blocked.pair.server);
}

void TestConnClose(void *unused)
{
    (void)unused;
    blocks_and_closes(1, 1);
}

/* One waits for bytes, the others for their turn. */
void TestMutexCloseUnblock(void *unused)
{
    (void)unused;
    blocks_and_closes(8, 8);
}

void stale_names(void *unused)
{
    struct net_pair pair, other;
    char byte, address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_connect(&pair);
    net_disconnect(&pair);
    net_connect(&other); /* takes the same places */
    CHECK_EQ(csp_conn_read(pair.client, &byte, 1), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_write(pair.client, "x", 1, NULL), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_close_write(pair.server), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_set_deadline(pair.server, 1), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_local(pair.server, address), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_set_read_buffer(pair.server, 1), CSP_NET_CLOSED);
    CHECK_EQ(csp_listener_close(pair.listener), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_read((struct csp_conn){0}, &byte, 1), -EINVAL);
    CHECK_EQ(csp_conn_close((struct csp_conn){0}), -EINVAL);
    CHECK_EQ(csp_conn_close((struct csp_conn){UINT64_MAX}), CSP_NET_CLOSED);
    CHECK_EQ(csp_conn_set_read_buffer(other.client, 0), -EINVAL);
    CHECK_EQ(csp_conn_write(other.client, "y", 1, NULL), 0);
    net_read_all(other.server, &byte, 1);
    CHECK_EQ(byte, 'y');
    net_disconnect(&other);
}

/* --- Halves -------------------------------------------------------------------- */

static void closes_read(void *argument)
{
    csp_sleep(5 * MS);
    CHECK_EQ(csp_conn_close_read(*(struct csp_conn *)argument), 0);
}

void TestCloseRead(void *unused)
{
    struct net_pair pair;
    char byte;
    (void)unused;
    net_connect(&pair);
    csp_go(closes_read, &pair.client);
    CHECK_EQ(csp_conn_read(pair.client, &byte, 1), 0);
    CHECK_EQ(csp_conn_write(pair.client, "x", 1, NULL), 0);
    net_read_all(pair.server, &byte, 1);
    net_disconnect(&pair);
}

void TestCloseWrite(void *unused)
{
    struct net_pair pair;
    char bytes[4];
    (void)unused;
    net_connect(&pair);
    CHECK_EQ(csp_conn_write(pair.client, "last", 4, NULL), 0);
    CHECK_EQ(csp_conn_close_write(pair.client), 0);
    net_read_all(pair.server, bytes, 4);
    CHECK_EQ(csp_conn_read(pair.server, bytes, 4), 0);
    CHECK_EQ(csp_conn_read(pair.server, bytes, 4), 0);
    CHECK_EQ(csp_conn_write(pair.client, "x", 1, NULL), -EPIPE);
    CHECK_EQ(csp_conn_write(pair.server, "back", 4, NULL), 0);
    net_read_all(pair.client, bytes, 4);
    CHECK_EQ(memcmp(bytes, "back", 4), 0);
    net_disconnect(&pair);
}

/* --- Many ---------------------------------------------------------------------- */

struct crowd {
    struct csp_listener listener;
    char address[CSP_ADDRESS_BYTES];
    struct csp_waitgroup group;
    struct csp_waitgroup servers;
    atomic_int accepted;
    int rounds;
    atomic_bool stop;
};

static void accepts_and_closes(void *argument)
{
    struct crowd *crowd = argument;
    struct csp_conn conn;
    while (csp_listener_accept(crowd->listener, &conn) == 0) {
        core_add_relaxed(&crowd->accepted, 1); /* read after the group's wait */
        csp_conn_close(conn);
    }
    csp_waitgroup_done(&crowd->servers);
}

static void dials(void *argument)
{
    struct crowd *crowd = argument;
    struct csp_conn conn;
    char byte;
    for (int i = 0; i < crowd->rounds; i++) {
        CHECK_EQ(csp_dial(crowd->address, &conn), 0);
        CHECK_EQ(csp_conn_read(conn, &byte, 1), 0);
        CHECK_EQ(csp_conn_close(conn), 0);
    }
    csp_waitgroup_done(&crowd->group);
}

static void gather(struct crowd *crowd, void (*member)(void *), int count)
{
    csp_waitgroup_add(&crowd->group, count);
    for (int i = 0; i < count; i++)
        csp_go(member, crowd);
}

void TestTCPConcurrentAccept(void *unused)
{
    struct crowd crowd = {.rounds = 10};
    (void)unused;
    net_listen(&crowd.listener, crowd.address);
    csp_waitgroup_add(&crowd.servers, 10);
    for (int i = 0; i < 10; i++)
        csp_go(accepts_and_closes, &crowd);
    gather(&crowd, dials, 10);
    csp_waitgroup_wait(&crowd.group);
    csp_listener_close(crowd.listener);
    csp_waitgroup_wait(&crowd.servers);
    CHECK_EQ(core_load_relaxed(&crowd.accepted), 100); /* as above */
}

void burst_of_connects(void *count)
{
    struct crowd crowd = {.rounds = 1};
    net_listen(&crowd.listener, crowd.address);
    csp_waitgroup_add(&crowd.servers, 1);
    csp_go(accepts_and_closes, &crowd);
    gather(&crowd, dials, *(int *)count);
    csp_waitgroup_wait(&crowd.group);
    csp_listener_close(crowd.listener);
    csp_waitgroup_wait(&crowd.servers);
    CHECK_EQ(core_load_relaxed(&crowd.accepted), *(int *)count); /* as above */
}

/* Echoes messages of growing size through a connection of its own. */
static void talks(void *argument)
{
    struct crowd *crowd = argument;
    struct csp_conn conn;
    char out[600], in[600];
    CHECK_EQ(csp_dial(crowd->address, &conn), 0);
    for (int i = 0; i < crowd->rounds; i++) {
        size_t bytes = 1 + (size_t)i * 37 % sizeof out;
        memset(out, 'a' + i % 26, bytes);
        CHECK_EQ(csp_conn_write(conn, out, bytes, NULL), 0);
        net_read_all(conn, in, bytes);
        CHECK_EQ(memcmp(in, out, bytes), 0);
    }
    CHECK_EQ(csp_conn_close(conn), 0);
    csp_waitgroup_done(&crowd->group);
}

void TestTCPStress(void *unused)
{
    struct crowd crowd = {.rounds = 100};
    (void)unused;
    net_listen(&crowd.listener, crowd.address);
    csp_go(serve, &crowd.listener);
    gather(&crowd, talks, 20);
    csp_waitgroup_wait(&crowd.group);
    csp_listener_close(crowd.listener);
}

/* Calls nothing: only a tick takes its turn away. */
static void loops(void *argument)
{
    struct crowd *crowd = argument;
    while (!core_load_relaxed(&crowd->stop)) /* ends the loop, orders nothing */
        core_pause();
    csp_waitgroup_done(&crowd->servers);
}

void echo_beside_loops(void *unused)
{
    struct crowd crowd = {.rounds = 2};
    (void)unused;
    net_listen(&crowd.listener, crowd.address);
    csp_go(serve, &crowd.listener);
    csp_waitgroup_add(&crowd.servers, 2);
    csp_go(loops, &crowd);
    csp_go(loops, &crowd);
    gather(&crowd, talks, 64);
    csp_waitgroup_wait(&crowd.group);
    core_store_relaxed(&crowd.stop, true); /* as above */
    csp_waitgroup_wait(&crowd.servers);
    csp_listener_close(crowd.listener);
}

/* --- Bytes --------------------------------------------------------------------- */

enum { BIG = 8 * 1024 * 1024, BLOCK = 100000, WRITERS = 6 };

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 31 + at / 257);
}

static void sends_big(void *argument)
{
    struct csp_conn conn = *(struct csp_conn *)argument;
    uint8_t *bytes = csp_alloc(BIG);
    size_t written = 0;
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = pattern(i);
    CHECK_EQ(csp_conn_write(conn, bytes, BIG, &written), 0);
    CHECK_EQ(written, BIG);
    CHECK_EQ(csp_conn_close_write(conn), 0);
    csp_free(bytes);
}

void TestTCPBig(void *unused)
{
    struct net_pair pair;
    uint8_t *bytes = csp_alloc(65536);
    size_t total = 0;
    int64_t got;
    (void)unused;
    net_connect(&pair);
    csp_go(sends_big, &pair.client);
    while ((got = csp_conn_read(pair.server, bytes, 65536)) > 0)
        for (int64_t i = 0; i < got; i++, total++)
            CHECK_EQ(bytes[i], pattern(total));
    CHECK_EQ(got, 0);
    CHECK_EQ(total, BIG);
    net_disconnect(&pair);
}

struct writer {
    struct csp_conn conn;
    char letter;
    struct csp_waitgroup *group;
};

static void writes_block(void *argument)
{
    struct writer *writer = argument;
    char *bytes = csp_alloc(BLOCK);
    memset(bytes, writer->letter, BLOCK);
    CHECK_EQ(csp_conn_write(writer->conn, bytes, BLOCK, NULL), 0);
    csp_free(bytes);
    csp_waitgroup_done(writer->group);
}

/* What one write sends is not cut by another's, though each waits for room. */
void concurrent_writes_do_not_mix(void *unused)
{
    struct net_pair pair;
    struct csp_waitgroup group = {0};
    struct writer writers[WRITERS];
    char *bytes = csp_alloc(BLOCK);
    (void)unused;
    net_connect(&pair);
    CHECK_EQ(csp_conn_set_write_buffer(pair.client, 4096), 0);
    csp_waitgroup_add(&group, WRITERS);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){pair.client, (char)('a' + i), &group};
        csp_go(writes_block, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        net_read_all(pair.server, bytes, BLOCK);
        for (int j = 1; j < BLOCK; j++)
            CHECK_EQ(bytes[j], bytes[0]);
    }
    csp_waitgroup_wait(&group);
    net_disconnect(&pair);
}

void client_never_reads(void *unused)
{
    struct net_pair pair;
    size_t written = 0;
    char *bytes = csp_alloc(BIG);
    (void)unused;
    memset(bytes, 1, BIG);
    net_connect(&pair);
    CHECK_EQ(csp_conn_set_read_buffer(pair.client, 4096), 0);
    CHECK_EQ(csp_conn_set_write_deadline(pair.server, net_after(20 * MS)), 0);
    CHECK_EQ(csp_conn_write(pair.server, bytes, BIG, &written), CSP_NET_TIMEOUT);
    CHECK(written > 0 && written < BIG);
    TestTCPStress(NULL); /* the others are served meanwhile */
    net_disconnect(&pair);
    csp_free(bytes);
}

/* Who closes with unread bytes resets the connection. */
void reset_by_peer(void *unused)
{
    struct net_pair pair;
    char byte;
    int rc = 0;
    (void)unused;
    net_connect(&pair);
    CHECK_EQ(csp_conn_write(pair.server, "unread", 6, NULL), 0);
    csp_sleep(2 * MS);
    CHECK_EQ(csp_conn_close(pair.client), 0);
    CHECK_EQ(csp_conn_read(pair.server, &byte, 1), -ECONNRESET);
    for (int i = 0; i < 1000 && rc == 0; i++)
        rc = csp_conn_write(pair.server, "x", 1, NULL);
    CHECK_EQ(rc, -EPIPE);
    net_disconnect(&pair);
}

/* --- Addresses ----------------------------------------------------------------- */

void TestTCPSelfConnect(void *unused)
{
    struct csp_listener listener;
    struct csp_conn conn;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&listener, address);
    CHECK_EQ(csp_listener_close(listener), 0);
    for (int i = 0; i < 2000; i++)
        CHECK(csp_dial(address, &conn) < 0);
}

void TestDialListenAddr(void *unused)
{
    struct net_pair pair;
    char near[CSP_ADDRESS_BYTES], far[CSP_ADDRESS_BYTES];
    (void)unused;
    net_connect(&pair);
    CHECK_EQ(csp_listener_address(pair.listener, near), 0);
    CHECK_EQ(strncmp(near, "127.0.0.1:", 10), 0);
    CHECK_EQ(csp_conn_remote(pair.client, far), 0);
    CHECK_STR(near, far);
    CHECK_EQ(csp_conn_local(pair.client, near), 0);
    CHECK_EQ(csp_conn_remote(pair.server, far), 0);
    CHECK_STR(near, far);
    net_disconnect(&pair);
    CHECK_EQ(csp_listen(":0", &pair.listener), 0);
    CHECK_EQ(csp_listener_address(pair.listener, near), 0);
    CHECK_EQ(csp_dial(strrchr(near, ':'), &pair.client), 0);
    CHECK_EQ(csp_listener_accept(pair.listener, &pair.server), 0);
    CHECK_EQ(csp_conn_remote(pair.server, far), 0);
    CHECK_EQ(strncmp(far, "127.0.0.1:", 10), 0);
    net_disconnect(&pair);
    CHECK_EQ(csp_listen("localhost:0", &pair.listener), 0);
    CHECK_EQ(csp_listener_close(pair.listener), 0);
}

void TestIPv6(void *unused)
{
    struct net_pair pair;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    int rc = csp_listen("[::1]:0", &pair.listener);
    if (rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT) {
        puts("  skipped: no IPv6 here");
        return;
    }
    CHECK_EQ(csp_listener_address(pair.listener, address), 0);
    CHECK_EQ(strncmp(address, "[::1]:", 6), 0);
    CHECK_EQ(csp_dial(address, &pair.client), 0);
    CHECK_EQ(csp_listener_accept(pair.listener, &pair.server), 0);
    net_disconnect(&pair);
}

void errors_and_texts(void *unused)
{
    static const char *const bad[] = {
        "",       "127.0.0.1",  "127.0.0.1:",       "127.0.0.1:65536",
        "::1:80", "1.2.3.4:-1", "127.0.0.1:080000", "localhost:http",
        NULL};
    struct csp_listener listener, second;
    struct csp_conn conn;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_EQ(csp_listen(bad[i], &listener), -EINVAL);
        CHECK_EQ(csp_dial(bad[i], &conn), -EINVAL);
    }
    CHECK_EQ(csp_dial("nowhere.invalid:80", &conn), CSP_NET_NO_HOST);
    CHECK_EQ(csp_dial("1.2.3.4.5:80", &conn), CSP_NET_NO_HOST);
    CHECK_EQ(csp_listen("192.0.2.1:0", &listener), -EADDRNOTAVAIL);
    net_listen(&listener, address);
    CHECK_EQ(csp_listen(address, &second), -EADDRINUSE);
    CHECK_EQ(second.id, 0);
    csp_listener_close(listener);
    CHECK_STR(csp_net_text(0), "EOF");
    CHECK_STR(csp_net_text(CSP_NET_CLOSED), "use of closed network connection");
    CHECK_STR(csp_net_text(CSP_NET_TIMEOUT), "i/o timeout");
    CHECK_STR(csp_net_text(-ECONNREFUSED), "connection refused");
    CHECK_STR(csp_net_text(-EADDRINUSE), "address already in use");
    CHECK_STR(csp_net_text(-1000), "unknown error");
}

/* The end of the run closes them. */
void leaves_open(void *unused)
{
    struct net_pair pair;
    (void)unused;
    net_connect(&pair);
    csp_go(net_echo, net_boxed(pair.server));
    csp_sleep(MS);
}
