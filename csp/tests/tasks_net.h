/* tasks_net.h - main goroutines of test_net.c, named after Go's tests where they have one
 * (net_test.go, timeout_test.go, tcpsock_test.go, fd_mutex_test.go, crash_test.go). */
#ifndef TASKS_NET_H
#define TASKS_NET_H

#include "check.h"

#include <core/atomic.h>
#include <csp/net.h>
#include <stdio.h>

#define MS INT64_C(1000000)
#define LONG_NS (60000 * MS) /* a loaded machine does not reach it */

/* Two ends of one connection, and the listener it came from. */
struct net_pair {
    struct csp_listener listener;
    struct csp_conn client;
    struct csp_conn server;
};
void net_listen(struct csp_listener *listener, char address[CSP_ADDRESS_BYTES]);
void net_connect(struct net_pair *pair);
void net_disconnect(struct net_pair *pair);
uint64_t net_after(int64_t delay_ns);
/* Reads exactly so many bytes, or stops the test. */
void net_read_all(struct csp_conn conn, void *into, size_t bytes);
/* Reads and writes the same until the end, then closes. */
void net_echo(void *conn);
/* An allocated copy, for a goroutine of its own. */
void *net_boxed(struct csp_conn conn);

/* tasks_net.c */
void TestListenerClose(void *unused);
void TestListenCloseListen(void *unused);
void TestConnClose(void *unused);
void TestCloseRead(void *unused);
void TestCloseWrite(void *unused);
void TestTCPConcurrentAccept(void *unused);
void TestTCPStress(void *unused);
void TestTCPBig(void *unused);
void TestTCPSelfConnect(void *unused);
void TestMutexCloseUnblock(void *unused);
void TestDialListenAddr(void *unused);
void TestIPv6(void *unused);
void errors_and_texts(void *unused);
void concurrent_writes_do_not_mix(void *unused);
void stale_names(void *unused);
void reset_by_peer(void *unused);
void client_never_reads(void *unused);
void echo_beside_loops(void *unused);
void burst_of_connects(void *count);
void leaves_open(void *unused);

/* tasks_net_deadline.c */
void TestDialTimeout(void *address);
void TestDialTimeoutMaxDuration(void *unused);
void TestAcceptTimeout(void *unused);
void TestAcceptTimeoutMustReturn(void *unused);
void TestAcceptTimeoutMustNotReturn(void *unused);
void TestReadTimeout(void *unused);
void TestReadTimeoutMustNotReturn(void *unused);
void TestReadTimeoutFluctuation(void *unused);
void TestWriteTimeout(void *unused);
void TestWriteTimeoutMustReturn(void *unused);
void TestVariousDeadlines(void *unused);
void TestReadWriteProlongedTimeout(void *unused);
void TestConcurrentSetDeadline(void *unused);
void deadline_while_blocked(void *unused);

/* tasks_net_ends.c */
void NetpollDeadlock(void *unused);
void NetpollDeadlockBlocked(void *unused);
void waits_for_outside(void *address);
void net_out_of_descriptors(void *unused);
void net_without_poller(void *unused);
void net_without_memory(void *unused);
void net_dump(void *into);
void net_seeded(void *unused);

/* tasks_block.c: native functions are given from outside. */
struct block_case {
    int64_t (*function)(void *);
    int64_t (*thread)(void *);
    int pipe[2];
    FILE *into;
};
void block_others_go_on(void *block);
void block_many(void *block);
void block_too_many(void *block);
void block_result(void *block);
void block_locked(void *block);
void block_ends_meanwhile(void *block);
void block_dump(void *block);
void block_null(void *unused);
void block_private(void *block);

#endif
