/* net_address.h - addresses as text, in Go's form. */
#ifndef CSP_SRC_NET_ADDRESS_H
#define CSP_SRC_NET_ADDRESS_H

#include <csp/net.h>
#include <netinet/in.h>

struct csp_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t length;
    bool wildcard; /* the text named no host */
};

/* Errors: -EINVAL, CSP_NET_NO_HOST. */
int csp_address_parse(const char *text, struct csp_address *address);
/* Of a socket's own end, or its peer's. Errors: as getsockname and getpeername. */
int csp_address_of(int fd, bool remote, struct csp_address *address);
void csp_address_text(const struct csp_address *address, char into[CSP_ADDRESS_BYTES]);
bool csp_address_equal(const struct csp_address *left, const struct csp_address *right);

#endif
