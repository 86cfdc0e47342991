/* tcp_oracle.h - the cases of tcp_oracle.erl, asked of actors/tcp.h. */
#ifndef ACTORS_TESTS_TCP_ORACLE_H
#define ACTORS_TESTS_TCP_ORACLE_H

#include <stddef.h>

struct answers {
    char text[8192]; /* one line a case */
    size_t size;
};

void body_tcp_oracle(void *answers);

#endif
