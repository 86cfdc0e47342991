#ifndef ACTORS_TCP_ADDRESS_H
#define ACTORS_TCP_ADDRESS_H

#include <actors/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct tcp_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t length;
};

/* NULL: any of IPv4. False: it is no address. */
bool tcp_address_parse(const char *host, uint16_t port, struct tcp_address *address);
/* Errors: -EAFNOSUPPORT. */
int tcp_address_tell(const struct tcp_address *from, struct actor_tcp_address *to);

#endif
