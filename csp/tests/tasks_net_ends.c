/* What a run reports while sockets are open, and what it does without resources. */
#include "tasks_net.h"

/* Sockets that nobody waits for keep no run alive. */
void NetpollDeadlock(void *unused)
{
    struct net_pair pair;
    char byte;
    (void)unused;
    net_connect(&pair);
    csp_conn_set_read_deadline(pair.client, net_after(MS)); /* uses the poller */
    CHECK_EQ(csp_conn_read(pair.client, &byte, 1), CSP_NET_TIMEOUT);
    csp_recv(csp_chan_make(0, 0), NULL);
}

static void writes_late(void *argument)
{
    csp_sleep(20 * MS);
    csp_conn_write(*(struct csp_conn *)argument, "x", 1, NULL);
}

void NetpollDeadlockBlocked(void *unused)
{
    struct net_pair pair;
    char byte = 0;
    (void)unused;
    net_connect(&pair);
    csp_go(writes_late, &pair.client);
    net_read_all(pair.server, &byte, 1);
    CHECK_EQ(byte, 'x');
    net_disconnect(&pair);
}

/* All sleep, and no timer is pending: what goes on comes from another thread. */
void waits_for_outside(void *address)
{
    struct csp_conn conn;
    char byte = 0;
    CHECK_EQ(csp_dial(address, &conn), 0);
    net_read_all(conn, &byte, 1);
    CHECK_EQ(byte, 'o');
    CHECK_EQ(csp_conn_close(conn), 0);
}

/* --- Without resources --------------------------------------------------------- */

enum { MANY = 64 };

void net_out_of_descriptors(void *unused)
{
    struct csp_listener listener;
    struct csp_conn conns[MANY], accepted;
    char address[CSP_ADDRESS_BYTES];
    int count = 0, rc = 0;
    (void)unused;
    net_listen(&listener, address);
    while (count < MANY && (rc = csp_dial(address, &conns[count])) == 0)
        count++;
    CHECK_EQ(rc, -EMFILE);
    CHECK(count > 1);
    CHECK_EQ(csp_listener_accept(listener, &accepted), -EMFILE);
    CHECK_EQ(csp_conn_close(conns[--count]), 0);
    CHECK_EQ(csp_listener_accept(listener, &accepted), 0);
    CHECK_EQ(csp_conn_close(accepted), 0);
    while (count > 0)
        CHECK_EQ(csp_conn_close(conns[--count]), 0);
    csp_listener_close(listener);
}

void net_without_poller(void *unused)
{
    struct csp_listener listener;
    struct csp_conn conn;
    char address[CSP_ADDRESS_BYTES];
    (void)unused;
    net_listen(&listener, address);
    CHECK_EQ(csp_listener_accept(listener, &conn), -EMFILE);
    CHECK_EQ(csp_listener_close(listener), 0);
    NetpollDeadlockBlocked(NULL);
}

/* The failure is armed for the first place in the table, or for the alarm of a wait. */
void net_without_memory(void *unused)
{
    struct csp_listener listener;
    struct csp_conn conn;
    (void)unused;
    int rc = csp_listen("127.0.0.1:0", &listener);
    if (rc == 0) {
        csp_listener_set_deadline(listener, net_after(LONG_NS));
        rc = csp_listener_accept(listener, &conn);
        CHECK_EQ(csp_listener_close(listener), 0);
    }
    CHECK_EQ(rc, -ENOMEM);
    NetpollDeadlockBlocked(NULL);
}

/* --- Others -------------------------------------------------------------------- */

static void reads_for_ever(void *argument)
{
    char byte;
    csp_conn_read(*(struct csp_conn *)argument, &byte, 1);
}

void net_dump(void *into)
{
    struct net_pair pair;
    net_connect(&pair);
    csp_go(reads_for_ever, &pair.client);
    csp_go(reads_for_ever, &pair.client);
    csp_sleep(20 * MS);
    csp_dump(NULL, into);
    net_disconnect(&pair);
}

/* Time jumps only when the network has nothing. */
void net_seeded(void *unused)
{
    struct net_pair pair;
    char bytes[8];
    (void)unused;
    net_connect(&pair);
    csp_go(net_echo, net_boxed(pair.server));
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(csp_conn_write(pair.client, "seeded!", 8, NULL), 0);
        net_read_all(pair.client, bytes, 8);
        CHECK_STR(bytes, "seeded!");
    }
    csp_conn_set_read_deadline(pair.client, net_after(LONG_NS));
    CHECK_EQ(csp_conn_read(pair.client, bytes, 1), CSP_NET_TIMEOUT);
    csp_conn_close(pair.client);
    csp_listener_close(pair.listener);
}
