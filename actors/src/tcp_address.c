/* Addresses: numeric, or "localhost", which is 127.0.0.1 here: asking a resolver could
 * keep a scheduler waiting. */
#include "tcp_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>

bool tcp_address_parse(const char *host, uint16_t port, struct tcp_address *address)
{
    memset(address, 0, sizeof *address);
    struct sockaddr_in *v4 = &address->v4;
    struct sockaddr_in6 *v6 = &address->v6;
    if (host == NULL)
        host = "0.0.0.0";
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address->length = sizeof *v4;
        return true;
    }
    /* The two overlap, and a failed try may have written. */
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->length = sizeof *v6;
    return true;
}

int tcp_address_tell(const struct tcp_address *from, struct actor_tcp_address *to)
{
    bool is_v6 = from->any.sa_family == AF_INET6;
    if (!is_v6 && from->any.sa_family != AF_INET)
        return -EAFNOSUPPORT;
    const void *bytes =
        is_v6 ? (const void *)&from->v6.sin6_addr : (const void *)&from->v4.sin_addr;
    const char *text = inet_ntop(from->any.sa_family, bytes, to->host, sizeof to->host);
    assert(text != NULL && "there is room for any");
    (void)text;
    to->port = ntohs(is_v6 ? from->v6.sin6_port : from->v4.sin_port);
    return 0;
}
