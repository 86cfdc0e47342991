/* sockets.h - what the rest of the runtime knows of sockets (tcp.h is their own). */
#ifndef ACTORS_SOCKETS_H
#define ACTORS_SOCKETS_H

#include <actors.h>
#include <core/lock.h>
#include <core/seat.h>

struct scheduler;
struct process;

#define SOCKETS_PER_CHUNK 256
#define SOCKET_CHUNKS 4096

/* What a process waits for; the process's own. */
struct socket_wait {
    uint64_t socket; /* 0: none */
    uint32_t number; /* counts such waits, so a late readiness is recognised */
    uint8_t direction;
    bool over;
};

/* Slots of sockets, which like those of processes are never unmapped (tcp_table.c). */
struct sockets {
    struct core_seat seat; /* where one of the sleepers waits for sockets */
    struct core_lock lock;
    _Atomic(struct tcp_socket *) chunks[SOCKET_CHUNKS];
    uint32_t made;
    struct tcp_socket *free;
};

/* Closes the socket if that process is its owner, which has ended. */
void tcp_owner_gone(struct scheduler *scheduler, uint64_t socket, actor_pid owner);
/* Takes back the wait of a process that ends. */
void tcp_forsake(struct scheduler *scheduler, struct process *process);
/* Looks what is ready, without waiting; true when something was. */
bool sockets_look(struct scheduler *scheduler);
void sockets_deliver(struct scheduler *scheduler, const struct core_poll_result *results,
                     int count);
/* Closes all sockets; no scheduler runs any more, and no process is left. */
void sockets_close(struct actors *runtime);

#endif
