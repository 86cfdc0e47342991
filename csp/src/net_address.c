/* Addresses (Go's net.SplitHostPort and TCPAddr.String), and the texts of errors. */
#include "net_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

/* --- Text to address ----------------------------------------------------------- */

static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t value = 0;
    if (*text == 0 || strlen(text) > 5)
        return false;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint32_t)(*text - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

/* The host without its brackets, and the text of the port behind it. */
static bool split(const char *text, char host[CSP_ADDRESS_BYTES], const char **port)
{
    const char *colon = text == NULL ? NULL : strrchr(text, ':');
    if (colon == NULL)
        return false;
    size_t length = (size_t)(colon - text);
    bool bracketed = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    if (bracketed) {
        text++;
        length -= 2;
    }
    bool many = !bracketed && memchr(text, ':', length) != NULL;
    if (many || length >= CSP_ADDRESS_BYTES)
        return false;
    memcpy(host, text, length);
    host[length] = 0;
    *port = colon + 1;
    return true;
}

static bool parse_host(const char *host, uint16_t port, struct csp_address *address)
{
    if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        address->length = sizeof address->v4;
        return true;
    }
    memset(address, 0, sizeof *address); /* the two overlap */
    if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) != 1)
        return false;
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    address->length = sizeof address->v6;
    return true;
}

int csp_address_parse(const char *text, struct csp_address *address)
{
    char host[CSP_ADDRESS_BYTES];
    const char *port_text = NULL, *meant = host;
    uint16_t port = 0;
    memset(address, 0, sizeof *address);
    if (!split(text, host, &port_text) || !parse_port(port_text, &port))
        return -EINVAL;
    bool wildcard = host[0] == 0;
    if (wildcard)
        meant = "::";
    else if (strcmp(host, "localhost") == 0)
        meant = "127.0.0.1";
    if (!parse_host(meant, port, address))
        return CSP_NET_NO_HOST;
    address->wildcard = wildcard;
    return 0;
}

/* --- Address to text ----------------------------------------------------------- */

static void put_port(char *into, uint16_t port)
{
    char digits[5];
    int count = 0;
    do {
        digits[count++] = (char)('0' + port % 10);
        port = (uint16_t)(port / 10);
    } while (port > 0);
    while (count > 0)
        *into++ = digits[--count];
    *into = 0;
}

void csp_address_text(const struct csp_address *address, char into[CSP_ADDRESS_BYTES])
{
    const struct in6_addr *v6 = &address->v6.sin6_addr;
    bool is_v6 = address->any.sa_family == AF_INET6;
    bool plain = !is_v6 || IN6_IS_ADDR_V4MAPPED(v6); /* as Go prints it */
    const void *bytes = !is_v6  ? (const void *)&address->v4.sin_addr
                        : plain ? (const void *)&v6->s6_addr[12]
                                : (const void *)v6;
    char *at = into;
    if (!plain)
        *at++ = '[';
    const char *text = inet_ntop(plain ? AF_INET : AF_INET6, bytes, at, INET6_ADDRSTRLEN);
    assert(text != NULL && "there is room for any");
    (void)text;
    at += strlen(at);
    if (!plain)
        *at++ = ']';
    *at++ = ':';
    put_port(at, ntohs(is_v6 ? address->v6.sin6_port : address->v4.sin_port));
    assert(strlen(into) < CSP_ADDRESS_BYTES);
}

int csp_address_of(int fd, bool remote, struct csp_address *address)
{
    memset(address, 0, sizeof *address);
    address->length = sizeof address->v6;
    int rc = remote ? getpeername(fd, &address->any, &address->length)
                    : getsockname(fd, &address->any, &address->length);
    return rc != 0 ? -errno : 0;
}

bool csp_address_equal(const struct csp_address *left, const struct csp_address *right)
{
    if (left->any.sa_family != right->any.sa_family)
        return false;
    if (left->any.sa_family == AF_INET)
        return left->v4.sin_port == right->v4.sin_port &&
               left->v4.sin_addr.s_addr == right->v4.sin_addr.s_addr;
    return left->v6.sin6_port == right->v6.sin6_port &&
           memcmp(&left->v6.sin6_addr, &right->v6.sin6_addr, sizeof(struct in6_addr)) ==
               0;
}

/* --- Errors -------------------------------------------------------------------- */

/* Go's own texts, and those of its table of system errors (zerrors_linux_amd64.go). */
const char *csp_net_text(int64_t error)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {0, "EOF"},
        {CSP_NET_CLOSED, "use of closed network connection"},
        {CSP_NET_TIMEOUT, "i/o timeout"},
        {CSP_NET_NO_HOST, "no such host"},
        {-EINVAL, "invalid argument"},
        {-ECONNREFUSED, "connection refused"},
        {-ECONNRESET, "connection reset by peer"},
        {-ECONNABORTED, "software caused connection abort"},
        {-EPIPE, "broken pipe"},
        {-EADDRINUSE, "address already in use"},
        {-EADDRNOTAVAIL, "cannot assign requested address"},
        {-EAFNOSUPPORT, "address family not supported by protocol"},
        {-EMFILE, "too many open files"},
        {-ENFILE, "too many open files in system"},
        {-ENOMEM, "cannot allocate memory"},
        {-ENOBUFS, "no buffer space available"},
        {-ENOTCONN, "transport endpoint is not connected"},
        {-ETIMEDOUT, "connection timed out"},
        {-EHOSTUNREACH, "no route to host"},
        {-ENETUNREACH, "network is unreachable"},
        {-EACCES, "permission denied"},
        {-EPERM, "operation not permitted"},
        {-EFAULT, "bad address"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].error == error)
            return texts[i].text;
    return "unknown error";
}
